import type { Estimate, Result } from "../core/result.ts";
import type { Contributions } from "./contributions.ts";
import type { BandedEstimate } from "./group-time-result.ts";

/** The effect at one distance from the start of treatment. */
export interface EventTimeEstimate extends BandedEstimate {
  /** Time since the start of treatment, in units of the time column; negative before it. */
  readonly eventTime: number;
}

/**
 * An event study, the same for every estimator that gives one: effects by event time ascending, before and after treatment,
 * with one covariance over all of them, which sensitivity analyses need.
 */
export interface EventStudyTable<Kind extends string, Settings> extends Result<Kind, Settings> {
  readonly estimates: readonly EventTimeEstimate[];
  /** Covariance of all event-time effects, in order; the row of a reference period is zero. */
  readonly vcov: readonly (readonly number[])[];
  /** The estimator's own average over event times from 0 on, where it has one. */
  readonly overall?: Estimate;
  /** What each cluster adds to the deviations of the estimates, where there are at most 100: for inference with few clusters. */
  readonly contributions?: Contributions;
  /** Half-width of simultaneous intervals in standard errors, where they were asked for. */
  readonly criticalValue?: number;
}
