import { normalQuantile } from "../normal.ts";

/** Normal scores are kept within the range of doubles' probabilities. */
const FAR = 40;

/**
 * The x at which an increasing distribution function `cdf(x)` and its complement `survival(x)` equal p and 1 - p,
 * by bracketing and the Illinois form of false position on the scale of normal scores, where both are nearly linear.
 * `score` is the normal score of p; `start` and `step` open the bracket.
 */
export function solveMonotone(
  tails: { readonly cdf: (x: number) => number; readonly survival: (x: number) => number },
  score: number,
  [start, step]: readonly [start: number, step: number],
): number {
  const error = (x: number): number => {
    const value = score <= 0 ? normalQuantile(tails.cdf(x)) : normalQuantile(tails.survival(x), "upper");
    return Math.max(-FAR, Math.min(FAR, value)) - score;
  };
  let [left, right] = [start, start];
  let [errorLeft, errorRight] = [error(left), error(right)];
  for (let width = step; errorLeft > 0 && width < 1e300; width *= 2) {
    [right, errorRight] = [left, errorLeft];
    left -= width;
    errorLeft = error(left);
  }
  for (let width = step; errorRight < 0 && width < 1e300; width *= 2) {
    [left, errorLeft] = [right, errorRight];
    right += width;
    errorRight = error(right);
  }
  const tolerance = 2e-16 * Math.max(1, Math.abs(score));
  let side = 0;
  for (let iteration = 0; iteration < 200; iteration++) {
    if (Math.abs(errorLeft) <= tolerance || right === left) return left;
    if (Math.abs(errorRight) <= tolerance) return right;
    const x = right - (errorRight * (right - left)) / (errorRight - errorLeft);
    if (!(x > left && x < right) || right - left <= 2e-16 * Math.abs(x)) return x;
    const value = error(x);
    if (value < 0) {
      [left, errorLeft] = [x, value];
      if (side === -1) errorRight *= 0.5;
      side = -1;
    } else {
      [right, errorRight] = [x, value];
      if (side === 1) errorLeft *= 0.5;
      side = 1;
    }
  }
  return 0.5 * (left + right);
}
