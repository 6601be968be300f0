import type { Estimate, JointTest, Result } from "../core/result.ts";
import type { Contributions } from "./contributions.ts";

/** An estimate with the simultaneous interval of the whole table, which covers all its entries at once with the result's level. */
export interface BandedEstimate extends Estimate {
  /** Simultaneous interval; absent when `uniformBand` is false or the estimate has no standard error. */
  readonly uniformBand?: readonly [number, number];
}

/** ATT(g, t): the average effect in period `time` on units first treated at `group`. */
export interface GroupTimeEstimate extends BandedEstimate {
  /** First treatment time of the cohort. */
  readonly group: number;
  /** Period of the effect. */
  readonly time: number;
  /** Whether `time` is at or after `group`; before it the estimate is a check of parallel trends. */
  readonly isPost: boolean;
  /** Period that outcomes are compared with; NaN when there is none. */
  readonly basePeriod: number;
}

/** Size of a treated cohort. */
export interface CohortSize {
  /** First treatment time; `Infinity` for the comparison group that is never treated. */
  readonly group: number;
  /** Units (rows of repeated cross-sections). */
  readonly units: number;
  /** Weighted share of all units. */
  readonly share: number;
}

/** Multiplier draws, kept so that summaries rest on the same draws. */
export interface MultiplierDraws {
  /** Number of draws. */
  readonly count: number;
  /** Draws by effects and cohort shares, row-major: sums of multiplied influence values over the number of units. */
  readonly values: Float64Array;
}

/** Influence values, for combination with other estimates of the same units. */
export interface InfluenceValues {
  /** Units, in the order of the data after exclusions. */
  readonly units: number;
  /** Position of each of them among the panel's units (among the rows of repeated cross-sections). */
  readonly positions?: Int32Array;
  /** Values by unit and term, row-major; variance of a term = mean square over `units`. */
  readonly values: Float64Array;
}

/** How inference was done, as far as a summary repeats it. */
export interface BandSettings {
  readonly level: number;
  readonly uniformBand: boolean;
  readonly seed: number;
  readonly draws: number;
}

/** What {@link aggregate} takes besides the estimates themselves. */
export interface GroupTimeTable<Kind extends string, Settings> extends Result<Kind, Settings> {
  readonly estimates: readonly GroupTimeEstimate[];
  readonly vcov: readonly (readonly number[])[];
  /** Sizes of the treated cohorts ascending, then of the never-treated. */
  readonly cohorts: readonly CohortSize[];
  /** Covariance of each treated cohort's share (rows) with all estimates, then all shares (columns). */
  readonly shareCovariance: readonly (readonly number[])[];
  /** Covariance of the estimates, then of the shares, with the sizes of the independent groups (units or clusters), last these sizes' own; of `triple` alone. */
  readonly sizeCovariance?: readonly number[];
  /** As in `EventStudyTable`: by effect, then by share of the treated cohorts. */
  readonly contributions?: Contributions;
  /** Observed periods used, ascending. */
  readonly periods: readonly number[];
  /** Units (rows of repeated cross-sections) behind the variance. */
  readonly units: number;
  /** Half-width of the simultaneous intervals in standard errors. */
  readonly criticalValue?: number;
  /** Wald test that all effects before treatment are zero; absent, with a warning, when it cannot be computed. */
  readonly preTest?: JointTest;
  readonly bands: BandSettings;
  /** Present with multiplier bootstrap inference. */
  readonly draws?: MultiplierDraws;
  /** Present with `keepInfluence`. */
  readonly influence?: InfluenceValues;
}
