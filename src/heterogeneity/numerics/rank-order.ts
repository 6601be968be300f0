/** Bits of a digit of the radix sort. */
const DIGIT = 11;
const BUCKETS = 1 << DIGIT;

/** A column without missing values: rows in ascending order of value (ties by row), each row's rank among the distinct values, and these. */
export interface RankedColumn {
  readonly order: Int32Array;
  readonly codes: Int32Array;
  readonly values: Float64Array;
}

/** Sorts a column's rows by value: a radix sort on the bits of the doubles, digits that do not vary left out. */
export function rankColumn(column: Float64Array): RankedColumn {
  const n = column.length;
  const order = radixOrder(column);
  const codes = new Int32Array(n);
  const values = new Float64Array(n);
  let count = 0;
  for (let i = 0; i < n; i++) {
    const row = order[i]!;
    const value = column[row]!;
    if (count === 0 || value !== values[count - 1]) values[count++] = value;
    codes[row] = count - 1;
  }
  return { order, codes, values: values.slice(0, count) };
}

function radixOrder(column: Float64Array): Int32Array {
  const n = column.length;
  const bits = new Float64Array(n);
  // Minus zero becomes zero.
  for (let i = 0; i < n; i++) bits[i] = column[i]! + 0;
  const halves = new Uint32Array(bits.buffer);
  let from = { low: new Uint32Array(n), high: new Uint32Array(n), rows: new Int32Array(n) };
  let to = { low: new Uint32Array(n), high: new Uint32Array(n), rows: new Int32Array(n) };
  for (let i = 0; i < n; i++) {
    const [low, high] = [halves[2 * i]!, halves[2 * i + 1]!];
    // Negative numbers descend in their bits: flip all of them, and the sign of the others.
    const negative = high >>> 31 === 1;
    from.low[i] = negative ? ~low : low;
    from.high[i] = negative ? ~high : high ^ 0x80000000;
    from.rows[i] = i;
  }
  for (let pass = 0; pass < 6; pass++) {
    const word = pass < 3 ? "low" : "high";
    if (distribute(from[word], DIGIT * (pass % 3), from, to)) [from, to] = [to, from];
  }
  return from.rows;
}

interface Keys {
  readonly low: Uint32Array;
  readonly high: Uint32Array;
  readonly rows: Int32Array;
}

/** One stable pass by a digit of `word`; false when the digit is the same everywhere. */
function distribute(word: Uint32Array, shift: number, from: Keys, to: Keys): boolean {
  const n = word.length;
  const next = new Int32Array(BUCKETS);
  for (let i = 0; i < n; i++) next[(word[i]! >>> shift) & (BUCKETS - 1)]!++;
  if (n === 0 || next[(word[0]! >>> shift) & (BUCKETS - 1)] === n) return false;
  let start = 0;
  for (let b = 0; b < BUCKETS; b++) {
    const size = next[b]!;
    next[b] = start;
    start += size;
  }
  const { low, high, rows } = from;
  const { low: toLow, high: toHigh, rows: toRows } = to;
  for (let i = 0; i < n; i++) {
    const at = next[(word[i]! >>> shift) & (BUCKETS - 1)]!++;
    toLow[at] = low[i]!;
    toHigh[at] = high[i]!;
    toRows[at] = rows[i]!;
  }
  return true;
}
