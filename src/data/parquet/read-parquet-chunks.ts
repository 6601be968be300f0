import { checkNumber, resolveOptions } from "../../core/options.ts";
import { frameOf } from "../adapters/select-columns.ts";
import type { Frame } from "../frame.ts";
import type { ColumnTypes, DeclaredRow } from "../row-types.ts";
import type { ParquetSource } from "./open-buffer.ts";
import { openScan, parquetError, type RowRange, type ScanRequest } from "./parquet-scan.ts";
import type { ReadParquetOptions } from "./read-parquet.ts";

/** Options of {@link readParquetChunks}: those of `readParquet`, and: */
export interface ReadParquetChunksOptions<Columns extends ColumnTypes> extends ReadParquetOptions<Columns> {
  /** The columns to read and their types; parts of a file cannot tell the type of a column that they hold no value of. */
  readonly columns: Columns;
  /** Rows of a part at least: it ends with the row group of the file that reaches them. @defaultValue 100_000 */
  readonly chunkRows?: number;
}

/**
 * Reads a Parquet file part by part, for files larger than memory: frames of whole row groups, in order, each let go before the next is read. Of a path, a `Blob` or an
 * object that reads ranges only the wanted columns of one part are fetched; an address is fetched whole. Cells, options and errors are those of `readParquet`. Each
 * part has the levels of its own rows, so that moments are merged by label, never by code.
 *
 * @throws what `readParquet` throws, when the part is read that holds the cause. @throws OptionError for `chunkRows` below 1.
 * @example
 * const columns = { person: "category", hours: "number", program: "boolean" } as const;
 * let moments;
 * for await (const part of readParquetChunks("person-months.parquet", { columns })) {
 *   const own = regression.collectOls(part, { outcome: "hours", regressors: ["program"] });
 *   moments = moments === undefined ? own : regression.mergeOls(moments, own);
 * }
 * regression.finishOls(moments);
 */
export async function* readParquetChunks<const Columns extends ColumnTypes>(
  source: ParquetSource,
  options: ReadParquetChunksOptions<Columns>,
): AsyncGenerator<Frame<DeclaredRow<Columns>>, void, undefined> {
  const caller = "readParquetChunks";
  const settings = resolveOptions<ScanRequest & { readonly chunkRows: number }>(caller, options, {
    required: ["columns"],
    defaults: { compressors: undefined, signal: undefined, onProgress: undefined, chunkRows: 100_000 },
  });
  const least = checkNumber(caller, "chunkRows", settings.chunkRows, { min: 1, integer: true });
  const { scan, close } = await openScan(caller, source, settings);
  const part = async (ranges: readonly RowRange[], rows: number): Promise<Frame<DeclaredRow<Columns>>> => {
    try {
      return frameOf(await scan.read(ranges, rows), rows) as unknown as Frame<DeclaredRow<Columns>>;
    } catch (cause) {
      throw parquetError(cause, settings.signal);
    }
  };
  try {
    let ranges: RowRange[] = [];
    let rows = 0;
    let parts = 0;
    for (const range of scan.ranges) {
      ranges.push(range);
      rows += range.rowEnd - range.rowStart;
      if (rows < least) continue;
      yield await part(ranges, rows);
      parts++;
      ranges = [];
      rows = 0;
    }
    if (rows > 0 || parts === 0) yield await part(ranges, rows);
  } finally {
    await close();
  }
}
