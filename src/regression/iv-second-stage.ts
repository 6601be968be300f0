import { keptIv } from "./iv-kept.ts";
import type { IvResult } from "./iv-result.ts";
import { combineRows } from "./numerics/iv-moments.ts";

/** What the second stage sees of the rows used. */
export interface SecondStageRows {
  /** Row numbers in the data. */
  readonly rows: Int32Array;
  /** Outcomes as the equation gives them at the predicted endogenous regressors, fixed effects included. */
  readonly fitted: Float64Array;
  /** Endogenous regressors as the first stages predict them, by name. */
  readonly predicted: Readonly<Record<string, Float64Array>>;
}

/**
 * Predicted endogenous regressors and the fitted values they lead to, one a row used. `augment` gives those at the endogenous
 * regressors as observed, which belong to the residuals.
 *
 * @throws DataError `MODEL_NOT_KEPT`.
 * @example
 * secondStage(result).predicted.training;
 */
export function secondStage(result: IvResult): SecondStageRows {
  const { iv, fit, rows, residuals, fitted } = keptIv("regression.secondStage", result);
  const unexplained = iv.firstStages.map((stage) => stage.residuals);
  return {
    rows: rows ?? Int32Array.from({ length: residuals.length }, (_, i) => i),
    fitted: combineRows(fitted(), unexplained, fit.effects),
    predicted: Object.fromEntries(iv.endogenous.names.map((name, j) => [name, combineRows(iv.endogenous.raw[j]!, [unexplained[j]!], [1])])),
  };
}
