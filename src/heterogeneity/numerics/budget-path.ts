/** Steps from one arm to the next, best ratio of gain to cost first. */
export interface BudgetPath {
  /** Row of each step. */
  readonly rows: Int32Array;
  /** Arm it reaches (from 1; 0 is no arm), and the arm it leaves. */
  readonly arms: Int32Array;
  readonly from: Int32Array;
}

/**
 * All steps along each row's upper-left convex hull of (cost, reward), arms with reward at or below 0 left out, sorted by incremental reward over incremental cost,
 * highest first; equal ratios by `rank` of the row.
 *
 * @param rewards - Rows by arms, row-major; `costs` likewise.
 */
export function budgetPath(rewards: Float64Array, costs: Float64Array, arms: number, rank: Float64Array): BudgetPath {
  const n = rank.length;
  const [rows, reached, from, ratios]: [number[], number[], number[], number[]] = [[], [], [], []];
  for (let i = 0; i < n; i++) {
    let last = 0;
    for (const arm of upperHull(rewards.subarray(i * arms, (i + 1) * arms), costs.subarray(i * arms, (i + 1) * arms))) {
      const at = i * arms + arm;
      const gain = rewards[at]! - (last === 0 ? 0 : rewards[i * arms + last - 1]!);
      const cost = costs[at]! - (last === 0 ? 0 : costs[i * arms + last - 1]!);
      rows.push(i);
      from.push(last);
      ratios.push(gain / cost);
      last = arm + 1;
      reached.push(last);
    }
  }
  const order = Int32Array.from(rows, (_, k) => k).sort((a, b) => ratios[b]! - ratios[a]! || rank[rows[a]!]! - rank[rows[b]!]! || a - b);
  return {
    rows: order.map((k) => rows[k]!),
    arms: order.map((k) => reached[k]!),
    from: order.map((k) => from[k]!),
  };
}

/** Arms (from 0) on the upper-left hull from the origin, by cost. */
export function upperHull(reward: Float64Array, cost: Float64Array): number[] {
  const candidates = Array.from(reward.keys())
    .filter((arm) => reward[arm]! > 0)
    .sort((a, b) => cost[a]! - cost[b]! || reward[b]! - reward[a]!);
  const hull: number[] = [];
  const slope = (a: number, b: number): number => (reward[b]! - (a < 0 ? 0 : reward[a]!)) / (cost[b]! - (a < 0 ? 0 : cost[a]!));
  for (const arm of candidates) {
    const top = hull[hull.length - 1];
    if (top !== undefined && reward[arm]! <= reward[top]!) continue;
    while (hull.length > 0) {
      const last = hull[hull.length - 1]!;
      const before = hull[hull.length - 2] ?? -1;
      if (slope(before, last) > slope(last, arm)) break;
      hull.pop();
    }
    hull.push(arm);
  }
  return hull;
}

/**
 * Spend and gain after each step: `weight / total` times the change in cost and in evaluation score.
 * Stops at the first step whose spend reaches `budget`; returns the number of steps taken.
 */
export function walkBudget(
  path: BudgetPath,
  costs: Float64Array,
  scores: Float64Array,
  arms: number,
  weights: Float64Array,
  total: number,
  budget: number,
  spend: Float64Array,
  gain: Float64Array,
): number {
  let spent = 0;
  let gained = 0;
  for (let k = 0; k < path.rows.length; k++) {
    const row = path.rows[k]!;
    const at = row * arms - 1;
    const [to, from] = [path.arms[k]!, path.from[k]!];
    const share = weights[row]! / total;
    spent += share * (costs[at + to]! - (from === 0 ? 0 : costs[at + from]!));
    gained += share * (scores[at + to]! - (from === 0 ? 0 : scores[at + from]!));
    spend[k] = spent;
    gain[k] = gained;
    if (spent >= budget) return k + 1;
  }
  return path.rows.length;
}

/** Steps whose spend is at most `s`: the first position beyond. */
export function stepsWithin(spend: Float64Array, count: number, s: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (spend[middle]! <= s) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Gain at spend `s`, straight between steps; the last gain beyond the path's end. */
export function gainAt(spend: Float64Array, gain: Float64Array, count: number, s: number): number {
  const k = stepsWithin(spend, count, s);
  const [spent, gained] = k === 0 ? [0, 0] : [spend[k - 1]!, gain[k - 1]!];
  return k === count ? gained : gained + ((s - spent) / (spend[k]! - spent)) * (gain[k]! - gained);
}
