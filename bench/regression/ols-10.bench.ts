import { frame } from "../../src/data/index.ts";
import { ols } from "../../src/regression/index.ts";
import { noise, uniform } from "../harness/draws.ts";
import type { BenchTask } from "../harness/task.ts";

const REGRESSORS = Array.from({ length: 10 }, (_, j) => `x${j}`);
const CLUSTERS = 1000;

const task: BenchTask = {
  name: "ols-10",
  call: 'regression.ols(data, { outcome: "y", regressors: ["x0", …, "x9"], cluster: "g" }) and the same with HC1',
  reference: "feols(y ~ x0 + … + x9, vcov = ~g); feols(…, vcov = 'HC1')",
  rows: [1e5, 1e6],
  fullRows: [1e7],
  prepare: (rows) => {
    const columns: Record<string, Float64Array> = { y: noise(1, rows), g: new Float64Array(rows) };
    REGRESSORS.forEach((name, j) => {
      columns[name] = noise(2 + j, rows);
    });
    for (let i = 0; i < rows; i++) {
      columns["g"]![i] = Math.floor(CLUSTERS * uniform(99, i));
      for (let j = 0; j < REGRESSORS.length; j++) columns["y"]![i]! += 0.1 * (j + 1) * columns[`x${j}`]![i]!;
    }
    const data = frame(columns);
    return {
      columns,
      run: () => {
        const clustered = ols(data, { outcome: "y", regressors: REGRESSORS, cluster: "g", keepModel: false });
        const hetero = ols(data, { outcome: "y", regressors: REGRESSORS, vcov: { type: "hetero", variant: "HC1" }, keepModel: false });
        const { estimate, standardError } = clustered.estimates["x9"]!;
        return { estimate, clustered: standardError, hc1: hetero.estimates["x9"]!.standardError };
      },
    };
  },
};
export default task;
