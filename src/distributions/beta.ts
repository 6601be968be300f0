import { normalQuantile } from "./normal.ts";
import { betaTail, logBetaKernel, logBetaTail, type UnitPoint } from "./numerics/incomplete-beta.ts";
import { logGamma, stirlingCorrection } from "./numerics/log-gamma.ts";
import { type LogTail, solveLogTail } from "./numerics/solve-log-tail.ts";
import type { Tail } from "./tail.ts";

const HALF_LOG_TWO_PI = 0.5 * Math.log(2 * Math.PI);

/** log B(a, b) = log Γ(a) + log Γ(b) - log Γ(a + b) for a, b > 0, without the cancellation of large arguments. */
export function logBeta(a: number, b: number): number {
  const [small, large] = a < b ? [a, b] : [b, a];
  if (!(small > 0)) return small === 0 ? Number.POSITIVE_INFINITY : Number.NaN;
  if (large < 10) return logGamma(small) + logGamma(large) - logGamma(a + b);
  const correction = stirlingCorrection(large) - stirlingCorrection(a + b);
  const shrink = (0.5 - large) * Math.log1p(small / large);
  if (small < 10) return logGamma(small) + correction + shrink + small * (1 - Math.log(a + b));
  const ratio = (small - 0.5) * Math.log(small / (a + b));
  return stirlingCorrection(small) + correction + HALF_LOG_TWO_PI + shrink + ratio - 0.5 * Math.log(a + b);
}

/** Density of the beta distribution at x. */
export function betaDensity(x: number, a: number, b: number): number {
  if (!(a > 0 && b > 0) || Number.isNaN(x)) return Number.NaN;
  if (x < 0 || x > 1) return 0;
  if (x === 0) return a < 1 ? Number.POSITIVE_INFINITY : a === 1 ? b : 0;
  if (x === 1) return b < 1 ? Number.POSITIVE_INFINITY : b === 1 ? a : 0;
  const y = 1 - x;
  return Math.exp(logBetaKernel({ x, y }, a, b)) / (x * y);
}

/**
 * Distribution function of the beta distribution: the regularised incomplete beta function I_x(a, b), or its
 * complement with `tail` `"upper"`, formed directly. Relative error about 1e-14 in either tail.
 * `NaN` unless both shapes are positive.
 */
export function betaCdf(x: number, shapes: readonly [number, number], tail: Tail = "lower"): number {
  return betaTail({ x, y: 1 - x }, shapes, tail);
}

/** Quantile of the beta distribution; `NaN` for p outside [0, 1]. */
export function betaQuantile(p: number, shapes: readonly [number, number], tail: Tail = "lower"): number {
  const logOdds = betaLogOddsQuantile(p, shapes, tail);
  return logOdds < 0 ? Math.exp(logOdds) / (1 + Math.exp(logOdds)) : 1 / (1 + Math.exp(-logOdds));
}

/** log(x/(1-x)) at the quantile x: keeps the digits of 1 - x, which F and t quantiles need. */
export function betaLogOddsQuantile(p: number, shapes: readonly [number, number], tail: Tail): number {
  const [a, b] = shapes;
  if (!(p >= 0 && p <= 1 && a > 0 && b > 0)) return Number.NaN;
  if (p > 0.5) return betaLogOddsQuantile(1 - p, shapes, tail === "lower" ? "upper" : "lower");
  if (p === 0) return tail === "lower" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const deviate = Math.min(a, b) > 1 ? normalQuantile(p, tail) * Math.sqrt(1 / a + 1 / b) : 0;
  const evaluate = (u: number): LogTail => logBetaTail(pointAtLogOdds(u), shapes, tail);
  return solveLogTail(evaluate, Math.log(p), Math.log(a / b) + deviate, tail === "lower" ? 1 : -1);
}

function pointAtLogOdds(u: number): UnitPoint {
  const odds = Math.exp(-Math.abs(u));
  const [small, large] = [odds / (1 + odds), 1 / (1 + odds)];
  return u < 0 ? { x: small, y: large } : { x: large, y: small };
}
