import type { WeightOption } from "../data/roles.ts";
import type { CategoryColumn, NumericColumn } from "../data/row-types.ts";
import type { SmallSampleOptions } from "../inference/small-sample.ts";
import type { ClusterBy, VcovOption } from "../inference/vcov-option.ts";
import type { Term } from "../regression/index.ts";

/** The effect as a polynomial in the moderator: `outcome ~ treatment * (x + x^2 + ...) + covariates`. */
export interface PolynomialForm<Row> {
  readonly type: "polynomial";
  /** Numeric moderator x. */
  readonly moderator: NumericColumn<Row>;
  /** @defaultValue 1 */
  readonly degree?: number;
  /** Values of the moderator at which the effect is given. @defaultValue its deciles */
  readonly at?: readonly number[];
}

/** Binning estimator: own level, effect and slopes in each bin of the moderator, effects read at the bins' medians. */
export interface BinningForm<Row> {
  readonly type: "binning";
  /** Numeric moderator x. */
  readonly moderator: NumericColumn<Row>;
  /** Number of bins between quantiles (type 7). @defaultValue 3 */
  readonly bins?: number;
  /** Cuts in place of quantiles; bins are (lower, upper]. */
  readonly cuts?: readonly number[];
}

/** Kernel estimator: at each value of the moderator a regression weighted by distance to it. */
export interface KernelForm<Row> {
  readonly type: "kernel";
  /** Numeric moderator x. */
  readonly moderator: NumericColumn<Row>;
  /** Standard deviation of the normal weights, in the moderator's unit. @defaultValue chosen by five-fold cross-validation */
  readonly bandwidth?: number;
  /** Values of the moderator at which the effect is given. @defaultValue 20 between its 5% and 95% quantiles */
  readonly at?: readonly number[];
  /** Bootstrap draws (rows, or clusters, with replacement) for standard errors, percentile intervals and the band; 0 for none. @defaultValue 0 */
  readonly bootstrap?: number;
}

/** Two 0/1 treatments, alone and combined. */
export interface FactorialForm<Row> {
  readonly type: "factorial";
  /** The other treatment, 0/1. */
  readonly other: NumericColumn<Row>;
}

/** Several moderators at once, numbers or labels, each multiplied with the treatment. */
export interface SeveralForm<Row> {
  readonly type: "several";
  readonly moderators: readonly (NumericColumn<Row> | CategoryColumn<Row>)[];
  /** Also every product of two moderators, so that a number's slope may differ by label. @defaultValue false */
  readonly cross?: boolean;
  /** Values of all moderators at which the effect is given. */
  readonly profiles?: readonly Readonly<Record<string, number | string>>[];
}

/** How the effect may vary. */
export type InteractionForm<Row> = PolynomialForm<Row> | BinningForm<Row> | KernelForm<Row> | FactorialForm<Row> | SeveralForm<Row>;

/** Options of `interactions`. */
export interface InteractionsOptions<Row, Form extends InteractionForm<Row> = InteractionForm<Row>> {
  /** Numeric outcome; effects are in its unit. */
  readonly outcome: NumericColumn<Row>;
  /** Numeric treatment (0/1 in factorial designs). */
  readonly treatment: NumericColumn<Row>;
  /** How the effect may vary. */
  readonly form: Form;
  /** Regressors that enter additively; labels become indicators. */
  readonly covariates?: readonly (Term<Row> | CategoryColumn<Row>)[];
  /** Weights, as in `regression.ols`. */
  readonly weights?: WeightOption<Row>;
  /** Columns to cluster by: short for `vcov: { type: "cluster", by }`. */
  readonly cluster?: ClusterBy<Row>;
  /** Covariance of the estimates. @defaultValue HC1, or clustered */
  readonly vcov?: VcovOption<Row>;
  /** Small-sample corrections, as in `regression.ols`. */
  readonly smallSample?: SmallSampleOptions;
  /** Confidence level. @defaultValue 0.95 */
  readonly level?: number;
  /** Seed of the folds of cross-validation. @defaultValue 1 */
  readonly seed?: number;
}
