import { uniform } from "./draws.ts";
import { time, total } from "./measure.ts";

/** Seconds of three plain loops: to compare figures of one machine with those of another, or of another day. */
export interface Yardstick {
  /** Sum of 1e7 doubles with four accumulators. */
  readonly sum: number;
  /** Sums of 1e7 doubles over 1,000 groups in random order. */
  readonly groupSums: number;
  /** Cross-products of 5 columns of 1e6 rows, rows in blocks. */
  readonly crossProducts: number;
}

const ROWS = 1e7;
const GROUPS = 1000;
const COLUMNS = 5;
const BLOCK = 512;

export async function yardstick(): Promise<Yardstick> {
  const values = Float64Array.from({ length: ROWS }, (_, i) => (i % 1000) / 1000);
  const codes = Int32Array.from({ length: ROWS }, (_, i) => Math.floor(GROUPS * uniform(1, i)));
  const columns = Array.from({ length: COLUMNS }, (_, j) => values.slice(j * (ROWS / 10), (j + 1) * (ROWS / 10)));
  let check = 0;
  const sum = await time(() => {
    check += total(values);
  }, 5);
  const groupSums = await time(() => {
    check += sumGroups(values, codes)[0]!;
  }, 5);
  const products = await time(() => {
    check += crossProducts(columns)[0]!;
  }, 5);
  if (!Number.isFinite(check)) throw new Error("Cannot compare machines as the loops' sums are not finite");
  return { sum: sum.min, groupSums: groupSums.min, crossProducts: products.min };
}

function sumGroups(values: Float64Array, codes: Int32Array): Float64Array {
  const sums = new Float64Array(GROUPS);
  for (let i = 0; i < values.length; i++) sums[codes[i]!]! += values[i]!;
  return sums;
}

function crossProducts(columns: readonly Float64Array[]): Float64Array {
  const k = columns.length;
  const out = new Float64Array(k * k);
  const rows = columns[0]!.length;
  for (let start = 0; start < rows; start += BLOCK) {
    const end = Math.min(rows, start + BLOCK);
    for (let a = 0; a < k; a++) for (let b = 0; b <= a; b++) out[a * k + b]! += product(columns[a]!, columns[b]!, start, end);
  }
  return out;
}

function product(x: Float64Array, y: Float64Array, start: number, end: number): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  let i = start;
  for (; i + 3 < end; i += 4) {
    a += x[i]! * y[i]!;
    b += x[i + 1]! * y[i + 1]!;
    c += x[i + 2]! * y[i + 2]!;
    d += x[i + 3]! * y[i + 3]!;
  }
  for (; i < end; i++) a += x[i]! * y[i]!;
  return a + b + c + d;
}
