import type { AnyColumn, NumericColumn } from "../data/index.ts";
import type { Term } from "../regression/index.ts";
import type { PanelRegressionOptions } from "./panel-regression.ts";

/** How the mean of the outcome depends on the index. */
export type ExtendedFamily = "linear" | "poisson" | "logit" | "probit";

/** Options of `extendedTwfe`. */
export interface ExtendedTwfeOptions<Row> extends Omit<PanelRegressionOptions<Row>, "covariates"> {
  /** First treatment time of each unit; 0, `Infinity` and times after the last period = never. */
  readonly firstTreated: NumericColumn<Row>;
  /**
   * Covariates that do not change with treatment: interacted with cohorts, periods and effects (there as deviations from cohort means).
   * Numeric columns, and terms made by `factor`, `power`, `interaction`. @defaultValue []
   */
  readonly covariates?: readonly Term<Row>[];
  /** A column with which effects vary: linearly if numeric (a subgroup indicator, for example), freely by level if text. */
  readonly moderator?: AnyColumn<Row>;
  /** `"notYetTreated"`: effects from the start of treatment on; `"neverTreated"`: also before, the period before the start as reference. @defaultValue "notYetTreated" */
  readonly controlGroup?: "notYetTreated" | "neverTreated";
  /** Cohort that serves as comparison. Default: the never-treated, without them the last cohort, whose treated periods are left out. */
  readonly referenceCohort?: number;
  /** Period without an effect of its own. Default: the first. */
  readonly referenceTime?: number;
  /** Effects to absorb beside periods: those of cohorts, or of units. @defaultValue "cohort" */
  readonly levels?: "cohort" | "unit";
  /** Relative change of the deviance that ends the iterations of `"poisson"`, `"logit"` and `"probit"`; fixest's default is 1e-8. @defaultValue 3e-13 */
  readonly tolerance?: number;
  /** Linear, or the mean of the outcome as the exponential, logistic or normal distribution function of the index. @defaultValue "linear" */
  readonly family?: ExtendedFamily;
}

type Defaulted = "covariates" | "controlGroup" | "levels" | "family" | "level";

/** {@link ExtendedTwfeOptions} with defaults filled in. */
export type ExtendedTwfeSettings<Row = never> = ExtendedTwfeOptions<Row> & Required<Pick<ExtendedTwfeOptions<Row>, Defaulted>>;

/** Settings with the columns that the covariates stand in. */
export type ExtendedModelSettings<Row> = ExtendedTwfeSettings<Row> & { readonly covariateColumns: readonly string[] };
