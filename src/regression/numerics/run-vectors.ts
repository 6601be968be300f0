import {
  add,
  addNumbers,
  advance,
  divideNumbers,
  F64_ONE,
  type GroupSumKernel,
  get,
  groupSumFunctions,
  half,
  I32,
  integer,
  type LoadedModule,
  lessThan,
  load,
  loadInteger,
  loadNumber,
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
  storeNumber,
  subtract,
  times,
  twice,
  V128,
  type VectorFunction,
  when,
  zeros,
} from "../../moments/index.ts";

/** Rows of a block; a unit with more is left to the plain loops. */
export const RUN_ROWS = 2048;

const COLUMN = 8 * RUN_ROWS;
/**
 * Byte addresses: four columns, weights, level codes, offsets, four numbers a unit, unit weights, origins, squares, products, four numbers
 * a level. Where rows are regressed on each other, residuals and group codes stand in place of weights and unit weights;
 * `fit` holds three coefficients, sums of residuals and squares, three products, and centers, all 0.
 */
export const RUN_MEMORY: Readonly<
  Record<"weights" | "levels" | "offsets" | "units" | "unitWeights" | "origin" | "squares" | "products" | "fit" | "table", number>
> = {
  weights: 4 * COLUMN,
  levels: 5 * COLUMN,
  offsets: 6 * COLUMN,
  units: 7 * COLUMN,
  unitWeights: 11 * COLUMN,
  origin: 12 * COLUMN,
  squares: 12 * COLUMN + 32,
  products: 12 * COLUMN + 64,
  fit: 12 * COLUMN + 64 + 80,
  table: 12 * COLUMN + 64 + 80 + 96,
};

/** Kernels over blocks of whole units; `start` is the block's first row. Level numbers and squares are added to. */
export interface RunVectors extends GroupSumKernel {
  readonly sum: (units: number, start: number) => void;
  readonly sumWeighted: (units: number, start: number) => void;
  readonly subtract: (units: number, start: number) => void;
  /** Adds the products of the four columns, lower triangle, over so many bytes of rows, a multiple of 16. */
  readonly products: (bytes: number) => void;
  /** Residuals of the first column on the others with the coefficients of `fit`, and their sums and products, added to it. */
  readonly residuals: (bytes: number) => void;
}

let loaded: LoadedModule<RunVectors> | undefined | "untried" = "untried";

/** The kernels, or `undefined` where vectors are not to be had. */
export function runVectors(): LoadedModule<RunVectors> | undefined {
  if (loaded === "untried") {
    const own = [sumFunction(false), sumFunction(true), subtractFunction(), productsFunction(), residualsFunction()];
    loaded = loadVectorModule<RunVectors>([...own, ...groupSumFunctions(2, COLUMN)]);
  }
  return loaded;
}

/** Locals: parameters, addresses of the unit's numbers, offsets and weight, of rows, level codes and a level; then vectors. */
const [UNITS, START, UNIT, UNIT_END, OFFSET, UNIT_WEIGHT, ROW, FIRST, STOP, CODE, LEVEL] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
const [O0, O2, S0, S2, Q0, Q2, D0, D2, W] = [11, 12, 13, 14, 15, 16, 17, 18, 19];
const LOCALS = [...new Array<number>(9).fill(I32), ...new Array<number>(9).fill(V128)];

/** Each pair of columns with its vectors: origin, sum, squares, deviation; the offset of its columns and of its half of four numbers. */
const PAIRS = [
  { origin: O0, sum: S0, square: Q0, value: D0, column: 0, at: 0 },
  { origin: O2, sum: S2, square: Q2, value: D2, column: 2 * COLUMN, at: 16 },
] as const;

const pairAt = (column: number): number[] => loadPair(get(ROW), column, column + COLUMN);
const { weights: WEIGHTS, levels, offsets, units, unitWeights, origin, squares, products, fit, table } = RUN_MEMORY;

const open = (): number[] => [
  ...PAIRS.flatMap((pair) => set(pair.origin, load(integer(origin), pair.at))),
  ...[...set(UNIT, integer(units)), ...set(UNIT_END, add(integer(units), shiftLeft(get(UNITS), 5)))],
  ...[...set(OFFSET, integer(offsets)), ...set(UNIT_WEIGHT, integer(unitWeights)), ...set(CODE, integer(levels))],
];
const rowsOfUnit = (): number[] => set(STOP, shiftLeft(subtract(loadInteger(get(OFFSET), 4), get(START)), 3));
const eachRow = (body: readonly number[]): number[] => {
  const more = lessThan(get(ROW), get(STOP));
  return when(more, repeat([...body, ...advance(ROW, integer(8))], more));
};
const nextUnit = (): number[] => [...[...advance(UNIT, integer(32)), ...advance(OFFSET, integer(4)), ...advance(UNIT_WEIGHT, integer(8))]];
const findLevel = (): number[] => [...set(LEVEL, add(integer(table), shiftLeft(loadInteger(get(CODE)), 5))), ...advance(CODE, integer(4))];

/** Sums by unit around the origins, then by level around the unit's means. */
function sumFunction(weighted: boolean): VectorFunction {
  const weigh = (value: readonly number[]): readonly number[] => (weighted ? times(get(W), value) : value);
  const readWeight = weighted ? set(W, loadTwice(get(ROW), WEIGHTS)) : [];
  const first = [
    ...readWeight,
    ...PAIRS.flatMap((pair) => set(pair.sum, plus(get(pair.sum), weigh(minus(pairAt(pair.column), get(pair.origin)))))),
  ];
  const second = [
    ...readWeight,
    ...findLevel(),
    ...PAIRS.flatMap(({ value, column, sum, square, at }) => [
      ...set(value, minus(pairAt(column), get(sum))),
      ...set(square, plus(get(square), times(weigh(get(value)), get(value)))),
      ...store(get(LEVEL), plus(load(get(LEVEL), at), weigh(get(value))), at),
    ]),
  ];
  const unit = [
    ...[...rowsOfUnit(), ...set(FIRST, get(ROW))],
    ...PAIRS.flatMap(({ sum }) => set(sum, minus(get(sum), get(sum)))),
    ...eachRow(first),
    ...PAIRS.flatMap(({ sum, at }) => store(get(UNIT), get(sum), at)),
    ...set(W, twice(divideNumbers(F64_ONE, loadNumber(get(UNIT_WEIGHT))))),
    ...PAIRS.flatMap((pair) => set(pair.sum, plus(get(pair.origin), times(get(pair.sum), get(W))))),
    ...set(ROW, get(FIRST)),
    ...eachRow(second),
    ...nextUnit(),
  ];
  return {
    name: weighted ? "sumWeighted" : "sum",
    parameters: [I32, I32],
    locals: LOCALS,
    body: [
      ...open(),
      ...PAIRS.flatMap(({ square, at }) => set(square, load(integer(squares), at))),
      ...repeat(unit, lessThan(get(UNIT), get(UNIT_END))),
      ...PAIRS.flatMap(({ square, at }) => store(integer(squares), get(square), at)),
    ],
  };
}

/** Subtracts origin and coefficients, in place. */
function subtractFunction(): VectorFunction {
  const row = [
    ...findLevel(),
    ...PAIRS.flatMap(({ value, column, sum, at }) => [
      ...set(value, minus(minus(pairAt(column), get(sum)), load(get(LEVEL), at))),
      ...[...storeHalf(get(ROW), get(value), 0, column), ...storeHalf(get(ROW), get(value), 1, column + COLUMN)],
    ]),
  ];
  const unit = [
    ...rowsOfUnit(),
    ...PAIRS.flatMap((pair) => set(pair.sum, plus(get(pair.origin), load(get(UNIT), pair.at)))),
    ...eachRow(row),
    ...nextUnit(),
  ];
  return {
    name: "subtract",
    parameters: [I32, I32],
    locals: LOCALS,
    body: [...open(), ...repeat(unit, lessThan(get(UNIT), get(UNIT_END)))],
  };
}

/** Products of two rows at a time. */
function productsFunction(): VectorFunction {
  const [BYTES, AT] = [0, 1];
  const x = (column: number): number => 2 + column;
  const cells = [0, 1, 2, 3]
    .flatMap((a) => [0, 1, 2, 3].filter((b) => b <= a).map((b) => ({ a, b })))
    .map((cell, c) => ({ ...cell, c, sum: 6 + c }));
  const row = [
    ...[0, 1, 2, 3].flatMap((column) => set(x(column), load(get(AT), column * COLUMN))),
    ...cells.flatMap(({ a, b, sum }) => set(sum, plus(get(sum), times(get(x(a)), get(x(b)))))),
    ...advance(AT, integer(16)),
  ];
  return {
    name: "products",
    parameters: [I32],
    locals: [I32, ...new Array<number>(14).fill(V128)],
    body: [
      ...cells.flatMap(({ sum }) => set(sum, zeros)),
      ...repeat(row, lessThan(get(AT), get(BYTES))),
      ...cells.flatMap(({ c, sum }) => {
        const address = integer(products + 8 * c);
        return storeNumber(address, addNumbers(loadNumber(address), addNumbers(half(get(sum), 0), half(get(sum), 1))));
      }),
    ],
  };
}

/** `e = x0 - b1 x1 - b2 x2 - b3 x3`, two rows at a time. */
function residualsFunction(): VectorFunction {
  const [BYTES, AT, E, SUM, SQUARE] = [0, 1, 2, 3, 4];
  const others = [1, 2, 3].map((column, c) => ({ column, x: 5 + c, b: 8 + c, gradient: 11 + c, at: 8 * c }));
  const row = [
    ...set(E, load(get(AT))),
    ...others.flatMap(({ column, x, b }) => [...set(x, load(get(AT), column * COLUMN)), ...set(E, minus(get(E), times(get(x), get(b))))]),
    ...[...store(get(AT), get(E), WEIGHTS), ...set(SUM, plus(get(SUM), get(E))), ...set(SQUARE, plus(get(SQUARE), times(get(E), get(E))))],
    ...others.flatMap(({ x, gradient }) => set(gradient, plus(get(gradient), times(get(x), get(E))))),
    ...advance(AT, integer(16)),
  ];
  const sums = [SUM, SQUARE, ...others.map(({ gradient }) => gradient)];
  return {
    name: "residuals",
    parameters: [I32],
    locals: [I32, ...new Array<number>(12).fill(V128)],
    body: [
      ...sums.flatMap((sum) => set(sum, zeros)),
      ...others.flatMap(({ b, at }) => set(b, loadTwice(integer(fit), at))),
      ...repeat(row, lessThan(get(AT), get(BYTES))),
      ...sums.flatMap((sum, p) => {
        const address = integer(fit + 24 + 8 * p);
        return storeNumber(address, addNumbers(loadNumber(address), addNumbers(half(get(sum), 0), half(get(sum), 1))));
      }),
    ],
  };
}
