/** Eigenvalues (ascending) and eigenvectors (column j belongs to value j; n by n, row-major) of a symmetric matrix. */
export interface SymmetricEigen {
  readonly values: Float64Array;
  readonly vectors: Float64Array;
}

/** Sweeps of the Jacobi method; it converges quadratically, six to ten are usual. */
const MAX_SWEEPS = 60;

/**
 * Eigendecomposition of a small symmetric matrix by cyclic Jacobi rotations: slow for large n, accurate to the last digits for
 * small ones, including small eigenvalues of matrices that are scaled diagonally.
 *
 * @param A - n by n, row-major; read only.
 * @see Golub & Van Loan (2013), Matrix Computations, 8.5
 */
export function symmetricEigen(A: Float64Array, n: number): SymmetricEigen {
  const M = A.slice();
  const V = new Float64Array(n * n);
  for (let i = 0; i < n; i++) V[i * n + i] = 1;
  for (let sweep = 0; sweep < MAX_SWEEPS; sweep++) {
    let rotated = false;
    for (let p = 0; p < n - 1; p++) {
      for (let q = p + 1; q < n; q++) if (rotate(M, V, n, p, q)) rotated = true;
    }
    if (!rotated) break;
  }
  const order = Array.from({ length: n }, (_, i) => i).sort((a, b) => M[a * n + a]! - M[b * n + b]!);
  const values = Float64Array.from(order, (i) => M[i * n + i]!);
  const vectors = new Float64Array(n * n);
  for (let j = 0; j < n; j++) for (let i = 0; i < n; i++) vectors[i * n + j] = V[i * n + order[j]!]!;
  return { values, vectors };
}

/** One rotation that makes entry (p, q) zero; false when it is already negligible beside both diagonal entries. */
function rotate(M: Float64Array, V: Float64Array, n: number, p: number, q: number): boolean {
  const off = M[p * n + q]!;
  const [dp, dq] = [M[p * n + p]!, M[q * n + q]!];
  if (off === 0 || Math.abs(off) <= 1e-17 * Math.sqrt(Math.abs(dp * dq)) || Math.abs(off) < 1e-300) {
    M[p * n + q] = 0;
    M[q * n + p] = 0;
    return false;
  }
  const theta = (dq - dp) / (2 * off);
  const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  for (let k = 0; k < n; k++) {
    const [kp, kq] = [M[k * n + p]!, M[k * n + q]!];
    M[k * n + p] = c * kp - s * kq;
    M[k * n + q] = s * kp + c * kq;
  }
  for (let k = 0; k < n; k++) {
    const [pk, qk] = [M[p * n + k]!, M[q * n + k]!];
    M[p * n + k] = c * pk - s * qk;
    M[q * n + k] = s * pk + c * qk;
  }
  M[p * n + q] = 0;
  M[q * n + p] = 0;
  for (let k = 0; k < n; k++) {
    const [kp, kq] = [V[k * n + p]!, V[k * n + q]!];
    V[k * n + p] = c * kp - s * kq;
    V[k * n + q] = s * kp + c * kq;
  }
  return true;
}

/** Eigenvalues at or below this share of the largest count as zero in {@link symmetricPower}. */
const RANK_TOLERANCE = 1e-12;

/**
 * `A^power` of a symmetric positive semi-definite matrix through its eigenvalues; zero eigenvalues stay zero (Moore-Penrose),
 * so that power -1 is the pseudo-inverse and -1/2 its symmetric root.
 */
export function symmetricPower(A: Float64Array, n: number, power: number, tolerance: number = RANK_TOLERANCE): Float64Array {
  const { values, vectors } = symmetricEigen(A, n);
  const largest = Math.max(0, ...values.map(Math.abs));
  return fromEigen(
    values.map((value) => (value > tolerance * largest ? value ** power : 0)),
    vectors,
    n,
  );
}

/** Moore-Penrose inverse of a symmetric positive semi-definite matrix (n by n, row-major). */
export function pseudoInverse(A: Float64Array, n: number): Float64Array {
  return symmetricPower(A, n, -1);
}

/** `Q diag(values) Q'`, exactly symmetric. */
export function fromEigen(values: Float64Array, vectors: Float64Array, n: number): Float64Array {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let p = 0; p < n; p++) sum += values[p]! * vectors[i * n + p]! * vectors[j * n + p]!;
      out[i * n + j] = sum;
      out[j * n + i] = sum;
    }
  }
  return out;
}
