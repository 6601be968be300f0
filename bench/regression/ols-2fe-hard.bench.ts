import { ols } from "../../src/regression/index.ts";
import type { BenchTask } from "../harness/task.ts";
import { firmAt, fixedEffectData, workerAt } from "./fixed-effect-data.ts";

/** Workers and firms with few movers between neighbours. */
const task: BenchTask = {
  name: "ols-2fe-hard",
  call: 'regression.ols(data, { outcome: "y", regressors: ["x1", "x2", "x3"], fixedEffects: ["first", "second"], cluster: "first" })',
  reference: "feols(y ~ x1 + x2 + x3 | first + second, vcov = ~first)",
  rows: [1e5, 1e6],
  fullRows: [1e7],
  prepare: (rows) => {
    const { columns, data } = fixedEffectData(rows, { first: workerAt, second: firmAt });
    return {
      columns,
      run: () => {
        const { estimates } = ols(data, {
          outcome: "y",
          regressors: ["x1", "x2", "x3"],
          fixedEffects: ["first", "second"],
          cluster: "first",
          keepModel: false,
        });
        return { estimate: estimates["x1"]!.estimate, standardError: estimates["x1"]!.standardError };
      },
    };
  },
};
export default task;
