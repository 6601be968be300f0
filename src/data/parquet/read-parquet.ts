import { ColumnError, DataError, OptionError } from "../../core/errors.ts";
import { resolveOptions } from "../../core/options.ts";
import { type AdapterOptions, frameOf, selectColumns } from "../adapters/select-columns.ts";
import { CellColumn } from "../cell-column.ts";
import type { ColumnData } from "../columns.ts";
import type { AbortSignalLike, BlobLike, UrlLike } from "../csv/platform.ts";
import type { Frame } from "../frame.ts";
import type { ColumnTypes, DeclaredRow, UnknownRow } from "../row-types.ts";
import { type AsyncBufferLike, openBuffer } from "./open-buffer.ts";

/** Where a Parquet file is: a path, a URL, a `Blob` or `File`, its bytes, or an object that reads ranges of bytes (hyparquet's `AsyncBuffer`). */
export type ParquetSource = string | UrlLike | BlobLike | ArrayBuffer | Uint8Array | AsyncBufferLike;

/** Options of {@link readParquet}. */
export interface ReadParquetOptions<Columns extends ColumnTypes | readonly string[] = readonly string[]> extends AdapterOptions<Columns> {
  /** Decompression functions of `hyparquet-compressors`, for files that are neither uncompressed nor snappy. */
  readonly compressors?: Readonly<Record<string, unknown>>;
  /** Stops the reading between column chunks. */
  readonly signal?: AbortSignalLike;
  /** Told the cells read and the cells in all. */
  readonly onProgress?: (done: number, total: number) => void;
}

interface RowRange {
  readonly rowStart: number;
  readonly rowEnd: number;
}

/** The part of hyparquet that is used. `parquetRead` reads row groups side by side, so that an error in one leaves others unattended. */
interface HyparquetModule {
  parquetMetadataAsync(file: AsyncBufferLike): Promise<unknown>;
  parquetSchema(metadata: unknown): { readonly children: readonly { readonly element: { readonly name: string } }[] };
  parquetScan(options: Readonly<Record<string, unknown>>): Promise<{
    readonly ranges: readonly RowRange[];
    readColumn(part: RowRange & { readonly column: string }): Promise<ArrayLike<unknown>>;
  }>;
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
  const { columns, compressors, signal, onProgress } = resolveOptions<ReadParquetOptions<ColumnTypes | readonly string[]>>(
    "readParquet",
    options,
    { required: [], defaults: { columns: undefined, compressors: undefined, signal: undefined, onProgress: undefined } },
  );
  const hyparquet = await loadHyparquet();
  const { file, close } = await openBuffer(source);
  try {
    const metadata = await hyparquet.parquetMetadataAsync(file);
    const names = hyparquet.parquetSchema(metadata).children.map(({ element }) => element.name);
    const rows = Number((metadata as { readonly num_rows: bigint }).num_rows);
    const wanted = selectColumns("readParquet", columns === undefined ? {} : { columns }, names);
    const cells = new Map(wanted.map(({ name, type }) => [name, new CellColumn(name, type, rows)]));
    if (wanted.length > 0 && rows > 0) {
      const given = compressors === undefined ? {} : { compressors };
      const scan = await hyparquet.parquetScan({ file, metadata, columns: wanted.map(({ name }) => name), ...given });
      let done = 0;
      for (const range of scan.ranges) {
        for (const [column, filling] of cells) {
          if (signal?.aborted === true) throw signal.reason ?? new Error("aborted");
          filling.fill(await scan.readColumn({ ...range, column }), range.rowStart);
          done += range.rowEnd - range.rowStart;
          onProgress?.(done, rows * wanted.length);
        }
      }
    }
    return frameOf(new Map([...cells].map(([name, column]): [string, ColumnData] => [name, column.finish()])), rows);
  } catch (cause) {
    if (cause instanceof DataError || cause instanceof ColumnError || cause instanceof OptionError || signal?.aborted === true) throw cause;
    throw notParquet(cause);
  } finally {
    await close();
  }
}

async function loadHyparquet(): Promise<HyparquetModule> {
  try {
    return (await import("hyparquet")) as unknown as HyparquetModule;
  } catch (cause) {
    throw new DataError(
      "MISSING_PACKAGE",
      'Cannot read Parquet as the package "hyparquet" must be installed: it was not found; run: npm install hyparquet',
      { package: "hyparquet", reason: String(cause) },
    );
  }
}

function notParquet(cause: unknown): DataError {
  const found = cause instanceof Error ? cause.message : String(cause);
  const remedy = /unsupported compression/i.test(found) ? "; pass the compressors of the package hyparquet-compressors" : "";
  return new DataError("NOT_PARQUET", `Cannot read the file as it must be a Parquet file this reader knows: ${found}${remedy}`, {
    reason: found,
  });
}
