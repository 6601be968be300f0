import { millsRatio, normalCdf, normalDensity, normalLogCdf, normalQuantile } from "./normal.ts";
import { logGammaKernel } from "./numerics/incomplete-gamma.ts";
import { log1pMinus } from "./numerics/log1p-minus.ts";
import { solveMonotone } from "./numerics/solve-monotone.ts";
import { studentTCdf } from "./student-t.ts";
import type { Tail } from "./tail.ts";

/** From here up the scale is one to rounding and the statistic normal. */
const NORMAL_LIMIT = 1e22;

/**
 * Distribution function of the non-central t, (Z + δ)/√(V/ν) with V chi-squared on ν degrees of freedom: power of
 * t tests. Relative error about 1e-13 in either tail: the normal tail given the scale is averaged over the scale's
 * distribution by the trapezoidal rule in u = log scale, which converges exponentially for such integrands.
 *
 * @example
 * noncentralTCdf(2, [10, 3.5], "upper"); // 0.921433762268463
 */
export function noncentralTCdf(
  x: number,
  [degreesOfFreedom, noncentrality]: readonly [degreesOfFreedom: number, noncentrality: number],
  tail: Tail = "lower",
): number {
  if (!(degreesOfFreedom > 0) || Number.isNaN(x) || !Number.isFinite(noncentrality)) return Number.NaN;
  if (noncentrality === 0) return studentTCdf(x, degreesOfFreedom, tail);
  if (!Number.isFinite(x) || x === 0 || degreesOfFreedom > NORMAL_LIMIT) {
    return normalCdf(x - noncentrality, tail);
  }
  return tail === "upper" ? averagedTail(x, degreesOfFreedom, noncentrality) : averagedTail(-x, degreesOfFreedom, -noncentrality);
}

/** Quantile of the non-central t distribution; `NaN` for p outside [0, 1]. */
export function noncentralTQuantile(
  p: number,
  shape: readonly [degreesOfFreedom: number, noncentrality: number],
  tail: Tail = "lower",
): number {
  const [nu, delta] = shape;
  if (!(p >= 0 && p <= 1 && nu > 0) || !Number.isFinite(delta)) return Number.NaN;
  const score = normalQuantile(p, tail);
  if (!Number.isFinite(score)) return score;
  const tails = {
    cdf: (v: number): number => noncentralTCdf(Math.sinh(v), shape),
    survival: (v: number): number => noncentralTCdf(Math.sinh(v), shape, "upper"),
  };
  // Far out the tails are powers of x: straight lines in v = asinh x.
  return Math.sinh(solveMonotone(tails, score, [Math.asinh(delta + score), 0.25]));
}

/** E[P(Z > t S - δ)] over the scale S = √(V/ν). */
function averagedTail(t: number, nu: number, delta: number): number {
  // log of the density of u = log S at 0, and minus its deviance a (e^2u - 1 - 2u) from there with a = ν/2.
  const a = 0.5 * nu;
  const peak = logGammaKernel(a, a) + Math.log(nu);
  const term = (u: number): number => Math.exp(peak - a * scaleDeviance(2 * u) + normalLogCdf(t * Math.exp(u) - delta, "upper"));
  const slope = (u: number): number => {
    const z = t * Math.exp(u) - delta;
    return -t * Math.exp(u) * hazard(z) - nu * Math.expm1(2 * u);
  };
  let [left, right] = [-720, 720];
  for (let k = 0; k < 80 && right - left > 1e-13; k++) {
    const middle = 0.5 * (left + right);
    if (slope(middle) > 0) left = middle;
    else right = middle;
  }
  const mode = 0.5 * (left + right);
  const gap = 1e-4 / Math.sqrt(nu + 1);
  const curvature = (slope(mode - gap) - slope(mode + gap)) / (2 * gap);
  // A step of 0.6 standard deviations integrates a Gaussian to e^-54. The narrowest features are the integrand's peak
  // and the step of the normal tail at t e^u = δ; for small ν and δ its growth beyond ±iπ/4 does.
  const step = Math.min(0.1, 0.6 / Math.sqrt(Math.max(nu, curvature, delta * delta)));
  let sum = term(mode);
  for (const direction of [step, -step]) {
    for (let k = 1; k < 100000; k++) {
      const value = term(mode + k * direction);
      sum += value;
      if (value <= 1e-18 * sum) break;
    }
  }
  return Math.min(1, sum * step);
}

/** e^v - 1 - v. */
function scaleDeviance(v: number): number {
  return Math.abs(v) < 0.5 ? -log1pMinus(Math.expm1(v)) : Math.expm1(v) - v;
}

/** Normal density over upper tail. */
function hazard(z: number): number {
  return z >= 0 ? 1 / millsRatio(z) : normalDensity(z) / normalCdf(z, "upper");
}
