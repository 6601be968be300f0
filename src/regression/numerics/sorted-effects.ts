import type { GroupCodes } from "../../moments/index.ts";

/**
 * Rows sorted by the fixed effect with most levels ("units"), which is eliminated in closed form; the levels of all other effects
 * share one index 0 to `levelCount - 1`, effect after effect.
 */
export interface SortedEffects {
  readonly rows: number;
  /** Row numbers in sorted order; `undefined` when the rows stand so already. */
  readonly order: Int32Array | undefined;
  /** Rows of unit u are `offsets[u]` to `offsets[u + 1]`, in sorted order. */
  readonly offsets: Int32Array;
  /** Which effect the units are. */
  readonly unitEffect: number;
  /** The effects behind `levels`, in order. */
  readonly otherEffects: readonly number[];
  /** First index of each other effect; one more at the end. */
  readonly starts: Int32Array;
  /** Level of row i (sorted) in the p-th other effect at `i * q + p`, q the number of other effects. */
  readonly levels: Int32Array;
  readonly levelCount: number;
}

/** Sorts rows by the effect with most levels (a counting sort, skipped when in order). */
export function sortEffects(effects: readonly GroupCodes[]): SortedEffects {
  const rows = effects[0]!.codes.length;
  let unitEffect = 0;
  for (let e = 1; e < effects.length; e++) if (effects[e]!.count > effects[unitEffect]!.count) unitEffect = e;
  const units = effects[unitEffect]!;
  const offsets = offsetsOf(units);
  const order = isAscending(units.codes) ? undefined : orderBy(units, offsets);

  const otherEffects = effects.map((_, e) => e).filter((e) => e !== unitEffect);
  const q = otherEffects.length;
  const starts = new Int32Array(q + 1);
  otherEffects.forEach((e, p) => {
    starts[p + 1] = starts[p]! + effects[e]!.count;
  });
  const levels = new Int32Array(rows * q);
  otherEffects.forEach((e, p) => {
    fillLevels(effects[e]!.codes, order, starts[p]!, p, q, levels);
  });
  return { rows, order, offsets, unitEffect, otherEffects, starts, levels, levelCount: starts[q]! };
}

function offsetsOf({ codes, count }: GroupCodes): Int32Array {
  const offsets = new Int32Array(count + 1);
  for (let i = 0; i < codes.length; i++) offsets[codes[i]! + 1]!++;
  for (let g = 0; g < count; g++) offsets[g + 1]! += offsets[g]!;
  return offsets;
}

function isAscending(codes: Int32Array): boolean {
  for (let i = 1; i < codes.length; i++) if (codes[i]! < codes[i - 1]!) return false;
  return true;
}

function orderBy({ codes }: GroupCodes, offsets: Int32Array): Int32Array {
  const next = offsets.slice();
  const order = new Int32Array(codes.length);
  for (let i = 0; i < codes.length; i++) order[next[codes[i]!]!++] = i;
  return order;
}

function fillLevels(codes: Int32Array, order: Int32Array | undefined, start: number, p: number, q: number, levels: Int32Array): void {
  for (let i = 0; i < codes.length; i++) levels[i * q + p] = start + codes[order === undefined ? i : order[i]!]!;
}

/** A copy of `values` in sorted order. */
export function toSorted(values: Float64Array, order: Int32Array | undefined): Float64Array {
  if (order === undefined) return values.slice();
  const out = new Float64Array(values.length);
  for (let i = 0; i < order.length; i++) out[i] = values[order[i]!]!;
  return out;
}

/** Sorted values back in the order of the rows. */
export function fromSorted(values: Float64Array, order: Int32Array | undefined): Float64Array {
  if (order === undefined) return values;
  const out = new Float64Array(values.length);
  for (let i = 0; i < order.length; i++) out[order[i]!] = values[i]!;
  return out;
}

/** Connected components of the graph whose nodes are all levels (units included) and whose edges are the rows. */
export function countComponents(sorted: SortedEffects): number {
  const { offsets, levels, levelCount, rows } = sorted;
  const q = sorted.otherEffects.length;
  const units = offsets.length - 1;
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
    const [from, to] = [offsets[u]! * q, offsets[u + 1]! * q];
    if (from >= rows * q) continue;
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
