import {
  add,
  addNumbers,
  advance,
  atMost,
  get,
  half,
  I32,
  integer,
  lessThan,
  load,
  loadNumber,
  loadTwice,
  loadVectorModule,
  minus,
  multiply,
  plus,
  repeat,
  set,
  store,
  storeNumber,
  times,
  V128,
  type VectorFunction,
  zeros,
} from "./vector-module.ts";

/**
 * `gram(block, stride, bytes, width, out)`: the loop of `addTiles` with two rows at a time in one register, as a WebAssembly module of a
 * few hundred bytes. Its sums are those of the plain loop bit for bit, in half the time.
 */
export interface GramKernel {
  /** Memory that the kernel reads and writes, at least so many doubles; views of earlier calls are void when it has grown. */
  memory(doubles: number): Float64Array;
  /** Byte addresses and lengths; `bytes` is a multiple of 16, `width` even. */
  readonly gram: (block: number, stride: number, bytes: number, width: number, out: number) => void;
  /** Subtracts centers in place: `values` holds the center of each column and receives the sum of the result. */
  readonly centre: (block: number, stride: number, bytes: number, width: number, values: number) => void;
  /** As `centre`, the result multiplied by the factors (one a row) and, for the sum, by them once more. */
  readonly weigh: (block: number, stride: number, bytes: number, width: number, values: number, factors: number) => void;
}

/** The kernel, or `undefined` where WebAssembly or its vectors are missing or forbidden. */
export function loadGramKernel(): GramKernel | undefined {
  const loaded = loadVectorModule<Omit<GramKernel, "memory">>([gramFunction(), centreFunction(false), centreFunction(true)]);
  return loaded === undefined ? undefined : { ...loaded.functions, memory: loaded.memory };
}

/** Locals of the function, parameters first. */
const [BLOCK, STRIDE, BYTES, WIDTH, OUT] = [0, 1, 2, 3, 4];
const [A, B, A_END, ROW, TARGET, ROW_BYTES, X, Y, STOP] = [5, 6, 7, 8, 9, 10, 11, 12, 13];
const [S00, S01, S10, S11, X0, X1, Y0, Y1] = [14, 15, 16, 17, 18, 19, 20, 21];

function gramFunction(): VectorFunction {
  const sums = [
    [S00, X0, Y0],
    [S01, X0, Y1],
    [S10, X1, Y0],
    [S11, X1, Y1],
  ] as const;
  const rows = repeat(
    [
      ...set(X0, load(get(X))),
      ...set(X1, load(add(get(X), get(STRIDE)))),
      ...set(Y0, load(get(Y))),
      ...set(Y1, load(add(get(Y), get(STRIDE)))),
      ...sums.flatMap(([s, x, y]) => set(s, plus(get(s), times(get(x), get(y))))),
      ...[...advance(X, integer(16)), ...advance(Y, integer(16))],
    ],
    lessThan(get(X), get(STOP)),
  );
  const below = add(get(TARGET), get(ROW_BYTES));
  const addTo = (address: number[], s: number): number[] =>
    storeNumber(address, addNumbers(loadNumber(address), addNumbers(half(get(s), 0), half(get(s), 1))));
  const tiles = repeat(
    [
      ...sums.flatMap(([s]) => set(s, zeros)),
      ...[...set(X, get(A)), ...set(Y, get(B)), ...set(STOP, add(get(A), get(BYTES)))],
      ...rows,
      ...[...addTo(get(TARGET), S00), ...addTo(add(get(TARGET), integer(8)), S01)],
      ...[...addTo(below, S10), ...addTo(add(below, integer(8)), S11)],
      ...[...advance(B, add(get(STRIDE), get(STRIDE))), ...advance(TARGET, integer(16))],
    ],
    atMost(get(B), get(A)),
  );
  return {
    name: "gram",
    parameters: [I32, I32, I32, I32, I32],
    locals: [...new Array<number>(9).fill(I32), ...new Array<number>(8).fill(V128)],
    body: [
      ...[...set(A, get(BLOCK)), ...set(ROW, get(OUT)), ...set(ROW_BYTES, multiply(get(WIDTH), integer(8)))],
      ...set(A_END, add(get(BLOCK), multiply(get(WIDTH), get(STRIDE)))),
      ...repeat(
        [
          ...[...set(B, get(BLOCK)), ...set(TARGET, get(ROW))],
          ...tiles,
          ...[...advance(A, add(get(STRIDE), get(STRIDE))), ...advance(ROW, add(get(ROW_BYTES), get(ROW_BYTES)))],
        ],
        lessThan(get(A), get(A_END)),
      ),
    ],
  };
}

/** Column by column, two rows at a time; at least one column and two rows. */
function centreFunction(weighted: boolean): VectorFunction {
  const first = weighted ? 6 : 5;
  const [COLUMNS, POINT, END, FACTOR, LEFT] = [3, first, first + 1, first + 2, first + 3];
  const [VALUES, FACTORS] = [4, 5];
  const [CENTER, SUM, VALUE, ROOT] = [first + 4, first + 5, first + 6, first + 7];
  const weigh = [...set(ROOT, load(get(FACTOR))), ...set(VALUE, times(get(VALUE), get(ROOT))), ...advance(FACTOR, integer(16))];
  const row = [
    ...set(VALUE, minus(load(get(POINT)), get(CENTER))),
    ...(weighted ? weigh : []),
    ...store(get(POINT), get(VALUE)),
    ...set(SUM, plus(get(SUM), weighted ? times(get(ROOT), get(VALUE)) : get(VALUE))),
    ...advance(POINT, integer(16)),
  ];
  const column = [
    ...[...set(CENTER, loadTwice(get(VALUES))), ...set(SUM, zeros)],
    ...[...set(POINT, get(BLOCK)), ...set(END, add(get(BLOCK), get(BYTES)))],
    ...(weighted ? set(FACTOR, get(FACTORS)) : []),
    ...repeat(row, lessThan(get(POINT), get(END))),
    ...storeNumber(add(get(VALUES), integer(8)), addNumbers(half(get(SUM), 0), half(get(SUM), 1))),
    ...[...advance(BLOCK, get(STRIDE)), ...advance(VALUES, integer(16)), ...advance(LEFT, integer(1))],
  ];
  return {
    name: weighted ? "weigh" : "centre",
    parameters: new Array<number>(first).fill(I32),
    locals: [...new Array<number>(4).fill(I32), ...new Array<number>(4).fill(V128)],
    body: repeat(column, lessThan(get(LEFT), get(COLUMNS))),
  };
}
