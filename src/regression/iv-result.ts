import type { WeightOption } from "../data/index.ts";
import type { SmallSampleOptions } from "../inference/small-sample.ts";
import type { AbsorptionOptions } from "./absorption.ts";
import type { AnyVcov } from "./covariance.ts";
import type { AnyRow, AnyTerm } from "./design.ts";
import type { FirstStage } from "./first-stage.ts";
import type { FitStatistics } from "./fit-statistics.ts";
import type { FixedEffectsOption } from "./fixed-effects.ts";
import type { AndersonRubin } from "./iv-anderson-rubin.ts";
import type { IvEstimator } from "./iv-estimator.ts";
import type { IvTests } from "./iv-tests.ts";
import type { DroppedTerm } from "./linear-model.ts";
import type { RegressionResult } from "./regression-result.ts";
import type { WeakInstruments } from "./weak-instruments.ts";

/** Options of `iv` as resolved, columns by name. */
export interface IvSettings {
  readonly outcome: string;
  readonly regressors: readonly AnyTerm[];
  readonly endogenous: readonly AnyTerm[];
  readonly instruments: readonly AnyTerm[];
  readonly estimator: IvEstimator;
  readonly intercept: boolean;
  readonly fixedEffects?: FixedEffectsOption<AnyRow>;
  readonly weights?: WeightOption<AnyRow>;
  readonly absorption?: AbsorptionOptions;
  readonly vcov: AnyVcov;
  readonly smallSample: Required<SmallSampleOptions>;
  readonly singletons: "drop" | "keep";
  readonly level: number;
  readonly keepModel: boolean;
}

/** Result of `iv`. Estimates: the intercept, endogenous regressors, exogenous regressors. */
export interface IvResult extends RegressionResult<"regression.iv", IvSettings> {
  /**
   * Sums of squares, sigma and likelihood use the residuals with the endogenous regressors as observed; the R squared compare the
   * second stage's residuals, with the regressors as predicted, as fixest does.
   */
  readonly fit: FitStatistics;
  /** Of the k-class: 1 for two-stage least squares. */
  readonly kappa: number;
  /** Instruments used. */
  readonly instruments: readonly string[];
  /** Instruments left out because exogenous regressors, other instruments or the fixed effects determine them. */
  readonly droppedInstruments: readonly DroppedTerm[];
  readonly firstStages: readonly FirstStage[];
  readonly weakInstruments: WeakInstruments;
  readonly tests: IvTests;
  /** Of no effect (all endogenous coefficients 0), with confidence sets. */
  readonly andersonRubin: AndersonRubin;
}
