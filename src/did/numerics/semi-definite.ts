/** Pivots below this share of a column's own size are rounding: the column depends on earlier ones. */
const DEPENDENT = 1e-11;

/**
 * Solves `A x = r` for a symmetric positive semi-definite A, leaving out columns that depend on earlier ones (their entries of x are 0).
 *
 * @param sizes - what each pivot is measured against; the diagonal of A unless A itself is what a projection left.
 */
export interface SemiDefiniteSolver {
  /** Whether each column depends on earlier ones. */
  readonly dependent: Uint8Array;
  readonly solve: (r: Float64Array) => Float64Array;
}

/** Factorizes A (n by n, row-major). */
export function semiDefiniteSolver(A: Float64Array, n: number, sizes: Float64Array): SemiDefiniteSolver {
  const L = new Float64Array(n * n);
  const dependent = new Uint8Array(n);
  for (let j = 0; j < n; j++) {
    let pivot = A[j * n + j]!;
    for (let p = 0; p < j; p++) pivot -= L[j * n + p]! * L[j * n + p]!;
    if (!(pivot > DEPENDENT * sizes[j]!)) {
      dependent[j] = 1;
      continue;
    }
    const root = Math.sqrt(pivot);
    L[j * n + j] = root;
    for (let i = j + 1; i < n; i++) {
      let sum = A[i * n + j]!;
      for (let p = 0; p < j; p++) sum -= L[i * n + p]! * L[j * n + p]!;
      L[i * n + j] = sum / root;
    }
  }
  for (let j = 0; j < n; j++) if (dependent[j] === 1) for (let p = 0; p < n; p++) L[j * n + p] = 0;
  const substitute = (r: Float64Array): Float64Array => {
    const x = r.slice();
    for (let i = 0; i < n; i++) {
      if (dependent[i] === 1) {
        x[i] = 0;
        continue;
      }
      let value = x[i]!;
      for (let p = 0; p < i; p++) value -= L[i * n + p]! * x[p]!;
      x[i] = value / L[i * n + i]!;
    }
    for (let i = n - 1; i >= 0; i--) {
      if (dependent[i] === 1) continue;
      const value = x[i]! / L[i * n + i]!;
      x[i] = value;
      for (let p = 0; p < i; p++) x[p]! -= L[i * n + p]! * value;
    }
    return x;
  };
  const solve = (r: Float64Array): Float64Array => {
    const x = substitute(r);
    const residual = r.slice();
    for (let i = 0; i < n; i++) {
      let value = residual[i]!;
      for (let j = 0; j < n; j++) value -= A[i * n + j]! * x[j]!;
      residual[i] = value;
    }
    const step = substitute(residual);
    for (let i = 0; i < n; i++) x[i]! += step[i]!;
    return x;
  };
  return { dependent, solve };
}
