import type { Warning } from "../core/result.ts";
import { fromEigen, sandwich, submatrix, symmetricEigen } from "../linalg/index.ts";
import type { GroupCodes } from "../moments/index.ts";
import type { Scores } from "./scores.ts";
import type { ParameterCounts } from "./small-sample.ts";

/**
 * What covariance estimators see of an estimator: scores, bread and counts, never a model.
 * Scores and bread may be in another basis than the coefficients; `transform` leads from one to the other.
 */
export interface EstimatingEquations {
  readonly scores: Scores;
  /** Inverse of the (negative) derivative of the summed scores, k by k, row-major. */
  readonly bread: Float64Array;
  /** Coefficients from the scores' basis, k by k; `undefined` for the identity. */
  readonly transform: Float64Array | undefined;
  /** Observations: rows, or the sum of frequency weights. */
  readonly observations: number;
  readonly counts: ParameterCounts;
  /** Sum of squared (weighted) residuals over n - 1; 1 for likelihoods with known dispersion. */
  readonly dispersion: number;
  /** Whether inference is normal rather than t, as for likelihoods. */
  readonly normal: boolean;
  /** Diagonal of the hat matrix, absorbed effects included; `undefined` where it has no meaning (instruments). */
  readonly leverage: (() => Float64Array) | undefined;
  /** Weights inside the bread, `B = (X'WX)^-1`; `undefined` for ones. */
  readonly weights: Float64Array | undefined;
}

/** Groups to cluster by, and which absorbed effects are nested in them. */
export interface ClusterGroups extends GroupCodes {
  readonly name: string;
  readonly nested: readonly boolean[];
}

/** A covariance matrix of the coefficients with what its use needs. */
export interface Covariance {
  /** k by k, row-major, in the coefficients' order. */
  readonly matrix: Float64Array;
  /** Before eigenvalues were raised to make it positive semi-definite; absent when that was not needed. */
  readonly unfixed?: Float64Array;
  /** Degrees of freedom of t: one for all, or one a coefficient. */
  readonly degreesOfFreedom: number | Float64Array;
  /** Whether inference is by the normal distribution; the degrees of freedom are then for joint F tests alone. Default false. */
  readonly normal?: boolean;
  /** Denominator degrees of freedom of joint F tests. */
  readonly jointDegreesOfFreedom: number;
  /** Parameters counted, K. */
  readonly parameters: number;
  /** Clusters of each cluster variable, or periods. */
  readonly clusters?: readonly number[];
  /** Bandwidth of a kernel covariance, in periods. */
  readonly bandwidth?: number;
  readonly warnings: readonly Warning[];
}

/** `B M B'` in the basis of the coefficients. */
export function covarianceFrom({ bread, transform, counts }: EstimatingEquations, meat: Float64Array): Float64Array {
  const k = counts.coefficients;
  const width = Math.round(Math.sqrt(bread.length)); // the scores' basis may hold nuisance columns after the coefficients
  const inner = sandwich(bread, meat, width, width);
  if (transform !== undefined) return sandwich(transform, inner, k, width);
  if (width === k) return inner;
  return submatrix(
    inner,
    width,
    Array.from({ length: k }, (_, j) => j),
  );
}

/** `factor * B` in the basis of the coefficients. */
export function scaledBread({ bread, transform, counts }: EstimatingEquations, factor: number): Float64Array {
  const k = counts.coefficients;
  const scaled = bread.map((value) => value * factor);
  return transform === undefined ? scaled : sandwich(transform, scaled, k, k);
}

/** Eigenvalues at or below zero are raised to this, as fixest does. */
const RAISED = 1e-16;
/** A negative eigenvalue below this share of the largest is rounding. */
const ROUNDING = 1e-14;

/**
 * Makes a covariance matrix positive semi-definite when several cluster variables or a lag window made it indefinite:
 * eigenvalues at or below zero become 1e-16 and the matrix is rebuilt.
 */
export function positiveSemiDefinite(matrix: Float64Array, k: number): Pick<Covariance, "matrix" | "unfixed" | "warnings"> {
  const { values, vectors } = symmetricEigen(matrix, k);
  const largest = Math.abs(values[k - 1] ?? 0);
  if (k === 0 || !(values[0]! < -ROUNDING * largest)) return { matrix, warnings: [] };
  const negative = values.filter((value) => value <= 0).length;
  return {
    matrix: fromEigen(
      values.map((value) => (value <= 0 ? RAISED : value)),
      vectors,
      k,
    ),
    unfixed: matrix,
    warnings: [
      {
        code: "COVARIANCE_NOT_DEFINITE",
        message: `The covariance matrix had ${negative} eigenvalue${negative === 1 ? "" : "s"} at or below zero, raised to ${RAISED}: standard errors of combinations may be too small`,
        details: { eigenvalues: Array.from(values) },
      },
    ],
  };
}
