import { frame, panel } from "../../src/data/index.ts";
import type { BenchTask } from "../harness/task.ts";

const PERIODS = 20;

/** Units in a scrambled order (a multiplicative permutation), so that the panel has to sort. */
const task: BenchTask = {
  name: "panel-sort",
  call: 'panel(frame({ unit, time, outcome }), { unit: "unit", time: "time" }) on rows out of order',
  rows: [1e4, 1e5, 1e6],
  fullRows: [1e7],
  prepare: (rows) => {
    const [unit, time, outcome] = [new Float64Array(rows), new Float64Array(rows), new Float64Array(rows)];
    for (let i = 0; i < rows; i++) {
      const row = (i * 7919) % rows;
      unit[i] = Math.floor(row / PERIODS);
      time[i] = row % PERIODS;
      outcome[i] = row;
    }
    const data = frame({ unit, time, outcome });
    return {
      columns: { unit, time, outcome },
      run: () => {
        const sorted = panel(data, { unit: "unit", time: "time" });
        return { units: sorted.unitCount, lastOutcome: sorted.numbers("outcome")[rows - 1]! };
      },
    };
  },
};
export default task;
