import { cholesky, choleskyBackSolve, inverseFromFactor } from "../../linalg/index.ts";
import { type Kernel, kernelAt } from "./kernel.ts";
import { lowerBound } from "./lower-bound.ts";
import type { Side } from "./side.ts";

/** Rows a fit uses at most: the distribution function is smooth, so evenly thinned rows trace it. */
const MOST_ROWS = 1000;

/** Density at one point. */
export interface DensityPoint {
  /** Distance of the point from the cutoff. */
  readonly distance: number;
  readonly density: number;
  readonly variance: number;
}

/**
 * Density of one side at given distances from the cutoff: slope of a local polynomial of the distribution function (the side's only
 * column) around each point, with the jackknife variance of the test. `total` is the number of rows of both sides.
 */
export function densityCurve(
  side: Side,
  kernel: Kernel,
  h: number,
  order: number,
  distances: readonly number[],
  total: number,
): DensityPoint[] {
  return distances.map((distance) => pointDensity(side, kernel, h, order, distance, total));
}

function pointDensity(side: Side, kernel: Kernel, h: number, order: number, at: number, total: number): DensityPoint {
  const k = order + 1;
  const from = lowerBound(side.distance, at - h);
  const to = lowerBound(side.distance, at + h);
  const stride = Math.max(1, Math.floor((to - from) / MOST_ROWS));
  const powers = new Float64Array(2 * k - 1);
  const right = new Float64Array(k);
  const column = side.columns[0]!;
  const origin = from < to ? column[from]! : 0;
  for (let i = from; i < to; i += stride) {
    const u = (side.distance[i]! - at) / h;
    let power = kernelAt(kernel, Math.abs(u));
    for (let j = 0; j < 2 * k - 1; j++) {
      powers[j]! += power;
      if (j < k) right[j]! += power * (column[i]! - origin);
      power *= u;
    }
  }
  const gram = new Float64Array(k * k);
  for (let i = 0; i < k; i++) for (let j = 0; j < k; j++) gram[i * k + j] = powers[i + j]!;
  const factor = cholesky(gram, k);
  if (factor === undefined) return { distance: at, density: Number.NaN, variance: Number.NaN };
  const density = (side.sign * choleskyBackSolve(factor, k, right)[1]!) / h;
  const row = inverseFromFactor(factor, k).subarray(k, 2 * k);
  let after = 0;
  let sum = 0;
  for (let i = from; i < to; i += stride) {
    const u = (side.distance[i]! - at) / h;
    let value = row[k - 1]!;
    for (let j = k - 2; j >= 0; j--) value = value * u + row[j]!;
    sum += after * after;
    after += value * kernelAt(kernel, Math.abs(u));
  }
  return { distance: at, density, variance: (sum * stride) / (total - 1) ** 2 / h ** 2 };
}
