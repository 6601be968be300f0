import { chiSquaredQuantile } from "./chi-squared.ts";
import { gammaCdf } from "./gamma.ts";
import { normalCdf, normalDensity, normalQuantile } from "./normal.ts";
import { logGammaKernel } from "./numerics/incomplete-gamma.ts";
import { solveMonotone } from "./numerics/solve-monotone.ts";
import type { Tail } from "./tail.ts";

type Shape = readonly [degreesOfFreedom: number, noncentrality: number];

/**
 * Distribution function of the non-central chi-squared with noncentrality λ (the sum of squared means):
 * with one degree of freedom from the normal tails at √x ± √λ, else the Poisson mixture of central ones, whose terms
 * are all positive, so that either tail has relative accuracy.
 */
export function noncentralChiSquaredCdf(x: number, shape: Shape, tail: Tail = "lower"): number {
  const [degreesOfFreedom, noncentrality] = shape;
  if (!(degreesOfFreedom > 0 && noncentrality >= 0) || Number.isNaN(x)) return Number.NaN;
  if (x <= 0) return tail === "lower" ? 0 : 1;
  if (x === Number.POSITIVE_INFINITY) return tail === "lower" ? 1 : 0;
  if (degreesOfFreedom === 1 && (tail === "upper" || x > 0.25)) {
    return foldedNormalTail(Math.sqrt(x), Math.sqrt(noncentrality), tail);
  }
  return poissonMixture(x, shape, tail);
}

/**
 * Quantile of the non-central chi-squared; `NaN` for p outside [0, 1]. The root of the 1 - α quantile with one
 * degree of freedom is the critical value of an interval around an estimate whose bias is at most √λ standard errors.
 *
 * @example
 * Math.sqrt(noncentralChiSquaredQuantile(0.95, [1, 0.25])); // 2.18147...
 */
export function noncentralChiSquaredQuantile(p: number, shape: Shape, tail: Tail = "lower"): number {
  const [degreesOfFreedom, noncentrality] = shape;
  if (!(p >= 0 && p <= 1 && degreesOfFreedom > 0 && noncentrality >= 0)) return Number.NaN;
  if (noncentrality === 0) return chiSquaredQuantile(p, degreesOfFreedom, tail);
  if (p === 0 || p === 1) return (p === 0) === (tail === "lower") ? 0 : Number.POSITIVE_INFINITY;
  const score = normalQuantile(p, tail);
  if (degreesOfFreedom === 1 && score >= 0) {
    const upper = tail === "upper" ? p : 1 - p;
    return foldedNormalQuantile(upper, Math.sqrt(noncentrality)) ** 2;
  }
  const tails = {
    cdf: (u: number): number => noncentralChiSquaredCdf(Math.exp(u), shape),
    survival: (u: number): number => noncentralChiSquaredCdf(Math.exp(u), shape, "upper"),
  };
  return Math.exp(solveMonotone(tails, score, [Math.log(degreesOfFreedom + noncentrality), 0.5]));
}

/** P(|Z + b| > c) or its complement. */
function foldedNormalTail(c: number, b: number, tail: Tail): number {
  if (tail === "upper") return normalCdf(c - b, "upper") + normalCdf(c + b, "upper");
  return normalCdf(b - c, "upper") - normalCdf(b + c, "upper");
}

/** The c with P(|Z + b| > c) = p: Newton on the concave log tail, from a point beyond the root. */
function foldedNormalQuantile(p: number, b: number): number {
  let c = b + normalQuantile(0.5 * p, "upper");
  for (let iteration = 0; iteration < 60; iteration++) {
    const upper = foldedNormalTail(c, b, "upper");
    const step = (Math.log(upper / p) * upper) / (normalDensity(c - b) + normalDensity(c + b));
    c += step;
    if (Math.abs(step) <= 1e-9) break;
  }
  return c;
}

function poissonMixture(x: number, [degreesOfFreedom, noncentrality]: Shape, tail: Tail): number {
  const mean = 0.5 * noncentrality;
  let sum = 0;
  for (let j = 0; ; j++) {
    const mass = j === 0 ? Math.exp(-mean) : mean === 0 ? 0 : Math.exp(logGammaKernel(j, mean));
    const term = mass * gammaCdf(0.5 * x, 0.5 * degreesOfFreedom + j, tail);
    sum += term;
    const beyond = j > mean && (tail === "lower" || 0.5 * degreesOfFreedom + j > 0.5 * x || mass === 0);
    if (beyond && term <= 1e-17 * sum) return Math.min(1, sum);
  }
}
