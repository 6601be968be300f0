import { createStream } from "../../random/index.ts";

/** Pivots of a correlation matrix below this are rounding: the term depends on earlier ones. */
const DEPENDENT = 1e-12;

/**
 * Lower factor of a positive semi-definite matrix (n by n, row-major): `L L' = A`, with zero columns for dependent terms.
 */
export function semiDefiniteFactor(A: Float64Array, n: number): Float64Array {
  const L = new Float64Array(n * n);
  for (let j = 0; j < n; j++) {
    let pivot = A[j * n + j]!;
    for (let p = 0; p < j; p++) pivot -= L[j * n + p]! * L[j * n + p]!;
    if (!(pivot > DEPENDENT * A[j * n + j]!)) continue;
    const root = Math.sqrt(pivot);
    L[j * n + j] = root;
    for (let i = j + 1; i < n; i++) {
      let sum = A[i * n + j]!;
      for (let p = 0; p < j; p++) sum -= L[i * n + p]! * L[j * n + p]!;
      L[i * n + j] = sum / root;
    }
  }
  return L;
}

/** `draws` rows of N(0, A), A n by n, row-major. */
export function normalDraws(A: Float64Array, n: number, draws: number, seed: number): Float64Array {
  const L = semiDefiniteFactor(A, n);
  const out = new Float64Array(draws * n);
  const z = new Float64Array(n);
  const stream = createStream(seed);
  for (let b = 0; b < draws; b++) {
    stream.fillNormal(z);
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let p = 0; p <= i; p++) sum += L[i * n + p]! * z[p]!;
      out[b * n + i] = sum;
    }
  }
  return out;
}

/** Largest absolute entry of each of `draws` vectors from N(0, R), R a correlation matrix. */
export function largestStandardized(R: Float64Array, n: number, draws: number, seed: number): Float64Array {
  const L = semiDefiniteFactor(R, n);
  const out = new Float64Array(draws);
  const z = new Float64Array(n);
  const stream = createStream(seed);
  for (let b = 0; b < draws; b++) {
    stream.fillNormal(z);
    let largest = 0;
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let p = 0; p <= i; p++) sum += L[i * n + p]! * z[p]!;
      const size = sum < 0 ? -sum : sum;
      if (size > largest) largest = size;
    }
    out[b] = largest;
  }
  return out;
}
