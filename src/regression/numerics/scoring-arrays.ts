import type { EffectCells } from "./effect-cells.ts";

/**
 * Sums that one step of Fisher scoring needs, for k regressors and two effects: by unit and by level the weights, the scores and the
 * weighted regressors (`width = k + 2` numbers each, in that order), and products over all rows.
 */
export interface ScoringSums {
  readonly width: number;
  readonly units: Float64Array;
  readonly levels: Float64Array;
  /** `sum w x x'`, k by k, lower triangle. */
  readonly products: Float64Array;
  /** `sum s x`. */
  readonly scores: Float64Array;
  /** Weight of each cell. */
  readonly cells: Float64Array;
}

/** Fills the working weights and the scores (derivatives of the log likelihood by the linear predictor) of a block of rows, the first row's at 0. */
export type WorkingRows = (start: number, end: number, weight: Float64Array, score: Float64Array) => void;

/** Room for the sums. */
export function openScoringSums({ units, levelCount, offsets }: EffectCells, k: number): ScoringSums {
  const width = k + 2;
  return {
    width,
    units: new Float64Array(units * width),
    levels: new Float64Array(levelCount * width),
    products: new Float64Array(k * k),
    scores: new Float64Array(k),
    cells: new Float64Array(offsets[units]!),
  };
}

/** Weights of a block of rows by cell. */
export function addCells(weight: Float64Array, rowCells: Int32Array | undefined, start: number, end: number, cells: Float64Array): void {
  if (rowCells === undefined) cells.set(weight.subarray(0, end - start), start);
  else for (let i = start; i < end; i++) cells[rowCells[i]!]! += weight[i - start]!;
}
