import type { Four } from "./four-columns.ts";
import type { ResidualSums } from "./residuals.ts";
import { openRunBlock, type RunGroups } from "./run-block.ts";
import type { RunRows } from "./run-kernels.ts";
import { RUN_ROWS } from "./run-vectors.ts";

/** Rows from which vectors are worth copying for. */
const WORTH_VECTORS = 2048;

/** Four variables less their origins and the coefficients of units and levels, which are subtracted again in each pass and never stored. */
export interface RunVariables extends RunRows {
  readonly x: Four;
  readonly origin: Float64Array;
  readonly alpha: Float64Array;
  readonly beta: Float64Array;
}

/** Products of the four variables (lower triangle, row by row); `undefined` without vectors, for few rows, or where a unit is too large for a block. */
export function runProducts(variables: RunVariables): Float64Array | undefined {
  const { rowOffsets } = variables;
  if (variables.x[0].length < WORTH_VECTORS || !unitsFit(rowOffsets)) return undefined;
  const block = openRunBlock(rowOffsets, variables.otherCodes[0], variables.levelCount, variables.origin);
  if (block === undefined) return undefined;
  overBlocks(variables, block, (first, next) => block.multiply(rowOffsets[next]! - rowOffsets[first]!));
  return block.finishProducts();
}

/**
 * Residuals of the first variable on the others, with their sums; to be called where {@link runProducts} gave products.
 *
 * @param coefficients - of the second to the fourth; 0 for a variable that is not used.
 * @param e - out: residuals.
 */
export function runResiduals(
  variables: RunVariables,
  coefficients: Float64Array,
  e: Float64Array,
  groups: RunGroups | undefined,
): ResidualSums {
  const block = openRunBlock(variables.rowOffsets, variables.otherCodes[0], variables.levelCount, variables.origin, groups)!;
  block.openResiduals(coefficients);
  overBlocks(variables, block, (first, next) => block.residuals(first, next, e));
  return block.finishResiduals();
}

function overBlocks(
  { x, rowOffsets, alpha, beta }: RunVariables,
  block: NonNullable<ReturnType<typeof openRunBlock>>,
  visit: (first: number, next: number) => void,
): void {
  block.setLevels(beta);
  const units = rowOffsets.length - 1;
  for (let unit = 0; unit < units; ) {
    const next = block.fill(x, unit);
    block.subtract(unit, next, alpha);
    visit(unit, next);
    unit = next;
  }
}

function unitsFit(offsets: Int32Array): boolean {
  for (let u = 1; u < offsets.length; u++) if (offsets[u]! - offsets[u - 1]! > RUN_ROWS) return false;
  return true;
}
