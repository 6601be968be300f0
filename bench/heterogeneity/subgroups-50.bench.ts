import { frame } from "../../src/data/index.ts";
import { subgroups } from "../../src/heterogeneity/index.ts";
import { noise, uniform } from "../harness/draws.ts";
import type { BenchTask } from "../harness/task.ts";

const GROUPS = 50;
const CLUSTERS = 1000;

/** The effect in each of 50 groups, clustered by 1,000 clusters that span groups, and the joint test. */
const task: BenchTask = {
  name: "subgroups-50",
  call: 'subgroups(data, { design: { type: "regression", outcome: "y", treatment: "w", covariates: ["x"], cluster: "site" }, by: ["group"] })',
  reference: "feols(y ~ i(group, w) + i(group, x) | group, cluster = ~site)",
  rows: [1e5, 1e6],
  prepare: (rows) => {
    const column = (make: (i: number) => number): Float64Array => Float64Array.from({ length: rows }, (_, i) => make(i));
    const group = column((i) => Math.floor(GROUPS * uniform(1, i)));
    const site = column((i) => Math.floor(CLUSTERS * uniform(2, i)));
    const w = column((i) => (uniform(3, i) < 0.5 ? 1 : 0));
    const x = noise(4, rows);
    const e = noise(5, rows);
    const y = column((i) => 1 + 0.3 * x[i]! + w[i]! * (0.2 + 0.01 * group[i]!) + e[i]!);
    const columns = { y, w, x, group, site };
    const data = frame(columns);
    return {
      columns,
      run: () => {
        const { groups, equality } = subgroups(data, {
          design: { type: "regression", outcome: "y", treatment: "w", covariates: ["x"], cluster: "site" },
          by: ["group"],
        });
        return { first: groups[0]!.estimate.estimate, standardError: groups[0]!.estimate.standardError, equality: equality[0]!.statistic };
      },
    };
  },
};
export default task;
