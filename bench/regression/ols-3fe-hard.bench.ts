import { ols } from "../../src/regression/index.ts";
import type { BenchTask } from "../harness/task.ts";
import { firmAt, fixedEffectData, workerAt } from "./fixed-effect-data.ts";

/** Workers, firms, and years by region: a third grouping nested in the badly connected first two. */
const task: BenchTask = {
  name: "ols-3fe-hard",
  call: 'regression.ols(data, { outcome: "y", regressors: ["x1", "x2", "x3"], fixedEffects: ["first", "second", "third"], cluster: "first" })',
  reference: "feols(y ~ x1 + x2 + x3 | first + second + third, vcov = ~first)",
  rows: [1e5, 1e6],
  fullRows: [1e7],
  prepare: (rows) => {
    const { columns, data } = fixedEffectData(rows, {
      first: workerAt,
      second: firmAt,
      third: (row) => (row % 10) + 10 * (firmAt(row) % 7),
    });
    return {
      columns,
      run: () => {
        const { estimates } = ols(data, {
          outcome: "y",
          regressors: ["x1", "x2", "x3"],
          fixedEffects: ["first", "second", "third"],
          cluster: "first",
          keepModel: false,
        });
        return { estimate: estimates["x1"]!.estimate, standardError: estimates["x1"]!.standardError };
      },
    };
  },
};
export default task;
