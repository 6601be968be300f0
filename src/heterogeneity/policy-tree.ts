import { finishResult } from "../core/display.ts";
import { OptionError } from "../core/errors.ts";
import { checkLevel, checkNumber, resolveOptions } from "../core/options.ts";
import type { Result } from "../core/result.ts";
import type { Frame } from "../data/frame.ts";
import { columnsByRole, groupRole, numbersRole } from "../data/roles.ts";
import type { AnyColumn, NumericColumn } from "../data/row-types.ts";
import type { PolicyNode, PolicyRule } from "./assign-policy.ts";
import type { PolicyTable } from "./numerics/policy-rows.ts";
import { growPolicy, type PolicyBranch } from "./numerics/policy-search.ts";
import { rankColumn } from "./numerics/rank-order.ts";
import { type PolicyValues, requireScores, valuesOf } from "./policy-value.ts";

/** Options of {@link policyTree}. */
export interface PolicyTreeOptions<Row> {
  /** Columns the rule may use; leave protected attributes out. */
  readonly covariates: readonly NumericColumn<Row>[];
  /** One column of doubly robust scores (or rewards) per action; the action carries the column's name. */
  readonly scores: readonly NumericColumn<Row>[];
  /** Cost of each action, in the order of `scores`: a number, or a column. @defaultValue nothing costs anything */
  readonly costs?: readonly (NumericColumn<Row> | number)[];
  /** Reward given up for one unit of cost; the tree maximises score minus `costWeight` times cost. @defaultValue 1 with `costs` */
  readonly costWeight?: number;
  /** Levels of the tree; 0 is the best single action. @defaultValue 2 */
  readonly depth?: number;
  /** Levels searched at once: below `depth` only the first split of each search is kept (a faster, not exact tree). @defaultValue `depth` */
  readonly searchDepth?: number;
  /** Rows that must pass between two tried splits; 1 tries all. @defaultValue 1 */
  readonly splitStep?: number;
  /** Smallest number of rows on each side of a split. @defaultValue 1 */
  readonly minimumRows?: number;
  /** Column to cluster the standard errors of the value by. */
  readonly cluster?: AnyColumn<Row>;
  /** Confidence level. @defaultValue 0.95 */
  readonly level?: number;
}

/** Resolved options of {@link policyTree}. */
export interface PolicyTreeSettings {
  readonly covariates: readonly string[];
  readonly scores: readonly string[];
  readonly costs?: readonly (string | number)[];
  readonly costWeight: number;
  readonly depth: number;
  readonly searchDepth: number;
  readonly splitStep: number;
  readonly minimumRows: number;
  readonly cluster?: string;
  readonly level: number;
}

/** Result of {@link policyTree}. */
export interface PolicyTreeResult extends Result<"heterogeneity.policyTree", PolicyTreeSettings>, PolicyRule {
  readonly estimates: PolicyValues;
  /** Sum over rows of the assigned action's score, net of cost. */
  readonly totalReward: number;
  /** Mean score of the assigned actions, costs not taken off. */
  readonly meanScore: number;
  /** Mean cost of the assigned actions. */
  readonly meanCost: number;
  /** Rows by action, in the order of `scores`. */
  readonly counts: readonly number[];
  /** The action with the highest mean net score. */
  readonly bestConstantAction: string;
}

const CALLER = "heterogeneity.policyTree";

/**
 * The exact tree of a given depth that maximises the sum of the assigned actions' scores: who should get which programme.
 * Ties: first covariate, smallest threshold, first action; two leaves with one action become one leaf. Depth one is a sweep, depth two
 * O(p^2 n log n) for two actions, three and more a search with bounds. `estimates` value the tree on the rows it was learnt from, hence too kindly (a warning
 * says so): for an honest value learn on one part of the rows and call `policyValue` on the other.
 *
 * @throws OptionError `NO_SCORES`, `NO_COVARIATES`, `COST_COUNT`, `INVALID_OPTION`.
 * @see Zhou, Athey and Wager (2023), Operations Research 71; Sverdrup et al. (2020), JOSS 5(50).
 * @example
 * policyTree(trial, { covariates: ["debts", "badHealth"], scores: ["scoreNone", "scoreJob"], depth: 2 }).nodes;
 */
export function policyTree<Row>(data: Frame<Row>, options: PolicyTreeOptions<Row>): PolicyTreeResult {
  const settings = resolveTree(options);
  const costColumns = (settings.costs ?? []).filter((cost) => typeof cost === "string");
  const { columns, sample } = columnsByRole(CALLER, data, {
    covariates: numbersRole(settings.covariates),
    scores: numbersRole(settings.scores),
    costs: numbersRole(costColumns),
    cluster: groupRole(settings.cluster),
  });
  const n = sample.used;
  const costs = costsByAction(settings, columns.costs, n);
  const net =
    settings.costs === undefined ? columns.scores : columns.scores.map((column, a) => netOf(column, costs[a]!, settings.costWeight));
  const factors = columns.covariates.map(rankColumn);
  const table: PolicyTable = {
    codes: factors.map(({ codes }) => codes),
    scores: interleave(net, n),
    actions: net.length,
    step: settings.splitStep,
    minimum: settings.minimumRows,
    tolerance: roundingTolerance(net),
  };
  const order = factors.map((factor) => factor.order);
  const branch = growPolicy(table, order, settings.depth, settings.searchDepth);
  const assigned = new Int32Array(n);
  const nodes = breadthFirst(branch, order[0]!, { settings, factors, net }, assigned);
  const values = valuesOf({
    scores: net,
    assigned,
    names: settings.scores,
    ...(columns.cluster === undefined ? {} : { cluster: columns.cluster }),
    level: settings.level,
  });
  return finishResult({
    kind: CALLER,
    estimates: values.estimates,
    nodes,
    actions: settings.scores,
    covariates: settings.covariates,
    totalReward: assignedSum(assigned, net),
    meanScore: assignedSum(assigned, columns.scores) / n,
    meanCost: assignedSum(assigned, costs) / n,
    counts: values.counts,
    bestConstantAction: values.bestConstantAction,
    sample: columns.cluster === undefined ? sample : { ...sample, clusters: columns.cluster.count },
    warnings: [
      {
        code: "IN_SAMPLE_VALUE",
        message:
          "The value is measured on the rows the tree was learnt from and is too high; value the tree on other rows with policyValue",
      },
      ...values.warnings,
    ],
    options: settings,
    reference: "Zhou, Athey & Wager (2023), Operations Research 71(1)",
  });
}

function resolveTree(options: object): PolicyTreeSettings {
  const given = resolveOptions<PolicyTreeSettings>(CALLER, options, {
    required: ["covariates", "scores"],
    defaults: {
      costs: undefined,
      costWeight: 1,
      depth: 2,
      searchDepth: undefined,
      splitStep: 1,
      minimumRows: 1,
      cluster: undefined,
      level: 0.95,
    },
  });
  requireScores(CALLER, given.scores);
  checkLevel(CALLER, given.level);
  checkNumber(CALLER, "depth", given.depth, { min: 0, integer: true });
  const settings = given.searchDepth === undefined ? Object.freeze({ ...given, searchDepth: Math.max(given.depth, 1) }) : given;
  checkNumber(CALLER, "searchDepth", settings.searchDepth, { min: 1, integer: true });
  checkNumber(CALLER, "splitStep", settings.splitStep, { min: 1, integer: true });
  checkNumber(CALLER, "minimumRows", settings.minimumRows, { min: 1, integer: true });
  checkNumber(CALLER, "costWeight", settings.costWeight);
  if (settings.covariates.length === 0) {
    throw new OptionError("NO_COVARIATES", `Cannot run ${CALLER} as option "covariates" must name a column: it is empty`);
  }
  if (settings.costs !== undefined && settings.costs.length !== settings.scores.length) {
    throw new OptionError(
      "COST_COUNT",
      `Cannot run ${CALLER} as each of the ${settings.scores.length} actions needs a cost: ${settings.costs.length} were given`,
    );
  }
  return settings;
}

function costsByAction(settings: PolicyTreeSettings, columns: readonly Float64Array[], n: number): readonly Float64Array[] {
  let next = 0;
  return settings.scores.map((_, a) => {
    const cost = settings.costs?.[a] ?? 0;
    return typeof cost === "number" ? new Float64Array(n).fill(cost) : columns[next++]!;
  });
}

function netOf(scores: Float64Array, costs: Float64Array, weight: number): Float64Array {
  const net = new Float64Array(scores.length);
  for (let i = 0; i < net.length; i++) net[i] = scores[i]! - weight * costs[i]!;
  return net;
}

/** Sum of the assigned actions' numbers. */
function assignedSum(assigned: Int32Array, by: readonly Float64Array[]): number {
  let sum = 0;
  for (let i = 0; i < assigned.length; i++) sum += by[assigned[i]!]![i]!;
  return sum;
}

function interleave(columns: readonly Float64Array[], n: number): Float64Array {
  const out = new Float64Array(n * columns.length);
  columns.forEach((column, a) => {
    for (let i = 0; i < n; i++) out[i * columns.length + a] = column[i]!;
  });
  return out;
}

/**
 * Equal rewards summed in another order differ in the last bits; a later tree must be better by more than that to replace an earlier one.
 * Scores that are multiples of 1/1024 sum exactly and are compared exactly.
 */
function roundingTolerance(columns: readonly Float64Array[]): number {
  let [size, exact] = [0, true];
  for (const column of columns) {
    for (let i = 0; i < column.length; i++) {
      const value = column[i]!;
      size += Math.abs(value);
      if (exact && !Number.isInteger(value * 1024)) exact = false;
    }
  }
  return exact ? 0 : 4 * Number.EPSILON * size;
}

/** What the nodes of a tree are read from. */
interface PolicyColumns {
  readonly settings: PolicyTreeSettings;
  readonly factors: readonly { readonly codes: Int32Array; readonly values: Float64Array }[];
  /** Scores net of cost, by action. */
  readonly net: readonly Float64Array[];
}

/** Rows with code at most `code`, and the others, in their order. */
function parted(rows: Int32Array, codes: Int32Array, code: number): readonly [Int32Array, Int32Array] {
  const [below, above] = [new Int32Array(rows.length), new Int32Array(rows.length)];
  let [left, right] = [0, 0];
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    if (codes[row]! <= code) below[left++] = row;
    else above[right++] = row;
  }
  return [below.subarray(0, left), above.subarray(0, right)];
}

function breadthFirst(root: PolicyBranch, rows: Int32Array, { settings, factors, net }: PolicyColumns, assigned: Int32Array): PolicyNode[] {
  const nodes: PolicyNode[] = [];
  const queue: { readonly branch: PolicyBranch; readonly rows: Int32Array }[] = [{ branch: root, rows }];
  for (let at = 0; at < queue.length; at++) {
    const { branch, rows: inside } = queue[at]!;
    if ("action" in branch) {
      const [own, first] = [net[branch.action]!, net[0]!];
      let gain = 0;
      for (let i = 0; i < inside.length; i++) {
        assigned[inside[i]!] = branch.action;
        gain += own[inside[i]!]! - first[inside[i]!]!;
      }
      nodes.push({ leaf: true, action: settings.scores[branch.action]!, rows: inside.length, gain: gain / inside.length });
      continue;
    }
    const { codes, values } = factors[branch.variable]!;
    const [below, above] = parted(inside, codes, branch.code);
    const left = queue.push({ branch: branch.left, rows: below }) - 1;
    const right = queue.push({ branch: branch.right, rows: above }) - 1;
    const variable = settings.covariates[branch.variable]!;
    nodes.push({ leaf: false, variable, threshold: values[branch.code]!, left, right, rows: inside.length });
  }
  return nodes;
}
