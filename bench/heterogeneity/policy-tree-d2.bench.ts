import { frame } from "../../src/data/index.ts";
import { policyTree } from "../../src/heterogeneity/index.ts";
import { noise, uniform } from "../harness/draws.ts";
import type { BenchTask } from "../harness/task.ts";

const COVARIATES = Array.from({ length: 5 }, (_, j) => `x${j}`);

const task: BenchTask = {
  name: "policy-tree-d2",
  call: 'heterogeneity.policyTree(data, { covariates: ["x0", …, "x4"], scores: ["control", "treated"], depth: 2 })',
  reference: "policy_tree(X, Gamma, depth = 2)",
  rows: [1e4, 1e5],
  fullRows: [1e6],
  prepare: (rows) => {
    const columns: Record<string, Float64Array> = { control: noise(1, rows), treated: noise(2, rows) };
    COVARIATES.forEach((name, j) => {
      columns[name] = new Float64Array(rows).map((_, i) => uniform(3 + j, i));
    });
    for (let i = 0; i < rows; i++) columns["treated"]![i]! += columns["x0"]![i]! > 0.6 !== columns["x1"]![i]! > 0.3 ? 0.3 : -0.3;
    const data = frame(columns);
    return {
      columns,
      run: () => {
        const { estimates } = policyTree(data, { covariates: COVARIATES, scores: ["control", "treated"], depth: 2 });
        const [first] = Object.values(estimates);
        return { estimate: first!.estimate, standardError: first!.standardError };
      },
    };
  },
};
export default task;
