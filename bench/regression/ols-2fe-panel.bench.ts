import { ols } from "../../src/regression/index.ts";
import type { BenchTask } from "../harness/task.ts";
import { fixedEffectData } from "./fixed-effect-data.ts";

/** Units by 20 periods. */
const task: BenchTask = {
  name: "ols-2fe-panel",
  call: 'regression.ols(data, { outcome: "y", regressors: ["x1", "x2", "x3"], fixedEffects: ["first", "second"], cluster: "first" })',
  reference: "feols(y ~ x1 + x2 + x3 | first + second, vcov = ~first)",
  rows: [1e5, 1e6],
  fullRows: [1e7],
  prepare: (rows) => {
    const { columns, data } = fixedEffectData(rows, { first: (row) => Math.floor(row / 20), second: (row) => row % 20 });
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
