import { addNumber, addProduct, type DoubleDouble } from "./double-double.ts";

/** Columns made orthonormal in user order; dependent ones are left out. */
export interface OrthogonalColumns {
  /** One orthonormal column for each kept input. */
  readonly Q: readonly Float64Array[];
  /** Kept inputs, ascending. */
  readonly kept: readonly number[];
  /** Upper triangular, `kept.length` square, row-major: `X_kept = Q R`. */
  readonly R: Float64Array;
  /** Coefficients of each left-out input on the kept ones before it. */
  readonly dependent: readonly { readonly column: number; readonly on: readonly number[]; readonly coefficients: Float64Array }[];
  /** Smallest share of its norm that a kept column has left. */
  readonly smallestPivot: number;
}

/** A column that keeps less than this share of its norm is a combination of those before. */
const DEPENDENT = 1e-10;

/**
 * Gram-Schmidt with every projection made twice, as accurate as Householder's method, columns in user order.
 *
 * @param columns - centred and scaled by root weights; overwritten by Q.
 * @param noise - for each column, the norm that rounding of its entries alone can have.
 * @see Giraud, Langou & Rozložník (2005), doi:10.1016/j.camwa.2005.08.009
 */
export function orthogonalize(columns: readonly Float64Array[], noise: Float64Array): OrthogonalColumns {
  const k = columns.length;
  const full = new Float64Array(k * k);
  const Q: Float64Array[] = [];
  const kept: number[] = [];
  const dependent: { column: number; on: number[]; coefficients: Float64Array }[] = [];
  let smallestPivot = 1;
  for (let j = 0; j < k; j++) {
    const v = columns[j]!;
    const before = norm(v);
    for (let pass = 0; pass < 2; pass++) {
      Q.forEach((q, p) => {
        const r = dotOf(q, v);
        for (let i = 0; i < v.length; i++) v[i]! -= r * q[i]!;
        full[p * k + j]! += r;
      });
    }
    const left = norm(v);
    if (!(left > DEPENDENT * before + noise[j]!)) {
      const r = Float64Array.from(Q, (_, p) => full[p * k + j]!);
      dependent.push({ column: j, on: [...kept], coefficients: backSubstitute(compact(full, k, kept), Q.length, r) });
      continue;
    }
    smallestPivot = Math.min(smallestPivot, left / before);
    for (let i = 0; i < v.length; i++) v[i]! /= left;
    full[Q.length * k + j] = left;
    Q.push(v);
    kept.push(j);
  }
  return { Q, kept, R: compact(full, k, kept), dependent, smallestPivot };
}

/** Rows 0..r-1 and the kept columns of `full`. */
function compact(full: Float64Array, k: number, kept: readonly number[]): Float64Array {
  const r = kept.length;
  const R = new Float64Array(r * r);
  for (let a = 0; a < r; a++) for (let b = a; b < r; b++) R[a * r + b] = full[a * k + kept[b]!]!;
  return R;
}

/** Solves `R x = r`, R upper triangular. */
export function backSubstitute(R: Float64Array, size: number, r: Float64Array): Float64Array {
  const x = r.slice();
  for (let i = size - 1; i >= 0; i--) {
    let sum = x[i]!;
    for (let p = i + 1; p < size; p++) sum -= R[i * size + p]! * x[p]!;
    x[i] = sum / R[i * size + i]!;
  }
  return x;
}

/** Solves `R' x = r`. */
export function forwardSubstitute(R: Float64Array, size: number, r: Float64Array): Float64Array {
  const x = r.slice();
  for (let i = 0; i < size; i++) {
    let sum = x[i]!;
    for (let p = 0; p < i; p++) sum -= R[p * size + i]! * x[p]!;
    x[i] = sum / R[i * size + i]!;
  }
  return x;
}

export function dotOf(a: Float64Array, b: Float64Array): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  let i = 0;
  for (; i + 3 < a.length; i += 4) {
    s0 += a[i]! * b[i]!;
    s1 += a[i + 1]! * b[i + 1]!;
    s2 += a[i + 2]! * b[i + 2]!;
    s3 += a[i + 3]! * b[i + 3]!;
  }
  for (; i < a.length; i++) s0 += a[i]! * b[i]!;
  return s0 + s1 + (s2 + s3);
}

const norm = (v: Float64Array): number => Math.sqrt(dotOf(v, v));

/** Exact-to-rounding residuals of the model `y = a + sum (x_j - c_j) b_j`, and their products with the columns. */
export interface ExactResiduals {
  readonly total: number;
  readonly gradient: Float64Array;
}

/**
 * Residuals and gradient with products and sums in about 32 digits; `e` receives the rounded residuals.
 * `coefficients` come in two parts (high, low), intercept first.
 */
export function exactResiduals(
  y: Float64Array,
  columns: readonly Float64Array[],
  centers: Float64Array,
  high: Float64Array,
  low: Float64Array,
  weights: Float64Array | undefined,
  e: Float64Array,
): ExactResiduals {
  const k = columns.length;
  const sums: DoubleDouble[] = Array.from({ length: k + 1 }, () => ({ high: 0, low: 0 }));
  const r: DoubleDouble = { high: 0, low: 0 };
  const shifted: DoubleDouble = { high: 0, low: 0 };
  for (let i = 0; i < y.length; i++) {
    r.high = y[i]!;
    r.low = 0;
    addNumber(r, -high[0]!);
    r.low -= low[0]!;
    for (let j = 0; j < k; j++) {
      shifted.high = columns[j]![i]!;
      shifted.low = 0;
      addNumber(shifted, -centers[j]!);
      addProduct(r, -shifted.high, high[j + 1]!);
      r.low -= shifted.low * high[j + 1]! + shifted.high * low[j + 1]!;
    }
    e[i] = r.high + r.low;
    const weight = weights === undefined ? 1 : weights[i]!;
    addProduct(sums[0]!, weight, r.high);
    sums[0]!.low += weight * r.low;
    for (let j = 0; j < k; j++) {
      const x = columns[j]![i]! - centers[j]!;
      addProduct(sums[j + 1]!, weight * x, r.high);
      sums[j + 1]!.low += weight * x * r.low;
    }
  }
  return { total: sums[0]!.high + sums[0]!.low, gradient: Float64Array.from(sums.slice(1), (sum) => sum.high + sum.low) };
}
