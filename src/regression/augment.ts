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
 * @throws DataError `MODEL_NOT_KEPT`.
 */
export function leverage(result: object): Float64Array {
  const { equations, residuals } = keptModel("regression.leverage", result);
  return equations.leverage?.() ?? new Float64Array(residuals.length).fill(Number.NaN);
}
