import { gatherCodes } from "./columns.ts";

/** Rows in order of unit and time. */
export interface RowOrder {
  /** Row numbers in that order; undefined when the rows stand so already. */
  readonly order: Int32Array | undefined;
  /** Unit codes in that order. */
  readonly unit: Int32Array;
  /** Time codes in that order. */
  readonly time: Int32Array;
}

/** Sorts rows by unit, then time, ties in their order of appearance. Codes lie in 0 to `units - 1` and 0 to `times - 1`. */
export function orderRows(unit: Int32Array, units: number, time: Int32Array, times: number): RowOrder {
  if (isOrdered(unit, time)) return { order: undefined, unit, time };
  const cells = units * times;
  const placed = cells <= MOST_CELLS && cells <= 4 * unit.length + 1024 ? orderByCell(unit, units, time, times) : undefined;
  if (placed !== undefined) return placed;
  const order = orderBySort(unit, units, time, times);
  return { order, unit: gatherCodes(unit, order), time: gatherCodes(time, order) };
}

/** Above this a table of all unit and time cells costs more than sorting. */
const MOST_CELLS = 1 << 28;

function isOrdered(unit: Int32Array, time: Int32Array): boolean {
  for (let i = 1; i < unit.length; i++) {
    if (unit[i]! < unit[i - 1]! || (unit[i] === unit[i - 1] && time[i]! < time[i - 1]!)) return false;
  }
  return true;
}

/** Each row put in its own cell of a unit by time table: one write a row. Undefined when two rows share a cell. */
function orderByCell(unit: Int32Array, units: number, time: Int32Array, times: number): RowOrder | undefined {
  const n = unit.length;
  const rowAt = new Int32Array(units * times); // row + 1; 0 = empty
  for (let i = 0; i < n; i++) {
    const cell = unit[i]! * times + time[i]!;
    if (rowAt[cell] !== 0) return undefined;
    rowAt[cell] = i + 1;
  }
  const [order, sortedUnit, sortedTime] = [new Int32Array(n), new Int32Array(n), new Int32Array(n)];
  let next = 0;
  for (let u = 0, cell = 0; u < units; u++) {
    for (let t = 0; t < times; t++, cell++) {
      if (rowAt[cell] === 0) continue;
      order[next] = rowAt[cell]! - 1;
      sortedUnit[next] = u;
      sortedTime[next++] = t;
    }
  }
  return { order, unit: sortedUnit, time: sortedTime };
}

/** Two stable counting sorts: by time, then by unit. */
function orderBySort(unit: Int32Array, units: number, time: Int32Array, times: number): Int32Array {
  const identity = new Int32Array(unit.length);
  for (let i = 0; i < identity.length; i++) identity[i] = i; // Int32Array.from with a callback costs 20 times a loop
  return countingSort(countingSort(identity, time, times), unit, units);
}

function countingSort(rows: Int32Array, codes: Int32Array, levels: number): Int32Array {
  const next = new Int32Array(levels + 1);
  for (let i = 0; i < rows.length; i++) next[codes[i]! + 1]!++;
  for (let c = 1; c <= levels; c++) next[c]! += next[c - 1]!;
  const sorted = new Int32Array(rows.length);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    sorted[next[codes[row]!]!++] = row;
  }
  return sorted;
}
