import type { Four, RowCodes } from "./four-columns.ts";
import { openRowBlock } from "./row-block.ts";
import { BLOCK_ROWS } from "./row-vectors.ts";

/**
 * Passes over rows in any order, four variables at once: sums and coefficients stand four to a level, so that one look-up serves all.
 * The units and the first other effect go together; rows come in blocks, so that further effects find them in the cache.
 * `weights` undefined means ones.
 */

const BLOCK = BLOCK_ROWS;

/**
 * Adds weighted sums of `x - origin` by unit and by level.
 * @param squares - out: weighted sums of squares of `x - origin`.
 */
export function sumFour(
  x: Four,
  origin: Float64Array,
  codes: RowCodes,
  weights: Float64Array | undefined,
  unitSums: Float64Array,
  levelSums: Float64Array,
  squares: Float64Array,
): void {
  const { unitCodes, otherCodes, starts } = codes;
  const rows = unitCodes.length;
  squares.fill(0);
  const block = openRowBlock(codes, unitSums.length / 4, origin);
  if (block !== undefined) {
    for (let start = 0; start < rows; start += BLOCK) {
      const end = Math.min(rows, start + BLOCK);
      block.fill(x, start, end);
      block.weigh(weights, start, end);
      for (let effect = -1; effect < otherCodes.length; effect++) block.give(effect, start, end);
    }
    for (let at = 0; at < unitSums.length; at++) unitSums[at]! += block.units[at]!;
    for (let at = 0; at < levelSums.length; at++) levelSums[at]! += block.levels[at]!;
    squares.set(block.squares);
    return;
  }
  for (let start = 0; start < rows; start += BLOCK) {
    const end = Math.min(rows, start + BLOCK);
    sumUnits(x, origin, unitCodes, weights, start, end, unitSums, squares);
    for (let p = 0; p < otherCodes.length; p++) sumLevels(x, origin, otherCodes[p]!, starts[p]!, weights, start, end, levelSums);
  }
}

/** Sums by unit and squares of one block. */
function sumUnits(
  [x0, x1, x2, x3]: Four,
  origin: Float64Array,
  codes: Int32Array,
  weights: Float64Array | undefined,
  start: number,
  end: number,
  sums: Float64Array,
  squares: Float64Array,
): void {
  const [o0, o1, o2, o3] = [origin[0]!, origin[1]!, origin[2]!, origin[3]!];
  let [q0, q1, q2, q3] = [0, 0, 0, 0];
  for (let i = start; i < end; i++) {
    const at = 4 * codes[i]!;
    const v0 = x0[i]! - o0;
    const v1 = x1[i]! - o1;
    const v2 = x2[i]! - o2;
    const v3 = x3[i]! - o3;
    const w = weights === undefined ? 1 : weights[i]!;
    const w0 = w * v0;
    const w1 = w * v1;
    const w2 = w * v2;
    const w3 = w * v3;
    sums[at]! += w0;
    sums[at + 1]! += w1;
    sums[at + 2]! += w2;
    sums[at + 3]! += w3;
    q0 += w0 * v0;
    q1 += w1 * v1;
    q2 += w2 * v2;
    q3 += w3 * v3;
  }
  squares[0]! += q0;
  squares[1]! += q1;
  squares[2]! += q2;
  squares[3]! += q3;
}

/** Sums by level of one block. */
function sumLevels(
  [x0, x1, x2, x3]: Four,
  origin: Float64Array,
  codes: Int32Array,
  first: number,
  weights: Float64Array | undefined,
  start: number,
  end: number,
  sums: Float64Array,
): void {
  const [o0, o1, o2, o3] = [origin[0]!, origin[1]!, origin[2]!, origin[3]!];
  for (let i = start; i < end; i++) {
    const at = 4 * (first + codes[i]!);
    const w = weights === undefined ? 1 : weights[i]!;
    sums[at]! += w * (x0[i]! - o0);
    sums[at + 1]! += w * (x1[i]! - o1);
    sums[at + 2]! += w * (x2[i]! - o2);
    sums[at + 3]! += w * (x3[i]! - o3);
  }
}

const NOTHING: Float64Array = new Float64Array(4);

/**
 * `out = x - origin - alpha[unit] - sum of beta[level]`, with the weighted sums by level of what is left.
 * @param squares - out: weighted sums of squares of what is left.
 */
export function subtractFour(
  x: Four,
  out: Four,
  origin: Float64Array,
  codes: RowCodes,
  alpha: Float64Array,
  beta: Float64Array,
  weights: Float64Array | undefined,
  levelSums: Float64Array,
  squares: Float64Array,
): void {
  const { unitCodes, otherCodes, starts } = codes;
  const rows = unitCodes.length;
  const last = otherCodes.length - 1;
  squares.fill(0);
  if (subtractBlocks(x, out, origin, codes, alpha, beta, weights, levelSums, squares)) return;
  for (let start = 0; start < rows; start += BLOCK) {
    const end = Math.min(rows, start + BLOCK);
    if (last < 0) {
      subtractLevels(x, out, origin, unitCodes, 0, alpha, start, end);
      addSquares(out, weights, start, end, squares);
      continue;
    }
    for (let p = 0; p < last; p++) {
      if (p === 0) subtractLevels(x, out, origin, otherCodes[p]!, starts[p]!, beta, start, end);
      else subtractLevels(out, out, NOTHING, otherCodes[p]!, starts[p]!, beta, start, end);
    }
    const [source, shift] = last === 0 ? [x, origin] : [out, NOTHING];
    subtractLast(source, out, shift, unitCodes, alpha, otherCodes[last]!, starts[last]!, beta, weights, start, end, levelSums, squares);
    for (let p = 0; p < last; p++) sumLevels(out, NOTHING, otherCodes[p]!, starts[p]!, weights, start, end, levelSums);
  }
}

/** {@link subtractFour} by vectors: false where they are not to be had. */
function subtractBlocks(
  x: Four,
  out: Four,
  origin: Float64Array,
  codes: RowCodes,
  alpha: Float64Array,
  beta: Float64Array,
  weights: Float64Array | undefined,
  levelSums: Float64Array,
  squares: Float64Array,
): boolean {
  const rows = codes.unitCodes.length;
  const block = openRowBlock(codes, alpha.length / 4, origin, beta.length / 4);
  if (block === undefined) return false;
  block.units.set(alpha);
  block.levels.set(beta);
  for (let start = 0; start < rows; start += BLOCK) {
    const end = Math.min(rows, start + BLOCK);
    block.fill(x, start, end);
    for (let effect = -1; effect < codes.otherCodes.length; effect++) block.take(effect, start, end);
    block.empty(out, start, end);
    block.weigh(weights, start, end);
    for (let effect = 0; effect < codes.otherCodes.length; effect++) block.giveApart(effect, start, end);
  }
  for (let at = 0; at < levelSums.length; at++) levelSums[at]! += block.apart[at]!;
  squares.set(block.squares);
  return true;
}

/** `y = x - origin - beta[level]` in one block; y may be x. */
function subtractLevels(
  [x0, x1, x2, x3]: Four,
  [y0, y1, y2, y3]: Four,
  origin: Float64Array,
  codes: Int32Array,
  first: number,
  beta: Float64Array,
  start: number,
  end: number,
): void {
  const [o0, o1, o2, o3] = [origin[0]!, origin[1]!, origin[2]!, origin[3]!];
  for (let i = start; i < end; i++) {
    const at = 4 * (first + codes[i]!);
    const v0 = x0[i]! - o0 - beta[at]!;
    const v1 = x1[i]! - o1 - beta[at + 1]!;
    const v2 = x2[i]! - o2 - beta[at + 2]!;
    const v3 = x3[i]! - o3 - beta[at + 3]!;
    y0[i] = v0;
    y1[i] = v1;
    y2[i] = v2;
    y3[i] = v3;
  }
}

/** Units and the last effect's levels: subtracts both, and sums what is left by level. */
function subtractLast(
  [x0, x1, x2, x3]: Four,
  [y0, y1, y2, y3]: Four,
  origin: Float64Array,
  unitCodes: Int32Array,
  alpha: Float64Array,
  codes: Int32Array,
  first: number,
  beta: Float64Array,
  weights: Float64Array | undefined,
  start: number,
  end: number,
  levelSums: Float64Array,
  squares: Float64Array,
): void {
  const [o0, o1, o2, o3] = [origin[0]!, origin[1]!, origin[2]!, origin[3]!];
  let [q0, q1, q2, q3] = [0, 0, 0, 0];
  for (let i = start; i < end; i++) {
    const unit = 4 * unitCodes[i]!;
    const level = 4 * (first + codes[i]!);
    const v0 = x0[i]! - o0 - alpha[unit]! - beta[level]!;
    const v1 = x1[i]! - o1 - alpha[unit + 1]! - beta[level + 1]!;
    const v2 = x2[i]! - o2 - alpha[unit + 2]! - beta[level + 2]!;
    const v3 = x3[i]! - o3 - alpha[unit + 3]! - beta[level + 3]!;
    y0[i] = v0;
    y1[i] = v1;
    y2[i] = v2;
    y3[i] = v3;
    const w = weights === undefined ? 1 : weights[i]!;
    const w0 = w * v0;
    const w1 = w * v1;
    const w2 = w * v2;
    const w3 = w * v3;
    levelSums[level]! += w0;
    levelSums[level + 1]! += w1;
    levelSums[level + 2]! += w2;
    levelSums[level + 3]! += w3;
    q0 += w0 * v0;
    q1 += w1 * v1;
    q2 += w2 * v2;
    q3 += w3 * v3;
  }
  squares[0]! += q0;
  squares[1]! += q1;
  squares[2]! += q2;
  squares[3]! += q3;
}

function addSquares([y0, y1, y2, y3]: Four, weights: Float64Array | undefined, start: number, end: number, squares: Float64Array): void {
  let [q0, q1, q2, q3] = [0, 0, 0, 0];
  for (let i = start; i < end; i++) {
    const w = weights === undefined ? 1 : weights[i]!;
    q0 += w * y0[i]! * y0[i]!;
    q1 += w * y1[i]! * y1[i]!;
    q2 += w * y2[i]! * y2[i]!;
    q3 += w * y3[i]! * y3[i]!;
  }
  squares[0]! += q0;
  squares[1]! += q1;
  squares[2]! += q2;
  squares[3]! += q3;
}
