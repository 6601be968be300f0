import type { SideArrays } from "./side-arrays.ts";

const BLOCK = 128;

/**
 * Running sums over a side, outward from the cutoff, with `r` the distance over the side's range and `w` the user weight:
 * `w r^j` up to `gramDegree`, `w d r^j` of every column up to `columnDegree`, and `w z d r^j` of every covariate with every
 * column up to `crossDegree`. A row is kept for every block of rows; what remains of a window is added when it is looked up.
 * Every window is a prefix, so nothing is subtracted and nothing cancels.
 */
export interface MomentTable {
  readonly arrays: SideArrays;
  readonly range: number;
  readonly gramDegree: number;
  readonly columnDegree: number;
  readonly crossDegree: number;
  readonly outcomeColumns: number;
  /** Entries of one set of sums. */
  readonly width: number;
  readonly blocks: Float64Array;
  /** Sums of windows asked for before. */
  readonly known: Map<number, Float64Array>;
}

/** Builds the table in one pass. */
export function momentTable(
  arrays: SideArrays,
  range: number,
  maximumOrder: number,
  kernelDegree: number,
  outcomeColumns: number,
): MomentTable {
  const gramDegree = 2 * maximumOrder + kernelDegree;
  const columnDegree = maximumOrder + kernelDegree;
  const covariates = arrays.columns.length - outcomeColumns;
  const pairs = covariates * arrays.columns.length;
  const width = gramDegree + 1 + arrays.columns.length * (columnDegree + 1) + pairs * (kernelDegree + 1);
  const blockCount = Math.floor(arrays.x.length / BLOCK);
  const blocks = new Float64Array((blockCount + 1) * width);
  const table = { arrays, range, gramDegree, columnDegree, crossDegree: kernelDegree, outcomeColumns, width, blocks, known: new Map() };
  const sums = new Float64Array(width);
  for (let b = 0; b < blockCount; b++) {
    addRows(table, b * BLOCK, (b + 1) * BLOCK, sums);
    blocks.set(sums, (b + 1) * width);
  }
  return table;
}

/** Sums over the first `rows` rows. */
export function momentsWithin(table: MomentTable, rows: number): Float64Array {
  const known = table.known.get(rows);
  if (known !== undefined) return known;
  const block = Math.floor(rows / BLOCK);
  const sums = table.blocks.slice(block * table.width, (block + 1) * table.width);
  addRows(table, block * BLOCK, rows, sums);
  table.known.set(rows, sums);
  return sums;
}

/** Where the sums of column `a` start. */
export function columnOffset(table: MomentTable, a: number): number {
  return table.gramDegree + 1 + a * (table.columnDegree + 1);
}

/** Where the sums of covariate `z` (counted from 0) with column `a` start. */
export function crossOffset(table: MomentTable, z: number, a: number): number {
  const columns = table.arrays.columns.length;
  return columnOffset(table, columns) + (z * columns + a) * (table.crossDegree + 1);
}

function addRows(table: MomentTable, from: number, to: number, sums: Float64Array): void {
  const { arrays, range, gramDegree, columnDegree } = table;
  const { distance, columns, weights } = arrays;
  const inverse = range > 0 ? 1 / range : 0;
  const first = columns[0]!;
  const offset = gramDegree + 1;
  for (let i = from; i < to; i++) {
    const r = distance[i]! * inverse;
    const d = first[i]!;
    let power = weights === undefined ? 1 : weights[i]!;
    for (let j = 0; j <= columnDegree; j++) {
      sums[j]! += power;
      sums[offset + j]! += power * d;
      power *= r;
    }
    for (let j = columnDegree + 1; j <= gramDegree; j++) {
      sums[j]! += power;
      power *= r;
    }
  }
  for (let a = 1; a < columns.length; a++) addColumn(table, columns[a]!, columnOffset(table, a), columnDegree, from, to, sums);
  addCrossSums(table, from, to, sums);
}

function addColumn(
  { arrays, range }: MomentTable,
  column: Float64Array,
  offset: number,
  degree: number,
  from: number,
  to: number,
  sums: Float64Array,
): void {
  const { distance, weights } = arrays;
  const inverse = range > 0 ? 1 / range : 0;
  for (let i = from; i < to; i++) {
    const r = distance[i]! * inverse;
    let power = weights === undefined ? column[i]! : weights[i]! * column[i]!;
    for (let j = 0; j <= degree; j++) {
      sums[offset + j]! += power;
      power *= r;
    }
  }
}

function addCrossSums(table: MomentTable, from: number, to: number, sums: Float64Array): void {
  const { arrays, range, outcomeColumns, crossDegree } = table;
  const { columns, distance, weights } = arrays;
  const inverse = range > 0 ? 1 / range : 0;
  for (let z = 0; z < columns.length - outcomeColumns; z++) {
    const covariate = columns[outcomeColumns + z]!;
    for (let a = 0; a < columns.length; a++) {
      const column = columns[a]!;
      const offset = crossOffset(table, z, a);
      for (let i = from; i < to; i++) {
        const r = distance[i]! * inverse;
        let power = (weights === undefined ? 1 : weights[i]!) * covariate[i]! * column[i]!;
        for (let j = 0; j <= crossDegree; j++) {
          sums[offset + j]! += power;
          power *= r;
        }
      }
    }
  }
}
