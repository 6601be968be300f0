import { type GroupCodes, withoutPadding } from "../../moments/index.ts";
import type { Four } from "./four-columns.ts";
import type { ResidualSums } from "./residuals.ts";
import { RUN_MEMORY, RUN_ROWS, runVectors } from "./run-vectors.ts";

/** Blocks of whole units in the memory of the vector kernels. */
export interface RunBlock {
  /** Copies the rows of unit `first` and as many following units as fit; returns the unit after them, `first` if it does not fit. */
  readonly fill: (x: Four, first: number) => number;
  readonly sum: (first: number, next: number, weights: Float64Array | undefined, unitWeights: Float64Array, unitSums: Float64Array) => void;
  /** Adds what all blocks summed by level, and their squares. */
  readonly finishSums: (levelSums: Float64Array, squares: Float64Array) => void;
  readonly setLevels: (beta: Float64Array) => void;
  /** Subtracts origins and coefficients from the columns in the block. */
  readonly subtract: (first: number, next: number, alpha: Float64Array) => void;
  /** Writes the columns in the block, from its first row on. */
  readonly empty: (first: number, next: number, y: Four) => void;
  /** Adds up the products of the four columns in the block. */
  readonly multiply: (rows: number) => void;
  /** Products of all blocks: lower triangle, row by row. */
  readonly finishProducts: () => Float64Array;
  /** Starts sums of residuals of the first column on the others. */
  readonly openResiduals: (coefficients: Float64Array) => void;
  /** Residuals of the block. */
  readonly residuals: (first: number, next: number, e: Float64Array) => void;
  readonly finishResiduals: () => ResidualSums;
}

/** Groups over which products of residuals with so many columns are summed. */
export interface RunGroups extends GroupCodes {
  readonly width: number;
}

/** @returns `undefined` where vectors are not to be had. */
export function openRunBlock(
  offsets: Int32Array,
  levels: Int32Array | undefined,
  levelCount: number,
  origin: Float64Array,
  groups: RunGroups | undefined = undefined,
): RunBlock | undefined {
  const module = runVectors();
  if (module === undefined) return undefined;
  const numbers = Math.max(levelCount, 1) * 4;
  const padded = groups === undefined ? 0 : groups.width + (groups.width & 1);
  const groupsAt = RUN_MEMORY.table / 8 + numbers;
  const memory = module.memory(groupsAt + padded * (groups?.count ?? 0));
  const integers = new Int32Array(memory.buffer);
  const at = (address: number): number => address / 8;
  const table = memory.subarray(at(RUN_MEMORY.table), at(RUN_MEMORY.table) + numbers).fill(0);
  const squares = memory.subarray(at(RUN_MEMORY.squares), at(RUN_MEMORY.squares) + 4).fill(0);
  const products = memory.subarray(at(RUN_MEMORY.products), at(RUN_MEMORY.products) + 10).fill(0);
  memory.set(origin, at(RUN_MEMORY.origin));
  const codes = RUN_MEMORY.levels / 4;
  if (levels === undefined) integers.fill(0, codes, codes + RUN_ROWS);
  const units = offsets.length - 1;
  const groupSums = memory.subarray(groupsAt, groupsAt + padded * (groups?.count ?? 0));
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
    subtract: (first, next, alpha) => {
      memory.set(alpha.subarray(4 * first, 4 * next), at(RUN_MEMORY.units));
      module.functions.subtract(next - first, offsets[first]!);
    },
    empty: (first, next, y) => {
      const start = offsets[first]!;
      const count = offsets[next]! - start;
      for (let lane = 0; lane < 4; lane++) {
        if (lane > 0 && y[lane] === y[lane - 1]) continue;
        y[lane]!.set(memory.subarray(lane * RUN_ROWS, lane * RUN_ROWS + count), start);
      }
    },
    multiply: (rows) => {
      if (rows > 0) module.functions.products(evenBytes(memory, rows));
    },
    finishProducts: () => products.slice(),
    openResiduals: (coefficients) => {
      memory.fill(0, at(RUN_MEMORY.fit), at(RUN_MEMORY.table));
      memory.set(coefficients, at(RUN_MEMORY.fit));
      groupSums.fill(0);
    },
    residuals: (first, next, e) => {
      const [start, end] = [offsets[first]!, offsets[next]!];
      if (end === start) return;
      module.functions.residuals(evenBytes(memory, end - start));
      e.set(memory.subarray(at(RUN_MEMORY.weights), at(RUN_MEMORY.weights) + end - start), start);
      if (groups === undefined) return;
      integers.set(groups.codes.subarray(start, end), RUN_MEMORY.unitWeights / 4);
      const pairs: `pairs${number}` = `pairs${padded / 2}`;
      module.functions[pairs]!(
        8 * (end - start),
        8 * RUN_ROWS,
        RUN_MEMORY.weights,
        RUN_MEMORY.unitWeights,
        RUN_MEMORY.fit + 64,
        8 * groupsAt,
        8 * padded,
      );
    },
    finishResiduals: () => {
      const [total, sumOfSquares, ...gradient] = memory.subarray(at(RUN_MEMORY.fit) + 3, at(RUN_MEMORY.fit) + 8);
      const sums = { total: total!, sumOfSquares: sumOfSquares!, gradient: Float64Array.from(gradient) };
      return groups === undefined ? sums : { ...sums, groupSums: withoutPadding(groupSums, groups.count, groups.width) };
    },
  };
}

/** Bytes of the rows of a block, an odd number made even by a row of zeros. */
function evenBytes(memory: Float64Array, rows: number): number {
  if ((rows & 1) === 1) for (let lane = 0; lane < 4; lane++) memory[lane * RUN_ROWS + rows] = 0;
  return 8 * (rows + (rows & 1));
}
