const SHORT_RUN = 24;

/**
 * Row numbers in ascending order of `values`, equal values in their original order (stable).
 *
 * One linear-map bucket pass puts a value within a few places of where it belongs; each bucket is then sorted on its own,
 * by insertion when short, by natural merges when long. Mass points fill buckets with equal values, which are already in order.
 */
export function stableOrder(values: Float64Array): Uint32Array {
  const n = values.length;
  const order = new Uint32Array(n);
  const [low, high] = extremes(values);
  const buckets = Math.max(1, n >> 2);
  if (!(high > low) || buckets === 1) {
    for (let i = 0; i < n; i++) order[i] = i;
    sortRange(values, order, 0, n, undefined);
    return order;
  }
  const scale = (buckets - 1) / (high - low);
  if (!(scale > 0) || scale === Number.POSITIVE_INFINITY) {
    for (let i = 0; i < n; i++) order[i] = i;
    sortRange(values, order, 0, n, new Uint32Array(n));
    return order;
  }
  const ends = new Uint32Array(buckets + 1);
  for (let i = 0; i < n; i++) ends[Math.floor((values[i]! - low) * scale) + 1]!++;
  let longest = 0;
  for (let b = 0; b < buckets; b++) {
    if (ends[b + 1]! > longest) longest = ends[b + 1]!;
    ends[b + 1]! += ends[b]!;
  }
  // after the scatter ends[b] is the end of bucket b
  for (let i = 0; i < n; i++) order[ends[Math.floor((values[i]! - low) * scale)]!++] = i;
  const buffer = longest > SHORT_RUN ? new Uint32Array(longest) : undefined;
  let start = 0;
  for (let b = 0; b < buckets; b++) {
    const end = ends[b]!;
    if (end - start > 1) sortRange(values, order, start, end, buffer);
    start = end;
  }
  return order;
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

/** Sorts `order[from..to)` by value: insertion for short ranges, else top-down merging that skips ranges already in order. */
function sortRange(values: Float64Array, order: Uint32Array, from: number, to: number, buffer: Uint32Array | undefined): void {
  if (to - from <= SHORT_RUN || buffer === undefined) {
    for (let i = from + 1; i < to; i++) {
      const row = order[i]!;
      const value = values[row]!;
      let j = i - 1;
      while (j >= from && values[order[j]!]! > value) {
        order[j + 1] = order[j]!;
        j--;
      }
      order[j + 1] = row;
    }
    return;
  }
  if (inOrder(values, order, from, to)) return;
  const middle = (from + to) >>> 1;
  sortRange(values, order, from, middle, buffer);
  sortRange(values, order, middle, to, buffer);
  if (values[order[middle - 1]!]! <= values[order[middle]!]!) return;
  const left = middle - from;
  for (let i = 0; i < left; i++) buffer[i] = order[from + i]!;
  let [i, j, out] = [0, middle, from];
  while (i < left && j < to) order[out++] = values[order[j]!]! < values[buffer[i]!]! ? order[j++]! : buffer[i++]!;
  while (i < left) order[out++] = buffer[i++]!;
}

function inOrder(values: Float64Array, order: Uint32Array, from: number, to: number): boolean {
  for (let i = from + 1; i < to; i++) if (values[order[i - 1]!]! > values[order[i]!]!) return false;
  return true;
}
