/** Distinct values of a column, ascending, and the rank of each row's value among them; missing rows have code -1. */
export interface Factor {
  /** One code a row; -1 where the value is NaN. */
  readonly codes: Int32Array;
  /** Distinct values, ascending. */
  readonly values: Float64Array;
}

/** Above this many slots a lookup table for integers costs more than sorting. */
const MAX_TABLE = 1 << 26;

/** Ranks of a numeric column's values. Integers of a modest range take one table look-up a row, anything else a sort. */
export function factorize(values: Float64Array): Factor {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let integers = true;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (Number.isNaN(value)) continue;
    if (value < min) min = value;
    if (value > max) max = value;
    if (integers && value !== Math.floor(value)) integers = false;
  }
  if (min > max) return { codes: new Int32Array(values.length).fill(-1), values: new Float64Array(0) };
  const slots = max - min + 1;
  const tableFits = integers && slots <= MAX_TABLE && slots <= 8 * values.length + 1024;
  return tableFits ? factorizeByTable(values, min, slots) : factorizeBySort(values);
}

function factorizeByTable(values: Float64Array, min: number, slots: number): Factor {
  const rank = new Int32Array(slots);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isNaN(value)) rank[value - min] = 1;
  }
  let count = 0;
  for (let s = 0; s < slots; s++) rank[s] = rank[s] === 1 ? count++ : -1;
  const distinct = new Float64Array(count);
  for (let s = 0; s < slots; s++) if (rank[s]! >= 0) distinct[rank[s]!] = s + min;
  const codes = new Int32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    codes[i] = Number.isNaN(value) ? -1 : rank[value - min]!;
  }
  return { codes, values: distinct };
}

function factorizeBySort(values: Float64Array): Factor {
  const sorted = values.slice().sort(); // typed-array sort: numeric, NaN last
  let count = 0;
  for (let i = 0; i < sorted.length; i++) {
    const value = sorted[i]!;
    if (Number.isNaN(value)) break;
    if (count === 0 || value !== sorted[count - 1]) sorted[count++] = value;
  }
  const distinct = sorted.slice(0, count);
  const codes = new Int32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    codes[i] = Number.isNaN(value) ? -1 : lowerBound(distinct, value);
  }
  return { codes, values: distinct };
}

/** First position in ascending `sorted` whose value is at least `value`. */
export function lowerBound(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
