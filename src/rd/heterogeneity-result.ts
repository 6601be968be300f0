import type { Estimate, JointTest, Result } from "../core/result.ts";
import type { AnyColumn, NumericColumn } from "../data/row-types.ts";
import type { Pair } from "./numerics/selectors.ts";
import type { RdDesignOptions, RdDesignSettings, SideValues } from "./options.ts";

/** Options of `rd.heterogeneity`. */
export interface RdHeterogeneityOptions<Row> extends Omit<RdDesignOptions<Row>, "derivative"> {
  /** A column whose values form groups: one effect for each. */
  readonly by?: AnyColumn<Row>;
  /** Numeric columns along which the effect changes linearly; a list stands for the product of its columns. */
  readonly along?: readonly (NumericColumn<Row> | readonly NumericColumn<Row>[])[];
  /** Bandwidth instead of a chosen one: one for all groups, or one pair or number per group in their order. */
  readonly bandwidth?: SideValues | readonly SideValues[];
  /** One chosen bandwidth for all groups. Default false: each group its own. */
  readonly jointBandwidth?: boolean;
}

/** Options of `rd.heterogeneity` as resolved. */
export interface RdHeterogeneitySettings extends RdDesignSettings {
  readonly by?: string;
  readonly along: readonly (string | readonly string[])[];
  readonly bandwidth?: SideValues | readonly SideValues[];
  readonly jointBandwidth: boolean;
}

/** One group, or the whole sample. */
export interface RdGroup {
  readonly group: string;
  /** Rows left and right of the cutoff. */
  readonly rows: Pair;
  /** Rows within the bandwidth. */
  readonly within: Pair;
  readonly h: Pair;
  /** Coefficients of the fit of order `order`: intercept, powers of running variable minus cutoff, then each times the treated side. */
  readonly coefficients: {
    readonly intercept: number;
    readonly powers: readonly number[];
    readonly treated: number;
    readonly treatedPowers: readonly number[];
    /** The same six kinds again for each column of `along`. */
    readonly along: readonly {
      readonly intercept: number;
      readonly powers: readonly number[];
      readonly treated: number;
      readonly treatedPowers: readonly number[];
    }[];
    /** Coefficients of `covariates`, and of `covariates` times each column of `along`. */
    readonly covariates: readonly number[];
    readonly covariatesAlong: readonly (readonly number[])[];
  };
}

/** Result of `rd.heterogeneity`. */
export interface RdHeterogeneityResult extends Result<"rd.heterogeneity", RdHeterogeneitySettings> {
  /** Bias-corrected effects (order `biasOrder` at the same bandwidth) with robust inference: by group, or the effect and its slopes. */
  readonly estimates: readonly Estimate[];
  /** Effects of order `order`, in the same order. */
  readonly conventional: readonly number[];
  readonly vcov: readonly (readonly number[])[];
  readonly groups: readonly RdGroup[];
  /** Jumps in the treatment (order `biasOrder`), in the order of `estimates`, in a fuzzy design. */
  readonly firstStage?: readonly Estimate[];
  /** All groups' effects equal, or all slopes zero; absent with a single effect or a singular covariance. */
  readonly equality?: JointTest;
}
