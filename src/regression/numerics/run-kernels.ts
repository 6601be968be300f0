import type { Four } from "./four-columns.ts";
import { openRunBlock } from "./run-block.ts";

/**
 * Passes over rows that stand unit by unit, with at most one effect beside the units: a unit's rows are read twice while they are in the
 * cache, so that everything else is summed around the unit's means. Sums and coefficients stand four to a unit or level.
 */

/** Codes and sizes of rows that stand unit by unit. */
export interface RunRows {
  /** Rows of unit u are `rowOffsets[u]` to `rowOffsets[u + 1]`. */
  readonly rowOffsets: Int32Array;
  /** Level of each row; empty where there is no other effect. */
  readonly otherCodes: readonly Int32Array[];
  readonly levelCount: number;
}

/** Rows from which vectors are worth copying for. */
const WORTH_VECTORS = 2048;

/**
 * Sums by unit, and sums of deviations from the unit's means by level: the right-hand side once the units are eliminated.
 *
 * @param weights - one a row, `undefined` for ones; `unitWeights` are their sums over units.
 * @param unitSums - out: weighted sums of `x - origin`.
 * @param levelSums - the deviations' weighted sums are added to it.
 * @param squares - out: weighted sums of squared deviations.
 */
export function sumRuns(
  x: Four,
  origin: Float64Array,
  { rowOffsets, otherCodes, levelCount }: RunRows,
  weights: Float64Array | undefined,
  unitWeights: Float64Array,
  unitSums: Float64Array,
  levelSums: Float64Array,
  squares: Float64Array,
): void {
  const levels = otherCodes[0];
  squares.fill(0);
  const block = x[0].length < WORTH_VECTORS ? undefined : openRunBlock(rowOffsets, levels, levelCount, origin);
  if (block === undefined) {
    sumRange(x, origin, rowOffsets, levels, weights, unitWeights, 0, unitWeights.length, unitSums, levelSums, squares);
    return;
  }
  for (let unit = 0; unit < unitWeights.length; ) {
    const next = block.fill(x, unit);
    if (next === unit) {
      sumRange(x, origin, rowOffsets, levels, weights, unitWeights, unit, unit + 1, unitSums, levelSums, squares);
      unit++;
    } else {
      block.sum(unit, next, weights, unitWeights, unitSums);
      unit = next;
    }
  }
  block.finishSums(levelSums, squares);
}

/** The plain loops, units `first` to `end`; adds to `squares`. */
function sumRange(
  [x0, x1, x2, x3]: Four,
  origin: Float64Array,
  offsets: Int32Array,
  levels: Int32Array | undefined,
  weights: Float64Array | undefined,
  unitWeights: Float64Array,
  first: number,
  end: number,
  unitSums: Float64Array,
  levelSums: Float64Array,
  squares: Float64Array,
): void {
  const [o0, o1, o2, o3] = [origin[0]!, origin[1]!, origin[2]!, origin[3]!];
  let q0 = 0;
  let q1 = 0;
  let q2 = 0;
  let q3 = 0;
  for (let u = first; u < end; u++) {
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
  squares[0]! += q0;
  squares[1]! += q1;
  squares[2]! += q2;
  squares[3]! += q3;
}

/**
 * `y = x - origin - alpha[unit] - beta[level]`; y may be x.
 *
 * @returns the products of the four results (lower triangle, row by row) where they come along at no cost.
 */
export function subtractRuns(
  x: Four,
  y: Four,
  origin: Float64Array,
  { rowOffsets, otherCodes, levelCount }: RunRows,
  alpha: Float64Array,
  beta: Float64Array,
): Float64Array | undefined {
  const levels = otherCodes[0];
  const units = rowOffsets.length - 1;
  const block = x[0].length < WORTH_VECTORS ? undefined : openRunBlock(rowOffsets, levels, levelCount, origin);
  if (block === undefined) {
    subtractRange(x, y, origin, rowOffsets, levels, alpha, beta, 0, units);
    return undefined;
  }
  block.setLevels(beta);
  let whole = true;
  for (let unit = 0; unit < units; ) {
    const next = block.fill(x, unit);
    if (next === unit) {
      subtractRange(x, y, origin, rowOffsets, levels, alpha, beta, unit, unit + 1);
      whole = false;
      unit++;
    } else {
      block.subtract(unit, next, alpha);
      block.empty(unit, next, y);
      block.multiply(rowOffsets[next]! - rowOffsets[unit]!);
      unit = next;
    }
  }
  return whole ? block.finishProducts() : undefined;
}

function subtractRange(
  [x0, x1, x2, x3]: Four,
  [y0, y1, y2, y3]: Four,
  origin: Float64Array,
  offsets: Int32Array,
  levels: Int32Array | undefined,
  alpha: Float64Array,
  beta: Float64Array,
  first: number,
  end: number,
): void {
  const [o0, o1, o2, o3] = [origin[0]!, origin[1]!, origin[2]!, origin[3]!];
  for (let u = first; u < end; u++) {
    const to = offsets[u + 1]!;
    const a0 = o0 + alpha[4 * u]!;
    const a1 = o1 + alpha[4 * u + 1]!;
    const a2 = o2 + alpha[4 * u + 2]!;
    const a3 = o3 + alpha[4 * u + 3]!;
    for (let i = offsets[u]!; i < to; i++) {
      let v0 = x0[i]! - a0;
      let v1 = x1[i]! - a1;
      let v2 = x2[i]! - a2;
      let v3 = x3[i]! - a3;
      if (levels !== undefined) {
        const level = 4 * levels[i]!;
        v0 -= beta[level]!;
        v1 -= beta[level + 1]!;
        v2 -= beta[level + 2]!;
        v3 -= beta[level + 3]!;
      }
      y0[i] = v0;
      y1[i] = v1;
      y2[i] = v2;
      y3[i] = v3;
    }
  }
}
