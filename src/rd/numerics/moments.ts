import type { SideArrays } from "./side-arrays.ts";

const BLOCK = 128;

/**
 * Running sums over a side, outward from the cutoff, with `r` the distance over the side's range and `w` the user weight:
 * `w r^j` up to `gramDegree`, `w d r^j` of every column up to `columnDegree`, and `w z d r^j` of every covariate with every
 * column up to `crossDegree`. A set is kept for every block of distinct values; what remains of a window is added when it is looked
 * up. Every window is a prefix, so nothing is subtracted and nothing cancels; a value's rows are added up before its powers are taken.
 */
export interface MomentTable {
  readonly arrays: SideArrays;
  readonly starts: Int32Array;
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

/** Builds the table in one pass. `starts` are the first rows of the distinct values, then the number of rows. */
export function momentTable(
  arrays: SideArrays,
  starts: Int32Array,
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
  const blockCount = Math.floor((starts.length - 1) / BLOCK);
  const blocks = new Float64Array((blockCount + 1) * width);
  const known = new Map<number, Float64Array>();
  const table = { arrays, starts, range, gramDegree, columnDegree, crossDegree: kernelDegree, outcomeColumns, width, blocks, known };
  const sums = new Float64Array(width);
  for (let b = 0; b < blockCount; b++) {
    addValues(table, b * BLOCK, (b + 1) * BLOCK, sums);
    blocks.set(sums, (b + 1) * width);
  }
  return table;
}

/** Sums over the first `values` distinct values. */
export function momentsWithin(table: MomentTable, values: number): Float64Array {
  const known = table.known.get(values);
  if (known !== undefined) return known;
  const block = Math.floor(values / BLOCK);
  const sums = table.blocks.slice(block * table.width, (block + 1) * table.width);
  addValues(table, block * BLOCK, values, sums);
  table.known.set(values, sums);
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

function addValues(table: MomentTable, from: number, to: number, sums: Float64Array): void {
  const { arrays, starts, range, gramDegree, columnDegree } = table;
  const { distance, columns, weights } = arrays;
  const inverse = range > 0 ? 1 / range : 0;
  const first = columns[0]!;
  const offset = gramDegree + 1;
  const written = weights === undefined && columnDegree < 6 && gramDegree < 10 && starts.length - 1 === distance.length;
  if (written) addDistinctRows(distance, first, inverse, gramDegree, columnDegree, from, to, sums);
  for (let g = written ? to : from; g < to; g++) {
    const start = starts[g]!;
    const end = starts[g + 1]!;
    const r = distance[start]! * inverse;
    let weight = 0;
    let weighted = 0;
    for (let i = start; i < end; i++) {
      const w = weights === undefined ? 1 : weights[i]!;
      weight += w;
      weighted += w * first[i]!;
    }
    for (let j = 0; j <= columnDegree; j++) {
      sums[j]! += weight;
      sums[offset + j]! += weighted;
      weight *= r;
      weighted *= r;
    }
    for (let j = columnDegree + 1; j <= gramDegree; j++) {
      sums[j]! += weight;
      weight *= r;
    }
  }
  for (let a = 1; a < columns.length; a++) addProduct(table, columns[a]!, undefined, columnOffset(table, a), columnDegree, from, to, sums);
  for (let z = 0; z < columns.length - table.outcomeColumns; z++) {
    const covariate = columns[table.outcomeColumns + z]!;
    for (let a = 0; a < columns.length; a++) {
      addProduct(table, columns[a]!, covariate, crossOffset(table, z, a), table.crossDegree, from, to, sums);
    }
  }
}

/** Powers up to 9 and products up to degree 5 without weights, when no value repeats, written out. */
function addDistinctRows(
  distance: Float64Array,
  column: Float64Array,
  inverse: number,
  gramDegree: number,
  columnDegree: number,
  from: number,
  to: number,
  sums: Float64Array,
): void {
  let g1 = 0;
  let g2 = 0;
  let g3 = 0;
  let g4 = 0;
  let g5 = 0;
  let g6 = 0;
  let g7 = 0;
  let g8 = 0;
  let g9 = 0;
  let d0 = 0;
  let d1 = 0;
  let d2 = 0;
  let d3 = 0;
  let d4 = 0;
  let d5 = 0;
  for (let i = from; i < to; i++) {
    const r = distance[i]! * inverse;
    const d = column[i]!;
    const r2 = r * r;
    const r3 = r2 * r;
    const r4 = r2 * r2;
    const r5 = r3 * r2;
    g1 += r;
    g2 += r2;
    g3 += r3;
    g4 += r4;
    g5 += r5;
    g6 += r3 * r3;
    g7 += r4 * r3;
    g8 += r4 * r4;
    g9 += r5 * r4;
    d0 += d;
    d1 += d * r;
    d2 += d * r2;
    d3 += d * r3;
    d4 += d * r4;
    d5 += d * r5;
  }
  const gram = [to - from, g1, g2, g3, g4, g5, g6, g7, g8, g9];
  const products = [d0, d1, d2, d3, d4, d5];
  for (let j = 0; j <= gramDegree; j++) sums[j]! += gram[j]!;
  for (let j = 0; j <= columnDegree; j++) sums[gramDegree + 1 + j]! += products[j]!;
}

function addProduct(
  { arrays, starts, range }: MomentTable,
  column: Float64Array,
  factor: Float64Array | undefined,
  offset: number,
  degree: number,
  from: number,
  to: number,
  sums: Float64Array,
): void {
  const { distance, weights } = arrays;
  const inverse = range > 0 ? 1 / range : 0;
  if (weights === undefined && degree < 6 && starts.length - 1 === distance.length) {
    addDistinct(distance, inverse, column, factor, offset, degree, from, to, sums);
    return;
  }
  for (let g = from; g < to; g++) {
    const start = starts[g]!;
    const r = distance[start]! * inverse;
    let power = 0;
    for (let i = start; i < starts[g + 1]!; i++) {
      power += (weights === undefined ? 1 : weights[i]!) * column[i]! * (factor === undefined ? 1 : factor[i]!);
    }
    for (let j = 0; j <= degree; j++) {
      sums[offset + j]! += power;
      power *= r;
    }
  }
}

/** {@link addProduct} of degrees up to 5 without weights, when no value repeats, written out. */
function addDistinct(
  distance: Float64Array,
  inverse: number,
  column: Float64Array,
  factor: Float64Array | undefined,
  offset: number,
  degree: number,
  from: number,
  to: number,
  sums: Float64Array,
): void {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let s4 = 0;
  let s5 = 0;
  for (let i = from; i < to; i++) {
    const r = distance[i]! * inverse;
    let power = factor === undefined ? column[i]! : column[i]! * factor[i]!;
    s0 += power;
    power *= r;
    s1 += power;
    power *= r;
    s2 += power;
    if (degree < 3) continue;
    power *= r;
    s3 += power;
    power *= r;
    s4 += power;
    power *= r;
    s5 += power;
  }
  const found = [s0, s1, s2, s3, s4, s5];
  for (let j = 0; j <= degree; j++) sums[offset + j]! += found[j]!;
}
