import { mean } from "../linalg/index.ts";
import { differenceWithin, type Measured, neymanVariance, type Trial, weightedContrast } from "./numerics/rule-moments.ts";

/** @internal Value of a rule and its variance: mean outcome if everybody followed it (Imai and Li 2023, PAV). */
export function ruleValue(trial: Trial, rule: Float64Array): Measured {
  const other = rule.map((f) => 1 - f);
  const n = rule.length;
  let [one, zero] = [0, 0];
  for (let i = 0; i < n; i++) {
    if (trial.treatment[i] === 1) one += rule[i]! * trial.outcome[i]!;
    else zero += other[i]! * trial.outcome[i]!;
  }
  return { estimate: one / trial.treated + zero / (n - trial.treated), variance: neymanVariance(trial, rule, other) };
}

/** @internal Gain over treating the same share at random (Imai and Li 2023, PAPE), and its exact variance. */
export function prescriptiveEffect(trial: Trial, rule: Float64Array): Measured {
  const n = rule.length;
  const p = mean(rule);
  const centred = rule.map((f) => f - p);
  const scale = n / (n - 1);
  const estimate = scale * weightedContrast(trial, centred);
  const average = weightedContrast(trial, new Float64Array(n).fill(1));
  const drawing = (estimate ** 2 - n * p * (1 - p) * average ** 2 + 2 * (n - 1) * (2 * p - 1) * estimate * average) / (n * n);
  return { estimate, variance: scale * scale * (neymanVariance(trial, centred) + drawing) };
}

/** @internal The same when the share treated is fixed beforehand: `rule` holds the rows ranked first (Imai and Li 2023, PAPE with a budget). */
export function budgetEffect(trial: Trial, rule: Float64Array, share: number): Measured {
  const n = rule.length;
  const k = mean(rule) * n;
  const centred = rule.map((f) => f - share);
  const [inside, outside] = [effectWithin(trial, rule, 1), effectWithin(trial, rule, 0)];
  const ranking = ((k * (n - k)) / (n * n * (n - 1))) * ((2 * share - 1) * inside * inside - 2 * share * inside * outside);
  return { estimate: weightedContrast(trial, centred), variance: neymanVariance(trial, centred) + ranking };
}

/** @internal Gain of one rule over another at one budget (Imai and Li 2023, PAPD); the covariance of the two rankings is bounded from above. */
export function budgetDifference(trial: Trial, first: Float64Array, second: Float64Array): Measured {
  const n = first.length;
  const k = mean(first) * n;
  const difference = first.map((f, i) => f - second[i]!);
  const [own, other] = [effectWithin(trial, first, 1), effectWithin(trial, second, 1)];
  const factor = k / (n * n * (n - 1));
  const ranking = -factor * (n - k) * (own * own + other * other) + 2 * factor * Math.max(k, n - k) * Math.abs(own * other);
  return { estimate: weightedContrast(trial, difference), variance: neymanVariance(trial, difference) + ranking };
}

/** @internal One group of the score's order. */
export interface RankedGroup extends Measured {
  readonly rows: number;
  readonly treatedRows: number;
  /** Variance of the group's effect less the average effect. */
  readonly varianceFromAverage: number;
}

/** @internal Effects by group of the score, lowest first, sizes that differ by one at most with the larger ones first (Imai and Li 2025). */
export function rankedGroups(trial: Trial, order: Int32Array, count: number): readonly RankedGroup[] {
  const n = order.length;
  const groupOf = new Int32Array(n);
  const [size, larger] = [Math.floor(n / count), n % count];
  for (let r = 0; r < n; r++) {
    const fromBelow = n - 1 - r;
    const cut = larger * (size + 1);
    groupOf[order[r]!] = fromBelow < cut ? Math.floor(fromBelow / (size + 1)) : larger + Math.floor((fromBelow - cut) / size);
  }
  return Array.from({ length: count }, (_, g) => {
    const member = Float64Array.from(groupOf, (own) => (own === g ? 1 : 0));
    const scaled = member.map((f) => count * f);
    const [inside, outside] = [differenceWithin(trial, member, 1), differenceWithin(trial, member, 0)];
    const neyman = neymanVariance(trial, scaled);
    let treatedRows = 0;
    for (let i = 0; i < n; i++) treatedRows += member[i]! * trial.treatment[i]!;
    return {
      rows: member.reduce((sum, f) => sum + f, 0),
      treatedRows,
      estimate: weightedContrast(trial, scaled),
      variance: neyman - ((count - 1) / (n - 1)) * inside * inside,
      varianceFromAverage: neyman - ((count - 1) / (count * (n - 1))) * ((count - 2) * inside * inside + 2 * inside * outside),
    };
  });
}

/** An effect that cannot be measured because an arm is empty adds nothing to the correction. */
function effectWithin(trial: Trial, rule: Float64Array, value: number): number {
  const effect = differenceWithin(trial, rule, value);
  return Number.isNaN(effect) ? 0 : effect;
}
