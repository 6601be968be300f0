import type { AttGtData } from "./att-gt-data.ts";
import type { AttGtSettings } from "./att-gt-options.ts";
import type { GroupTimeCell } from "./group-time-cells.ts";
import type { GroupTimeFit } from "./group-time-fit.ts";
import { cohortMoments, orderByCohort } from "./ordered-units.ts";
import { type ComparisonRules, comparisonsOf } from "./shared-comparisons.ts";
import { influenceValues, jointCovariance, multiplied } from "./shared-covariance.ts";

/**
 * Group-time effects with covariates and weights that do not change within units of a balanced panel. Per set of control cohorts one
 * regression of all periods at once, per cohort and set one propensity model, per cell only small vectors: influence values are linear in
 * residuals and covariates, so that their covariance is summed block by block and nothing of size units by cells is kept.
 */
export function fitSharedCovariates<Row>(
  data: AttGtData,
  cells: readonly GroupTimeCell[],
  settings: AttGtSettings<Row>,
  rules: ComparisonRules,
): GroupTimeFit {
  const sorted = orderByCohort(data);
  const moments = cohortMoments(sorted);
  const plan = comparisonsOf(sorted, moments, cells, settings, rules);
  const { att, problems } = plan;
  const covariance = jointCovariance(sorted, plan, data);
  const dense = (): Float64Array => influenceValues(sorted, plan, data);
  let stored: Float64Array | undefined;
  return {
    att,
    problems,
    trimmed: plan.fitted.map((cell) => cell?.comparison.trimmed ?? 0),
    shares: sorted.shares,
    ...covariance,
    units: sorted.cohorts.length,
    cohortUnits: Float64Array.from(sorted.counts),
    influence: dense,
    draw: (multipliers) => {
      stored ??= dense();
      return multiplied(stored, multipliers, data, cells.length + sorted.shares.length);
    },
  };
}
