import {
  add,
  advance,
  GROUPED_COLUMN,
  type GroupSumKernel,
  get,
  groupSumFunctions,
  I32,
  integer,
  type LoadedModule,
  lessThan,
  load,
  loadTwice,
  loadVectorModule,
  minus,
  plus,
  repeat,
  set,
  store,
  times,
  V128,
  type VectorFunction,
  when,
} from "../../moments/index.ts";

/** Most rows of a block; even. */
export const RESIDUAL_ROWS = 2048;

const COLUMN = 8 * GROUPED_COLUMN;
/** Byte addresses: residuals, weights, weighted residuals, group codes, two sums of two halves (residuals, their squares), ones, then columns. */
export const RESIDUAL_MEMORY: Readonly<Record<"residuals" | "weights" | "weighted" | "codes" | "sums" | "ones" | "columns", number>> = {
  residuals: 0,
  weights: COLUMN,
  weighted: 2 * COLUMN,
  codes: 3 * COLUMN,
  sums: 4 * COLUMN,
  ones: 4 * COLUMN + 32,
  columns: 5 * COLUMN + 32,
};

/** Kernels over a block; `bytes` is a multiple of 16. For each column `values` holds center, coefficient and two halves of a sum. */
export interface ResidualVectors extends GroupSumKernel {
  /** `e -= (x_j - c_j) b_j` for all columns. */
  readonly subtract: (bytes: number, columns: number, values: number) => void;
  /** Adds the weighted residuals and squares, and their products with the centred columns. */
  readonly sum: (bytes: number, columns: number, values: number) => void;
  readonly sumWeighted: (bytes: number, columns: number, values: number) => void;
}

let loaded: LoadedModule<ResidualVectors> | undefined | "untried" = "untried";

/** The kernels, or `undefined` where vectors are not to be had. */
export function residualVectors(): LoadedModule<ResidualVectors> | undefined {
  if (loaded === "untried")
    loaded = loadVectorModule<ResidualVectors>([subtractFunction(), sumFunction(false), sumFunction(true), ...groupSumFunctions()]);
  return loaded;
}

/** Locals: parameters; the row in the block, the column's start and the end of all, the row in the column; vectors. */
const [BYTES, COLUMNS, VALUES, ROW, START, END, AT] = [0, 1, 2, 3, 4, 5, 6];
const [C, B, S, Q, W, E] = [7, 8, 9, 10, 11, 12];
const LOCALS = [...new Array<number>(4).fill(I32), ...new Array<number>(6).fill(V128)];
const { residuals, weights, weighted, sums, columns } = RESIDUAL_MEMORY;

/** Runs `body` for each column, `inner` for each two rows of it. */
function overColumns(before: readonly number[], inner: readonly number[], after: readonly number[]): number[] {
  const more = lessThan(get(START), get(END));
  return [
    ...[...set(START, integer(columns)), ...set(END, add(get(START), [...get(COLUMNS), ...integer(COLUMN), 0x6c]))],
    ...when(
      more,
      repeat(
        [
          ...[...set(ROW, integer(0)), ...set(AT, get(START)), ...set(C, loadTwice(get(VALUES)))],
          ...before,
          ...repeat([...inner, ...advance(ROW, integer(16)), ...advance(AT, integer(16))], lessThan(get(ROW), get(BYTES))),
          ...after,
          ...[...advance(START, integer(COLUMN)), ...advance(VALUES, integer(32))],
        ],
        more,
      ),
    ),
  ];
}

function subtractFunction(): VectorFunction {
  const inner = store(get(ROW), minus(load(get(ROW), residuals), times(minus(load(get(AT)), get(C)), get(B))), residuals);
  return { name: "subtract", parameters: [I32, I32, I32], locals: LOCALS, body: overColumns(set(B, loadTwice(get(VALUES), 8)), inner, []) };
}

function sumFunction(withWeights: boolean): VectorFunction {
  const own = withWeights ? weighted : residuals;
  const rows = [
    ...set(E, load(get(ROW), residuals)),
    ...set(W, withWeights ? times(load(get(ROW), weights), get(E)) : get(E)),
    ...(withWeights ? store(get(ROW), get(W), weighted) : []),
    ...set(S, plus(get(S), get(W))),
    ...set(Q, plus(get(Q), times(get(W), get(E)))),
    ...advance(ROW, integer(16)),
  ];
  return {
    name: withWeights ? "sumWeighted" : "sum",
    parameters: [I32, I32, I32],
    locals: LOCALS,
    body: [
      ...[...set(S, load(integer(sums))), ...set(Q, load(integer(sums), 16))],
      ...repeat(rows, lessThan(get(ROW), get(BYTES))),
      ...[...store(integer(sums), get(S)), ...store(integer(sums), get(Q), 16)],
      ...overColumns(
        set(S, load(get(VALUES), 16)),
        set(S, plus(get(S), times(minus(load(get(AT)), get(C)), load(get(ROW), own)))),
        store(get(VALUES), get(S), 16),
      ),
    ],
  };
}
