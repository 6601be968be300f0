import { frame } from "../../src/data/index.ts";
import { estimate } from "../../src/rd/index.ts";
import { noise, uniform } from "../harness/draws.ts";
import type { BenchTask } from "../harness/task.ts";

const OUTCOMES = 64;
const SUBGROUPS = 4;

/** 64 outcomes in 4 subgroups of `rows` rows each: 256 default fits. */
const task: BenchTask = {
  name: "rd-batch-256",
  call: "256 times rd.estimate(subgroup, { outcome, running }): 64 outcomes, 4 subgroups",
  reference: "256 times rdrobust(y, x)",
  rows: [2e3],
  prepare: (rows) => {
    const groups = Array.from({ length: SUBGROUPS }, (_, g) => {
      const x = new Float64Array(rows);
      for (let i = 0; i < rows; i++) x[i] = 2 * uniform(100 + g, i) - 1;
      const outcomes = Array.from({ length: OUTCOMES }, (_o, o) => {
        const y = noise(1000 * g + o, rows);
        for (let i = 0; i < rows; i++) y[i] = 0.5 + 0.8 * x[i]! - 0.6 * x[i]! * x[i]! + (x[i]! >= 0 ? 0.3 : 0) + 0.5 * y[i]!;
        return [`y${o}`, y] as const;
      });
      return { x, data: frame({ x, ...Object.fromEntries(outcomes) }) };
    });
    return {
      columns: { x: groups[0]!.x },
      run: () => {
        let sum = 0;
        for (const { data } of groups) {
          for (let o = 0; o < OUTCOMES; o++)
            sum += estimate(data as never, { outcome: `y${o}`, running: "x" } as never).estimates.robust.estimate;
        }
        return { meanEstimate: sum / (OUTCOMES * SUBGROUPS) };
      },
    };
  },
};
export default task;
