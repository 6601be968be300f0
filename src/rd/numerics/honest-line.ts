import type { HonestFit, HonestRows } from "./honest-rows.ts";
import { type Kernel, kernelAt } from "./kernel.ts";

/** `sum of w k(u) u^j`, j up to 2, of one side. */
interface SideSums {
  readonly t0: number;
  readonly t1: number;
  readonly t2: number;
  readonly det: number;
}

/**
 * The local linear fit of a jump without covariates: with `T_j = sum of w k(u) u^j` a row's weight in its side's level is
 * `w k(u) (T2 - T1 u) / (T0 T2 - T1^2)`. Rows `from` to `to`, the right side from `zero` on; `undefined` when a side has one value only.
 */
export function lineFit(
  { x, outcomes, weights }: HonestRows,
  kernel: Kernel,
  h: number,
  from: number,
  zero: number,
  to: number,
): HonestFit | undefined {
  const kernelWeights = new Float64Array(to - from);
  for (let i = from; i < to; i++) {
    const u = x[i]! / h;
    kernelWeights[i - from] = kernelAt(kernel, u < 0 ? -u : u) * weights[i]!;
  }
  const left = sideSums(x, kernelWeights, h, from, from, zero);
  const right = sideSums(x, kernelWeights, h, from, zero, to);
  if (!(left.det > SINGULAR * left.t0 * left.t2) || !(right.det > SINGULAR * right.t0 * right.t2)) return undefined;
  const a = new Float64Array(to - from);
  levelWeights(x, kernelWeights, h, from, from, zero, left, -1, a);
  levelWeights(x, kernelWeights, h, from, zero, to, right, 1, a);
  const estimates: number[] = [];
  const residuals: Float64Array[] = [];
  for (const y of outcomes) {
    const out = new Float64Array(to - from);
    const l = sideLine(x, y, kernelWeights, h, from, from, zero, left, out);
    const r = sideLine(x, y, kernelWeights, h, from, zero, to, right, out);
    estimates.push(r - l);
    residuals.push(out);
  }
  return { from, to, a, estimates, residuals, gamma: outcomes.map(() => new Float64Array(0)) };
}

/** Share of the product of a Gram matrix's diagonal below which its determinant is rounding. */
const SINGULAR = 1e-14;

function sideSums(x: Float64Array, w: Float64Array, h: number, base: number, from: number, to: number): SideSums {
  let [t0, t1, t2] = [0, 0, 0];
  for (let i = from; i < to; i++) {
    const u = x[i]! / h;
    const weight = w[i - base]!;
    t0 += weight;
    t1 += weight * u;
    t2 += weight * u * u;
  }
  return { t0, t1, t2, det: t0 * t2 - t1 * t1 };
}

function levelWeights(
  x: Float64Array,
  w: Float64Array,
  h: number,
  base: number,
  from: number,
  to: number,
  { t1, t2, det }: SideSums,
  sign: number,
  out: Float64Array,
): void {
  const level = (sign * t2) / det;
  const slope = (sign * t1) / det;
  for (let i = from; i < to; i++) out[i - base] = w[i - base]! * (level - (slope * x[i]!) / h);
}

/** Level of one side's line; residuals into `out`. */
function sideLine(
  x: Float64Array,
  y: Float64Array,
  w: Float64Array,
  h: number,
  base: number,
  from: number,
  to: number,
  { t0, t1, t2, det }: SideSums,
  out: Float64Array,
): number {
  const centre = y[from]!;
  let [d0, d1] = [0, 0];
  for (let i = from; i < to; i++) {
    const value = w[i - base]! * (y[i]! - centre);
    d0 += value;
    d1 += (value * x[i]!) / h;
  }
  const level = (t2 * d0 - t1 * d1) / det;
  const slope = (t0 * d1 - t1 * d0) / det;
  for (let i = from; i < to; i++) out[i - base] = y[i]! - centre - level - (slope * x[i]!) / h;
  return centre + level;
}
