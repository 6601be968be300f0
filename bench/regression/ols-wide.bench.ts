import { frame } from "../../src/data/index.ts";
import { ols } from "../../src/regression/index.ts";
import { noise } from "../harness/draws.ts";
import type { BenchTask } from "../harness/task.ts";

const REGRESSORS = Array.from({ length: 100 }, (_, j) => `x${j}`);

const task: BenchTask = {
  name: "ols-wide",
  call: 'regression.ols(data, { outcome: "y", regressors: 100 columns })',
  reference: "feols(y ~ x0 + … + x99)",
  rows: [1e4, 1e5],
  fullRows: [1e6],
  prepare: (rows) => {
    const columns: Record<string, Float64Array> = { y: noise(1, rows) };
    REGRESSORS.forEach((name, j) => {
      const x = noise(2 + j, rows);
      columns[name] = x;
      for (let i = 0; i < rows; i++) columns["y"]![i]! += 0.01 * j * x[i]!;
    });
    const data = frame(columns);
    return {
      columns,
      run: () => {
        const { estimate, standardError } = ols(data, { outcome: "y", regressors: REGRESSORS, keepModel: false }).estimates["x99"]!;
        return { estimate, standardError };
      },
    };
  },
};
export default task;
