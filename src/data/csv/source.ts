import { DataError, OptionError } from "../../core/errors.ts";
import {
  type AbortSignalLike,
  type BlobLike,
  type ByteStreamLike,
  type FileHandleLike,
  hasFileSystem,
  openFile,
  platform,
  type ResponseLike,
  type UrlLike,
} from "./platform.ts";

/**
 * Where data are read from: a path (in a browser: an address relative to the page), a URL, a `Blob` or `File`, a `fetch` response,
 * a stream of bytes (web or Node), bytes, or text itself as `{ text }`.
 */
export type CsvSource =
  | string
  | UrlLike
  | BlobLike
  | ResponseLike
  | ByteStreamLike
  | AsyncIterable<Uint8Array>
  | Uint8Array
  | { readonly text: string };

/** Bytes as they arrive, and how many there will be where that is known. */
export interface OpenSource {
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly size: number | undefined;
}

const CHUNK_BYTES = 1 << 20;

/**
 * Opens a source.
 *
 * @throws DataError `FILE_NOT_FOUND`, `FILE_UNREADABLE`, `FETCH_FAILED`. OptionError `INVALID_SOURCE`.
 */
export async function openSource(source: CsvSource, signal: AbortSignalLike | undefined): Promise<OpenSource> {
  if (typeof source === "string") {
    if (/[\n\r]/.test(source)) {
      // The text itself may hold personal data: it is not shown.
      throw new OptionError(
        "INVALID_SOURCE",
        "Cannot read data as a path must be one line: several were given; to read a text itself give { text }",
      );
    }
    const path = filePath(source);
    return path === undefined ? openAddress(source, signal) : openHandle(path, source);
  }
  if (source instanceof Uint8Array) return { chunks: sliceChunks(source), size: source.length };
  if (typeof source === "object" && source !== null) {
    if ("text" in source && typeof source.text === "string") {
      const bytes = new platform.TextEncoder().encode(source.text);
      return { chunks: sliceChunks(bytes), size: bytes.length };
    }
    if ("href" in source) return source.protocol === "file:" ? openHandle(source, source.href) : openAddress(source.href, signal);
    if ("body" in source) return openResponse(source);
    if ("stream" in source) return { chunks: streamChunks(source.stream()), size: source.size };
    if ("getReader" in source) return { chunks: streamChunks(source), size: undefined };
    if (Symbol.asyncIterator in source) return { chunks: source, size: undefined };
  }
  throw new OptionError(
    "INVALID_SOURCE",
    `Cannot read data as the source must be a path, URL, Blob, Response, stream, bytes or { text }: ${typeof source} was given`,
  );
}

/** The path of a file named by path or `file:` address; undefined for other addresses, and for paths in a browser, which are fetched. */
export function filePath(source: string): string | UrlLike | undefined {
  if (/^file:/i.test(source)) return new platform.URL(source);
  return hasFileSystem() && !/^[a-z][a-z0-9+.-]+:\/\//i.test(source) ? source : undefined;
}

async function openAddress(address: string, signal: AbortSignalLike | undefined): Promise<OpenSource> {
  let response: ResponseLike;
  try {
    if (platform.fetch === undefined) throw new Error("this runtime has no fetch");
    response = await platform.fetch(address, signal === undefined ? {} : { signal });
  } catch (cause) {
    if (signal?.aborted === true) throw signal.reason ?? cause;
    throw fetchFailed(address, cause instanceof Error ? cause.message : String(cause));
  }
  return openResponse(response);
}

function openResponse(response: ResponseLike): OpenSource {
  if (!response.ok) {
    const code = response.status === 404 ? "FILE_NOT_FOUND" : "FETCH_FAILED";
    throw fetchFailed(response.url, `the server answered ${response.status}`, code);
  }
  if (response.body === null) return { chunks: sliceChunks(new Uint8Array(0)), size: 0 };
  // With a content encoding the stated length is that of the compressed bytes.
  const length = response.headers.get("content-encoding") === null ? response.headers.get("content-length") : null;
  return { chunks: streamChunks(response.body), size: length === null ? undefined : Number(length) };
}

/** The error for an address that gave nothing. */
export function fetchFailed(address: string, found: string, code = "FETCH_FAILED"): DataError {
  return new DataError(code, `Cannot read "${address}" as it must be reachable: ${found}`, { source: address });
}

async function openHandle(path: string | UrlLike, shown: string): Promise<OpenSource> {
  let handle: FileHandleLike;
  try {
    handle = await openFile(path);
  } catch (cause) {
    throw unreadable(shown, (cause as { readonly code?: string }).code ?? String(cause));
  }
  const { size, isDirectory } = await handle.stat().then((stat) => ({ size: stat.size, isDirectory: stat.isDirectory() }));
  if (isDirectory) {
    await handle.close();
    throw unreadable(shown, "EISDIR");
  }
  return { chunks: fileChunks(handle), size };
}

/** The error for a file that could not be opened, by the system's code. */
export function unreadable(path: string, code: string): DataError {
  return code === "ENOENT"
    ? new DataError("FILE_NOT_FOUND", `Cannot read "${path}" as there must be a file: none was found; check the path and the folder`, {
        source: path,
      })
    : new DataError("FILE_UNREADABLE", `Cannot read "${path}" as it must be a readable file: opening it gave ${code}`, {
        source: path,
        reason: code,
      });
}

/** One buffer, filled anew for each chunk: the receiver copies what it keeps. */
async function* fileChunks(handle: FileHandleLike): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(CHUNK_BYTES);
  try {
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

async function* streamChunks(stream: ByteStreamLike): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  let finished = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) {
        finished = true;
        return;
      }
      if (value !== undefined) yield value;
    }
  } finally {
    if (!finished) await reader.cancel();
  }
}

async function* sliceChunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES) yield bytes.subarray(start, start + CHUNK_BYTES);
}
