import { imputation } from "../../src/did/index.ts";
import type { BenchTask } from "../harness/task.ts";
import { rollOut } from "./roll-out.ts";

const task: BenchTask = {
  name: "imputation",
  call: 'did.imputation(people, { outcome: "y", firstTreated: "start", horizons: "all" })',
  reference: 'did_imputation(data, "y", "start", "time", "unit", horizon = TRUE)',
  rows: [2e5, 2e6],
  fullRows: [2e7],
  prepare: (rows) => {
    const { columns, people } = rollOut(rows, 20, 10);
    return {
      columns,
      run: () => {
        const { estimates } = imputation(people, { outcome: "y", firstTreated: "start", horizons: "all" });
        const last = estimates[estimates.length - 1]!;
        return { estimates: estimates.length, estimate: last.estimate, standardError: last.standardError };
      },
    };
  },
};
export default task;
