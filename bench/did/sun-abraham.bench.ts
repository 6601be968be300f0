import { sunAbraham } from "../../src/did/index.ts";
import type { BenchTask } from "../harness/task.ts";
import { rollOut } from "./roll-out.ts";

const task: BenchTask = {
  name: "sun-abraham",
  call: 'did.sunAbraham(people, { outcome: "y", firstTreated: "start" })',
  reference: "feols(y ~ sunab(start, time) | unit + time)",
  rows: [2e5, 2e6],
  fullRows: [2e7],
  prepare: (rows) => {
    const { columns, people } = rollOut(rows, 20, 10);
    return {
      columns,
      run: () => {
        const { estimates } = sunAbraham(people, { outcome: "y", firstTreated: "start" });
        const last = estimates[estimates.length - 1]!;
        return { estimates: estimates.length, estimate: last.estimate, standardError: last.standardError };
      },
    };
  },
};
export default task;
