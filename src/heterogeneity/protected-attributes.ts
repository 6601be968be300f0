import type { Estimate, Warning } from "../core/result.ts";
import { gatherNumbers } from "../data/columns.ts";
import type { Groups } from "../data/roles.ts";
import { substream } from "../random/index.ts";
import { crossFit, randomFolds } from "./cross-fit.ts";
import { linearLearner } from "./learners.ts";
import { meanEstimate } from "./policy-value.ts";
import { quantileType7 } from "./quantile.ts";

/** What a rule does to people who differ in a protected attribute, and how well its columns give the attribute away. */
export interface ProtectedAttribute {
  readonly attribute: string;
  /** Rows without it, left out of this report. */
  readonly missingRows: number;
  /**
   * How well the allowed covariates predict it out of fold: area under the ROC curve (0.5: not at all, 1: perfectly; of several levels the best predicted one, against
   * all others), or the share of variance explained for an attribute of many numbers.
   */
  readonly proxy: { readonly measure: "AUC" | "R2"; readonly value: number; readonly level?: string };
  /** Cramer's V between the attribute and the action assigned: 0 unrelated, 1 one decides the other. */
  readonly association: number;
  /** The attribute's groups. */
  readonly groups: readonly ProtectedGroup[];
}

/** One group of a protected attribute. */
export interface ProtectedGroup {
  readonly label: string;
  readonly rows: number;
  /** Share of the group by action. */
  readonly shares: readonly number[];
  /** Mean gain over the first action under the rule. */
  readonly gain: Estimate;
}

/** @internal What the report is made from. */
export interface ProtectionInput {
  readonly covariates: readonly Float64Array[];
  readonly rewards: readonly Float64Array[];
  readonly assigned: Int32Array;
  readonly cluster: Groups | undefined;
  readonly level: number;
  readonly seed: number;
}

/** @internal An attribute as the data hold it: codes (-1 missing) with labels, and numbers where it has many. */
export interface AttributeColumn {
  readonly name: string;
  readonly codes: Int32Array;
  readonly labels: readonly string[];
  readonly numbers?: Float64Array;
}

/** Rows the proxy models see at most: their precision needs no more. */
const MOST_ROWS = 20_000;
/** Levels that are predicted, the largest ones. */
const MOST_LEVELS = 12;
const BINS = 8;
const FOLDS = 5;
/** Proxies this good are warned about. */
const STRONG = { AUC: 0.8, R2: 0.3 } as const;

/** @internal The report on one attribute. */
export function protectedAttribute(attribute: AttributeColumn, input: ProtectionInput): ProtectedAttribute {
  const present = Int32Array.from(attribute.codes.keys()).filter((i) => attribute.codes[i]! >= 0);
  return {
    attribute: attribute.name,
    missingRows: attribute.codes.length - present.length,
    proxy: proxyOf(attribute, present, input),
    association: association(attribute, present, input),
    groups: groupsOf(attribute, present, input),
  };
}

/** @internal Warnings of attributes that the allowed columns give away. */
export function proxyWarnings(reports: readonly ProtectedAttribute[]): Warning[] {
  return reports.flatMap(({ attribute, proxy: { measure, value } }) =>
    value < STRONG[measure]
      ? []
      : [
          {
            code: "PROXY_COLUMNS",
            message: `The allowed columns give "${attribute}" away (${measure} ${value.toFixed(2)}): the rule can sort by it without naming it`,
            details: { attribute, measure, value },
          },
        ],
  );
}

function proxyOf(
  { codes, labels, numbers }: AttributeColumn,
  present: Int32Array,
  { covariates, cluster, seed }: ProtectionInput,
): ProtectedAttribute["proxy"] {
  const rows =
    present.length <= MOST_ROWS
      ? present
      : substream(seed, 0)
          .sampleWithoutReplacement(present.length, MOST_ROWS)
          .sort()
          .map((position) => present[position]!);
  const X = covariates.flatMap((column) => binIndicators(gatherNumbers(column, rows)));
  const groups = cluster === undefined ? undefined : compactGroups(cluster, rows);
  const units = groups?.count ?? rows.length;
  const measure = numbers === undefined ? "AUC" : "R2";
  if (units < 2 * FOLDS || X.length === 0) return { measure, value: numbers === undefined ? 0.5 : 0 };
  const folds = randomFolds(rows.length, FOLDS, groups, seed, 1);
  const predict = (y: Float64Array): Float64Array => crossFit(linearLearner, X, y, folds);
  if (numbers !== undefined) {
    const y = gatherNumbers(numbers, rows);
    return { measure, value: explained(y, predict(y)) };
  }
  const counts = labels.map(() => 0);
  for (const row of rows) counts[codes[row]!]!++;
  const order = labels.map((_, k) => k).filter((k) => counts[k]! > 0 && counts[k]! < rows.length);
  order.sort((a, b) => counts[b]! - counts[a]! || a - b);
  // Of two levels one tells all.
  const tried = order.slice(0, order.length === 2 ? 1 : MOST_LEVELS).map((k) => {
    const y = Float64Array.from(rows, (row) => (codes[row] === k ? 1 : 0));
    return { k, value: areaUnderCurve(predict(y), y) };
  });
  if (tried.length === 0) return { measure, value: 0.5 };
  const best = tried.reduce((top, one) => (one.value > top.value ? one : top));
  return { measure, value: best.value, level: labels[best.k]! };
}

/** Indicators of a column's bins between quantiles and of missing values, but the first. */
function binIndicators(column: Float64Array): Float64Array[] {
  const sorted = column.filter((value) => !Number.isNaN(value)).sort();
  const cuts = [...new Set(Array.from({ length: BINS - 1 }, (_, b) => quantileType7(sorted, (b + 1) / BINS)))];
  const bin = (value: number): number => (Number.isNaN(value) ? cuts.length + 1 : cuts.filter((cut) => value > cut).length);
  const codes = Int32Array.from(column, bin);
  const used = [...new Set(codes)].sort((a, b) => a - b).slice(1);
  return used.map((own) => Float64Array.from(codes, (code) => (code === own ? 1 : 0)));
}

function compactGroups(groups: Groups, rows: Int32Array): Groups {
  const seen = new Map<number, number>();
  const codes = rows.map((row) => {
    const code = groups.codes[row]!;
    if (!seen.has(code)) seen.set(code, seen.size);
    return seen.get(code)!;
  });
  return { ...groups, codes, count: seen.size };
}

function explained(y: Float64Array, predicted: Float64Array): number {
  const mean = y.reduce((sum, v) => sum + v, 0) / y.length;
  let [left, all] = [0, 0];
  for (let i = 0; i < y.length; i++) {
    left += (y[i]! - predicted[i]!) ** 2;
    all += (y[i]! - mean) ** 2;
  }
  return all > 0 ? Math.max(0, 1 - left / all) : 0;
}

/** Chance that a row with y = 1 is ranked above one with y = 0, ties counting half. */
function areaUnderCurve(predicted: Float64Array, y: Float64Array): number {
  const order = Int32Array.from(predicted.keys()).sort((a, b) => predicted[a]! - predicted[b]! || a - b);
  let [ranks, ones] = [0, 0];
  for (let i = 0; i < order.length; ) {
    let end = i;
    while (end < order.length && predicted[order[end]!] === predicted[order[i]!]) end++;
    for (let j = i; j < end; j++) {
      if (y[order[j]!] !== 1) continue;
      ones++;
      ranks += (i + end + 1) / 2;
    }
    i = end;
  }
  const zeros = order.length - ones;
  return (ranks - (ones * (ones + 1)) / 2) / (ones * zeros);
}

function association({ codes, labels }: AttributeColumn, present: Int32Array, { assigned, rewards }: ProtectionInput): number {
  const [L, A] = [labels.length, rewards.length];
  const table = new Float64Array(L * A);
  for (const row of present) table[codes[row]! * A + assigned[row]!]!++;
  const [byLevel, byAction] = [new Float64Array(L), new Float64Array(A)];
  for (let l = 0; l < L; l++) {
    for (let a = 0; a < A; a++) {
      byLevel[l]! += table[l * A + a]!;
      byAction[a]! += table[l * A + a]!;
    }
  }
  const n = present.length;
  let chiSquared = 0;
  for (let l = 0; l < L; l++) {
    for (let a = 0; a < A; a++) {
      const expected = (byLevel[l]! * byAction[a]!) / n;
      if (expected > 0) chiSquared += (table[l * A + a]! - expected) ** 2 / expected;
    }
  }
  const smaller = Math.min(byLevel.filter((v) => v > 0).length, byAction.filter((v) => v > 0).length) - 1;
  return smaller > 0 ? Math.sqrt(chiSquared / (n * smaller)) : 0;
}

function groupsOf({ codes, labels }: AttributeColumn, present: Int32Array, input: ProtectionInput): ProtectedGroup[] {
  return labels.flatMap((label, l) => {
    const rows = present.filter((row) => codes[row] === l);
    if (rows.length === 0) return [];
    const shares = input.rewards.map(() => 0);
    const gains = new Float64Array(rows.length);
    rows.forEach((row, i) => {
      const action = input.assigned[row]!;
      shares[action]! += 1 / rows.length;
      gains[i] = input.rewards[action]![row]! - input.rewards[0]![row]!;
    });
    const cluster = input.cluster === undefined ? undefined : compactGroups(input.cluster, rows);
    return [{ label, rows: rows.length, shares, gain: meanEstimate(`gain, ${label}`, gains, cluster, input.level) }];
  });
}
