import { cholesky, inverseFromFactor } from "../../linalg/index.ts";
import type { Kernel } from "./kernel.ts";
import { type SharedDesign, sharedWindow } from "./shared-windows.ts";
import { type Side, uniqueWithin, windowRows } from "./side.ts";
import { smallArray } from "./small-arrays.ts";
import { windowMoments } from "./window-moments.ts";

/**
 * Kernel-weighted polynomial fit of every column on one side, in powers of `u = distance / h`.
 * A coefficient of `(x - c)^j` is `sign^j / h^j` times the one here. With k = order + 1:
 */
export interface LocalFit {
  readonly h: number;
  readonly order: number;
  /** Rows with positive weight. */
  readonly rows: number;
  /** Cholesky factor of the Gram matrix `sum of w k(u) u^(i+j)`, k by k. */
  readonly factor: Float64Array;
  /** Inverse of the Gram matrix, k by k. */
  readonly inverse: Float64Array;
  /** Coefficients of the shifted columns, columns by k. */
  readonly coefficients: Float64Array;
  /** `sum of w k(u) d u^j`, columns by k. */
  readonly projections: Float64Array;
  /** Inverse Gram times `sum of w k(u) u^(order + 1 + j)`: how a term of the next order leaks into each coefficient. */
  readonly leakage: Float64Array;
}

/** Fits; `undefined` when the window has too few distinct values or the Gram matrix is singular. */
export function localFit(side: Side, kernel: Kernel, h: number, order: number): LocalFit | undefined {
  const k = order + 1;
  const rows = windowRows(side, h, kernel.closed);
  if (uniqueWithin(side, rows) < k) return undefined;
  const moments = windowMoments(side, kernel, h, rows, order);
  const window = sharedWindow(side.shared, kernel.degree, h);
  const known = window?.designs[order] ?? designOf(moments.gram, k);
  if (known === undefined) return undefined;
  if (window !== undefined) window.designs[order] = known;
  const { factor, inverse, leakage } = known;
  const columns = side.columns.length;
  const coefficients = smallArray(columns * k);
  const { projections } = moments;
  for (let a = 0; a < columns; a++) solveInto(factor, k, projections, a * k, coefficients, a * k);
  return { h, order, rows, factor, inverse, coefficients, projections, leakage };
}

/** Factor, inverse and leakage of the Gram sums `sum of w k(u) u^j`, j below 2k; `undefined` when they are singular. */
function designOf(sums: Float64Array, k: number): SharedDesign | undefined {
  const gram = smallArray(k * k);
  for (let i = 0; i < k; i++) for (let j = 0; j < k; j++) gram[i * k + j] = sums[i + j]!;
  const factor = cholesky(gram, k, smallArray(k * k));
  if (factor === undefined) return undefined;
  const leakage = smallArray(k);
  solveInto(factor, k, sums, k, leakage, 0);
  return { factor, inverse: inverseFromFactor(factor, k, smallArray(k * k), gram), leakage };
}

/** Solves `L L' s = r`, r from `start` on, into `out` at `offset`. */
function solveInto(L: Float64Array, k: number, r: Float64Array, start: number, out: Float64Array, offset: number): void {
  for (let i = 0; i < k; i++) {
    let sum = r[start + i]!;
    for (let p = 0; p < i; p++) sum -= L[i * k + p]! * out[offset + p]!;
    out[offset + i] = sum / L[i * k + i]!;
  }
  for (let i = k - 1; i >= 0; i--) {
    let sum = out[offset + i]!;
    for (let p = i + 1; p < k; p++) sum -= L[p * k + i]! * out[offset + p]!;
    out[offset + i] = sum / L[i * k + i]!;
  }
}

/** Coefficients of the combination `sum of s_a d_a` of the shifted columns. */
export function combinedCoefficients(fit: LocalFit, contrast: Float64Array): Float64Array {
  const k = fit.order + 1;
  const out = new Float64Array(k);
  for (let a = 0; a < contrast.length; a++) for (let j = 0; j < k; j++) out[j]! += contrast[a]! * fit.coefficients[a * k + j]!;
  return out;
}

/** Coefficient of `(x - c)^j` of column `a`, in the column's own units and with its shift. */
export function rawCoefficient(side: Side, fit: LocalFit, a: number, j: number): number {
  const scaled = fit.coefficients[a * (fit.order + 1) + j]! * (side.sign / fit.h) ** j;
  return j === 0 ? scaled + side.shifts[a]! : scaled;
}
