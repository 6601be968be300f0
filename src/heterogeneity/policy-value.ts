import { finishResult } from "../core/display.ts";
import { DataError, OptionError } from "../core/errors.ts";
import { checkLevel, resolveOptions } from "../core/options.ts";
import type { Estimate, Result, Warning } from "../core/result.ts";
import type { Frame } from "../data/frame.ts";
import { columnsByRole, type Groups, groupRole, numbersRole } from "../data/roles.ts";
import type { AnyColumn, NumericColumn } from "../data/row-types.ts";
import { normalEstimate } from "../inference/estimate.ts";
import { assignedActions, type PolicyRule } from "./assign-policy.ts";

/** Options of {@link policyValue}. */
export interface PolicyValueOptions<Row> {
  /** One column of doubly robust scores (or rewards) per action. */
  readonly scores: readonly NumericColumn<Row>[];
  /**
   * Who gets what: a categorical column of action names (names of the score columns), a numeric column of positions in `scores` (from 0),
   * or a result of `policyTree`.
   */
  readonly policy: AnyColumn<Row> | PolicyRule;
  /** Column to cluster the standard errors by. */
  readonly cluster?: AnyColumn<Row>;
  /** Confidence level. @defaultValue 0.95 */
  readonly level?: number;
}

/** Resolved options of {@link policyValue}. */
export interface PolicyValueSettings {
  readonly scores: readonly string[];
  readonly policy: string | PolicyRule;
  readonly cluster?: string;
  readonly level: number;
}

/** Values of a policy: its own, and its gains over simpler ones. */
export type PolicyValues = {
  /** Mean score of the actions the policy assigns. */
  readonly value: Estimate;
  /** Gain over giving everybody the first action. */
  readonly gainOverFirst: Estimate;
  /** Gain over the single action with the highest mean score in these data. */
  readonly gainOverBestConstant: Estimate;
  /** Gain over drawing the action at random with equal shares. */
  readonly gainOverUniform: Estimate;
};

/** Result of {@link policyValue}. */
export interface PolicyValueResult extends Result<"heterogeneity.policyValue", PolicyValueSettings> {
  readonly estimates: PolicyValues;
  /** Share of rows by action, in the order of `scores`. */
  readonly shares: readonly number[];
  /** Rows by action. */
  readonly counts: readonly number[];
  /** The action (score column) with the highest mean. */
  readonly bestConstantAction: string;
}

const CALLER = "heterogeneity.policyValue";

/**
 * Value of a fixed policy from doubly robust scores: the mean score of the assigned actions, and paired gains over the first action, the best
 * single action and uniform assignment. Standard errors are those of a mean (with `cluster`: sums of deviations by cluster, times G/(G-1)); inference is
 * normal. A policy learnt on the same rows is judged too kindly: learn it on other rows.
 *
 * @throws OptionError `NO_SCORES`; DataError `UNKNOWN_ACTION`.
 * @see Athey and Wager (2021), Econometrica 89; Zhou, Athey and Wager (2023), Operations Research 71.
 * @example
 * policyValue(trial, { scores: ["scoreNone", "scoreJob"], policy: "assigned" }).estimates.value;
 */
export function policyValue<Row>(data: Frame<Row>, options: PolicyValueOptions<Row>): PolicyValueResult {
  const settings = resolveOptions<PolicyValueSettings>(CALLER, options, {
    required: ["scores", "policy"],
    defaults: { cluster: undefined, level: 0.95 },
  });
  checkLevel(CALLER, settings.level);
  requireScores(CALLER, settings.scores);
  const rule = typeof settings.policy === "string" ? undefined : settings.policy;
  const roles = {
    scores: numbersRole(settings.scores),
    policy: groupRole(rule === undefined ? (settings.policy as string) : undefined),
    covariates: numbersRole(rule === undefined ? [] : splitVariables(rule)),
    cluster: groupRole(settings.cluster),
  };
  const { columns, rows, sample } = columnsByRole(CALLER, data, roles);
  const assigned = rule === undefined ? actionsOf(data, settings, rows) : assignedActions(data, rule, rows);
  const values = valuesOf({
    scores: columns.scores,
    assigned,
    names: settings.scores,
    ...(columns.cluster === undefined ? {} : { cluster: columns.cluster }),
    level: settings.level,
  });
  return finishResult({
    kind: CALLER,
    estimates: values.estimates,
    shares: values.counts.map((count) => count / assigned.length),
    counts: values.counts,
    bestConstantAction: values.bestConstantAction,
    sample: columns.cluster === undefined ? sample : { ...sample, clusters: columns.cluster.count },
    warnings: values.warnings,
    options: settings,
    reference: "Athey & Wager (2021), Econometrica 89(1)",
  });
}

/** @internal Fails unless at least one score column is named. */
export function requireScores(caller: string, scores: readonly string[]): void {
  if (scores.length === 0) throw new OptionError("NO_SCORES", `Cannot run ${caller} as option "scores" must name a column: it is empty`);
}

/** Columns the rule cannot do without: those it has no branch for missing values of. */
const splitVariables = (rule: PolicyRule): string[] => [
  ...new Set(rule.nodes.flatMap((node) => (node.leaf || node.missing !== undefined ? [] : [node.variable]))),
];

function actionsOf<Row>(data: Frame<Row>, settings: PolicyValueSettings, rows: Int32Array | undefined): Int32Array {
  const name = settings.policy as string;
  const column = data.column(name as AnyColumn<Row>);
  const n = rows === undefined ? data.rowCount : rows.length;
  const position = column.type === "category" ? column.levels.map((label) => settings.scores.indexOf(label)) : [];
  const assigned = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    const row = rows === undefined ? i : rows[i]!;
    const code = column.type === "category" ? column.codes[row]! : column.values[row]!;
    const action = column.type === "category" ? (position[code] ?? -1) : code;
    if (!Number.isInteger(action) || action < 0 || action >= settings.scores.length) {
      throw new DataError(
        "UNKNOWN_ACTION",
        `Cannot value a policy as "${name}" must hold actions (${settings.scores.map((score) => `"${score}"`).join(", ")}, or 0 to ${settings.scores.length - 1}): row ${row} does not`,
        { column: name, row },
      );
    }
    assigned[i] = action;
  }
  return assigned;
}

/** @internal What {@link valuesOf} needs. */
export interface PolicyValueInput {
  readonly scores: readonly Float64Array[];
  readonly assigned: Int32Array;
  readonly names: readonly string[];
  readonly cluster?: Groups;
  readonly level: number;
  /** The constant action compared with, where it is not the one with the highest mean. */
  readonly best?: number;
}

/** @internal Value and gains of an assignment. */
export function valuesOf({ scores, assigned, names, cluster, level, best: chosenBest }: PolicyValueInput): {
  readonly estimates: PolicyValues;
  readonly counts: readonly number[];
  readonly bestConstantAction: string;
  readonly warnings: readonly Warning[];
} {
  const n = assigned.length;
  const counts = scores.map(() => 0);
  for (let i = 0; i < n; i++) counts[assigned[i]!]!++;
  const means = scores.map((column) => sumOf(column) / n);
  const best = chosenBest ?? means.indexOf(Math.max(...means));
  const chosen = new Float64Array(n);
  for (let i = 0; i < n; i++) chosen[i] = scores[assigned[i]!]![i]!;
  const estimate = (term: string, compared?: Float64Array): Estimate => {
    const difference = chosen.slice();
    if (compared !== undefined) for (let i = 0; i < n; i++) difference[i]! -= compared[i]!;
    return meanEstimate(term, difference, cluster, level);
  };
  const uniform = new Float64Array(n);
  for (const column of scores) for (let i = 0; i < n; i++) uniform[i]! += column[i]!;
  for (let i = 0; i < n; i++) uniform[i]! /= scores.length;
  const estimates: PolicyValues = {
    value: estimate("value"),
    gainOverFirst: estimate("gainOverFirst", scores[0]!),
    gainOverBestConstant: estimate("gainOverBestConstant", scores[best]!),
    gainOverUniform: estimate("gainOverUniform", uniform),
  };
  const constant = Object.values(estimates).filter(({ standardError }) => Number.isNaN(standardError));
  const warnings =
    constant.length === 0
      ? []
      : [
          {
            code: "NO_VARIANCE",
            message: `No standard error for ${constant.map(({ term }) => term).join(", ")}: the differences do not vary between rows (the policy equals the one it is compared with)`,
            details: { terms: constant.map(({ term }) => term) },
          },
        ];
  return { estimates, counts, bestConstantAction: names[best]!, warnings };
}

/** @internal Mean with its standard error by row or cluster, normal inference. */
export function meanEstimate(term: string, values: Float64Array, cluster: Groups | undefined, level: number): Estimate {
  const mean = sumOf(values) / values.length;
  return normalEstimate(term, mean, varianceOfMean(values, mean, cluster), level);
}

/** sd^2 / n; with clusters the squared cluster sums of deviations over n^2, times G/(G-1). */
function varianceOfMean(values: Float64Array, mean: number, cluster: Groups | undefined): number {
  const n = values.length;
  if (cluster === undefined) {
    let squares = 0;
    for (let i = 0; i < n; i++) squares += (values[i]! - mean) * (values[i]! - mean);
    return squares / (n - 1) / n;
  }
  const sums = new Float64Array(cluster.count);
  for (let i = 0; i < n; i++) sums[cluster.codes[i]!]! += values[i]! - mean;
  return (sums.reduce((sum, v) => sum + v * v, 0) / (n * n)) * (cluster.count / (cluster.count - 1));
}

function sumOf(values: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum;
}
