import type { GroupCodes } from "./cross-groups.ts";
import { COPIED_ROWS } from "./numerics/block-gram.ts";
import { GROUPED_COLUMN, groupSumKernel, MOST_PAIRS } from "./numerics/group-sum-kernel.ts";

/** Rows from which vectors are worth copying for, and numbers up to which their table of sums is. */
const WORTH_VECTORS = 2048;
export const MOST_SUMS: number = 1 << 22;

/** Places in the kernel's memory, in doubles: columns, multipliers, codes, centers, sums. */
const MULTIPLIERS = 2 * MOST_PAIRS * GROUPED_COLUMN;
const CODES = MULTIPLIERS + GROUPED_COLUMN;
const CENTERS = CODES + GROUPED_COLUMN;
const SUMS = CENTERS + 2 * MOST_PAIRS;

/**
 * Sums over groups of `u (x_j - c_j)`, groups by columns, row-major, rows added in their order.
 *
 * @param centers - one a column.
 * @param multipliers - u, one a row.
 * @param constant - whether a column of ones stands before the others.
 */
export function sumByGroup(
  columns: readonly Float64Array[],
  centers: Float64Array,
  multipliers: Float64Array,
  constant: boolean,
  groups: GroupCodes,
): Float64Array {
  const width = columns.length + (constant ? 1 : 0);
  const padded = width + (width & 1);
  const fast = multipliers.length >= WORTH_VECTORS && groups.count * padded <= MOST_SUMS && width > 0;
  const sums = fast ? sumByVectors(columns, centers, multipliers, constant, groups) : undefined;
  return sums ?? sumByLoops(columns, centers, multipliers, constant, groups);
}

/** The plain loops, with the kernel's sums bit for bit. */
export function sumByLoops(
  columns: readonly Float64Array[],
  centers: Float64Array,
  u: Float64Array,
  constant: boolean,
  { codes, count }: GroupCodes,
): Float64Array {
  const first = constant ? 1 : 0;
  const width = columns.length + first;
  const sums = new Float64Array(count * width);
  for (let start = 0; start < codes.length; start += COPIED_ROWS) {
    const end = Math.min(codes.length, start + COPIED_ROWS); // multipliers and codes stay in the cache for all columns
    if (constant) for (let i = start; i < end; i++) sums[codes[i]! * width]! += u[i]!;
    for (let j = 0; j < columns.length; j++) addColumn(columns[j]!, centers[j]!, u, codes, start, end, sums, width, first + j);
  }
  return sums;
}

function addColumn(
  x: Float64Array,
  center: number,
  u: Float64Array,
  codes: Int32Array,
  start: number,
  end: number,
  sums: Float64Array,
  width: number,
  column: number,
): void {
  for (let i = start; i < end; i++) sums[codes[i]! * width + column]! += (x[i]! - center) * u[i]!;
}

function sumByVectors(
  columns: readonly Float64Array[],
  centers: Float64Array,
  u: Float64Array,
  constant: boolean,
  { codes, count }: GroupCodes,
): Float64Array | undefined {
  const module = groupSumKernel();
  if (module === undefined) return undefined;
  const width = columns.length + (constant ? 1 : 0);
  const padded = width + (width & 1);
  const memory = module.memory(SUMS + count * padded);
  const integers = new Int32Array(memory.buffer, 8 * CODES, COPIED_ROWS);
  const table = memory.subarray(SUMS, SUMS + count * padded).fill(0);
  const parts = partsOf(columns, centers, constant);
  for (let start = 0; start < codes.length; start += COPIED_ROWS) {
    const end = Math.min(codes.length, start + COPIED_ROWS);
    memory.set(u.subarray(start, end), MULTIPLIERS);
    integers.set(codes.subarray(start, end));
    parts.forEach((part, p) => {
      if (start === 0 || parts.length > 1) openPart(memory, part);
      part.columns.forEach((x, j) => {
        if (x !== undefined) memory.set(x.subarray(start, end), j * GROUPED_COLUMN);
      });
      const sums = 8 * (SUMS + 2 * MOST_PAIRS * p);
      const pairs: `pairs${number}` = `pairs${part.columns.length / 2}`;
      module.functions[pairs]!(8 * (end - start), 0, 8 * MULTIPLIERS, 8 * CODES, 8 * CENTERS, sums, 8 * padded);
    });
  }
  return withoutPadding(table, count, width);
}

/** A copy of a table of `width` numbers a group from one that has an even number of them. */
export function withoutPadding(table: Float64Array, count: number, width: number): Float64Array {
  const padded = width + (width & 1);
  if (padded === width) return table.slice();
  const sums = new Float64Array(count * width);
  for (let g = 0; g < count; g++) for (let j = 0; j < width; j++) sums[g * width + j] = table[g * padded + j]!;
  return sums;
}

/** An even number of columns that one call sums; `undefined` stands for a column of one value, its center subtracted from 1. */
interface ColumnPart {
  readonly columns: readonly (Float64Array | undefined)[];
  readonly centers: readonly number[];
}

function partsOf(columns: readonly Float64Array[], centers: Float64Array, constant: boolean): readonly ColumnPart[] {
  const all = [...(constant ? [undefined] : []), ...columns];
  const own = [...(constant ? [0] : []), ...centers];
  if ((all.length & 1) === 1) {
    all.push(undefined);
    own.push(1);
  }
  const parts: ColumnPart[] = [];
  for (let from = 0; from < all.length; from += 2 * MOST_PAIRS)
    parts.push({ columns: all.slice(from, from + 2 * MOST_PAIRS), centers: own.slice(from, from + 2 * MOST_PAIRS) });
  return parts;
}

/** Puts centers and columns of one value in their places. */
function openPart(memory: Float64Array, { columns, centers }: ColumnPart): void {
  memory.set(centers, CENTERS);
  columns.forEach((x, j) => {
    const at = j * GROUPED_COLUMN;
    if (x === undefined) memory.fill(1, at, at + COPIED_ROWS);
  });
}
