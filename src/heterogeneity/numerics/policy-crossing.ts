/** Numbers kept per event: sum, largest and smallest prefix on the left after the event, and on the right before it. */
const WIDTH = 6;

/** Later than any event. */
const NEVER = 0x7fffffff;

/** Working memory of {@link crossingExtremes} for up to n events; reused from pair to pair. */
export interface CrossingBuffers {
  readonly times: readonly [Int32Array, Int32Array];
  readonly states: readonly [Float64Array, Float64Array];
}

/** Buffers for n events. */
export function crossingBuffers(n: number): CrossingBuffers {
  return {
    times: [new Int32Array(n), new Int32Array(n)],
    states: [new Float64Array(n * WIDTH), new Float64Array(n * WIDTH)],
  };
}

/**
 * Rows cross one at a time from the right to the left of a root split, in the order of the root covariate. At each moment, what are the largest and the smallest
 * prefix sum of the score differences over the child covariate, on either side?
 *
 * A merge sort answers it: a block of child ranks is described by its events (crossings of its rows, by time) and by the block's sum and prefix extremes after
 * each. Two neighbouring blocks merge in one pass over their events, largest = max(largest A, sum A + largest B). So O(n log n) with sequential
 * memory access, where a tree updated row by row jumps through memory. Empty prefixes count (sum 0).
 *
 * @param starts - First event of each child rank, then n: events are sorted by rank, then time.
 * @param times - Time (position in the root covariate's order) of each event.
 * @param differences - Score difference of each event's row.
 * @returns The states in order of time, 6 numbers an event.
 */
export function crossingExtremes(starts: Int32Array, times: Int32Array, differences: Float64Array, buffers: CrossingBuffers): Float64Array {
  const ranks = starts.length - 1;
  let [fromTimes, toTimes] = buffers.times;
  let [from, to] = buffers.states;
  fromTimes.set(times);
  for (let r = 0; r < ranks; r++) fillRank(from, differences, starts[r]!, starts[r + 1]!);
  for (let width = 1; width < ranks; width *= 2) {
    for (let r = 0; r < ranks; r += 2 * width) {
      const middle = starts[Math.min(r + width, ranks)]!;
      mergeBlocks(fromTimes, from, toTimes, to, starts[r]!, middle, starts[Math.min(r + 2 * width, ranks)]!);
    }
    [fromTimes, toTimes] = [toTimes, fromTimes];
    [from, to] = [to, from];
  }
  return from;
}

/** States of one rank: its only prefixes are none of its rows and all of them. */
function fillRank(states: Float64Array, differences: Float64Array, start: number, end: number): void {
  let [total, sum] = [0, 0];
  for (let i = start; i < end; i++) total += differences[i]!;
  for (let i = start, at = start * WIDTH; i < end; i++, at += WIDTH) {
    const rest = total - sum;
    sum += differences[i]!;
    states[at] = sum;
    states[at + 1] = sum > 0 ? sum : 0;
    states[at + 2] = sum < 0 ? sum : 0;
    states[at + 3] = rest;
    states[at + 4] = rest > 0 ? rest : 0;
    states[at + 5] = rest < 0 ? rest : 0;
  }
}

function mergeBlocks(
  fromTimes: Int32Array,
  from: Float64Array,
  toTimes: Int32Array,
  to: Float64Array,
  start: number,
  middle: number,
  end: number,
): void {
  // Left state of a block after its last event so far (nothing yet: zeros), right state before its next event (none left: zeros).
  let sumLeftA = 0.0;
  let highLeftA = 0.0;
  let lowLeftA = 0.0;
  let sumLeftB = 0.0;
  let highLeftB = 0.0;
  let lowLeftB = 0.0;
  let sumRightA = 0.0;
  let highRightA = 0.0;
  let lowRightA = 0.0;
  let sumRightB = 0.0;
  let highRightB = 0.0;
  let lowRightB = 0.0;
  let a = start;
  let b = middle;
  if (a < middle) {
    sumRightA = from[a * WIDTH + 3]!;
    highRightA = from[a * WIDTH + 4]!;
    lowRightA = from[a * WIDTH + 5]!;
  }
  if (b < end) {
    sumRightB = from[b * WIDTH + 3]!;
    highRightB = from[b * WIDTH + 4]!;
    lowRightB = from[b * WIDTH + 5]!;
  }
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
      sumRightA = more ? from[state + WIDTH + 3]! : 0;
      highRightA = more ? from[state + WIDTH + 4]! : 0;
      lowRightA = more ? from[state + WIDTH + 5]! : 0;
      timeA = more ? fromTimes[a]! : NEVER;
    } else {
      toTimes[out] = timeB;
      const state = b * WIDTH;
      sumLeftB = from[state]!;
      highLeftB = from[state + 1]!;
      lowLeftB = from[state + 2]!;
      const more = ++b < end;
      sumRightB = more ? from[state + WIDTH + 3]! : 0;
      highRightB = more ? from[state + WIDTH + 4]! : 0;
      lowRightB = more ? from[state + WIDTH + 5]! : 0;
      timeB = more ? fromTimes[b]! : NEVER;
    }
    const leftHigh = sumLeftA + highLeftB;
    const leftLow = sumLeftA + lowLeftB;
    to[at] = sumLeftA + sumLeftB;
    to[at + 1] = highLeftA > leftHigh ? highLeftA : leftHigh;
    to[at + 2] = lowLeftA < leftLow ? lowLeftA : leftLow;
  }
}

/** Events of one root order over the ranks of a child covariate: by rank, then time. */
export interface CrossingEvents {
  readonly starts: Int32Array;
  readonly times: Int32Array;
  readonly rows: Int32Array;
}

/** Sorts the crossings by child rank, keeping time order within a rank: a counting sort. */
export function crossingEvents(order: Int32Array, rank: Int32Array, ranks: number): CrossingEvents {
  const starts = new Int32Array(ranks + 1);
  for (let t = 0; t < order.length; t++) starts[rank[order[t]!]! + 1]!++;
  for (let r = 0; r < ranks; r++) starts[r + 1]! += starts[r]!;
  const next = starts.slice();
  const times = new Int32Array(order.length);
  const rows = new Int32Array(order.length);
  for (let t = 0; t < order.length; t++) {
    const row = order[t]!;
    const at = next[rank[row]!]!++;
    times[at] = t;
    rows[at] = row;
  }
  return { starts, times, rows };
}

/**
 * Raises `left[b]` and `right[b]` (by root rank) to the reward of "action a up to some child rank, action b above" and the reverse,
 * on each side of the root split after rank b. `prefixA`, `prefixB` are the two actions' sums over the first t + 1 rows of the root order.
 */
export function raiseRewards(
  states: Float64Array,
  upTo: Int32Array,
  prefixA: Float64Array,
  prefixB: Float64Array,
  left: Float64Array,
  right: Float64Array,
): void {
  const n = prefixA.length;
  const [totalA, totalB] = [prefixA[n - 1]!, prefixB[n - 1]!];
  for (let b = 0; b < upTo.length - 1; b++) {
    const t = upTo[b]! - 1;
    const at = t * WIDTH;
    const leftReward = Math.max(prefixB[t]! + states[at + 1]!, prefixA[t]! - states[at + 2]!);
    if (leftReward > left[b]!) left[b] = leftReward;
    const next = at + WIDTH;
    const rightReward = Math.max(totalB - prefixB[t]! + states[next + 4]!, totalA - prefixA[t]! - states[next + 5]!);
    if (rightReward > right[b]!) right[b] = rightReward;
  }
}
