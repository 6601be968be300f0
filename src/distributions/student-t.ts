import { betaLogOddsQuantile } from "./beta.ts";
import { normalCdf, normalDensity, normalQuantile, normalTwoSided } from "./normal.ts";
import { betaTail, logBetaKernel } from "./numerics/incomplete-beta.ts";
import type { Tail } from "./tail.ts";

/** From here up the normal limit is exact to rounding: its relative error is about x⁴/(4 df). */
const NORMAL_LIMIT = 1e22;

/** Beyond this |t| the tail is a power of t to rounding. */
const POWER_TAIL = 1e100;

/** Density of Student's t distribution; infinite degrees of freedom are the normal. */
export function studentTDensity(x: number, degreesOfFreedom: number): number {
  const nu = degreesOfFreedom;
  if (!(nu > 0) || Number.isNaN(x)) return Number.NaN;
  if (nu > NORMAL_LIMIT) return normalDensity(x);
  const square = x * x;
  if (square === Number.POSITIVE_INFINITY) return 0;
  const kernelAtOne = logBetaKernel({ x: nu / (nu + 1), y: 1 / (nu + 1) }, 0.5 * nu, 0.5);
  return Math.exp(kernelAtOne - 0.5 * (nu + 1) * (Math.log1p(square / nu) - Math.log1p(1 / nu)));
}

/** P(|T| > |x|), I_x(ν/2, 1/2) at x = ν/(ν+t²), the complement t²/(ν+t²) formed beside it. */
export function studentTTwoSided(x: number, degreesOfFreedom: number): number {
  const nu = degreesOfFreedom;
  if (!(nu > 0) || Number.isNaN(x)) return Number.NaN;
  if (nu > NORMAL_LIMIT) return normalTwoSided(x);
  const t = Math.abs(x);
  const far = POWER_TAIL * Math.max(1, Math.sqrt(nu));
  if (t > far) return studentTTwoSided(far, nu) * (far / t) ** nu;
  const square = t * t;
  const total = nu + square;
  return betaTail({ x: nu / total, y: square / total }, [0.5 * nu, 0.5], "lower");
}

/**
 * Distribution function of Student's t with any positive degrees of freedom, `Infinity` being the normal:
 * P(T <= x), or P(T > x) with `tail` `"upper"`. Relative error about 1e-14 in either tail, at x near 0 and at huge
 * degrees of freedom too.
 *
 * @example
 * studentTCdf(2, 10, "upper"); // 0.0366940
 */
export function studentTCdf(x: number, degreesOfFreedom: number, tail: Tail = "lower"): number {
  if (degreesOfFreedom > NORMAL_LIMIT) return normalCdf(x, tail);
  const outer = 0.5 * studentTTwoSided(x, degreesOfFreedom);
  return x >= 0 === (tail === "upper") ? outer : 1 - outer;
}

/**
 * Quantile of Student's t: the x with P(T <= x) = p, or P(T > x) = p with `tail` `"upper"`; `NaN` for p outside
 * [0, 1]. Relative error about 1e-14, at p near 1/2 as well as p itself allows.
 *
 * @example
 * studentTQuantile(0.975, 10); // 2.22813885
 */
export function studentTQuantile(p: number, degreesOfFreedom: number, tail: Tail = "lower"): number {
  const nu = degreesOfFreedom;
  if (!(nu > 0 && p >= 0 && p <= 1)) return Number.NaN;
  if (nu > NORMAL_LIMIT) return normalQuantile(p, tail);
  if (p === 0.5) return 0;
  const outer = p < 0.5 ? p : 1 - p;
  // T² has the F(1, ν) distribution: |t| by its outer or, near the centre, its inner probability, whichever is smaller.
  const logOdds =
    outer <= 0.25
      ? betaLogOddsQuantile(2 * outer, [0.5, 0.5 * nu], "upper")
      : betaLogOddsQuantile(2 * Math.abs(p - 0.5), [0.5, 0.5 * nu], "lower");
  const size = Math.sqrt(nu * Math.exp(logOdds));
  return p < 0.5 === (tail === "upper") ? size : -size;
}
