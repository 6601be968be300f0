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
 * A row with a missing covariate on its path gets no action (missing).
 *
 * @throws ColumnError `UNKNOWN_COLUMN`, `NOT_NUMERIC`.
 */
export function assignPolicy<Row>(rule: PolicyRule, data: Frame<Row>): CategoryData {
  return { type: "category", codes: assignedActions(data, rule, undefined), levels: rule.actions };
}

/** @internal Positions of the assigned actions over `rows`; -1 where a covariate is missing. */
export function assignedActions<Row>(data: Frame<Row>, rule: PolicyRule, rows: Int32Array | undefined): Int32Array {
  const columns = new Map(
    rule.nodes.flatMap((node) => (node.leaf ? [] : [[node.variable, numericData(data, node.variable).values] as const])),
  );
  const leafAction = rule.nodes.map((node) => (node.leaf ? rule.actions.indexOf(node.action) : -1));
  const out = new Int32Array(rows === undefined ? data.rowCount : rows.length);
  for (let i = 0; i < out.length; i++) {
    const row = rows === undefined ? i : rows[i]!;
    let at = 0;
    for (let node = rule.nodes[at]!; !node.leaf; node = rule.nodes[at]!) {
      const value = columns.get(node.variable)![row]!;
      if (Number.isNaN(value)) {
        at = -1;
        break;
      }
      at = value <= node.threshold ? node.left : node.right;
    }
    out[i] = at < 0 ? -1 : leafAction[at]!;
  }
  return out;
}
