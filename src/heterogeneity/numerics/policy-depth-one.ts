import { actionTotals, type NodeRows, type PolicySplit, type PolicyTable } from "./policy-rows.ts";

/**
 * The best single split of a node by one pass over each covariate's order: prefix sums per action, best action on each side.
 * First covariate, then smallest value, wins among equals. `undefined` when no split is admissible.
 */
export function bestSplitDepthOne(table: PolicyTable, rows: NodeRows): PolicySplit | undefined {
  const { codes, scores, actions, step, minimum, tolerance } = table;
  const totals = actionTotals(table, rows[0]!);
  const left = new Float64Array(actions);
  let best: PolicySplit | undefined;
  let incumbent = Number.NEGATIVE_INFINITY;
  for (let j = 0; j < rows.length; j++) {
    const order = rows[j]!;
    const code = codes[j]!;
    const last = order.length - 1;
    left.fill(0);
    for (let i = 0, passed = 0; i < last; i++) {
      const row = order[i]!;
      for (let a = 0, at = row * actions; a < actions; a++) left[a]! += scores[at + a]!;
      passed++;
      if (passed < step || i + 1 < minimum || last - i < minimum || code[order[i + 1]!] === code[row]) continue;
      passed = 0;
      let leftBest = Number.NEGATIVE_INFINITY;
      let rightBest = Number.NEGATIVE_INFINITY;
      for (let a = 0; a < actions; a++) {
        const value = left[a]!;
        const rest = totals[a]! - value;
        if (value > leftBest) leftBest = value;
        if (rest > rightBest) rightBest = rest;
      }
      if (leftBest + rightBest > incumbent + tolerance) {
        incumbent = leftBest + rightBest;
        best = { variable: j, code: code[row]!, reward: incumbent };
      }
    }
  }
  return best;
}

/**
 * As {@link bestSplitDepthOne} for the two sides of a parent's split at once, rewards only: one pass over the parent's orders.
 * `out` receives the best reward left and right (a constant action where no split is admissible).
 *
 * @param side - 1 for rows on the left of the parent's split, by row number.
 * @param totals - Sums per action, left side first, length 2 * actions.
 * @param counts - Rows left and right.
 */
export function bothSidesDepthOne(
  table: PolicyTable,
  rows: NodeRows,
  side: Uint8Array,
  totals: Float64Array,
  counts: readonly [number, number],
  out: Float64Array,
): void {
  const { actions } = table;
  for (let s = 0; s < 2; s++) {
    let constant = Number.NEGATIVE_INFINITY;
    for (let a = 0; a < actions; a++) constant = Math.max(constant, totals[s * actions + a]!);
    out[s] = constant;
  }
  const prefix = new Float64Array(2 * actions);
  for (let j = 0; j < rows.length; j++) sweepBothSides(table, rows[j]!, table.codes[j]!, side, totals, counts, prefix, out);
}

function sweepBothSides(
  table: PolicyTable,
  order: Int32Array,
  code: Int32Array,
  side: Uint8Array,
  totals: Float64Array,
  counts: readonly [number, number],
  prefix: Float64Array,
  out: Float64Array,
): void {
  const { scores, actions, step, minimum } = table;
  prefix.fill(0);
  const seen = [0, 0];
  const passed = [0, 0];
  const pending = [-1, -1]; // code of the side's last row, whose split is judged once its next row is known
  for (let i = 0; i < order.length; i++) {
    const row = order[i]!;
    const s = 1 - side[row]!;
    const base = s * actions;
    const n = seen[s]!;
    if (n > 0 && passed[s]! >= step && n >= minimum && counts[s]! - n >= minimum && pending[s] !== code[row]) {
      passed[s] = 0;
      let leftBest = Number.NEGATIVE_INFINITY;
      let rightBest = Number.NEGATIVE_INFINITY;
      for (let a = base; a < base + actions; a++) {
        const value = prefix[a]!;
        const rest = totals[a]! - value;
        if (value > leftBest) leftBest = value;
        if (rest > rightBest) rightBest = rest;
      }
      if (leftBest + rightBest > out[s]!) out[s] = leftBest + rightBest;
    }
    for (let a = 0, at = row * actions; a < actions; a++) prefix[base + a]! += scores[at + a]!;
    seen[s] = n + 1;
    passed[s]!++;
    pending[s] = code[row]!;
  }
}
