import { frame } from "../../src/data/index.ts";
import { batch } from "../../src/rd/index.ts";
import { noise, uniform } from "../harness/draws.ts";
import type { BenchTask } from "../harness/task.ts";

const OUTCOMES = 64;
const SUBGROUPS = 4;

/** 64 outcomes in 4 subgroups of `rows` rows each: 256 default fits. */
const task: BenchTask = {
  name: "rd-batch-256",
  call: 'rd.batch(data, { outcomes, running: "x", subgroups: "g" }): 64 outcomes, 4 subgroups',
  reference: "256 times rdrobust(y, x)",
  rows: [2e3],
  prepare: (rows) => {
    const [x, g] = [new Float64Array(SUBGROUPS * rows), new Float64Array(SUBGROUPS * rows)];
    const names = Array.from({ length: OUTCOMES }, (_, o) => `y${o}`);
    const outcomes = names.map(() => new Float64Array(SUBGROUPS * rows));
    for (let s = 0; s < SUBGROUPS; s++) {
      const start = s * rows;
      for (let i = 0; i < rows; i++) {
        x[start + i] = 2 * uniform(100 + s, i) - 1;
        g[start + i] = s;
      }
      outcomes.forEach((y, o) => {
        const e = noise(1000 * s + o, rows);
        for (let i = 0; i < rows; i++) {
          const at = x[start + i]!;
          y[start + i] = 0.5 + 0.8 * at - 0.6 * at * at + (at >= 0 ? 0.3 : 0) + 0.5 * e[i]!;
        }
      });
    }
    const data = frame({ x, g, ...Object.fromEntries(names.map((name, o) => [name, outcomes[o]!])) });
    return {
      columns: { x, y0: outcomes[0]! },
      run: () => {
        const { estimates } = batch(data as never, { outcomes: names, running: "x", subgroups: "g" } as never);
        return { meanEstimate: estimates.reduce((sum, { estimate }) => sum + estimate, 0) / estimates.length };
      },
    };
  },
};
export default task;
