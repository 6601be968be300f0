import {
  add,
  addNumbers,
  advance,
  atMost,
  F64,
  get,
  half,
  I32,
  integer,
  type LoadedModule,
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
  shiftLeft,
  store,
  storeNumber,
  subtract,
  times,
  twice,
  V128,
  type VectorFunction,
  when,
  zeros,
} from "../../moments/index.ts";
import { BLOCK } from "./block-size.ts";

/** Passes over columns of one block; arguments are places in a memory: of doubles in `BlockKernels`, of bytes in the vector module. */
export interface BlockFunctions {
  /** `out_k = base_k + sum over a of coefficients[k * count + a] column_a`, k below `outputs`. */
  readonly linear: (out: number, base: number, columns: number, coefficients: number, count: number, outputs: number) => void;
  /** `out[a * count + k] += sum v x_a column_k`, a below p; `product` is a column of scratch. */
  readonly moments: (v: number, x: number, p: number, columns: number, count: number, product: number, out: number) => void;
  /** `out = slope (late - early) + centre mean + propensity index`. */
  readonly influence: (
    out: number,
    slope: number,
    centre: number,
    propensity: number,
    late: number,
    early: number,
    index: number,
    mean: number,
  ) => void;
  /**
   * `out[a * width + b] += sum column_a column_b` for `b <= a < count`, and more above the diagonal. The columns after the last in use are
   * read up to a multiple of four and need finite numbers; `width` is such a multiple.
   */
  readonly products: (block: number, count: number, width: number, out: number) => void;
}

/** The kernels with a memory of their own, or `undefined` where vectors are not to be had. */
export function blockVectors(): LoadedModule<BlockFunctions> | undefined {
  return loadVectorModule<BlockFunctions>([linearFunction(), momentsFunction(), influenceFunction(), productsFunction()]);
}

const COLUMN = 8 * BLOCK;
const integers = (count: number): number[] => new Array<number>(count).fill(I32);
const vectors = (count: number): number[] => new Array<number>(count).fill(V128);
/** `out[0] +=` both halves of a sum. */
const addTo = (address: readonly number[], sum: number): number[] =>
  storeNumber(address, addNumbers(loadNumber(address), addNumbers(half(get(sum), 0), half(get(sum), 1))));

/** Eight rows at a time: `out = base + sum of coefficient times column`, output by output. */
function linearFunction(): VectorFunction {
  const [OUT, BASE, COLUMNS, COEFFICIENTS, COUNT, OUTPUTS, ROW, AT, C, END] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
  const B = 14;
  const sums = [0, 1, 2, 3].map((k) => ({ sum: 10 + k, offset: 16 * k }));
  const terms = repeat(
    [
      ...set(B, loadTwice(get(C))),
      ...sums.flatMap(({ sum, offset }) => set(sum, plus(get(sum), times(load(get(AT), offset), get(B))))),
      ...[...advance(C, integer(8)), ...advance(AT, integer(COLUMN))],
    ],
    lessThan(get(C), get(END)),
  );
  const rows = repeat(
    [
      ...sums.flatMap(({ sum, offset }) => set(sum, load(add(get(BASE), get(ROW)), offset))),
      ...[...set(AT, add(get(COLUMNS), get(ROW))), ...set(C, get(COEFFICIENTS)), ...set(END, add(get(C), shiftLeft(get(COUNT), 3)))],
      ...terms,
      ...sums.flatMap(({ sum, offset }) => store(add(get(OUT), get(ROW)), get(sum), offset)),
      ...advance(ROW, integer(64)),
    ],
    lessThan(get(ROW), integer(COLUMN)),
  );
  const output = [
    ...[...set(ROW, integer(0)), ...rows, ...advance(OUT, integer(COLUMN)), ...advance(BASE, integer(COLUMN))],
    ...[...advance(COEFFICIENTS, shiftLeft(get(COUNT), 3)), ...set(OUTPUTS, subtract(get(OUTPUTS), integer(1)))],
  ];
  const more = lessThan(integer(0), get(OUTPUTS));
  return { name: "linear", parameters: integers(6), locals: [...integers(4), ...vectors(5)], body: when(more, repeat(output, more)) };
}

/** For each of p columns `product = v x_a`, then its sums with all columns, four at a time. */
function momentsFunction(): VectorFunction {
  const [V, X, P, COLUMNS, COUNT, PRODUCT, OUT, ROW, AT, LEFT, STOP] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
  const A = 15;
  const sums = [0, 1, 2, 3].map((k) => ({ sum: 11 + k, offset: COLUMN * k, out: 8 * k }));
  const dots = (own: typeof sums): number[] => [
    ...own.flatMap(({ sum }) => set(sum, zeros)),
    ...[...set(ROW, get(PRODUCT)), ...set(STOP, add(get(ROW), integer(COLUMN)))],
    ...repeat(
      [
        ...set(A, load(get(ROW))),
        ...own.flatMap(({ sum, offset }) => set(sum, plus(get(sum), times(get(A), load(get(AT), offset))))),
        ...[...advance(ROW, integer(16)), ...advance(AT, integer(16))],
      ],
      lessThan(get(ROW), get(STOP)),
    ),
    ...own.flatMap(({ sum, out }) => addTo(add(get(OUT), integer(out)), sum)),
    ...[...advance(AT, integer(COLUMN * (own.length - 1))), ...advance(OUT, integer(8 * own.length))],
    ...set(LEFT, subtract(get(LEFT), integer(own.length))),
  ];
  const [four, one] = [lessThan(integer(3), get(LEFT)), lessThan(integer(0), get(LEFT))];
  const column = [
    ...set(ROW, integer(0)),
    ...repeat(
      [
        ...store(add(get(PRODUCT), get(ROW)), times(load(add(get(V), get(ROW))), load(add(get(X), get(ROW))))),
        ...advance(ROW, integer(16)),
      ],
      lessThan(get(ROW), integer(COLUMN)),
    ),
    ...[...set(AT, get(COLUMNS)), ...set(LEFT, get(COUNT))],
    ...[...when(four, repeat(dots(sums), four)), ...when(one, repeat(dots(sums.slice(0, 1)), one))],
    ...[...advance(X, integer(COLUMN)), ...set(P, subtract(get(P), integer(1)))],
  ];
  const more = lessThan(integer(0), get(P));
  return { name: "moments", parameters: integers(7), locals: [...integers(4), ...vectors(5)], body: when(more, repeat(column, more)) };
}

/** `slope (late - early) + centre mean + propensity index`. */
function influenceFunction(): VectorFunction {
  const [OUT, SLOPE, CENTRE, PROPENSITY, LATE, EARLY, INDEX, MEAN, STOP, M] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
  const read = [SLOPE, CENTRE, PROPENSITY, LATE, EARLY, INDEX];
  const change = times(load(get(SLOPE)), minus(load(get(LATE)), load(get(EARLY))));
  const value = plus(plus(change, times(load(get(CENTRE)), get(M))), times(load(get(PROPENSITY)), load(get(INDEX))));
  return {
    name: "influence",
    parameters: [...integers(7), F64],
    locals: [I32, V128],
    body: [
      ...[...set(STOP, add(get(OUT), integer(COLUMN))), ...set(M, twice(get(MEAN)))],
      ...repeat(
        [...store(get(OUT), value), ...[OUT, ...read].flatMap((local) => advance(local, integer(16)))],
        lessThan(get(OUT), get(STOP)),
      ),
    ],
  };
}

/** Tiles of two by four columns, lower triangle. */
function productsFunction(): VectorFunction {
  const [BLOCK_AT, COUNT, WIDTH, OUT, A, B, A_END, ROW, TARGET, X, Y, STOP, BELOW] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
  const [X0, X1, Y0] = [13, 14, 15];
  const tile = [0, 1, 2, 3].map((k) => ({ top: 16 + k, bottom: 20 + k, offset: COLUMN * k, out: 8 * k }));
  const rows = repeat(
    [
      ...[...set(X0, load(get(X))), ...set(X1, load(get(X), COLUMN))],
      ...tile.flatMap(({ top, bottom, offset }) => [
        ...set(Y0, load(get(Y), offset)),
        ...set(top, plus(get(top), times(get(X0), get(Y0)))),
        ...set(bottom, plus(get(bottom), times(get(X1), get(Y0)))),
      ]),
      ...[...advance(X, integer(16)), ...advance(Y, integer(16))],
    ],
    lessThan(get(X), get(STOP)),
  );
  const tiles = repeat(
    [
      ...tile.flatMap(({ top, bottom }) => [...set(top, zeros), ...set(bottom, zeros)]),
      ...[...set(X, get(A)), ...set(Y, get(B)), ...set(STOP, add(get(A), integer(COLUMN)))],
      ...rows,
      ...set(BELOW, add(get(TARGET), shiftLeft(get(WIDTH), 3))),
      ...tile.flatMap(({ top, bottom, out }) => [
        ...addTo(add(get(TARGET), integer(out)), top),
        ...addTo(add(get(BELOW), integer(out)), bottom),
      ]),
      ...[...advance(B, integer(4 * COLUMN)), ...advance(TARGET, integer(32))],
    ],
    atMost(get(B), add(get(A), integer(COLUMN))),
  );
  const more = lessThan(get(A), get(A_END));
  return {
    name: "products",
    parameters: integers(4),
    locals: [...integers(9), ...vectors(11)],
    body: [
      ...[...set(A, get(BLOCK_AT)), ...set(ROW, get(OUT)), ...set(A_END, add(get(A), multiply(get(COUNT), integer(COLUMN))))],
      ...when(
        more,
        repeat(
          [
            ...[...set(B, get(BLOCK_AT)), ...set(TARGET, get(ROW)), ...tiles],
            ...[...advance(A, integer(2 * COLUMN)), ...advance(ROW, shiftLeft(get(WIDTH), 4))],
          ],
          more,
        ),
      ),
    ],
  };
}
