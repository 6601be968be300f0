import { betaTail, logBetaKernel } from "./numerics/incomplete-beta.ts";
import type { Tail } from "./tail.ts";

const valid = (size: number, probability: number): boolean => Number.isInteger(size) && size >= 0 && probability >= 0 && probability <= 1;

/** Probability of exactly k successes in `size` trials. Zero where k is no whole number. */
export function binomialDensity(k: number, size: number, probability: number): number {
  if (!valid(size, probability) || Number.isNaN(k)) return Number.NaN;
  if (!Number.isInteger(k) || k < 0 || k > size) return 0;
  if (probability === 0 || probability === 1) return k === size * probability ? 1 : 0;
  if (k === 0) return Math.exp(size * Math.log1p(-probability));
  if (k === size) return probability ** size;
  // C(n, k) x^k y^(n-k) = x^k y^(n-k) / B(k, n - k) · n / (k (n - k))
  const kernel = logBetaKernel({ x: probability, y: 1 - probability }, k, size - k);
  return Math.exp(kernel) * (size / (k * (size - k)));
}

/**
 * P(X <= k), or P(X > k) with `tail` `"upper"`, for the number X of successes in `size` trials: a beta probability.
 * `NaN` unless `size` is a whole number and `probability` lies in [0, 1].
 */
export function binomialCdf(k: number, [size, probability]: readonly [size: number, probability: number], tail: Tail = "lower"): number {
  if (!valid(size, probability) || Number.isNaN(k)) return Number.NaN;
  const successes = Math.floor(k);
  if (successes < 0) return tail === "lower" ? 0 : 1;
  if (successes >= size) return tail === "lower" ? 1 : 0;
  const point = { x: probability, y: 1 - probability };
  return betaTail(point, [successes + 1, size - successes], tail === "lower" ? "upper" : "lower");
}

/** Smallest k with P(X <= k) >= p, or with P(X > k) <= p when `tail` is `"upper"`. */
export function binomialQuantile(p: number, shape: readonly [size: number, probability: number], tail: Tail = "lower"): number {
  if (!valid(...shape) || !(p >= 0 && p <= 1)) return Number.NaN;
  // A p that was itself computed as a distribution function is met despite its rounding.
  const slack = 64 * Number.EPSILON;
  const reached = (k: number): boolean =>
    tail === "lower" ? binomialCdf(k, shape) >= p * (1 - slack) : binomialCdf(k, shape, "upper") <= p * (1 + slack);
  let below = -1;
  let above = shape[0];
  while (above - below > 1) {
    const middle = Math.floor((below + above) / 2);
    if (reached(middle)) above = middle;
    else below = middle;
  }
  return above;
}
