import { cholesky, choleskyInverse, multiply, submatrix, symmetricEigen, transpose } from "../../linalg/index.ts";
import { rawProducts } from "../../moments/index.ts";
import type { LeastSquares } from "./least-squares.ts";

/**
 * Sufficient statistics of an instrumental-variables model after exogenous regressors and fixed effects are partialled out. Y is the
 * outcome beside the m endogenous regressors, Z the L instruments.
 */
export interface IvMoments {
  readonly endogenous: number;
  readonly instruments: number;
  /** Coefficients of the instruments, L by 1 + m: reduced form, then first stages. */
  readonly coefficients: Float64Array;
  /** `Z'WZ`, L by L. */
  readonly instrumentProducts: Float64Array;
  /** `Y'W P_Z Y`, 1 + m square. */
  readonly explained: Float64Array;
  /** `Y'W M_Z Y`, 1 + m square. */
  readonly unexplained: Float64Array;
}

/**
 * The moments from fits of Y on the exogenous regressors and the instruments (last): by Frisch-Waugh-Lovell nothing else is needed.
 *
 * @param fits - of the outcome, then of each endogenous regressor.
 * @param instruments - number of instruments, the last columns of every fit; `undefined` is returned when they are not independent.
 */
export function ivMoments(fits: readonly LeastSquares[], instruments: number, weights: Float64Array | undefined): IvMoments | undefined {
  const width = fits.length;
  const first = fits[0]!;
  const columns = first.coefficients.length;
  const last = Array.from({ length: instruments }, (_, l) => columns - instruments + l);
  const Q = choleskyInverse(submatrix(first.inverse, columns, last), instruments);
  if (Q === undefined) return undefined;
  const coefficients = new Float64Array(instruments * width);
  fits.forEach((fit, j) => {
    for (let l = 0; l < instruments; l++) coefficients[l * width + j] = fit.coefficients[last[l]!]!;
  });
  const explained = multiply(
    transpose(coefficients, instruments, width),
    multiply(Q, coefficients, instruments, instruments, width),
    width,
    instruments,
    width,
  );
  for (let a = 0; a < width; a++) for (let b = 0; b < a; b++) explained[b * width + a] = explained[a * width + b]!;
  const residuals = fits.map((fit) => fit.residuals);
  return {
    endogenous: width - 1,
    instruments,
    coefficients,
    instrumentProducts: Q,
    explained,
    unexplained: rawProducts(residuals, weights),
  };
}

/** `d'M d`. */
export function quadraticForm(M: Float64Array, d: Float64Array): number {
  const n = d.length;
  let sum = 0;
  for (let a = 0; a < n; a++) for (let b = 0; b < n; b++) sum += d[a]! * M[a * n + b]! * d[b]!;
  return sum;
}

/** The rows and columns of the endogenous regressors in a matrix over Y. */
export function endogenousBlock(M: Float64Array, m: number): Float64Array {
  return submatrix(
    M,
    m + 1,
    Array.from({ length: m }, (_, j) => j + 1),
  );
}

/** The column of the outcome in the rows of the endogenous regressors. */
export function outcomeColumn(M: Float64Array, m: number): Float64Array {
  return Float64Array.from({ length: m }, (_, j) => M[(j + 1) * (m + 1)]!);
}

/** Contrast `(1, -b)`: outcome less the endogenous regressors' part. */
export function structuralContrast(b: ArrayLike<number>): Float64Array {
  return Float64Array.of(1, ...Array.from(b, (value) => -value));
}

/** Solutions of `A v = value B v`, values ascending, vectors (column j belongs to value j) with `V'B V = I`. */
export interface RelativeEigen {
  readonly values: Float64Array;
  readonly vectors: Float64Array;
}

/** Eigenvalues of A beside B, both n by n symmetric; `undefined` when B is not positive definite. */
export function relativeEigen(A: Float64Array, B: Float64Array, n: number): RelativeEigen | undefined {
  const L = cholesky(B, n);
  if (L === undefined) return undefined;
  const inverse = lowerInverse(L, n);
  const inner = multiply(multiply(inverse, A, n, n, n), transpose(inverse, n, n), n, n, n);
  for (let a = 0; a < n; a++) for (let b = 0; b < a; b++) inner[b * n + a] = inner[a * n + b]!;
  const { values, vectors } = symmetricEigen(inner, n);
  return { values, vectors: multiply(transpose(inverse, n, n), vectors, n, n, n) };
}

function lowerInverse(L: Float64Array, n: number): Float64Array {
  const inverse = new Float64Array(n * n);
  for (let j = 0; j < n; j++) {
    inverse[j * n + j] = 1 / L[j * n + j]!;
    for (let i = j + 1; i < n; i++) {
      let sum = 0;
      for (let p = j; p < i; p++) sum -= L[i * n + p]! * inverse[p * n + j]!;
      inverse[i * n + j] = sum / L[i * n + i]!;
    }
  }
  return inverse;
}

/** `A + factor B`. */
export function addScaled(A: Float64Array, factor: number, B: Float64Array): Float64Array {
  return A.map((value, p) => value + factor * B[p]!);
}

/** `first - sum_j b_j others_j`, one value a row. */
export function combineRows(first: Float64Array, others: readonly Float64Array[], b: ArrayLike<number>): Float64Array {
  const out = first.slice();
  others.forEach((x, j) => {
    const factor = b[j]!;
    for (let i = 0; i < out.length; i++) out[i]! -= factor * x[i]!;
  });
  return out;
}
