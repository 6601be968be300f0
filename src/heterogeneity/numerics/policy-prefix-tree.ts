/**
 * Sums of score differences over the ranks of one covariate, kept so that the best prefix is read in one step.
 * For each pair of actions a < b the tree holds, per node: the sum of s_a - s_b, and the largest and smallest sum of a non-empty prefix.
 * Adding or taking away one row costs O(pairs * log ranks). Rows per node are kept too, so that prefixes can be limited to those
 * with at least a minimum of rows on each side.
 */
export interface PrefixTree {
  readonly leaves: number;
  readonly pairs: number;
  /** Node m holds its pairs' (sum, largest, smallest) from `3 * pairs * m`; node 1 is the root, leaf r is node `leaves + r`. */
  readonly nodes: Float64Array;
  readonly counts: Int32Array;
}

/** An empty tree over `ranks` ranks. */
export function emptyPrefixTree(ranks: number, pairs: number): PrefixTree {
  let leaves = 1;
  while (leaves < ranks) leaves *= 2;
  return {
    leaves,
    pairs,
    nodes: new Float64Array(6 * pairs * leaves),
    counts: new Int32Array(2 * leaves),
  };
}

/** Adds `sign` times a row's score differences (from `at` in `differences`, length pairs) to its rank. */
export function addToPrefixTree(tree: PrefixTree, rank: number, differences: Float64Array, at: number, sign: number): void {
  const { nodes, pairs, counts } = tree;
  const width = 3 * pairs;
  let node = tree.leaves + rank;
  for (let q = 0, base = node * width; q < pairs; q++, base += 3) {
    const value = nodes[base]! + sign * differences[at + q]!;
    nodes[base] = value;
    nodes[base + 1] = value;
    nodes[base + 2] = value;
  }
  for (let m = node; m >= 1; m >>= 1) counts[m]! += sign;
  for (node >>= 1; node >= 1; node >>= 1) {
    let base = node * width;
    let left = 2 * base;
    let right = left + width;
    for (let q = 0; q < pairs; q++, base += 3, left += 3, right += 3) {
      const sum = nodes[left]!;
      const largestLeft = nodes[left + 1]!;
      const smallestLeft = nodes[left + 2]!;
      const largestRight = sum + nodes[right + 1]!;
      const smallestRight = sum + nodes[right + 2]!;
      nodes[base] = sum + nodes[right]!;
      nodes[base + 1] = largestLeft > largestRight ? largestLeft : largestRight;
      nodes[base + 2] = smallestLeft < smallestRight ? smallestLeft : smallestRight;
    }
  }
}

/** Builds all inner nodes from the leaves. */
export function rebuildPrefixTree(tree: PrefixTree): void {
  const { nodes, pairs, counts, leaves } = tree;
  const width = 3 * pairs;
  for (let node = leaves - 1; node >= 1; node--) {
    for (let q = 0; q < pairs; q++) {
      const base = node * width + 3 * q;
      const left = 2 * node * width + 3 * q;
      const right = left + width;
      const sum = nodes[left]!;
      nodes[base] = sum + nodes[right]!;
      nodes[base + 1] = Math.max(nodes[left + 1]!, sum + nodes[right + 1]!);
      nodes[base + 2] = Math.min(nodes[left + 2]!, sum + nodes[right + 2]!);
    }
    counts[node] = counts[2 * node]! + counts[2 * node + 1]!;
  }
}

/**
 * Largest and smallest prefix sum of one pair among prefixes with at least `minimum` rows inside and outside, into `out`;
 * infinities when there is none.
 */
export function limitedPrefix(tree: PrefixTree, pair: number, minimum: number, out: Float64Array): void {
  const { leaves } = tree;
  const counts = tree.counts;
  out[0] = Number.NEGATIVE_INFINITY;
  out[1] = Number.POSITIVE_INFINITY;
  const total = counts[1]!;
  if (total < 2 * minimum) return;
  // First leaf whose prefix reaches the minimum; last leaf whose prefix leaves the minimum outside.
  const first = firstLeafReaching(counts, leaves, minimum);
  const last = firstLeafReaching(counts, leaves, total - minimum + 1) - 1;
  if (first <= last) scan(tree, pair, first, last, out);
}

function firstLeafReaching(counts: Int32Array, leaves: number, target: number): number {
  let node = 1;
  let before = 0;
  while (node < leaves) {
    node *= 2;
    if (before + counts[node]! < target) before += counts[node++]!;
  }
  return node - leaves;
}

/** Prefix extremes over leaves `first` to `last`, walking the O(log leaves) nodes that tile leaves 0 to `last`. */
function scan(tree: PrefixTree, pair: number, first: number, last: number, out: Float64Array): void {
  const { nodes, leaves, pairs } = tree;
  const width = 3 * pairs;
  let sum = 0;
  for (let leaf = 0; leaf <= last; ) {
    let node = leaves + leaf;
    let size = 1;
    // The largest aligned block from `leaf` that ends by `last` and does not straddle `first`.
    while ((node & 1) === 0 && leaf + 2 * size - 1 <= last && (leaf >= first || leaf + 2 * size <= first)) {
      node >>= 1;
      size *= 2;
    }
    const base = node * width + 3 * pair;
    if (leaf >= first) {
      out[0] = Math.max(out[0]!, sum + nodes[base + 1]!);
      out[1] = Math.min(out[1]!, sum + nodes[base + 2]!);
    }
    sum += nodes[base]!;
    leaf += size;
  }
}
