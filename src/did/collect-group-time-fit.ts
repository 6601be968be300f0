import type { AttGtData } from "./att-gt-data.ts";
import type { AttGtSettings } from "./att-gt-options.ts";
import { type BalancedOutcomes, collectCohortMoments } from "./cohort-moments.ts";
import { fitCells } from "./fit-cells.ts";
import type { GroupTimeCell } from "./group-time-cells.ts";
import { fitFromMoments, type GroupTimeFit } from "./group-time-fit.ts";
import { addClusterTotals } from "./numerics/cohort-moments.ts";

/** Group-time effects by the cheapest exact way the data allow. */
export function collectGroupTimeFit<Row>(data: AttGtData, cells: readonly GroupTimeCell[], settings: AttGtSettings<Row>): GroupTimeFit {
  const weights = constantWeights(data, settings);
  if (!data.sample.balanced || weights === undefined || data.covariates.length > 0) return fitCells(data, cells, settings);
  return fitBalanced(data, weights, cells, settings.method !== "regression");
}

/** One weight per unit, empty for equal weights; `undefined` when comparisons of different periods take different weights. */
function constantWeights<Row>({ weights, sample }: AttGtData, settings: AttGtSettings<Row>): Float64Array | undefined {
  if (weights === undefined) return new Float64Array(0);
  const { starts, ends, cohorts } = sample;
  const first = new Float64Array(cohorts.length);
  for (let u = 0; u < first.length; u++) {
    const w = weights[starts[u]!]!;
    first[u] = w;
    if (settings.fixedWeights === "firstPeriod") continue;
    for (let i = starts[u]! + 1; i < ends[u]!; i++) if (weights[i] !== w) return undefined;
  }
  return first;
}

function fitBalanced(data: AttGtData, weights: Float64Array, cells: readonly GroupTimeCell[], usesPropensity: boolean): GroupTimeFit {
  const { starts, cohorts, times, groups } = data.sample;
  const [T, cohortCount] = [times.length, groups.length + 1];
  const outcomes: BalancedOutcomes = {
    outcome: data.outcome,
    starts,
    periods: T,
    cohorts,
    cohortCount,
    weights,
    ...(data.clusters === undefined ? {} : { clusters: data.clusters }),
  };
  const moments = collectCohortMoments(outcomes);
  const { centre } = moments;
  return fitFromMoments(moments, cells, usesPropensity, {
    cohorts,
    multipliedTotals: (multipliers) => {
      const product = weights.length === 0 ? multipliers : multipliers.map((u, i) => u * weights[i]!);
      const sums = new Float64Array(cohortCount * T);
      addClusterTotals(data.outcome, starts, cohorts, product, T, centre, cohorts, sums);
      return sums;
    },
    unitValues: (u, out) => {
      const at = starts[u]!;
      const from = cohorts[u]! * T;
      const w = weights.length === 0 ? 1 : weights[u]!;
      out[0] = w;
      for (let t = 1; t < T; t++) out[t] = w * (data.outcome[at + t]! - data.outcome[at]! - centre[from + t]!);
    },
  });
}
