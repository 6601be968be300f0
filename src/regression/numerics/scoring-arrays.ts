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
