import type { NodeRanks, PolicyTable } from "./policy-rows.ts";

/** Most bins of ranks per covariate: the joint sums of two covariates then stay in the second-level cache. */
const MOST_BINS = 256;

/** Bounds of all root splits of one covariate, by bin of root ranks. */
export interface RootBounds {
  /** By child covariate, then bin: at most what the left side's rows outside the bin can reach. */
  readonly left: readonly Float64Array[];
  /** The same of the right side. */
  readonly right: readonly Float64Array[];
}

/** A covariate's rows in bins of about equal size; the rows of one rank share a bin. */
export interface RankBins {
  /** Bin of each row of the whole table. */
  readonly bin: Uint8Array;
  readonly count: number;
  /** First row (position in the covariate's order) of each bin, then n. */
  readonly starts: Int32Array;
}

/** What bounding found: bounds by root covariate, and the reward of the best tree that splits between bins. */
export interface PolicyBounds {
  readonly roots: readonly RootBounds[];
  /** By root covariate and bin: sum over the bin's rows of their best score. */
  readonly inside: readonly Float64Array[];
  readonly incumbent: number;
}

/** Bins of a covariate: a power of two near the root of n. */
export function rankBins({ rank, count, upTo }: NodeRanks, order: Int32Array): RankBins {
  const n = order.length;
  let most = 1;
  while (most < MOST_BINS && most * most < n) most *= 2;
  const bin = new Uint8Array(rank.length);
  const byRank = new Uint8Array(count);
  const starts = new Int32Array(most + 1);
  let bins = 0;
  let last = -1;
  for (let r = 0; r < count; r++) {
    const first = r === 0 ? 0 : upTo[r - 1]!;
    const wanted = Math.floor((first * most) / n);
    if (wanted !== last) {
      starts[bins++] = first;
      last = wanted;
    }
    byRank[r] = bins - 1;
  }
  starts[bins] = n;
  for (let i = 0; i < n; i++) bin[order[i]!] = byRank[rank[order[i]!]!]!;
  return { bin, count: bins, starts: starts.subarray(0, bins + 1) };
}

/**
 * Bounds on the best tree of depth two with its root split inside a bin, from joint sums over bins of root and child ranks.
 * Rows of other root bins are on a known side; rows of the child split's own bin give at most the positive parts of their score differences; rows of the
 * root split's own bin give, on both sides together, at most their best scores. Splits between bins are trees, and the best of them the first incumbent.
 */
export function boundRoots(table: PolicyTable, rows: Int32Array, bins: readonly RankBins[]): PolicyBounds {
  const p = bins.length;
  const { actions } = table;
  const near = nearRows(table, rows, bins);
  const sums = bins.map(({ count }, j) => binSums(near, j, count));
  const roots = bins.map((one) => ({ left: lowest(p, one.count), right: lowest(p, one.count) }));
  const feasible = bins.map((one) => ({ left: lowest(1, one.count)[0]!, right: lowest(1, one.count)[0]! }));
  const raise = (j: number, k: number, joint: Float64Array, strides: readonly [number, number], a: number, b: number): void => {
    const into = { left: roots[j]!.left[k]!, right: roots[j]!.right[k]!, leftTree: feasible[j]!.left, rightTree: feasible[j]!.right };
    raiseBounds(joint, [bins[j]!.count, bins[k]!.count], strides, [sums[j]!.byAction[a]!, sums[j]!.byAction[b]!], into);
  };
  for (let a = 0; a < Math.max(actions - 1, 1); a++) {
    for (let b = Math.min(a + 1, actions - 1); b < actions; b++) {
      const differences = differencesOf(near.scores[a]!, near.scores[b]!);
      for (let j = 0; j < p; j++) {
        for (let k = j; k < p; k++) {
          const joint = jointDifferences(differences, near.bins[j]!, near.bins[k]!, bins[j]!.count, bins[k]!.count);
          const width = 2 * bins[k]!.count;
          raise(j, k, joint, [width, 2], a, b);
          if (k > j) raise(k, j, joint, [2, width], a, b);
        }
      }
    }
  }
  let incumbent = Number.NEGATIVE_INFINITY;
  feasible.forEach(({ left, right }) => {
    for (let b = 0; b < left.length - 1; b++) incumbent = Math.max(incumbent, left[b]! + right[b]!);
  });
  return { roots, inside: sums.map(({ best }) => best), incumbent };
}

const lowest = (arrays: number, length: number): Float64Array[] =>
  Array.from({ length: arrays }, () => new Float64Array(length).fill(Number.NEGATIVE_INFINITY));

interface BinSums {
  /** Sum of each action's scores by bin. */
  readonly byAction: readonly Float64Array[];
  /** Sum of the rows' best scores by bin. */
  readonly best: Float64Array;
}

/** The node's rows side by side: their bins by covariate and scores by action. */
interface NearRows {
  readonly bins: readonly Uint8Array[];
  readonly scores: readonly Float64Array[];
}

function nearRows({ scores, actions }: PolicyTable, rows: Int32Array, bins: readonly RankBins[]): NearRows {
  const n = rows.length;
  // A node of all rows is read in the order of the table.
  const all = n * actions === scores.length;
  const near = Array.from({ length: actions }, () => new Float64Array(n));
  for (let a = 0; a < actions; a++) {
    const own = near[a]!;
    for (let i = 0; i < n; i++) own[i] = scores[(all ? i : rows[i]!) * actions + a]!;
  }
  return { bins: all ? bins.map(({ bin }) => bin) : bins.map(({ bin }) => gather(bin, rows)), scores: near };
}

function gather(bin: Uint8Array, rows: Int32Array): Uint8Array {
  const out = new Uint8Array(rows.length);
  for (let i = 0; i < out.length; i++) out[i] = bin[rows[i]!]!;
  return out;
}

function differencesOf(a: Float64Array, b: Float64Array): Float64Array {
  const out = new Float64Array(a.length);
  for (let i = 0; i < out.length; i++) out[i] = a[i]! - b[i]!;
  return out;
}

function binSums({ bins, scores }: NearRows, j: number, count: number): BinSums {
  const bin = bins[j]!;
  const best = new Float64Array(count);
  const highest = scores[0]!.slice();
  for (const own of scores) for (let i = 0; i < own.length; i++) if (own[i]! > highest[i]!) highest[i] = own[i]!;
  addByBin(bin, highest, best);
  const byAction = scores.map((own) => {
    const sums = new Float64Array(count);
    addByBin(bin, own, sums);
    return sums;
  });
  return { byAction, best };
}

function addByBin(bin: Uint8Array, values: Float64Array, sums: Float64Array): void {
  for (let i = 0; i < values.length; i++) sums[bin[i]!]! += values[i]!;
}

/** Sum of s_a - s_b and of its positive part by (bin of j, bin of k). */
function jointDifferences(differences: Float64Array, binJ: Uint8Array, binK: Uint8Array, countJ: number, countK: number): Float64Array {
  const joint = new Float64Array(2 * countJ * countK);
  for (let i = 0; i < differences.length; i++) {
    const difference = differences[i]!;
    const cell = 2 * (binJ[i]! * countK + binK[i]!);
    joint[cell]! += difference;
    if (difference > 0) joint[cell + 1]! += difference;
  }
  return joint;
}

interface RaisedBounds {
  readonly left: Float64Array;
  readonly right: Float64Array;
  readonly leftTree: Float64Array;
  readonly rightTree: Float64Array;
}

/** Bounds and trees of one pair of covariates and one pair of actions, for the root splits in each root bin. */
function raiseBounds(
  joint: Float64Array,
  [rootBins, childBins]: readonly [number, number],
  [rootStride, childStride]: readonly [number, number],
  [scoresA, scoresB]: readonly [Float64Array, Float64Array],
  into: RaisedBounds,
): void {
  // Sums of the difference and of its positive part by child bin, over the root bins below and above the current one.
  const [below, above] = [new Float64Array(2 * childBins), new Float64Array(2 * childBins)];
  let belowA = 0;
  let belowB = 0;
  let aboveA = 0;
  let aboveB = 0;
  for (let r = 0; r < rootBins; r++) {
    aboveA += scoresA[r]!;
    aboveB += scoresB[r]!;
    addRow(above, joint, r * rootStride, childStride, childBins, 1);
  }
  const extremes = new Float64Array(4);
  for (let r = 0; r < rootBins; r++) {
    prefixExtremes(below, childBins, extremes);
    into.left[r] = Math.max(into.left[r]!, belowB + extremes[0]!, belowA - extremes[1]!);
    if (r > 0) into.leftTree[r - 1] = Math.max(into.leftTree[r - 1]!, belowB + extremes[2]!, belowA - extremes[3]!);
    aboveA -= scoresA[r]!;
    aboveB -= scoresB[r]!;
    addRow(above, joint, r * rootStride, childStride, childBins, -1);
    prefixExtremes(above, childBins, extremes);
    into.right[r] = Math.max(into.right[r]!, aboveB + extremes[0]!, aboveA - extremes[1]!);
    into.rightTree[r] = Math.max(into.rightTree[r]!, aboveB + extremes[2]!, aboveA - extremes[3]!);
    belowA += scoresA[r]!;
    belowB += scoresB[r]!;
    addRow(below, joint, r * rootStride, childStride, childBins, 1);
  }
}

function addRow(sums: Float64Array, joint: Float64Array, start: number, stride: number, count: number, sign: number): void {
  for (let c = 0, at = start; c < count; c++, at += stride) {
    sums[2 * c]! += sign * joint[at]!;
    sums[2 * c + 1]! += sign * joint[at + 1]!;
  }
}

/** Into `out`: bounds on the largest and the smallest prefix sum, then those of prefixes that end with a bin. */
function prefixExtremes(sums: Float64Array, count: number, out: Float64Array): void {
  let sum = 0;
  let high = 0;
  let low = 0;
  let highTree = 0;
  let lowTree = 0;
  for (let c = 0; c < count; c++) {
    const difference = sums[2 * c]!;
    const positive = sums[2 * c + 1]!;
    const most = sum + positive;
    const least = sum + difference - positive;
    sum += difference;
    if (most > high) high = most;
    if (least < low) low = least;
    if (sum > highTree) highTree = sum;
    if (sum < lowTree) lowTree = sum;
  }
  out[0] = high;
  out[1] = low;
  out[2] = highTree;
  out[3] = lowTree;
}
