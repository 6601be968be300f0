import { createStream } from "../../random/index.ts";
import { kolmogorovSmirnov } from "./kolmogorov-smirnov.ts";
import { ranks } from "./ranks.ts";

const SLACK = 1e-12;

/** Randomization p-values, in the order of the statistics. */
export interface RandomizationResult {
  readonly pValues: readonly number[];
  readonly count: number;
  readonly exact: boolean;
}

type Name = "differenceInMeans" | "kolmogorovSmirnov" | "rankSum";

/**
 * Share of assignments of the same numbers to the sides whose statistic is at least as extreme as the observed one: all assignments
 * when there are at most `repetitions`, else `repetitions` random ones. Weights stay with their rows.
 */
export function randomizationPValue(
  values: Float64Array,
  side: Uint8Array,
  names: readonly Name[],
  weights: Float64Array | undefined,
  repetitions: number,
  seed: number,
): RandomizationResult {
  const n = values.length;
  const treated = side.reduce((sum, value) => sum + value, 0);
  const statistics = names.map((name) => extremeness(name, values, weights, treated));
  const observed = statistics.map((statistic) => statistic(side));
  const hits = new Float64Array(names.length);
  const visit = (assignment: Uint8Array): void => {
    statistics.forEach((statistic, s) => {
      if (statistic(assignment) >= observed[s]! - SLACK) hits[s]!++;
    });
  };
  const total = combinations(n, treated, repetitions);
  const exact = total <= repetitions;
  if (exact) everyAssignment(n, treated, visit);
  else {
    const stream = createStream(seed);
    const order = Int32Array.from({ length: n }, (_, i) => i);
    const assignment = new Uint8Array(n);
    for (let r = 0; r < repetitions; r++) {
      stream.shuffle(order);
      assignment.fill(0);
      for (let i = 0; i < treated; i++) assignment[order[i]!] = 1;
      visit(assignment);
    }
  }
  const count = exact ? total : repetitions;
  return { pValues: Array.from(hits, (value) => value / count), count, exact };
}

/** How far an assignment's statistic is from what chance gives; linear statistics cost one sum. */
function extremeness(
  name: Name,
  values: Float64Array,
  weights: Float64Array | undefined,
  treated: number,
): (assignment: Uint8Array) => number {
  const n = values.length;
  if (name === "kolmogorovSmirnov") {
    return (assignment) =>
      kolmogorovSmirnov(
        values.filter((_, i) => assignment[i] === 0),
        values.filter((_, i) => assignment[i] === 1),
      );
  }
  if (name === "rankSum") {
    const all = ranks(values);
    const expected = (treated * (n + 1)) / 2;
    return (assignment) => {
      let sum = 0;
      for (let i = 0; i < n; i++) if (assignment[i] === 1) sum += all[i]!;
      return Math.abs(sum - expected);
    };
  }
  return (assignment) => {
    let one = 0;
    let zero = 0;
    let w1 = 0;
    let w0 = 0;
    for (let i = 0; i < n; i++) {
      const w = weights === undefined ? 1 : weights[i]!;
      if (assignment[i] === 1) {
        one += w * values[i]!;
        w1 += w;
      } else {
        zero += w * values[i]!;
        w0 += w;
      }
    }
    return Math.abs(one / w1 - zero / w0);
  };
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
