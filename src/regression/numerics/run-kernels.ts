import type { Four } from "./row-kernels.ts";

/**
 * Passes over rows that stand unit by unit, with at most one effect beside the units: a unit's rows are read twice while they are in the
 * cache, so that everything else is summed around the unit's means. Sums and coefficients stand four to a unit or level.
 */

/**
 * Sums by unit, and sums of deviations from the unit's means by level: the right-hand side once the units are eliminated.
 *
 * @param offsets - rows of unit u are `offsets[u]` to `offsets[u + 1]`.
 * @param levels - level of each row, `undefined` where there is no other effect.
 * @param weights - one a row, `undefined` for ones; `unitWeights` are their sums over units.
 * @param unitSums - out: weighted sums of `x - origin`.
 * @param levelSums - the deviations' weighted sums are added to it.
 * @param squares - out: weighted sums of squared deviations.
 */
export function sumRuns(
  [x0, x1, x2, x3]: Four,
  origin: Float64Array,
  offsets: Int32Array,
  levels: Int32Array | undefined,
  weights: Float64Array | undefined,
  unitWeights: Float64Array,
  unitSums: Float64Array,
  levelSums: Float64Array,
  squares: Float64Array,
): void {
  const units = unitWeights.length;
  const [o0, o1, o2, o3] = [origin[0]!, origin[1]!, origin[2]!, origin[3]!];
  let q0 = 0;
  let q1 = 0;
  let q2 = 0;
  let q3 = 0;
  for (let u = 0; u < units; u++) {
    const from = offsets[u]!;
    const to = offsets[u + 1]!;
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    if (weights === undefined) {
      for (let i = from; i < to; i++) {
        s0 += x0[i]! - o0;
        s1 += x1[i]! - o1;
        s2 += x2[i]! - o2;
        s3 += x3[i]! - o3;
      }
    } else {
      for (let i = from; i < to; i++) {
        const w = weights[i]!;
        s0 += w * (x0[i]! - o0);
        s1 += w * (x1[i]! - o1);
        s2 += w * (x2[i]! - o2);
        s3 += w * (x3[i]! - o3);
      }
    }
    const at = 4 * u;
    unitSums[at] = s0;
    unitSums[at + 1] = s1;
    unitSums[at + 2] = s2;
    unitSums[at + 3] = s3;
    const scale = 1 / unitWeights[u]!;
    const m0 = o0 + s0 * scale;
    const m1 = o1 + s1 * scale;
    const m2 = o2 + s2 * scale;
    const m3 = o3 + s3 * scale;
    for (let i = from; i < to; i++) {
      const d0 = x0[i]! - m0;
      const d1 = x1[i]! - m1;
      const d2 = x2[i]! - m2;
      const d3 = x3[i]! - m3;
      const w = weights === undefined ? 1 : weights[i]!;
      const w0 = w * d0;
      const w1 = w * d1;
      const w2 = w * d2;
      const w3 = w * d3;
      q0 += w0 * d0;
      q1 += w1 * d1;
      q2 += w2 * d2;
      q3 += w3 * d3;
      if (levels !== undefined) {
        const level = 4 * levels[i]!;
        levelSums[level]! += w0;
        levelSums[level + 1]! += w1;
        levelSums[level + 2]! += w2;
        levelSums[level + 3]! += w3;
      }
    }
  }
  squares[0] = q0;
  squares[1] = q1;
  squares[2] = q2;
  squares[3] = q3;
}

/** `out = x - origin - alpha[unit] - beta[level]`; the parameters are as in {@link sumRuns}. */
export function subtractRuns(
  x: Four,
  y: Four,
  origin: Float64Array,
  offsets: Int32Array,
  levels: Int32Array | undefined,
  alpha: Float64Array,
  beta: Float64Array,
): void {
  if (levels === undefined) subtractUnits(x, y, origin, offsets, alpha);
  else subtractBoth(x, y, origin, offsets, levels, alpha, beta);
}

function subtractBoth(
  [x0, x1, x2, x3]: Four,
  [y0, y1, y2, y3]: Four,
  origin: Float64Array,
  offsets: Int32Array,
  levels: Int32Array,
  alpha: Float64Array,
  beta: Float64Array,
): void {
  const [o0, o1, o2, o3] = [origin[0]!, origin[1]!, origin[2]!, origin[3]!];
  for (let u = 0; u < offsets.length - 1; u++) {
    const to = offsets[u + 1]!;
    const a0 = o0 + alpha[4 * u]!;
    const a1 = o1 + alpha[4 * u + 1]!;
    const a2 = o2 + alpha[4 * u + 2]!;
    const a3 = o3 + alpha[4 * u + 3]!;
    for (let i = offsets[u]!; i < to; i++) {
      const level = 4 * levels[i]!;
      const v0 = x0[i]! - a0 - beta[level]!;
      const v1 = x1[i]! - a1 - beta[level + 1]!;
      const v2 = x2[i]! - a2 - beta[level + 2]!;
      const v3 = x3[i]! - a3 - beta[level + 3]!;
      y0[i] = v0;
      y1[i] = v1;
      y2[i] = v2;
      y3[i] = v3;
    }
  }
}

function subtractUnits(
  [x0, x1, x2, x3]: Four,
  [y0, y1, y2, y3]: Four,
  origin: Float64Array,
  offsets: Int32Array,
  alpha: Float64Array,
): void {
  const [o0, o1, o2, o3] = [origin[0]!, origin[1]!, origin[2]!, origin[3]!];
  for (let u = 0; u < offsets.length - 1; u++) {
    const to = offsets[u + 1]!;
    const a0 = o0 + alpha[4 * u]!;
    const a1 = o1 + alpha[4 * u + 1]!;
    const a2 = o2 + alpha[4 * u + 2]!;
    const a3 = o3 + alpha[4 * u + 3]!;
    for (let i = offsets[u]!; i < to; i++) {
      const v0 = x0[i]! - a0;
      const v1 = x1[i]! - a1;
      const v2 = x2[i]! - a2;
      const v3 = x3[i]! - a3;
      y0[i] = v0;
      y1[i] = v1;
      y2[i] = v2;
      y3[i] = v3;
    }
  }
}
