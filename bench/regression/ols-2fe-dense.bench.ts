import { ols } from "../../src/regression/index.ts";
import { uniform } from "../harness/draws.ts";
import type { BenchTask } from "../harness/task.ts";
import { fixedEffectData } from "./fixed-effect-data.ts";

/** Both groupings at random: a well connected graph. */
const task: BenchTask = {
  name: "ols-2fe-dense",
  call: 'regression.ols(data, { outcome: "y", regressors: ["x1", "x2", "x3"], fixedEffects: ["first", "second"], cluster: "first" })',
  reference: "feols(y ~ x1 + x2 + x3 | first + second, vcov = ~first)",
  rows: [1e5, 1e6],
  fullRows: [1e7],
  prepare: (rows) => {
    const { columns, data } = fixedEffectData(rows, {
      first: (row) => Math.floor((rows / 20) * uniform(1, row)),
      second: (row) => Math.floor((rows / 1000) * uniform(2, row)),
    });
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
