/**
 * One estimated quantity with its inference.
 * Field names are the same in every area; `degreesOfFreedom` is `Infinity` where the reference distribution is normal.
 */
export interface Estimate {
  /** What is estimated: a column, a contrast, a group. */
  readonly term: string;
  /** Point estimate, in the unit of the outcome unless the estimator says otherwise. */
  readonly estimate: number;
  /** Standard error of the estimate. */
  readonly standardError: number;
  /** Estimate over standard error. */
  readonly statistic: number;
  /** Two-sided p-value of the hypothesis that the quantity is zero. */
  readonly pValue: number;
  /** Lower and upper end at the result's `level`. */
  readonly confidenceInterval: readonly [number, number];
  /** Degrees of freedom of the t distribution used; `Infinity` means normal. */
  readonly degreesOfFreedom: number;
}

/** A joint hypothesis test: chi-squared when `denominatorDegreesOfFreedom` is `Infinity`, else F. */
export interface JointTest {
  /** Chi-squared or F statistic, by `distribution`. */
  readonly statistic: number;
  /** Number of restrictions. */
  readonly degreesOfFreedom: number;
  /** Denominator degrees of freedom of the F distribution; `Infinity` for chi-squared. */
  readonly denominatorDegreesOfFreedom: number;
  /** p-value of the joint null hypothesis. */
  readonly pValue: number;
  /** The statistic's reference distribution. */
  readonly distribution: "chiSquared" | "F";
}

/** A doubt about a result: not an error, never on the console, always in the result. */
export interface Warning {
  /** Stable machine-readable code (UPPER_SNAKE). */
  readonly code: string;
  /** What a reader should know. */
  readonly message: string;
  /** The columns, rows and numbers the message speaks of. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Rows left out for one reason. */
export interface DroppedRows {
  /** Why, in words: `missing "hours"`. */
  readonly reason: string;
  /** How many rows. */
  readonly rows: number;
}

/** Which rows an estimate rests on. */
export interface Sample {
  /** Rows handed in. */
  readonly rows: number;
  /** Rows used. */
  readonly used: number;
  /** Rows left out, counted by reason; a row counts once, under its first reason. */
  readonly dropped: readonly DroppedRows[];
  /** Distinct units used, where the data are a panel. */
  readonly units?: number;
  /** Distinct clusters used, where inference is clustered (the smallest of several dimensions). */
  readonly clusters?: number;
}

/** What every result holds: frozen plain data that survives JSON and `structuredClone`. */
export interface Result<Kind extends string = string, Settings = unknown> {
  /** Which function made it, e.g. `"rd.estimate"`. */
  readonly kind: Kind;
  /** Named estimates, or a table of them. */
  readonly estimates: Readonly<Record<string, Estimate>> | readonly Estimate[];
  /** Covariance of the estimates in their order, row-major, when the estimator has one. */
  readonly vcov?: readonly (readonly number[])[];
  /** Which rows the result rests on. */
  readonly sample: Sample;
  /** Coded doubts. */
  readonly warnings: readonly Warning[];
  /** Options as resolved, defaults filled in. */
  readonly options: Settings;
  /** The publication the method comes from. */
  readonly reference: string;
}

/** The estimates of any result as a list, in their order. */
export function estimateList(result: Pick<Result, "estimates">): readonly Estimate[] {
  return Array.isArray(result.estimates)
    ? (result.estimates as readonly Estimate[])
    : Object.values(result.estimates as Readonly<Record<string, Estimate>>);
}
