import { OptionError } from "../core/errors.ts";
import { checkBoolean, checkChoice, checkLevel, checkNumber, resolveOptions } from "../core/options.ts";
import type { AnyColumn, NumericColumn } from "../data/index.ts";
import type { WeightOption } from "../data/roles.ts";
import type { Term } from "../regression/index.ts";

/** Analytic inference: influence functions; simultaneous bands from seeded draws of the joint normal distribution. */
export interface AnalyticInference {
  readonly type: "analytic";
  /** Draws behind the simultaneous band. @defaultValue 2000 */
  readonly draws?: number;
}

/** Multiplier bootstrap of the influence functions; standard errors are interquartile ranges of the draws. */
export interface MultiplierBootstrapInference {
  readonly type: "multiplierBootstrap";
  /** Number of draws. @defaultValue 1000 */
  readonly draws?: number;
  /** Distribution of the multipliers: mean 0, variance 1. @defaultValue "rademacher" */
  readonly multiplier?: "rademacher" | "mammen" | "gaussian";
  /** Multipliers to use in place of random ones: one array a draw, each with an entry per unit of the panel (per cluster, ascending, where clustered). */
  readonly multipliers?: readonly Float64Array[];
}

/** Options of {@link attGt}. */
export interface AttGtOptions<Row> {
  /** Numeric outcome; effects are in its unit. */
  readonly outcome: NumericColumn<Row>;
  /** Period of each unit's first treatment, constant within units; 0 and `Infinity` = never; rows where it is missing are left out and counted. */
  readonly firstTreated: NumericColumn<Row>;
  /** Period column, for repeated cross-sections handed in as a frame; a panel knows its own. */
  readonly time?: NumericColumn<Row>;
  /** Who the treated are compared with. @defaultValue "neverTreated" */
  readonly controlGroup?: "neverTreated" | "notYetTreated";
  /** Covariates that parallel trends condition on: columns (labels become indicators) and terms made by `factor`, `power`, `interaction`. @defaultValue [] */
  readonly covariates?: readonly (AnyColumn<Row> | Term<Row>)[];
  /** Estimator of each comparison, which differ only with covariates. @defaultValue "doublyRobust" */
  readonly method?: "doublyRobust" | "ipw" | "regression";
  /** Base of pre-treatment comparisons: the period before (`"varying"`) or the last one before treatment (`"universal"`). @defaultValue "varying" */
  readonly basePeriod?: "varying" | "universal";
  /** Time before treatment in which effects may already show. @defaultValue 0 */
  readonly anticipation?: number;
  /** Sampling weights. */
  readonly weights?: WeightOption<Row>;
  /** Whose weights a comparison of two periods takes, where they change within units. @defaultValue "earlierPeriod" */
  readonly fixedWeights?: "earlierPeriod" | "basePeriod" | "firstPeriod" | "varying";
  /** One column whose groups are independent of each other; units are kept together in any case. */
  readonly cluster?: AnyColumn<Row>;
  /** Units not seen in every period: left out with a warning, or kept with estimators for repeated cross-sections. @defaultValue "drop" */
  readonly unbalanced?: "drop" | "keep";
  /** @defaultValue \{ type: "analytic" \} */
  readonly inference?: AnalyticInference | MultiplierBootstrapInference;
  /** Whether to give simultaneous intervals beside the pointwise ones. @defaultValue true */
  readonly uniformBand?: boolean;
  /** Seed of the draws. @defaultValue 1 */
  readonly seed?: number;
  /**
   * Doubly robust estimates from repeated cross-sections: sign of the term for the base-period control regression in the variance, the one its
   * derivation gives or that of R's DRDID 1.2.3; both agree in large samples when the propensity balances the covariates. @defaultValue "derived"
   */
  readonly baseRegressionSign?: "derived" | "DRDID";
  /** Whether to keep influence values by unit in the result: units times cells in size. @defaultValue false */
  readonly keepInfluence?: boolean;
  /** Confidence level. @defaultValue 0.95 */
  readonly level?: number;
}

type Defaulted =
  | "controlGroup"
  | "method"
  | "basePeriod"
  | "anticipation"
  | "fixedWeights"
  | "unbalanced"
  | "uniformBand"
  | "seed"
  | "keepInfluence"
  | "covariates"
  | "baseRegressionSign"
  | "level";

/** {@link AttGtOptions} with defaults filled in. */
export type AttGtSettings<Row> = AttGtOptions<Row> &
  Required<Pick<AttGtOptions<Row>, Defaulted>> & {
    readonly inference:
      | Required<AnalyticInference>
      | (MultiplierBootstrapInference & { readonly draws: number; readonly multiplier: "rademacher" | "mammen" | "gaussian" });
  };

const CALLER = "did.attGt";

/** Fills in defaults and checks every choice. @throws OptionError */
export function attGtSettings<Row>(options: AttGtOptions<Row>, caller: string = CALLER, more: readonly string[] = []): AttGtSettings<Row> {
  const given = resolveOptions<AttGtSettings<Row>>(caller, options, {
    required: ["outcome", "firstTreated", ...more],
    defaults: {
      time: undefined,
      controlGroup: "neverTreated",
      covariates: [],
      method: "doublyRobust",
      basePeriod: "varying",
      anticipation: 0,
      weights: undefined,
      fixedWeights: "earlierPeriod",
      cluster: undefined,
      unbalanced: "drop",
      inference: { type: "analytic" },
      uniformBand: true,
      seed: 1,
      baseRegressionSign: "derived",
      keepInfluence: false,
      level: 0.95,
    },
  });
  checkChoice(CALLER, "controlGroup", given.controlGroup, ["neverTreated", "notYetTreated"]);
  checkChoice(CALLER, "method", given.method, ["doublyRobust", "ipw", "regression"]);
  checkChoice(CALLER, "basePeriod", given.basePeriod, ["varying", "universal"]);
  checkChoice(CALLER, "fixedWeights", given.fixedWeights, ["earlierPeriod", "basePeriod", "firstPeriod", "varying"]);
  checkChoice(CALLER, "baseRegressionSign", given.baseRegressionSign, ["derived", "DRDID"]);
  checkChoice(CALLER, "unbalanced", given.unbalanced, ["drop", "keep"]);
  checkNumber(CALLER, "anticipation", given.anticipation, { min: 0 });
  checkNumber(CALLER, "seed", given.seed, { min: 0, integer: true });
  checkBoolean(CALLER, "uniformBand", given.uniformBand);
  checkBoolean(CALLER, "keepInfluence", given.keepInfluence);
  checkLevel(CALLER, given.level);
  return Object.freeze({ ...given, inference: inferenceSettings(given.inference) });
}

function inferenceSettings(given: AnalyticInference | MultiplierBootstrapInference): AttGtSettings<never>["inference"] {
  checkChoice(CALLER, "inference.type", given?.type, ["analytic", "multiplierBootstrap"]);
  if (given.type === "analytic") {
    const settings = resolveOptions<Required<AnalyticInference>>(`${CALLER} inference`, given, {
      required: ["type"],
      defaults: { draws: 2000 },
    });
    checkNumber(CALLER, "inference.draws", settings.draws, { min: 1, integer: true });
    return settings;
  }
  const settings = resolveOptions<MultiplierBootstrapInference & { draws: number; multiplier: "rademacher" | "mammen" | "gaussian" }>(
    `${CALLER} inference`,
    given,
    { required: ["type"], defaults: { draws: given.multipliers?.length ?? 1000, multiplier: "rademacher", multipliers: undefined } },
  );
  checkChoice(CALLER, "inference.multiplier", settings.multiplier, ["rademacher", "mammen", "gaussian"]);
  checkNumber(CALLER, "inference.draws", settings.draws, { min: 1, integer: true });
  if (settings.multipliers !== undefined && settings.multipliers.length !== settings.draws) {
    throw new OptionError(
      "INVALID_OPTION",
      `Cannot run ${CALLER} as inference.draws must equal the number of multiplier arrays: ${settings.draws} draws, ${settings.multipliers.length} arrays`,
      { caller: CALLER, option: "inference.draws" },
    );
  }
  return settings;
}
