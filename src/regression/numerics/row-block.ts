import type { Four, RowCodes } from "./four-columns.ts";
import { BLOCK_ROWS, ROW_MEMORY, rowVectors } from "./row-vectors.ts";

/** Rows from which vectors are worth copying for, and units and levels up to which their tables are. */
const WORTH_VECTORS = 2048;
const MOST_LEVELS = 1 << 20;

/** Blocks of rows in the memory of the vector kernels, with a table of four numbers for each unit and level. */
export interface RowBlock {
  /** Copies rows; the tile holds them less the origin. */
  readonly fill: (x: Four, start: number, end: number) => void;
  /** Adds the tile's squares; with weights the tile is weighted afterwards. */
  readonly weigh: (weights: Float64Array | undefined, start: number, end: number) => void;
  /** Adds the tile to the table of an effect, or subtracts that from it: `-1` for the units. */
  readonly give: (effect: number, start: number, end: number) => void;
  readonly take: (effect: number, start: number, end: number) => void;
  /** Adds the tile to a second table of an effect's levels. */
  readonly giveApart: (effect: number, start: number, end: number) => void;
  /** Writes the tile to the columns. */
  readonly empty: (y: Four, start: number, end: number) => void;
  /** The tables of the units and of all levels, and the squares. */
  readonly units: Float64Array;
  readonly levels: Float64Array;
  readonly apart: Float64Array;
  readonly squares: Float64Array;
}

/** @returns `undefined` where vectors are not to be had or not worth it. Tables and squares are 0. @param apart - levels of the second table. */
export function openRowBlock(
  { unitCodes, otherCodes, starts }: RowCodes,
  units: number,
  origin: Float64Array,
  apart = 0,
): RowBlock | undefined {
  const levelCount = starts[otherCodes.length]!;
  if (unitCodes.length < WORTH_VECTORS || units + levelCount > MOST_LEVELS) return undefined;
  const module = rowVectors();
  if (module === undefined) return undefined;
  const first = ROW_MEMORY.tables / 8;
  const memory = module.memory(first + 4 * (units + levelCount + apart));
  const integers = new Int32Array(memory.buffer);
  const { functions } = module;
  const squares = memory.subarray(ROW_MEMORY.squares / 8, ROW_MEMORY.squares / 8 + 4).fill(0);
  memory.set(origin, ROW_MEMORY.origin / 8);
  const tableOf = (effect: number): number => ROW_MEMORY.tables + 32 * (effect < 0 ? 0 : units + starts[effect]!);
  const copyCodes = (effect: number, start: number, end: number): void =>
    integers.set((effect < 0 ? unitCodes : otherCodes[effect]!).subarray(start, end), ROW_MEMORY.codes / 4);
  return {
    fill: (x, start, end) => {
      for (let lane = 0; lane < 4; lane++) memory.set(x[lane]!.subarray(start, end), lane * BLOCK_ROWS);
      functions.open(end - start);
    },
    weigh: (weights, start, end) => {
      if (weights === undefined) {
        functions.square(end - start);
        return;
      }
      memory.set(weights.subarray(start, end), ROW_MEMORY.weights / 8);
      functions.weigh(end - start);
    },
    give: (effect, start, end) => {
      copyCodes(effect, start, end);
      functions.give(end - start, tableOf(effect));
    },
    take: (effect, start, end) => {
      copyCodes(effect, start, end);
      functions.take(end - start, tableOf(effect));
    },
    giveApart: (effect, start, end) => {
      copyCodes(effect, start, end);
      functions.give(end - start, tableOf(effect) + 32 * levelCount);
    },
    empty: (y, start, end) => {
      functions.close(end - start);
      for (let lane = 0; lane < 4; lane++) {
        if (lane === 0 || y[lane] !== y[lane - 1]) y[lane]!.set(memory.subarray(lane * BLOCK_ROWS, lane * BLOCK_ROWS + end - start), start);
      }
    },
    units: memory.subarray(first, first + 4 * units).fill(0),
    levels: memory.subarray(first + 4 * units, first + 4 * (units + levelCount)).fill(0),
    apart: memory.subarray(first + 4 * (units + levelCount), first + 4 * (units + levelCount + apart)).fill(0),
    squares,
  };
}
