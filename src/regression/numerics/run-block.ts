import type { Four } from "./four-columns.ts";
import { RUN_MEMORY, RUN_ROWS, runVectors } from "./run-vectors.ts";

/** Blocks of whole units in the memory of the vector kernels. */
export interface RunBlock {
  /** Copies the rows of unit `first` and as many following units as fit; returns the unit after them, `first` if it does not fit. */
  readonly fill: (x: Four, first: number) => number;
  readonly sum: (first: number, next: number, weights: Float64Array | undefined, unitWeights: Float64Array, unitSums: Float64Array) => void;
  /** Adds what all blocks summed by level, and their squares. */
  readonly finishSums: (levelSums: Float64Array, squares: Float64Array) => void;
  readonly setLevels: (beta: Float64Array) => void;
  readonly subtract: (first: number, next: number, alpha: Float64Array, y: Four) => void;
  /** Adds up the products of the four columns in the block. */
  readonly multiply: (rows: number) => void;
  /** Products of all blocks: lower triangle, row by row. */
  readonly finishProducts: () => Float64Array;
}

/** @returns `undefined` where vectors are not to be had. */
export function openRunBlock(
  offsets: Int32Array,
  levels: Int32Array | undefined,
  levelCount: number,
  origin: Float64Array,
): RunBlock | undefined {
  const module = runVectors();
  if (module === undefined) return undefined;
  const numbers = Math.max(levelCount, 1) * 4;
  const memory = module.memory(RUN_MEMORY.table / 8 + numbers);
  const integers = new Int32Array(memory.buffer);
  const at = (address: number): number => address / 8;
  const table = memory.subarray(at(RUN_MEMORY.table), at(RUN_MEMORY.table) + numbers).fill(0);
  const squares = memory.subarray(at(RUN_MEMORY.squares), at(RUN_MEMORY.squares) + 4).fill(0);
  const products = memory.subarray(at(RUN_MEMORY.products), at(RUN_MEMORY.products) + 10).fill(0);
  memory.set(origin, at(RUN_MEMORY.origin));
  const codes = RUN_MEMORY.levels / 4;
  if (levels === undefined) integers.fill(0, codes, codes + RUN_ROWS);
  const units = offsets.length - 1;
  return {
    fill: (x, first) => {
      const start = offsets[first]!;
      let next = first;
      while (next < units && next - first < RUN_ROWS && offsets[next + 1]! - start <= RUN_ROWS) next++;
      if (next === first) return first;
      const end = offsets[next]!;
      for (let lane = 0; lane < 4; lane++) memory.set(x[lane]!.subarray(start, end), lane * RUN_ROWS);
      if (levels !== undefined) integers.set(levels.subarray(start, end), codes);
      integers.set(offsets.subarray(first, next + 1), RUN_MEMORY.offsets / 4);
      return next;
    },
    sum: (first, next, weights, unitWeights, unitSums) => {
      const start = offsets[first]!;
      memory.set(unitWeights.subarray(first, next), at(RUN_MEMORY.unitWeights));
      if (weights === undefined) module.functions.sum(next - first, start);
      else {
        memory.set(weights.subarray(start, offsets[next]!), at(RUN_MEMORY.weights));
        module.functions.sumWeighted(next - first, start);
      }
      const from = at(RUN_MEMORY.units);
      unitSums.set(memory.subarray(from, from + 4 * (next - first)), 4 * first);
    },
    finishSums: (levelSums, total) => {
      for (let l = 0; l < levelSums.length; l++) levelSums[l]! += table[l]!;
      for (let lane = 0; lane < 4; lane++) total[lane]! += squares[lane]!;
    },
    setLevels: (beta) => table.set(beta),
    subtract: (first, next, alpha, y) => {
      const start = offsets[first]!;
      memory.set(alpha.subarray(4 * first, 4 * next), at(RUN_MEMORY.units));
      module.functions.subtract(next - first, start);
      const count = offsets[next]! - start;
      for (let lane = 0; lane < 4; lane++) {
        if (lane > 0 && y[lane] === y[lane - 1]) continue;
        y[lane]!.set(memory.subarray(lane * RUN_ROWS, lane * RUN_ROWS + count), start);
      }
    },
    multiply: (rows) => {
      if ((rows & 1) === 1) for (let lane = 0; lane < 4; lane++) memory[lane * RUN_ROWS + rows] = 0;
      if (rows > 0) module.functions.products(8 * (rows + (rows & 1)));
    },
    finishProducts: () => products.slice(),
  };
}
