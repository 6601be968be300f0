import { OptionError } from "../core/errors.ts";
import { checkNumber } from "../core/options.ts";
import { normalCdf, normalQuantile } from "../distributions/index.ts";

/** From this ratio on one tail holds all of the error. */
const ONE_SIDED_FROM = 10;

/**
 * Critical value of an estimate whose bias is at most `ratio` standard errors: the `1 - alpha` quantile of `|N(ratio, 1)|`.
 *
 * @throws OptionError `INVALID_OPTION`.
 * @see Armstrong & Kolesár (2018), Econometrica 86(2) 655-683, equation 18
 * @example
 * rd.honestCriticalValue(0.5, 0.05); // 2.18
 */
export function honestCriticalValue(ratio: number, alpha: number = 0.05): number {
  const caller = "rd.honestCriticalValue";
  if (ratio === Number.POSITIVE_INFINITY) return ratio;
  if (Number.isNaN(ratio)) throw new OptionError("INVALID_OPTION", `Cannot run ${caller} as "ratio" must be a number: NaN was given`, {});
  checkNumber(caller, "ratio", ratio, { min: 0 });
  checkNumber(caller, "alpha", alpha, { min: 0, max: 1, open: true });
  const z = normalQuantile(alpha, "upper");
  if (ratio >= ONE_SIDED_FROM) return ratio + z;
  const outside = (c: number): number => normalCdf(c - ratio, "upper") + normalCdf(-c - ratio);
  let [low, high] = [ratio + z, ratio + normalQuantile(alpha / 2, "upper")];
  for (let i = 0; i < 200; i++) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) break;
    if (outside(middle) > alpha) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
