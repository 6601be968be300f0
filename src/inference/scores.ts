import { openBlockGram } from "../moments/index.ts";

/**
 * Score contributions of an estimator, held without an n by k matrix: row i, column j is
 * `multiplier[i] * (columns[j][i] - centers[j])`; with `constant` a leading column holds the multiplier alone.
 */
export interface Scores {
  /** Columns of the (projected) design, each one value a row. */
  readonly columns: readonly Float64Array[];
  readonly centers: Float64Array;
  /** Weight times residual of each row. */
  readonly multiplier: Float64Array;
  /** Whether a constant stands before the columns. */
  readonly constant: boolean;
  /** How many equal observations each row stands for; `undefined` means one. */
  readonly repeats: Float64Array | undefined;
}

/** Number of score columns. */
export function scoreWidth(scores: Scores): number {
  return scores.columns.length + (scores.constant ? 1 : 0);
}

/** `sum_i r_i f_i^2 s_i s_i'` (k by k, row-major), f a factor a row (ones when `undefined`), r the repeats. */
export function scoreProducts(scores: Scores, factor: Float64Array | undefined): Float64Array {
  const { columns, centers, multiplier, constant, repeats } = scores;
  const k = scoreWidth(scores);
  const gram = openBlockGram(k, multiplier.length);
  const { block, stride } = gram;
  const u = new Float64Array(stride);
  const first = constant ? 1 : 0;
  for (let start = 0; start < multiplier.length; start += stride) {
    const count = Math.min(stride, multiplier.length - start);
    for (let i = 0; i < count; i++) {
      let value = multiplier[start + i]!;
      if (factor !== undefined) value *= factor[start + i]!;
      u[i] = repeats === undefined ? value : value * Math.sqrt(repeats[start + i]!);
    }
    if (constant) block.set(u, 0);
    for (let j = 0; j < columns.length; j++) fillScores(columns[j]!, centers[j]!, u, start, count, block, (first + j) * stride);
    gram.add(count);
  }
  return gram.finish();
}

function fillScores(
  x: Float64Array,
  center: number,
  u: Float64Array,
  start: number,
  count: number,
  block: Float64Array,
  target: number,
): void {
  for (let i = 0; i < count; i++) block[target + i] = (x[start + i]! - center) * u[i]!;
}

/** Rows of a block: multipliers and codes stay in the cache for all columns. */
const BLOCK = 512;

/** Sums of the scores over groups, groups by k, row-major. Runs of one group are added up first. */
export function sumScores(scores: Scores, codes: Int32Array, count: number): Float64Array {
  const { columns, centers, constant, repeats } = scores;
  const k = scoreWidth(scores);
  const u = repeats === undefined ? scores.multiplier : scores.multiplier.map((value, i) => value * repeats[i]!);
  const sums = new Float64Array(count * k);
  const first = constant ? 1 : 0;
  for (let start = 0; start < codes.length; start += BLOCK) {
    const end = Math.min(codes.length, start + BLOCK);
    if (constant) addConstant(u, codes, start, end, k, sums);
    let j = 0;
    for (; j + 1 < columns.length; j += 2)
      addPair(columns[j]!, columns[j + 1]!, centers[j]!, centers[j + 1]!, u, codes, start, end, k, first + j, sums);
    if (j < columns.length) addColumn(columns[j]!, centers[j]!, u, codes, start, end, k, first + j, sums);
  }
  return sums;
}

function addConstant(u: Float64Array, codes: Int32Array, start: number, end: number, k: number, sums: Float64Array): void {
  for (let i = start; i < end; i++) sums[codes[i]! * k]! += u[i]!;
}

function addColumn(
  x: Float64Array,
  center: number,
  u: Float64Array,
  codes: Int32Array,
  start: number,
  end: number,
  k: number,
  column: number,
  sums: Float64Array,
): void {
  for (let i = start; i < end; ) {
    const code = codes[i]!;
    let sum = 0;
    do {
      sum += (x[i]! - center) * u[i]!;
      i++;
    } while (i < end && codes[i] === code);
    sums[code * k + column]! += sum;
  }
}

function addPair(
  x0: Float64Array,
  x1: Float64Array,
  c0: number,
  c1: number,
  u: Float64Array,
  codes: Int32Array,
  start: number,
  end: number,
  k: number,
  column: number,
  sums: Float64Array,
): void {
  for (let i = start; i < end; ) {
    const code = codes[i]!;
    let s0 = 0;
    let s1 = 0;
    do {
      const value = u[i]!;
      s0 += (x0[i]! - c0) * value;
      s1 += (x1[i]! - c1) * value;
      i++;
    } while (i < end && codes[i] === code);
    const at = code * k + column;
    sums[at]! += s0;
    sums[at + 1]! += s1;
  }
}

/** `sum_g s_g s_g'` of group sums (groups by k), k by k. */
export function groupProducts(sums: Float64Array, k: number): Float64Array {
  const meat = new Float64Array(k * k);
  for (let at = 0; at < sums.length; at += k) {
    for (let a = 0; a < k; a++) {
      const value = sums[at + a]!;
      for (let b = 0; b <= a; b++) meat[a * k + b]! += value * sums[at + b]!;
    }
  }
  for (let a = 0; a < k; a++) for (let b = 0; b < a; b++) meat[b * k + a] = meat[a * k + b]!;
  return meat;
}

/** The scores as a dense n by k matrix, row-major, for methods that need every row. */
export function denseScores(scores: Scores): Float64Array {
  const { columns, centers, multiplier, constant } = scores;
  const k = scoreWidth(scores);
  const first = constant ? 1 : 0;
  const out = new Float64Array(multiplier.length * k);
  for (let i = 0; i < multiplier.length; i++) {
    if (constant) out[i * k] = multiplier[i]!;
    for (let j = 0; j < columns.length; j++) out[i * k + first + j] = multiplier[i]! * (columns[j]![i]! - centers[j]!);
  }
  return out;
}
