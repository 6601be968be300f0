import { DataError } from "../core/errors.ts";
import { type CategoryData, type ColumnData, type ColumnType, MILLISECONDS_A_DAY } from "./columns.ts";
import { asciiCodes } from "./dates.ts";
import { parseDate, parseMonth } from "./parse-time.ts";

/**
 * A column of known length filled with values of another library, in pieces and in any order; rows never filled are missing.
 * With a declared type each value must be of it or safely made so; without one the first value decides.
 */
export class CellColumn {
  private readonly name: string;
  private readonly rows: number;
  private readonly firstRow: number;
  private readonly declared: boolean;
  private type: ColumnType | undefined;
  private values: Float64Array | undefined;
  private codes: Int32Array | undefined;
  private readonly codeOf: Map<string | bigint, number> = new Map();
  private readonly levels: string[] = [];

  /** @param firstRow - number of the first row, for messages. */
  constructor(name: string, type: ColumnType | undefined, rows: number, firstRow = 0) {
    this.name = name;
    this.firstRow = firstRow;
    this.type = type;
    this.declared = type !== undefined;
    this.rows = rows;
  }

  /**
   * Puts `cells` into the rows from `start` on; null, undefined and NaN are missing.
   *
   * @throws DataError `BAD_CELL`, `UNSUPPORTED_COLUMN`.
   */
  fill(cells: ArrayLike<unknown>, start: number): void {
    const count = Math.min(cells.length, this.rows - start);
    for (let i = 0; this.type === undefined && i < count; i++) this.type = this.typeOf(cells[i], start + i);
    if (this.type === undefined) return;
    if (this.type === "category") this.fillCodes(cells, start, count);
    else this.fillNumbers(cells, start, count, this.type);
  }

  /** The column; of type number when nothing but missing values came. */
  finish(): ColumnData {
    if (this.type === "category") {
      return { type: "category", codes: this.codes ?? new Int32Array(this.rows).fill(-1), levels: this.levels } satisfies CategoryData;
    }
    return { type: this.type ?? "number", values: this.values ?? new Float64Array(this.rows).fill(Number.NaN) };
  }

  private fillNumbers(cells: ArrayLike<unknown>, start: number, count: number, type: Exclude<ColumnType, "category">): void {
    this.values ??= new Float64Array(this.rows).fill(Number.NaN);
    const { values } = this;
    if (type === "number" && isNumericArray(cells)) {
      values.set(cells.length === count ? cells : cells.subarray(0, count), start);
      return;
    }
    const convert = CONVERTERS[type];
    for (let i = 0; i < count; i++) {
      const cell = cells[i];
      if (cell === null || cell === undefined || Number.isNaN(cell)) continue;
      const value = convert(cell);
      if (Number.isNaN(value)) throw this.badCell(cell, start + i);
      values[start + i] = value;
    }
  }

  private fillCodes(cells: ArrayLike<unknown>, start: number, count: number): void {
    this.codes ??= new Int32Array(this.rows).fill(-1);
    const { codes, codeOf } = this;
    for (let i = 0; i < count; i++) {
      const cell = cells[i];
      if (cell === null || cell === undefined || Number.isNaN(cell)) continue;
      const key = this.labelOf(cell, start + i);
      const code = codeOf.get(key);
      codes[start + i] = code ?? this.addLevel(key);
    }
  }

  private addLevel(key: string | bigint): number {
    const label = String(key);
    const code = codeOfLabel(this.codeOf, label) ?? this.levels.push(label) - 1;
    this.codeOf.set(label, code);
    this.codeOf.set(key, code);
    return code;
  }

  private labelOf(cell: unknown, row: number): string | bigint {
    if (typeof cell === "string" || typeof cell === "bigint") return cell;
    if (this.declared && (typeof cell === "number" || typeof cell === "boolean")) return String(cell);
    throw this.badCell(cell, row);
  }

  private typeOf(cell: unknown, row: number): ColumnType | undefined {
    if (cell === null || cell === undefined) return undefined;
    if (typeof cell === "string" || typeof cell === "bigint") return "category";
    if (typeof cell === "number" || typeof cell === "boolean") return typeof cell as "number" | "boolean";
    if (cell instanceof Date) return "date";
    const at = row + this.firstRow;
    throw new DataError(
      "UNSUPPORTED_COLUMN",
      `Cannot read column "${this.name}" as its values must be numbers, booleans, strings, big integers or dates: row ${at} holds ${shown(cell)}; leave it out by naming the others in columns`,
      { column: this.name, row: at },
    );
  }

  private badCell(cell: unknown, row: number): DataError {
    const at = row + this.firstRow;
    const beyond = this.type === "number" && typeof cell === "bigint";
    const remedy = beyond ? `beyond 2^53 numbers lose digits: declare the column "category"` : "declare its type in columns, or convert it";
    return new DataError(
      "BAD_CELL",
      `Cannot read column "${this.name}" as ${this.type} values: row ${at} holds ${shown(cell)}; ${remedy}`,
      {
        column: this.name,
        row: at,
        type: this.type,
      },
    );
  }
}

const codeOfLabel = (codes: ReadonlyMap<string | bigint, number>, label: string): number | undefined => codes.get(label);

function shown(cell: unknown): string {
  if (cell instanceof Date) return "a date";
  return typeof cell === "string" ? JSON.stringify(cell) : typeof cell === "object" ? "an object" : `${typeof cell} ${String(cell)}`;
}

type NumericTypedArray =
  | Float64Array
  | Float32Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray;

/** Whether an array is a typed array of numbers, big integers excluded. */
export function isNumericArray(cells: unknown): cells is NumericTypedArray {
  return ArrayBuffer.isView(cells) && !(cells instanceof DataView || cells instanceof BigInt64Array || cells instanceof BigUint64Array);
}

/** Values as the numbers of each type; NaN when they cannot be. */
const CONVERTERS: Readonly<Record<Exclude<ColumnType, "category">, (cell: unknown) => number>> = {
  number: (cell) => {
    if (typeof cell === "bigint") return Number.isSafeInteger(Number(cell)) ? Number(cell) : Number.NaN;
    return typeof cell === "number" || typeof cell === "boolean" ? Number(cell) : Number.NaN;
  },
  boolean: (cell) => (cell === true || cell === 1 || cell === 1n ? 1 : cell === false || cell === 0 || cell === 0n ? 0 : Number.NaN),
  date: (cell) => (cell instanceof Date ? cell.getTime() / MILLISECONDS_A_DAY : parsedText(cell, parseDate)),
  month: (cell) => (cell instanceof Date ? 12 * cell.getUTCFullYear() + cell.getUTCMonth() : parsedText(cell, parseMonth)),
};

function parsedText(cell: unknown, parse: (bytes: Uint8Array, start: number, end: number) => number): number {
  if (typeof cell !== "string" && typeof cell !== "number" && typeof cell !== "bigint") return Number.NaN;
  const text = String(cell);
  return parse(asciiCodes(text), 0, text.length);
}
