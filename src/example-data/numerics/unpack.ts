/** `out[offset + i] = values[(words[i] >>> shift) & mask]` for the first `rows` words. */
export function unpackBits(
  out: Float64Array | Int32Array,
  offset: number,
  words: Uint8Array | Uint16Array,
  rows: number,
  shift: number,
  mask: number,
  values: Float64Array,
): void {
  for (let i = 0; i < rows; i++) out[offset + i] = values[(words[i]! >>> shift) & mask]!;
}

/** Writes `value` where any of the bits of `flag` is set. */
export function overwriteFlagged(
  out: Float64Array | Int32Array,
  offset: number,
  flags: Uint16Array,
  rows: number,
  flag: number,
  value: number,
): void {
  for (let i = 0; i < rows; i++) if ((flags[i]! & flag) !== 0) out[offset + i] = value;
}
