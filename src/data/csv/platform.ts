/** Decodes bytes to text; the part of the web's `TextDecoder` that is used. */
export interface TextDecoderLike {
  decode(input?: Uint8Array, options?: { readonly stream?: boolean }): string;
}

/** Encodes text to UTF-8; the part of the web's `TextEncoder` that is used. */
export interface TextEncoderLike {
  encode(text: string): Uint8Array;
  encodeInto(text: string, destination: Uint8Array): { readonly read: number; readonly written: number };
}

/** A web stream of bytes, by structure. */
export interface ByteStreamLike {
  /** Takes the stream for reading. */
  getReader(): {
    /** The next bytes. */
    read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
    /** Lets go of the stream. */
    cancel(reason?: unknown): Promise<void>;
  };
}

/** A `Blob` or `File`, by structure. */
export interface BlobLike {
  readonly size: number;
  /** The blob's bytes. */
  stream(): ByteStreamLike;
}

/** A `fetch` response, by structure. */
export interface ResponseLike {
  readonly ok: boolean;
  readonly status: number;
  readonly url: string;
  readonly headers: {
    /** A header's value. */
    get(name: string): string | null;
  };
  readonly body: ByteStreamLike | null;
}

/** A `URL`, by structure. */
export interface UrlLike {
  readonly href: string;
  readonly protocol: string;
}

/** The part of `AbortSignal` that is used. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  readonly reason?: unknown;
}

/** An open file of Node, Deno or Bun. */
export interface FileHandleLike {
  stat(): Promise<{ readonly size: number; isDirectory(): boolean }>;
  read(buffer: Uint8Array, offset: number, length: number, position?: number): Promise<{ readonly bytesRead: number }>;
  close(): Promise<void>;
}

interface PlatformGlobals {
  readonly TextDecoder: new (label?: string, options?: { readonly fatal?: boolean; readonly ignoreBOM?: boolean }) => TextDecoderLike;
  readonly TextEncoder: new () => TextEncoderLike;
  readonly URL: new (url: string) => UrlLike;
  readonly fetch?: (url: string, init?: { readonly signal?: AbortSignalLike }) => Promise<ResponseLike>;
  readonly process?: { readonly versions?: { readonly node?: string } };
}

/** What browsers, Node, Deno and Bun share, typed here because the sources compile against the language alone. */
export const platform: PlatformGlobals = globalThis as unknown as PlatformGlobals;

/** Whether files can be opened by path: Node, Deno and Bun. */
export function hasFileSystem(): boolean {
  return platform.process?.versions?.node !== undefined;
}

/** Opens a file for reading. The module name is a variable so that bundlers for browsers leave it alone. */
export async function openFile(path: string | UrlLike): Promise<FileHandleLike> {
  const module = "node:fs/promises";
  const { open } = (await import(module)) as { open(path: string | UrlLike, flags: string): Promise<FileHandleLike> };
  return open(path, "r");
}
