import { DataError } from "../core/errors.ts";
import { checkResult } from "../core/options.ts";
import type { Frame } from "../data/index.ts";
import type { ClusterGroups, EstimatingEquations } from "../inference/covariance.ts";
import { attachWildSource, type InstrumentalRows } from "../inference/wild-source.ts";
import type { AnyRow } from "./design.ts";
import type { EffectRows } from "./fixed-effects.ts";
import type { RegressionResult } from "./regression-result.ts";
import { wildSource } from "./wild-source.ts";

/** What a fit leaves behind for later questions: arrays over the rows used. */
export interface KeptModel {
  readonly terms: readonly string[];
  readonly coefficients: Float64Array;
  readonly equations: EstimatingEquations;
  readonly effects: readonly EffectRows[];
  /** Outcome (or working outcome) minus the regressors' part: what the fixed effects are fitted to. */
  readonly effectTarget: () => Float64Array;
  /** Coefficients of the fixed effects' levels fitted to a variable. */
  readonly effectsOf: ((x: Float64Array) => readonly Float64Array[]) | undefined;
  readonly residuals: Float64Array;
  readonly fitted: () => Float64Array;
  /** Offset inside the fitted values of least squares. */
  readonly offset?: Float64Array | undefined;
  readonly data: Frame<AnyRow>;
  readonly rows: Int32Array | undefined;
  /** Of likelihoods: the linear predictor of the rows without the offset, and what makes means of predictors. */
  readonly likelihood?: {
    readonly predictor: () => Float64Array;
    readonly mean: (eta: number) => number;
    /** d mean / d predictor. */
    readonly slope: (eta: number, mean: number) => number;
  };
  /** Of likelihoods: scores and information of all terms where some have given values. */
  readonly restricted?: (caller: string, fixed: ReadonlyMap<string, number>) => EstimatingEquations;
  /** Of two-stage least squares: its rows, for clusters in which the fixed effects are nested. */
  readonly instrumental?: (caller: string, groups: readonly ClusterGroups[]) => InstrumentalRows;
}

const MODEL = Symbol("whatworks.regression.model");

/** Lets a result carry its model, out of sight of JSON, `structuredClone` and equality. Call before the result is frozen. */
export function attachModel<R extends RegressionResult>(result: R, model: KeptModel): R {
  attachWildSource(result, wildSource(result, model));
  Object.defineProperty(result, MODEL, { value: model, enumerable: false });
  return result;
}

/** The model a result carries. @throws DataError `MODEL_NOT_KEPT`. OptionError `NOT_A_RESULT`. */
export function keptModel(caller: string, result: object): KeptModel {
  checkResult(caller, result);
  const model = (result as { readonly [MODEL]?: KeptModel })[MODEL];
  if (model !== undefined) return model;
  throw new DataError(
    "MODEL_NOT_KEPT",
    `Cannot run ${caller} as it needs the fitted rows: the result was made with keepModel: false or read from a copy; estimate it again`,
    {},
  );
}
