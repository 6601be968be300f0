import { frame } from "../../src/data/index.ts";
import { iv } from "../../src/regression/index.ts";
import { noise, uniform } from "../harness/draws.ts";
import type { BenchTask } from "../harness/task.ts";

const PERIODS = 10;

const task: BenchTask = {
  name: "iv-2fe",
  call: 'regression.iv(data, { outcome: "y", endogenous: "x", instruments: ["z1", "z2"], fixedEffects: ["unit", "time"], cluster: "unit" })',
  reference: "feols(y ~ 1 | unit + time | x ~ z1 + z2, cluster = ~unit)",
  rows: [1e5, 1e6],
  prepare: (rows) => {
    const columns = {
      y: noise(1, rows),
      x: noise(2, rows),
      z1: noise(3, rows),
      z2: noise(4, rows),
      unit: new Float64Array(rows),
      time: new Float64Array(rows),
    };
    for (let i = 0; i < rows; i++) {
      const unit = Math.floor(i / PERIODS);
      const time = i % PERIODS;
      const effect = uniform(5, unit) + 0.1 * time;
      columns.unit[i] = unit;
      columns.time[i] = time;
      columns.z1[i]! += effect;
      const confounder = columns.x[i]!;
      columns.x[i] = 0.5 * columns.z1[i]! + 0.3 * columns.z2[i]! + effect + confounder;
      columns.y[i]! += 0.4 * columns.x[i]! + 0.6 * confounder + effect;
    }
    const data = frame(columns);
    return {
      columns,
      run: () => {
        const fit = iv(data, {
          outcome: "y",
          endogenous: "x",
          instruments: ["z1", "z2"],
          fixedEffects: ["unit", "time"],
          cluster: "unit",
        });
        const { estimate, standardError } = fit.estimates["x"]!;
        return { estimate, standardError, effectiveF: fit.weakInstruments.effectiveF?.statistic ?? Number.NaN };
      },
    };
  },
};
export default task;
