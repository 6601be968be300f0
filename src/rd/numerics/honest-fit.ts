import { cholesky, choleskyBackSolve } from "../../linalg/index.ts";
import { lineFit } from "./honest-line.ts";
import type { HonestFit, HonestRows } from "./honest-rows.ts";
import { type Kernel, kernelAt } from "./kernel.ts";
import { lowerBound } from "./lower-bound.ts";

/**
 * Local linear fit with bandwidth `h`: `a` is the target's row of `(Z'WZ)^-1 Z'W`, Z the powers (per side for a jump) and covariates.
 * `undefined` when the design is singular. The scale of the kernel cancels.
 */
export function honestFit(rows: HonestRows, kernel: Kernel, h: number): HonestFit | undefined {
  const { x, covariates, jump, outcomes } = rows;
  const from = lowerBound(x, -h, !kernel.closed);
  const to = lowerBound(x, h, kernel.closed);
  if (jump && covariates.length === 0) return lineFit(rows, kernel, h, from, Math.max(from, Math.min(to, lowerBound(x, 0))), to);
  const n = to - from;
  const base = jump ? 4 : 2;
  const k = base + covariates.length;
  const Z = new Float64Array(n * k);
  const w = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const value = x[from + i]!;
    const u = value / h;
    w[i] = kernelAt(kernel, Math.abs(u)) * rows.weights[from + i]!;
    const at = i * k;
    if (jump && value >= 0) {
      Z[at] = 1;
      Z[at + 1] = u;
    }
    Z[at + base - 2] = 1;
    Z[at + base - 1] = u;
    for (let z = 0; z < covariates.length; z++) Z[at + base + z] = covariates[z]![from + i]!;
  }
  const gram = new Float64Array(k * k);
  for (let i = 0; i < n; i++) {
    for (let p = 0; p < k; p++) {
      const value = w[i]! * Z[i * k + p]!;
      for (let q = 0; q <= p; q++) gram[p * k + q]! += value * Z[i * k + q]!;
    }
  }
  for (let p = 0; p < k; p++) for (let q = p + 1; q < k; q++) gram[p * k + q] = gram[q * k + p]!;
  const factor = cholesky(gram, k);
  if (factor === undefined) return undefined;
  const target = jump ? 0 : base - 2;
  const row = choleskyBackSolve(
    factor,
    k,
    Float64Array.from({ length: k }, (_, j) => (j === target ? 1 : 0)),
  );
  const a = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let value = 0;
    for (let p = 0; p < k; p++) value += row[p]! * Z[i * k + p]!;
    a[i] = value * w[i]!;
  }
  const fits = outcomes.map((y) => {
    const right = new Float64Array(k);
    for (let i = 0; i < n; i++) for (let p = 0; p < k; p++) right[p]! += w[i]! * Z[i * k + p]! * y[from + i]!;
    const b = choleskyBackSolve(factor, k, right);
    const residuals = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      let fitted = 0;
      for (let p = 0; p < k; p++) fitted += Z[i * k + p]! * b[p]!;
      residuals[i] = y[from + i]! - fitted;
    }
    return { estimate: b[target]!, residuals, gamma: b.slice(base) };
  });
  return {
    from,
    to,
    a,
    estimates: fits.map(({ estimate }) => estimate),
    residuals: fits.map(({ residuals }) => residuals),
    gamma: fits.map(({ gamma }) => gamma),
  };
}

/** Worst-case bias per unit of the smoothness bound. */
export function biasPerUnit({ x, jump }: HonestRows, { from, to, a }: HonestFit, smoothness: "hoelder" | "taylor"): number {
  let left = 0;
  let right = 0;
  let absolute = 0;
  for (let i = from; i < to; i++) {
    const value = a[i - from]! * x[i]! * x[i]!;
    absolute += Math.abs(value);
    if (x[i]! < 0) left += value;
    else right += value;
  }
  if (smoothness === "taylor") return absolute / 2;
  return jump ? Math.abs(left - right) / 2 : interiorBias(x, from, to, a);
}

/** `int_0^inf |sum over x >= s of a (x - s)| ds` and its mirror: the integrand is linear between data points. */
function interiorBias(x: Float64Array, from: number, to: number, a: Float64Array): number {
  const zero = lowerBound(x, 0);
  const outward = (first: number, last: number, step: 1 | -1): number => {
    let total = 0;
    let slope = 0;
    let value = 0;
    let here = first === last ? 0 : Math.abs(x[first]!);
    for (let i = first; i !== last + step; i += step) {
      const next = Math.abs(x[i]!);
      const after = value + slope * (here - next);
      total += area(value, after, here - next);
      value = after;
      slope += a[i - from]!;
      here = next;
    }
    return total + area(value, value + slope * here, here);
  };
  const right = to > zero ? outward(to - 1, zero, -1) : 0;
  const left = zero > from ? outward(from, zero - 1, 1) : 0;
  return right + left;
}

/** Area below the absolute value of a line from `start` to `end` over `width`. */
function area(start: number, end: number, width: number): number {
  if (width === 0) return 0;
  if (start * end >= 0) return (Math.abs(start + end) / 2) * width;
  return ((start * start + end * end) / (2 * Math.abs(end - start))) * width;
}

/** Products of residuals by row: yy (sharp), or yy, yd, dd (fuzzy). */
export type ResidualProducts = readonly Float64Array[];

/** Squared residuals of the fit. */
export function fittedProducts(residuals: readonly Float64Array[]): ResidualProducts {
  const [y, d] = residuals as readonly [Float64Array, Float64Array?];
  const product = (p: Float64Array, q: Float64Array): Float64Array => p.map((value, i) => value * q[i]!);
  return d === undefined ? [product(y, y)] : [product(y, y), product(y, d), product(d, d)];
}

/**
 * Nearest-neighbour products of the rows `from` to `to`: the neighbours of a row are all rows of its side no farther than the J-th nearest
 * of the J rows either side of it; the factor is `W / (W + w)`.
 */
export function neighbourProducts(rows: HonestRows, { from, to, gamma }: HonestFit, J: number): ResidualProducts {
  const { x, weights, covariates, jump } = rows;
  const adjusted = rows.outcomes.map((y, o) => {
    const out = y.slice(from, to);
    covariates.forEach((z, j) => {
      for (let i = 0; i < out.length; i++) out[i]! -= gamma[o]![j]! * z[from + i]!;
    });
    return out;
  });
  const residuals = adjusted.map(() => new Float64Array(to - from));
  const zero = jump ? Math.min(Math.max(lowerBound(x, 0), from), to) : to;
  for (const [first, last] of jump ? [[from, zero] as const, [zero, to] as const] : [[from, to] as const]) {
    let low = first;
    let high = first;
    for (let i = first; i < last; i++) {
      const reach = distanceToNearest(x, i, first, last, J);
      if (reach < 0) continue;
      while (x[i]! - x[low]! > reach) low++;
      while (low > first && x[i]! - x[low - 1]! <= reach) low--;
      if (high < i) high = i;
      while (high + 1 < last && x[high + 1]! - x[i]! <= reach) high++;
      while (x[high]! - x[i]! > reach) high--;
      meanResidual(adjusted, weights, from, [low, high], i, residuals);
    }
  }
  return fittedProducts(residuals);
}

/** Distance to the J-th nearest row among `first` to `last` (the farthest, when there are fewer); -1 when there is no other. */
function distanceToNearest(x: Float64Array, i: number, first: number, last: number, J: number): number {
  let low = i - 1;
  let high = i + 1;
  let reach = -1;
  for (let found = 0; found < J; found++) {
    const before = low >= first ? x[i]! - x[low]! : Number.POSITIVE_INFINITY;
    const after = high < last ? x[high]! - x[i]! : Number.POSITIVE_INFINITY;
    if (before === Number.POSITIVE_INFINITY && after === Number.POSITIVE_INFINITY) break;
    if (before <= after) {
      reach = before;
      low--;
    } else {
      reach = after;
      high++;
    }
  }
  return reach;
}

function meanResidual(
  columns: readonly Float64Array[],
  weights: Float64Array,
  from: number,
  [low, high]: readonly [number, number],
  i: number,
  residuals: readonly Float64Array[],
): void {
  let total = 0;
  for (let j = low; j <= high; j++) if (j !== i) total += weights[j]!;
  const factor = Math.sqrt(total / (total + weights[i]!));
  columns.forEach((column, o) => {
    let sum = 0;
    for (let j = low; j <= high; j++) if (j !== i) sum += weights[j]! * column[j - from]!;
    residuals[o]![i - from] = factor * (column[i - from]! - sum / total);
  });
}

/** Variance of the estimate(s): `sum of a^2` times products, or squared cluster sums of `a e`. */
export function honestVariance(rows: HonestRows, fit: HonestFit, products: ResidualProducts): number[] {
  const { a, from } = fit;
  if (rows.clusters === undefined) {
    return products.map((product) => {
      let sum = 0;
      for (let i = 0; i < a.length; i++) sum += a[i]! * a[i]! * product[i]!;
      return sum;
    });
  }
  const sums = fit.residuals.map((residuals) => {
    const out = new Float64Array(rows.clusterCount);
    for (let i = 0; i < a.length; i++) out[rows.clusters![from + i]!]! += a[i]! * residuals[i]!;
    return out;
  });
  return fittedProducts(sums).map((product) => product.reduce((sum, value) => sum + value, 0));
}

/** Rows that would give the same variance with equal weights inside the window of `uniform`, and the largest share of one row. */
export function effectiveRows(
  rows: HonestRows,
  fit: HonestFit,
  uniform: HonestFit | undefined,
): { effective: number | undefined; leverage: number } {
  const scaled = ({ a, from }: HonestFit): number => {
    let sum = 0;
    for (let i = 0; i < a.length; i++) sum += (a[i]! * a[i]!) / rows.weights[from + i]!;
    return sum;
  };
  let largest = 0;
  for (let i = 0; i < fit.a.length; i++) largest = Math.max(largest, (fit.a[i]! / rows.weights[fit.from + i]!) ** 2);
  const own = scaled(fit);
  const leverage = largest / own;
  if (uniform === undefined) return { effective: undefined, leverage };
  let weight = 0;
  for (let i = uniform.from; i < uniform.to; i++) weight += rows.weights[i]!;
  return { effective: (weight * scaled(uniform)) / own, leverage };
}
