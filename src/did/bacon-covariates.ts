import { dot } from "../linalg/index.ts";
import { semiDefiniteSolver } from "./numerics/semi-definite.ts";

/** A balanced panel by unit, then period, as the decomposition with covariates reads it. */
export interface CovariateBaconData {
  readonly outcome: Float64Array;
  /** 0/1. */
  readonly treated: Float64Array;
  readonly covariates: readonly Float64Array[];
  readonly periods: number;
  /** Timing group of each unit, `0` to `starts.length - 1`. */
  readonly group: Int32Array;
  /** First treatment time of each timing group, ascending; `Infinity` = never. */
  readonly starts: readonly number[];
}

/** A pair of timing groups, before weights are normalized. */
export interface CovariateBaconPair {
  /** Positions of the earlier and the later group. */
  readonly treated: number;
  readonly control: number;
  readonly estimate: number;
  readonly weight: number;
}

/** The coefficient is `share * estimate` of the part within timing groups, and `1 - share` of the pairs' weighted mean. */
export interface CovariateBacon {
  readonly pairs: readonly CovariateBaconPair[];
  readonly within: { readonly weight: number; readonly estimate: number };
}

/**
 * Treatment less its prediction from covariates and both effects varies within timing groups (where covariates differ between units) and
 * between them. Each pair of groups contributes `(1 - R²) V_D β_D + V_dp β_dp`: variation of treatment net of the groups' covariate paths,
 * and variation of the difference of the pair's own and the whole sample's prediction.
 *
 * @see Goodman-Bacon (2021), doi:10.1016/j.jeconom.2021.03.014, section 5.2
 */
export function decomposeWithCovariates(data: CovariateBaconData): CovariateBacon {
  const { outcome: y, treated, periods: T, group, starts } = data;
  const everyone = Int32Array.from(group, (_, u) => u);
  const x = data.covariates.map((column) => demeaned(column, everyone, T));
  const d = demeaned(treated, everyone, T);
  const { residual } = regress(d, x);
  const within = less(residual, groupPaths(residual, everyone, group, starts.length, T));
  const fitted = groupPaths(less(treated, residual), everyone, group, starts.length, T);
  const paths = data.covariates.map((column) => groupPaths(column, everyone, group, starts.length, T));
  const pairs: CovariateBaconPair[] = [];
  for (let k = 0; k < starts.length; k++) {
    for (let l = k + 1; l < starts.length; l++) {
      const pair = comparePair(
        data,
        everyone.filter((u) => group[u] === k || group[u] === l),
        paths,
        fitted,
      );
      if (pair !== undefined) pairs.push({ treated: k, control: l, ...pair });
    }
  }
  return { pairs, within: { weight: dot(within, within) / dot(residual, residual), estimate: dot(within, y) / dot(within, within) } };
}

/** Below this share of the larger term a variance is rounding. */
const NOTHING = 1e-14;

function comparePair(
  { outcome, treated, periods: T }: CovariateBaconData,
  units: Int32Array,
  paths: readonly Float64Array[],
  fitted: Float64Array,
): { readonly estimate: number; readonly weight: number } | undefined {
  const y = demeaned(outcome, units, T);
  const D = demeaned(treated, units, T);
  const { residual: net, prediction } = regress(
    D,
    paths.map((path) => demeaned(path, units, T)),
  );
  const difference = less(prediction, demeaned(fitted, units, T));
  // (1 - R²) V_D is the variance of the residual
  let [own, shifted] = [dot(net, net), dot(difference, difference)];
  if (own < NOTHING * dot(treated, treated)) own = 0;
  if (shifted < NOTHING * own) shifted = 0;
  if (own + shifted === 0) return undefined;
  const numerator = (own === 0 ? 0 : dot(net, y)) + (shifted === 0 ? 0 : dot(difference, y));
  return { estimate: numerator / (own + shifted), weight: units.length * (own + shifted) };
}

/** Values of the units less unit and period means, unit by unit. */
function demeaned(values: Float64Array, units: Int32Array, T: number): Float64Array {
  const out = new Float64Array(units.length * T);
  const means = new Float64Array(T);
  for (let i = 0; i < units.length; i++) {
    let sum = 0;
    for (let t = 0; t < T; t++) sum += values[units[i]! * T + t]!;
    for (let t = 0; t < T; t++) {
      const value = values[units[i]! * T + t]! - sum / T;
      out[i * T + t] = value;
      means[t]! += value / units.length;
    }
  }
  for (let i = 0; i < units.length; i++) for (let t = 0; t < T; t++) out[i * T + t]! -= means[t]!;
  return out;
}

/** Each row's mean over its timing group and period. */
function groupPaths(values: Float64Array, units: Int32Array, group: Int32Array, groups: number, T: number): Float64Array {
  const sums = new Float64Array(groups * T);
  const counts = new Float64Array(groups);
  for (const u of units) {
    counts[group[u]!]!++;
    for (let t = 0; t < T; t++) sums[group[u]! * T + t]! += values[u * T + t]!;
  }
  const out = new Float64Array(values.length);
  for (const u of units) for (let t = 0; t < T; t++) out[u * T + t] = sums[group[u]! * T + t]! / counts[group[u]!]!;
  return out;
}

function regress(y: Float64Array, x: readonly Float64Array[]): { readonly residual: Float64Array; readonly prediction: Float64Array } {
  const k = x.length;
  const gram = new Float64Array(k * k);
  for (let a = 0; a < k; a++) for (let b = 0; b < k; b++) gram[a * k + b] = dot(x[a]!, x[b]!);
  const coefficients = semiDefiniteSolver(
    gram,
    k,
    Float64Array.from(x, (column) => dot(column, column)),
  ).solve(Float64Array.from(x, (column) => dot(column, y)));
  const prediction = new Float64Array(y.length);
  for (let a = 0; a < k; a++) for (let i = 0; i < y.length; i++) prediction[i]! += coefficients[a]! * x[a]![i]!;
  return { prediction, residual: less(y, prediction) };
}

const less = (a: Float64Array, b: Float64Array): Float64Array => a.map((value, i) => value - b[i]!);
