import { type PolicyNode, walkPolicy } from "./assign-policy.ts";
import type { PolicyTable } from "./numerics/policy-rows.ts";
import { growPolicy, type PolicyBranch } from "./numerics/policy-search.ts";
import { type RankedColumn, rankColumn } from "./numerics/rank-order.ts";

/** @internal What a tree may look like. */
export interface PolicyShape {
  readonly depth: number;
  readonly searchDepth: number;
  readonly splitStep: number;
  readonly minimumRows: number;
}

/** A ranking of a covariate, and the side of its missing values. */
interface RankedCovariate extends RankedColumn {
  readonly source: number;
  readonly missing: "left" | "right" | undefined;
}

/** @internal Covariates as the search sees them: a column with missing values twice, missing ranked above all values, then below. */
export interface PreparedCovariates {
  readonly names: readonly string[];
  readonly columns: readonly Float64Array[];
  readonly ranked: readonly RankedCovariate[];
}

/** @internal Ranks the covariates. A tree over both rankings of a column with missing values chooses their side freely at each split, exactly. */
export function prepareCovariates(names: readonly string[], columns: readonly Float64Array[]): PreparedCovariates {
  const ranked = columns.flatMap((column, source): RankedCovariate[] => {
    if (!hasMissing(column)) return [{ ...rankColumn(column), source, missing: undefined }];
    const above = column.map((value) => (Number.isNaN(value) ? Number.POSITIVE_INFINITY : value));
    const below = column.map((value) => (Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value));
    return [
      { ...rankColumn(above), source, missing: "right" },
      { ...rankColumn(below), source, missing: "left" },
    ];
  });
  return { names, columns, ranked };
}

function hasMissing(column: Float64Array): boolean {
  for (let i = 0; i < column.length; i++) if (Number.isNaN(column[i]!)) return true;
  return false;
}

/** @internal A tree and what it gives each row. */
export interface LearnedPolicy {
  readonly nodes: readonly PolicyNode[];
  readonly assigned: Int32Array;
}

/** @internal The best tree for the rows' rewards (one array per action). */
export function learnPolicy(
  { names, columns, ranked }: PreparedCovariates,
  rewards: readonly Float64Array[],
  actions: readonly string[],
  shape: PolicyShape,
): LearnedPolicy {
  const n = rewards[0]!.length;
  const table: PolicyTable = {
    codes: ranked.map(({ codes }) => codes),
    scores: interleave(rewards, n),
    actions: rewards.length,
    step: shape.splitStep,
    minimum: shape.minimumRows,
    tolerance: roundingTolerance(rewards),
  };
  const branch = growPolicy(
    table,
    ranked.map(({ order }) => order),
    shape.depth,
    shape.searchDepth,
  );
  const skeleton = breadthFirst(branch, { names, ranked, actions });
  const positions = skeleton.map((node) => (node.leaf ? -1 : names.indexOf(node.variable)));
  const { leafOf, rows } = walkPolicy(skeleton, positions, columns, n);
  const gains = leafGains(skeleton, leafOf, rewards, actions);
  const nodes = skeleton.map((node, at) =>
    node.leaf ? { ...node, rows: rows[at]!, gain: gains[at]! / rows[at]! } : { ...node, rows: rows[at]! },
  );
  const assigned = new Int32Array(n);
  for (let i = 0; i < n; i++) assigned[i] = actions.indexOf((skeleton[leafOf[i]!]! as { readonly action: string }).action);
  return { nodes, assigned };
}

interface NodeWords {
  readonly names: readonly string[];
  readonly ranked: PreparedCovariates["ranked"];
  readonly actions: readonly string[];
}

function breadthFirst(root: PolicyBranch, { names, ranked, actions }: NodeWords): PolicyNode[] {
  const nodes: PolicyNode[] = [];
  const queue: PolicyBranch[] = [root];
  for (let at = 0; at < queue.length; at++) {
    const branch = queue[at]!;
    if ("action" in branch) {
      nodes.push({ leaf: true, action: actions[branch.action]!, rows: 0 });
      continue;
    }
    const { values, source, missing } = ranked[branch.variable]!;
    // Missing rows against all others, found with the missing on the left: the same split read the other way round keeps the threshold finite.
    const alone = values[branch.code] === Number.NEGATIVE_INFINITY;
    const left = queue.push(alone ? branch.right : branch.left) - 1;
    const right = queue.push(alone ? branch.left : branch.right) - 1;
    const threshold = alone ? values[values.length - 1]! : values[branch.code]!;
    const side = missing === undefined ? {} : { missing: alone ? ("right" as const) : missing };
    nodes.push({ leaf: false, variable: names[source]!, threshold, ...side, left, right, rows: 0 });
  }
  return nodes;
}

/** Sum of each leaf's gain over the first action. */
function leafGains(
  nodes: readonly PolicyNode[],
  leafOf: Int32Array,
  rewards: readonly Float64Array[],
  actions: readonly string[],
): Float64Array {
  const action = nodes.map((node) => (node.leaf ? actions.indexOf(node.action) : 0));
  const gains = new Float64Array(nodes.length);
  for (let i = 0; i < leafOf.length; i++) {
    const leaf = leafOf[i]!;
    gains[leaf]! += rewards[action[leaf]!]![i]! - rewards[0]![i]!;
  }
  return gains;
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
