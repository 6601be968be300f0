import { gammaCdf, gammaDensity, gammaQuantile } from "./gamma.ts";
import type { Tail } from "./tail.ts";

/** Density of the chi-squared distribution. */
export function chiSquaredDensity(x: number, degreesOfFreedom: number): number {
  return 0.5 * gammaDensity(0.5 * x, 0.5 * degreesOfFreedom);
}

/**
 * Distribution function of the chi-squared distribution, degrees of freedom of any positive size.
 * Relative error about 1e-14 in either tail.
 *
 * @example
 * chiSquaredCdf(3.84, 1, "upper"); // 0.0500435212487052
 */
export function chiSquaredCdf(x: number, degreesOfFreedom: number, tail: Tail = "lower"): number {
  return gammaCdf(0.5 * x, 0.5 * degreesOfFreedom, tail);
}

/** Quantile of the chi-squared distribution; `NaN` for p outside [0, 1]. */
export function chiSquaredQuantile(p: number, degreesOfFreedom: number, tail: Tail = "lower"): number {
  return 2 * gammaQuantile(p, 0.5 * degreesOfFreedom, tail);
}
