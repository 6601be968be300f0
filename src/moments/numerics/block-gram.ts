import { type GramKernel, loadGramKernel } from "./gram-kernel.ts";

/** Most rows of a block; even. */
export const BLOCK_ROWS: number = 256;
/** Doubles of a block: the first-level cache holds them. */
const BLOCK_SIZE = 4096;
const FEWEST_ROWS = 128;
/** Below so many products starting the kernel costs more than it saves. */
const WORTH_KERNEL = 20_000;

let kernel: GramKernel | undefined | "untried" = "untried";
let busy = false;

/** Adds up `B'B` over blocks of rows: fill `block`, call `add`, at the end `finish`. */
export interface BlockGram {
  /** Column j of a row stands at `j * stride + row`. */
  readonly block: Float64Array;
  /** Rows that a block holds; even. */
  readonly stride: number;
  /** Adds the first `rows` rows. */
  readonly add: (rows: number) => void;
  /** The sum, width by width, row-major, symmetric. The block is free afterwards. */
  readonly finish: () => Float64Array;
}

/**
 * @param width - columns of the block.
 * @param rows - how many rows will come, to choose by.
 */
export function openBlockGram(width: number, rows: number): BlockGram {
  const even = width + (width & 1);
  const stride = Math.max(FEWEST_ROWS, Math.min(BLOCK_ROWS, 2 * Math.floor(BLOCK_SIZE / 2 / Math.max(even, 1))));
  const [size, total] = [even * stride, even * even];
  if (busy || rows * width * width < WORTH_KERNEL) return plainGram(width, even, stride);
  if (kernel === "untried") kernel = loadGramKernel();
  if (kernel === undefined) return plainGram(width, even, stride);
  busy = true;
  const memory = kernel.memory(size + total);
  const block = memory.subarray(0, size);
  const sums = memory.subarray(size, size + total);
  block.fill(0);
  sums.fill(0);
  const { gram } = kernel;
  return {
    block,
    stride,
    add: (count) => {
      padRow(block, stride, even, count);
      if (even > 0) gram(0, 8 * stride, 8 * (count + (count & 1)), even, 8 * size);
    },
    finish: () => {
      busy = false;
      return symmetricFromLower(sums, even, width);
    },
  };
}

function plainGram(width: number, even: number, stride: number): BlockGram {
  const block = new Float64Array(even * stride);
  const sums = new Float64Array(even * even);
  return {
    block,
    stride,
    add: (count) => {
      padRow(block, stride, even, count);
      addTiles(block, stride, count + (count & 1), even, sums);
    },
    finish: () => symmetricFromLower(sums, even, width),
  };
}

/** An odd number of rows gets a row of zeros. */
function padRow(block: Float64Array, stride: number, width: number, rows: number): void {
  if ((rows & 1) === 1) for (let j = 0; j < width; j++) block[j * stride + rows] = 0;
}

/**
 * Adds `B'B` of a block to `out`, lower triangle only, in tiles of two by two columns. Even and odd rows are summed apart, as the vector
 * kernel does.
 */
export function addTiles(block: Float64Array, stride: number, rows: number, width: number, out: Float64Array): void {
  for (let a = 0; a < width; a += 2) {
    const a0 = a * stride;
    const a1 = a0 + stride;
    for (let b = 0; b <= a; b += 2) {
      const b0 = b * stride;
      const b1 = b0 + stride;
      let [even00, even01, even10, even11] = [0, 0, 0, 0];
      let [odd00, odd01, odd10, odd11] = [0, 0, 0, 0];
      for (let i = 0; i < rows; i += 2) {
        const x0 = block[a0 + i]!;
        const x1 = block[a1 + i]!;
        const y0 = block[b0 + i]!;
        const y1 = block[b1 + i]!;
        even00 += x0 * y0;
        even01 += x0 * y1;
        even10 += x1 * y0;
        even11 += x1 * y1;
        const p0 = block[a0 + i + 1]!;
        const p1 = block[a1 + i + 1]!;
        const q0 = block[b0 + i + 1]!;
        const q1 = block[b1 + i + 1]!;
        odd00 += p0 * q0;
        odd01 += p0 * q1;
        odd10 += p1 * q0;
        odd11 += p1 * q1;
      }
      const [top, bottom] = [a * width + b, (a + 1) * width + b];
      out[top]! += even00 + odd00;
      out[top + 1]! += even01 + odd01;
      out[bottom]! += even10 + odd10;
      out[bottom + 1]! += even11 + odd11;
    }
  }
}

/** The leading `width` rows and columns of a lower triangle with `padded` columns, as a full symmetric matrix. */
function symmetricFromLower(lower: Float64Array, padded: number, width: number): Float64Array {
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
