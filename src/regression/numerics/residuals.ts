import {
  BLOCK_ROWS,
  GROUPED_COLUMN,
  type GroupCodes,
  type LoadedModule,
  MOST_PAIRS,
  MOST_SUMS,
  withoutPadding,
} from "../../moments/index.ts";
import { RESIDUAL_MEMORY, RESIDUAL_ROWS, type ResidualVectors, residualVectors } from "./residual-vectors.ts";

/** Rows from which vectors are worth copying for. */
const WORTH_VECTORS = 2048;
/** Doubles of a block of columns: the second-level cache holds them. */
const BLOCK_SIZE = 49_152;
const FEWEST_ROWS = 128;

/** Sums that come with the residuals. */
export interface ResidualSums {
  /** `sum w e^2`. */
  readonly sumOfSquares: number;
  /** `sum w e`. */
  readonly total: number;
  /** `sum w e (x_j - c_j)`, one a column. */
  readonly gradient: Float64Array;
  /** Sums of `w e` and `w e (x_j - c_j)` over groups, groups by columns, where they were asked for and vectors are to be had. */
  readonly groupSums?: Float64Array;
}

/** Groups to sum over along the way. */
export interface ResidualGroups extends GroupCodes {
  /** Whether the sums of `w e` itself stand before the others. */
  readonly constant: boolean;
}

/**
 * `e = y - a - sum_j (x_j - c_j) b_j` for all rows, with the sums that tell how exact the coefficients are.
 * Columns are read block by block, so that the second use of a block comes from the cache.
 */
export function fillResiduals(
  y: Float64Array,
  columns: readonly Float64Array[],
  centers: Float64Array,
  intercept: number,
  coefficients: Float64Array,
  weights: Float64Array | undefined,
  e: Float64Array,
  groups: ResidualGroups | undefined = undefined,
): ResidualSums {
  const rows = y.length;
  const k = columns.length;
  const along = groups === undefined || tableSize(groups, k) > MOST_SUMS ? undefined : groups;
  const fast = rows < WORTH_VECTORS ? undefined : vectorResiduals(y, columns, centers, intercept, coefficients, weights, e, along);
  if (fast !== undefined) return fast;
  const gradient = new Float64Array(k);
  const weighted = weights === undefined ? e : new Float64Array(BLOCK_ROWS);
  const four = k & ~3;
  let [sumOfSquares, total] = [0, 0];
  for (let start = 0; start < rows; start += BLOCK_ROWS) {
    const end = Math.min(rows, start + BLOCK_ROWS);
    for (let i = start; i < end; i++) e[i] = y[i]! - intercept;
    for (let j = 0; j < four; j += 4) subtractFour(columns, centers, coefficients, j, e, start, end);
    for (let j = four; j < k; j++) subtractMultiple(columns[j]!, centers[j]!, coefficients[j]!, e, start, end);
    let sum0 = 0;
    let sum1 = 0;
    let square0 = 0;
    let square1 = 0;
    let i = start;
    for (; i + 1 < end; i += 2) {
      const e0 = e[i]!;
      const e1 = e[i + 1]!;
      const we0 = weights === undefined ? e0 : weights[i]! * e0;
      const we1 = weights === undefined ? e1 : weights[i + 1]! * e1;
      if (weights !== undefined) {
        weighted[i - start] = we0;
        weighted[i + 1 - start] = we1;
      }
      sum0 += we0;
      sum1 += we1;
      square0 += we0 * e0;
      square1 += we1 * e1;
    }
    if (i < end) {
      const we = weights === undefined ? e[i]! : weights[i]! * e[i]!;
      if (weights !== undefined) weighted[i - start] = we;
      sum0 += we;
      square0 += we * e[i]!;
    }
    total += sum0 + sum1;
    sumOfSquares += square0 + square1;
    const shift = weights === undefined ? 0 : start;
    for (let j = 0; j < four; j += 4) addFourDots(columns, centers, weighted, shift, j, start, end, gradient);
    for (let j = four; j < k; j++) gradient[j]! += weightedDot(columns[j]!, centers[j]!, weighted, shift, start, end);
  }
  return { sumOfSquares, total, gradient };
}

/** {@link fillResiduals} by vectors, even and odd rows summed apart; `undefined` where they are not to be had. */
function vectorResiduals(
  y: Float64Array,
  columns: readonly Float64Array[],
  centers: Float64Array,
  intercept: number,
  coefficients: Float64Array,
  weights: Float64Array | undefined,
  e: Float64Array,
  groups: ResidualGroups | undefined,
): ResidualSums | undefined {
  const module = residualVectors();
  if (module === undefined) return undefined;
  const k = columns.length;
  const first = RESIDUAL_MEMORY.columns / 8;
  const values = first + (k + 1) * GROUPED_COLUMN; // one column more, to make them even
  const length = Math.max(FEWEST_ROWS, Math.min(RESIDUAL_ROWS, 2 * Math.floor(BLOCK_SIZE / 2 / Math.max(k, 1))));
  const tableAt = values + 5 * k + 2;
  const memory = module.memory(tableAt + (groups === undefined ? 0 : tableSize(groups, k)));
  for (let j = 0; j < k; j++) memory.set([centers[j]!, coefficients[j]!, 0, 0], values + 4 * j);
  const sums = memory.subarray(RESIDUAL_MEMORY.sums / 8, RESIDUAL_MEMORY.sums / 8 + 4).fill(0);
  const table = groups === undefined ? undefined : openGroupSums(module, memory, groups, centers, values + 4 * k, tableAt);
  const weightsAt = RESIDUAL_MEMORY.weights / 8;
  const sum = weights === undefined ? module.functions.sum : module.functions.sumWeighted;
  const summed = table === undefined ? k : 0; // sums over groups hold those over all rows
  for (let start = 0; start < y.length; start += length) {
    const end = Math.min(y.length, start + length);
    const count = end - start;
    for (let i = 0; i < count; i++) memory[i] = y[start + i]! - intercept;
    for (let j = 0; j < k; j++) memory.set(columns[j]!.subarray(start, end), first + j * GROUPED_COLUMN);
    if (weights !== undefined) memory.set(weights.subarray(start, end), weightsAt);
    if ((count & 1) === 1) {
      memory[count] = 0; // a row that adds nothing
      memory[weightsAt + count] = 0;
      for (let j = 0; j < k; j++) memory[first + j * GROUPED_COLUMN + count] = centers[j]!;
    }
    const bytes = 8 * (count + (count & 1));
    module.functions.subtract(bytes, k, 8 * values);
    sum(bytes, summed, 8 * values);
    table?.add(start, end, weights !== undefined);
    e.set(memory.subarray(0, count), start);
  }
  const totals = { sumOfSquares: sums[2]! + sums[3]!, total: sums[0]! + sums[1]! };
  if (groups === undefined || table === undefined)
    return { ...totals, gradient: Float64Array.from({ length: k }, (_, j) => memory[values + 4 * j + 2]! + memory[values + 4 * j + 3]!) };
  const groupSums = table.finish();
  return { ...totals, gradient: sumOfGroups(groupSums, groups, k), groupSums };
}

/** Sums of the k columns over all groups, the leading one of the residuals themselves left out. */
function sumOfGroups(groupSums: Float64Array, groups: ResidualGroups, k: number): Float64Array {
  const width = widthOf(groups, k);
  const out = new Float64Array(k);
  for (let at = width - k; at < groupSums.length; at += width) for (let j = 0; j < k; j++) out[j]! += groupSums[at + j]!;
  return out;
}

const widthOf = ({ constant }: ResidualGroups, k: number): number => k + (constant ? 1 : 0);
const tableSize = (groups: ResidualGroups, k: number): number => groups.count * 2 * Math.ceil(widthOf(groups, k) / 2);

/** Sums by group of the block in memory; centers and a table of sums stand at the places given, in doubles. */
function openGroupSums(
  { functions }: LoadedModule<ResidualVectors>,
  memory: Float64Array,
  groups: ResidualGroups,
  centers: Float64Array,
  centersAt: number,
  tableAt: number,
): { readonly add: (start: number, end: number, weighted: boolean) => void; readonly finish: () => Float64Array } {
  const { codes, count, constant } = groups;
  const k = centers.length;
  const width = widthOf(groups, k);
  const padded = width + (width & 1);
  const table = memory.subarray(tableAt, tableAt + count * padded).fill(0);
  memory.set([...(constant ? [0] : []), ...centers, 1], centersAt);
  const ones = RESIDUAL_MEMORY.ones / 8;
  const last = RESIDUAL_MEMORY.columns / 8 + k * GROUPED_COLUMN;
  for (const at of [ones, last]) memory.fill(1, at, at + RESIDUAL_ROWS);
  const integers = new Int32Array(memory.buffer, RESIDUAL_MEMORY.codes, RESIDUAL_ROWS);
  const columnsAt = constant ? RESIDUAL_MEMORY.ones : RESIDUAL_MEMORY.columns;
  return {
    add: (start, end, weighted) => {
      integers.set(codes.subarray(start, end));
      const multipliers = weighted ? RESIDUAL_MEMORY.weighted : RESIDUAL_MEMORY.residuals;
      for (let j = 0; j < padded; j += 2 * MOST_PAIRS) {
        const pairs: `pairs${number}` = `pairs${Math.min(MOST_PAIRS, (padded - j) / 2)}`;
        const own = columnsAt + 8 * j * GROUPED_COLUMN;
        functions[pairs]!(8 * (end - start), own, multipliers, RESIDUAL_MEMORY.codes, 8 * (centersAt + j), 8 * (tableAt + j), 8 * padded);
      }
    },
    finish: () => withoutPadding(table, count, width),
  };
}

/** `e -= sum of (x_j - c_j) b_j` for the columns j to j + 3: four columns a pass over `e`. */
function subtractFour(
  columns: readonly Float64Array[],
  centers: Float64Array,
  b: Float64Array,
  j: number,
  e: Float64Array,
  start: number,
  end: number,
): void {
  const [x0, x1, x2, x3] = [columns[j]!, columns[j + 1]!, columns[j + 2]!, columns[j + 3]!];
  const [c0, c1, c2, c3] = [centers[j]!, centers[j + 1]!, centers[j + 2]!, centers[j + 3]!];
  const [b0, b1, b2, b3] = [b[j]!, b[j + 1]!, b[j + 2]!, b[j + 3]!];
  for (let i = start; i < end; i++) e[i]! -= (x0[i]! - c0) * b0 + (x1[i]! - c1) * b1 + ((x2[i]! - c2) * b2 + (x3[i]! - c3) * b3);
}

function subtractMultiple(x: Float64Array, center: number, b: number, e: Float64Array, start: number, end: number): void {
  for (let i = start; i < end; i++) e[i]! -= (x[i]! - center) * b;
}

/** Adds `sum of (x_j - c_j) w` for the columns j to j + 3; `weighted` starts at row `shift`. */
function addFourDots(
  columns: readonly Float64Array[],
  centers: Float64Array,
  weighted: Float64Array,
  shift: number,
  j: number,
  start: number,
  end: number,
  gradient: Float64Array,
): void {
  const [x0, x1, x2, x3] = [columns[j]!, columns[j + 1]!, columns[j + 2]!, columns[j + 3]!];
  const [c0, c1, c2, c3] = [centers[j]!, centers[j + 1]!, centers[j + 2]!, centers[j + 3]!];
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  for (let i = start; i < end; i++) {
    const w = weighted[i - shift]!;
    s0 += (x0[i]! - c0) * w;
    s1 += (x1[i]! - c1) * w;
    s2 += (x2[i]! - c2) * w;
    s3 += (x3[i]! - c3) * w;
  }
  gradient[j]! += s0;
  gradient[j + 1]! += s1;
  gradient[j + 2]! += s2;
  gradient[j + 3]! += s3;
}

function weightedDot(x: Float64Array, center: number, weighted: Float64Array, shift: number, start: number, end: number): number {
  let [s0, s1] = [0, 0];
  let i = start;
  for (; i + 1 < end; i += 2) {
    s0 += (x[i]! - center) * weighted[i - shift]!;
    s1 += (x[i + 1]! - center) * weighted[i + 1 - shift]!;
  }
  if (i < end) s0 += (x[i]! - center) * weighted[i - shift]!;
  return s0 + s1;
}
