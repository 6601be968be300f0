/** What a column holds; numeric kinds differ only in how values are shown. */
export type ColumnType = "number" | "boolean" | "date" | "month" | "category";

/**
 * A numeric column: one double a row, missing = NaN.
 * `"boolean"` holds 0/1, `"date"` days since 1970-01-01, `"month"` months since year 0 (2014-03 is 24170).
 */
export interface NumericData {
  /** How the numbers are shown. */
  readonly type: "number" | "boolean" | "date" | "month";
  /** One value a row; NaN = missing. */
  readonly values: Float64Array;
}

/** A categorical column: integer codes into a list of levels, missing = -1. */
export interface CategoryData {
  /** Always `"category"`. */
  readonly type: "category";
  /** One code a row; -1 = missing. */
  readonly codes: Int32Array;
  /** Labels by code. */
  readonly levels: readonly string[];
}

/** One column of a {@link Frame}. */
export type ColumnData = NumericData | CategoryData;

/** Rows of a column. */
export function columnLength(column: ColumnData): number {
  return column.type === "category" ? column.codes.length : column.values.length;
}

/** The rows of a column at `index`, in that order. */
export function gatherColumn(column: ColumnData, index: Int32Array): ColumnData {
  return column.type === "category"
    ? { type: "category", codes: gatherCodes(column.codes, index), levels: column.levels }
    : { type: column.type, values: gatherNumbers(column.values, index) };
}

/** `out[i] = values[index[i]]`. */
export function gatherNumbers(values: Float64Array, index: Int32Array): Float64Array {
  const out = new Float64Array(index.length);
  for (let i = 0; i < index.length; i++) out[i] = values[index[i]!]!;
  return out;
}

/** `out[i] = codes[index[i]]`. */
export function gatherCodes(codes: Int32Array, index: Int32Array): Int32Array {
  const out = new Int32Array(index.length);
  for (let i = 0; i < index.length; i++) out[i] = codes[index[i]!]!;
  return out;
}

/** One cell as a user reads it: number, boolean, Date, label; `null` when missing. */
export function cellValue(column: ColumnData, row: number): number | boolean | string | Date | null {
  if (column.type === "category") {
    const code = column.codes[row]!;
    return code < 0 ? null : column.levels[code]!;
  }
  const value = column.values[row]!;
  if (Number.isNaN(value)) return null;
  if (column.type === "boolean") return value !== 0;
  return column.type === "date" ? new Date(value * MILLISECONDS_A_DAY) : value;
}

/** One cell as text, for messages and tables: dates as ISO, months as `2014-03`. */
export function cellText(column: ColumnData, row: number): string {
  if (column.type === "category") {
    const code = column.codes[row]!;
    return code < 0 ? "missing" : column.levels[code]!;
  }
  return numericText(column.type, column.values[row]!);
}

/** A number shown as its column type shows it. */
export function numericText(type: NumericData["type"], value: number): string {
  if (Number.isNaN(value)) return "missing";
  if (!Number.isFinite(value)) return value > 0 ? "never" : String(value);
  if (type === "boolean") return value === 0 ? "false" : "true";
  if (type === "date") return dateText(value);
  if (type === "month" && value >= 0) return `${String(Math.floor(value / 12)).padStart(4, "0")}-${monthInYear(value)}`;
  return String(value);
}

/** ISO text of a day number, without the time of day; the bare number where it is beyond what `Date` can show. */
function dateText(day: number): string {
  const date = new Date(Math.floor(day) * MILLISECONDS_A_DAY);
  return Number.isNaN(date.getTime()) ? `day ${day}` : date.toISOString().replace(/T.*/, "");
}

function monthInYear(month: number): string {
  return String(Math.floor(month % 12) + 1).padStart(2, "0");
}

/** Milliseconds in a day: `Date` counts the former, date columns the latter. */
export const MILLISECONDS_A_DAY: number = 86_400_000;
