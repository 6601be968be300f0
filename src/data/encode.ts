import { DataError, type ErrorDetails } from "../core/errors.ts";
import { type CategoryData, type ColumnData, MILLISECONDS_A_DAY, type NumericData } from "./columns.ts";
import type { ColumnInput } from "./row-types.ts";

/**
 * A user's array as a column. `Float64Array` and column objects are taken as they are (no copy), other numeric arrays are widened,
 * strings and big integers become categories in order of appearance.
 *
 * A `Date` counts as days by its UTC time.
 *
 * @throws DataError `MIXED_COLUMN` (values of two kinds), `UNSUPPORTED_COLUMN`, `INVALID_DATE`, `CODE_OUT_OF_RANGE`, `DUPLICATE_LEVEL`.
 */
export function encodeColumn(name: string, input: ColumnInput): ColumnData {
  if (input instanceof Float64Array) return { type: "number", values: input };
  if (input instanceof BigInt64Array || input instanceof BigUint64Array) return encodeLabels(input);
  if (ArrayBuffer.isView(input)) return { type: "number", values: Float64Array.from(input as Exclude<typeof input, DataView>) };
  if (Array.isArray(input)) return encodeValues(name, input);
  if (isColumnData(input)) return checkedColumn(name, input);
  throw unsupported(name, "an array, typed array or column is needed", `${typeof input} was given`);
}

function unsupported(name: string, requirement: string, found: string, details: ErrorDetails = {}): DataError {
  return new DataError("UNSUPPORTED_COLUMN", `Cannot read column "${name}" as ${requirement}: ${found}`, { column: name, ...details });
}

function isColumnData(input: unknown): input is ColumnData {
  return typeof input === "object" && input !== null && "type" in input && ("values" in input || "codes" in input);
}

const NUMERIC_TYPES: readonly string[] = ["number", "boolean", "date", "month"];

function checkedColumn(name: string, column: ColumnData): ColumnData {
  if (column.type !== "category") {
    if (!NUMERIC_TYPES.includes(column.type)) throw unsupported(name, `its type must be a column type`, `it is "${column.type}"`);
    if (!(column.values instanceof Float64Array)) throw unsupported(name, "its values must be a Float64Array", "they are something else");
    return column;
  }
  const { codes, levels } = column;
  if (!(codes instanceof Int32Array)) throw unsupported(name, "its codes must be an Int32Array", "they are something else");
  if (new Set(levels).size < levels.length) {
    const level = levels.find((other, k) => levels.indexOf(other) < k)!;
    throw new DataError("DUPLICATE_LEVEL", `Cannot read column "${name}" as its levels must differ: "${level}" is there twice`, {
      column: name,
      level,
    });
  }
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i]!;
    if (code >= -1 && code < levels.length) continue;
    throw new DataError(
      "CODE_OUT_OF_RANGE",
      `Cannot read column "${name}" as codes must lie in -1 to ${levels.length - 1}: row ${i} has ${code}`,
      { column: name, row: i, code },
    );
  }
  return column;
}

type Cell = number | boolean | string | bigint | Date | null | undefined;

function kindOf(cell: Exclude<Cell, null | undefined>): "number" | "boolean" | "date" | "label" | "unsupported" {
  if (typeof cell === "string" || typeof cell === "bigint") return "label";
  if (cell instanceof Date) return "date";
  return typeof cell === "number" || typeof cell === "boolean" ? (typeof cell as "number" | "boolean") : "unsupported";
}

function encodeValues(name: string, cells: readonly Cell[]): ColumnData {
  const first = cells.findIndex((cell) => cell !== null && cell !== undefined);
  const kind = first < 0 ? "number" : kindOf(cells[first] as Exclude<Cell, null | undefined>);
  for (let i = 0; i < cells.length; i++) {
    const cell = cells[i];
    if (cell === null || cell === undefined || kindOf(cell) === kind) continue;
    throw new DataError(
      "MIXED_COLUMN",
      `Cannot read column "${name}" as all its values must be of one kind: row ${first} holds a ${kind}, row ${i} a ${kindOf(cell)}; convert one of them`,
      { column: name, rows: [first, i] },
    );
  }
  if (kind === "label") return encodeLabels(cells as readonly (string | bigint | null | undefined)[]);
  if (kind === "unsupported") {
    const requirement = "its values must be numbers, booleans, strings, big integers or dates";
    throw unsupported(name, requirement, `row ${first} holds ${typeof cells[first]}`, { row: first });
  }
  return encodeNumbers(name, kind, cells as readonly (number | boolean | Date | null | undefined)[]);
}

function encodeNumbers(
  name: string,
  type: NumericData["type"],
  cells: readonly (number | boolean | Date | null | undefined)[],
): NumericData {
  const values = new Float64Array(cells.length);
  for (let i = 0; i < cells.length; i++) {
    const cell = cells[i];
    if (cell === null || cell === undefined) values[i] = Number.NaN;
    else if (!(cell instanceof Date)) values[i] = Number(cell);
    else {
      values[i] = cell.getTime() / MILLISECONDS_A_DAY;
      if (Number.isNaN(values[i])) {
        throw new DataError(
          "INVALID_DATE",
          `Cannot read column "${name}" as its dates must exist: row ${i} holds an invalid Date; correct it or make it null`,
          { column: name, row: i },
        );
      }
    }
  }
  return { type, values };
}

/** Codes of labels in order of appearance. A big integer is the label of its digits. */
export function encodeLabels(cells: ArrayLike<string | bigint | null | undefined>): CategoryData {
  const codes = new Int32Array(cells.length);
  const levels: string[] = [];
  const codeOf = new Map<string, number>();
  const codeOfInteger = new Map<bigint, number>();
  for (let i = 0; i < cells.length; i++) {
    const cell = cells[i];
    if (cell === null || cell === undefined) {
      codes[i] = -1;
      continue;
    }
    let code = typeof cell === "string" ? codeOf.get(cell) : codeOfInteger.get(cell);
    if (code === undefined) {
      const label = String(cell);
      code = codeOf.get(label) ?? levels.push(label) - 1;
      codeOf.set(label, code);
      if (typeof cell === "bigint") codeOfInteger.set(cell, code);
    }
    codes[i] = code;
  }
  return { type: "category", codes, levels };
}
