import { OptionError } from "../core/errors.ts";
import { keptModel } from "./kept-model.ts";

/** Fitted values and residuals of the rows a fit used. */
export interface AugmentedRows {
  /** Row numbers in the data. */
  readonly rows: Int32Array;
  /** Fitted values, fixed effects included, in the unit of the outcome. */
  readonly fitted: Float64Array;
  /** Outcome minus fitted value. */
  readonly residuals: Float64Array;
}

/**
 * Fitted values and residuals, one a row used.
 * @throws DataError `MODEL_NOT_KEPT`.
 */
export function augment(result: object): AugmentedRows {
  const model = keptModel("regression.augment", result);
  const rows = model.rows ?? Int32Array.from({ length: model.residuals.length }, (_, i) => i);
  return { rows, fitted: model.fitted(), residuals: model.residuals };
}

/**
 * Hat values of the rows used: how much each outcome moves its own fitted value. They sum to the number of parameters.
 * @throws DataError `MODEL_NOT_KEPT`. OptionError `MODEL_UNSUPPORTED` for instrumental variables.
 */
export function leverage(result: object): Float64Array {
  const { equations } = keptModel("regression.leverage", result);
  if (equations.leverage !== undefined) return equations.leverage();
  throw new OptionError(
    "MODEL_UNSUPPORTED",
    "Cannot run regression.leverage as hat values are those of a fit without instruments: a result of regression.iv was given",
    {},
  );
}
