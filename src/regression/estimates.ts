import type { Estimate, Warning } from "../core/result.ts";
import type { Covariance } from "../inference/covariance.ts";
import { tEstimate } from "../inference/estimate.ts";
import { toRows } from "../linalg/index.ts";

/** How the covariance in a result was made. */
export interface CovarianceSummary {
  /** Parameters counted in the small-sample correction, K. */
  readonly parameters: number;
  /** Denominator degrees of freedom of joint F tests, and of t where inference is not normal and not by coefficient. */
  readonly jointDegreesOfFreedom: number;
  /** Clusters of each cluster variable, or periods. */
  readonly clusters?: readonly number[];
  /** Bandwidth of a kernel covariance, in periods. */
  readonly bandwidth?: number;
  /** The matrix before its negative eigenvalues were raised, where that was needed. */
  readonly beforeRaisingEigenvalues?: readonly (readonly number[])[];
}

/** The inferential part of a result. */
export interface InferencePart {
  readonly estimates: Readonly<Record<string, Estimate>>;
  readonly vcov: readonly (readonly number[])[];
  readonly covariance: CovarianceSummary;
  readonly warnings: readonly Warning[];
}

/** Estimates with their inference from coefficients and covariance. */
export function inferencePart(terms: readonly string[], coefficients: Float64Array, covariance: Covariance, level: number): InferencePart {
  const k = terms.length;
  const { matrix, unfixed, clusters, degreesOfFreedom, normal = false } = covariance;
  const estimates: Record<string, Estimate> = {};
  const without: string[] = [];
  terms.forEach((term, j) => {
    const variance = matrix[j * k + j]!;
    if (!(variance > 0)) without.push(term);
    estimates[term] = tEstimate(
      term,
      coefficients[j]!,
      variance,
      normal ? Number.POSITIVE_INFINITY : typeof degreesOfFreedom === "number" ? degreesOfFreedom : degreesOfFreedom[j]!,
      level,
    );
  });
  const warnings: Warning[] = [...covariance.warnings];
  if (without.length > 0) {
    warnings.push({
      code: "NO_VARIANCE",
      message: `No standard error for ${without.map((term) => `"${term}"`).join(", ")}: the estimated variance is not positive`,
      details: { terms: without },
    });
  }
  return {
    estimates,
    vcov: toRows(matrix, k),
    covariance: {
      parameters: covariance.parameters,
      jointDegreesOfFreedom: covariance.jointDegreesOfFreedom,
      ...(clusters === undefined ? {} : { clusters }),
      ...(covariance.bandwidth === undefined ? {} : { bandwidth: covariance.bandwidth }),
      ...(unfixed === undefined ? {} : { beforeRaisingEigenvalues: toRows(unfixed, k) }),
    },
    warnings,
  };
}
