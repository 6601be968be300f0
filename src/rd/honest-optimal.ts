import { normalQuantile } from "../distributions/index.ts";
import type { HonestBandwidthRules, PreliminaryVariance } from "./honest-bandwidth.ts";
import { smallestBandwidth } from "./honest-bandwidth.ts";
import { honestCriticalValue } from "./honest-critical-value.ts";
import { biasPerUnit } from "./numerics/honest-fit.ts";
import { fitOfWeights, type OptimalWeights, optimalWeights, root } from "./numerics/honest-optimal.ts";
import type { HonestRows } from "./numerics/honest-rows.ts";

/**
 * Minimax weights of the Taylor class at the point of the bias-variance frontier that minimises the criterion, under the preliminary
 * variances. `undefined` when no point leaves weights on both sides.
 *
 * The frontier is indexed by the modulus of continuity: with `omega(delta)` twice the size of the least favourable function, the standard
 * error is `omega'(delta)` and the bias `(omega - delta omega') / 2` (Armstrong & Kolesár 2018, section 3). So along it a criterion's
 * slope is zero where {@link slopeSign} is, which locates the minimum to rounding, as comparing values of a flat criterion could not.
 */
export function bestWeights(
  rows: HonestRows,
  rules: Omit<HonestBandwidthRules, "kernel">,
  variance: PreliminaryVariance,
): OptimalWeights | undefined {
  const bound = rules.smoothness[0]!;
  const precision = Float64Array.from(rows.weights, (w, i) => w / varianceAt(rows, variance, i));
  const weightsAt = (logSize: number): OptimalWeights | undefined => optimalWeights(rows, precision, bound / 2, Math.exp(logSize));
  const slope = (logSize: number): number => {
    const found = weightsAt(logSize);
    if (found === undefined) return Number.NEGATIVE_INFINITY;
    let noise = 0;
    for (let i = 0; i < found.a.length; i++) noise += found.a[i]! ** 2 * varianceAt(rows, variance, i);
    const bias = bound * biasPerUnit(rows, fitOfWeights(rows, found), "taylor");
    const error = Math.sqrt(noise);
    return slopeSign(rules, bias / error, (2 * (Math.exp(logSize) - bias)) / error);
  };
  // a level b reaches to the root of b / C at slope zero: from two values a side to beyond the data
  const sizeOf = (h: number): number => Math.log(bound * h * h);
  const widest = Math.max(-rows.x[0]!, rows.x[rows.x.length - 1]!);
  const [low, high] = [sizeOf(smallestBandwidth(rows)), sizeOf(4 * widest)];
  if (slope(high) <= 0) return weightsAt(high);
  return weightsAt(slope(low) >= 0 ? low : root(slope, [low, high]));
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
