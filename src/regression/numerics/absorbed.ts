import type { GroupCodes } from "../../moments/index.ts";
import type { ResidualSums } from "./residuals.ts";

/** One variable with the fixed effects removed. */
export interface Absorbed {
  /** `M x`: what the effects leave of x. */
  readonly values: Float64Array;
  /** Iterations of the iterative solver; 0 for exact ones. */
  readonly iterations: number;
  /** Largest `|D'W M x|` of a level beside its weight times the standard deviation of x. */
  readonly residual: number;
  /** `sum w (x - mean)^2` of x itself. */
  readonly spread: number;
  /** Sums of products with the values of each variable absorbed along, in order, where known; never with weights. */
  readonly products?: Float64Array;
  /** Of up to four variables whose values need not be stored: the first one regressed on the others. */
  readonly regress?: AbsorbedRegression;
}

/** Residuals of the first variable on the others, without the effects, and their sums. */
export type AbsorbedRegression = (coefficients: Float64Array, e: Float64Array, groups: GroupCodes | undefined) => ResidualSums;
