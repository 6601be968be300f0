import { checkChoice, checkLevel, checkNumber, resolveOptions } from "../core/options.ts";
import type { AnyColumn, NumericColumn } from "../data/row-types.ts";
import { type Learner, linearLearner, logisticLearner } from "./learners.ts";

/** Meta-learners by the letter of the literature. */
export type MetaLearnerType = "S" | "T" | "X" | "R" | "DR" | "IPW" | "U";

/** Options of `metaLearner`. */
export interface MetaLearnerOptions<Row> {
  /**
   * S: one model with the treatment among the covariates. T: one model per arm. X: imputed effects, combined by propensity. R: weighted regression of residual on residual. DR: regression of doubly robust
   * scores. IPW, U: regressions of transformed outcomes. @defaultValue "DR"
   */
  readonly type?: MetaLearnerType;
  /** Numeric outcome. */
  readonly outcome: NumericColumn<Row>;
  /** 0/1 treatment. */
  readonly treatment: NumericColumn<Row>;
  /** Covariates of outcome and propensity models. */
  readonly covariates: readonly NumericColumn<Row>[];
  /** Covariates the effect may depend on. @defaultValue `covariates` */
  readonly effectCovariates?: readonly NumericColumn<Row>[];
  /** S: whether the model also sees treatment times covariate (a linear model gives one effect for all without). @defaultValue true */
  readonly interacted?: boolean;
  /** Number of random folds, or a column, for the cross-fitted nuisances of R, DR, IPW and U. @defaultValue 5 */
  readonly folds?: number | AnyColumn<Row>;
  /** Learners of outcome, propensity and effect. @defaultValue linear, logistic, linear */
  readonly learners?: { readonly outcome?: Learner; readonly propensity?: Learner; readonly effect?: Learner };
  /** Predictions made elsewhere, out of fold, in place of the learners' (R, DR, IPW, U): columns. */
  readonly predictions?: {
    /** E[Y | X]: R, U. */
    readonly outcome?: NumericColumn<Row>;
    /** E[Y | W = 0, X]: DR. */
    readonly outcomeControl?: NumericColumn<Row>;
    /** E[Y | W = 1, X]: DR. */
    readonly outcomeTreated?: NumericColumn<Row>;
    /** E[W | X]. */
    readonly treatment?: NumericColumn<Row>;
  };
  /** Column whose groups random folds keep together, and the average effect's standard error allows for. */
  readonly cluster?: AnyColumn<Row>;
  /** Case weights of every model. */
  readonly weights?: NumericColumn<Row>;
  /** Propensities are kept inside [trimming, 1 - trimming]. @defaultValue 0.01 */
  readonly trimming?: number;
  /** @defaultValue 1 */
  readonly seed?: number;
  /** Confidence level. @defaultValue 0.95 */
  readonly level?: number;
}

/** @internal Nuisances that can be supplied. */
export type SuppliedNuisance = "outcome" | "outcomeControl" | "outcomeTreated" | "treatment";

/** Resolved options of `metaLearner`; learners by name. */
export interface MetaLearnerSettings {
  readonly type: MetaLearnerType;
  readonly outcome: string;
  readonly treatment: string;
  readonly covariates: readonly string[];
  readonly effectCovariates: readonly string[];
  readonly interacted: boolean;
  readonly folds: number | string;
  readonly learners: { readonly outcome: string; readonly propensity: string; readonly effect: string };
  readonly predictions: Readonly<Partial<Record<SuppliedNuisance, string>>>;
  readonly cluster?: string;
  readonly weights?: string;
  readonly trimming: number;
  readonly seed: number;
  readonly level: number;
}

/** @internal Learners of a meta-learner. */
export interface MetaLearners {
  readonly outcome: Learner;
  readonly propensity: Learner;
  readonly effect: Learner;
}

/** @internal Checks and completes the options. */
export function resolveMetaLearner<Row>(
  caller: string,
  options: MetaLearnerOptions<Row>,
): { readonly settings: MetaLearnerSettings; readonly learners: MetaLearners } {
  const given = resolveOptions<Omit<MetaLearnerSettings, "learners"> & { readonly learners: Partial<MetaLearners> }>(caller, options, {
    required: ["outcome", "treatment", "covariates"],
    defaults: {
      type: "DR",
      effectCovariates: undefined,
      interacted: true,
      folds: 5,
      learners: {},
      predictions: {},
      cluster: undefined,
      weights: undefined,
      trimming: 0.01,
      seed: 1,
      level: 0.95,
    },
  });
  checkChoice(caller, "type", given.type, ["S", "T", "X", "R", "DR", "IPW", "U"]);
  checkLevel(caller, given.level);
  checkNumber(caller, "trimming", given.trimming, { min: 0, max: 0.5 });
  checkNumber(caller, "seed", given.seed, { min: 0, integer: true });
  for (const name of Object.keys(given.predictions)) {
    checkChoice(caller, "predictions", name, ["outcome", "outcomeControl", "outcomeTreated", "treatment"]);
  }
  if (typeof given.folds === "number") checkNumber(caller, "folds", given.folds, { min: 2, integer: true });
  const learners = {
    outcome: given.learners.outcome ?? linearLearner,
    propensity: given.learners.propensity ?? logisticLearner,
    effect: given.learners.effect ?? linearLearner,
  };
  const names = { outcome: learners.outcome.name, propensity: learners.propensity.name, effect: learners.effect.name };
  const settings = { ...given, learners: names, effectCovariates: given.effectCovariates ?? given.covariates };
  return { settings: Object.freeze(settings), learners };
}
