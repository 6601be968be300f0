import { cholesky, choleskyBackSolve } from "../../linalg/index.ts";

/** Weighted moments of the columns (x_1 ... x_p, y) of one fold: sums of weights, of columns, of products (row-major, p + 1 squared). */
export interface FoldMoments {
  weight: number;
  readonly sums: Float64Array;
  readonly products: Float64Array;
}

/** Moments by fold in one pass; `Z` are columns, y last. */
export function foldMoments(Z: readonly Float64Array[], weights: Float64Array | undefined, fold: Int32Array, folds: number): FoldMoments[] {
  const m = Z.length;
  const out = Array.from({ length: folds }, () => ({ weight: 0, sums: new Float64Array(m), products: new Float64Array(m * m) }));
  const row = new Float64Array(m);
  for (let i = 0; i < fold.length; i++) {
    const own = out[fold[i]!]!;
    const w = weights === undefined ? 1 : weights[i]!;
    own.weight += w;
    for (let j = 0; j < m; j++) row[j] = Z[j]![i]!;
    for (let j = 0; j < m; j++) {
      const scaled = w * row[j]!;
      own.sums[j]! += scaled;
      const at = j * m;
      for (let k = j; k < m; k++) own.products[at + k]! += scaled * row[k]!;
    }
  }
  for (const { products } of out) for (let j = 0; j < m; j++) for (let k = 0; k < j; k++) products[j * m + k] = products[k * m + j]!;
  return out;
}

/** Means and covariance (divided by the weight) of the columns over all folds but one. */
export interface Centred {
  readonly means: Float64Array;
  readonly covariance: Float64Array;
}

/** Moments over the folds but `without` (-1 for all). */
export function centredMoments(folds: readonly FoldMoments[], without: number): Centred {
  const m = folds[0]!.sums.length;
  const means = new Float64Array(m);
  const covariance = new Float64Array(m * m);
  let weight = 0;
  folds.forEach((fold, f) => {
    if (f === without) return;
    weight += fold.weight;
    for (let j = 0; j < m; j++) means[j]! += fold.sums[j]!;
    for (let j = 0; j < m * m; j++) covariance[j]! += fold.products[j]!;
  });
  for (let j = 0; j < m; j++) means[j]! /= weight;
  for (let j = 0; j < m; j++) for (let k = 0; k < m; k++) covariance[j * m + k] = covariance[j * m + k]! / weight - means[j]! * means[k]!;
  return { means, covariance };
}

/** Coefficients minimising half the mean squared error plus half `penalty` times their squared length; p numbers. */
export function ridgeCoefficients({ covariance }: Centred, penalty: number): Float64Array {
  const m = Math.round(Math.sqrt(covariance.length));
  const p = m - 1;
  const A = new Float64Array(p * p);
  const r = new Float64Array(p);
  for (let j = 0; j < p; j++) {
    for (let k = 0; k < p; k++) A[j * p + k] = covariance[j * m + k]!;
    A[j * (p + 1)]! += penalty;
    r[j] = covariance[j * m + p]!;
  }
  const L = cholesky(A, p);
  return L === undefined ? new Float64Array(p) : choleskyBackSolve(L, p, r);
}

const MOST_SWEEPS = 10_000;
const SETTLED = 1e-10;

/** Coefficients minimising half the mean squared error plus `penalty` times the sum of their sizes, by coordinate descent from `b`, in place. */
export function lassoCoefficients({ covariance }: Centred, penalty: number, b: Float64Array): void {
  const p = b.length;
  const m = p + 1;
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    let change = 0;
    for (let j = 0; j < p; j++) {
      const variance = covariance[j * m + j]!;
      if (!(variance > 0)) continue;
      let gradient = covariance[j * m + p]!;
      for (let k = 0; k < p; k++) if (b[k] !== 0) gradient -= covariance[j * m + k]! * b[k]!;
      const target = gradient + variance * b[j]!;
      const next = target > penalty ? (target - penalty) / variance : target < -penalty ? (target + penalty) / variance : 0;
      change = Math.max(change, Math.abs(next - b[j]!) * Math.sqrt(variance));
      b[j] = next;
    }
    if (change < SETTLED) return;
  }
}

/** Sum over a fold of weight times squared error of y - mean_y - (x - mean_x) b. */
export function heldOutError(fold: FoldMoments, { means }: Centred, b: Float64Array): number {
  const p = b.length;
  const m = p + 1;
  const v = new Float64Array(m);
  for (let j = 0; j < p; j++) v[j] = -b[j]!;
  v[p] = 1;
  let shift = 0;
  let linear = 0;
  let square = 0;
  for (let j = 0; j < m; j++) {
    shift += v[j]! * means[j]!;
    linear += v[j]! * fold.sums[j]!;
    for (let k = 0; k < m; k++) square += v[j]! * v[k]! * fold.products[j * m + k]!;
  }
  return square - 2 * shift * linear + shift * shift * fold.weight;
}
