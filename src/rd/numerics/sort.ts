const SHORT_RUN = 24;
/** Rows of one coarse part: its keys and row numbers stay in the second-level cache while they are sorted. */
const PART_ROWS = 16_384;
const MOST_PARTS = 2048;

/** Values in ascending order, the rows they come from, and the carried columns in the same order. */
export interface SortedValues {
  readonly values: Float64Array;
  readonly order: Uint32Array;
  readonly carried: readonly Float64Array[];
}

/**
 * Sorts values and keeps their rows, equal values in their original order (stable); `carry` columns move along.
 *
 * Two passes of a linear map put every value within a few places of where it belongs: first into parts that fit the cache, then,
 * part by part, into short buckets, which insertion or natural merges put in order. Mass points fill buckets with equal values,
 * which are in order already; long buckets of a skewed variable cost a merge sort.
 */
export function sortWithRows(input: Float64Array, carry: readonly Float64Array[] = []): SortedValues {
  const n = input.length;
  const values = new Float64Array(n);
  const places = new Uint32Array(n);
  const [low, high] = extremes(input);
  const parts = Math.min(MOST_PARTS, Math.ceil(n / PART_ROWS));
  const scale = parts / (high - low);
  if (!(high > low) || !Number.isFinite(scale) || parts === 1) {
    for (let i = 0; i < n; i++) {
      values[i] = input[i]!;
      places[i] = i;
    }
    sortPart(values, places, 0, n);
    return { values, order: places, carried: carry.map((column) => gather(column, places)) };
  }
  const starts = partStarts(input, low, scale, parts);
  const rows = new Uint32Array(n);
  const ends = starts.slice();
  const last = parts - 1;
  for (let i = 0; i < n; i++) {
    const value = input[i]!;
    const at = ends[Math.min(last, Math.floor((value - low) * scale))]!++;
    values[at] = value;
    rows[at] = i;
    places[i] = i;
  }
  const moved = carry.map((column) => scatter(input, column, starts, low, scale, last));
  for (let b = 0; b < parts; b++) sortPart(values, places, starts[b]!, starts[b + 1]!);
  // places never leave their part, so these gathers stay in the cache
  const order = new Uint32Array(n);
  for (let i = 0; i < n; i++) order[i] = rows[places[i]!]!;
  return { values, order, carried: moved.map((column) => gather(column, places)) };
}

function partStarts(input: Float64Array, low: number, scale: number, parts: number): Uint32Array {
  const starts = new Uint32Array(parts + 1);
  const last = parts - 1;
  for (let i = 0; i < input.length; i++) starts[Math.min(last, Math.floor((input[i]! - low) * scale)) + 1]!++;
  for (let b = 0; b < parts; b++) starts[b + 1]! += starts[b]!;
  return starts;
}

/** A column in the order of the parts. */
function scatter(input: Float64Array, column: Float64Array, starts: Uint32Array, low: number, scale: number, last: number): Float64Array {
  const out = new Float64Array(column.length);
  const ends = starts.slice();
  for (let i = 0; i < column.length; i++) out[ends[Math.min(last, Math.floor((input[i]! - low) * scale))]!++] = column[i]!;
  return out;
}

function gather(column: Float64Array, places: Uint32Array): Float64Array {
  const out = new Float64Array(column.length);
  for (let i = 0; i < out.length; i++) out[i] = column[places[i]!]!;
  return out;
}

/** Sorts one part in place: scatter into buckets of about four rows, then order each bucket. */
function sortPart(values: Float64Array, order: Uint32Array, from: number, to: number): void {
  const n = to - from;
  if (n < 2 || inOrder(values, from, to)) return;
  const keys = values.slice(from, to);
  const rows = order.slice(from, to);
  const [low, high] = extremes(keys);
  const buckets = Math.max(1, n >> 2);
  const scale = (buckets - 1) / (high - low);
  let longest = n;
  const ends = new Uint32Array(buckets + 1);
  if (buckets > 1 && Number.isFinite(scale)) {
    for (let i = 0; i < n; i++) ends[Math.floor((keys[i]! - low) * scale) + 1]!++;
    longest = 0;
    for (let b = 0; b < buckets; b++) {
      if (ends[b + 1]! > longest) longest = ends[b + 1]!;
      ends[b + 1]! += ends[b]!;
    }
    for (let i = 0; i < n; i++) {
      const at = from + ends[Math.floor((keys[i]! - low) * scale)]!++;
      values[at] = keys[i]!;
      order[at] = rows[i]!;
    }
  } else ends[0] = n;
  if (longest <= SHORT_RUN) {
    insertionSort(values, order, from, to);
    return;
  }
  let start = from;
  for (let b = 0; b < buckets; b++) {
    const end = from + ends[b]!;
    if (end - start > SHORT_RUN) mergeSort(values, order, start, end, keys, rows);
    else insertionSort(values, order, start, end);
    start = end;
  }
}

function extremes(values: Float64Array): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

function insertionSort(values: Float64Array, order: Uint32Array, from: number, to: number): void {
  for (let i = from + 1; i < to; i++) {
    const value = values[i]!;
    if (values[i - 1]! <= value) continue;
    const row = order[i]!;
    let j = i - 1;
    while (j >= from && values[j]! > value) {
      values[j + 1] = values[j]!;
      order[j + 1] = order[j]!;
      j--;
    }
    values[j + 1] = value;
    order[j + 1] = row;
  }
}

/** Top-down merging that skips ranges already in order; `keys` and `rows` are scratch at least half as long. */
function mergeSort(values: Float64Array, order: Uint32Array, from: number, to: number, keys: Float64Array, rows: Uint32Array): void {
  if (inOrder(values, from, to)) return;
  if (to - from <= SHORT_RUN) {
    insertionSort(values, order, from, to);
    return;
  }
  const middle = (from + to) >>> 1;
  mergeSort(values, order, from, middle, keys, rows);
  mergeSort(values, order, middle, to, keys, rows);
  if (values[middle - 1]! <= values[middle]!) return;
  const left = middle - from;
  for (let i = 0; i < left; i++) {
    keys[i] = values[from + i]!;
    rows[i] = order[from + i]!;
  }
  let [i, j, out] = [0, middle, from];
  while (i < left) {
    if (j < to && values[j]! < keys[i]!) {
      values[out] = values[j]!;
      order[out++] = order[j++]!;
    } else {
      values[out] = keys[i]!;
      order[out++] = rows[i++]!;
    }
  }
}

function inOrder(values: Float64Array, from: number, to: number): boolean {
  for (let i = from + 1; i < to; i++) if (values[i - 1]! > values[i]!) return false;
  return true;
}
