import { DataError } from "../core/errors.ts";
import type { Estimate } from "../core/result.ts";
import { gatherNumbers } from "../data/columns.ts";
import type { Groups } from "../data/roles.ts";
import { walkPolicy } from "./assign-policy.ts";
import { type Folds, givenFolds, randomFolds } from "./cross-fit.ts";
import { bestAffordable, type CostedActions, learnWithinBudget } from "./policy-budget.ts";
import { prepareCovariates } from "./policy-learning.ts";
import type { PolicyTreeSettings } from "./policy-options.ts";
import { meanEstimate } from "./policy-value.ts";

/** What rules learnt on other rows are worth: each row is valued under the rule of the folds it is not in. */
export interface CrossFittedPolicy {
  /** Folds used. */
  readonly folds: number;
  /** Mean reward under the rules. */
  readonly value: Estimate;
  /** Gain over giving everybody one action, by action: the first is "no one", another "everyone". */
  readonly gainOver: Readonly<Record<string, Estimate>>;
  /** Gain over the action that looked best for everybody in the other folds. */
  readonly gainOverBestConstant: Estimate;
  /** Gain over the best rule with a single split, learnt in the other folds too. */
  readonly gainOverSingleSplit: Estimate;
  /** Mean cost of the actions assigned. */
  readonly meanCost: number;
  /** Share of the rows by action, in the order of `scores`. */
  readonly shares: readonly number[];
}

/** @internal Columns that a cross-fitted value is made from. */
export interface CrossFitColumns {
  readonly covariates: readonly Float64Array[];
  readonly costed: CostedActions;
  readonly cluster: Groups | undefined;
  readonly folds: Groups | undefined;
}

/** @internal Learns on all folds but one and assigns that one. */
export function crossFittedPolicy(caller: string, columns: CrossFitColumns, settings: PolicyTreeSettings): CrossFittedPolicy {
  const n = columns.costed.scores[0]!.length;
  const folds = foldsOf(caller, columns, settings, n);
  const assigned = { tree: new Int32Array(n), stump: new Int32Array(n), constant: new Int32Array(n) };
  for (let f = 0; f < folds.count; f++) assignFold(caller, columns, settings, folds, f, assigned);
  const { scores, costs, valued } = columns.costed;
  const reward = (of: Int32Array): Float64Array => Float64Array.from(of, (a, i) => valued[a]![i]!);
  const own = reward(assigned.tree);
  const gain = (term: string, other: Float64Array): Estimate =>
    meanEstimate(
      term,
      own.map((v, i) => v - other[i]!),
      columns.cluster,
      settings.level,
    );
  const counts = scores.map(() => 0);
  for (const a of assigned.tree) counts[a]!++;
  return {
    folds: folds.count,
    value: meanEstimate("cross-fitted value", own, columns.cluster, settings.level),
    gainOver: Object.fromEntries(settings.scores.map((name, a) => [name, gain(`gain over ${name} for everyone`, valued[a]!)])),
    gainOverBestConstant: gain("gain over the best constant", reward(assigned.constant)),
    gainOverSingleSplit: gain("gain over the best single split", reward(assigned.stump)),
    meanCost: assigned.tree.reduce((sum, a, i) => sum + costs[a]![i]!, 0) / n,
    shares: counts.map((count) => count / n),
  };
}

function foldsOf(caller: string, { cluster, folds: given }: CrossFitColumns, { folds, seed }: PolicyTreeSettings, n: number): Folds {
  if (given !== undefined) return givenFolds(caller, given);
  const count = folds as number;
  const units = cluster?.count ?? n;
  if (units >= 2 * count) return randomFolds(n, count, cluster, seed, 1);
  throw new DataError(
    "FOLDS_TOO_SMALL",
    `Cannot run ${caller} with ${count} folds as each needs two ${cluster === undefined ? "rows" : "clusters"}: there are ${units}; use fewer folds`,
    { folds: count, units },
  );
}

function assignFold(
  caller: string,
  { covariates, costed }: CrossFitColumns,
  settings: PolicyTreeSettings,
  { codes }: Folds,
  fold: number,
  assigned: { readonly tree: Int32Array; readonly stump: Int32Array; readonly constant: Int32Array },
): void {
  const split = (inside: boolean): Int32Array => Int32Array.from(codes.keys()).filter((i) => (codes[i] === fold) === inside);
  const [train, test] = [split(false), split(true)];
  const take = (list: readonly Float64Array[], rows: Int32Array): Float64Array[] => list.map((column) => gatherNumbers(column, rows));
  const own: CostedActions = {
    scores: take(costed.scores, train),
    costs: take(costed.costs, train),
    valued: take(costed.valued, train),
  };
  const prepared = prepareCovariates(settings.covariates, take(covariates, train));
  const at = take(covariates, test);
  const apply = (depth: number, into: Int32Array): void => {
    const shape = { ...settings, depth, searchDepth: Math.max(1, Math.min(depth, settings.searchDepth)) };
    const { nodes } = learnWithinBudget(caller, prepared, own, shape).learned;
    const positions = nodes.map((node) => (node.leaf ? -1 : settings.covariates.indexOf(node.variable)));
    // Values missing here but never there go to the side with more rows.
    const sided = nodes.map((node) =>
      node.leaf || node.missing !== undefined
        ? node
        : { ...node, missing: nodes[node.left]!.rows >= nodes[node.right]!.rows ? ("left" as const) : ("right" as const) },
    );
    const { leafOf } = walkPolicy(sided, positions, at, test.length);
    test.forEach((row, i) => {
      into[row] = settings.scores.indexOf((nodes[leafOf[i]!]! as { readonly action: string }).action);
    });
  };
  apply(settings.depth, assigned.tree);
  if (settings.depth === 1) for (const row of test) assigned.stump[row] = assigned.tree[row]!;
  else apply(1, assigned.stump);
  const constant = bestAffordable(own, settings.budget);
  for (const row of test) assigned.constant[row] = constant;
}
