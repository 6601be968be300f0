import { checkNumber } from "../../core/options.ts";
import type { Frame } from "../frame.ts";
import type { ColumnTypes, DeclaredRow } from "../row-types.ts";
import { CsvReader, openBlocks, type ReaderSettings, readerSettings } from "./csv-reader.ts";
import type { ReadCsvOptions } from "./read-csv.ts";
import type { CsvSource } from "./source.ts";

/** Options of {@link readCsvChunks}: those of `readCsv`, and: */
export interface ReadCsvChunksOptions<Columns extends ColumnTypes> extends ReadCsvOptions<Columns> {
  /** Rows of a part at least: it ends with the block of the file that reaches them. @defaultValue 100_000 */
  readonly chunkRows?: number;
}

/**
 * Reads delimited text part by part, for files larger than memory: frames of some 100,000 rows, in order, each let go before the next is read.
 * Cells, options and errors are those of `readCsv`. Each part has the levels of its own rows, so that moments are merged by label, never by code.
 *
 * @throws what `readCsv` throws, when the part is read that holds the cause. @throws OptionError for `chunkRows` below 1.
 * @example
 * const parts = readCsvChunks("person-months.csv", { columns: { person: "category", hours: "number", program: "boolean" } });
 * let moments;
 * for await (const part of parts) {
 *   const own = regression.collectOls(part, { outcome: "hours", regressors: ["program"] });
 *   moments = moments === undefined ? own : regression.mergeOls(moments, own);
 * }
 * regression.finishOls(moments);
 */
export async function* readCsvChunks<const Columns extends ColumnTypes>(
  source: CsvSource,
  options: ReadCsvChunksOptions<Columns>,
): AsyncGenerator<Frame<DeclaredRow<Columns>>, void, undefined> {
  const settings = readerSettings<ReaderSettings & { readonly chunkRows: number }>("readCsvChunks", options, { chunkRows: 100_000 });
  const rows = checkNumber("readCsvChunks", "chunkRows", settings.chunkRows, { min: 1, integer: true });
  const reader = new CsvReader(settings);
  let parts = 0;
  const { blocks } = await openBlocks(source, settings);
  for await (const block of blocks) {
    reader.read(block);
    if (reader.rows < rows) continue;
    parts++;
    yield reader.take() as Frame<DeclaredRow<Columns>>;
  }
  if (reader.rows > 0 || parts === 0) yield reader.finish() as Frame<DeclaredRow<Columns>>;
}
