import type { ColumnData } from "../data/columns.ts";
import { Frame } from "../data/frame.ts";
import { Panel } from "../data/panel.ts";
import type { AnyRow } from "../regression/design.ts";
import type { Partition } from "./subgroup-cells.ts";

/** @internal The rows of a partition, group after group. */
export interface GroupedRows {
  /** The data of group g. */
  readonly frame: (group: number) => Frame<AnyRow>;
  /** Numbers of the rows in the data, group after group. */
  readonly sorted: (codes: Int32Array) => Int32Array;
}

/**
 * @internal Data by group. Each column that is read is copied once, in the order of the groups, and every group is a view of that copy: one pass over the rows
 * instead of one per group that jumps through memory. Panels keep their units and are taken apart by rows.
 */
export function groupedRows(data: Frame<AnyRow>, { rowsOf, offsets, codes }: Partition): GroupedRows {
  const used = offsets[offsets.length - 1]!;
  const slots = slotsOf(codes, offsets, used);
  const copies = new Map<string, ColumnData>();
  const sortedColumn = (name: string): ColumnData => {
    const done = copies.get(name);
    if (done !== undefined) return done;
    const column = data.column(name);
    const made: ColumnData =
      column.type === "category"
        ? { ...column, codes: scatterCodes(column.codes, slots, used) }
        : { ...column, values: scatterNumbers(column.values, slots, used) };
    copies.set(name, made);
    return made;
  };
  const view = (group: number): Frame<AnyRow> => {
    const [from, to] = [offsets[group]!, offsets[group + 1]!];
    const get = (name: string): ColumnData => {
      const column = sortedColumn(name);
      return column.type === "category"
        ? { ...column, codes: column.codes.subarray(from, to) }
        : { ...column, values: column.values.subarray(from, to) };
    };
    return new Frame<AnyRow>({ names: data.columnNames, get }, to - from, data.notes);
  };
  return {
    frame: data instanceof Panel ? (group) => data.take(rowsOf(group)) : view,
    sorted: (values) => scatterCodes(values, slots, used),
  };
}

/** Place of each row among the rows sorted by group; -1 for rows in no group. */
function slotsOf(codes: Int32Array, offsets: Int32Array, used: number): Int32Array | undefined {
  const next = offsets.slice();
  const slots = new Int32Array(codes.length);
  let inOrder = used === codes.length;
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i]!;
    const slot = code < 0 ? -1 : next[code]!++;
    slots[i] = slot;
    if (slot !== i) inOrder = false;
  }
  return inOrder ? undefined : slots;
}

function scatterNumbers(values: Float64Array, slots: Int32Array | undefined, used: number): Float64Array {
  if (slots === undefined) return values;
  const out = new Float64Array(used);
  for (let i = 0; i < slots.length; i++) if (slots[i]! >= 0) out[slots[i]!] = values[i]!;
  return out;
}

function scatterCodes(values: Int32Array, slots: Int32Array | undefined, used: number): Int32Array {
  if (slots === undefined) return values;
  const out = new Int32Array(used);
  for (let i = 0; i < slots.length; i++) if (slots[i]! >= 0) out[slots[i]!] = values[i]!;
  return out;
}
