import { frame } from "../../src/data/index.ts";
import { subgroups } from "../../src/heterogeneity/index.ts";
import { noise, uniform } from "../harness/draws.ts";
import type { BenchTask } from "../harness/task.ts";

const GROUPS = 50;
const CLUSTERS = 1000;

const task: BenchTask = {
  name: "subgroups-50",
  call: 'heterogeneity.subgroups(data, { design: { type: "regression", outcome: "y", treatment: "w", covariates: ["x"], cluster: "g" }, by: ["group"] })',
  reference: "feols(y ~ i(group, w) + i(group, x) | group, vcov = ~g), wald()",
  rows: [1e5, 1e6],
  prepare: (rows) => {
    const columns = {
      y: noise(1, rows),
      w: new Float64Array(rows),
      x: noise(2, rows),
      g: new Float64Array(rows),
      group: new Float64Array(rows),
    };
    for (let i = 0; i < rows; i++) {
      columns.group[i] = Math.floor(GROUPS * uniform(3, i));
      columns.g[i] = Math.floor(CLUSTERS * uniform(4, i));
      columns.w[i] = uniform(5, i) < 0.5 ? 1 : 0;
      columns.y[i]! += columns.w[i]! * (0.1 + 0.01 * columns.group[i]!) + 0.5 * columns.x[i]!;
    }
    const data = frame(columns);
    return {
      columns,
      run: () => {
        const design = { type: "regression", outcome: "y", treatment: "w", covariates: ["x"], cluster: "g" } as const;
        const { groups, equality } = subgroups(data, { design, by: ["group"] });
        const last = groups[groups.length - 1]!.estimate;
        return { estimate: last.estimate, standardError: last.standardError, equality: equality[0]!.statistic };
      },
    };
  },
};
export default task;
