const SHORT_RUN = 24;
/** Rows of one coarse part: its keys and tags stay in the second-level cache while they are sorted. */
const PART_ROWS = 16_384;
const MOST_PARTS = 2048;

/** Values in ascending order and what moved along with them. */
export interface SortedPairs {
  readonly values: Float64Array;
  readonly tags: Float64Array;
}

/**
 * How rows came into order, in two steps that stay within the cache: by coarse part, each part's rows in their original order, then
 * within the parts.
 */
export interface SortRoute {
  /** Part of every row of the input. */
  readonly codes: Uint16Array;
  /** First place of each part. */
  readonly starts: Int32Array;
  /** Place after the first step of each row in order; absent when each part holds one value, so that there is no second step. */
  readonly places: Int32Array | undefined;
  /** Room for the first step of a column. */
  readonly scratch: Float64Array;
}

/** Values in ascending order and the rows they come from. */
export interface SortedRows {
  readonly values: Float64Array;
  readonly order: Int32Array;
  /** Absent when all rows fit one part. */
  readonly route?: SortRoute;
}

/** Sorts values and keeps their rows, equal values in their original order. */
export function sortWithRows(input: Float64Array): SortedRows {
  const n = input.length;
  const { low, high } = extremes(input, 0, n);
  const parts = Math.min(MOST_PARTS, Math.ceil(n / PART_ROWS));
  if (parts > 1 && high - low < MOST_PARTS && areIntegers(input)) return countedWithRows(input, low, high - low + 1);
  const scale = parts / (high - low);
  const places = new Float64Array(n);
  for (let i = 0; i < n; i++) places[i] = i;
  if (!(high > low) || !Number.isFinite(scale) || parts === 1) {
    const { values, tags } = sortPairs(input, places);
    return { values, order: new Int32Array(tags) };
  }
  const codes = new Uint16Array(n);
  const starts = partStarts(input, low, scale, parts, codes);
  const values = new Float64Array(n);
  const rows = new Int32Array(n);
  const ends = starts.slice();
  for (let i = 0; i < n; i++) {
    const at = ends[codes[i]!]!++;
    values[at] = input[i]!;
    rows[at] = i;
  }
  sortParts(values, places, starts);
  const route = { codes, starts, places: new Int32Array(places), scratch: places };
  const order = new Int32Array(n);
  for (let i = 0; i < n; i++) order[i] = rows[route.places[i]!]!;
  return { values, order, route };
}

function areIntegers(values: Float64Array): boolean {
  for (let i = 0; i < values.length; i++) if (values[i] !== Math.floor(values[i]!)) return false;
  return true;
}

/** {@link sortWithRows} of few integers, such as ages in months: each is a part of its own. */
function countedWithRows(input: Float64Array, low: number, count: number): SortedRows {
  const n = input.length;
  const codes = new Uint16Array(n);
  const starts = partStarts(input, low, 1, count, codes);
  const values = new Float64Array(n);
  for (let b = 0; b < count; b++) values.fill(low + b, starts[b]!, starts[b + 1]!);
  const order = new Int32Array(n);
  const ends = starts.slice();
  for (let i = 0; i < n; i++) order[ends[codes[i]!]!++] = i;
  return { values, order, route: { codes, starts, places: undefined, scratch: new Float64Array(0) } };
}

/** A column in the order of sorted rows: by their route when there is one, as random reads of a long column miss the cache. */
export function columnInOrder(
  column: Float64Array,
  { order, route }: SortedRows,
  out: Float64Array = new Float64Array(order.length),
): Float64Array {
  const n = order.length;
  if (route === undefined) {
    for (let i = 0; i < n; i++) out[i] = column[order[i]!]!;
    return out;
  }
  const { codes, places } = route;
  const byPart = places === undefined ? out : route.scratch;
  const ends = route.starts.slice();
  for (let i = 0; i < n; i++) byPart[ends[codes[i]!]!++] = column[i]!;
  if (places !== undefined) for (let i = 0; i < n; i++) out[i] = byPart[places[i]!]!;
  return out;
}

/** {@link columnInOrder} for codes. */
export function codesInOrder(column: Int32Array, { order, route }: SortedRows): Int32Array {
  const n = order.length;
  const out = new Int32Array(n);
  if (route === undefined) {
    for (let i = 0; i < n; i++) out[i] = column[order[i]!]!;
    return out;
  }
  const { codes, places } = route;
  const ends = route.starts.slice();
  const byPart = places === undefined ? out : new Int32Array(n);
  for (let i = 0; i < n; i++) byPart[ends[codes[i]!]!++] = column[i]!;
  if (places !== undefined) for (let i = 0; i < n; i++) out[i] = byPart[places[i]!]!;
  return out;
}

/**
 * Sorts values, each with its tag; equal values keep their order (stable). The inputs stay as they are.
 *
 * Two passes of a linear map put every value within a few places of where it belongs: first into parts that fit the cache, then,
 * part by part, into short buckets, which insertion or natural merges put in order. Mass points fill buckets with equal values,
 * which are in order already; long buckets of a skewed variable cost a merge sort.
 */
export function sortPairs(input: Float64Array, inputTags: Float64Array): SortedPairs {
  const n = input.length;
  const limits = extremes(input, 0, n);
  const low = limits.low;
  const high = limits.high;
  const parts = Math.min(MOST_PARTS, Math.ceil(n / PART_ROWS));
  const scale = parts / (high - low);
  if (!(high > low) || !Number.isFinite(scale) || parts === 1) {
    const values = input.slice();
    const tags = inputTags.slice();
    sortPart(values, tags, 0, n, scratchFor(n));
    return { values, tags };
  }
  const values = new Float64Array(n);
  const tags = new Float64Array(n);
  const last = parts - 1;
  const starts = partStarts(input, low, scale, parts, undefined);
  const ends = starts.slice();
  for (let i = 0; i < n; i++) {
    const value = input[i]!;
    const part = ((value - low) * scale) | 0;
    const at = ends[part < last ? part : last]!++;
    values[at] = value;
    tags[at] = inputTags[i]!;
  }
  sortParts(values, tags, starts);
  return { values, tags };
}

/** First place of each part, then the number of rows; `codes`, when given, receives each row's part. */
function partStarts(input: Float64Array, low: number, scale: number, parts: number, codes: Uint16Array | undefined): Int32Array {
  const starts = new Int32Array(parts + 1);
  const last = parts - 1;
  for (let i = 0; i < input.length; i++) {
    let part = ((input[i]! - low) * scale) | 0;
    if (part > last) part = last;
    starts[part + 1]!++;
    if (codes !== undefined) codes[i] = part;
  }
  for (let b = 0; b < parts; b++) starts[b + 1]! += starts[b]!;
  return starts;
}

function sortParts(values: Float64Array, tags: Float64Array, starts: Int32Array): void {
  let longest = 0;
  for (let b = 0; b + 1 < starts.length; b++) longest = Math.max(longest, starts[b + 1]! - starts[b]!);
  const scratch = scratchFor(longest);
  for (let b = 0; b + 1 < starts.length; b++) sortPart(values, tags, starts[b]!, starts[b + 1]!, scratch);
}

/** Room for one part. */
interface Scratch {
  readonly keys: Float64Array;
  readonly tags: Float64Array;
  readonly ends: Int32Array;
}

function scratchFor(rows: number): Scratch {
  return { keys: new Float64Array(rows), tags: new Float64Array(rows), ends: new Int32Array(Math.max(1, rows >> 1) + 1) };
}

/** Sorts one part in place: scatter into buckets of about two rows, then order each bucket. */
function sortPart(values: Float64Array, tags: Float64Array, from: number, to: number, scratch: Scratch): void {
  const n = to - from;
  if (n < 2 || inOrder(values, from, to)) return;
  const { keys, tags: moved, ends } = scratch;
  const limits = extremes(values, from, to);
  const low = limits.low;
  const high = limits.high;
  const buckets = Math.max(1, n >> 1);
  const scale = (buckets - 1) / (high - low);
  let longest = n;
  ends.fill(0, 0, buckets + 1);
  if (buckets > 1 && Number.isFinite(scale)) {
    for (let i = 0; i < n; i++) {
      const key = values[from + i]!;
      keys[i] = key;
      moved[i] = tags[from + i]!;
      ends[(((key - low) * scale) | 0) + 1]!++;
    }
    longest = 0;
    for (let b = 0; b < buckets; b++) {
      const size = ends[b + 1]!;
      if (size > longest) longest = size;
      ends[b + 1] = size + ends[b]!;
    }
    for (let i = 0; i < n; i++) {
      const key = keys[i]!;
      const at = from + ends[((key - low) * scale) | 0]!++;
      values[at] = key;
      tags[at] = moved[i]!;
    }
  } else ends[0] = n;
  if (longest <= SHORT_RUN) {
    insertionSort(values, tags, from, to);
    return;
  }
  let start = from;
  for (let b = 0; b < buckets; b++) {
    const end = from + ends[b]!;
    if (end - start > SHORT_RUN) mergeSort(values, tags, start, end, keys, moved);
    else insertionSort(values, tags, start, end);
    start = end;
  }
}

function extremes(values: Float64Array, from: number, to: number): { readonly low: number; readonly high: number } {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = from; i < to; i++) {
    const value = values[i]!;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { low, high };
}

function insertionSort(values: Float64Array, tags: Float64Array, from: number, to: number): void {
  let previous = values[from]!;
  for (let i = from + 1; i < to; i++) {
    const value = values[i]!;
    if (previous <= value) {
      previous = value;
      continue;
    }
    const tag = tags[i]!;
    let j = i - 1;
    while (j >= from && values[j]! > value) {
      values[j + 1] = values[j]!;
      tags[j + 1] = tags[j]!;
      j--;
    }
    values[j + 1] = value;
    tags[j + 1] = tag;
  }
}

/** Top-down merging that skips ranges already in order; `keys` and `moved` are scratch at least half as long. */
function mergeSort(values: Float64Array, tags: Float64Array, from: number, to: number, keys: Float64Array, moved: Float64Array): void {
  if (inOrder(values, from, to)) return;
  if (to - from <= SHORT_RUN) {
    insertionSort(values, tags, from, to);
    return;
  }
  const middle = (from + to) >>> 1;
  mergeSort(values, tags, from, middle, keys, moved);
  mergeSort(values, tags, middle, to, keys, moved);
  if (values[middle - 1]! <= values[middle]!) return;
  const left = middle - from;
  for (let i = 0; i < left; i++) {
    keys[i] = values[from + i]!;
    moved[i] = tags[from + i]!;
  }
  let i = 0;
  let j = middle;
  let out = from;
  while (i < left) {
    if (j < to && values[j]! < keys[i]!) {
      values[out] = values[j]!;
      tags[out++] = tags[j++]!;
    } else {
      values[out] = keys[i]!;
      tags[out++] = moved[i++]!;
    }
  }
}

function inOrder(values: Float64Array, from: number, to: number): boolean {
  for (let i = from + 1; i < to; i++) if (values[i - 1]! > values[i]!) return false;
  return true;
}
