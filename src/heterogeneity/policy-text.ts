import { checkArgument } from "../core/options.ts";
import type { PolicyNode, PolicyRule } from "./assign-policy.ts";

/**
 * A policy tree as indented lines: each question with its answers below it, each end with the action, its rows and share.
 *
 * @example
 * policyText(policyTree(trial, { covariates: ["debts"], scores: ["none", "job"], depth: 1 }));
 * // debts <= 0: job (620 rows, 62%)
 * // debts > 0: none (380 rows, 38%)
 */
export function policyText(rule: Pick<PolicyRule, "nodes">): string {
  checkArgument("heterogeneity.policyText", rule, "a rule, such as a result of heterogeneity.policyTree", ["nodes"]);
  const { nodes } = rule;
  const all = nodes[0]!.rows;
  const end = (node: PolicyNode & { readonly leaf: true }): string =>
    `${node.action} (${node.rows} rows, ${((100 * node.rows) / all).toFixed(0)}%)`;
  const lines: string[] = [];
  const walk = (at: number, indent: string): void => {
    const node = nodes[at]!;
    if (node.leaf) {
      lines.push(`${indent}everyone: ${end(node)}`);
      return;
    }
    for (const [child, sign, side] of [
      [node.left, "<=", "left"],
      [node.right, ">", "right"],
    ] as const) {
      const condition = `${indent}${node.variable} ${sign} ${node.threshold}${node.missing === side ? " or missing" : ""}:`;
      const below = nodes[child]!;
      if (below.leaf) lines.push(`${condition} ${end(below)}`);
      else {
        lines.push(condition);
        walk(child, `${indent}  `);
      }
    }
  };
  walk(0, "");
  return lines.join("\n");
}
