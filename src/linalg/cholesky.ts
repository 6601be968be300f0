/**
 * Below this share of a column's own size a pivot of a correlation-scaled matrix counts as zero:
 * what is left after the other columns is no larger than the rounding of the entries themselves.
 */
const PIVOT_FLOOR = 4 * Number.EPSILON;

/**
 * Lower Cholesky factor of a symmetric positive definite matrix.
 * The matrix is scaled to unit diagonal first, so that the rule for "not positive definite" does not depend on units.
 *
 * @param A - n by n, row-major; only the lower triangle is read.
 * @param L - Zeros that receive the factor; a new array unless given.
 * @returns L (n by n, row-major, zeros above the diagonal) with `L L' = A`, or `undefined` when A is not numerically positive definite.
 */
export function cholesky(A: Float64Array, n: number, L: Float64Array = new Float64Array(n * n)): Float64Array | undefined {
  const scale = new Float64Array(n);
  for (let j = 0; j < n; j++) {
    const diagonal = A[j * n + j]!;
    if (!(diagonal > 0) || !Number.isFinite(diagonal)) return undefined;
    scale[j] = Math.sqrt(diagonal);
  }
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = A[i * n + j]! / (scale[i]! * scale[j]!);
      for (let p = 0; p < j; p++) sum -= L[i * n + p]! * L[j * n + p]!;
      if (i === j) {
        if (!(sum > n * PIVOT_FLOOR)) return undefined;
        L[i * n + i] = Math.sqrt(sum);
      } else {
        L[i * n + j] = sum / L[j * n + j]!;
      }
    }
  }
  for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) L[i * n + j]! *= scale[i]!;
  return L;
}

/** Solves `L L' x = r` in a copy of `r`. */
export function choleskyBackSolve(L: Float64Array, n: number, r: Float64Array): Float64Array {
  const x = r.slice();
  for (let i = 0; i < n; i++) {
    let sum = x[i]!;
    for (let p = 0; p < i; p++) sum -= L[i * n + p]! * x[p]!;
    x[i] = sum / L[i * n + i]!;
  }
  for (let i = n - 1; i >= 0; i--) {
    let sum = x[i]!;
    for (let p = i + 1; p < n; p++) sum -= L[p * n + i]! * x[p]!;
    x[i] = sum / L[i * n + i]!;
  }
  return x;
}

/**
 * Solves `V x = r` for a symmetric positive definite V (q by q, row-major, q the length of `r`).
 * `undefined` when V is not numerically positive definite, by a rule that does not depend on units.
 */
export function choleskySolve(V: Float64Array, r: Float64Array): Float64Array | undefined {
  const L = cholesky(V, r.length);
  return L === undefined ? undefined : choleskyBackSolve(L, r.length, r);
}

/** Inverse of a symmetric positive definite matrix (n by n, row-major), or `undefined`. The result is exactly symmetric. */
export function choleskyInverse(A: Float64Array, n: number): Float64Array | undefined {
  const L = cholesky(A, n);
  return L === undefined ? undefined : inverseFromFactor(L, n);
}

/**
 * `(L L')^-1` from a lower factor L (n by n, row-major): the inverse of L first, then its cross-product.
 *
 * @param inverse - Receives it; a new array unless given.
 * @param M - Room for the inverse of L; a new array unless given.
 */
export function inverseFromFactor(
  L: Float64Array,
  n: number,
  inverse: Float64Array = new Float64Array(n * n),
  M: Float64Array = new Float64Array(n * n),
): Float64Array {
  for (let j = 0; j < n; j++) {
    M[j * n + j] = 1 / L[j * n + j]!;
    for (let i = j + 1; i < n; i++) {
      let sum = 0;
      for (let p = j; p < i; p++) sum -= L[i * n + p]! * M[p * n + j]!;
      M[i * n + j] = sum / L[i * n + i]!;
    }
  }
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let p = i; p < n; p++) sum += M[p * n + i]! * M[p * n + j]!;
      inverse[i * n + j] = sum;
      inverse[j * n + i] = sum;
    }
  }
  return inverse;
}
