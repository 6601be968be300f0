import { IdentificationError, OptionError } from "../core/errors.ts";
import { nearestName } from "../core/nearest.ts";
import { checkArgument, checkChoice, resolveOptions } from "../core/options.ts";
import { estimateList, type JointTest, type Result } from "../core/result.ts";
import { chiSquaredTest, fTest, waldStatistic } from "../inference/estimate.ts";
import {
  normalizedForm,
  type StandardizedRestrictions,
  spectralF,
  spectralRatios,
  standardizedRestrictions,
  wishartDegrees,
} from "../inference/wald-approximations.ts";
import { fromRows, multiply, multiplyVector, transpose } from "../linalg/index.ts";
import { clusterGroups, clusterLists, columnsAfterwards, vcovColumns } from "./covariance.ts";
import type { CovarianceSummary } from "./estimates.ts";
import { withExplicitEffects } from "./explicit-effects.ts";
import { keptModel } from "./kept-model.ts";
import type { OlsSettings } from "./ols.ts";

/** Reference distributions of {@link wald}. */
export type WaldTest = "F" | "chiSquared" | "hotelling" | "hotellingLeastSquares" | "hotellingDistinct" | "spectralF" | "spectralNormal";

/** Ways to find the degrees of freedom of Hotelling's T^2. */
const HOTELLING = { hotelling: "total", hotellingLeastSquares: "leastSquares", hotellingDistinct: "distinct" } as const;
const TESTS: readonly WaldTest[] = [
  "F",
  "chiSquared",
  "hotelling",
  "hotellingLeastSquares",
  "hotellingDistinct",
  "spectralF",
  "spectralNormal",
];

/** Options of {@link wald}; one of `terms` and `restrictions` is needed. */
export interface WaldOptions {
  /** Terms tested to be zero (or `values`) together. */
  readonly terms?: readonly string[];
  /** Rows of R in `R b = values`: weights by term; terms not named have weight 0. */
  readonly restrictions?: readonly Readonly<Record<string, number>>[];
  /** Right-hand sides, default zeros. */
  readonly values?: readonly number[];
  /**
   * `"F"` (default): the quadratic form over q on (q, residual or cluster) degrees of freedom; `"chiSquared"`;
   * for few clusters, of one variable: `"hotelling"`, the approximate Hotelling test (HTZ), `"hotellingLeastSquares"`, its degrees of freedom
   * by least squares (HTA), `"hotellingDistinct"`, from the distinct entries of the covariance (HTB; it changes with the way the restrictions are
   * written), `"spectralF"` (EDF) and `"spectralNormal"` (EDT; chi-squared), from t ratios along the principal directions.
   */
  readonly test?: WaldTest;
}

/** What {@link wald} reads of a result. */
export type WaldInput = Pick<Result, "estimates"> & {
  readonly vcov: readonly (readonly number[])[];
  readonly covariance: CovarianceSummary;
};

/**
 * Joint test of linear restrictions on the coefficients, with the covariance in force.
 *
 * @throws OptionError `UNKNOWN_TERM`, `INVALID_OPTION`.
 * @throws IdentificationError `SINGULAR_RESTRICTIONS`: the restrictions' covariance cannot be inverted.
 * @see Greene (2018), Econometric Analysis, 5.3; few clusters: Pustejovsky & Tipton (2018), doi:10.1080/07350015.2016.1247004; Tipton & Pustejovsky
 * (2015), doi:10.3102/1076998615606099
 * @example
 * wald(result, { terms: ["age", "age^2"] }).pValue;
 */
export function wald(result: WaldInput, options: WaldOptions): JointTest {
  const caller = "regression.wald";
  checkArgument(caller, result, "a result of a regression", ["estimates", "vcov", "covariance"]);
  const settings = resolveOptions<WaldOptions & { readonly test: WaldTest }>(caller, options, {
    required: [],
    defaults: { terms: undefined, restrictions: undefined, values: undefined, test: "F" },
  });
  checkChoice(caller, "test", settings.test, TESTS);
  const estimates = estimateList(result);
  const rows = restrictionRows(
    caller,
    settings,
    estimates.map(({ term }) => term),
  );
  const k = estimates.length;
  const q = rows.length;
  const R = fromRows(rows.map((row) => [...row]));
  const b = Float64Array.from(estimates, ({ estimate }) => estimate);
  const distance = multiplyVector(R, b, q, k);
  for (let i = 0; i < q; i++) distance[i]! -= settings.values?.[i] ?? 0;
  const V = multiply(multiply(R, fromRows(result.vcov), q, k, k), transpose(R, q, k), q, k, q);
  const form = waldStatistic(distance, V);
  if (form === undefined) {
    throw new IdentificationError(
      "SINGULAR_RESTRICTIONS",
      `Cannot test ${q} restrictions as their covariance must be invertible: there are too few clusters, or restrictions repeat each other`,
      { restrictions: q },
    );
  }
  const denominator = result.covariance.jointDegreesOfFreedom;
  if (settings.test === "chiSquared" || denominator === Number.POSITIVE_INFINITY) return chiSquaredTest(form, q);
  if (settings.test === "F") return fTest(form / q, q, denominator);
  const standardized = standardize(caller, result, rows, settings.test);
  if (settings.test === "spectralF" || settings.test === "spectralNormal") {
    const ratios = spectralRatios(standardized, distance, V);
    if (settings.test === "spectralNormal") return chiSquaredTest(normalizedForm(ratios), q);
    const { factor, denominator: own } = spectralF(ratios);
    return fTest((factor * form) / q, q, own);
  }
  const eta = wishartDegrees(standardized, HOTELLING[settings.test]);
  return fTest((form * (eta - q + 1)) / (eta * q), q, eta - q + 1);
}

/** Rows of R over the known terms. @throws OptionError `UNKNOWN_TERM`, `INVALID_OPTION`. */
export function restrictionRows(
  caller: string,
  { terms, restrictions, values }: WaldOptions,
  known: readonly string[],
): readonly Float64Array[] {
  const wanted = restrictions ?? terms?.map((term) => ({ [term]: 1 }));
  if (wanted === undefined || wanted.length === 0 || (terms !== undefined && restrictions !== undefined)) {
    throw new OptionError("INVALID_OPTION", `Cannot run ${caller} as either "terms" or "restrictions" must be given, not empty`, { known });
  }
  if (values !== undefined && values.length !== wanted.length) {
    throw new OptionError(
      "INVALID_OPTION",
      `Cannot run ${caller} as "values" needs one entry a restriction: ${values.length} for ${wanted.length}`,
      {
        option: "values",
      },
    );
  }
  return wanted.map((weights) => {
    const row = new Float64Array(known.length);
    for (const [term, weight] of Object.entries(weights)) {
      const at = known.indexOf(term);
      if (at < 0) throw unknownTerm(caller, term, known);
      row[at] = weight;
    }
    return row;
  });
}

function unknownTerm(caller: string, term: string, known: readonly string[]): OptionError {
  const near = nearestName(term, known);
  const hint = near === undefined ? `the terms are ${known.map((name) => `"${name}"`).join(", ")}` : `did you mean "${near}"?`;
  return new OptionError("UNKNOWN_TERM", `Cannot run ${caller} as the estimates have no term "${term}": ${hint}`, { term, known });
}

/** Restrictions in units of their expected covariance. @throws OptionError `INVALID_OPTION`: no clustered covariance of one variable. */
export function standardize(
  caller: string,
  result: WaldInput,
  rows: readonly Float64Array[],
  test = "satterthwaite",
): StandardizedRestrictions {
  const { vcov } = (result as WaldInput & { readonly options: OlsSettings }).options;
  if (vcov?.type !== "cluster" || clusterLists(vcov.by).length > 1) {
    throw new OptionError(
      "INVALID_OPTION",
      `Cannot run ${caller} with test "${test}" as it needs a clustered covariance of one variable: ${vcov?.type === "cluster" ? "several" : "none"} were used`,
      { option: "test" },
    );
  }
  const model = keptModel(caller, result);
  const columns = columnsAfterwards(caller, model.data, model.rows, vcovColumns(vcov));
  const groups = clusterGroups(vcov.by, columns, model.effects);
  return standardizedRestrictions(withExplicitEffects(model.equations, model.effects, groups), groups[0]!, vcov.variant ?? "CR1", rows);
}
