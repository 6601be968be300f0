import type { Estimate, Result } from "../core/result.ts";
import type { Pair } from "./numerics/selectors.ts";
import type { RdDesignOptions, RdDesignSettings, SideValues } from "./options.ts";

/** Options of `rd.estimate`. `Row` is the row type of the data. */
export interface RdEstimateOptions<Row> extends RdDesignOptions<Row> {
  /** Main bandwidth `h`; chosen from the data unless given. */
  readonly bandwidth?: SideValues;
  /** Bias bandwidth `b`; with `bandwidth` only. Default equal to `bandwidth`. */
  readonly biasBandwidth?: SideValues;
  /** Sets the bias bandwidth to `h / rho`. */
  readonly rho?: SideValues;
  /** Multiplies estimates and standard errors, for instance by a known kink of a policy. Default 1. */
  readonly scale?: number;
  /** Return every row's weight in the estimates and its influence on them (`perRow`). Default false. */
  readonly perRow?: boolean;
}

/** Options of `rd.estimate` as resolved. */
export interface RdEstimateSettings extends RdDesignSettings {
  readonly bandwidth?: Pair;
  readonly biasBandwidth?: Pair;
  readonly rho?: Pair;
  readonly scale: number;
  readonly perRow: boolean;
}

/** One entry for each row of the data, zero for rows that were not used. */
export interface RdRowValues {
  /** Weight of the row's outcome in the jump of the outcome (less covariates times their coefficients): the jump is their sum. */
  readonly weights: Float64Array;
  /**
   * Influence on the effect: squares add up to the squared standard error, with clusters the squared sums over each cluster's rows on
   * each side of the cutoff.
   */
  readonly influence: Float64Array;
}

/** Point estimate with conventional inference, bias-corrected with conventional, bias-corrected with robust standard error. */
export interface RobustEstimates {
  readonly conventional: Estimate;
  readonly biasCorrected: Estimate;
  readonly robust: Estimate;
}

/** What was estimated on one side of the cutoff. */
export interface RdSide {
  /** Rows on this side. */
  readonly rows: number;
  /** Rows with positive weight at the main bandwidth. */
  readonly within: number;
  /** Rows with positive weight at the bias bandwidth. */
  readonly withinBias: number;
  /** Distinct values of the running variable. */
  readonly unique: number;
  /** Clusters on this side, where inference is clustered. */
  readonly clusters?: number;
  /** Clusters in the wider of the two windows. */
  readonly clustersWithin?: number;
  /** Limit of the outcome (or of its derivative) at the cutoff. */
  readonly conventional: number;
  /** The same, bias-corrected. */
  readonly biasCorrected: number;
  /** Estimated bias of this side's part of the effect. */
  readonly bias: number;
  /** Coefficients of powers of running variable minus cutoff, outcome (less covariates times their coefficients). */
  readonly coefficients: readonly number[];
  /** The same of the treatment, in a fuzzy design. */
  readonly treatmentCoefficients?: readonly number[];
  /** Covariance of the side's coefficients, conventional and robust; not multiplied by `scale`. */
  readonly covariance: { readonly conventional: readonly (readonly number[])[]; readonly robust: readonly (readonly number[])[] };
}

/** Result of `rd.estimate`. */
export interface RdEstimateResult extends Result<"rd.estimate", RdEstimateSettings> {
  readonly estimates: Readonly<Record<string, Estimate>> & RobustEstimates;
  /** Jump in the treatment, in a fuzzy design. */
  readonly firstStage?: RobustEstimates;
  /** Main bandwidth `h` and bias bandwidth `b`, left and right. */
  readonly bandwidths: { readonly h: Pair; readonly b: Pair };
  /** How they were chosen. */
  readonly bandwidthSelector: RdDesignSettings["bandwidthSelector"] | "manual";
  readonly left: RdSide;
  readonly right: RdSide;
  /** With the option `perRow`. */
  readonly perRow?: { readonly conventional: RdRowValues; readonly robust: RdRowValues };
  /** Coefficients of the covariates in use, on the outcome and (fuzzy) the treatment. */
  readonly covariates?: readonly { readonly column: string; readonly outcome: number; readonly treatment?: number }[];
}
