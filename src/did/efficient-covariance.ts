import { pseudoInverse } from "../linalg/index.ts";
import type { CohortPaths } from "./efficient-contrasts.ts";

/** How an estimate deviates: weights on cohort means, and the part of its effects' variation that earlier outcomes tell. */
export interface Deviation {
  readonly weights: readonly Float64Array[];
  readonly heterogeneity: EarlierHeterogeneity | undefined;
}

/** Coefficients of a unit's effect on its outcomes before the first start, from the cohort `first` on. */
export interface EarlierHeterogeneity {
  readonly first: number;
  readonly coefficients: Float64Array;
}

/** Neyman covariance of two contrasts of cohort means. */
export function contrastCovariance({ covariances, units }: CohortPaths, a: readonly Float64Array[], b: readonly Float64Array[]): number {
  return a.reduce((sum, row, g) => sum + bilinear(row, covariances[g]!, b[g]!, row.length) / units[g]!, 0);
}

/**
 * The same less what effects that vary with earlier outcomes take off, `b_a' mean(S_g) b_b / N`, over the cohorts that both count and the periods
 * before each one's first start; a variance below zero is zero, and so are its covariances.
 */
export function adjustedCovariance(paths: CohortPaths, a: Deviation, b: Deviation): number {
  if (a !== b && (adjustedCovariance(paths, a, a) === 0 || adjustedCovariance(paths, b, b) === 0)) return 0;
  const value = contrastCovariance(paths, a.weights, b.weights) - correction(paths, a.heterogeneity, b.heterogeneity);
  return a === b ? Math.max(0, value) : value;
}

function correction(
  { groups, units, covariances, times }: CohortPaths,
  a: EarlierHeterogeneity | undefined,
  b: EarlierHeterogeneity | undefined,
): number {
  if (a === undefined || b === undefined) return 0;
  const first = Math.max(a.first, b.first);
  let sum = 0;
  for (let g = first; g < groups.length; g++) sum += bilinear(a.coefficients, covariances[g]!, b.coefficients, times.length);
  return sum / (groups.length - first) / units.reduce((total, n) => total + n, 0);
}

/** Regression of the effects on outcomes before the first start, `sum over g of (M S_g M')^+ M S_g A_g'`; absent without such periods. */
export function earlierHeterogeneity(
  { times, groups, covariances }: CohortPaths,
  weights: readonly Float64Array[],
): EarlierHeterogeneity | undefined {
  const first = weights.findIndex((row) => row.some((a) => a !== 0));
  if (first < 0) return undefined;
  const T = times.length;
  const m = times.findIndex((t) => t >= groups[first]!);
  const before = m < 0 ? T : m;
  if (before === 0) return undefined;
  const coefficients = new Float64Array(before);
  for (let g = first; g < groups.length; g++) {
    const S = covariances[g]!;
    const inner = new Float64Array(before * before);
    const right = new Float64Array(before);
    for (let t = 0; t < before; t++) {
      for (let s = 0; s < before; s++) inner[t * before + s] = S[t * T + s]!;
      for (let s = 0; s < T; s++) right[t]! += S[t * T + s]! * weights[g]![s]!;
    }
    const inverse = pseudoInverse(inner, before);
    for (let t = 0; t < before; t++) for (let s = 0; s < before; s++) coefficients[t]! += inverse[t * before + s]! * right[s]!;
  }
  return { first, coefficients };
}

/** `a' S b` over the first entries of a matrix with rows of `width`. */
function bilinear(a: Float64Array, S: Float64Array, b: Float64Array, width: number): number {
  let sum = 0;
  for (let t = 0; t < a.length; t++) {
    if (a[t] === 0) continue;
    for (let s = 0; s < b.length; s++) sum += a[t]! * S[t * width + s]! * b[s]!;
  }
  return sum;
}
