import { bestSplitDepthOne } from "./policy-depth-one.ts";
import { bestSplitDepthTwo } from "./policy-depth-two.ts";
import { actionTotals, largest, type NodeRows, type PolicySplit, type PolicyTable, splitRows } from "./policy-rows.ts";

/** A searched tree: a leaf's action, or a split with its two children. */
export type PolicyBranch =
  | { readonly action: number }
  | { readonly variable: number; readonly code: number; readonly left: PolicyBranch; readonly right: PolicyBranch };

/** The root split of the best tree of a depth of at least one, `undefined` when no split is admissible. */
export function bestSplit(table: PolicyTable, rows: NodeRows, depth: number): PolicySplit | undefined {
  if (rows[0]!.length < 2) return undefined;
  if (depth === 1) return bestSplitDepthOne(table, rows);
  return depth === 2 ? bestSplitDepthTwo(table, rows) : bestSplitDeep(table, rows, depth);
}

/** Reward of the best tree of a depth. */
function bestReward(table: PolicyTable, rows: NodeRows, depth: number): number {
  const split = depth === 0 ? undefined : bestSplit(table, rows, depth);
  if (split !== undefined) return split.reward;
  const totals = actionTotals(table, rows[0]!);
  return totals[largest(totals)]!;
}

/**
 * Three levels and more: every root split in turn, skipping those that cannot win.
 * From the last split whose sides were solved, moving rows to the left raises the left reward by at most their best scores, and changes the right
 * reward by at most minus their worst scores (the bounds of Cussens et al. 2025, arXiv 2506.15435).
 */
function bestSplitDeep(table: PolicyTable, rows: NodeRows, depth: number): PolicySplit | undefined {
  const { codes, scores, actions, step, minimum, tolerance } = table;
  let best: PolicySplit | undefined;
  for (let j = 0; j < rows.length; j++) {
    const order = rows[j]!;
    const code = codes[j]!;
    let leftBound = 0;
    let rightBound = Number.POSITIVE_INFINITY;
    for (let i = 0, passed = 0; i < order.length - 1; i++) {
      const row = order[i]!;
      let high = Number.NEGATIVE_INFINITY;
      let low = Number.POSITIVE_INFINITY;
      for (let a = 0, at = row * actions; a < actions; a++) {
        const score = scores[at + a]!;
        if (score > high) high = score;
        if (score < low) low = score;
      }
      leftBound += high;
      rightBound -= low;
      passed++;
      const outside = order.length - 1 - i;
      if (passed < step || i + 1 < minimum || outside < minimum || code[order[i + 1]!] === code[row]) continue;
      passed = 0;
      const incumbent = best === undefined ? Number.NEGATIVE_INFINITY : best.reward + tolerance;
      if (leftBound + rightBound <= incumbent) continue;
      const [left, right] = splitRows(table, rows, j, code[row]!);
      leftBound = bestReward(table, left, depth - 1);
      if (leftBound + rightBound <= incumbent) continue;
      rightBound = bestReward(table, right, depth - 1);
      if (leftBound + rightBound > incumbent) best = { variable: j, code: code[row]!, reward: leftBound + rightBound };
    }
  }
  return best;
}

/**
 * The tree itself. With `searchDepth` below `depth` only the first split of each search is kept, except at the bottom, where the whole
 * searched subtree stands. Sibling leaves with one action become one leaf.
 */
export function growPolicy(table: PolicyTable, rows: NodeRows, depth: number, searchDepth: number): PolicyBranch {
  const split = depth === 0 ? undefined : bestSplit(table, rows, Math.min(depth, searchDepth));
  if (split === undefined) return { action: largest(actionTotals(table, rows[0]!)) };
  const [leftRows, rightRows] = splitRows(table, rows, split.variable, split.code);
  const left = growPolicy(table, leftRows, depth - 1, searchDepth);
  const right = growPolicy(table, rightRows, depth - 1, searchDepth);
  if ("action" in left && "action" in right && left.action === right.action) return left;
  return { variable: split.variable, code: split.code, left, right };
}
