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
  loadTwice,
  loadVectorModule,
  minus,
  plus,
  repeat,
  set,
  shiftLeft,
  store,
  subtract,
  times,
  V128,
  type VectorFunction,
  when,
} from "../../moments/index.ts";

/** Cells, and units, of a block. */
export const BLOCK_CELLS = 1024;

/** Byte addresses: levels of the cells, their weights, offsets, reciprocal weights and four numbers of each unit, tables. */
export const CELL_MEMORY: Readonly<Record<"codes" | "weights" | "offsets" | "scales" | "units" | "tables", number>> = {
  codes: 0,
  weights: 4 * BLOCK_CELLS,
  offsets: 12 * BLOCK_CELLS,
  scales: 17 * BLOCK_CELLS,
  units: 25 * BLOCK_CELLS,
  tables: 57 * BLOCK_CELLS,
};

/** Kernels over the units of a block; `start` is its first cell, `table` an address with four numbers a level. */
export interface CellVectors {
  /** Sums of a table over each unit's cells. */
  readonly gather: (units: number, start: number, table: number) => void;
  readonly gatherWeighted: (units: number, start: number, table: number) => void;
  /** Subtracts each unit's numbers over its weight from the table at all its cells. */
  readonly scatter: (units: number, start: number, table: number) => void;
  readonly scatterWeighted: (units: number, start: number, table: number) => void;
}

let loaded: LoadedModule<CellVectors> | undefined | "untried" = "untried";

/** The kernels, or `undefined` where vectors are not to be had. */
export function cellVectors(): LoadedModule<CellVectors> | undefined {
  if (loaded === "untried") loaded = loadVectorModule<CellVectors>([gather(false), gather(true), scatter(false), scatter(true)]);
  return loaded;
}

/** Locals: parameters; addresses of a unit's numbers, offset and scale, of a cell's level, its weight and the level's numbers; vectors. */
const [UNITS, START, TABLE, UNIT, UNIT_END, OFFSET, SCALE, CODE, WEIGHT, LEVEL, STOP] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
const [V0, V2, W] = [11, 12, 13];
const HALVES = [
  { value: V0, at: 0 },
  { value: V2, at: 16 },
] as const;

function overUnits(name: keyof CellVectors, before: readonly number[], cell: readonly number[], after: readonly number[]): VectorFunction {
  const more = lessThan(get(CODE), get(STOP));
  const find = set(LEVEL, add(get(TABLE), shiftLeft(loadInteger(get(CODE)), 5)));
  const unit = [
    ...set(STOP, shiftLeft(subtract(loadInteger(get(OFFSET), 4), get(START)), 2)),
    ...before,
    ...when(more, repeat([...find, ...cell, ...advance(CODE, integer(4)), ...advance(WEIGHT, integer(8))], more)),
    ...after,
    ...[...advance(UNIT, integer(32)), ...advance(OFFSET, integer(4)), ...advance(SCALE, integer(8))],
  ];
  return {
    name,
    parameters: [I32, I32, I32],
    locals: [...new Array<number>(8).fill(I32), ...new Array<number>(3).fill(V128)],
    body: [
      ...[...set(UNIT, integer(CELL_MEMORY.units)), ...set(UNIT_END, add(integer(CELL_MEMORY.units), shiftLeft(get(UNITS), 5)))],
      ...[...set(OFFSET, integer(CELL_MEMORY.offsets)), ...set(SCALE, integer(CELL_MEMORY.scales))],
      ...[...set(CODE, integer(CELL_MEMORY.codes)), ...set(WEIGHT, integer(CELL_MEMORY.weights))],
      ...repeat(unit, lessThan(get(UNIT), get(UNIT_END))),
    ],
  };
}

const readWeight = (weighted: boolean): number[] => (weighted ? set(W, loadTwice(get(WEIGHT))) : []);
const weigh = (weighted: boolean, value: readonly number[]): readonly number[] => (weighted ? times(get(W), value) : value);

function gather(weighted: boolean): VectorFunction {
  return overUnits(
    weighted ? "gatherWeighted" : "gather",
    HALVES.flatMap(({ value }) => set(value, minus(get(value), get(value)))),
    [...readWeight(weighted), ...HALVES.flatMap(({ value, at }) => set(value, plus(get(value), weigh(weighted, load(get(LEVEL), at)))))],
    HALVES.flatMap(({ value, at }) => store(get(UNIT), get(value), at)),
  );
}

function scatter(weighted: boolean): VectorFunction {
  return overUnits(
    weighted ? "scatterWeighted" : "scatter",
    [...set(W, loadTwice(get(SCALE))), ...HALVES.flatMap(({ value, at }) => set(value, times(load(get(UNIT), at), get(W))))],
    [
      ...readWeight(weighted),
      ...HALVES.flatMap(({ value, at }) => store(get(LEVEL), minus(load(get(LEVEL), at), weigh(weighted, get(value))), at)),
    ],
    [],
  );
}
