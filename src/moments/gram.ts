import { openBlockGram } from "./numerics/block-gram.ts";

/**
 * Sums of products of k columns around their means: what least squares needs of the data. Mergeable; plain data.
 * Products around the mean lose no digits to the columns' size.
 */
export interface Gram {
  /** Rows seen. */
  readonly rows: number;
  /** Sum of the weights; the number of rows when there are none. */
  readonly weight: number;
  /** Weighted means, length k. */
  readonly means: Float64Array;
  /** `sum w (x - mean)(x - mean)'`, k by k, row-major, symmetric. */
  readonly products: Float64Array;
}

/** How many rows, spread evenly, make the provisional centre. */
const SAMPLED_ROWS = 1024;

/**
 * One pass over the rows. Columns are centred on the mean of a sample of rows while they are read, and exactly afterwards:
 * `sum w (x-c)(x-c)' - W (m-c)(m-c)'` with c so close to m that nothing cancels.
 *
 * @param columns - k columns of equal length.
 * @param weights - one a row, or `undefined` for ones.
 */
export function collectGram(columns: readonly Float64Array[], weights: Float64Array | undefined): Gram {
  const k = columns.length;
  const centers = sampleMeans(columns);
  const { sums, products, weight, rows } = shiftedProducts(columns, weights, centers);
  const means = new Float64Array(k);
  for (let j = 0; j < k; j++) means[j] = centers[j]! + sums[j]! / weight;
  for (let a = 0; a < k; a++) {
    for (let b = 0; b < k; b++) products[a * k + b]! -= (sums[a]! * sums[b]!) / weight;
  }
  return { rows, weight, means, products };
}

/** `sum w x x'` without centring (k by k, row-major), for columns whose means are removed or wanted. */
export function rawProducts(columns: readonly Float64Array[], weights: Float64Array | undefined): Float64Array {
  return shiftedProducts(columns, weights, new Float64Array(columns.length)).products;
}

interface ShiftedProducts {
  readonly rows: number;
  readonly weight: number;
  readonly sums: Float64Array;
  readonly products: Float64Array;
}

function shiftedProducts(columns: readonly Float64Array[], weights: Float64Array | undefined, centers: Float64Array): ShiftedProducts {
  const k = columns.length;
  const rows = columns[0]?.length ?? 0;
  const gram = openBlockGram(k, rows);
  const { block, stride } = gram;
  const roots = new Float64Array(stride);
  const sums = new Float64Array(k);
  let weight = 0;
  for (let start = 0; start < rows; start += stride) {
    const count = Math.min(stride, rows - start);
    if (weights === undefined) weight += count;
    else weight += fillRoots(weights, start, count, roots);
    for (let j = 0; j < k; j++) {
      sums[j]! +=
        weights === undefined
          ? fillColumn(columns[j]!, start, count, centers[j]!, block, j * stride)
          : fillWeighted(columns[j]!, start, count, centers[j]!, roots, block, j * stride);
    }
    gram.add(count);
  }
  return { rows, weight, sums, products: gram.finish() };
}

/** Writes `x - center` into the block; returns its sum. Four sums, as one would wait for each addition. */
function fillColumn(x: Float64Array, start: number, count: number, center: number, block: Float64Array, target: number): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  const whole = count & ~3;
  for (let i = 0; i < whole; i += 4) {
    const v0 = x[start + i]! - center;
    const v1 = x[start + i + 1]! - center;
    const v2 = x[start + i + 2]! - center;
    const v3 = x[start + i + 3]! - center;
    block[target + i] = v0;
    block[target + i + 1] = v1;
    block[target + i + 2] = v2;
    block[target + i + 3] = v3;
    s0 += v0;
    s1 += v1;
    s2 += v2;
    s3 += v3;
  }
  for (let i = whole; i < count; i++) {
    const value = x[start + i]! - center;
    block[target + i] = value;
    s0 += value;
  }
  return s0 + s1 + (s2 + s3);
}

/** Writes `sqrt(w) (x - center)` into the block; returns the sum of `w (x - center)`. */
function fillWeighted(
  x: Float64Array,
  start: number,
  count: number,
  center: number,
  roots: Float64Array,
  block: Float64Array,
  target: number,
): number {
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const root = roots[i]!;
    const value = root * (x[start + i]! - center);
    block[target + i] = value;
    sum += root * value;
  }
  return sum;
}

function fillRoots(weights: Float64Array, start: number, count: number, roots: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const weight = weights[start + i]!;
    roots[i] = Math.sqrt(weight);
    sum += weight;
  }
  return sum;
}

/** Means over an evenly spread sample of rows: only to centre by. */
function sampleMeans(columns: readonly Float64Array[]): Float64Array {
  return Float64Array.from(columns, (x) => {
    const step = Math.max(1, Math.floor(x.length / SAMPLED_ROWS));
    let [sum, count] = [0, 0];
    for (let i = 0; i < x.length; i += step) {
      sum += x[i]!;
      count++;
    }
    return count === 0 ? 0 : sum / count;
  });
}

/**
 * The moments of two sets of rows together, by the pairwise update.
 * @see Chan, Golub & LeVeque (1983), doi:10.1080/00031305.1983.10483115
 */
export function mergeGrams(a: Gram, b: Gram): Gram {
  if (a.rows === 0) return b;
  if (b.rows === 0) return a;
  const k = a.means.length;
  const weight = a.weight + b.weight;
  const difference = b.means.map((mean, j) => mean - a.means[j]!);
  const means = a.means.map((mean, j) => mean + (difference[j]! * b.weight) / weight);
  const share = (a.weight * b.weight) / weight;
  const products = a.products.map((value, p) => value + b.products[p]! + share * difference[Math.floor(p / k)]! * difference[p % k]!);
  return { rows: a.rows + b.rows, weight, means, products };
}
