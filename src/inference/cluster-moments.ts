import type { GroupCodes } from "../moments/index.ts";
import type { EstimatingEquations } from "./covariance.ts";

/**
 * Cross-products of each cluster's rows, all that leverage-corrected cluster inference needs. With Z the design beside the weighted
 * design (the design alone without weights), r wide: `products[g]` is `Z_g'Z_g` and `residuals[g]` is `Z_g'e_g`.
 */
export interface ClusterMoments {
  readonly clusters: number;
  /** Columns of the design. */
  readonly width: number;
  /** Columns of Z: `width`, or twice as many with weights. */
  readonly wide: number;
  /** One r by r matrix a cluster, row-major. */
  readonly products: readonly Float64Array[];
  /** One r-vector a cluster. */
  readonly residuals: readonly Float64Array[];
}

/** One pass over the rows. */
export function collectClusterMoments({ scores, weights }: EstimatingEquations, { codes, count }: GroupCodes): ClusterMoments {
  const { columns, centers, multiplier, constant, repeats } = scores;
  const first = constant ? 1 : 0;
  const width = columns.length + first;
  const wide = weights === undefined ? width : 2 * width;
  const products = Array.from({ length: count }, () => new Float64Array(wide * wide));
  const residuals = Array.from({ length: count }, () => new Float64Array(wide));
  const z = new Float64Array(wide);
  for (let i = 0; i < codes.length; i++) {
    if (constant) z[0] = 1;
    for (let j = 0; j < columns.length; j++) z[first + j] = columns[j]![i]! - centers[j]!;
    if (weights !== undefined) for (let j = 0; j < width; j++) z[width + j] = weights[i]! * z[j]!;
    const times = repeats === undefined ? 1 : repeats[i]!;
    const e = (times * multiplier[i]!) / (weights === undefined ? 1 : weights[i]!);
    const C = products[codes[i]!]!;
    const r = residuals[codes[i]!]!;
    for (let a = 0; a < wide; a++) {
      const value = times * z[a]!;
      r[a]! += z[a]! * e;
      for (let b = 0; b <= a; b++) C[a * wide + b]! += value * z[b]!;
    }
  }
  for (const C of products) for (let a = 0; a < wide; a++) for (let b = 0; b < a; b++) C[b * wide + a] = C[a * wide + b]!;
  return { clusters: count, width, wide, products, residuals };
}

/** `sum_g Z_g'Z_g`. */
export function totalProducts({ products, wide }: ClusterMoments): Float64Array {
  const total = new Float64Array(wide * wide);
  for (const C of products) for (let p = 0; p < total.length; p++) total[p]! += C[p]!;
  return total;
}

/** The r by k part `rows x columns` of a square matrix, starting at the given row and column. */
export function block(A: Float64Array, size: number, row: number, column: number, rows: number, columns: number): Float64Array {
  const out = new Float64Array(rows * columns);
  for (let a = 0; a < rows; a++) for (let b = 0; b < columns; b++) out[a * columns + b] = A[(row + a) * size + column + b]!;
  return out;
}
