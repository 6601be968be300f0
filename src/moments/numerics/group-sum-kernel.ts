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

/** Bytes between columns: not a power of two, so that they do not share lines of the cache. */
const COLUMN = 8 * (COPIED_ROWS + 8);
/** Byte addresses: columns, multipliers, codes, a center for each column, then the sums. */
export const GROUP_MEMORY: Readonly<Record<"column" | "multipliers" | "codes" | "centers" | "sums", number>> = {
  column: COLUMN,
  multipliers: 2 * MOST_PAIRS * COLUMN,
  codes: (2 * MOST_PAIRS + 1) * COLUMN,
  centers: (2 * MOST_PAIRS + 2) * COLUMN,
  sums: (2 * MOST_PAIRS + 2) * COLUMN + 16 * MOST_PAIRS,
};

/**
 * `pairsP(bytes, sums, rowBytes)`: adds `u (x_j - c_j)` of 2P columns to the sums of each row's group, which stand at
 * `sums + rowBytes * code`; `bytes` is eight times the rows, at least one.
 */
export type GroupSumKernel = Readonly<Record<`pairs${number}`, (bytes: number, sums: number, rowBytes: number) => void>>;

let loaded: LoadedModule<GroupSumKernel> | undefined | "untried" = "untried";

/** The kernels, or `undefined` where vectors are not to be had. */
export function groupSumKernel(): LoadedModule<GroupSumKernel> | undefined {
  if (loaded === "untried") loaded = loadVectorModule<GroupSumKernel>(Array.from({ length: MOST_PAIRS }, (_, p) => pairsFunction(p + 1)));
  return loaded;
}

function pairsFunction(pairs: number): VectorFunction {
  const [BYTES, SUMS, ROW_BYTES, ROW, CODE, TARGET, U, FIRST] = [0, 1, 2, 3, 4, 5, 6, 7];
  const each = Array.from({ length: pairs }, (_, p) => ({ center: FIRST + p, at: 16 * p, first: 2 * p * COLUMN }));
  const row = [
    ...set(TARGET, add(get(SUMS), multiply(loadInteger(get(CODE), GROUP_MEMORY.codes), get(ROW_BYTES)))),
    ...set(U, loadTwice(get(ROW), GROUP_MEMORY.multipliers)),
    ...each.flatMap(({ center, at, first }) => {
      const value = times(minus(loadPair(get(ROW), first, first + COLUMN), get(center)), get(U));
      return store(get(TARGET), plus(load(get(TARGET), at), value), at);
    }),
    ...[...advance(ROW, integer(8)), ...advance(CODE, integer(4))],
  ];
  return {
    name: `pairs${pairs}`,
    parameters: [I32, I32, I32],
    locals: [I32, I32, I32, V128, ...new Array<number>(pairs).fill(V128)],
    body: [
      ...each.flatMap(({ center, at }) => set(center, load(integer(GROUP_MEMORY.centers), at))),
      ...repeat(row, lessThan(get(ROW), get(BYTES))),
    ],
  };
}
