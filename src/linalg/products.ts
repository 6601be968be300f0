/** `A B` for A n by m and B m by p, row-major. */
export function multiply(A: Float64Array, B: Float64Array, n: number, m: number, p: number): Float64Array {
  const C = new Float64Array(n * p);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < m; k++) {
      const a = A[i * m + k]!;
      if (a === 0) continue;
      for (let j = 0; j < p; j++) C[i * p + j]! += a * B[k * p + j]!;
    }
  }
  return C;
}

/** `A v` for A n by m, row-major. */
export function multiplyVector(A: Float64Array, v: Float64Array, n: number, m: number): Float64Array {
  const out = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let j = 0; j < m; j++) sum += A[i * m + j]! * v[j]!;
    out[i] = sum;
  }
  return out;
}

/** The transpose of A, n by m, row-major. */
export function transpose(A: Float64Array, n: number, m: number): Float64Array {
  const T = new Float64Array(n * m);
  for (let i = 0; i < n; i++) for (let j = 0; j < m; j++) T[j * n + i] = A[i * m + j]!;
  return T;
}

/** The sandwich `B M B'` for B n by m and M m by m symmetric, row-major; the result is exactly symmetric. */
export function sandwich(B: Float64Array, M: Float64Array, n: number, m: number): Float64Array {
  const BM = multiply(B, M, n, m, m);
  const V = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let p = 0; p < m; p++) sum += BM[i * m + p]! * B[j * m + p]!;
      V[i * n + j] = sum;
      V[j * n + i] = sum;
    }
  }
  return V;
}

/** Rows and columns `keep` of a symmetric n by n matrix. */
export function submatrix(A: Float64Array, n: number, keep: ArrayLike<number>): Float64Array {
  const m = keep.length;
  const out = new Float64Array(m * m);
  for (let a = 0; a < m; a++) for (let b = 0; b < m; b++) out[a * m + b] = A[keep[a]! * n + keep[b]!]!;
  return out;
}

/** A row-major n by m matrix as nested lists, the shape results carry. */
export function toRows(A: Float64Array, n: number, m: number = n): readonly (readonly number[])[] {
  return Array.from({ length: n }, (_, i) => Array.from(A.subarray(i * m, (i + 1) * m)));
}

/** Nested lists as a row-major matrix. */
export function fromRows(rows: readonly (readonly number[])[]): Float64Array {
  return Float64Array.from(rows.flat());
}
