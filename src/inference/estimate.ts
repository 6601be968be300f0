import type { Estimate, JointTest } from "../core/result.ts";
import {
  chiSquaredCdf,
  fCdf,
  normalCdf,
  normalQuantile,
  normalTwoSided,
  studentTCdf,
  studentTQuantile,
  studentTTwoSided,
} from "../distributions/index.ts";
import { choleskySolve } from "../linalg/index.ts";

/**
 * A t-based estimate; `degreesOfFreedom: Infinity` makes it normal. The only place where t ratios, p-values and intervals are made.
 * A variance that is zero, negative or NaN gives NaN inference: the caller warns with a code.
 */
export function tEstimate(term: string, estimate: number, variance: number, degreesOfFreedom: number, level: number): Estimate {
  const standardError = variance > 0 ? Math.sqrt(variance) : Number.NaN;
  return estimateFromStandardError(term, estimate, standardError, degreesOfFreedom, level);
}

/** A normal-based estimate. */
export function normalEstimate(term: string, estimate: number, variance: number, level: number): Estimate {
  return tEstimate(term, estimate, variance, Number.POSITIVE_INFINITY, level);
}

/** As {@link tEstimate}, from a standard error; `critical` replaces the pointwise quantile (uniform bands). */
export function estimateFromStandardError(
  term: string,
  estimate: number,
  standardError: number,
  degreesOfFreedom: number,
  level: number,
  critical: number = criticalValue(level, degreesOfFreedom),
): Estimate {
  const statistic = estimate / standardError;
  const half = critical * standardError;
  return {
    term,
    estimate,
    standardError,
    statistic,
    pValue: twoSidedPValue(statistic, degreesOfFreedom),
    confidenceInterval: [estimate - half, estimate + half],
    degreesOfFreedom,
  };
}

/** Two-sided p-value of a t (or, with `Infinity` degrees of freedom, normal) statistic. */
export function twoSidedPValue(statistic: number, degreesOfFreedom: number): number {
  if (Number.isNaN(statistic) || !(degreesOfFreedom > 0)) return Number.NaN;
  return degreesOfFreedom === Number.POSITIVE_INFINITY ? normalTwoSided(statistic) : studentTTwoSided(statistic, degreesOfFreedom);
}

/** One-sided p-value against positive values of a t (or, with `Infinity` degrees of freedom, normal) statistic. */
export function oneSidedPValue(statistic: number, degreesOfFreedom: number): number {
  if (Number.isNaN(statistic) || !(degreesOfFreedom > 0)) return Number.NaN;
  return degreesOfFreedom === Number.POSITIVE_INFINITY ? normalCdf(statistic, "upper") : studentTCdf(statistic, degreesOfFreedom, "upper");
}

/** Half-width of a two-sided interval in standard errors. */
export function criticalValue(level: number, degreesOfFreedom: number): number {
  if (!(degreesOfFreedom > 0)) return Number.NaN;
  const tail = (1 - level) / 2;
  return degreesOfFreedom === Number.POSITIVE_INFINITY ? normalQuantile(tail, "upper") : studentTQuantile(tail, degreesOfFreedom, "upper");
}

/** Chi-squared test from its statistic. */
export function chiSquaredTest(statistic: number, degreesOfFreedom: number): JointTest {
  const pValue = chiSquaredCdf(statistic, degreesOfFreedom, "upper");
  return {
    statistic,
    degreesOfFreedom,
    denominatorDegreesOfFreedom: Number.POSITIVE_INFINITY,
    pValue,
    distribution: "chiSquared",
  };
}

/** F test from its statistic. */
export function fTest(statistic: number, degreesOfFreedom: number, denominatorDegreesOfFreedom: number): JointTest {
  const pValue = fCdf(statistic, degreesOfFreedom, denominatorDegreesOfFreedom, "upper");
  return { statistic, degreesOfFreedom, denominatorDegreesOfFreedom, pValue, distribution: "F" };
}

/**
 * The Wald quadratic form `r' V^-1 r` of `q` restrictions, `r` of length q and `V` q by q, row-major.
 * `undefined` when `V` is singular: the caller leaves the test out and warns.
 */
export function waldStatistic(r: Float64Array, V: Float64Array): number | undefined {
  const solved = choleskySolve(V, r);
  if (solved === undefined) return undefined;
  let sum = 0;
  for (let i = 0; i < r.length; i++) sum += r[i]! * solved[i]!;
  return sum;
}
