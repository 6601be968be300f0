import { frame } from "../../src/data/index.ts";
import { policyTree } from "../../src/heterogeneity/index.ts";
import { noise, uniform } from "../harness/draws.ts";
import type { BenchTask, PreparedTask } from "../harness/task.ts";

/** Scores of two actions over p uniform covariates, the gain a pattern of the first two; an exact tree of depth two. */
export function policyTreeTask(name: string, p: number, rows: readonly number[], fullRows: readonly number[]): BenchTask {
  const covariates = Array.from({ length: p }, (_, j) => `x${j}`);
  return {
    name,
    call: `heterogeneity.policyTree(data, { covariates: ["x0", …, "x${p - 1}"], scores: ["control", "treated"], depth: 2 })`,
    reference: "policy_tree(X, Gamma, depth = 2)",
    rows,
    fullRows,
    prepare: (n): PreparedTask => {
      const columns: Record<string, Float64Array> = { control: noise(1, n), treated: noise(2, n) };
      covariates.forEach((covariate, j) => {
        columns[covariate] = new Float64Array(n).map((_, i) => uniform(3 + j, i));
      });
      for (let i = 0; i < n; i++) columns["treated"]![i]! += columns["x0"]![i]! > 0.6 !== columns["x1"]![i]! > 0.3 ? 0.3 : -0.3;
      const data = frame(columns);
      return {
        columns,
        run: () => {
          const { estimates } = policyTree(data, { covariates, scores: ["control", "treated"], depth: 2 });
          const [first] = Object.values(estimates);
          return { estimate: first!.estimate, standardError: first!.standardError };
        },
      };
    },
  };
}
