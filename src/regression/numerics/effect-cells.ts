import { type GroupCodes, groupSizes } from "../../moments/index.ts";

/**
 * Several fixed effects as a table of cells. The effect with most levels ("units") is eliminated in closed form; the levels of all other
 * effects share one index 0 to `levelCount - 1`, effect after effect. A cell holds rows of one unit with the same other levels; cells
 * stand unit by unit.
 */
export interface EffectCells {
  readonly rows: number;
  /** Which effect the units are. */
  readonly unitEffect: number;
  readonly units: number;
  /** Unit of each row. */
  readonly unitCodes: Int32Array;
  /** The effects behind `levels`, in order, q of them. */
  readonly otherEffects: readonly number[];
  /** Level of each row in each of them, from 0. */
  readonly otherCodes: readonly Int32Array[];
  /** First index of each other effect; one more at the end. */
  readonly starts: Int32Array;
  readonly levelCount: number;
  /** Cells of unit u are `offsets[u]` to `offsets[u + 1]`. */
  readonly offsets: Int32Array;
  /** Level of cell c in the p-th other effect at `c * q + p`. */
  readonly levels: Int32Array;
  /** Rows of each cell; `undefined` where every cell is one row. */
  readonly counts: Float64Array | undefined;
  /** 1 where a unit has the cells of the unit before, each of one row. */
  readonly repeated: Uint8Array;
  /** Rows of unit u are `rowOffsets[u]` to `rowOffsets[u + 1]`, in the data where `ascending`, else after sorting by unit. */
  readonly rowOffsets: Int32Array;
  /** Whether the rows stand unit by unit. */
  readonly ascending: boolean;
  /** Cell of each row; `undefined` where cell i is row i. Made when first asked for. */
  readonly rowCells: () => Int32Array | undefined;
}

/** Puts rows into cells: a counting sort by unit (skipped when in order), repeated cells of a unit merged. */
export function collectCells(effects: readonly GroupCodes[]): EffectCells {
  const rows = effects[0]!.codes.length;
  let unitEffect = 0;
  for (let e = 1; e < effects.length; e++) if (effects[e]!.count > effects[unitEffect]!.count) unitEffect = e;
  const { codes: unitCodes, count: units, sizes } = effects[unitEffect]!;
  const otherEffects = effects.map((_, e) => e).filter((e) => e !== unitEffect);
  const q = otherEffects.length;
  const starts = new Int32Array(q + 1);
  otherEffects.forEach((e, p) => {
    starts[p + 1] = starts[p]! + effects[e]!.count;
  });
  const otherCodes = otherEffects.map((e) => effects[e]!.codes);
  const levelCount = starts[q]!;
  const { offsets: rowOffsets, ascending } = unitOffsets(unitCodes, units, sizes);
  const sorted = (): Int32Array => sortedLevels(unitCodes, otherCodes, starts, rowOffsets, ascending);
  const cells = cellsOf(rowOffsets, sorted, q, levelCount);
  let rowCells: Int32Array | undefined | "unknown" = ascending && cells.counts === undefined ? undefined : "unknown";
  return {
    rows,
    unitEffect,
    units,
    unitCodes,
    otherEffects,
    otherCodes,
    starts,
    levelCount,
    ...cells,
    rowOffsets,
    ascending,
    rowCells: () => {
      if (rowCells !== "unknown") return rowCells;
      const own = new Int32Array(rows);
      mergeCells(rowOffsets, sorted().slice(), q, levelCount, own);
      rowCells = ascending ? own : inRowOrder(own, unitCodes, rowOffsets);
      return rowCells;
    },
  };
}

/** Where each unit's rows start, and whether they stand unit by unit. */
function unitOffsets(
  codes: Int32Array,
  count: number,
  sizes: Int32Array | undefined,
): { readonly offsets: Int32Array; readonly ascending: boolean } {
  const offsets = new Int32Array(count + 1);
  const own = sizes ?? groupSizes({ codes, count });
  for (let g = 0; g < count; g++) offsets[g + 1] = offsets[g]! + own[g]!;
  let row = 1;
  while (row < codes.length && codes[row - 1]! <= codes[row]!) row++;
  return { offsets, ascending: row >= codes.length };
}

type Cells = Pick<EffectCells, "offsets" | "levels" | "counts" | "repeated">;

/** The cells; rows that are one cell each stay as they are. */
function cellsOf(rowOffsets: Int32Array, sorted: () => Int32Array, q: number, levelCount: number): Cells {
  const repeated = new Uint8Array(rowOffsets.length - 1);
  if (q === 0) return { offsets: rowOffsets, levels: new Int32Array(0), counts: undefined, repeated };
  const levels = sorted();
  if (markRepeated(rowOffsets, levels, q, levelCount, repeated)) return { offsets: rowOffsets, levels, counts: undefined, repeated };
  return mergeCells(rowOffsets, q === 1 ? levels.slice() : levels, q, levelCount, undefined);
}

/** Levels of the rows in order of unit, q a row; an effect's own codes where they are that. */
function sortedLevels(
  unitCodes: Int32Array,
  otherCodes: readonly Int32Array[],
  starts: Int32Array,
  offsets: Int32Array,
  ascending: boolean,
): Int32Array {
  const q = otherCodes.length;
  if (q === 1 && ascending) return otherCodes[0]!;
  const levels = new Int32Array(unitCodes.length * q);
  otherCodes.forEach((codes, p) => {
    const start = starts[p]!;
    if (ascending) {
      for (let i = 0; i < codes.length; i++) levels[i * q + p] = start + codes[i]!;
      return;
    }
    const next = offsets.slice();
    for (let i = 0; i < codes.length; i++) levels[next[unitCodes[i]!]!++ * q + p] = start + codes[i]!;
  });
  return levels;
}

/** Marks units with the rows of the unit before; returns whether no unit has two rows with the same levels (else it stops there). */
function markRepeated(offsets: Int32Array, levels: Int32Array, q: number, levelCount: number, repeated: Uint8Array): boolean {
  const units = repeated.length;
  const latest = new Int32Array(levelCount).fill(-1);
  for (let u = 0; u < units; u++) {
    const from = offsets[u]!;
    const to = offsets[u + 1]!;
    if (u > 0 && to - from === from - offsets[u - 1]!) {
      const back = (to - from) * q;
      const end = to * q;
      let at = from * q;
      while (at < end && levels[at] === levels[at - back]) at++;
      if (at === end) {
        repeated[u] = 1;
        continue;
      }
    }
    for (let i = from; i < to; i++) {
      const level = levels[i * q]!;
      const before = latest[level]!;
      if (before >= from && (q === 1 || sameLevels(levels, before * q, i * q, q))) return false;
      latest[level] = i;
    }
  }
  return true;
}

/**
 * Merges rows of a unit with the same levels: a row joins the last cell of its unit that has its first level, if the other levels agree.
 *
 * @param levels - q a row; overwritten by the cells' levels.
 * @param cellOf - filled with the cell of each (sorted) row, if given.
 */
function mergeCells(rowOffsets: Int32Array, levels: Int32Array, q: number, levelCount: number, cellOf: Int32Array | undefined): Cells {
  const units = rowOffsets.length - 1;
  const offsets = new Int32Array(units + 1);
  const latest = new Int32Array(levelCount).fill(-1);
  const counts = new Float64Array(levels.length / q);
  let cells = 0;
  for (let u = 0; u < units; u++) {
    const first = cells;
    for (let i = rowOffsets[u]!; i < rowOffsets[u + 1]!; i++) {
      const level = levels[i * q]!;
      let cell = latest[level]!;
      if (cell < first || !sameLevels(levels, cell * q, i * q, q)) {
        cell = cells++;
        latest[level] = cell;
        for (let p = 0; p < q; p++) levels[cell * q + p] = levels[i * q + p]!;
      }
      counts[cell]!++;
      if (cellOf !== undefined) cellOf[i] = cell;
    }
    offsets[u + 1] = cells;
  }
  const repeated = new Uint8Array(units);
  return { offsets, levels: levels.slice(0, cells * q), counts: counts.slice(0, cells), repeated };
}

function sameLevels(levels: Int32Array, a: number, b: number, q: number): boolean {
  for (let p = 1; p < q; p++) if (levels[a + p] !== levels[b + p]) return false;
  return true;
}

function inRowOrder(sortedCells: Int32Array, unitCodes: Int32Array, offsets: Int32Array): Int32Array {
  const next = offsets.slice();
  const out = new Int32Array(unitCodes.length);
  for (let i = 0; i < out.length; i++) out[i] = sortedCells[next[unitCodes[i]!]!++]!;
  return out;
}

/** Weight of each cell; `undefined` means ones. */
export function cellWeights(cells: EffectCells, weights: Float64Array | undefined): Float64Array | undefined {
  if (weights === undefined) return cells.counts;
  const rowCells = cells.rowCells();
  if (rowCells === undefined) return weights;
  const out = new Float64Array(cells.offsets[cells.units]!);
  for (let i = 0; i < rowCells.length; i++) out[rowCells[i]!]! += weights[i]!;
  return out;
}

/** Sum of weights of each unit. */
export function unitTotals({ units, unitCodes, rowOffsets }: EffectCells, weights: Float64Array | undefined): Float64Array {
  const out = new Float64Array(units);
  if (weights === undefined) for (let u = 0; u < units; u++) out[u] = rowOffsets[u + 1]! - rowOffsets[u]!;
  else for (let i = 0; i < unitCodes.length; i++) out[unitCodes[i]!]! += weights[i]!;
  return out;
}

/** Connected components of the graph whose nodes are all levels (units included) and whose edges are the cells. */
export function countComponents({ offsets, levels, levelCount, otherEffects, units }: EffectCells): number {
  const q = otherEffects.length;
  if (q === 0) return units;
  const parent = Int32Array.from({ length: levelCount }, (_, l) => l);
  const root = (level: number): number => {
    let l = level;
    while (parent[l] !== l) {
      parent[l] = parent[parent[l]!]!;
      l = parent[l]!;
    }
    return l;
  };
  let components = levelCount;
  for (let u = 0; u < units && components > 1; u++) {
    const from = offsets[u]! * q;
    const to = offsets[u + 1]! * q;
    if (from === to) continue;
    let first = root(levels[from]!);
    for (let i = from + 1; i < to; i++) {
      const other = root(levels[i]!);
      if (other === first) continue;
      parent[Math.max(other, first)] = Math.min(other, first);
      first = Math.min(other, first);
      components--;
    }
  }
  return components;
}
