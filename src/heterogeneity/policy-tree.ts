import { finishResult } from "../core/display.ts";
import { DataError } from "../core/errors.ts";
import type { Result, Warning } from "../core/result.ts";
import { gatherCodes, gatherNumbers, numericText } from "../data/columns.ts";
import { factorize } from "../data/factorize.ts";
import { type Frame, numericData } from "../data/frame.ts";
import { columnsByRole, groupRole, numbersRole } from "../data/roles.ts";
import type { AnyColumn } from "../data/row-types.ts";
import type { PolicyRule } from "./assign-policy.ts";
import { bestAffordable, type CostedActions, learnWithinBudget, netRewards } from "./policy-budget.ts";
import { type CrossFittedPolicy, crossFittedPolicy } from "./policy-cross-fit.ts";
import { prepareCovariates } from "./policy-learning.ts";
import { type PolicyTreeOptions, type PolicyTreeSettings, resolvePolicyTree } from "./policy-options.ts";
import { type PolicyValues, valuesOf } from "./policy-value.ts";
import { type AttributeColumn, type ProtectedAttribute, protectedAttribute, proxyWarnings } from "./protected-attributes.ts";

/** Result of {@link policyTree}. */
export interface PolicyTreeResult extends Result<"heterogeneity.policyTree", PolicyTreeSettings>, PolicyRule {
  /** Value and gains on the rows the tree was learnt from: too kind. */
  readonly estimates: PolicyValues;
  /** With `folds`: value and gains of rules learnt on other rows than those they are valued on. */
  readonly crossFitted?: CrossFittedPolicy;
  /** Sum over rows of the assigned action's score, net of cost. */
  readonly totalReward: number;
  /** Mean score of the assigned actions, costs not taken off. */
  readonly meanScore: number;
  /** Mean cost of the assigned actions. */
  readonly meanCost: number;
  /** Weight of cost the tree was learnt with; with a budget the one found. */
  readonly costWeight: number;
  /** Rows by action, in the order of `scores`. */
  readonly counts: readonly number[];
  /** The action with the highest mean net score; with a budget, with the highest mean score among those within it. */
  readonly bestConstantAction: string;
  /** What the rule does to protected attributes, and how well its columns predict them. */
  readonly protectedAttributes: readonly ProtectedAttribute[];
}

const CALLER = "heterogeneity.policyTree";
/** Actions less likely than this are hardly ever seen in such a row. */
const RARE = 0.05;
/** An attribute of more distinct numbers than this is judged as a number. */
const MOST_NUMBERS = 12;

/**
 * The exact tree of a given depth that maximises the sum of the assigned actions' scores: who should get which programme.
 * Ties: first covariate, smallest threshold, first action; two leaves with one action become one leaf. Depth one is a sweep, depth two
 * O(p^2 n log n) for two actions, three and more a search with bounds. Rows with a missing covariate go to the better side of each split, chosen in the same exact search.
 *
 * `estimates` value the tree on the rows it was learnt from, hence too kindly (a warning says so). `folds` adds an honest value: `crossFitted` compares rules learnt on
 * other rows with giving everybody one action ("no one" is the first), the best single action and the best single split.
 * With `protectedAttributes` the result tells what the rule does to their groups and how well the allowed columns predict them.
 *
 * @throws OptionError `NO_SCORES`, `NO_COVARIATES`, `PROTECTED_COVARIATE`, `COST_COUNT`, `BUDGET_WITHOUT_COSTS`, `PROPENSITY_COUNT`, `INVALID_OPTION`.
 * @throws DataError `FOLDS_TOO_SMALL`, `INFINITE_VALUE`; IdentificationError `BUDGET_OUT_OF_REACH`.
 * @see Zhou, Athey and Wager (2023), Operations Research 71; Sverdrup et al. (2020), JOSS 5(50); missing values: Twala, Jones and Hand (2008).
 * @example
 * policyTree(trial, { covariates: ["debts", "badHealth"], scores: ["scoreNone", "scoreJob"], protectedAttributes: ["sex"], folds: 5 }).crossFitted;
 */
export function policyTree<Row>(data: Frame<Row>, options: PolicyTreeOptions<Row>): PolicyTreeResult {
  const settings = resolvePolicyTree(CALLER, options);
  const costColumns = (settings.costs ?? []).filter((cost) => typeof cost === "string");
  const { columns, rows, sample } = columnsByRole(CALLER, data, {
    complete: numbersRole(settings.missing === "drop" ? settings.covariates : []),
    scores: numbersRole(settings.scores),
    costs: numbersRole(costColumns),
    propensities: numbersRole(settings.propensities),
    cluster: groupRole(settings.cluster),
    folds: groupRole(typeof settings.folds === "string" ? settings.folds : undefined),
  });
  const n = sample.used;
  const costs = costsByAction(settings, columns.costs, n);
  const scores = columns.scores;
  const valued = settings.budget === undefined ? netRewards({ scores, costs }, settings.costWeight) : scores;
  const costed: CostedActions = { scores, costs, valued };
  const covariates = settings.missing === "drop" ? columns.complete : settings.covariates.map((name) => covariateOf(data, name, rows));
  const prepared = prepareCovariates(settings.covariates, covariates);
  const { learned, costWeight, meanCost } = learnWithinBudget(CALLER, prepared, costed, settings);
  const { nodes, assigned } = learned;
  const { cluster } = columns;
  const values = valuesOf({
    scores: valued,
    assigned,
    names: settings.scores,
    best: bestAffordable(costed, settings.budget),
    ...(cluster === undefined ? {} : { cluster }),
    level: settings.level,
  });
  const input = { covariates, rewards: valued, assigned, cluster, level: settings.level, seed: settings.seed };
  const reports = settings.protectedAttributes.map((name) => protectedAttribute(attributeOf(data, name, rows), input));
  const honest =
    settings.folds === undefined ? undefined : crossFittedPolicy(CALLER, { covariates, costed, cluster, folds: columns.folds }, settings);
  return finishResult<PolicyTreeResult>({
    kind: CALLER,
    estimates: values.estimates,
    ...(honest === undefined ? {} : { crossFitted: honest }),
    nodes,
    actions: settings.scores,
    covariates: settings.covariates,
    totalReward: assignedSum(assigned, netRewards(costed, costWeight)),
    meanScore: assignedSum(assigned, scores) / n,
    meanCost,
    costWeight,
    counts: values.counts,
    bestConstantAction: values.bestConstantAction,
    protectedAttributes: reports,
    sample: cluster === undefined ? sample : { ...sample, clusters: cluster.count },
    warnings: [
      ...inSample(honest === undefined),
      ...overlapWarnings(settings, columns.propensities, assigned),
      ...proxyWarnings(reports),
      ...alikeWarnings(honest, reports),
      ...values.warnings,
    ],
    options: settings,
    reference: "Zhou, Athey & Wager (2023), Operations Research 71(1)",
  });
}

const inSample = (alone: boolean): Warning[] => [
  {
    code: "IN_SAMPLE_VALUE",
    message: `The value in "estimates" is measured on the rows the tree was learnt from and is too high; ${
      alone ? 'ask for "folds", or value the tree on other rows with policyValue' : 'see "crossFitted"'
    }`,
  },
];

function overlapWarnings({ scores }: PolicyTreeSettings, propensities: readonly Float64Array[], assigned: Int32Array): Warning[] {
  if (propensities.length === 0) return [];
  const rare = scores.map(() => 0);
  assigned.forEach((action, i) => {
    if (propensities[action]![i]! < RARE) rare[action]!++;
  });
  return scores.flatMap((action, a) =>
    rare[a] === 0
      ? []
      : [
          {
            code: "POOR_OVERLAP",
            message: `${rare[a]} rows get "${action}" although rows like them hardly ever had it (propensity below ${RARE}): a few rows decide its score there`,
            details: { action, rows: rare[a] },
          },
        ],
  );
}

/** Comparisons that do not vary between rows: the rules are alike there. */
function alikeWarnings(honest: CrossFittedPolicy | undefined, reports: readonly ProtectedAttribute[]): Warning[] {
  const compared =
    honest === undefined ? [] : [honest.value, ...Object.values(honest.gainOver), honest.gainOverBestConstant, honest.gainOverSingleSplit];
  const all = [...compared, ...reports.flatMap(({ groups }) => groups.map(({ gain }) => gain))];
  const terms = all.filter(({ standardError }) => Number.isNaN(standardError)).map(({ term }) => term);
  if (terms.length === 0) return [];
  const message = `No standard error for ${terms.join(", ")}: the differences do not vary between rows (the rules are the same)`;
  return [{ code: "NO_VARIANCE", message, details: { terms } }];
}

/** A covariate's used rows, missing values and all. */
function covariateOf<Row>(data: Frame<Row>, name: string, rows: Int32Array | undefined): Float64Array {
  const { values } = numericData(data, name);
  const column = rows === undefined ? values : gatherNumbers(values, rows);
  for (let i = 0; i < column.length; i++) {
    if (Math.abs(column[i]!) !== Number.POSITIVE_INFINITY) continue;
    throw new DataError("INFINITE_VALUE", `Cannot run ${CALLER} as "${name}" must be finite or missing: it holds ${column[i]}`, {
      column: name,
    });
  }
  return column;
}

function attributeOf<Row>(data: Frame<Row>, name: string, rows: Int32Array | undefined): AttributeColumn {
  const column = data.column(name as AnyColumn<Row>);
  if (column.type === "category") {
    return { name, codes: rows === undefined ? column.codes : gatherCodes(column.codes, rows), labels: column.levels };
  }
  const numbers = rows === undefined ? column.values : gatherNumbers(column.values, rows);
  const { codes, values } = factorize(numbers);
  if (values.length <= MOST_NUMBERS) return { name, codes, labels: Array.from(values, (value) => numericText(column.type, value)) };
  const sorted = numbers.filter((value) => !Number.isNaN(value)).sort();
  const cuts = [0.25, 0.5, 0.75].map((p) => sorted[Math.floor(p * (sorted.length - 1))]!);
  const labels = [`up to ${cuts[0]}`, `above ${cuts[0]} up to ${cuts[1]}`, `above ${cuts[1]} up to ${cuts[2]}`, `above ${cuts[2]}`];
  const quarter = Int32Array.from(numbers, (value) => (Number.isNaN(value) ? -1 : cuts.filter((cut) => value > cut).length));
  return { name, codes: quarter, labels, numbers };
}

function costsByAction(settings: PolicyTreeSettings, columns: readonly Float64Array[], n: number): readonly Float64Array[] {
  let next = 0;
  return settings.scores.map((_, a) => {
    const cost = settings.costs?.[a] ?? 0;
    return typeof cost === "number" ? new Float64Array(n).fill(cost) : columns[next++]!;
  });
}

/** Sum of the assigned actions' numbers. */
function assignedSum(assigned: Int32Array, by: readonly Float64Array[]): number {
  let sum = 0;
  for (let i = 0; i < assigned.length; i++) sum += by[assigned[i]!]![i]!;
  return sum;
}
