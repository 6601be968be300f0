import { frame } from "../../src/data/index.ts";
import { estimate } from "../../src/rd/index.ts";
import { noise, uniform } from "../harness/draws.ts";
import type { BenchTask } from "../harness/task.ts";

const MONTHS = 120;
const ROWS_A_PERSON = 40;

/** The age of a child in months, 120 values, people observed for 40 months in a row. */
const task: BenchTask = {
  name: "rd-discrete-months",
  call: 'rd.estimate(data, { outcome: "y", running: "age", cutoff: 60, cluster: "person" })',
  reference: "rdrobust(y, age, c = 60, cluster = person)",
  rows: [1e3, 1e4, 1e5, 1e6],
  fullRows: [1e7],
  prepare: (rows) => {
    const [age, person] = [new Float64Array(rows), new Float64Array(rows)];
    const y = noise(2, rows);
    for (let i = 0; i < rows; i++) {
      person[i] = Math.floor(i / ROWS_A_PERSON);
      const start = Math.floor(uniform(1, person[i]!) * (MONTHS - ROWS_A_PERSON + 1));
      age[i] = start + (i % ROWS_A_PERSON);
      y[i] = 0.3 + 0.001 * age[i]! + (age[i]! >= 60 ? 0.035 : 0) + 0.4 * y[i]! + 0.2 * (uniform(3, person[i]!) - 0.5);
    }
    const data = frame({ age, y, person });
    return {
      columns: { age, y, person },
      run: () => {
        const { estimates } = estimate(data, { outcome: "y", running: "age", cutoff: 60, cluster: "person" });
        return { estimate: estimates.robust.estimate, standardError: estimates.robust.standardError };
      },
    };
  },
};
export default task;
