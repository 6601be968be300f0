import { DataError } from "../core/errors.ts";
import { checkChoice, resolveOptions } from "../core/options.ts";
import { type ColumnData, cellText } from "../data/columns.ts";
import type { AnyColumn, Frame } from "../data/index.ts";
import { RowKeys } from "./row-keys.ts";

/** Options of {@link deduplicate}. */
export interface DeduplicateOptions<Row> {
  /** Columns that should identify a row. */
  readonly key: AnyColumn<Row> | readonly AnyColumn<Row>[];
  /**
   * What to do with rows of one key that differ in another column: `"error"` lists the first, `"leaveOut"` leaves all of them out, as nothing
   * tells which is right. @defaultValue "error"
   */
  readonly onConflict?: "error" | "leaveOut";
}

/** Rows with one row a key, and how many were left out. */
export interface Deduplicated<Row> {
  /** One row a key, in order of appearance; rows without a key are kept. */
  readonly data: Frame<Row>;
  /** Rows left out because an identical one came before. */
  readonly identical: number;
  /** Rows left out because rows of their key contradict each other. */
  readonly conflicting: number;
}

const LISTED_KEYS = 5;

/**
 * Leaves out repeated rows: identical ones but for the first, contradicting ones altogether (or an error that lists them).
 *
 * @throws DataError `CONFLICTING_ROWS` unless `onConflict: "leaveOut"`.
 * @example
 * const { data, identical } = deduplicate(register, { key: ["pseudonym", "month"], onConflict: "leaveOut" });
 */
export function deduplicate<Row>(data: Frame<Row>, options: DeduplicateOptions<Row>): Deduplicated<Row> {
  const settings = resolveOptions<Required<DeduplicateOptions<Row>>>("deduplicate", options, {
    required: ["key"],
    defaults: { onConflict: "error" },
  });
  const onConflict = checkChoice("deduplicate", "onConflict", settings.onConflict, ["error", "leaveOut"]);
  const keys = new RowKeys(typeof settings.key === "string" ? [settings.key] : (settings.key as readonly string[]));
  const ids = keys.number(data);
  const columns = data.columnNames.map((name) => data.column(name));
  const first = new Int32Array(keys.count).fill(-1);
  const isContradicted = new Uint8Array(keys.count);
  const keep = new Uint8Array(data.rowCount).fill(1);
  let identical = 0;
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!;
    if (id < 0) continue;
    if (first[id]! < 0) first[id] = i;
    else {
      keep[i] = 0;
      if (columns.every((column) => isSame(column, first[id]!, i))) identical++;
      else isContradicted[id] = 1;
    }
  }
  const contradicted = first.filter((_, id) => isContradicted[id] === 1);
  if (contradicted.length > 0 && onConflict === "error") throw conflict(data, keys, contradicted);
  let conflicting = 0;
  let identicalKept = identical;
  for (let i = 0; i < ids.length; i++) {
    if (ids[i]! < 0 || isContradicted[ids[i]!] === 0) continue;
    if (keep[i] === 0 && columns.every((column) => isSame(column, first[ids[i]!]!, i))) identicalKept--;
    keep[i] = 0;
    conflicting++;
  }
  return { data: identical + conflicting === 0 ? data : data.filter(keep), identical: identicalKept, conflicting };
}

function isSame(column: ColumnData, a: number, b: number): boolean {
  return column.type === "category" ? column.codes[a] === column.codes[b] : Object.is(column.values[a], column.values[b]);
}

function conflict<Row>(data: Frame<Row>, keys: RowKeys, rows: Int32Array): DataError {
  const row = rows[0]!;
  const labels = Array.from(rows.subarray(0, LISTED_KEYS), (i) => keys.label(data, i));
  const more = rows.length > labels.length ? ` and ${rows.length - labels.length} more` : "";
  return new DataError(
    "CONFLICTING_ROWS",
    `Cannot leave out repeats as rows of one key must agree: ${labels.join(", ")}${more} do not; correct them or use onConflict: "leaveOut"`,
    { keys: labels, count: rows.length, firstRow: row, example: data.columnNames.map((name) => cellText(data.column(name), row)) },
  );
}
