import { boundRoots, type PolicyBounds, type RankBins, rankBins } from "./policy-bounds.ts";
import { type Crossings, crossingExtremes, STILL } from "./policy-crossing.ts";
import type { NodeRanks, NodeRows, PolicyTable } from "./policy-rows.ts";

/** Below this many rows bounding costs more than it saves. */
const FEWEST_ROWS = 256;

/** Open bins this share of all bins apart are crossed together: a pass over all rows costs about as much as merging that share of them. */
const JOINED_SHARE = 1 / 16;

/** A covariate of the node: its order, ranks and bins. */
interface Covariate {
  readonly order: Int32Array;
  readonly ranks: NodeRanks;
  readonly bins: RankBins;
}

/** Consecutive bins of root ranks, both ends included. */
interface Stretch {
  readonly first: number;
  readonly last: number;
}

/**
 * Raises `left[j][b]` and `right[j][b]`, the best rewards of the two sides of the root split of covariate j after rank b, wherever that split can be the best one; the others stay
 * at minus infinity. Bounds from joint sums over bins of ranks say where (branch and bound); there the rows of the stretch cross exactly.
 */
export function crossBoundedRoots(
  table: PolicyTable,
  rows: NodeRows,
  ranks: readonly NodeRanks[],
  left: readonly Float64Array[],
  right: readonly Float64Array[],
): void {
  const covariates = rows.map((order, j) => ({ order, ranks: ranks[j]!, bins: rankBins(ranks[j]!, order) }));
  const cross = stretchCrosser(table, covariates, left, right);
  if (rows[0]!.length < FEWEST_ROWS) {
    for (const [j, { bins }] of covariates.entries()) {
      for (let k = 0; k < covariates.length; k++) cross(j, k, { first: 0, last: bins.count - 1 });
    }
    return;
  }
  const bounds = boundRoots(
    table,
    rows[0]!,
    covariates.map(({ bins }) => bins),
  );
  const rewards = covariates.map((_, j) => rewardBounds(bounds, j));
  let incumbent = bounds.incumbent;
  const run = (j: number, stretch: Stretch): void => {
    for (let k = 0; k < covariates.length; k++) {
      if (childMatters(bounds, rewards[j]!, j, k, stretch, incumbent - 4 * table.tolerance)) cross(j, k, stretch);
    }
    const { upTo } = ranks[j]!;
    const { starts } = covariates[j]!.bins;
    for (let b = rankAt(upTo, starts[stretch.first]!); b < upTo.length - 1 && upTo[b]! <= starts[stretch.last + 1]!; b++) {
      incumbent = Math.max(incumbent, left[j]![b]! + right[j]![b]!);
    }
  };
  // The most promising bin first: a better incumbent leaves fewer bins open.
  const tops = rewards.map(({ both }) => both.reduce((top, value, r) => (value > both[top]! ? r : top), 0));
  const order = tops.map((_, j) => j).sort((a, b) => rewards[b]!.both[tops[b]!]! - rewards[a]!.both[tops[a]!]! || a - b);
  run(order[0]!, { first: tops[order[0]!]!, last: tops[order[0]!]! });
  for (const j of order) for (const stretch of openStretches(rewards[j]!.both, incumbent - 4 * table.tolerance)) run(j, stretch);
}

/** First rank that starts at or after a position of the order. */
function rankAt(upTo: Int32Array, position: number): number {
  let low = 0;
  let high = upTo.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (upTo[middle]! > position) high = middle;
    else low = middle + 1;
  }
  return low;
}

interface RewardBounds {
  /** By root bin, over all child covariates. */
  readonly left: Float64Array;
  readonly right: Float64Array;
  /** Of the whole tree, the bin's own rows included. */
  readonly both: Float64Array;
}

function rewardBounds({ roots, inside }: PolicyBounds, j: number): RewardBounds {
  const highest = (by: readonly Float64Array[]): Float64Array => by[0]!.map((_, r) => Math.max(...by.map((one) => one[r]!)));
  const [left, right] = [highest(roots[j]!.left), highest(roots[j]!.right)];
  return { left, right, both: left.map((value, r) => value + right[r]! + inside[j]![r]!) };
}

/** Whether a split on covariate k can be part of a tree that reaches the incumbent. */
function childMatters(
  { roots, inside }: PolicyBounds,
  { left, right }: RewardBounds,
  j: number,
  k: number,
  { first, last }: Stretch,
  incumbent: number,
): boolean {
  for (let r = first; r <= last; r++) {
    const [ownLeft, ownRight] = [roots[j]!.left[k]![r]!, roots[j]!.right[k]![r]!];
    if (Math.max(ownLeft + right[r]!, left[r]! + ownRight) + inside[j]![r]! >= incumbent) return true;
  }
  return false;
}

function openStretches(both: Float64Array, incumbent: number): Stretch[] {
  const stretches: { first: number; last: number }[] = [];
  const reach = Math.max(1, Math.floor(both.length * JOINED_SHARE));
  for (let r = 0; r < both.length; r++) {
    if (both[r]! < incumbent) continue;
    const previous = stretches.at(-1);
    if (previous !== undefined && r - previous.last <= reach) previous.last = r;
    else stretches.push({ first: r, last: r });
  }
  return stretches;
}

/** Crosses the rows of a stretch of root covariate j with child splits on covariate k. */
function stretchCrosser(
  table: PolicyTable,
  covariates: readonly Covariate[],
  left: readonly Float64Array[],
  right: readonly Float64Array[],
): (j: number, k: number, stretch: Stretch) => void {
  const { actions } = table;
  const prefixes: (readonly Float64Array[])[] = [];
  return (j, k, stretch) => {
    const [root, child] = [covariates[j]!, covariates[k]!];
    prefixes[j] ??= prefixSums(table, root.order);
    const { starts } = root.bins;
    const span: Span = { from: starts[stretch.first]!, to: starts[stretch.last + 1]!, upTo: root.ranks.upTo };
    raiseByConstants(prefixes[j]!, span, left[j]!, right[j]!);
    for (let a = 0; a < actions; a++) {
      for (let b = a + 1; b < actions; b++) {
        const { states, last } = crossingExtremes(crossingsOf(table, root, child, stretch, a, b));
        raiseRewards(states, last, span, prefixes[j]![a]!, prefixes[j]![b]!, left[j]!, right[j]!);
      }
    }
  };
}

/** The rows of a stretch: positions `from` to `to` (excluded) of the root order; rows up to and including each root rank. */
interface Span {
  readonly from: number;
  readonly to: number;
  readonly upTo: Int32Array;
}

/** Each action's running sum over the rows of an order. */
function prefixSums({ scores, actions }: PolicyTable, order: Int32Array): readonly Float64Array[] {
  return Array.from({ length: actions }, (_, a) => {
    const out = new Float64Array(order.length);
    let sum = 0;
    for (let t = 0; t < order.length; t++) {
      sum += scores[order[t]! * actions + a]!;
      out[t] = sum;
    }
    return out;
  });
}

function raiseByConstants(prefixes: readonly Float64Array[], { from, to, upTo }: Span, left: Float64Array, right: Float64Array): void {
  const first = rankAt(upTo, from);
  for (const prefix of prefixes) {
    const total = prefix[prefix.length - 1]!;
    for (let b = first; b < upTo.length - 1 && upTo[b]! <= to; b++) {
      const sum = prefix[upTo[b]! - 1]!;
      if (sum > left[b]!) left[b] = sum;
      if (total - sum > right[b]!) right[b] = total - sum;
    }
  }
}

/**
 * Raises the rewards to those of "action a up to some child rank, action b above" and the reverse, on each side of the root split after rank b.
 * `prefixA`, `prefixB` are the two actions' sums over the first t + 1 rows of the root order.
 */
function raiseRewards(
  states: Float64Array,
  last: Float64Array,
  { from, to, upTo }: Span,
  prefixA: Float64Array,
  prefixB: Float64Array,
  left: Float64Array,
  right: Float64Array,
): void {
  const n = prefixA.length;
  const [totalA, totalB] = [prefixA[n - 1]!, prefixB[n - 1]!];
  for (let b = rankAt(upTo, from); b < upTo.length - 1 && upTo[b]! <= to; b++) {
    const t = upTo[b]! - 1;
    const at = 6 * (t - from);
    const leftReward = Math.max(prefixB[t]! + states[at + 1]!, prefixA[t]! - states[at + 2]!);
    if (leftReward > left[b]!) left[b] = leftReward;
    const more = t + 1 < to;
    const high = more ? states[at + 10]! : last[1]!;
    const low = more ? states[at + 11]! : last[2]!;
    const rightReward = Math.max(totalB - prefixB[t]! + high, totalA - prefixA[t]! - low);
    if (rightReward > right[b]!) right[b] = rightReward;
  }
}

/** The crossings of a stretch's rows over the ranks of a child covariate; rows of earlier bins stay on the left, of later ones on the right. */
function crossingsOf(table: PolicyTable, root: Covariate, child: Covariate, stretch: Stretch, a: number, b: number): Crossings {
  const { scores, actions } = table;
  const from = root.bins.starts[stretch.first]!;
  const events = root.bins.starts[stretch.last + 1]! - from;
  const leafOf = new Int32Array(child.ranks.count);
  const starts = new Int32Array(events + 3);
  const still = new Float64Array(STILL * (events + 1));
  const leaves = stillSums(table, root, child, stretch, a, b, leafOf, starts, still);
  const next = starts.slice(0, leaves);
  const times = new Int32Array(events);
  const differences = new Float64Array(events);
  for (let t = 0; t < events; t++) {
    const row = root.order[from + t]!;
    const at = next[leafOf[child.ranks.rank[row]!]!]!++;
    times[at] = t;
    differences[at] = scores[row * actions + a]! - scores[row * actions + b]!;
  }
  return { leaves, starts, times, differences, still };
}

/** Fills the leaves: which rank opens which, first events, and sums over the rows that stay. Returns their number; the last may hold no event. */
function stillSums(
  { scores, actions }: PolicyTable,
  root: Covariate,
  child: Covariate,
  { first, last }: Stretch,
  a: number,
  b: number,
  leafOf: Int32Array,
  starts: Int32Array,
  still: Float64Array,
): number {
  const { order } = child;
  const { upTo, count } = child.ranks;
  const { bin } = root.bins;
  let leaf = 0;
  let sumLeft = 0;
  let highLeft = 0;
  let lowLeft = 0;
  let sumRight = 0;
  let highRight = 0;
  let lowRight = 0;
  for (let r = 0, i = 0; r < count; r++) {
    let ownLeft = 0;
    let ownRight = 0;
    let crossing = 0;
    for (; i < upTo[r]!; i++) {
      const row = order[i]!;
      const side = bin[row]!;
      if (side < first) ownLeft += scores[row * actions + a]! - scores[row * actions + b]!;
      else if (side > last) ownRight += scores[row * actions + a]! - scores[row * actions + b]!;
      else crossing++;
    }
    if (crossing === 0 && r < count - 1) {
      sumLeft += ownLeft;
      if (sumLeft > highLeft) highLeft = sumLeft;
      if (sumLeft < lowLeft) lowLeft = sumLeft;
      sumRight += ownRight;
      if (sumRight > highRight) highRight = sumRight;
      if (sumRight < lowRight) lowRight = sumRight;
      continue;
    }
    leafOf[r] = leaf;
    const at = leaf * STILL;
    still[at] = sumLeft;
    still[at + 1] = highLeft;
    still[at + 2] = lowLeft;
    still[at + 3] = ownLeft;
    still[at + 4] = sumRight;
    still[at + 5] = highRight;
    still[at + 6] = lowRight;
    still[at + 7] = ownRight;
    starts[leaf + 1] = starts[leaf]! + crossing;
    leaf++;
    sumLeft = highLeft = lowLeft = sumRight = highRight = lowRight = 0;
  }
  return leaf;
}
