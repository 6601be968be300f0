import type { Task, WorkBlock } from "../parallel/index.ts";
import { type DrawSource, drawSums } from "./numerics/wild-draws.ts";
import type { SumTable } from "./numerics/wild-plan.ts";

/** What blocks of draws share. */
export interface MultiplierWork {
  readonly plan: SumTable;
  readonly source: DrawSource;
  /** Standard errors; with `keep` the draws themselves are handed over. */
  readonly errors: Float64Array;
  readonly keep: boolean;
}

/** Draws of a multiplier bootstrap: the largest absolute t of each, or all errors. */
export const multiplierDraws: Task<MultiplierWork, WorkBlock, Float64Array> = {
  name: "inference.multiplierDraws",
  run: ({ plan, source, errors, keep }, { start, end }) =>
    drawSums(plan, source, start, end, keep ? plan.terms : 1, (sums, out, at) => {
      if (keep) out.set(sums, at);
      else out[at] = largestRatio(sums, 0, errors);
    }),
};

/** Largest `|sums[from + j]| / errors[j]` over those with an error. */
export function largestRatio(sums: Float64Array, from: number, errors: Float64Array): number {
  let largest = 0;
  for (let j = 0; j < errors.length; j++) {
    if (!(errors[j]! > 0)) continue;
    const ratio = Math.abs(sums[from + j]!) / errors[j]!;
    if (ratio > largest) largest = ratio;
  }
  return largest;
}
