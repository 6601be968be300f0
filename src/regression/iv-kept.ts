import { OptionError } from "../core/errors.ts";
import { type AnyVcov, columnsAfterwards, vcovColumns } from "./covariance.ts";
import type { IvInference } from "./iv-covariance.ts";
import type { IvFit } from "./iv-estimator.ts";
import type { IvModel } from "./iv-model.ts";
import { type KeptModel, keptModel } from "./kept-model.ts";
import type { RegressionSettings } from "./regression-result.ts";

/** What a fit with instruments leaves behind. */
export interface KeptIv extends KeptModel {
  readonly iv: IvModel;
  readonly fit: IvFit;
}

/** The model that a result of `iv` carries. @throws DataError `MODEL_NOT_KEPT`. OptionError `NOT_A_RESULT`, `MODEL_UNSUPPORTED`. */
export function keptIv(caller: string, result: object): KeptIv {
  const model = keptModel(caller, result) as KeptIv;
  if (model.iv !== undefined) return model;
  const { kind } = result as { readonly kind?: unknown };
  throw new OptionError(
    "MODEL_UNSUPPORTED",
    `Cannot run ${caller} as it needs a result of regression.iv: one of ${String(kind)} was given`,
    { kind },
  );
}

/** A covariance over the rows of a kept model. @throws DataError `MISSING_VALUES`. */
export function inferenceOf(
  caller: string,
  kept: KeptModel,
  settings: Pick<RegressionSettings, "smallSample" | "level"> & { readonly vcov: AnyVcov },
): IvInference {
  const { vcov, smallSample, level } = settings;
  return { vcov, smallSample, level, known: new Map(), columns: columnsAfterwards(caller, kept.data, kept.rows, vcovColumns(vcov)) };
}
