import { cholesky, choleskyBackSolve } from "../../linalg/index.ts";

/**
 * Least-squares polynomial in powers of x; fitted in x over its largest size, so that high orders keep their digits.
 * `undefined` when there are too few distinct values. Coefficients are of the powers of x itself.
 */
export function polynomialFit(
  x: Float64Array,
  y: Float64Array,
  weights: Float64Array | undefined,
  order: number,
): Float64Array | undefined {
  const k = order + 1;
  let size = 0;
  for (let i = 0; i < x.length; i++) size = Math.max(size, Math.abs(x[i]!));
  const powers = new Float64Array(2 * k - 1);
  const right = new Float64Array(k);
  let shift = 0;
  let total = 0;
  for (let i = 0; i < y.length; i++) {
    const w = weights === undefined ? 1 : weights[i]!;
    shift += w * y[i]!;
    total += w;
  }
  shift /= total;
  for (let i = 0; i < x.length; i++) {
    const u = x[i]! / size;
    let power = weights === undefined ? 1 : weights[i]!;
    for (let j = 0; j < 2 * k - 1; j++) {
      powers[j]! += power;
      if (j < k) right[j]! += power * (y[i]! - shift);
      power *= u;
    }
  }
  const gram = new Float64Array(k * k);
  for (let i = 0; i < k; i++) for (let j = 0; j < k; j++) gram[i * k + j] = powers[i + j]!;
  const factor = cholesky(gram, k);
  if (factor === undefined) return undefined;
  const b = choleskyBackSolve(factor, k, right);
  for (let j = 0; j < k; j++) b[j]! /= size ** j;
  b[0]! += shift;
  return b;
}
