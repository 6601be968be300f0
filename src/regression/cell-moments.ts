import type { Groups } from "../data/roles.ts";
import { crossGroups, type GroupCodes } from "../moments/index.ts";
import { type CellProducts, cellProducts, mergeCellProducts } from "./numerics/cell-products.ts";

/** Moments of the rows that share the levels of all grouping columns: mergeable, plain data. */
export interface CellMoments extends CellProducts {
  /** Columns whose levels tell cells apart. */
  readonly columns: readonly string[];
  /** Levels of each cell as a JSON list of texts, in the order of `columns`. */
  readonly keys: readonly string[];
}

/** One pass over the rows of a part. */
export function collectCellMoments(
  names: readonly string[],
  groups: (name: string) => Groups,
  columns: readonly Float64Array[],
  weights: Float64Array | undefined,
): CellMoments {
  const { codes, count, keys } = cellCodes(names, groups);
  return { columns: names, keys, ...cellProducts(columns, weights, codes, count) };
}

/** Cells of the rows: observed combinations of the columns' levels. */
export function cellCodes(
  names: readonly string[],
  groups: (name: string) => Groups,
): { readonly codes: Int32Array; readonly count: number; readonly keys: readonly string[] } {
  const all = names.map(groups);
  const { codes, count } = all.slice(1).reduce<GroupCodes>((joined, next) => crossGroups(joined, next), all[0]!);
  const example = new Int32Array(count);
  for (let i = 0; i < codes.length; i++) example[codes[i]!] = i;
  return { codes, count, keys: Array.from(example, (row) => JSON.stringify(all.map((group) => group.label(group.codes[row]!)))) };
}

/** The moments of two parts together. */
export function mergeCellMoments(a: CellMoments, b: CellMoments, width: number): CellMoments {
  const known = new Map(a.keys.map((key, c) => [key, c]));
  const keys = [...a.keys];
  const place = Int32Array.from(b.keys, (key) => {
    const at = known.get(key);
    if (at !== undefined) return at;
    keys.push(key);
    return keys.length - 1;
  });
  return { columns: a.columns, keys, ...mergeCellProducts(a, b, place, keys.length, width) };
}

/** Groups of cells by one or several of their columns. */
export interface CellGroups extends GroupCodes {
  readonly label: (code: number) => string;
}

/** Readers of the cells' levels. */
export function cellGroups({ columns, keys }: CellMoments): (names: readonly string[]) => CellGroups {
  const levels = keys.map((key) => JSON.parse(key) as readonly string[]);
  return (names) => {
    const positions = names.map((name) => columns.indexOf(name));
    const known = new Map<string, number>();
    const labels: string[] = [];
    const codes = Int32Array.from(levels, (cell) => {
      const own = positions.map((p) => cell[p]!);
      const key = own.length === 1 ? own[0]! : JSON.stringify(own);
      const code = known.get(key);
      if (code !== undefined) return code;
      known.set(key, labels.length);
      labels.push(own.join("_"));
      return labels.length - 1;
    });
    return { codes, count: labels.length, label: (code) => labels[code]! };
  };
}
