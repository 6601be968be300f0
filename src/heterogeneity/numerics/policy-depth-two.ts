import { bothSidesDepthOne } from "./policy-depth-one.ts";
import { addToPrefixTree, emptyPrefixTree, limitedPrefix, type PrefixTree, rebuildPrefixTree } from "./policy-prefix-tree.ts";
import { crossBoundedRoots } from "./policy-pruned.ts";
import { actionTotals, type NodeRanks, type NodeRows, type PolicySplit, type PolicyTable, ranksWithin } from "./policy-rows.ts";

/** Joint tables are used where they hold at most this many cells per row of the node. */
const CELLS_PER_ROW = 4;

/**
 * The root of the best tree of depth two, exact.
 * For each pair (root covariate j, child covariate k) the best child split on both sides of every root split comes from joint sums over the ranks of j and k
 * where these are few (binned covariates; the depth-two counting of MurTree, Demirovic et al. 2022, JMLR 23), else from a merge sort over the crossings
 * of rows from right to left, for the root splits that bounds leave open: O(p^2 n log n) at worst for two actions, instead of the O(p^2 n^2) of a search that
 * starts anew at each split. With a minimum of rows per side two prefix trees, between which rows move one at a time, take the merge sort's place.
 * With `step` above one the candidates depend on row counts and are swept one by one.
 */
export function bestSplitDepthTwo(table: PolicyTable, rows: NodeRows): PolicySplit | undefined {
  if (table.step > 1) return sweepDepthTwo(table, rows);
  const p = rows.length;
  const n = rows[0]!.length;
  const ranks = rows.map((order, j) => ranksWithin(table.codes[j]!, order));
  const totals = actionTotals(table, rows[0]!);
  const left = ranks.map(({ count }) => new Float64Array(count).fill(Number.NEGATIVE_INFINITY));
  const right = ranks.map(({ count }) => new Float64Array(count).fill(Number.NEGATIVE_INFINITY));
  const few = (j: number, k: number): boolean => ranks[j]!.count * ranks[k]!.count <= CELLS_PER_ROW * n;
  if (table.minimum === 1 && ranks.some((_, j) => !ranks.every((__, k) => few(j, k)))) {
    crossBoundedRoots(table, rows, ranks, left, right);
    return bestRoot(table, ranks, n, left, right);
  }
  const differences = pairDifferences(table);
  for (let j = 0; j < p; j++) {
    for (let k = j; k < p; k++) {
      if (few(j, k)) {
        const joint = jointSums(table, rows[0]!, ranks[j]!, ranks[k]!);
        scanJoint(table, joint, totals, ranks[j]!.count, ranks[k]!.count, false, left[j]!, right[j]!);
        if (k > j) scanJoint(table, joint, totals, ranks[k]!.count, ranks[j]!.count, true, left[k]!, right[k]!);
      } else {
        sweepTrees(table, rows[j]!, ranks[j]!, ranks[k]!, totals, differences, left[j]!, right[j]!);
        if (k > j) sweepTrees(table, rows[k]!, ranks[k]!, ranks[j]!, totals, differences, left[k]!, right[k]!);
      }
    }
  }
  return bestRoot(table, ranks, n, left, right);
}

/** s_a - s_b of each row for the pairs a < b, rows by pairs. */
function pairDifferences({ scores, actions }: PolicyTable): Float64Array {
  const pairs = (actions * (actions - 1)) / 2;
  const n = scores.length / actions;
  const out = new Float64Array(n * pairs);
  for (let i = 0, next = 0; i < n; i++) {
    const at = i * actions;
    for (let a = 0; a < actions; a++) for (let b = a + 1; b < actions; b++) out[next++] = scores[at + a]! - scores[at + b]!;
  }
  return out;
}

function bestRoot(
  table: PolicyTable,
  ranks: readonly NodeRanks[],
  n: number,
  left: readonly Float64Array[],
  right: readonly Float64Array[],
): PolicySplit | undefined {
  let best: PolicySplit | undefined;
  for (let j = 0; j < ranks.length; j++) {
    const { count, code, upTo } = ranks[j]!;
    for (let b = 0; b < count - 1; b++) {
      if (upTo[b]! < table.minimum || n - upTo[b]! < table.minimum) continue;
      const reward = left[j]![b]! + right[j]![b]!;
      if (best === undefined || reward > best.reward + table.tolerance) best = { variable: j, code: code[b]!, reward };
    }
  }
  return best;
}

/** Two prefix trees over covariate k; the rows cross from the right one to the left one in the order of covariate j. */
function sweepTrees(
  table: PolicyTable,
  order: Int32Array,
  root: NodeRanks,
  child: NodeRanks,
  totals: Float64Array,
  differences: Float64Array,
  left: Float64Array,
  right: Float64Array,
): void {
  const { actions, scores, minimum } = table;
  const pairs = (actions * (actions - 1)) / 2;
  const leftTree = emptyPrefixTree(child.count, pairs);
  const rightTree = fullTree(order, child, pairs, differences);
  const leftTotals = new Float64Array(actions);
  const rightTotals = totals.slice();
  const extremes = new Float64Array(2);
  for (let i = 0; i < order.length - 1; i++) {
    const row = order[i]!;
    const rank = child.rank[row]!;
    addToPrefixTree(leftTree, rank, differences, row * pairs, 1);
    addToPrefixTree(rightTree, rank, differences, row * pairs, -1);
    for (let a = 0, at = row * actions; a < actions; a++) {
      leftTotals[a]! += scores[at + a]!;
      rightTotals[a]! -= scores[at + a]!;
    }
    const b = root.rank[row]!;
    if (root.rank[order[i + 1]!] === b) continue;
    left[b] = Math.max(left[b]!, bestOfTree(leftTree, leftTotals, minimum, extremes));
    right[b] = Math.max(right[b]!, bestOfTree(rightTree, rightTotals, minimum, extremes));
  }
}

function fullTree(order: Int32Array, child: NodeRanks, pairs: number, differences: Float64Array): PrefixTree {
  const tree = emptyPrefixTree(child.count, pairs);
  const { nodes, leaves, counts } = tree;
  for (let i = 0; i < order.length; i++) {
    const row = order[i]!;
    const leaf = leaves + child.rank[row]!;
    for (let q = 0, base = 3 * pairs * leaf; q < pairs; q++, base += 3) {
      const value = nodes[base]! + differences[row * pairs + q]!;
      nodes[base] = value;
      nodes[base + 1] = value;
      nodes[base + 2] = value;
    }
    counts[leaf]!++;
  }
  rebuildPrefixTree(tree);
  return tree;
}

/** Best reward of a node: one action, or action a up to some rank and action b above it. */
function bestOfTree(tree: PrefixTree, totals: Float64Array, minimum: number, extremes: Float64Array): number {
  let best = Number.NEGATIVE_INFINITY;
  for (let a = 0, q = 0; a < totals.length; a++) {
    if (totals[a]! > best) best = totals[a]!;
    for (let b = a + 1; b < totals.length; b++, q++) {
      limitedPrefix(tree, q, minimum, extremes);
      const aThenB = totals[b]! + extremes[0]!;
      const bThenA = totals[a]! - extremes[1]!;
      if (aThenB > best) best = aThenB;
      if (bThenA > best) best = bThenA;
    }
  }
  return best;
}

/** Sums of the scores, then of rows, by (rank of j, rank of k): `actions + 1` numbers a cell. */
function jointSums({ scores, actions }: PolicyTable, rows: Int32Array, j: NodeRanks, k: NodeRanks): Float64Array {
  const width = actions + 1;
  const joint = new Float64Array(j.count * k.count * width);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    const cell = (j.rank[row]! * k.count + k.rank[row]!) * width;
    for (let a = 0, at = row * actions; a < actions; a++) joint[cell + a]! += scores[at + a]!;
    joint[cell + actions]! += 1;
  }
  return joint;
}

/** Best child split on covariate k at every root split of covariate j; `transposed` when j is the second index of `joint`. */
function scanJoint(
  table: PolicyTable,
  joint: Float64Array,
  totals: Float64Array,
  rootRanks: number,
  childRanks: number,
  transposed: boolean,
  left: Float64Array,
  right: Float64Array,
): void {
  const { actions, minimum } = table;
  const width = actions + 1;
  const [rootStride, childStride] = transposed ? [width, rootRanks * width] : [childRanks * width, width];
  const margin = new Float64Array(childRanks * width);
  for (let c = 0; c < childRanks; c++) {
    for (let r = 0; r < rootRanks; r++) {
      const cell = r * rootStride + c * childStride;
      for (let a = 0; a < width; a++) margin[c * width + a]! += joint[cell + a]!;
    }
  }
  const below = new Float64Array(childRanks * width);
  const above = margin.slice();
  const leftTotals = new Float64Array(width);
  const rightTotals = new Float64Array(width);
  for (let a = 0; a < actions; a++) rightTotals[a] = totals[a]!;
  for (let c = 0; c < childRanks; c++) rightTotals[actions]! += margin[c * width + actions]!;
  const prefix = new Float64Array(width);
  for (let b = 0; b < rootRanks - 1; b++) {
    for (let c = 0; c < childRanks; c++) {
      const cell = b * rootStride + c * childStride;
      for (let a = 0; a < width; a++) {
        const value = joint[cell + a]!;
        below[c * width + a]! += value;
        above[c * width + a]! -= value;
        leftTotals[a]! += value;
        rightTotals[a]! -= value;
      }
    }
    left[b] = Math.max(left[b]!, bestOfSums(below, leftTotals, prefix, actions, minimum));
    right[b] = Math.max(right[b]!, bestOfSums(above, rightTotals, prefix, actions, minimum));
  }
}

/** Best reward of a node from its sums by rank: one action, or a split with at least `minimum` rows on each side. */
function bestOfSums(sums: Float64Array, totals: Float64Array, prefix: Float64Array, actions: number, minimum: number): number {
  const width = actions + 1;
  let best = Number.NEGATIVE_INFINITY;
  for (let a = 0; a < actions; a++) if (totals[a]! > best) best = totals[a]!;
  prefix.fill(0);
  for (let at = 0; at < sums.length; at += width) {
    let leftBest = Number.NEGATIVE_INFINITY;
    let rightBest = Number.NEGATIVE_INFINITY;
    for (let a = 0; a < actions; a++) {
      const value = prefix[a]! + sums[at + a]!;
      prefix[a] = value;
      const rest = totals[a]! - value;
      if (value > leftBest) leftBest = value;
      if (rest > rightBest) rightBest = rest;
    }
    const inside = prefix[actions]! + sums[at + actions]!;
    prefix[actions] = inside;
    if (inside >= minimum && totals[actions]! - inside >= minimum && leftBest + rightBest > best) best = leftBest + rightBest;
  }
  return best;
}

/** Every admissible root split tried by a sweep of both its sides. */
function sweepDepthTwo(table: PolicyTable, rows: NodeRows): PolicySplit | undefined {
  const { codes, scores, actions, step, minimum, tolerance } = table;
  const all = actionTotals(table, rows[0]!);
  const side = new Uint8Array(codes[0]!.length);
  const totals = new Float64Array(2 * actions);
  const rewards = new Float64Array(2);
  let best: PolicySplit | undefined;
  for (let j = 0; j < rows.length; j++) {
    const order = rows[j]!;
    const code = codes[j]!;
    side.fill(0);
    totals.fill(0);
    for (let i = 0, passed = 0; i < order.length - 1; i++) {
      const row = order[i]!;
      side[row] = 1;
      for (let a = 0, at = row * actions; a < actions; a++) totals[a]! += scores[at + a]!;
      passed++;
      const outside = order.length - 1 - i;
      if (passed < step || i + 1 < minimum || outside < minimum || code[order[i + 1]!] === code[row]) continue;
      passed = 0;
      for (let a = 0; a < actions; a++) totals[actions + a] = all[a]! - totals[a]!;
      bothSidesDepthOne(table, rows, side, totals, [i + 1, outside], rewards);
      const reward = rewards[0]! + rewards[1]!;
      if (best === undefined || reward > best.reward + tolerance) best = { variable: j, code: code[row]!, reward };
    }
  }
  return best;
}
