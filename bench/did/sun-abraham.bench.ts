import { sunAbraham } from "../../src/did/index.ts";
import type { BenchTask } from "../harness/task.ts";
import { rollOut } from "./roll-out.ts";

const task: BenchTask = {
  name: "sun-abraham",
  call: 'did.sunAbraham(people, { outcome: "y", firstTreated: "start" })',
  reference: "feols(y ~ sunab(start, time) | unit + time)",
  rows: [1e5, 1e6],
  prepare: (rows) => {
    const { columns, people } = rollOut(rows, 20, 4);
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
