import type { TextDecoderLike } from "./platform.ts";

/**
 * Codes of labels, found by their bytes: a cell's text is decoded only the first time its label is seen.
 * Open addressing with linear probing over FNV-1a hashes; labels follow each other in one byte store.
 */
export class CategoryTable {
  /** Labels by code, in order of appearance. */
  readonly levels: string[] = [];
  private readonly decoder: TextDecoderLike;
  private slots: Int32Array = new Int32Array(64).fill(-1);
  private hashes: Int32Array = new Int32Array(32);
  private offsets: Int32Array = new Int32Array(33);
  private store: Uint8Array = new Uint8Array(256);
  private previous = -1;

  /** The decoder must be fatal, so that wrong bytes do not become labels. */
  constructor(decoder: TextDecoderLike) {
    this.decoder = decoder;
  }

  /** The code of the label in `bytes[start..end)`; -1 when the bytes are no text. */
  codeOf(bytes: Uint8Array, start: number, end: number): number {
    if (this.previous >= 0 && this.holds(this.previous, bytes, start, end)) return this.previous; // panels repeat their units
    let hash = 0x811c9dc5 | 0;
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
    const mask = this.slots.length - 1;
    let slot = (hash ^ (hash >>> 15)) & mask;
    for (;;) {
      const code = this.slots[slot]!;
      if (code < 0) break;
      if (this.hashes[code] === hash && this.holds(code, bytes, start, end)) {
        this.previous = code;
        return code;
      }
      slot = (slot + 1) & mask;
    }
    const code = this.add(bytes, start, end, hash);
    if (code < 0) return -1;
    this.slots[slot] = code;
    if (2 * this.levels.length > mask) this.rehash();
    this.previous = code;
    return code;
  }

  private holds(code: number, bytes: Uint8Array, start: number, end: number): boolean {
    const from = this.offsets[code]!;
    if (this.offsets[code + 1]! - from !== end - start) return false;
    for (let i = start, k = from; i < end; i++, k++) if (bytes[i] !== this.store[k]) return false;
    return true;
  }

  private add(bytes: Uint8Array, start: number, end: number, hash: number): number {
    const code = this.levels.length;
    try {
      this.levels.push(this.decoder.decode(bytes.subarray(start, end)));
    } catch {
      return -1;
    }
    if (code === this.hashes.length) {
      this.hashes = grown(this.hashes, new Int32Array(2 * code));
      this.offsets = grown(this.offsets, new Int32Array(2 * code + 1));
    }
    const from = this.offsets[code]!;
    const to = from + end - start;
    if (to > this.store.length) this.store = grown(this.store, new Uint8Array(2 * to));
    this.store.set(bytes.subarray(start, end), from);
    this.hashes[code] = hash;
    this.offsets[code + 1] = to;
    return code;
  }

  private rehash(): void {
    const slots = new Int32Array(2 * this.slots.length).fill(-1);
    const mask = slots.length - 1;
    for (let code = 0; code < this.levels.length; code++) {
      const hash = this.hashes[code]!;
      let slot = (hash ^ (hash >>> 15)) & mask;
      while (slots[slot]! >= 0) slot = (slot + 1) & mask;
      slots[slot] = code;
    }
    this.slots = slots;
  }
}

function grown<A extends Int32Array | Uint8Array>(from: A, to: A): A {
  to.set(from);
  return to;
}
