import type { Frame } from "../frame.ts";
import type { ColumnTypes, DeclaredRow } from "../row-types.ts";
import type { BadCell } from "./bad-cell.ts";
import { CsvReader, openBlocks, readerSettings } from "./csv-reader.ts";
import type { AbortSignalLike } from "./platform.ts";
import type { CsvSource } from "./source.ts";

/** Options of {@link readCsv}. */
export interface ReadCsvOptions<Columns extends ColumnTypes> {
  /**
   * The columns to read and what they hold; other columns of the file are passed over.
   * - `"number"`: `1234.5`, `-1e3`, `Inf`. Whole numbers beyond 2^53 are bad cells: identifiers are categories.
   * - `"category"`: any text, exactly as it stands.
   * - `"boolean"`: `0/1`, `true/false`, `yes/no`, `ja/nee`, in any case.
   * - `"date"`: `2014-03-31`, `20140331`, `31-03-2014`, or midnight of an ISO date and time.
   * - `"month"`: `2014-03`, `201403`, `2014M03`, `03-2014`, or any date in it.
   */
  readonly columns: Columns;
  /** Field delimiter. @defaultValue the most frequent of `,` `;` tab `|` in the header line */
  readonly delimiter?: string;
  /** Decimal mark. @defaultValue `","` when the delimiter is `;`, else `"."` */
  readonly decimal?: "." | ",";
  /** Encoding by its web name: `"utf-8"`, `"latin1"`, `"utf-16le"` and so on. @defaultValue "utf-8" */
  readonly encoding?: string;
  /**
   * True: the first line that is not blank names the columns. False: there is no such line, and the declared columns are the file's, in order.
   * A list: the names of all the file's columns, in order. @defaultValue true
   */
  readonly header?: boolean | readonly string[];
  /** Texts that mean "missing"; in numeric columns `NaN` does too. @defaultValue ["", "NA"] */
  readonly missing?: readonly string[];
  /**
   * `"error"` stops at the first bad cell, `"missing"` reads it as missing and counts it in the frame's `notes`;
   * a function does the same and is told of each. @defaultValue "error"
   */
  readonly onBadCell?: "error" | "missing" | ((cell: BadCell) => void);
  /** Stops the reading. */
  readonly signal?: AbortSignalLike;
  /** Told the bytes read and, where known, the bytes in all. */
  readonly onProgress?: (done: number, total: number | undefined) => void;
}

/** Fewer bytes than this say too little about the rows to come. */
const ENOUGH_BYTES = 1 << 16;

/**
 * Reads delimited text (RFC 4180: quotes, line breaks inside them, any line end, byte order mark) into typed columns, as a stream:
 * memory stays near the size of the columns asked for. Blank lines are passed over.
 *
 * @throws ColumnError `UNKNOWN_COLUMN` (naming the nearest), `DUPLICATE_COLUMN`.
 * @throws DataError `FILE_NOT_FOUND`, `FILE_UNREADABLE`, `FETCH_FAILED`, `NO_HEADER`, `RAGGED_ROW`, `BAD_CELL`, `BAD_QUOTES`, `BAD_ENCODING`.
 * @throws OptionError for options outside their range.
 * @example
 * const months = await readCsv("person-months.csv", {
 *   columns: { person: "category", month: "month", employed: "boolean", income: "number" },
 * });
 */
export async function readCsv<const Columns extends ColumnTypes>(
  source: CsvSource,
  options: ReadCsvOptions<Columns>,
): Promise<Frame<DeclaredRow<Columns>>> {
  const settings = readerSettings("readCsv", options);
  const { blocks, size, done } = await openBlocks(source, settings);
  const reader = new CsvReader(settings);
  for await (const block of blocks) {
    reader.read(block);
    if (size !== undefined && done() >= ENOUGH_BYTES) reader.reserve(size / done());
  }
  return reader.finish() as Frame<DeclaredRow<Columns>>;
}
