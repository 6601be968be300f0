import { BLOCK_CELLS, CELL_MEMORY, cellVectors } from "./cell-vectors.ts";
import type { EffectCells } from "./effect-cells.ts";

/** Cells from which vectors are worth copying for, and levels up to which their tables are. */
const WORTH_VECTORS = 2048;
const MOST_LEVELS = 1 << 20;

/** Passes over the cells of one other effect in the memory of the vector kernels, four numbers a unit or level. */
export interface CellBlock {
  /** `units[u] = sum_c w_c levels[l(c)]`. */
  readonly gather: (levels: Float64Array, units: Float64Array) => void;
  /** `levels[l(c)] -= w_c units[u] / N_u`. */
  readonly scatter: (units: Float64Array, levels: Float64Array) => void;
  /** Both: `out -= C' N^-1 C levels`. */
  readonly both: (levels: Float64Array, out: Float64Array) => void;
}

/** Whether the cells suit the kernels: one other effect, no unit larger than a block, few units that repeat the one before. */
export function suitsVectors({ otherEffects, offsets, repeated, units, levelCount }: EffectCells): boolean {
  if (otherEffects.length !== 1 || offsets[units]! < WORTH_VECTORS || levelCount > MOST_LEVELS) return false;
  let repeats = 0;
  for (let u = 0; u < units; u++) {
    if (offsets[u + 1]! - offsets[u]! > BLOCK_CELLS) return false;
    repeats += repeated[u]!;
  }
  return 2 * repeats < units;
}

/** @returns `undefined` where vectors are not to be had. @param scales - `1 / N_u`. */
export function openCellBlock(
  { offsets, levels: codes, units, levelCount }: EffectCells,
  weights: Float64Array | undefined,
  scales: Float64Array,
): CellBlock | undefined {
  const module = cellVectors();
  if (module === undefined) return undefined;
  const { functions } = module;
  const table = CELL_MEMORY.tables / 8;
  const size = 4 * levelCount;
  /** The memory with the tables filled, as another user of it may have come between. */
  const open = (first: Float64Array, second: Float64Array | undefined): { memory: Float64Array; integers: Int32Array } => {
    const memory = module.memory(table + 2 * size);
    memory.set(first, table);
    if (second !== undefined) memory.set(second, table + size);
    return { memory, integers: new Int32Array(memory.buffer) };
  };
  const forBlocks = (
    { memory, integers }: { memory: Float64Array; integers: Int32Array },
    run: (first: number, next: number, start: number) => void,
  ): void => {
    for (let first = 0; first < units; ) {
      const start = offsets[first]!;
      let next = first + 1;
      while (next < units && next - first < BLOCK_CELLS && offsets[next + 1]! - start <= BLOCK_CELLS) next++;
      const end = offsets[next]!;
      integers.set(codes.subarray(start, end), CELL_MEMORY.codes / 4);
      integers.set(offsets.subarray(first, next + 1), CELL_MEMORY.offsets / 4);
      if (weights !== undefined) memory.set(weights.subarray(start, end), CELL_MEMORY.weights / 8);
      run(first, next, start);
      first = next;
    }
  };
  const gather = weights === undefined ? functions.gather : functions.gatherWeighted;
  const scatter = weights === undefined ? functions.scatter : functions.scatterWeighted;
  const unitsAt = CELL_MEMORY.units / 8;
  return {
    gather: (levels, out) => {
      const opened = open(levels, undefined);
      forBlocks(opened, (first, next, start) => {
        gather(next - first, start, CELL_MEMORY.tables);
        out.set(opened.memory.subarray(unitsAt, unitsAt + 4 * (next - first)), 4 * first);
      });
    },
    scatter: (sums, levels) => {
      const opened = open(levels, undefined);
      const { memory } = opened;
      forBlocks(opened, (first, next, start) => {
        memory.set(sums.subarray(4 * first, 4 * next), unitsAt);
        memory.set(scales.subarray(first, next), CELL_MEMORY.scales / 8);
        scatter(next - first, start, CELL_MEMORY.tables);
      });
      levels.set(memory.subarray(table, table + size));
    },
    both: (levels, out) => {
      const opened = open(levels, out);
      const { memory } = opened;
      forBlocks(opened, (first, next, start) => {
        gather(next - first, start, CELL_MEMORY.tables);
        memory.set(scales.subarray(first, next), CELL_MEMORY.scales / 8);
        scatter(next - first, start, CELL_MEMORY.tables + 8 * size);
      });
      out.set(memory.subarray(table + size, table + 2 * size));
    },
  };
}
