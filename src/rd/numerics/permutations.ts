import { type AssignmentCount, type AssignmentRule, visitAssignments } from "./assignments.ts";
import { kolmogorovSmirnov } from "./kolmogorov-smirnov.ts";
import { ranks } from "./ranks.ts";

/** Ties with the observed statistic count as at least as extreme, rounding included. */
const SLACK = 1e-12;

/** Randomization p-values, in the order of the statistics. */
export interface RandomizationResult extends AssignmentCount {
  readonly pValues: readonly number[];
}

/** Statistics that compare the two sides. */
export type StatisticName = "differenceInMeans" | "kolmogorovSmirnov" | "rankSum";

/** Values of the rows of a window, their sides and weights. */
export interface SideValuesInWindow {
  readonly values: Float64Array;
  readonly side: Uint8Array;
  readonly weights: Float64Array | undefined;
}

/** Share of assignments whose statistic is at least as extreme as the observed one. Weights stay with their rows. */
export function randomizationPValue(
  { values, side, weights }: SideValuesInWindow,
  names: readonly StatisticName[],
  rule: AssignmentRule,
): RandomizationResult {
  const statistics = names.map((name) => signedStatistic(name, values, weights));
  const observed = statistics.map((statistic) => Math.abs(statistic(side)));
  const hits = new Float64Array(names.length);
  const counted = visitAssignments(rule, (assignment, weight) => {
    for (let s = 0; s < statistics.length; s++) if (Math.abs(statistics[s]!(assignment)) >= observed[s]! - SLACK) hits[s]! += weight;
  });
  return { ...counted, pValues: Array.from(hits) };
}

/**
 * p-values of many null effects from one set of assignments. The outcome under effect `tau` is `y - tau d` with `d` the dose received,
 * so the difference in means is `A - tau B` with A and B computed once per assignment; other statistics are recomputed.
 */
export function pValuesOfEffects(
  { values, side, weights }: SideValuesInWindow,
  dose: Float64Array,
  effects: readonly number[],
  name: StatisticName,
  rule: AssignmentRule,
): number[] {
  const hits = new Float64Array(effects.length);
  if (name === "differenceInMeans") {
    const [a, b] = [signedStatistic(name, values, weights), signedStatistic(name, dose, weights)];
    const [A, B] = [a(side), b(side)];
    visitAssignments(rule, (assignment, weight) => {
      const [p, q] = [a(assignment), b(assignment)];
      for (let e = 0; e < effects.length; e++) {
        if (Math.abs(p - effects[e]! * q) >= Math.abs(A - effects[e]! * B) - SLACK) hits[e]! += weight;
      }
    });
    return Array.from(hits);
  }
  return effects.map((effect) => {
    const moved = values.map((value, i) => value - effect * dose[i]!);
    return randomizationPValue({ values: moved, side, weights }, [name], rule).pValues[0]!;
  });
}

/** Quantiles at `lower` and `upper` of a statistic over the assignments when nothing has an effect. */
export function nullQuantiles(
  { values, weights }: SideValuesInWindow,
  name: StatisticName,
  rule: AssignmentRule,
  [lower, upper]: readonly [number, number],
): [number, number] {
  const statistic = signedStatistic(name, values, weights);
  const draws: [value: number, weight: number][] = [];
  visitAssignments(rule, (assignment, weight) => draws.push([statistic(assignment), weight]));
  draws.sort((a, b) => a[0] - b[0]);
  const at = (p: number): number => {
    let total = 0;
    for (const [value, weight] of draws) {
      total += weight;
      if (total >= p - SLACK) return value;
    }
    return draws[draws.length - 1]![0];
  };
  return [at(lower), at(upper)];
}

/** A statistic of an assignment, as its distance from what chance gives: far from zero is extreme. */
export function signedStatistic(
  name: StatisticName,
  values: Float64Array,
  weights: Float64Array | undefined,
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
    return (assignment) => {
      let sum = 0;
      let treated = 0;
      for (let i = 0; i < n; i++) {
        if (assignment[i] !== 1) continue;
        sum += all[i]!;
        treated++;
      }
      return sum - (treated * (n + 1)) / 2;
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
    return one / w1 - zero / w0;
  };
}
