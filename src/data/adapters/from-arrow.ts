import { checkArgument } from "../../core/options.ts";
import { CellColumn, isNumericArray } from "../cell-column.ts";
import { type ColumnData, type ColumnType, MILLISECONDS_A_DAY } from "../columns.ts";
import type { Frame } from "../frame.ts";
import type { ColumnTypes, DeclaredRow, UnknownRow } from "../row-types.ts";
import { type AdapterOptions, frameOf, selectColumns } from "./select-columns.ts";

/** One record batch of an Arrow column, as apache-arrow (`nullBitmap`, `offset`) or flechette (`validity`) lays it out. */
export interface ArrowBatch {
  readonly length: number;
  readonly nullCount: number;
  readonly values?: unknown;
  readonly nullBitmap?: Uint8Array | null | undefined;
  readonly offset?: number;
  readonly validity?: Uint8Array | null | undefined;
  /** apache-arrow: the dictionary's vector. */
  readonly dictionary?: { toArray(): ArrayLike<unknown> } | undefined;
  /** flechette: the dictionary's values. */
  readonly cache?: ArrayLike<unknown> | undefined;
}

/** An Arrow column: apache-arrow's `Vector`, flechette's `Column`. */
export interface ArrowColumn {
  readonly type: { readonly typeId: number; readonly unit?: unknown };
  readonly length: number;
  readonly nullCount: number;
  readonly data: readonly ArrowBatch[];
  /** The value of a row. */
  at(index: number): unknown;
}

/** An Arrow table: apache-arrow's or flechette's `Table`, or what a query engine hands out in their form. */
export interface ArrowTable {
  readonly numRows: number;
  readonly schema: { readonly fields: readonly { readonly name: string }[] };
  /** The column of this name. */
  getChild(name: string): unknown;
}

/** Arrow's type numbers, shared by the libraries. */
const TYPE = { dictionary: -1, int: 2, float: 3, date: 8, timestamp: 10 } as const;
/** The unit of 32-bit dates. */
const DAYS = 0;

/**
 * A frame of an Arrow table, by structure: no Arrow library is loaded. Doubles without nulls and dictionary codes of 32 bits are used
 * where they are, without a copy; dictionaries become categories; dates and timestamps become day counts.
 *
 * @throws ColumnError `UNKNOWN_COLUMN`. DataError `UNSUPPORTED_COLUMN` (lists, structs, decimals without a number), `BAD_CELL`.
 * @example
 * const months = fromArrow(tableFromIPC(bytes), { columns: { person: "category", month: "month", hours: "number" } });
 */
export function fromArrow<const Columns extends ColumnTypes>(
  table: ArrowTable,
  options: AdapterOptions<Columns> & { readonly columns: Columns },
): Frame<DeclaredRow<Columns>>;
export function fromArrow(table: ArrowTable, options?: AdapterOptions): Frame<UnknownRow>;
export function fromArrow(table: ArrowTable, options: AdapterOptions<ColumnTypes | readonly string[]> = {}): Frame<UnknownRow> {
  checkArgument("fromArrow", table, "an Arrow table", ["schema", "getChild"]);
  const names = table.schema.fields.map(({ name }) => name);
  const columns = new Map<string, ColumnData>();
  for (const { name, type } of selectColumns("fromArrow", options, names)) {
    columns.set(name, arrowColumn(name, type, table.getChild(name) as ArrowColumn));
  }
  return frameOf(columns, table.numRows);
}

/** One Arrow column as a column. */
export function arrowColumn(name: string, type: ColumnType | undefined, column: ArrowColumn): ColumnData {
  const { typeId } = column.type;
  if (typeId === TYPE.dictionary && (type === undefined || type === "category")) {
    const coded = dictionaryColumn(column);
    if (coded !== undefined) return coded;
  }
  if ((typeId === TYPE.date || typeId === TYPE.timestamp) && (type === undefined || type === "date" || type === "month")) {
    const dates = dateCells(column);
    if (type !== "month") return { type: "date", values: dates };
    const months = new CellColumn(name, "month", column.length);
    months.fill(
      Array.from(dates, (day) => (Number.isNaN(day) ? null : new Date(day * MILLISECONDS_A_DAY))),
      0,
    );
    return months.finish();
  }
  if ((typeId === TYPE.float || typeId === TYPE.int) && (type === undefined || type === "number")) {
    const numbers = primitiveNumbers(column);
    if (numbers !== undefined) return { type: "number", values: numbers };
  }
  return anyColumn(name, type, column);
}

/** Value by value; 64-bit integers by their own buffer, as flechette shows them as numbers. */
function anyColumn(name: string, type: ColumnType | undefined, column: ArrowColumn): ColumnData {
  const out = new CellColumn(name, type, column.length);
  const isWide = column.type.typeId === TYPE.int;
  let start = 0;
  for (const batch of column.data) {
    const values = isWide ? (batch.values as ArrayLike<unknown>) : undefined;
    const cells = Array.from({ length: batch.length }, (_, i) =>
      values === undefined ? column.at(start + i) : isValid(batch, i) ? values[i] : null,
    );
    out.fill(cells, start);
    start += batch.length;
  }
  return out.finish();
}

/** Whether row `i` of a batch holds a value. */
function isValid(batch: ArrowBatch, i: number): boolean {
  if (batch.nullCount === 0) return true;
  const bitmap = batch.validity ?? batch.nullBitmap;
  if (bitmap === null || bitmap === undefined || bitmap.length === 0) return true;
  const bit = i + (bitmap === batch.validity ? 0 : (batch.offset ?? 0));
  return ((bitmap[bit >> 3]! >> (bit & 7)) & 1) === 1;
}

/** Numbers of at most 32 bits and doubles; undefined for others (64-bit integers, half floats). */
function primitiveNumbers(column: ArrowColumn): Float64Array | undefined {
  const isFloat = column.type.typeId === TYPE.float;
  for (const { values } of column.data) {
    if (!isNumericArray(values) || (isFloat && values instanceof Uint16Array)) return undefined;
  }
  const [only] = column.data;
  if (column.data.length === 1 && only!.nullCount === 0 && only!.values instanceof Float64Array)
    return only!.values.subarray(0, only!.length);
  const numbers = new Float64Array(column.length);
  let start = 0;
  for (const batch of column.data) {
    numbers.set((batch.values as Float64Array).subarray(0, batch.length), start);
    if (batch.nullCount > 0) for (let i = 0; i < batch.length; i++) if (!isValid(batch, i)) numbers[start + i] = Number.NaN;
    start += batch.length;
  }
  return numbers;
}

/** Dates as days: 32-bit dates count days already, others are read in milliseconds. */
function dateCells(column: ArrowColumn): Float64Array {
  const days = new Float64Array(column.length);
  let start = 0;
  for (const batch of column.data) {
    const counts = column.type.unit === DAYS && column.type.typeId === TYPE.date && batch.values instanceof Int32Array;
    for (let i = 0; i < batch.length; i++) {
      const row = start + i;
      days[row] = !isValid(batch, i)
        ? Number.NaN
        : counts
          ? (batch.values as Int32Array)[i]!
          : Number(column.at(row) as number | bigint | Date) / MILLISECONDS_A_DAY;
    }
    start += batch.length;
  }
  return days;
}

/** Dictionary codes as category codes, levels merged over batches; undefined when the dictionary does not hold texts. */
function dictionaryColumn(column: ArrowColumn): ColumnData | undefined {
  const levels: string[] = [];
  const codeOf = new Map<string, number>();
  const ranks = new Map<unknown, Int32Array>();
  const codes = new Int32Array(column.length);
  let start = 0;
  for (const batch of column.data) {
    const labels = batch.cache ?? batch.dictionary?.toArray() ?? [];
    const key = batch.cache ?? batch.dictionary;
    let rank = ranks.get(key);
    if (rank === undefined) {
      rank = new Int32Array(labels.length);
      for (let k = 0; k < labels.length; k++) {
        const label = labels[k];
        if (label === null || label === undefined) rank[k] = -1;
        else if (typeof label !== "string" && typeof label !== "bigint") return undefined;
        else {
          const text = String(label);
          const code = codeOf.get(text) ?? levels.push(text) - 1;
          codeOf.set(text, code);
          rank[k] = code;
        }
      }
      ranks.set(key, rank);
    }
    const indices = batch.values as ArrayLike<number | bigint>;
    const untouched = column.data.length === 1 && batch.nullCount === 0 && rank.every((code, k) => code === k);
    if (untouched && indices instanceof Int32Array) return { type: "category", codes: indices.subarray(0, batch.length), levels };
    for (let i = 0; i < batch.length; i++) codes[start + i] = isValid(batch, i) ? rank[Number(indices[i])]! : -1;
    start += batch.length;
  }
  return { type: "category", codes, levels };
}
