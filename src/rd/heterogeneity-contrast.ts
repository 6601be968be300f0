import { DataError, OptionError } from "../core/errors.ts";
import { checkArgument, checkChoice, checkLevel, checkNumber } from "../core/options.ts";
import type { Estimate, JointTest } from "../core/result.ts";
import { chiSquaredTest, normalEstimate, waldStatistic } from "../inference/estimate.ts";
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
  level?: number,
): HeterogeneityContrast {
  const { estimates, conventional, test } = heterogeneityContrasts(result, { contrast: combination }, level);
  return { estimate: estimates[0]!, conventional: conventional[0]!, test };
}

/** Several linear combinations of effects. */
export interface HeterogeneityContrasts {
  /** Bias-corrected combinations with robust inference, by name. */
  readonly estimates: readonly Estimate[];
  /** The combinations of the conventional effects. */
  readonly conventional: readonly number[];
  /** Chi-squared test that all of them have their null values. */
  readonly test: JointTest;
  readonly vcov: readonly (readonly number[])[];
}

/**
 * Several linear combinations of the effects of `rd.heterogeneity`, with the joint test that all are zero, or what `nulls` names for them.
 *
 * @throws OptionError `UNKNOWN_TERM` for a name that is no group or term; DataError `SINGULAR` when one combination follows from others.
 * @example
 * rd.heterogeneityContrasts(byEducation, { middle: { middle: 1, low: -1 }, high: { high: 1, low: -1 } }).test;
 */
export function heterogeneityContrasts(
  result: RdHeterogeneityResult,
  combinations: Readonly<Record<string, Readonly<Record<string, number>>>>,
  level?: number,
  nulls: Readonly<Record<string, number>> = {},
): HeterogeneityContrasts {
  const caller = "rd.heterogeneityContrasts";
  checkArgument(caller, result, "a result of rd.heterogeneity", ["vcov", "conventional", "estimates"]);
  checkArgument(caller, combinations, "combinations of effects by name", []);
  for (const [name, one] of Object.entries(combinations)) checkCombination(caller, name, one);
  checkArgument(caller, nulls, "null values by the name of a combination", []);
  const names = Object.keys(combinations);
  for (const [name, value] of Object.entries(nulls)) {
    checkChoice(caller, "nulls", name, names);
    checkNumber(caller, `nulls: ${name}`, value);
  }
  const confidence = checkLevel(caller, level ?? result.options.level);
  const terms = result.estimates.map(({ term }) => term);
  const weights = names.map((name) => weightsOf(combinations[name]!, terms));
  const total = (w: readonly number[], values: readonly number[]): number => values.reduce((sum, value, i) => sum + w[i]! * value, 0);
  const corrected = weights.map((w) =>
    total(
      w,
      result.estimates.map(({ estimate }) => estimate),
    ),
  );
  const vcov = weights.map((a) =>
    weights.map((b) =>
      total(
        a,
        result.vcov.map((row) => total(b, row)),
      ),
    ),
  );
  const distances = corrected.map((value, c) => value - (nulls[names[c]!] ?? 0));
  const statistic = waldStatistic(Float64Array.from(distances), Float64Array.from(vcov.flat()));
  if (statistic === undefined) {
    throw new DataError("SINGULAR", `Cannot test ${names.length} combinations at once as none may follow from the others: one does`, {
      names,
    });
  }
  return {
    estimates: names.map((name, c) => {
      const { statistic: z, pValue } = normalEstimate(name, distances[c]!, vcov[c]![c]!, confidence);
      return { ...normalEstimate(name, corrected[c]!, vcov[c]![c]!, confidence), statistic: z, pValue };
    }),
    conventional: weights.map((w) => total(w, result.conventional)),
    test: chiSquaredTest(statistic, names.length),
    vcov,
  };
}

/** @throws OptionError `INVALID_OPTION`. */
function checkCombination(caller: string, name: string, combination: unknown): void {
  if (typeof combination === "object" && combination !== null && !Array.isArray(combination)) {
    for (const [term, factor] of Object.entries(combination)) checkNumber(caller, `${name}: ${term}`, factor);
    return;
  }
  throw new OptionError(
    "INVALID_OPTION",
    `Cannot run ${caller} as the combination "${name}" must give factors by effect, such as { good: 1, bad: -1 }: another value was given`,
    { combination: name },
  );
}

function weightsOf(combination: Readonly<Record<string, number>>, terms: readonly string[]): number[] {
  for (const term of Object.keys(combination)) {
    if (terms.includes(term)) continue;
    const known = terms.map((name) => `"${name}"`).join(", ");
    throw new OptionError("UNKNOWN_TERM", `Cannot combine effects as "${term}" must be one of them: they are ${known}`, { term, terms });
  }
  return terms.map((term) => combination[term] ?? 0);
}
