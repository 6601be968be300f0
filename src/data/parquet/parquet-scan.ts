import { ColumnError, DataError, OptionError } from "../../core/errors.ts";
import { selectColumns } from "../adapters/select-columns.ts";
import { CellColumn } from "../cell-column.ts";
import type { ColumnData, ColumnType } from "../columns.ts";
import type { AbortSignalLike } from "../csv/platform.ts";
import type { ColumnTypes } from "../row-types.ts";
import { type AsyncBufferLike, openBuffer, type ParquetSource } from "./open-buffer.ts";

/** Rows of one row group. */
export interface RowRange {
  readonly rowStart: number;
  readonly rowEnd: number;
}

/** The part of hyparquet that is used. `parquetRead` reads row groups side by side, so that an error in one leaves others unattended. */
interface HyparquetModule {
  parquetMetadataAsync(file: AsyncBufferLike): Promise<unknown>;
  parquetSchema(metadata: unknown): { readonly children: readonly { readonly element: { readonly name: string } }[] };
  parquetScan(options: Readonly<Record<string, unknown>>): Promise<ColumnReader>;
}

interface ColumnReader {
  readonly ranges: readonly RowRange[];
  readColumn(part: RowRange & { readonly column: string }): Promise<ArrayLike<unknown>>;
}

/** What a reader asks of a file. */
export interface ScanRequest {
  readonly columns: ColumnTypes | readonly string[] | undefined;
  readonly compressors: Readonly<Record<string, unknown>> | undefined;
  readonly signal: AbortSignalLike | undefined;
  readonly onProgress: ((done: number, total: number) => void) | undefined;
}

/** Wanted columns of an open Parquet file, read row group by row group. */
export class ParquetScan {
  /** Rows of the file. */
  readonly rows: number;
  /** The row groups, in order. */
  readonly ranges: readonly RowRange[];
  private readonly reader: ColumnReader | undefined;
  private readonly wanted: readonly { readonly name: string; readonly type: ColumnType | undefined }[];
  private readonly request: ScanRequest;
  private done = 0;

  private constructor(rows: number, reader: ColumnReader | undefined, wanted: ParquetScan["wanted"], request: ScanRequest) {
    this.rows = rows;
    this.reader = reader;
    this.ranges = reader?.ranges ?? [];
    this.wanted = wanted;
    this.request = request;
  }

  static async open(caller: string, hyparquet: HyparquetModule, file: AsyncBufferLike, request: ScanRequest): Promise<ParquetScan> {
    const { columns, compressors } = request;
    const metadata = await hyparquet.parquetMetadataAsync(file);
    const names = hyparquet.parquetSchema(metadata).children.map(({ element }) => element.name);
    const rows = Number((metadata as { readonly num_rows: bigint }).num_rows);
    const wanted = selectColumns(caller, columns === undefined ? {} : { columns }, names);
    if (wanted.length === 0 || rows === 0) return new ParquetScan(rows, undefined, wanted, request);
    const given = compressors === undefined ? {} : { compressors };
    const reader = await hyparquet.parquetScan({ file, metadata, columns: wanted.map(({ name }) => name), ...given });
    return new ParquetScan(rows, reader, wanted, request);
  }

  /** The columns over adjacent row groups, `rows` rows in all. */
  async read(ranges: readonly RowRange[], rows: number): Promise<ReadonlyMap<string, ColumnData>> {
    const { signal, onProgress } = this.request;
    const first = ranges[0]?.rowStart ?? 0;
    const cells = new Map(this.wanted.map(({ name, type }) => [name, new CellColumn(name, type, rows, first)]));
    for (const range of ranges) {
      for (const [column, filling] of cells) {
        if (signal?.aborted === true) throw signal.reason ?? new Error("aborted");
        filling.fill(await this.reader!.readColumn({ ...range, column }), range.rowStart - first);
        this.done += range.rowEnd - range.rowStart;
        onProgress?.(this.done, this.rows * this.wanted.length);
      }
    }
    return new Map([...cells].map(([name, column]): [string, ColumnData] => [name, column.finish()]));
  }
}

/** An open file, and how to let go of it. Failures that are neither ours nor the signal's become `NOT_PARQUET`. */
export interface OpenScan {
  readonly scan: ParquetScan;
  readonly close: () => Promise<void>;
}

/** @throws DataError `MISSING_PACKAGE`, `FILE_NOT_FOUND`, `NOT_PARQUET`. ColumnError `UNKNOWN_COLUMN`. */
export async function openScan(caller: string, source: ParquetSource, request: ScanRequest): Promise<OpenScan> {
  const hyparquet = await loadHyparquet();
  const { file, close } = await openBuffer(source);
  try {
    return { scan: await ParquetScan.open(caller, hyparquet, file, request), close };
  } catch (cause) {
    await close();
    throw parquetError(cause, request.signal);
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

/** The error to throw for a failure while reading. */
export function parquetError(cause: unknown, signal: AbortSignalLike | undefined): unknown {
  if (cause instanceof DataError || cause instanceof ColumnError || cause instanceof OptionError || signal?.aborted === true) return cause;
  const found = cause instanceof Error ? cause.message : String(cause);
  const remedy = /unsupported compression/i.test(found) ? "; pass the compressors of the package hyparquet-compressors" : "";
  return new DataError("NOT_PARQUET", `Cannot read the file as it must be a Parquet file this reader knows: ${found}${remedy}`, {
    reason: found,
  });
}
