import { DataError, IdentificationError } from "../core/errors.ts";
import type { GroupCodes } from "../moments/index.ts";
import { neweyWestBandwidth } from "./bandwidth.ts";
import { type Covariance, covarianceFrom, type EstimatingEquations, positiveSemiDefinite } from "./covariance.ts";
import { denseScores, scoreWidth, sumScores } from "./scores.ts";
import { countParameters, type SmallSample } from "./small-sample.ts";
import { orderedScores } from "./vcov-hac.ts";
import { residualDegreesOfFreedom } from "./vcov-iid.ts";

/** Periods are ranks of the observed times: a gap in the calendar does not widen a lag. */
export interface SerialOptions {
  readonly time: GroupCodes;
  readonly unit: GroupCodes | undefined;
  readonly lag: number | undefined;
}

/**
 * Newey-West covariance with Bartlett weights `1 - l / (L + 1)`, times T/(T-1) and (n-1)/(n-K), T - 1 degrees of freedom. In panels a
 * pair of rows enters when the unit has both periods; default lag: the whole part of T^(1/4). In series the default is the whole part
 * of Newey and West's (1994) bandwidth.
 *
 * @throws DataError `DUPLICATE_UNIT_TIME`: two rows of a unit in one period.
 * @see Newey & West (1987), doi:10.2307/1913610
 */
export function neweyWestCovariance(equations: EstimatingEquations, options: SerialOptions, settings: SmallSample): Covariance {
  const { time, unit } = options;
  const k = scoreWidth(equations.scores);
  const scores = denseScores(equations.scores);
  const rows = time.codes.length;
  const units = unit?.count ?? 1;
  const at = new Int32Array(units * time.count).fill(-1); // row of each unit and period
  for (let i = 0; i < rows; i++) {
    const slot = (unit?.codes[i] ?? 0) * time.count + time.codes[i]!;
    if (at[slot] !== -1) {
      throw new DataError(
        "DUPLICATE_UNIT_TIME",
        `Cannot compute a Newey-West covariance as each ${unit === undefined ? "period" : "unit and period"} needs one row: rows ${at[slot]} and ${i} share one`,
        { rows: [at[slot], i] },
      );
    }
    at[slot] = i;
  }
  const lag =
    options.lag ??
    (unit === undefined
      ? Math.floor(neweyWestBandwidth(orderedScores(equations, time).scores, k, equations.scores.constant))
      : defaultLag(time.count));
  const meat = new Float64Array(k * k);
  for (let u = 0; u < units; u++) {
    for (let t = 0; t < time.count; t++) {
      const row = at[u * time.count + t]!;
      if (row < 0) continue;
      addOuter(meat, scores, row, scores, row, k, 0.5);
      for (let l = 1; l <= Math.min(lag, t); l++) {
        const before = at[u * time.count + t - l]!;
        if (before >= 0) addOuter(meat, scores, row, scores, before, k, 1 - l / (lag + 1));
      }
    }
  }
  return serialCovariance(equations, symmetrized(meat, k), time.count, settings);
}

/**
 * Driscoll-Kraay covariance: scores summed by period, then Newey-West over periods; robust to dependence between units.
 * @see Driscoll & Kraay (1998), doi:10.1162/003465398557825
 */
export function driscollKraayCovariance(
  equations: EstimatingEquations,
  options: Omit<SerialOptions, "unit">,
  settings: SmallSample,
): Covariance {
  const { time } = options;
  const k = scoreWidth(equations.scores);
  const sums = sumScores(equations.scores, time.codes, time.count);
  const lag = options.lag ?? defaultLag(time.count);
  const meat = new Float64Array(k * k);
  for (let t = 0; t < time.count; t++) {
    addOuter(meat, sums, t, sums, t, k, 0.5);
    for (let l = 1; l <= Math.min(lag, t); l++) addOuter(meat, sums, t, sums, t - l, k, 1 - l / (lag + 1));
  }
  return serialCovariance(equations, symmetrized(meat, k), time.count, settings);
}

const defaultLag = (periods: number): number => Math.floor(periods ** 0.25);

/** Adds `weight * a_i b_j'`. */
function addOuter(out: Float64Array, A: Float64Array, i: number, B: Float64Array, j: number, k: number, weight: number): void {
  for (let a = 0; a < k; a++) {
    const value = weight * A[i * k + a]!;
    for (let b = 0; b < k; b++) out[a * k + b]! += value * B[j * k + b]!;
  }
}

/** `M + M'`. */
function symmetrized(M: Float64Array, k: number): Float64Array {
  return M.map((value, p) => value + M[(p % k) * k + Math.floor(p / k)]!);
}

function serialCovariance(equations: EstimatingEquations, meat: Float64Array, periods: number, settings: SmallSample): Covariance {
  if (periods < 2)
    throw new IdentificationError(
      "ONE_PERIOD",
      `Cannot correct for serial correlation as at least 2 periods are needed: the rows used have ${periods}`,
    );
  const { observations: n, counts } = equations;
  const parameters = countParameters(counts, settings, undefined);
  const factor =
    (settings.adjustParameters ? (n - 1) / (n - parameters) : 1) * (settings.adjustClusters === false ? 1 : periods / (periods - 1));
  const degreesOfFreedom = residualDegreesOfFreedom(equations, settings, parameters, periods - 1);
  return {
    ...positiveSemiDefinite(
      covarianceFrom(
        equations,
        meat.map((value) => value * factor),
      ),
      counts.coefficients,
    ),
    degreesOfFreedom,
    jointDegreesOfFreedom: degreesOfFreedom,
    parameters,
    clusters: [periods],
  };
}
