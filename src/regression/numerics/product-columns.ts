import { cholesky, inverseFromFactor } from "../../linalg/index.ts";

/** Columns that keep less than this of their squared norm beside the others are left out: products alone cannot tell more. */
const DEPENDENT = 1e-9;

/**
 * Columns kept in order, and the inverse of their products. The last column (the outcome) is passed over.
 *
 * @param products - k by k, row-major.
 * @param hidden - columns to leave out whatever their products.
 */
export function independentColumns(
  products: Float64Array,
  k: number,
  hidden: readonly boolean[] = [],
): { readonly kept: readonly number[]; readonly inverse: Float64Array } {
  let kept: number[] = [];
  let inverse: Float64Array = new Float64Array(0);
  for (let j = 0; j + 1 < k; j++) {
    const square = products[j * k + j]!;
    if (!(square > 0) || hidden[j] === true) continue;
    const next = [...kept, j];
    const norm = next.map((a) => Math.sqrt(products[a * k + a]!));
    const size = next.length;
    const scaled = new Float64Array(size * size);
    next.forEach((a, p) => {
      next.forEach((b, q) => {
        scaled[p * size + q] = products[a * k + b]! / (norm[p]! * norm[q]!);
      });
    });
    const L = cholesky(scaled, size);
    if (L === undefined || !(L[size * size - 1]! ** 2 > DEPENDENT)) continue;
    kept = next;
    inverse = inverseFromFactor(L, size).map((value, at) => value / (norm[Math.floor(at / size)]! * norm[at % size]!));
  }
  return { kept, inverse };
}
