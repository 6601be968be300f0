import { centreColumn, weighColumn } from "./centred-columns.ts";
import { type GramKernel, loadGramKernel } from "./gram-kernel.ts";

/** Most rows of a block that is summed at once; even. */
export const BLOCK_ROWS: number = 256;
/** Most rows of a block that columns are copied to: each copy costs as much as some hundred rows. Even. */
export const COPIED_ROWS: number = 2048;
/** Doubles of a block: the first-level cache holds them, of one that columns are copied to the second-level cache. */
const BLOCK_SIZE = 4096;
const COPIED_SIZE = 32_768;
const FEWEST_ROWS = 128;
/** Rows between columns that are never used: columns a power of two apart would share lines of the cache. */
const APART = 8;
/** Below so many products starting the kernel costs more than it saves. */
const WORTH_KERNEL = 20_000;
/** Doubles of a column's center and sum in the kernel's memory. */
const VALUES = 2;

let kernel: GramKernel | undefined | "untried" = "untried";
let busy = false;

/** Adds up `B'B` over blocks of rows: fill `block`, call `add`, at the end `finish`. */
export interface BlockGram {
  /** Column j of a row stands at `j * stride + row`. */
  readonly block: Float64Array;
  readonly stride: number;
  /** Rows that a block holds; even. */
  readonly length: number;
  /**
   * Fills the block columns from `first` on with rows of columns less their centers, times `factor` (one a row of the block) if there is
   * one; adds their sums, with the factor squared, to `sums`.
   */
  readonly fill: (
    rows: RowRange,
    columns: readonly Float64Array[],
    centers: Float64Array,
    factor?: Float64Array,
    sums?: Float64Array,
  ) => void;
  /** Adds the first `rows` rows. */
  readonly add: (rows: number) => void;
  /** The sum, width by width, row-major, symmetric. The block is free afterwards. */
  readonly finish: () => Float64Array;
}

/** Rows `start` to `start + count` of columns that the block holds from its column `first` on. */
export interface RowRange {
  readonly start: number;
  readonly count: number;
  readonly first: number;
}

/**
 * @param width - columns of the block.
 * @param rows - how many rows will come, to choose by.
 * @param copied - whether columns are copied to the block by `fill`, which asks for longer blocks.
 */
export function openBlockGram(width: number, rows: number, copied = false): BlockGram {
  const even = width + (width & 1);
  const [most, size] = copied ? [COPIED_ROWS, COPIED_SIZE] : [BLOCK_ROWS, BLOCK_SIZE];
  const length = Math.max(FEWEST_ROWS, Math.min(most, 2 * Math.floor(size / 2 / Math.max(even, 1))));
  const stride = length + (copied ? APART : 0);
  if (busy || rows * width * width < WORTH_KERNEL) return plainGram(width, even, stride, length);
  if (kernel === "untried") kernel = loadGramKernel();
  if (kernel === undefined) return plainGram(width, even, stride, length);
  busy = true;
  return kernelGram(kernel, width, even, stride, length);
}

function kernelGram(
  { gram, centre, weigh, memory: open }: GramKernel,
  width: number,
  even: number,
  stride: number,
  length: number,
): BlockGram {
  const [size, total] = [even * stride, even * even];
  const valuesAt = size + total;
  const factorAt = valuesAt + VALUES * even;
  const memory = open(factorAt + length);
  const block = memory.subarray(0, size);
  const sums = memory.subarray(size, size + total);
  block.fill(0);
  sums.fill(0);
  return {
    block,
    stride,
    length,
    fill: ({ start, count, first }, columns, centers, factor, totals) => {
      for (let j = 0; j < columns.length; j++) {
        block.set(columns[j]!.subarray(start, start + count), (first + j) * stride);
        memory[valuesAt + VALUES * j] = centers[j]!;
      }
      const whole = count & ~1;
      const at = 8 * first * stride;
      if (columns.length === 0) return;
      if (whole > 0 && factor === undefined) centre(at, 8 * stride, 8 * whole, columns.length, 8 * valuesAt);
      else if (whole > 0) {
        memory.set(count < factor!.length ? factor!.subarray(0, count) : factor!, factorAt);
        weigh(at, 8 * stride, 8 * whole, columns.length, 8 * valuesAt, 8 * factorAt);
      }
      if (totals !== undefined && whole > 0) for (let j = 0; j < columns.length; j++) totals[j]! += memory[valuesAt + VALUES * j + 1]!;
      if (whole < count) fillLast(block, stride, { start, count, first }, columns, centers, factor, totals);
    },
    add: (count) => {
      padRow(block, stride, even, count);
      const padded = count + (count & 1);
      for (let row = 0; row < padded && even > 0; row += BLOCK_ROWS)
        gram(8 * row, 8 * stride, 8 * Math.min(BLOCK_ROWS, padded - row), even, 8 * size);
    },
    finish: () => {
      busy = false;
      return symmetricFromLower(sums, even, width);
    },
  };
}

function plainGram(width: number, even: number, stride: number, length: number): BlockGram {
  const block = new Float64Array(even * stride);
  const sums = new Float64Array(even * even);
  return {
    block,
    stride,
    length,
    fill: ({ start, count, first }, columns, centers, factor, totals) => {
      const whole = count & ~1;
      for (let j = 0; j < columns.length; j++) {
        const target = (first + j) * stride;
        const sum =
          factor === undefined
            ? centreColumn(columns[j]!, start, whole, centers[j]!, block, target)
            : weighColumn(columns[j]!, start, whole, centers[j]!, factor, block, target);
        if (totals !== undefined) totals[j]! += sum;
      }
      if (whole < count) fillLast(block, stride, { start, count, first }, columns, centers, factor, totals);
    },
    add: (count) => {
      padRow(block, stride, even, count);
      const padded = count + (count & 1);
      for (let row = 0; row < padded; row += BLOCK_ROWS)
        addTiles(block.subarray(row), stride, Math.min(BLOCK_ROWS, padded - row), even, sums);
    },
    finish: () => symmetricFromLower(sums, even, width),
  };
}

/** The last of an odd number of rows. */
function fillLast(
  block: Float64Array,
  stride: number,
  { start, count, first }: RowRange,
  columns: readonly Float64Array[],
  centers: Float64Array,
  factor: Float64Array | undefined,
  totals: Float64Array | undefined,
): void {
  const row = count - 1;
  const root = factor === undefined ? 1 : factor[row]!;
  for (let j = 0; j < columns.length; j++) {
    const value = (columns[j]![start + row]! - centers[j]!) * root;
    block[(first + j) * stride + row] = value;
    if (totals !== undefined) totals[j]! += root * value;
  }
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
