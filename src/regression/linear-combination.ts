import { IdentificationError } from "../core/errors.ts";
import { checkArgument, checkLevel, checkNumber, resolveOptions } from "../core/options.ts";
import { type Estimate, estimateList } from "../core/result.ts";
import { tEstimate } from "../inference/estimate.ts";
import { spectralRatios } from "../inference/wald-approximations.ts";
import { fromRows } from "../linalg/index.ts";
import type { RegressionResult } from "./regression-result.ts";
import { restrictionRows, standardize, type WaldInput } from "./wald.ts";

/** Options of {@link linearCombination}. */
export interface LinearCombinationOptions {
  /** Weight of each coefficient; terms not named have weight 0. */
  readonly weights: Readonly<Record<string, number>>;
  /** Taken from the combination: the estimate, its t ratio and p-value are those of the difference. Default 0. */
  readonly value?: number;
  /** Name of the combination in the result. Default its formula, like `"2*age - income"`. */
  readonly term?: string;
  /** Default the result's level. */
  readonly level?: number;
}

/**
 * A linear combination of the coefficients with its inference under the covariance in force: t with the coefficients' degrees of freedom, or the combination's own
 * Satterthwaite ones where the result has them.
 *
 * @throws OptionError `UNKNOWN_TERM`, `INVALID_OPTION`, `WRONG_ARGUMENT`. @throws DataError `MODEL_NOT_KEPT` (Satterthwaite).
 * @throws IdentificationError `NO_VARIANCE`.
 * @see Greene (2018), Econometric Analysis, 5.3; Pustejovsky & Tipton (2018), doi:10.1080/07350015.2016.1247004
 * @example
 * linearCombination(result, { weights: { program: 1, "program:woman": 1 } }).confidenceInterval; // the effect for women
 */
export function linearCombination(result: WaldInput, options: LinearCombinationOptions): Estimate {
  const caller = "regression.linearCombination";
  checkArgument(caller, result, "a result of a regression", ["estimates", "vcov", "covariance", "options"]);
  const fit = result as WaldInput & Pick<RegressionResult, "options">;
  const given = resolveOptions<LinearCombinationOptions & { readonly value: number }>(caller, options, {
    required: ["weights"],
    defaults: { value: 0, term: undefined, level: undefined },
  });
  checkNumber(caller, "value", given.value);
  const level = given.level === undefined ? fit.options.level : checkLevel(caller, given.level);
  const estimates = estimateList(result);
  const names = estimates.map(({ term }) => term);
  const rows = restrictionRows(caller, { restrictions: [given.weights] }, names);
  const row = rows[0]!;
  const V = fromRows(result.vcov);
  const k = row.length;
  let [value, variance] = [-given.value, 0];
  for (let a = 0; a < k; a++) {
    value += row[a]! * estimates[a]!.estimate;
    for (let b = 0; b < k; b++) variance += row[a]! * V[a * k + b]! * row[b]!;
  }
  if (!(variance > 0)) {
    throw new IdentificationError(
      "NO_VARIANCE",
      `Cannot run ${caller} as the combination needs a variance above zero under the result's covariance: it has ${variance}; the result's warnings may say why`,
      { variance },
    );
  }
  const own = fit.options.smallSample.degreesOfFreedom === "satterthwaite" && fit.options.vcov.type === "cluster";
  const degreesOfFreedom = own
    ? spectralRatios(standardize(caller, result, rows), Float64Array.of(value), Float64Array.of(variance)).degreesOfFreedom[0]!
    : estimates[0]!.degreesOfFreedom;
  return tEstimate(given.term ?? formulaOf(given.weights), value, variance, degreesOfFreedom, level);
}

/** `2*age - income`. */
function formulaOf(weights: Readonly<Record<string, number>>): string {
  const parts = Object.entries(weights).map(([term, weight], i) => {
    const size = Math.abs(weight) === 1 ? term : `${Math.abs(weight)}*${term}`;
    return i === 0 ? `${weight < 0 ? "-" : ""}${size}` : ` ${weight < 0 ? "-" : "+"} ${size}`;
  });
  return parts.join("");
}
