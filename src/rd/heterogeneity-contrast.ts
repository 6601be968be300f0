import { OptionError } from "../core/errors.ts";
import type { Estimate, JointTest } from "../core/result.ts";
import { chiSquaredTest, normalEstimate } from "../inference/estimate.ts";
import type { RdHeterogeneityResult } from "./heterogeneity-result.ts";

/** A linear combination of effects. */
export interface HeterogeneityContrast {
  /** Bias-corrected combination with robust inference. */
  readonly estimate: Estimate;
  /** The combination of the conventional effects. */
  readonly conventional: number;
  /** Chi-squared test that the combination is zero. */
  readonly test: JointTest;
}

/**
 * A linear combination of the effects of `rd.heterogeneity`, by group or term: `{ female: 1, male: -1 }` is their difference.
 *
 * @throws OptionError `UNKNOWN_TERM` for a name that is no group or term of the result.
 * @example
 * rd.heterogeneityContrast(byHealth, { good: 1, bad: -1 }).estimate.confidenceInterval;
 */
export function heterogeneityContrast(
  result: RdHeterogeneityResult,
  combination: Readonly<Record<string, number>>,
  level: number = result.options.level,
): HeterogeneityContrast {
  const terms = result.estimates.map(({ term }) => term);
  for (const term of Object.keys(combination)) {
    if (terms.includes(term)) continue;
    const known = terms.map((name) => `"${name}"`).join(", ");
    throw new OptionError("UNKNOWN_TERM", `Cannot combine effects as "${term}" must be one of them: they are ${known}`, { term, terms });
  }
  const weights = terms.map((term) => combination[term] ?? 0);
  const total = (values: readonly number[]): number => values.reduce((sum, value, i) => sum + weights[i]! * value, 0);
  const corrected = total(result.estimates.map(({ estimate }) => estimate));
  const variance = weights.reduce((sum, w, i) => sum + w * total(result.vcov[i]!), 0);
  return {
    estimate: normalEstimate("contrast", corrected, variance, level),
    conventional: total(result.conventional),
    test: chiSquaredTest(corrected ** 2 / variance, 1),
  };
}
