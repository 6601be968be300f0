import type { WeightOption } from "../data/roles.ts";
import type { AnyColumn, NumericColumn } from "../data/row-types.ts";
import type { AggregateType, AttGtOptions } from "../did/index.ts";
import type { AdjustmentMethod } from "../inference/adjust-p-values.ts";
import type { SmallSampleOptions } from "../inference/small-sample.ts";
import type { ClusterBy, VcovOption } from "../inference/vcov-option.ts";
import type { RdEstimateOptions } from "../rd/index.ts";
import type { FixedEffectsOption, Term } from "../regression/index.ts";

/** What the designs by least squares share. */
interface LeastSquaresDesign<Row> {
  /** Numeric outcome; effects are in its unit. */
  readonly outcome: NumericColumn<Row>;
  /** Treatment: 0/1, or any number in a regression design. */
  readonly treatment: NumericColumn<Row>;
  /** Weights, as in `regression.ols`. */
  readonly weights?: WeightOption<Row>;
  /** Columns to cluster by: short for `vcov: { type: "cluster", by }`. */
  readonly cluster?: ClusterBy<Row>;
  /** Covariance of the estimates. */
  readonly vcov?: VcovOption<Row>;
  /** Small-sample corrections, as in `regression.ols`. */
  readonly smallSample?: SmallSampleOptions;
}

/** A randomised experiment, per group: difference in means, or adjusted for covariates. */
export interface ExperimentDesign<Row> extends LeastSquaresDesign<Row> {
  readonly type: "experiment";
  /** Columns to adjust for; labels become indicators. */
  readonly covariates?: readonly AnyColumn<Row>[];
  /**
   * `"none"`: difference in means. `"additive"`: covariates beside the treatment. `"lin"`: covariates centred at the group's mean and interacted with the
   * treatment (Lin 2013). @defaultValue "lin" with covariates, else "none"
   */
  readonly adjustment?: "none" | "additive" | "lin";
}

/** Regression adjustment, with or without fixed effects. */
export interface RegressionDesign<Row> extends LeastSquaresDesign<Row> {
  readonly type: "regression";
  /** Further regressors. */
  readonly covariates?: readonly Term<Row>[];
  /** Fixed effects to absorb. */
  readonly fixedEffects?: FixedEffectsOption<Row>;
  /** Whether rows that alone make up a level of a fixed effect are left out. @defaultValue "drop" */
  readonly singletons?: "drop" | "keep";
  /**
   * `"separate"`: one regression per group, everything differs by group. `"interacted"`: one regression with a treatment coefficient and an intercept per group, and
   * covariates and fixed effects in common (`i(group, treatment) + group + covariates | effects` in fixest). @defaultValue "separate"
   */
  readonly model?: "separate" | "interacted";
}

/** Regression discontinuity per group, with the group's own bandwidth; options of `rd.estimate`. */
export type RdSubgroupDesign<Row> = { readonly type: "rd"; readonly report?: "robust" | "conventional" | "biasCorrected" } & Omit<
  RdEstimateOptions<Row>,
  "level"
>;

/** Staggered difference-in-differences per group; options of `did.attGt`, and which summary is the group's effect. */
export type DidSubgroupDesign<Row> = {
  readonly type: "did";
  /** Summary of the group-time effects. @defaultValue "group" */
  readonly aggregate?: AggregateType;
} & Omit<AttGtOptions<Row>, "level" | "seed" | "keepInfluence">;

/** How the effect is estimated in each group. */
export type SubgroupDesign<Row> = ExperimentDesign<Row> | RegressionDesign<Row> | RdSubgroupDesign<Row> | DidSubgroupDesign<Row>;

/** What forms the groups. */
export type GroupSpecification<Row> =
  | AnyColumn<Row>
  /** The levels of a column, in this order; rows with other values stay out. */
  | { readonly column: AnyColumn<Row>; readonly levels: readonly (string | number)[] }
  /** Intervals of a numeric column: up to the first cut, above it up to the second, and so on. */
  | { readonly column: NumericColumn<Row>; readonly cuts: readonly number[] }
  /** Intervals between quantiles (type 7): a number of equal parts, or probabilities. */
  | { readonly column: NumericColumn<Row>; readonly quantiles: number | readonly number[] }
  /** All combinations of several columns' values. */
  | { readonly cross: readonly AnyColumn<Row>[] };

/** Options of `subgroups`. */
export interface SubgroupsOptions<Row> {
  /** Estimator of the effect in each group. */
  readonly design: SubgroupDesign<Row>;
  /** What forms the groups; each entry is a partition of its own, and all its groups are one family of tests. */
  readonly by: readonly GroupSpecification<Row>[];
  /**
   * Correction of the p-values over all groups of all entries of `by`. `"maxT"`: step-down by the joint t distribution of all groups' statistics, which uses
   * their dependence (differences between groups are then corrected by Holm's rule). `"romanoWolf"`: step-down over draws in which whole clusters (rows without clusters) change
   * sign; the differences step down over the same draws. @defaultValue "holm"
   */
  readonly multiplicity?: AdjustmentMethod | "maxT" | "romanoWolf";
  /** Draws of `"romanoWolf"`. @defaultValue 9999 */
  readonly draws?: number;
  /** Smallest number of rows of a group. @defaultValue 1 */
  readonly minimumRows?: number;
  /** Confidence level: of each `estimate.confidenceInterval` by itself, of all `simultaneousInterval` together. @defaultValue 0.95 */
  readonly level?: number;
  /** Seed of designs that draw. @defaultValue 1 */
  readonly seed?: number;
}
