import type { Estimate, Result } from "../core/result.ts";
import type { SmallSampleOptions } from "../inference/small-sample.ts";
import type { AnyVcov } from "./covariance.ts";
import type { DesignColumn } from "./design.ts";
import type { CovarianceSummary } from "./estimates.ts";
import type { DroppedTerm } from "./linear-model.ts";

/** Settings that all regressions share. */
export interface RegressionSettings {
  readonly outcome: string;
  readonly vcov: AnyVcov;
  readonly smallSample: Required<SmallSampleOptions>;
  readonly level: number;
}

/** A fixed effect that was absorbed. */
export interface AbsorbedEffect {
  readonly name: string;
  readonly levels: number;
}

/** What all regressions return. */
export interface RegressionResult<Kind extends string = string, Settings extends RegressionSettings = RegressionSettings>
  extends Result<Kind, Settings> {
  readonly estimates: Readonly<Record<string, Estimate>>;
  readonly vcov: readonly (readonly number[])[];
  readonly covariance: CovarianceSummary;
  /** Regressors left out because others or the fixed effects determine them. */
  readonly droppedTerms: readonly DroppedTerm[];
  readonly fixedEffects: readonly AbsorbedEffect[];
  /** How each coefficient's column is made from data. */
  readonly design: readonly DesignColumn[];
}
