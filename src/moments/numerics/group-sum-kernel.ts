import { COPIED_ROWS } from "./block-gram.ts";
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
  multiply,
  plus,
  repeat,
  set,
  store,
  times,
  V128,
  type VectorFunction,
} from "./vector-module.ts";

/** Most pairs of columns that are summed at once. */
export const MOST_PAIRS = 8;

/** Doubles between columns: not a power of two, so that they do not share lines of the cache. */
export const GROUPED_COLUMN: number = COPIED_ROWS + 8;
const COLUMN = 8 * GROUPED_COLUMN;

/** Byte addresses of what a kernel reads and adds to. */
export type GroupSumArguments = [
  /** Eight times the rows, at least one. */
  bytes: number,
  columns: number,
  /** u, one a row. */
  multipliers: number,
  codes: number,
  /** One for each column. */
  centers: number,
  /** Sums of group 0, and bytes from one group to the next. */
  sums: number,
  groupBytes: number,
];

/** `pairsP`: adds `u (x_j - c_j)` of 2P columns to the sums of each row's group. */
export type GroupSumKernel = Readonly<Record<`pairs${number}`, (...at: GroupSumArguments) => void>>;

/** The functions of a module for up to so many pairs of columns, which stand `column` bytes apart. */
export function groupSumFunctions(most: number = MOST_PAIRS, column: number = COLUMN): readonly VectorFunction[] {
  return Array.from({ length: most }, (_, p) => pairsFunction(p + 1, column));
}

let loaded: LoadedModule<GroupSumKernel> | undefined | "untried" = "untried";

/** The kernels, or `undefined` where vectors are not to be had. */
export function groupSumKernel(): LoadedModule<GroupSumKernel> | undefined {
  if (loaded === "untried") loaded = loadVectorModule<GroupSumKernel>(groupSumFunctions());
  return loaded;
}

function pairsFunction(pairs: number, column: number): VectorFunction {
  const [END, ROW, MULTIPLIER, CODE, CENTERS, SUMS, GROUP_BYTES, TARGET, U, FIRST] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
  const each = Array.from({ length: pairs }, (_, p) => ({ center: FIRST + p, at: 16 * p, first: 2 * p * column }));
  const row = [
    ...set(TARGET, add(get(SUMS), multiply(loadInteger(get(CODE)), get(GROUP_BYTES)))),
    ...set(U, loadTwice(get(MULTIPLIER))),
    ...each.flatMap(({ center, at, first }) => {
      const value = times(minus(loadPair(get(ROW), first, first + column), get(center)), get(U));
      return store(get(TARGET), plus(load(get(TARGET), at), value), at);
    }),
    ...[...advance(ROW, integer(8)), ...advance(MULTIPLIER, integer(8)), ...advance(CODE, integer(4))],
  ];
  return {
    name: `pairs${pairs}`,
    parameters: new Array<number>(7).fill(I32),
    locals: [I32, V128, ...new Array<number>(pairs).fill(V128)],
    body: [
      ...each.flatMap(({ center, at }) => set(center, load(get(CENTERS), at))),
      ...advance(END, get(ROW)),
      ...repeat(row, lessThan(get(ROW), get(END))),
    ],
  };
}
