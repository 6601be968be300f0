import { DataError } from "../../core/errors.ts";
import type { ColumnData, ColumnType, NumericData } from "../columns.ts";
import { parseDate, parseMonth } from "../parse-time.ts";
import { CategoryTable } from "./category-table.ts";
import { parseNumber } from "./parse-number.ts";
import { platform, type TextDecoderLike } from "./platform.ts";

/** A column that grows by one cell at a time. */
export interface ColumnBuilder {
  /** Adds the cell in `bytes[start..end)`; false, with a missing value added, when the text is not of the column's type. */
  append(bytes: Uint8Array, start: number, end: number): boolean;
  /** Makes room for so many cells in all. */
  reserve(rows: number): void;
  /** The column; the builder must not be used after it. */
  finish(): ColumnData;
}

/** Texts that mean "missing", compared as bytes. */
class MissingTexts {
  private readonly texts: readonly Uint8Array[];
  private readonly empty: boolean;
  private readonly firstBytes: Uint8Array = new Uint8Array(256);

  constructor(texts: readonly string[]) {
    const encoder = new platform.TextEncoder();
    this.empty = texts.includes("");
    this.texts = texts.filter((text) => text !== "").map((text) => encoder.encode(text));
    for (const text of this.texts) this.firstBytes[text[0]!] = 1;
  }

  has(bytes: Uint8Array, start: number, end: number): boolean {
    if (start === end) return this.empty;
    if (this.firstBytes[bytes[start]!] === 0) return false;
    for (const text of this.texts) if (text.length === end - start && startsWith(bytes, start, text)) return true;
    return false;
  }
}

function startsWith(bytes: Uint8Array, start: number, text: Uint8Array): boolean {
  for (let k = 0; k < text.length; k++) if (bytes[start + k] !== text[k]) return false;
  return true;
}

const FIRST_CAPACITY = 1024;
const SPACE = 32;
const TAB = 9;

/** An array for so many rows. @throws DataError `OUT_OF_MEMORY`. */
function allocated<T>(rows: number, make: () => T): T {
  try {
    return make();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new DataError(
      "OUT_OF_MEMORY",
      `Cannot hold the file as each column needs memory for ${rows} rows: there is not enough; declare fewer columns, split the file, or take statistics of its parts and merge them`,
      { rows, cause },
    );
  }
}

type CellParser = (bytes: Uint8Array, start: number, end: number) => number;

class NumericBuilder implements ColumnBuilder {
  private readonly type: NumericData["type"];
  private readonly parse: CellParser;
  private readonly missing: MissingTexts;
  private values: Float64Array = new Float64Array(FIRST_CAPACITY);
  private length = 0;

  constructor(type: NumericData["type"], parse: CellParser, missing: MissingTexts) {
    this.type = type;
    this.parse = parse;
    this.missing = missing;
  }

  append(bytes: Uint8Array, start: number, end: number): boolean {
    let [from, to] = [start, end];
    while (from < to && (bytes[from] === SPACE || bytes[from] === TAB)) from++;
    while (to > from && (bytes[to - 1] === SPACE || bytes[to - 1] === TAB)) to--;
    if (this.length === this.values.length) this.reserve(2 * this.length);
    const isMissing = this.missing.has(bytes, from, to);
    const value = isMissing ? Number.NaN : this.parse(bytes, from, to);
    this.values[this.length++] = value;
    return isMissing || !Number.isNaN(value);
  }

  reserve(rows: number): void {
    if (rows <= this.values.length) return;
    const values = allocated(rows, () => new Float64Array(rows));
    values.set(this.values.subarray(0, this.length));
    this.values = values;
  }

  finish(): ColumnData {
    const values = this.length === this.values.length ? this.values : this.values.slice(0, this.length);
    this.values = new Float64Array(0); // let the larger array go before the next column is cut
    return { type: this.type, values };
  }
}

class CategoryBuilder implements ColumnBuilder {
  private readonly missing: MissingTexts;
  private readonly table: CategoryTable;
  private codes: Int32Array = new Int32Array(FIRST_CAPACITY);
  private length = 0;

  constructor(missing: MissingTexts, decoder: TextDecoderLike) {
    this.missing = missing;
    this.table = new CategoryTable(decoder);
  }

  append(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.length === this.codes.length) this.reserve(2 * this.length);
    const isMissing = this.missing.has(bytes, start, end);
    const code = isMissing ? -1 : this.table.codeOf(bytes, start, end);
    this.codes[this.length++] = code;
    return isMissing || code >= 0;
  }

  reserve(rows: number): void {
    if (rows <= this.codes.length) return;
    const codes = allocated(rows, () => new Int32Array(rows));
    codes.set(this.codes.subarray(0, this.length));
    this.codes = codes;
  }

  finish(): ColumnData {
    const codes = this.length === this.codes.length ? this.codes : this.codes.slice(0, this.length);
    this.codes = new Int32Array(0);
    return { type: "category", codes, levels: this.table.levels };
  }
}

const TRUE_WORDS: readonly string[] = ["1", "true", "yes", "ja"];
const FALSE_WORDS: readonly string[] = ["0", "false", "no", "nee"];

function parseBoolean(bytes: Uint8Array, start: number, end: number): number {
  if (end - start === 1) return bytes[start] === 49 ? 1 : bytes[start] === 48 ? 0 : Number.NaN;
  if (end - start > 5) return Number.NaN;
  let word = "";
  for (let i = start; i < end; i++) word += String.fromCharCode(bytes[i]!);
  word = word.toLowerCase();
  return TRUE_WORDS.includes(word) ? 1 : FALSE_WORDS.includes(word) ? 0 : Number.NaN;
}

/** An empty column of a type; `missing` texts count for every type, `NaN` for numeric ones besides. */
export function columnBuilder(type: ColumnType, decimal: "." | ",", missing: readonly string[], decoder: TextDecoderLike): ColumnBuilder {
  if (type === "category") return new CategoryBuilder(new MissingTexts(missing), decoder);
  const mark = decimal.charCodeAt(0);
  const parsers: Readonly<Record<NumericData["type"], CellParser>> = {
    number: (bytes, start, end) => parseNumber(bytes, start, end, mark),
    boolean: parseBoolean,
    date: parseDate,
    month: parseMonth,
  };
  return new NumericBuilder(type, parsers[type], new MissingTexts([...missing, "NaN"]));
}
