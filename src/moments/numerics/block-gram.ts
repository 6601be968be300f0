/**
 * Adds `B'B` of a block of rows to `out`, lower triangle only.
 * Two by two tiles: four independent accumulators, four loads for four products; the block stays in the first-level cache.
 *
 * @param block - column j stands at `j * stride`, `rows` of it are read; `width` (even) columns.
 * @param out - width by width, row-major; entries above the diagonal tiles are not touched.
 */
export function addBlockGram(block: Float64Array, stride: number, rows: number, width: number, out: Float64Array): void {
  for (let a = 0; a < width; a += 2) {
    const a0 = a * stride;
    const a1 = a0 + stride;
    for (let b = 0; b <= a; b += 2) {
      const b0 = b * stride;
      const b1 = b0 + stride;
      let [s00, s01, s10, s11] = [0, 0, 0, 0];
      for (let i = 0; i < rows; i++) {
        const x0 = block[a0 + i]!;
        const x1 = block[a1 + i]!;
        const y0 = block[b0 + i]!;
        const y1 = block[b1 + i]!;
        s00 += x0 * y0;
        s01 += x0 * y1;
        s10 += x1 * y0;
        s11 += x1 * y1;
      }
      const [top, bottom] = [a * width + b, (a + 1) * width + b];
      out[top]! += s00;
      out[top + 1]! += s01;
      out[bottom]! += s10;
      out[bottom + 1]! += s11;
    }
  }
}

/** Rows of a block: 256 rows of 16 columns fill 32 kB. */
export const BLOCK_ROWS: number = 256;

/** The least even number of columns that holds `width`. */
export const evenWidth = (width: number): number => width + (width & 1);

/** The leading `width` rows and columns of a lower triangle with `padded` columns, as a full symmetric matrix. */
export function symmetricFromLower(lower: Float64Array, padded: number, width: number): Float64Array {
  const out = new Float64Array(width * width);
  for (let a = 0; a < width; a++) {
    for (let b = 0; b <= a; b++) {
      const value = lower[a * padded + b]!;
      out[a * width + b] = value;
      out[b * width + a] = value;
    }
  }
  return out;
}
