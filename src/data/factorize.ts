/** Distinct values of a column, ascending, and the rank of each row's value among them; missing rows have code -1. */
export interface Factor {
  /** One code a row; -1 where the value is NaN. */
  readonly codes: Int32Array;
  /** Distinct values, ascending. */
  readonly values: Float64Array;
  /** Rows of each value, where they were counted on the way. */
  readonly sizes?: Int32Array;
}

/** Above this many slots a lookup table for integers costs more than sorting. */
const MAX_TABLE = 1 << 26;

/**
 * Ranks of a numeric column's values. Integers of a modest range take one table look-up a row, columns of few distinct values
 * (wide identifiers, cohorts with `Infinity`) one hash look-up, anything else a sort.
 */
export function factorize(values: Float64Array): Factor {
  const whole = factorizeWhole(values);
  if (whole !== undefined) return whole;
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
  const slots = max - min + 1;
  if (integers && slots >= 1 && slots <= MAX_TABLE && slots <= 8 * values.length + 1024) return factorizeByTable(values, min, slots);
  return factorizeByHash(values) ?? factorizeBySort(values);
}

/**
 * 32-bit integers without a missing row: codes first hold the values themselves; `undefined` for anything else. Runs of one value, as in
 * sorted data, are converted and counted once.
 */
export function factorizeWhole(values: Float64Array): Factor | undefined {
  const rows = values.length;
  const codes = new Int32Array(rows);
  let min = 0x7fffffff;
  let max = -0x80000000;
  let last = Number.NaN;
  let whole = 0;
  for (let i = 0; i < rows; i++) {
    const value = values[i]!;
    if (value !== last) {
      whole = value | 0;
      if (whole !== value) return undefined;
      last = value;
      if (whole < min) min = whole;
      if (whole > max) max = whole;
    }
    codes[i] = whole;
  }
  const slots = max - min + 1;
  if (slots < 1 || slots > MAX_TABLE || slots > 8 * rows + 1024) return undefined;
  const sizes = new Int32Array(slots);
  for (let i = 0; i < rows; ) {
    const start = i;
    const code = codes[i]!;
    do i++;
    while (i < rows && codes[i] === code);
    sizes[code - min]! += i - start;
  }
  return denseFactor(codes, min, sizes);
}

/** Numbers the values that occur; `codes` hold values, `sizes` the rows of `min` and following. */
function denseFactor(codes: Int32Array, min: number, sizes: Int32Array): Factor {
  const distinct = new Float64Array(sizes.length);
  const rank = new Int32Array(sizes.length);
  let count = 0;
  for (let s = 0; s < sizes.length; s++) {
    const size = sizes[s]!;
    if (size === 0) continue;
    distinct[count] = s + min;
    sizes[count] = size;
    rank[s] = count++;
  }
  if (count === sizes.length) {
    if (min !== 0) for (let i = 0; i < codes.length; i++) codes[i]! -= min;
    return { codes, values: distinct, sizes };
  }
  for (let i = 0; i < codes.length; i++) codes[i] = rank[codes[i]! - min]!;
  return { codes, values: distinct.slice(0, count), sizes: sizes.slice(0, count) };
}

/** Codes by order of appearance from a hash table, then ranks; undefined once more than an eighth of the rows differ. */
function factorizeByHash(values: Float64Array): Factor | undefined {
  const most = Math.max(1024, values.length >>> 3);
  let size = 2048;
  let slotOf = new Int32Array(size).fill(-1);
  let seen = new Float64Array(size);
  const codes = new Int32Array(values.length);
  let count = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (Number.isNaN(value)) {
      codes[i] = -1;
      continue;
    }
    let slot = hashOf(value) & (size - 1);
    while (slotOf[slot]! >= 0 && seen[slotOf[slot]!] !== value) slot = (slot + 1) & (size - 1);
    if (slotOf[slot]! < 0) {
      if (count === most) return undefined;
      seen[count] = value;
      slotOf[slot] = count++;
    }
    codes[i] = slotOf[slot]!;
    if (2 * count <= size) continue;
    size *= 4;
    slotOf = new Int32Array(size).fill(-1);
    const larger = new Float64Array(size);
    larger.set(seen);
    seen = larger;
    for (let c = 0; c < count; c++) {
      let free = hashOf(seen[c]!) & (size - 1);
      while (slotOf[free]! >= 0) free = (free + 1) & (size - 1);
      slotOf[free] = c;
    }
  }
  return rankedCodes(codes, seen.slice(0, count));
}

/** Codes by order of appearance turned into ranks. */
function rankedCodes(codes: Int32Array, seen: Float64Array): Factor {
  const values = seen.slice().sort();
  const rank = new Int32Array(seen.length);
  for (let c = 0; c < seen.length; c++) rank[c] = lowerBound(values, seen[c]!);
  for (let i = 0; i < codes.length; i++) if (codes[i]! >= 0) codes[i] = rank[codes[i]!]!;
  return { codes, values };
}

const double = new Float64Array(1);
const halves = new Int32Array(double.buffer);

/** Mixes the bits of a double; zero and minus zero are one value. */
function hashOf(value: number): number {
  double[0] = value + 0;
  let hash = Math.imul(halves[0]!, 0x9e3779b1) ^ Math.imul(halves[1]!, 0x85ebca6b);
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 15)) >>> 0;
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
