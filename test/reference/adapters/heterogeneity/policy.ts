import type { Estimate } from "../../../../src/core/index.ts";
import {
  assignPolicy,
  budgetCurve,
  type PolicyRule,
  type PolicyTreeResult,
  policyTree,
  ruleEvaluation,
} from "../../../../src/heterogeneity/index.ts";
import type { Adapter, CaseContext } from "../../harness/case.ts";

const nodes = ({ nodes: list, actions }: PolicyRule): unknown =>
  list.map((node) =>
    node.leaf
      ? { leaf: true, action: actions.indexOf(node.action) + 1 }
      : { leaf: false, split_variable: node.variable, split_value: node.threshold, left_child: node.left + 1, right_child: node.right + 1 },
  );

const pair = (plain: Estimate, clustered?: Estimate): unknown => ({
  estimate: plain.estimate,
  std_error: plain.standardError,
  ...(clustered === undefined ? {} : { std_error_cluster: clustered.standardError }),
});

/** policytree::policy_tree and hybrid_policy_tree. */
export const policy_tree: Adapter = (context) => {
  const { args } = context;
  if (args.has("lambda")) return costTrees(context);
  const data = context.table();
  const scores = args.get<string[]>("scores");
  const covariates = args.optional<string[]>("x") ?? data.columnNames.filter((name) => /^x[0-9]+$/.test(name));
  const common = { covariates, scores, splitStep: args.get<number>("split_step", 1), minimumRows: args.get<number>("min_node_size", 1) };
  const shape = (depth: number, searchDepth: number): unknown => {
    const grow = (cluster: boolean): PolicyTreeResult =>
      policyTree(data, { ...common, depth, searchDepth, ...(cluster ? { cluster: "cluster" } : {}) });
    const [plain, clustered] = [grow(false), grow(true)];
    const e = plain.estimates;
    const c = clustered.estimates;
    return {
      nodes: nodes(plain),
      total_reward: plain.totalReward,
      action_counts: plain.counts,
      actions_first20: Array.from(assignPolicy(plain, data).codes.subarray(0, 20), (code) => code + 1),
      policy_value: {
        value: e.value.estimate,
        std_error: e.value.standardError,
        std_error_cluster: c.value.standardError,
        share_by_action: plain.counts.map((count) => count / plain.sample.used),
        gain_over_first: zero(pair(e.gainOverFirst, c.gainOverFirst)),
        best_constant_action: scores.indexOf(plain.bestConstantAction) + 1,
        gain_over_best_constant: zero(pair(e.gainOverBestConstant)),
        gain_over_uniform: pair(e.gainOverUniform),
      },
    };
  };
  const result: Record<string, unknown> = {};
  for (const depth of args.get<number[]>("depths")) result[`depth${depth}`] = shape(depth, Math.max(depth, 1));
  const hybrid = args.optional<[number, number]>("hybrid");
  if (hybrid !== undefined) result["hybrid"] = shape(hybrid[0], hybrid[1]);
  return result;
};

/** The reference prints a standard error of 0 where a difference does not vary; the library has no standard error then. */
const zero = (value: unknown): unknown =>
  Object.fromEntries(Object.entries(value as Record<string, number>).map(([name, v]) => [name, Number.isNaN(v) ? 0 : v]));

function costTrees({ args, ...context }: CaseContext): unknown {
  const data = context.table();
  const scores = args.get<string[]>("scores");
  const costs = args.get<(string | number)[]>("costs").map((cost) => (Number.isNaN(Number(cost)) ? String(cost) : Number(cost)));
  const covariates = data.columnNames.filter((name) => /^x[0-9]+$/.test(name));
  const depth = args.get<number>("depth");
  return {
    by_lambda: args.get<number[]>("lambda").map((lambda) => {
      const tree = policyTree(data, { covariates, scores, costs, costWeight: lambda, depth });
      return {
        lambda,
        nodes: nodes(tree),
        net_total: tree.totalReward,
        gross_value: tree.meanScore,
        mean_cost: tree.meanCost,
        action_counts: tree.counts,
      };
    }),
  };
}

/** maq: average_gain, predict, difference_gain. */
export const qini: Adapter = ({ args, table }) => {
  const data = table();
  const weights = args.optional<string>("sample_weights");
  const cluster = args.optional<string>("clusters");
  const tieBreaker = args.optional<string>("tie_breaker");
  const budget = args.optional<number>("budget");
  const result = budgetCurve(data, {
    rewards: args.get<string[]>("reward"),
    costs: args.get<string[]>("cost"),
    scores: args.get<string[]>("scores"),
    spends: args.get<number[]>("spends"),
    replicates: 1000,
    ...(weights === undefined ? {} : { weights }),
    ...(cluster === undefined ? {} : { cluster }),
    ...(tieBreaker === undefined ? {} : { tieBreaker }),
    ...(budget === undefined ? {} : { budget }),
  });
  const { path, points } = result;
  const last = path.spend.length - 1;
  const allocation = (spend: number): number[] => {
    const assigned = new Array<number>(data.rowCount).fill(0);
    for (let k = 0; k <= last && path.spend[k]! <= spend; k++) assigned[path.rows[k]!] = path.arms[k]!;
    return assigned.slice(0, 20);
  };
  const gain = ({ estimate, standardError }: Estimate): object => ({ gain: estimate, approx_std_error: standardError });
  return {
    path_length: path.spend.length,
    complete: path.complete,
    max_spend: path.spend[last],
    max_gain: path.gain[last],
    path_first10: {
      spend: Array.from(path.spend.subarray(0, 10)),
      gain: Array.from(path.gain.subarray(0, 10)),
      unit: Array.from(path.rows.subarray(0, 10), (row) => row + 1),
      arm: Array.from(path.arms.subarray(0, 10)),
    },
    at: points.map((point) => ({
      spend: point.spend,
      ...gain(point.targeted),
      allocation_counts_0toK: point.counts,
      allocation_first20: allocation(point.spend),
      row_sums_total: point.treated,
      mean_cost: point.meanCost,
    })),
    untargeted: points.map(({ spend, untargeted }) => ({ spend, ...gain(untargeted) })),
    difference_targeted_minus_untargeted: points.map(({ spend, difference }) => ({
      spend,
      estimate: difference.estimate,
      approx_std_error: difference.standardError,
    })),
  };
};

/** evalITR's evaluation of treatment rules: PAV, PAPE, PAPE with a budget, PAPD, AUPEC, GATE, het.test. */
export const rule_evaluation: Adapter = ({ args, table }) => {
  const budget = args.optional<number>("budget");
  const result = ruleEvaluation(table(), {
    outcome: args.get<string>("outcome"),
    treatment: args.get<string>("treatment"),
    scores: args.get<string[]>("scores"),
    groups: args.get<number>("ngates"),
    centered: args.get<boolean>("centered"),
    ...(budget === undefined ? {} : { budget }),
  });
  const { value, prescriptiveEffect, area, budgetEffect, budgetEffectOfSecond, budgetDifference } = result.estimates;
  const test = result.heterogeneity!;
  return {
    rule_positive_share: result.ruleShare,
    pav: pair(value),
    pape: pair(prescriptiveEffect),
    aupec: { estimate: area.estimate, approx_std_error: area.standardError },
    ...(budgetEffect === undefined ? {} : { pape_budget_rule1: pair(budgetEffect) }),
    ...(budgetEffectOfSecond === undefined ? {} : { pape_budget_rule2: pair(budgetEffectOfSecond) }),
    ...(budgetDifference === undefined ? {} : { papd_rule1_minus_rule2: pair(budgetDifference) }),
    gates: {
      estimate: result.groups.map(({ estimate }) => estimate.estimate),
      std_error: result.groups.map(({ estimate }) => estimate.standardError),
    },
    het_test: { statistic: test.statistic, df: test.degreesOfFreedom, p_value: test.pValue },
  };
};
