import { frame } from "../../src/data/index.ts";
import { policyTree } from "../../src/heterogeneity/index.ts";
import { noise, uniform } from "../harness/draws.ts";
import type { BenchTask } from "../harness/task.ts";

const COVARIATES = ["x0", "x1", "x2", "x3", "x4"];

/** Exact depth-two tree over five continuous covariates and two actions. */
const task: BenchTask = {
  name: "policy-tree-d2",
  call: 'policyTree(data, { covariates: ["x0" ... "x4"], scores: ["none", "job"], depth: 2 })',
  reference: "policy_tree(X, Gamma, depth = 2)",
  rows: [1e4, 1e5],
  fullRows: [1e6],
  prepare: (rows) => {
    const X = COVARIATES.map((_, j) => Float64Array.from({ length: rows }, (_row, i) => uniform(10 + j, i)));
    const gain = noise(2, rows);
    const job = Float64Array.from({ length: rows }, (_, i) => gain[i]! + (X[0]![i]! > 0.5 && X[1]![i]! > 0.3 ? 0.5 : -0.3));
    const columns = { ...Object.fromEntries(COVARIATES.map((name, j) => [name, X[j]!])), none: noise(1, rows), job };
    const data = frame(columns);
    return {
      columns,
      run: () => {
        const tree = policyTree(data as never, { covariates: COVARIATES, scores: ["none", "job"], depth: 2 } as never);
        return { totalReward: tree.totalReward, leaves: tree.nodes.filter((node) => node.leaf).length };
      },
    };
  },
};
export default task;
