import { DataError } from "../core/errors.ts";
import { MILLISECONDS_A_DAY, numericText } from "./columns.ts";
import { parseDate, parseMonth } from "./parse-time.ts";

/** The text of a date or month as ASCII codes; other characters become 0, which no date holds. */
export function asciiCodes(text: string): Uint8Array {
  return Uint8Array.from({ length: text.length }, (_, i) => {
    const code = text.charCodeAt(i);
    return code < 128 ? code : 0;
  });
}

/**
 * The number a `"date"` column holds for a date: days since 1970-01-01, for cutoffs and time windows.
 * A `Date` counts by its UTC time.
 *
 * @throws DataError `INVALID_DATE`.
 * @example
 * const cutoff = dayNumber("2015-01-01"); // 16436
 */
export function dayNumber(date: string | Date): number {
  const value =
    typeof date === "string"
      ? parseDate(asciiCodes(date), 0, date.length)
      : date instanceof Date
        ? date.getTime() / MILLISECONDS_A_DAY
        : Number.NaN;
  if (!Number.isNaN(value)) return value;
  throw new DataError("INVALID_DATE", `Cannot count days as an existing date such as "2014-03-31" is needed: "${date}" was given`, {
    date,
  });
}

/**
 * The number a `"month"` column holds for a month: months since year 0, so that differences count months.
 *
 * @throws DataError `INVALID_MONTH`.
 * @example
 * const start = monthNumber("2014-03"); // 24170
 */
export function monthNumber(month: string): number {
  const value = typeof month === "string" ? parseMonth(asciiCodes(month), 0, month.length) : Number.NaN;
  if (!Number.isNaN(value)) return value;
  throw new DataError("INVALID_MONTH", `Cannot count months as a month such as "2014-03" is needed: "${month}" was given`, { month });
}

/** The date of a day number as ISO text. */
export function dayText(day: number): string {
  return numericText("date", day);
}

/** The month of a month number as ISO text. */
export function monthText(month: number): string {
  return numericText("month", month);
}
