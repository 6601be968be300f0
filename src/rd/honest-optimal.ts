import { normalQuantile } from "../distributions/index.ts";
import type { HonestBandwidthRules, PreliminaryVariance } from "./honest-bandwidth.ts";
import { smallestBandwidth } from "./honest-bandwidth.ts";
import { honestCriticalValue } from "./honest-critical-value.ts";
import { biasPerUnit } from "./numerics/honest-fit.ts";
import { fitOfWeights, type OptimalWeights, optimalWeights, root } from "./numerics/honest-optimal.ts";
import type { HonestRows } from "./numerics/honest-rows.ts";

/** A point of the bias-variance frontier of linear estimators. */
export interface FrontierPoint {
  readonly weights: OptimalWeights;
  readonly bias: number;
  readonly error: number;
  /** Where the modulus of continuity `omega(delta)` is twice the size of the least favourable function. */
  readonly delta: number;
}

/** The frontier under the preliminary variances, by the logarithm of the size of the least favourable function. */
export interface Frontier {
  /** `undefined` when weights are on one side only. */
  readonly at: (logSize: number) => FrontierPoint | undefined;
  /** Logarithms of the sizes whose weights reach two values a side, and beyond the data. */
  readonly range: readonly [number, number];
}

/**
 * The frontier is indexed by the modulus of continuity: with `omega(delta)` twice the size, the standard error is `omega'(delta)` and the
 * bias `(omega - delta omega') / 2` (Armstrong & Kolesár 2018, section 3).
 */
export function frontierOf(rows: HonestRows, bound: number, variance: PreliminaryVariance): Frontier {
  const precision = Float64Array.from(rows.weights, (w, i) => w / varianceAt(rows, variance, i));
  const at = (logSize: number): FrontierPoint | undefined => {
    const weights = optimalWeights(rows, precision, bound / 2, Math.exp(logSize));
    if (weights === undefined) return undefined;
    let noise = 0;
    for (let i = 0; i < weights.a.length; i++) noise += weights.a[i]! ** 2 * varianceAt(rows, variance, i);
    const bias = bound * biasPerUnit(rows, fitOfWeights(rows, weights), "taylor");
    const error = Math.sqrt(noise);
    return { weights, bias, error, delta: (2 * (Math.exp(logSize) - bias)) / error };
  };
  // a level b reaches to the root of b / C at slope zero
  const sizeOf = (h: number): number => Math.log(bound * h * h);
  const widest = Math.max(-rows.x[0]!, rows.x[rows.x.length - 1]!);
  return { at, range: [sizeOf(smallestBandwidth(rows)), sizeOf(4 * widest)] };
}

/**
 * The point of the frontier that minimises the criterion, with the minimax weights of the Taylor class. `undefined` when it leaves weights
 * on one side only. A criterion's slope along the frontier is zero where {@link slopeSign} is, which locates the minimum to rounding, as
 * comparing values of a flat criterion could not.
 */
export function bestPoint({ at, range }: Frontier, rules: Omit<HonestBandwidthRules, "kernel">): FrontierPoint | undefined {
  const slope = (logSize: number): number => {
    const point = at(logSize);
    return point === undefined ? Number.NEGATIVE_INFINITY : slopeSign(rules, point.bias / point.error, point.delta);
  };
  const [low, high] = range;
  if (slope(high) <= 0) return at(high);
  return at(slope(low) >= 0 ? low : root(slope, [low, high]));
}

/**
 * Sign of the criterion's slope along the frontier, for the ratio of bias to standard error and delta: `delta ratio - 2` for the mean
 * squared error, `delta - (z_(1-alpha) + z_beta)` for the one-sided interval, `(delta / 2 + ratio) cv'(ratio) - cv(ratio)` for the length.
 */
function slopeSign({ criterion, alpha, quantile }: Omit<HonestBandwidthRules, "kernel">, ratio: number, delta: number): number {
  if (criterion === "meanSquaredError") return delta * ratio - 2;
  if (criterion === "oneSided") return delta - (normalQuantile(alpha, "upper") + normalQuantile(quantile));
  const cv = honestCriticalValue(ratio, alpha);
  // both tails hold alpha whatever the ratio: phi(cv - ratio) and phi(cv + ratio) over their sum, with exp(-2 cv ratio) as their ratio
  const far = Math.exp(-2 * cv * ratio);
  return ((delta / 2 + ratio) * (1 - far)) / (1 + far) - cv;
}

const varianceAt = ({ x }: HonestRows, { left, right }: PreliminaryVariance, i: number): number => (x[i]! < 0 ? left[0]! : right[0]!);
