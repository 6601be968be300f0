import { ColumnError, DataError } from "../core/errors.ts";
import { checkChoice, resolveOptions } from "../core/options.ts";
import { gatherColumn } from "../data/columns.ts";
import type { AnyColumn, ColumnInput, Frame } from "../data/index.ts";
import { RowKeys } from "./row-keys.ts";

/** Options of {@link link}. */
export interface LinkOptions<Left, Right> {
  /** Column, or columns taken together, that hold the key on both sides. */
  readonly key: (AnyColumn<Left> & AnyColumn<Right>) | readonly (AnyColumn<Left> & AnyColumn<Right>)[];
  /**
   * What to do with a key that stands on more than one row of the right side: `"error"` lists such keys, `"leaveOut"` leaves them unlinked and counts them.
   * @defaultValue "error"
   */
  readonly onAmbiguous?: "error" | "leaveOut";
}

/** What a link found on both sides, counted in rows and in distinct keys. */
export interface LinkReport {
  /** Rows of the left side. */
  readonly leftRows: number;
  /** Rows of the left side with a partner. */
  readonly linkedRows: number;
  /** Distinct keys of the left side. */
  readonly leftKeys: number;
  /** Distinct keys of the left side with a partner. */
  readonly linkedKeys: number;
  /** Rows of the left side without a key. */
  readonly missingKeys: number;
  /** Rows of the right side. */
  readonly rightRows: number;
  /** Rows of the right side that no left row points to. */
  readonly unusedRightRows: number;
  /** Distinct keys that stand on several rows of the right side. */
  readonly ambiguousKeys: number;
}

/** Linked rows with the columns of both sides, and the audit of how they came about. */
export interface Linked<Row> {
  /** Rows of the left side that have a partner, in their order. */
  readonly data: Frame<Row>;
  /** Counts on both sides. */
  readonly report: LinkReport;
}

const LISTED_KEYS = 5;

/**
 * Joins many rows of the left side to at most one row of the right side by an exact key (a pseudonym, or a pseudonym and a month), and counts what has no partner.
 * Left rows without a partner are left out of `data`; the report says how many. The key is compared as text, so that large identifiers stay exact.
 *
 * @throws DataError `AMBIGUOUS_KEY` (listing the first) unless `onAmbiguous: "leaveOut"`.
 * @throws ColumnError `UNKNOWN_COLUMN`, `SHARED_COLUMN` when another column has one name on both sides.
 * @example
 * const { data, report } = link(register, municipal, { key: "pseudonym", onAmbiguous: "leaveOut" });
 */
export function link<Left, Right>(
  left: Frame<Left>,
  right: Frame<Right>,
  options: LinkOptions<Left, Right>,
): Linked<Left & Omit<Right, keyof Left>> {
  const { key: names, onAmbiguous } = resolveOptions<Required<LinkOptions<Left, Right>>>("link", options, {
    required: ["key"],
    defaults: { onAmbiguous: "error" },
  });
  checkChoice("link", "onAmbiguous", onAmbiguous, ["error", "leaveOut"]);
  const key: readonly string[] = typeof names === "string" ? [names] : (names as readonly string[]);
  checkShared(left, right, key);
  const keys = new RowKeys(key);
  const rightIds = keys.number(right);
  const { rowOf, repeated } = uniqueRows(rightIds, keys.count);
  if (repeated.length > 0 && onAmbiguous === "error") throw ambiguous(right, keys, key, repeated);

  const leftIds = keys.number(left);
  const [leftIndex, rightIndex] = pairs(leftIds, rowOf);
  const columns: Record<string, ColumnInput> = {};
  for (const name of right.columnNames) if (!key.includes(name)) columns[name] = gatherColumn(right.column(name), rightIndex);
  const data = left.take(leftIndex).with(columns) as unknown as Frame<Left & Omit<Right, keyof Left>>;
  return { data, report: reportOf(leftIds, rowOf, leftIndex.length, rightIndex, right.rowCount, repeated.length) };
}

function checkShared<Left, Right>(left: Frame<Left>, right: Frame<Right>, key: readonly string[]): void {
  const shared = left.columnNames.filter((name) => !key.includes(name) && right.has(name));
  if (shared.length === 0) return;
  throw new ColumnError(
    "SHARED_COLUMN",
    `Cannot link as only the key may have one name on both sides: ${shared.map((name) => `"${name}"`).join(", ")} do; select or rename before linking`,
    { columns: shared },
  );
}

/** The row of each key, -1 where it stands on several; `repeated` lists a row of each such key. */
function uniqueRows(ids: Int32Array, keys: number): { rowOf: Int32Array; repeated: number[] } {
  const rowOf = new Int32Array(keys).fill(-1);
  const count = new Int32Array(keys);
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!;
    if (id < 0) continue;
    count[id]!++;
    if (count[id] === 1) rowOf[id] = i;
  }
  const repeated: number[] = [];
  for (let id = 0; id < keys; id++) {
    if (count[id]! < 2) continue;
    repeated.push(rowOf[id]!);
    rowOf[id] = -1;
  }
  return { rowOf, repeated };
}

function pairs(ids: Int32Array, rowOf: Int32Array): readonly [Int32Array, Int32Array] {
  const [left, right] = [new Int32Array(ids.length), new Int32Array(ids.length)];
  let count = 0;
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!;
    const row = id >= 0 && id < rowOf.length ? rowOf[id]! : -1;
    if (row < 0) continue;
    left[count] = i;
    right[count++] = row;
  }
  return [left.slice(0, count), right.slice(0, count)];
}

function reportOf(
  ids: Int32Array,
  rowOf: Int32Array,
  linkedRows: number,
  rightIndex: Int32Array,
  rightRows: number,
  ambiguousKeys: number,
): LinkReport {
  const seen = new Set<number>();
  let missingKeys = 0;
  for (const id of ids) {
    if (id < 0) missingKeys++;
    else seen.add(id);
  }
  let linkedKeys = 0;
  for (const id of seen) if (id < rowOf.length && rowOf[id]! >= 0) linkedKeys++;
  const unusedRightRows = rightRows - new Set(rightIndex).size;
  return { leftRows: ids.length, linkedRows, leftKeys: seen.size, linkedKeys, missingKeys, rightRows, unusedRightRows, ambiguousKeys };
}

function ambiguous<Right>(right: Frame<Right>, keys: RowKeys, key: readonly string[], rows: readonly number[]): DataError {
  const labels = rows.slice(0, LISTED_KEYS).map((row) => keys.label(right, row));
  const more = rows.length > labels.length ? ` and ${rows.length - labels.length} more` : "";
  return new DataError(
    "AMBIGUOUS_KEY",
    `Cannot link as each ${key.map((name) => `"${name}"`).join(" and ")} may stand on one row of the right side: ${labels.join(", ")}${more} stand on several; remove the repeats or use onAmbiguous: "leaveOut"`,
    { key, keys: labels, count: rows.length },
  );
}
