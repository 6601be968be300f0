import { finishResult } from "../core/display.ts";
import { IdentificationError, OptionError } from "../core/errors.ts";
import { checkBoolean, checkLevel, checkNumber, resolveOptions } from "../core/options.ts";
import type { Estimate, JointTest, Result, Warning } from "../core/result.ts";
import { gatherNumbers } from "../data/columns.ts";
import type { Frame } from "../data/frame.ts";
import { binaryRole, columnsByRole, type Groups, groupRole, numberRole, numbersRole } from "../data/roles.ts";
import type { AnyColumn, NumericColumn } from "../data/row-types.ts";
import { chiSquaredTest, normalEstimate } from "../inference/estimate.ts";
import { descending, type Measured, prescriptiveArea, type Trial } from "./numerics/rule-moments.ts";
import { budgetDifference, budgetEffect, prescriptiveEffect, type RankedGroup, rankedGroups, ruleValue } from "./rule-measures.ts";

/** Options of {@link ruleEvaluation}. */
export interface RuleEvaluationOptions<Row> {
  /** Numeric outcome; higher is better. */
  readonly outcome: NumericColumn<Row>;
  /** 0/1 treatment, completely randomised. */
  readonly treatment: NumericColumn<Row>;
  /** Predicted gain, not learnt from these rows' outcomes (or out of fold, with `folds`); a second one is compared with it at the budget. */
  readonly scores: readonly NumericColumn<Row>[];
  /** The rule treats those whose first score is above this. @defaultValue 0 */
  readonly threshold?: number;
  /** 0/1 column with the rule itself, where it is not "score above the threshold". */
  readonly rule?: NumericColumn<Row>;
  /** Largest share that can be treated: those with the highest scores, ties by row. */
  readonly budget?: number;
  /** Groups of equal size by the first score. @defaultValue 5 */
  readonly groups?: number;
  /** Subtract the outcome's mean first: smaller variances of value and gains, and a value relative to that mean. @defaultValue true */
  readonly centered?: boolean;
  /** Column of folds, each scored by a model learnt on the others: measures are averaged over folds. */
  readonly folds?: AnyColumn<Row>;
  /** Confidence level. @defaultValue 0.95 */
  readonly level?: number;
}

/** Resolved options of {@link ruleEvaluation}. */
export interface RuleEvaluationSettings {
  readonly outcome: string;
  readonly treatment: string;
  readonly scores: readonly string[];
  readonly threshold: number;
  readonly rule?: string;
  readonly budget?: number;
  readonly groups: number;
  readonly centered: boolean;
  readonly folds?: string;
  readonly level: number;
}

/** The effect among rows of similar score. */
export interface ScoreGroup {
  readonly estimate: Estimate;
  readonly rows: number;
  readonly treatedRows: number;
}

/** Result of {@link ruleEvaluation}. */
export interface RuleEvaluationResult extends Result<"heterogeneity.ruleEvaluation", RuleEvaluationSettings> {
  readonly estimates: {
    /** Mean outcome if everybody followed the rule (PAV). */
    readonly value: Estimate;
    /** Gain over treating the same share at random (PAPE). */
    readonly prescriptiveEffect: Estimate;
    /** That gain averaged over all budgets (AUPEC), the rule's own share treated at most. */
    readonly area: Estimate;
    /** The first score at the budget, against treating that share at random. */
    readonly budgetEffect?: Estimate;
    /** The second score at the budget. */
    readonly budgetEffectOfSecond?: Estimate;
    /** The first less the second score at the budget (PAPD). */
    readonly budgetDifference?: Estimate;
  };
  /** Share of the rows the rule treats. */
  readonly ruleShare: number;
  /** Effects by group of the first score, lowest first (GATES). */
  readonly groups: readonly ScoreGroup[];
  /** Test that all groups have the average effect: squared deviations over their variances, chi-squared with as many degrees of freedom as groups. */
  readonly heterogeneity?: JointTest;
}

const CALLER = "heterogeneity.ruleEvaluation";

/**
 * What is a treatment rule worth, judged by a randomised experiment and nothing else: no model, no propensities, exact variances over sampling and random assignment.
 * The value of following it, its gain over treating as many at random (freely, at a budget, and averaged over budgets), the effects by group of the score, and a test that they
 * are all the same. For observational data, or known unequal propensities, value the rule on doubly robust scores with `policyValue`.
 *
 * With `folds` each measure is the mean over folds, and the variance that of one fold less the share of it that averaging over dependent folds takes away.
 *
 * @throws OptionError `SCORE_COUNT`, `INVALID_OPTION`; DataError `NOT_BINARY`; IdentificationError `ONE_ARM`.
 * @see Imai and Li (2023), JASA 118; (2025), JBES 43.
 * @example
 * ruleEvaluation(trial, { outcome: "work", treatment: "job", scores: ["predictedGain"], budget: 0.3 }).estimates.prescriptiveEffect;
 */
export function ruleEvaluation<Row>(data: Frame<Row>, options: RuleEvaluationOptions<Row>): RuleEvaluationResult {
  const settings = resolve(options);
  const { columns, sample } = columnsByRole(CALLER, data, {
    outcome: numberRole(settings.outcome),
    treatment: binaryRole(settings.treatment),
    scores: numbersRole(settings.scores),
    rule: binaryRole(settings.rule),
    folds: groupRole(settings.folds),
  });
  const rule = columns.rule ?? columns.scores[0]!.map((score) => (score > settings.threshold ? 1 : 0));
  const parts = foldRows(columns.folds, sample.used).map((rows) => measure(settings, columns, rule, rows));
  const made = (term: string, read: (part: Measures) => Measured): Estimate => {
    const { estimate, variance } = overFolds(parts.map(read));
    return normalEstimate(term, estimate, variance, settings.level);
  };
  const groups = Array.from({ length: settings.groups }, (_, g) => scoreGroup(parts, g, settings));
  const test = heterogeneityTest(parts, settings.groups);
  const estimates = {
    value: made("value", ({ value }) => value),
    prescriptiveEffect: made("prescriptiveEffect", ({ gain }) => gain),
    area: made("area", ({ area }) => area),
    ...(settings.budget === undefined ? {} : { budgetEffect: made("budgetEffect", ({ budgets }) => budgets[0]!) }),
    ...(settings.budget === undefined || settings.scores.length < 2
      ? {}
      : {
          budgetEffectOfSecond: made("budgetEffectOfSecond", ({ budgets }) => budgets[1]!),
          budgetDifference: made("budgetDifference", ({ budgets }) => budgets[2]!),
        }),
  };
  return finishResult<RuleEvaluationResult>({
    kind: CALLER,
    estimates,
    ruleShare: rule.reduce((sum, f) => sum + f, 0) / rule.length,
    groups: groups.map(({ group }) => group),
    ...(test === undefined ? {} : { heterogeneity: test }),
    sample,
    warnings: [...noVariance(Object.values(estimates)), ...groups.flatMap(({ warnings }) => warnings)],
    options: settings,
    reference: "Imai & Li (2023), JASA 118(541)",
  });
}

function noVariance(estimates: readonly Estimate[]): Warning[] {
  const terms = estimates.filter(({ standardError }) => Number.isNaN(standardError)).map(({ term }) => term);
  if (terms.length === 0) return [];
  const message = `No standard error for ${terms.join(", ")}: the rule treats everybody or no one, or outcomes do not vary`;
  return [{ code: "NO_VARIANCE", message, details: { terms } }];
}

function resolve(options: object): RuleEvaluationSettings {
  const settings = resolveOptions<RuleEvaluationSettings>(CALLER, options, {
    required: ["outcome", "treatment", "scores"],
    defaults: { threshold: 0, rule: undefined, budget: undefined, groups: 5, centered: true, folds: undefined, level: 0.95 },
  });
  if (settings.scores.length < 1 || settings.scores.length > 2) {
    throw new OptionError("SCORE_COUNT", `Cannot run ${CALLER} as one score or two to compare are needed: ${settings.scores.length} given`);
  }
  checkNumber(CALLER, "threshold", settings.threshold);
  if (settings.budget !== undefined) checkNumber(CALLER, "budget", settings.budget, { min: 0, max: 1, open: true });
  checkNumber(CALLER, "groups", settings.groups, { min: 2, integer: true });
  checkBoolean(CALLER, "centered", settings.centered);
  checkLevel(CALLER, settings.level);
  return settings;
}

/** What one fold (or the whole experiment) says. */
interface Measures {
  readonly value: Measured;
  readonly gain: Measured;
  readonly area: Measured;
  /** At the budget: first score, second, difference. */
  readonly budgets: readonly Measured[];
  readonly groups: readonly RankedGroup[];
  readonly average: number;
}

interface TrialColumns {
  readonly outcome: Float64Array;
  readonly treatment: Float64Array;
  readonly scores: readonly Float64Array[];
}

function foldRows(folds: Groups | undefined, n: number): readonly (Int32Array | undefined)[] {
  if (folds === undefined) return [undefined];
  const lists: number[][] = Array.from({ length: folds.count }, () => []);
  for (let i = 0; i < n; i++) lists[folds.codes[i]!]!.push(i);
  return lists.map((rows) => Int32Array.from(rows));
}

function measure(settings: RuleEvaluationSettings, columns: TrialColumns, whole: Float64Array, rows: Int32Array | undefined): Measures {
  const take = (column: Float64Array): Float64Array => (rows === undefined ? column : gatherNumbers(column, rows));
  const [outcome, treatment, rule] = [take(columns.outcome), take(columns.treatment), take(whole)];
  const n = outcome.length;
  const treated = treatment.reduce((sum, w) => sum + w, 0);
  if (treated < 2 || n - treated < 2 || n < settings.groups) {
    throw new IdentificationError(
      "ONE_ARM",
      `Cannot run ${CALLER} as ${rows === undefined ? "it" : "each fold"} needs two treated and two control rows and a row for each of ${settings.groups} groups: there are ${treated} treated and ${n - treated} control rows`,
      { treated, control: n - treated },
    );
  }
  const mean = outcome.reduce((sum, y) => sum + y, 0) / n;
  const plain: Trial = { outcome, treatment, treated };
  const trial: Trial = settings.centered ? { ...plain, outcome: outcome.map((y) => y - mean) } : plain;
  const orders = columns.scores.map((scores) => descending(take(scores)));
  const first = take(columns.scores[0]!);
  const positive = first.reduce((count, score) => (score > settings.threshold ? count + 1 : count), 0);
  return {
    value: ruleValue(trial, rule),
    gain: prescriptiveEffect(trial, rule),
    area: prescriptiveArea(trial, orders[0]!, positive),
    budgets: settings.budget === undefined ? [] : atBudget(trial, orders, settings.budget),
    groups: rankedGroups(plain, orders[0]!, settings.groups),
    average: averageEffectOf(plain),
  };
}

function averageEffectOf({ outcome, treatment, treated }: Trial): number {
  const sums = [0, 0];
  for (let i = 0; i < outcome.length; i++) sums[treatment[i]!]! += outcome[i]!;
  return sums[1]! / treated - sums[0]! / (outcome.length - treated);
}

function atBudget(trial: Trial, orders: readonly Int32Array[], budget: number): readonly Measured[] {
  const rules = orders.map((order) => {
    const rule = new Float64Array(order.length);
    for (let r = 0; r < Math.floor(order.length * budget); r++) rule[order[r]!] = 1;
    return rule;
  });
  const effects = rules.map((rule) => budgetEffect(trial, rule, budget));
  return rules.length < 2 ? effects : [...effects, budgetDifference(trial, rules[0]!, rules[1]!)];
}

/** Mean over folds; its variance is a fold's less (L - 1) / L of the variance between folds, which can be no more than the fold's own (Imai and Li 2023, 3). */
function overFolds(parts: readonly Measured[]): Measured {
  const L = parts.length;
  if (L === 1) return parts[0]!;
  const mean = parts.reduce((sum, { estimate }) => sum + estimate, 0) / L;
  const inside = parts.reduce((sum, { variance }) => sum + variance, 0) / L;
  const between = parts.reduce((sum, { estimate }) => sum + (estimate - mean) ** 2, 0) / (L - 1);
  return { estimate: mean, variance: inside - ((L - 1) / L) * Math.min(inside, between) };
}

function scoreGroup(
  parts: readonly Measures[],
  g: number,
  { level }: RuleEvaluationSettings,
): { readonly group: ScoreGroup; readonly warnings: readonly Warning[] } {
  const own = parts.map(({ groups }) => groups[g]!);
  const { estimate, variance } = overFolds(own);
  const [rows, treatedRows] = own.reduce(([n, w], part) => [n! + part.rows, w! + part.treatedRows], [0, 0] as number[]);
  const group = { estimate: normalEstimate(`group ${g + 1}`, estimate, variance, level), rows: rows!, treatedRows: treatedRows! };
  const message = `Group ${g + 1} of the score has rows of one arm only: no standard error, and it is left out of the test`;
  return { group, warnings: Number.isNaN(variance) ? [{ code: "GROUP_WITHOUT_ARM", message, details: { group: g + 1 } }] : [] };
}

/** `sum_k (tau_k - tau)^2 / V(tau_k - tau)` over the groups with both arms. */
function heterogeneityTest(parts: readonly Measures[], count: number): JointTest | undefined {
  let [statistic, groups] = [0, 0];
  for (let g = 0; g < count; g++) {
    const { estimate, variance } = overFolds(
      parts.map(({ groups: own, average }) => ({ estimate: own[g]!.estimate - average, variance: own[g]!.varianceFromAverage })),
    );
    if (!(variance > 0)) continue;
    statistic += (estimate * estimate) / variance;
    groups++;
  }
  return groups < 2 ? undefined : chiSquaredTest(statistic, groups);
}
