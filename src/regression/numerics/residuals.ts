import { BLOCK_ROWS } from "../../moments/index.ts";

/** Sums that come with the residuals. */
export interface ResidualSums {
  /** `sum w e^2`. */
  readonly sumOfSquares: number;
  /** `sum w e`. */
  readonly total: number;
  /** `sum w e (x_j - c_j)`, one a column. */
  readonly gradient: Float64Array;
}

/**
 * `e = y - a - sum_j (x_j - c_j) b_j` for all rows, with the sums that tell how exact the coefficients are.
 * Columns are read block by block, so that the second use of a block comes from the cache.
 */
export function fillResiduals(
  y: Float64Array,
  columns: readonly Float64Array[],
  centers: Float64Array,
  intercept: number,
  coefficients: Float64Array,
  weights: Float64Array | undefined,
  e: Float64Array,
): ResidualSums {
  const rows = y.length;
  const k = columns.length;
  const gradient = new Float64Array(k);
  const weighted = new Float64Array(BLOCK_ROWS);
  let [sumOfSquares, total] = [0, 0];
  for (let start = 0; start < rows; start += BLOCK_ROWS) {
    const end = Math.min(rows, start + BLOCK_ROWS);
    for (let i = start; i < end; i++) e[i] = y[i]! - intercept;
    for (let j = 0; j < k; j++) subtractMultiple(columns[j]!, centers[j]!, coefficients[j]!, e, start, end);
    for (let i = start; i < end; i++) {
      const we = weights === undefined ? e[i]! : weights[i]! * e[i]!;
      weighted[i - start] = we;
      total += we;
      sumOfSquares += we * e[i]!;
    }
    for (let j = 0; j < k; j++) gradient[j]! += weightedDot(columns[j]!, centers[j]!, weighted, start, end);
  }
  return { sumOfSquares, total, gradient };
}

function subtractMultiple(x: Float64Array, center: number, b: number, e: Float64Array, start: number, end: number): void {
  for (let i = start; i < end; i++) e[i]! -= (x[i]! - center) * b;
}

function weightedDot(x: Float64Array, center: number, weighted: Float64Array, start: number, end: number): number {
  let [s0, s1] = [0, 0];
  let i = start;
  for (; i + 1 < end; i += 2) {
    s0 += (x[i]! - center) * weighted[i - start]!;
    s1 += (x[i + 1]! - center) * weighted[i + 1 - start]!;
  }
  if (i < end) s0 += (x[i]! - center) * weighted[i - start]!;
  return s0 + s1;
}
