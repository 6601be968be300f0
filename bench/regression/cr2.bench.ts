import { frame } from "../../src/data/index.ts";
import { ols } from "../../src/regression/index.ts";
import { noise } from "../harness/draws.ts";
import type { BenchTask } from "../harness/task.ts";

const CLUSTERS = 50;

const task: BenchTask = {
  name: "cr2",
  call: 'regression.ols(data, { outcome: "y", regressors: ["x1", "x2", "x3"], vcov: { type: "cluster", by: "g", variant: "CR2" }, smallSample: { degreesOfFreedom: "satterthwaite" } })',
  reference: "coef_test(lm(y ~ x1 + x2 + x3), vcov = 'CR2', cluster = g)",
  rows: [2e4, 2e5, 2e6],
  prepare: (rows) => {
    const columns = { y: noise(1, rows), x1: noise(2, rows), x2: noise(3, rows), x3: noise(4, rows), g: new Float64Array(rows) };
    for (let i = 0; i < rows; i++) {
      columns.g[i] = i % CLUSTERS;
      columns.y[i]! += columns.x1[i]! + 0.02 * columns.g[i]!;
    }
    const data = frame(columns);
    return {
      columns,
      run: () => {
        const fit = ols(data, {
          outcome: "y",
          regressors: ["x1", "x2", "x3"],
          vcov: { type: "cluster", by: "g", variant: "CR2" },
          smallSample: { degreesOfFreedom: "satterthwaite" },
        });
        const { estimate, standardError, degreesOfFreedom } = fit.estimates["x1"]!;
        return { estimate, standardError, degreesOfFreedom };
      },
    };
  },
};
export default task;
