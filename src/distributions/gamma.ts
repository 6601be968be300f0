import { normalQuantile } from "./normal.ts";
import { gammaTail, logGammaKernel, logGammaTail } from "./numerics/incomplete-gamma.ts";
import { type LogTail, solveLogTail } from "./numerics/solve-log-tail.ts";
import type { Tail } from "./tail.ts";

export { logGamma } from "./numerics/log-gamma.ts";

/** Density at x of the gamma distribution with the given shape and rate 1: x^(shape-1) e^-x / Γ(shape). */
export function gammaDensity(x: number, shape: number): number {
  if (!(shape > 0) || Number.isNaN(x)) return Number.NaN;
  if (x < 0 || x === Number.POSITIVE_INFINITY) return 0;
  if (x === 0) return shape < 1 ? Number.POSITIVE_INFINITY : shape === 1 ? 1 : 0;
  return Math.exp(logGammaKernel(shape, x)) * (shape / x);
}

/**
 * Distribution function of the gamma distribution with the given shape and rate 1: the regularised incomplete gamma
 * function P(shape, x), or Q(shape, x) with `tail` `"upper"`. Relative error about 1e-14 in either tail.
 * `NaN` for a shape that is not positive.
 */
export function gammaCdf(x: number, shape: number, tail: Tail = "lower"): number {
  return gammaTail(shape, x, tail);
}

/** Quantile of the gamma distribution with the given shape and rate 1; `NaN` for p outside [0, 1]. */
export function gammaQuantile(p: number, shape: number, tail: Tail = "lower"): number {
  if (!(p >= 0 && p <= 1 && shape > 0)) return Number.NaN;
  if (p > 0.5) return gammaQuantile(1 - p, shape, tail === "lower" ? "upper" : "lower");
  if (p === 0) return tail === "lower" ? 0 : Number.POSITIVE_INFINITY;
  const logP = Math.log(p);
  const deviate = shape > 1 ? normalQuantile(p, tail) / Math.sqrt(shape) : 0;
  // In the upper tail P(X > shape + √(-2 shape log p) - log p) <= p bounds the quantile (Boucheron et al. 2013, 2.4).
  const start = tail === "lower" ? Math.log(shape) + deviate : Math.log(shape + Math.sqrt(-2 * shape * logP) - logP);
  const evaluate = (u: number): LogTail => logGammaTail(shape, Math.exp(u), tail);
  return Math.exp(solveLogTail(evaluate, logP, start, tail === "lower" ? 1 : -1));
}
