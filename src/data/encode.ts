import { DataError } from "../core/errors.ts";
import { type CategoryData, type ColumnData, MILLISECONDS_A_DAY, type NumericData } from "./columns.ts";
import type { ColumnInput } from "./row-types.ts";

/**
 * A user's array as a column. `Float64Array` and column objects are taken as they are (no copy), other numeric arrays are widened,
 * strings and big integers become categories in order of appearance.
 *
 * @throws DataError `MIXED_COLUMN` (values of two kinds), `UNSUPPORTED_COLUMN`, `CODE_OUT_OF_RANGE`.
 */
export function encodeColumn(name: string, input: ColumnInput): ColumnData {
  if (input instanceof Float64Array) return { type: "number", values: input };
  if (input instanceof BigInt64Array || input instanceof BigUint64Array) return encodeLabels(Array.from(input));
  if (ArrayBuffer.isView(input)) return { type: "number", values: Float64Array.from(input as Exclude<typeof input, DataView>) };
  if (Array.isArray(input)) return encodeValues(name, input);
  if (isColumnData(input)) return checkedColumn(name, input);
  throw new DataError(
    "UNSUPPORTED_COLUMN",
    `Cannot read column "${name}" as an array, typed array or column is needed: ${typeof input} was given`,
    {
      column: name,
    },
  );
}

function isColumnData(input: unknown): input is ColumnData {
  return typeof input === "object" && input !== null && "type" in input && ("values" in input || "codes" in input);
}

function checkedColumn(name: string, column: ColumnData): ColumnData {
  if (column.type !== "category") return column;
  for (let i = 0; i < column.codes.length; i++) {
    const code = column.codes[i]!;
    if (code < -1 || code >= column.levels.length) {
      throw new DataError(
        "CODE_OUT_OF_RANGE",
        `Cannot read column "${name}" as codes must lie in -1 to ${column.levels.length - 1}: row ${i} has ${code}`,
        {
          column: name,
          row: i,
          code,
        },
      );
    }
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
    throw new DataError(
      "UNSUPPORTED_COLUMN",
      `Cannot read column "${name}" as its values must be numbers, booleans, strings, big integers or dates: row ${first} holds ${typeof cells[first]}`,
      { column: name, row: first },
    );
  }
  return encodeNumbers(kind, cells as readonly (number | boolean | Date | null | undefined)[]);
}

function encodeNumbers(type: NumericData["type"], cells: readonly (number | boolean | Date | null | undefined)[]): NumericData {
  const values = new Float64Array(cells.length);
  for (let i = 0; i < cells.length; i++) {
    const cell = cells[i];
    values[i] =
      cell === null || cell === undefined ? Number.NaN : cell instanceof Date ? cell.getTime() / MILLISECONDS_A_DAY : Number(cell);
  }
  return { type, values };
}

function encodeLabels(cells: readonly (string | bigint | null | undefined)[]): CategoryData {
  const codes = new Int32Array(cells.length);
  const levels: string[] = [];
  const codeOf = new Map<string | bigint, number>();
  for (let i = 0; i < cells.length; i++) {
    const cell = cells[i];
    if (cell === null || cell === undefined) {
      codes[i] = -1;
      continue;
    }
    let code = codeOf.get(cell);
    if (code === undefined) {
      code = levels.length;
      codeOf.set(cell, code);
      levels.push(String(cell));
    }
    codes[i] = code;
  }
  return { type: "category", codes, levels };
}
