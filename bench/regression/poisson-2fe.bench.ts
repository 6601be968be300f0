import { poisson } from "../../src/regression/index.ts";
import { uniform } from "../harness/draws.ts";
import type { BenchTask } from "../harness/task.ts";
import { fixedEffectData } from "./fixed-effect-data.ts";

/** Counts by thresholds of one uniform on a rate that depends on both groupings. */
const task: BenchTask = {
  name: "poisson-2fe",
  call: 'regression.poisson(data, { outcome: "y", regressors: ["x1", "x2", "x3"], fixedEffects: ["first", "second"], cluster: "first" })',
  reference: "fepois(y ~ x1 + x2 + x3 | first + second, vcov = ~first)",
  rows: [1e5, 1e6],
  prepare: (rows) => {
    const { columns, data } = fixedEffectData(rows, { first: (row) => Math.floor(row / 20), second: (row) => row % 20 });
    const y = columns["y"]!.map((value, i) => Math.floor(uniform(21, i) * (2 + Math.max(0, value))));
    const counts = data.with({ y });
    return {
      columns: { ...columns, y },
      run: () => {
        const { estimates } = poisson(counts, {
          outcome: "y",
          regressors: ["x1", "x2", "x3"],
          fixedEffects: ["first", "second"],
          cluster: "first",
        });
        return { estimate: estimates["x1"]!.estimate, standardError: estimates["x1"]!.standardError };
      },
    };
  },
};
export default task;
