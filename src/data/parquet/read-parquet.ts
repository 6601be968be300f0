import { resolveOptions } from "../../core/options.ts";
import { type AdapterOptions, frameOf } from "../adapters/select-columns.ts";
import type { AbortSignalLike } from "../csv/platform.ts";
import type { Frame } from "../frame.ts";
import type { ColumnTypes, DeclaredRow, UnknownRow } from "../row-types.ts";
import type { ParquetSource } from "./open-buffer.ts";
import { openScan, parquetError, type ScanRequest } from "./parquet-scan.ts";

/** Options of {@link readParquet}. */
export interface ReadParquetOptions<Columns extends ColumnTypes | readonly string[] = readonly string[]> extends AdapterOptions<Columns> {
  /** Decompression functions of `hyparquet-compressors`, for files that are neither uncompressed nor snappy. */
  readonly compressors?: Readonly<Record<string, unknown>>;
  /** Stops the reading between column chunks. */
  readonly signal?: AbortSignalLike;
  /** Told the cells read and the cells in all. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Reads columns of a Parquet file, chunk by chunk, each put straight into its column. Needs the package `hyparquet`.
 * Big integers become exact categories unless declared `"number"`; dates and timestamps become day counts.
 *
 * @throws DataError `MISSING_PACKAGE`, `FILE_NOT_FOUND`, `NOT_PARQUET`, `UNSUPPORTED_COLUMN`, `BAD_CELL`. ColumnError `UNKNOWN_COLUMN`.
 * @example
 * const months = await readParquet("months.parquet", { columns: { person: "category", month: "month", hours: "number" } });
 */
export async function readParquet<const Columns extends ColumnTypes>(
  source: ParquetSource,
  options: ReadParquetOptions<Columns> & { readonly columns: Columns },
): Promise<Frame<DeclaredRow<Columns>>>;
export async function readParquet(source: ParquetSource, options?: ReadParquetOptions): Promise<Frame<UnknownRow>>;
export async function readParquet(
  source: ParquetSource,
  options: ReadParquetOptions<ColumnTypes | readonly string[]> = {},
): Promise<Frame<UnknownRow>> {
  const request = resolveOptions<ScanRequest>("readParquet", options as ReadParquetOptions<ColumnTypes>, {
    required: [],
    defaults: { columns: undefined, compressors: undefined, signal: undefined, onProgress: undefined },
  });
  const { scan, close } = await openScan("readParquet", source, request);
  try {
    return frameOf(await scan.read(scan.ranges, scan.rows), scan.rows);
  } catch (cause) {
    throw parquetError(cause, request.signal);
  } finally {
    await close();
  }
}
