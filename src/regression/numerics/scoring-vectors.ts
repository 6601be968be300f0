import {
  add,
  addNumbers,
  advance,
  GROUPED_COLUMN,
  type GroupSumKernel,
  get,
  groupSumFunctions,
  half,
  I32,
  integer,
  type LoadedModule,
  lessThan,
  load,
  loadNumber,
  loadTwice,
  loadVectorModule,
  MOST_PAIRS,
  MOST_SUMS,
  minus,
  plus,
  repeat,
  set,
  store,
  storeNumber,
  times,
  V128,
  type VectorFunction,
  withoutPadding,
  zeros,
} from "../../moments/index.ts";
import type { EffectCells } from "./effect-cells.ts";
import { addCells, type ScoringSums, type WorkingRows } from "./scoring-arrays.ts";

/** Rows from which vectors are worth copying for, and most rows of a block. */
const WORTH_VECTORS = 2048;
const ROWS = 1024;

/** Places in the memory, in doubles: weights, scores and weighted regressors, regressors, ones, codes, centers of 0, then the tables. */
const REGRESSORS = 2 * MOST_PAIRS * GROUPED_COLUMN;
const ONES = 2 * REGRESSORS;
const CODES = ONES + GROUPED_COLUMN;
const CENTERS = CODES + GROUPED_COLUMN;
/** A center and a sum. */
const VALUES = CENTERS + 2 * MOST_PAIRS;
const TABLES = VALUES + 2;

interface ScoringVectors extends GroupSumKernel {
  /** Subtracts the center from a column of regressors in place and writes it weighted, the weights standing at 0; `bytes` is a multiple of 16. */
  readonly weighRegressor: (bytes: number, regressor: number, weighted: number, values: number) => void;
  /** Adds the product of two columns to a number. */
  readonly product: (bytes: number, a: number, b: number, sum: number) => void;
}

let loaded: LoadedModule<ScoringVectors> | undefined | "untried" = "untried";

/**
 * Fills the sums by vectors, rows added one by one.
 * @returns false where vectors are not to be had or do not suit.
 */
export function fillByVectors(
  effects: EffectCells,
  columns: readonly Float64Array[],
  centers: Float64Array,
  working: WorkingRows,
  sums: ScoringSums,
): boolean {
  const { unitCodes, otherCodes, rows } = effects;
  const { width, units, levels, products, scores, cells } = sums;
  const padded = width + (width & 1);
  const [unitTable, levelTable] = [(units.length / width) * padded, (levels.length / width) * padded];
  if (rows < WORTH_VECTORS || padded > 2 * MOST_PAIRS || unitTable + levelTable > MOST_SUMS) return false;
  if (loaded === "untried") loaded = loadVectorModule<ScoringVectors>([weighFunction(), productFunction(), ...groupSumFunctions()]);
  if (loaded === undefined) return false;
  const { functions } = loaded;
  const memory = loaded.memory(TABLES + unitTable + levelTable).fill(0, CENTERS, TABLES + unitTable + levelTable);
  const integers = new Int32Array(memory.buffer, 8 * CODES, ROWS);
  memory.fill(1, ONES, ONES + ROWS);
  for (let j = width; j < padded; j++) memory.fill(0, j * GROUPED_COLUMN, j * GROUPED_COLUMN + ROWS);
  const pairs: `pairs${number}` = `pairs${padded / 2}`;
  const at = (column: number): number => 8 * column * GROUPED_COLUMN;
  const regressorAt = (j: number): number => 8 * REGRESSORS + at(j);
  const dot = (bytes: number, a: number, b: number): number => {
    memory[VALUES + 1] = 0;
    functions.product(bytes, a, b, 8 * (VALUES + 1));
    return memory[VALUES + 1]!;
  };
  const rowCells = effects.rowCells();
  for (const array of [products, scores, cells]) array.fill(0);
  const [weight, score] = [memory.subarray(0, GROUPED_COLUMN), memory.subarray(GROUPED_COLUMN, 2 * GROUPED_COLUMN)];
  for (let start = 0; start < rows; start += ROWS) {
    const end = Math.min(rows, start + ROWS);
    const count = end - start;
    const bytes = 8 * (count + (count & 1));
    working(start, end, weight, score);
    addCells(weight, rowCells, start, end, cells);
    if (count % 2 === 1) for (const column of [0, 1]) memory[column * GROUPED_COLUMN + count] = 0; // a row that adds nothing
    for (let j = 0; j < columns.length; j++) {
      memory.set(columns[j]!.subarray(start, end), REGRESSORS + j * GROUPED_COLUMN);
      if (count % 2 === 1) memory[REGRESSORS + j * GROUPED_COLUMN + count] = centers[j]!;
      memory[VALUES] = centers[j]!;
      functions.weighRegressor(bytes, regressorAt(j), at(j + 2), 8 * VALUES);
      scores[j]! += dot(bytes, at(1), regressorAt(j));
      for (let other = 0; other <= j; other++) products[j * columns.length + other]! += dot(bytes, at(j + 2), regressorAt(other));
    }
    for (const [codes, table] of [
      [unitCodes, TABLES],
      [otherCodes[0]!, TABLES + unitTable],
    ] as const) {
      integers.set(codes.subarray(start, end));
      functions[pairs]!(8 * count, 0, 8 * ONES, 8 * CODES, 8 * CENTERS, 8 * table, 8 * padded);
    }
  }
  units.set(withoutPadding(memory.subarray(TABLES, TABLES + unitTable), units.length / width, width));
  levels.set(withoutPadding(memory.subarray(TABLES + unitTable, TABLES + unitTable + levelTable), levels.length / width, width));
  return true;
}

function weighFunction(): VectorFunction {
  const [BYTES, REGRESSOR, WEIGHTED, VALUES_AT, ROW, CENTER, VALUE] = [0, 1, 2, 3, 4, 5, 6];
  const row = [
    ...set(VALUE, minus(load(get(REGRESSOR)), get(CENTER))),
    ...store(get(REGRESSOR), get(VALUE)),
    ...store(get(WEIGHTED), times(load(get(ROW)), get(VALUE))),
    ...[...advance(REGRESSOR, integer(16)), ...advance(WEIGHTED, integer(16)), ...advance(ROW, integer(16))],
  ];
  return {
    name: "weighRegressor",
    parameters: [I32, I32, I32, I32],
    locals: [I32, V128, V128],
    body: [...set(CENTER, loadTwice(get(VALUES_AT))), ...repeat(row, lessThan(get(ROW), get(BYTES)))],
  };
}

function productFunction(): VectorFunction {
  const [END, A, B, OUT, SUM] = [0, 1, 2, 3, 4];
  return {
    name: "product",
    parameters: [I32, I32, I32, I32],
    locals: [V128],
    body: [
      ...[...set(SUM, zeros), ...set(END, add(get(A), get(END)))],
      ...repeat(
        [...set(SUM, plus(get(SUM), times(load(get(A)), load(get(B))))), ...advance(A, integer(16)), ...advance(B, integer(16))],
        lessThan(get(A), get(END)),
      ),
      ...storeNumber(get(OUT), addNumbers(loadNumber(get(OUT)), addNumbers(half(get(SUM), 0), half(get(SUM), 1)))),
    ],
  };
}
