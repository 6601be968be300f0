/** Numbers kept per event: sum, largest and smallest prefix on the left after the event, and on the right before it. */
const WIDTH = 6;

/** Numbers kept per leaf: of the ranks before it, sum, largest and smallest prefix on the left, its own sum on the left; then the same on the right. */
export const STILL = 8;

/** Ranks merged to the end before the next ones: their events stay in cache. An even number of merge levels, so that they end where they began. */
const CHUNK_LEVELS = 10;

/** Later than any event. */
const NEVER = 0x7fffffff;

/**
 * Rows that cross from the right to the left of a root split one at a time, by ranks of a child covariate.
 * A leaf is a rank with crossing rows together with the ranks before it whose rows all stay where they are.
 */
export interface Crossings {
  readonly leaves: number;
  /** First event of each leaf, then the number of events: events are sorted by leaf, then time. */
  readonly starts: Int32Array;
  /** Time (position in the root covariate's order) of each event. */
  readonly times: Int32Array;
  /** Score difference of each event's row. */
  readonly differences: Float64Array;
  /** Sums over the rows that do not cross, {@link STILL} numbers a leaf. */
  readonly still: Float64Array;
}

/** What {@link crossingExtremes} returns: sum, largest and smallest prefix by event. */
export interface CrossingStates {
  /** {@link WIDTH} numbers an event, in order of time. */
  readonly states: Float64Array;
  /** The right side's three after the last event. */
  readonly last: Float64Array;
}

/**
 * At each moment, what are the largest and the smallest prefix sum of the score differences over the child covariate, on either side?
 *
 * A merge sort answers it: a block of leaves is described by its events and by the block's sum and prefix extremes after
 * each. Two neighbouring blocks merge in one pass over their events, largest = max(largest A, sum A + largest B). So O(m log m) for m crossing rows with
 * sequential memory access, where a tree updated row by row jumps through memory. Empty prefixes count (sum 0).
 */
export function crossingExtremes({ leaves, starts, times, differences, still }: Crossings): CrossingStates {
  let fromTimes = times.slice();
  let toTimes = new Int32Array(times.length);
  let from = new Float64Array(times.length * WIDTH);
  let to = new Float64Array(times.length * WIDTH);
  // By block, at its first leaf: the left side before the block's first event, the right side after its last.
  const edges = new Float64Array(leaves * WIDTH);
  for (let r = 0; r < leaves; r++) fillLeaf(from, edges, differences, still, r, starts[r]!, starts[r + 1]!);
  const chunk = 1 << CHUNK_LEVELS;
  let width = 1;
  if (leaves > chunk) {
    for (let first = 0; first < leaves; first += chunk) {
      const end = Math.min(first + chunk, leaves);
      for (let w = 1; w < chunk; w *= 2) {
        mergeLevel(starts, first, end, w, fromTimes, from, toTimes, to, edges);
        [fromTimes, toTimes] = [toTimes, fromTimes];
        [from, to] = [to, from];
      }
    }
    width = chunk;
  }
  for (; width < leaves; width *= 2) {
    mergeLevel(starts, 0, leaves, width, fromTimes, from, toTimes, to, edges);
    [fromTimes, toTimes] = [toTimes, fromTimes];
    [from, to] = [to, from];
  }
  return { states: from, last: edges.slice(3, WIDTH) };
}

function mergeLevel(
  starts: Int32Array,
  first: number,
  end: number,
  width: number,
  fromTimes: Int32Array,
  from: Float64Array,
  toTimes: Int32Array,
  to: Float64Array,
  edges: Float64Array,
): void {
  for (let r = first; r < end; r += 2 * width) {
    const second = r + width;
    if (second >= end) {
      toTimes.set(fromTimes.subarray(starts[r]!, starts[end]!), starts[r]!);
      to.set(from.subarray(starts[r]! * WIDTH, starts[end]! * WIDTH), starts[r]! * WIDTH);
      continue;
    }
    mergeBlocks(fromTimes, from, toTimes, to, starts[r]!, starts[second]!, starts[Math.min(r + 2 * width, end)]!, edges, r, second);
    joinEdges(edges, r * WIDTH, second * WIDTH);
  }
}

function joinEdges(edges: Float64Array, a: number, b: number): void {
  for (let side = 0; side < WIDTH; side += 3) {
    const sum = edges[a + side]!;
    edges[a + side] = sum + edges[b + side]!;
    edges[a + side + 1] = Math.max(edges[a + side + 1]!, sum + edges[b + side + 1]!);
    edges[a + side + 2] = Math.min(edges[a + side + 2]!, sum + edges[b + side + 2]!);
  }
}

/** States of one leaf: the prefixes among the ranks that stay, and all of it. */
function fillLeaf(
  states: Float64Array,
  edges: Float64Array,
  differences: Float64Array,
  still: Float64Array,
  leaf: number,
  start: number,
  end: number,
): void {
  const base = leaf * STILL;
  let right = still[base + 7]!;
  writeState(edges, leaf * WIDTH, still, base, still[base + 3]!);
  writeState(edges, leaf * WIDTH + 3, still, base + 4, right);
  for (let i = start; i < end; i++) right += differences[i]!;
  let left = still[base + 3]!;
  const total = left + right;
  for (let i = start, at = start * WIDTH; i < end; i++, at += WIDTH) {
    writeState(states, at + 3, still, base + 4, total - left);
    left += differences[i]!;
    writeState(states, at, still, base, left);
  }
}

function writeState(to: Float64Array, at: number, still: Float64Array, base: number, own: number): void {
  const sum = still[base]! + own;
  const high = still[base + 1]!;
  const low = still[base + 2]!;
  to[at] = sum;
  to[at + 1] = sum > high ? sum : high;
  to[at + 2] = sum < low ? sum : low;
}

function mergeBlocks(
  fromTimes: Int32Array,
  from: Float64Array,
  toTimes: Int32Array,
  to: Float64Array,
  start: number,
  middle: number,
  end: number,
  edges: Float64Array,
  blockA: number,
  blockB: number,
): void {
  const edgeA = blockA * WIDTH;
  const edgeB = blockB * WIDTH;
  // Left state of a block after its last event so far, right state before its next event.
  let sumLeftA = edges[edgeA]!;
  let highLeftA = edges[edgeA + 1]!;
  let lowLeftA = edges[edgeA + 2]!;
  let sumLeftB = edges[edgeB]!;
  let highLeftB = edges[edgeB + 1]!;
  let lowLeftB = edges[edgeB + 2]!;
  const sumEndA = edges[edgeA + 3]!;
  const highEndA = edges[edgeA + 4]!;
  const lowEndA = edges[edgeA + 5]!;
  const sumEndB = edges[edgeB + 3]!;
  const highEndB = edges[edgeB + 4]!;
  const lowEndB = edges[edgeB + 5]!;
  let a = start;
  let b = middle;
  let sumRightA = a < middle ? from[a * WIDTH + 3]! : sumEndA;
  let highRightA = a < middle ? from[a * WIDTH + 4]! : highEndA;
  let lowRightA = a < middle ? from[a * WIDTH + 5]! : lowEndA;
  let sumRightB = b < end ? from[b * WIDTH + 3]! : sumEndB;
  let highRightB = b < end ? from[b * WIDTH + 4]! : highEndB;
  let lowRightB = b < end ? from[b * WIDTH + 5]! : lowEndB;
  let timeA = a < middle ? fromTimes[a]! : NEVER;
  let timeB = b < end ? fromTimes[b]! : NEVER;
  for (let out = start, at = start * WIDTH; out < end; out++, at += WIDTH) {
    const rightHigh = sumRightA + highRightB;
    const rightLow = sumRightA + lowRightB;
    to[at + 3] = sumRightA + sumRightB;
    to[at + 4] = highRightA > rightHigh ? highRightA : rightHigh;
    to[at + 5] = lowRightA < rightLow ? lowRightA : rightLow;
    if (timeA < timeB) {
      toTimes[out] = timeA;
      const state = a * WIDTH;
      sumLeftA = from[state]!;
      highLeftA = from[state + 1]!;
      lowLeftA = from[state + 2]!;
      const more = ++a < middle;
      sumRightA = more ? from[state + WIDTH + 3]! : sumEndA;
      highRightA = more ? from[state + WIDTH + 4]! : highEndA;
      lowRightA = more ? from[state + WIDTH + 5]! : lowEndA;
      timeA = more ? fromTimes[a]! : NEVER;
    } else {
      toTimes[out] = timeB;
      const state = b * WIDTH;
      sumLeftB = from[state]!;
      highLeftB = from[state + 1]!;
      lowLeftB = from[state + 2]!;
      const more = ++b < end;
      sumRightB = more ? from[state + WIDTH + 3]! : sumEndB;
      highRightB = more ? from[state + WIDTH + 4]! : highEndB;
      lowRightB = more ? from[state + WIDTH + 5]! : lowEndB;
      timeB = more ? fromTimes[b]! : NEVER;
    }
    const leftHigh = sumLeftA + highLeftB;
    const leftLow = sumLeftA + lowLeftB;
    to[at] = sumLeftA + sumLeftB;
    to[at + 1] = highLeftA > leftHigh ? highLeftA : leftHigh;
    to[at + 2] = lowLeftA < leftLow ? lowLeftA : leftLow;
  }
}
