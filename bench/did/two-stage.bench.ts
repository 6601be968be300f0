import { twoStage } from "../../src/did/index.ts";
import type { BenchTask } from "../harness/task.ts";
import { rollOut } from "./roll-out.ts";

const task: BenchTask = {
  name: "two-stage",
  call: 'did.twoStage(people, { outcome: "y", firstTreated: "start" })',
  reference: 'did2s(data, "y", ~ 0 | unit + time, ~ i(event, ref = c(-1, Inf)), "treated", "unit")',
  rows: [2e5, 2e6],
  fullRows: [2e7],
  prepare: (rows) => {
    const { columns, people } = rollOut(rows, 20, 10);
    return {
      columns,
      run: () => {
        const { estimates } = twoStage(people, { outcome: "y", firstTreated: "start" });
        const last = estimates[estimates.length - 1]!;
        return { estimates: estimates.length, estimate: last.estimate, standardError: last.standardError };
      },
    };
  },
};
export default task;
