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
  const gram = openBlockGram(k, rows, true);
  const roots = weights === undefined ? undefined : new Float64Array(gram.length);
  const sums = new Float64Array(k);
  let weight = 0;
  for (let start = 0; start < rows; start += gram.length) {
    const count = Math.min(gram.length, rows - start);
    weight += weights === undefined ? count : fillRoots(weights, start, count, roots!);
    gram.fill({ start, count, first: 0 }, columns, centers, roots, sums);
    gram.add(count);
  }
  return { rows, weight, sums, products: gram.finish() };
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
