import { DataError } from "../../core/errors.ts";
import { type BlobLike, type FileHandleLike, hasFileSystem, openFile, platform, type UrlLike } from "../csv/platform.ts";
import { fetchFailed, filePath, unreadable } from "../csv/source.ts";

/** Reads ranges of bytes: hyparquet's `AsyncBuffer`. */
export interface AsyncBufferLike {
  readonly byteLength: number;
  /** The bytes from `start` to `end`. */
  slice(start: number, end?: number): ArrayBuffer | Promise<ArrayBuffer>;
}

/** Where a Parquet file is: a path, a URL, a `Blob` or `File`, its bytes, or an object that reads ranges of bytes (hyparquet's `AsyncBuffer`). */
export type ParquetSource = string | UrlLike | BlobLike | ArrayBuffer | Uint8Array | AsyncBufferLike;

/** A file open for reading ranges, and how to let go of it. */
export interface OpenBuffer {
  readonly file: AsyncBufferLike;
  readonly close: () => Promise<void>;
}

const nothing = async (): Promise<void> => {};

/** Opens a Parquet source. @throws DataError `FILE_NOT_FOUND`, `FILE_UNREADABLE`, `FETCH_FAILED`. */
export async function openBuffer(source: ParquetSource): Promise<OpenBuffer> {
  if (typeof source === "string" || "href" in source) {
    const address = typeof source === "string" ? source : source.href;
    const path = typeof source === "string" ? filePath(source) : source.protocol === "file:" ? source : undefined;
    return path === undefined ? { file: await fetchWhole(address), close: nothing } : openPath(path, address);
  }
  if (source instanceof Uint8Array) {
    const bytes = source.slice(); // a copy whose buffer holds these bytes alone
    return { file: bytes.buffer as ArrayBuffer, close: nothing };
  }
  if ("stream" in source) {
    const blob = source as BlobLike & { slice(start: number, end?: number): { arrayBuffer(): Promise<ArrayBuffer> } };
    return { file: { byteLength: blob.size, slice: (start, end) => blob.slice(start, end).arrayBuffer() }, close: nothing };
  }
  return { file: source, close: nothing };
}

async function fetchWhole(address: string): Promise<AsyncBufferLike> {
  if (platform.fetch === undefined) throw fetchFailed(address, "this runtime has no fetch");
  const response = await platform.fetch(address).catch((cause: unknown) => {
    throw fetchFailed(address, cause instanceof Error ? cause.message : String(cause));
  });
  if (!response.ok) {
    throw fetchFailed(address, `the server answered ${response.status}`, response.status === 404 ? "FILE_NOT_FOUND" : "FETCH_FAILED");
  }
  return (response as unknown as { arrayBuffer(): Promise<ArrayBuffer> }).arrayBuffer();
}

async function openPath(path: string | UrlLike, shown: string): Promise<OpenBuffer> {
  if (!hasFileSystem())
    throw new DataError("FILE_UNREADABLE", `Cannot read "${shown}" as files need Node, Deno or Bun: this is none of them`);
  let handle: FileHandleLike;
  try {
    handle = await openFile(path);
  } catch (cause) {
    throw unreadable(shown, (cause as { readonly code?: string }).code ?? String(cause));
  }
  const { size } = await handle.stat();
  const slice = async (start: number, end: number = size): Promise<ArrayBuffer> => {
    const bytes = new Uint8Array(end - start);
    let filled = 0;
    while (filled < bytes.length) {
      const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, start + filled);
      if (bytesRead === 0) throw unreadable(shown, "an early end");
      filled += bytesRead;
    }
    return bytes.buffer;
  };
  return { file: { byteLength: size, slice }, close: () => handle.close() };
}
