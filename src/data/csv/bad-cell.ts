import { DataError } from "../../core/errors.ts";
import type { ColumnType } from "../columns.ts";

/** A cell whose text is not of its column's declared type. */
export interface BadCell {
  /** Line of the file, from 1. */
  readonly line: number;
  /** Column name. */
  readonly column: string;
  /** The type declared for the column. */
  readonly type: ColumnType;
  /** The cell's text. */
  readonly text: string;
}

const EXPECTED: Readonly<Record<ColumnType, string>> = {
  number: "numbers",
  boolean: "0/1, true/false, yes/no or ja/nee",
  date: "dates such as 2014-03-31 or 31-03-2014",
  month: "months such as 2014-03 or 201403",
  category: "labels",
};

/** The error for a bad cell: where it stands, what it holds, and what to do. */
export function badCellError({ line, column, type, text }: BadCell, decimal: "." | ","): DataError {
  const expected = type === "number" ? `numbers such as 1234${decimal}5` : EXPECTED[type];
  return new DataError(
    "BAD_CELL",
    `Cannot read column "${column}" as its cells must be ${expected}: line ${line} has ${JSON.stringify(text)}; ${remedy(type, text, decimal)}`,
    { line, column, type, text },
  );
}

function remedy(type: ColumnType, text: string, decimal: "." | ","): string {
  const trimmed = text.trim();
  if (type === "number") {
    if (/^[+-]?\d+$/.test(trimmed)) return `it is beyond 2^53, where numbers lose digits: declare the column "category"`;
    const other = decimal === "." ? "," : ".";
    const swapped = other === "," ? /^[+-]?\d*,\d+$/ : /^[+-]?\d*\.\d+$/;
    if (swapped.test(trimmed)) return `if "${other}" is the decimal mark set decimal: "${other}"`;
    if (/^[+-]?\d{1,3}([.,' ]\d{3})+([.,]\d+)?$/.test(trimmed)) return "write it without thousands marks";
  }
  return `correct it, add it to missing: [${JSON.stringify(trimmed)}], or set onBadCell: "missing"`;
}

/** Bad cells made missing, counted by column, in words for the frame's notes. */
export function badCellNotes(counts: ReadonlyMap<string, number>, types: Readonly<Record<string, ColumnType>>): string[] {
  return [...counts].map(
    ([column, count]) => `${count} ${count === 1 ? "cell" : "cells"} of "${column}" read as missing: not a ${types[column]}`,
  );
}
