import { attGt } from "../../src/did/index.ts";
import type { BenchTask } from "../harness/task.ts";
import { rollOut } from "./roll-out.ts";

/** Rows are unit-periods: 20 periods a unit, 10 cohorts and a never-treated group. */
const task: BenchTask = {
  name: "att-gt",
  call: 'did.attGt(people, { outcome: "y", firstTreated: "start" })',
  reference: 'att_gt("y", "time", "unit", "start", bstrap = FALSE, cband = FALSE)',
  rows: [2e5, 2e6],
  fullRows: [2e7],
  prepare: (rows) => {
    const { columns, people } = rollOut(rows, 20, 10);
    return {
      columns,
      run: () => {
        const result = attGt(people, { outcome: "y", firstTreated: "start", uniformBand: false });
        const last = result.estimates[result.estimates.length - 1]!;
        return { estimates: result.estimates.length, estimate: last.estimate, standardError: last.standardError };
      },
    };
  },
};
export default task;
