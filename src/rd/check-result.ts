import { DataError, IdentificationError } from "../core/errors.ts";
import type { Estimate, Result, Sample, Warning } from "../core/result.ts";
import type { RdEstimateResult } from "./estimate-result.ts";

/** One line of a validity check: what was changed, and the robust estimate with it. */
export interface RdCheckRow {
  /** What differs from the main estimate, in words. */
  readonly label: string;
  /** The value that differs: a cutoff, a hole, a bandwidth. */
  readonly value: number;
  readonly robust: Estimate;
  readonly conventional: Estimate;
  /** Main bandwidth left and right. */
  readonly h: readonly [number, number];
  /** Rows within it. */
  readonly within: readonly [number, number];
  /** Rows of this estimate, and those left out. */
  readonly sample: Sample;
}

/** Result of a check that repeats the estimate under changes. */
export interface RdCheckResult<Kind extends string> extends Result<Kind, object> {
  /** Robust estimates of the rows. */
  readonly estimates: readonly Estimate[];
  readonly rows: readonly RdCheckRow[];
}

/** An estimate under one change; where the data do not allow it, a warning that says so in its place. */
export function attempt(run: () => RdEstimateResult, skipped: Warning, warnings: Warning[]): RdEstimateResult | undefined {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof IdentificationError || error instanceof DataError)) throw error;
    warnings.push({ ...skipped, message: `${skipped.message}: ${error.message}` });
    return undefined;
  }
}

/** One line from a fit. */
export function checkRow(label: string, value: number, fit: RdEstimateResult): RdCheckRow {
  return {
    label,
    value,
    robust: { ...fit.estimates.robust, term: label },
    conventional: { ...fit.estimates.conventional, term: label },
    h: fit.bandwidths.h,
    within: [fit.left.within, fit.right.within],
    sample: fit.sample,
  };
}
