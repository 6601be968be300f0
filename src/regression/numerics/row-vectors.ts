import {
  add,
  advance,
  get,
  I32,
  integer,
  type LoadedModule,
  lessThan,
  load,
  loadInteger,
  loadPair,
  loadTwice,
  loadVectorModule,
  minus,
  plus,
  repeat,
  set,
  shiftLeft,
  store,
  storeHalf,
  times,
  V128,
  type VectorFunction,
} from "../../moments/index.ts";

/** Rows of a block. */
export const BLOCK_ROWS = 2048;

const COLUMN = 8 * BLOCK_ROWS;
/** Byte addresses: four columns, the same as a tile of four values a row, weights, codes, origins, squares, tables of four numbers a level. */
export const ROW_MEMORY: Readonly<Record<"tile" | "weights" | "codes" | "origin" | "squares" | "tables", number>> = {
  tile: 4 * COLUMN,
  weights: 8 * COLUMN,
  codes: 9 * COLUMN,
  origin: 10 * COLUMN,
  squares: 10 * COLUMN + 32,
  tables: 10 * COLUMN + 64,
};

/** Kernels over the first rows of a block; all take at least one row. */
export interface RowVectors {
  /** Fills the tile with the columns less the origins. */
  readonly open: (rows: number) => void;
  /** Adds the tile's squares. */
  readonly square: (rows: number) => void;
  /** Adds the tile's weighted squares, and multiplies the tile by the weights. */
  readonly weigh: (rows: number) => void;
  /** Adds the tile to a table, by code. */
  readonly give: (rows: number, table: number) => void;
  /** Subtracts a table from the tile, by code. */
  readonly take: (rows: number, table: number) => void;
  /** Fills the columns with the tile. */
  readonly close: (rows: number) => void;
}

let loaded: LoadedModule<RowVectors> | undefined | "untried" = "untried";

/** The kernels, or `undefined` where vectors are not to be had. */
export function rowVectors(): LoadedModule<RowVectors> | undefined {
  if (loaded === "untried") {
    const functions = [openFunction(), squareFunction(), weighFunction(), tableFunction("give"), tableFunction("take"), closeFunction()];
    loaded = loadVectorModule<RowVectors>(functions);
  }
  return loaded;
}

const { tile, weights, codes, origin, squares } = ROW_MEMORY;
/** Locals: parameters (`TABLE` only where there is one), then addresses of the row in a column, in the tile, of its code and level. */
const [ROWS, TABLE, ROW, AT, CODE, LEVEL, STOP] = [0, 1, 2, 3, 4, 5, 6];
const [A0, A2, Q0, Q2, W] = [7, 8, 9, 10, 11];
const HALVES = [
  { value: A0, square: Q0, column: 0, at: 0 },
  { value: A2, square: Q2, column: 2 * COLUMN, at: 16 },
] as const;

/** A function that runs `body` for each row, `before` and `after` around it. */
function overRows(name: keyof RowVectors, body: readonly number[], before: readonly number[], after: readonly number[]): VectorFunction {
  return {
    name,
    parameters: [I32, I32],
    locals: [...new Array<number>(5).fill(I32), ...new Array<number>(5).fill(V128)],
    body: [
      ...[...set(AT, integer(tile)), ...set(CODE, integer(codes)), ...set(STOP, shiftLeft(get(ROWS), 3))],
      ...before,
      ...repeat([...body, ...advance(ROW, integer(8)), ...advance(AT, integer(32))], lessThan(get(ROW), get(STOP))),
      ...after,
    ],
  };
}

const openFunction = (): VectorFunction =>
  overRows(
    "open",
    HALVES.flatMap(({ square, column, at }) => store(get(AT), minus(loadPair(get(ROW), column, column + COLUMN), get(square)), at)),
    HALVES.flatMap(({ square, at }) => set(square, load(integer(origin), at))),
    [],
  );

const closeFunction = (): VectorFunction =>
  overRows(
    "close",
    HALVES.flatMap(({ value, column, at }) => [
      ...set(value, load(get(AT), at)),
      ...[...storeHalf(get(ROW), get(value), 0, column), ...storeHalf(get(ROW), get(value), 1, column + COLUMN)],
    ]),
    [],
    [],
  );

const readSquares = (): number[] => HALVES.flatMap(({ square, at }) => set(square, load(integer(squares), at)));
const writeSquares = (): number[] => HALVES.flatMap(({ square, at }) => store(integer(squares), get(square), at));

const squareFunction = (): VectorFunction =>
  overRows(
    "square",
    HALVES.flatMap(({ value, square, at }) => [
      ...set(value, load(get(AT), at)),
      ...set(square, plus(get(square), times(get(value), get(value)))),
    ]),
    readSquares(),
    writeSquares(),
  );

const weighFunction = (): VectorFunction =>
  overRows(
    "weigh",
    [
      ...set(W, loadTwice(get(ROW), weights)),
      ...HALVES.flatMap(({ value, square, at }) => [
        ...set(value, times(get(W), load(get(AT), at))),
        ...set(square, plus(get(square), times(get(value), load(get(AT), at)))),
        ...store(get(AT), get(value), at),
      ]),
    ],
    readSquares(),
    writeSquares(),
  );

function tableFunction(name: "give" | "take"): VectorFunction {
  const find = [...set(LEVEL, add(get(TABLE), shiftLeft(loadInteger(get(CODE)), 5))), ...advance(CODE, integer(4))];
  const move = HALVES.flatMap(({ at }) =>
    name === "give"
      ? store(get(LEVEL), plus(load(get(LEVEL), at), load(get(AT), at)), at)
      : store(get(AT), minus(load(get(AT), at), load(get(LEVEL), at)), at),
  );
  return overRows(name, [...find, ...move], [], []);
}
