import { createStream } from "../../random/index.ts";

/** How the sides could have been assigned, given that the window is an experiment. */
export interface AssignmentRule {
  readonly rows: number;
  /** Rows on the treated side: their number is fixed unless `probabilities` are given. */
  readonly treated: number;
  /** Independent draws, each row with its own chance of the treated side. */
  readonly probabilities: Float64Array | undefined;
  /** Random assignments; all possible ones when they are no more. */
  readonly repetitions: number;
  readonly seed: number;
}

/** Assignments seen, and whether they were all possible ones. */
export interface AssignmentCount {
  readonly count: number;
  readonly exact: boolean;
}

/** Calls `visit` with every assignment, or with random ones, and the weight of each (weights sum to one). */
export function visitAssignments(rule: AssignmentRule, visit: (assignment: Uint8Array, weight: number) => void): AssignmentCount {
  return rule.probabilities === undefined ? fixedNumbers(rule, visit) : independentDraws(rule, rule.probabilities, visit);
}

function fixedNumbers({ rows, treated, repetitions, seed }: AssignmentRule, visit: (assignment: Uint8Array, weight: number) => void) {
  const total = combinations(rows, treated, repetitions);
  if (total <= repetitions) {
    everyAssignment(rows, treated, (assignment) => visit(assignment, 1 / total));
    return { count: total, exact: true };
  }
  const stream = createStream(seed);
  const order = Int32Array.from({ length: rows }, (_, i) => i);
  const assignment = new Uint8Array(rows);
  for (let r = 0; r < repetitions; r++) {
    stream.shuffle(order);
    assignment.fill(0);
    for (let i = 0; i < treated; i++) assignment[order[i]!] = 1;
    visit(assignment, 1 / repetitions);
  }
  return { count: repetitions, exact: false };
}

/** Independent draws, given that both sides get a row. */
function independentDraws(
  { rows, repetitions, seed }: AssignmentRule,
  probabilities: Float64Array,
  visit: (assignment: Uint8Array, weight: number) => void,
): AssignmentCount {
  const assignment = new Uint8Array(rows);
  const all = 2 ** rows;
  if (all <= repetitions) {
    let [none, every] = [1, 1];
    for (const p of probabilities) [none, every] = [none * (1 - p), every * p];
    for (let code = 1; code < all - 1; code++) {
      let weight = 1 / (1 - none - every);
      for (let i = 0; i < rows; i++) {
        assignment[i] = (code >> i) & 1;
        weight *= assignment[i] === 1 ? probabilities[i]! : 1 - probabilities[i]!;
      }
      visit(assignment, weight);
    }
    return { count: all - 2, exact: true };
  }
  const stream = createStream(seed);
  for (let r = 0; r < repetitions; ) {
    let ones = 0;
    for (let i = 0; i < rows; i++) {
      assignment[i] = stream.uniform() < probabilities[i]! ? 1 : 0;
      ones += assignment[i]!;
    }
    if (ones === 0 || ones === rows) continue;
    visit(assignment, 1 / repetitions);
    r++;
  }
  return { count: repetitions, exact: false };
}

/** Number of ways to choose, or anything above `limit` once it is passed. */
function combinations(n: number, k: number, limit: number): number {
  let value = 1;
  for (let i = 1; i <= Math.min(k, n - k); i++) {
    value = (value * (n - Math.min(k, n - k) + i)) / i;
    if (value > limit) return Number.POSITIVE_INFINITY;
  }
  return Math.round(value);
}

function everyAssignment(n: number, k: number, visit: (assignment: Uint8Array) => void): void {
  const chosen = Int32Array.from({ length: k }, (_, i) => i);
  const assignment = new Uint8Array(n);
  for (;;) {
    assignment.fill(0);
    for (const i of chosen) assignment[i] = 1;
    visit(assignment);
    let at = k - 1;
    while (at >= 0 && chosen[at] === n - k + at) at--;
    if (at < 0) return;
    chosen[at]!++;
    for (let j = at + 1; j < k; j++) chosen[j] = chosen[j - 1]! + 1;
  }
}
