import { DataError } from "../../core/errors.ts";
import { platform } from "./platform.ts";

const LINE_FEED = 10;
const QUOTE = 34;

/** Bytes as UTF-8 without a byte order mark, whatever the encoding; a UTF-16 mark overrides `"utf-8"`. */
export async function* utf8Chunks(chunks: AsyncIterable<Uint8Array>, encoding: string): AsyncGenerator<Uint8Array> {
  let recode: ((chunk: Uint8Array, stream: boolean) => Uint8Array) | undefined;
  let first = true;
  for await (const chunk of joinedStart(chunks)) {
    let rest = chunk;
    if (first) {
      first = false;
      const label = /^utf-?8$/i.test(encoding) ? markedEncoding(chunk) : encoding;
      if (label !== undefined) recode = recoder(label);
      else if (chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf) rest = chunk.subarray(3);
    }
    yield recode === undefined ? rest : recode(rest, true);
  }
  if (recode !== undefined) yield recode(new Uint8Array(0), false);
}

/** Chunks of which the first has the three bytes of the longest mark, if the source has. */
async function* joinedStart(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let start: Uint8Array | undefined = new Uint8Array(0);
  for await (const chunk of chunks) {
    if (start === undefined) {
      yield chunk;
      continue;
    }
    const joined: Uint8Array = new Uint8Array(start.length + chunk.length);
    joined.set(start);
    joined.set(chunk, start.length);
    start = joined.length < 3 ? joined : undefined;
    if (start === undefined) yield joined;
  }
  if (start !== undefined && start.length > 0) yield start;
}

function markedEncoding(chunk: Uint8Array): string | undefined {
  if (chunk[0] === 0xff && chunk[1] === 0xfe) return "utf-16le";
  return chunk[0] === 0xfe && chunk[1] === 0xff ? "utf-16be" : undefined;
}

function recoder(label: string): (chunk: Uint8Array, stream: boolean) => Uint8Array {
  const decoder = new platform.TextDecoder(label); // drops the mark itself
  const encoder = new platform.TextEncoder();
  return (chunk, stream) => encoder.encode(decoder.decode(chunk, { stream }));
}

/** Whole records: `bytes[0..end)` ends with a line feed and lives until the next block is asked for. */
export interface Block {
  readonly bytes: Uint8Array;
  readonly end: number;
  readonly quoted: boolean;
}

/**
 * Cuts chunks at record ends. A line feed ends a record where the number of quotes before it is even:
 * RFC 4180 writes every quote inside a quoted field twice.
 */
export async function* recordBlocks(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Block> {
  let buffer: Uint8Array = new Uint8Array(1 << 16);
  let filled = 0;
  const append = (chunk: Uint8Array): void => {
    if (filled + chunk.length + 1 > buffer.length) {
      const larger = new Uint8Array(2 * (filled + chunk.length) + 1);
      larger.set(buffer.subarray(0, filled));
      buffer = larger;
    }
    buffer.set(chunk, filled);
    filled += chunk.length;
  };
  for await (const chunk of chunks) {
    append(chunk);
    const bytes = buffer.subarray(0, filled);
    const quoted = bytes.indexOf(QUOTE) >= 0;
    const end = quoted ? quotedEnd(bytes) : bytes.lastIndexOf(LINE_FEED) + 1;
    if (end === 0) continue;
    yield { bytes: buffer, end, quoted };
    buffer.copyWithin(0, end, filled);
    filled -= end;
  }
  if (filled === 0) return;
  if (buffer[filled - 1] !== LINE_FEED) buffer[filled++] = LINE_FEED;
  const rest = buffer.subarray(0, filled);
  yield { bytes: buffer, end: filled, quoted: rest.indexOf(QUOTE) >= 0 };
}

function quotedEnd(bytes: Uint8Array): number {
  let end = 0;
  let open = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (byte === QUOTE) open = !open;
    else if (byte === LINE_FEED && !open) end = i + 1;
  }
  return end;
}

/** Where the first record of a block that holds any text ends, and how many lines it and the blank lines before it take. */
export function firstRecord({ bytes, end }: Block): { readonly start: number; readonly end: number; readonly lines: number } {
  let [start, lines, open] = [0, 0, false];
  for (let i = 0; i < end; i++) {
    if (bytes[i] === QUOTE) open = !open;
    if (bytes[i] !== LINE_FEED) continue;
    lines++;
    if (open) continue;
    const blank = i === start || (i === start + 1 && bytes[start] === 13);
    if (!blank) return { start, end: i + 1, lines };
    start = i + 1;
  }
  return { start: end, end, lines };
}

/** Bytes as text. @throws DataError `BAD_ENCODING` when they are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array, line: number): string {
  try {
    return new platform.TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new DataError(
      "BAD_ENCODING",
      `Cannot read the file as its text must be UTF-8: the bytes from line ${line} on are not; files from older programs often need encoding: "latin1"`,
      { line },
    );
  }
}
