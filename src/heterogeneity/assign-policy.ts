import { checkArgument } from "../core/options.ts";
import type { CategoryData } from "../data/columns.ts";
import { type Frame, numericData } from "../data/frame.ts";

/** A node of a policy tree; rows with `variable` at most `threshold` go to node `left`. */
export type PolicyNode =
  | {
      readonly leaf: true;
      readonly action: string;
      readonly rows: number;
      /** Mean gain of the action over the first one, net of cost, among the leaf's rows: those the rule was learnt from, so too kind. */
      readonly gain?: number;
    }
  | {
      readonly leaf: false;
      readonly variable: string;
      readonly threshold: number;
      /** Where rows without the variable go; absent when it was never missing. */
      readonly missing?: "left" | "right";
      readonly left: number;
      readonly right: number;
      readonly rows: number;
    };

/** A policy as data: enough to assign actions to any rows. */
export interface PolicyRule {
  /** Nodes breadth first; node 0 is the root. */
  readonly nodes: readonly PolicyNode[];
  /** Action names. */
  readonly actions: readonly string[];
  /** Columns the rule may use. */
  readonly covariates: readonly string[];
}

/**
 * The action a policy gives each row, as a column of action names for `data.with({ assigned: assignPolicy(tree, data) })`.
 * A row with a missing covariate goes where the node says; where the covariate was never missing when the rule was learnt, it gets no action (missing).
 *
 * @throws ColumnError `UNKNOWN_COLUMN`, `NOT_NUMERIC`.
 */
export function assignPolicy<Row>(rule: PolicyRule, data: Frame<Row>): CategoryData {
  checkArgument("heterogeneity.assignPolicy", rule, "a rule, such as a result of heterogeneity.policyTree", ["nodes", "actions"]);
  checkArgument("heterogeneity.assignPolicy", data, "a frame of rows to assign", ["columnNames"]);
  return { type: "category", codes: assignedActions(data, rule, undefined), levels: rule.actions };
}

/** @internal Positions of the assigned actions over `rows`; -1 where a covariate is missing and the rule does not say where it goes. */
export function assignedActions<Row>(data: Frame<Row>, rule: PolicyRule, rows: Int32Array | undefined): Int32Array {
  const columns = rule.nodes.map((node) => {
    if (node.leaf) return new Float64Array(0);
    const { values } = numericData(data, node.variable);
    return rows === undefined ? values : Float64Array.from(rows, (row) => values[row]!);
  });
  const positions = rule.nodes.map((_, at) => at);
  const { leafOf } = walkPolicy(rule.nodes, positions, columns, rows === undefined ? data.rowCount : rows.length);
  const actionOf = rule.nodes.map((node) => (node.leaf ? rule.actions.indexOf(node.action) : -1));
  return leafOf.map((leaf) => (leaf < 0 ? -1 : actionOf[leaf]!));
}

/** @internal The leaf of each row (-1 when undecided), and the rows of each node. `positions[m]` is the column that node m reads. */
export function walkPolicy(
  nodes: readonly PolicyNode[],
  positions: readonly number[],
  columns: readonly Float64Array[],
  n: number,
): { readonly leafOf: Int32Array; readonly rows: Int32Array } {
  const leafOf = new Int32Array(n);
  const rows = new Int32Array(nodes.length);
  for (let i = 0; i < n; i++) {
    let at = 0;
    rows[0]!++;
    for (let node = nodes[at]!; !node.leaf; node = nodes[at]!) {
      const value = columns[positions[at]!]![i]!;
      const left = Number.isNaN(value) ? node.missing === "left" : value <= node.threshold;
      if (Number.isNaN(value) && node.missing === undefined) {
        at = -1;
        break;
      }
      at = left ? node.left : node.right;
      rows[at]!++;
    }
    leafOf[i] = at;
  }
  return { leafOf, rows };
}
