import { normalCdf, normalDensity } from "../distributions/index.ts";

/** A saddlepoint and the tail probability from it. */
export interface SaddlepointTail {
  /** Root s of K'(s) = 0, below 1/2. */
  readonly saddlepoint: number;
  readonly probability: number;
}

/** Saddlepoints closer to zero (in standard deviations) take the limit of the formula, which is a difference of large numbers there. */
const NEAR_ZERO = 1e-5;

/**
 * `P(|t| > |statistic|)` where t is a standard normal over the root of an independent `sum_i w_i chi2_i / sum_i w_i`, each chi2 on one degree of freedom: the probability
 * that `Z^2 - statistic^2 sum_i w_i z_i^2 / sum_i w_i` is positive, by Lugannani and Rice's formula with the cumulant function
 * `K(s) = -1/2 sum_i log(1 - 2 c_i s)` of its terms' weights c.
 *
 * @see McCaffrey & Bell (2006), doi:10.1002/sim.2502; Kuonen (1999), Biometrika 86(4), 929-935
 */
export function saddlepointTail(statistic: number, weights: Float64Array): SaddlepointTail {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const c = Float64Array.of(1, ...weights.map((weight) => (-statistic * statistic * weight) / total));
  const s = rootBelowHalf(c);
  let [K, second, third] = [0, 0, 0];
  for (const value of c) {
    const ratio = value / (1 - 2 * value * s);
    K -= Math.log1p(-2 * value * s) / 2;
    second += 2 * ratio ** 2;
    third += 8 * ratio ** 3;
  }
  const v = s * Math.sqrt(second);
  if (Math.abs(v) < NEAR_ZERO) return { saddlepoint: s, probability: 0.5 - third / second ** 1.5 / (6 * Math.sqrt(2 * Math.PI)) };
  const w = Math.sign(s) * Math.sqrt(Math.max(0, -2 * K));
  const probability = normalCdf(w, "upper") + normalDensity(w) * (1 / v - 1 / w);
  return { saddlepoint: s, probability: Math.min(1, Math.max(0, probability)) };
}

/** The root of `K'(s) = sum_i c_i / (1 - 2 c_i s)`, which rises from -Infinity to Infinity between 1/(2 min c) and 1/2, by bisection to the last bit. */
function rootBelowHalf(c: Float64Array): number {
  const smallest = c.reduce((least, value) => Math.min(least, value), 0);
  if (smallest === 0) return Number.NEGATIVE_INFINITY;
  let [low, high] = [1 / (2 * smallest), 0.5];
  for (let step = 0; step < 200; step++) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    let slope = 0;
    for (const value of c) slope += value / (1 - 2 * value * middle);
    if (slope > 0) high = middle;
    else low = middle;
  }
  return (low + high) / 2;
}
