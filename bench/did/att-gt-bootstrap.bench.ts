import { aggregate, attGt } from "../../src/did/index.ts";
import type { BenchTask } from "../harness/task.ts";
import { rollOut } from "./roll-out.ts";

const task: BenchTask = {
  name: "att-gt-bootstrap",
  call: 'did.aggregate(did.attGt(people, { outcome: "y", firstTreated: "start", inference: { type: "analytic", draws: 100000 } }), { type: "dynamic" })',
  reference: 'aggte(att_gt("y", "time", "unit", "start", biters = 100000), "dynamic")',
  rows: [2e5, 2e6],
  fullRows: [2e7],
  prepare: (rows) => {
    const { columns, people } = rollOut(rows, 20, 10);
    return {
      columns,
      run: () => {
        const effects = attGt(people, { outcome: "y", firstTreated: "start", inference: { type: "analytic", draws: 100_000 } });
        const { criticalValue = Number.NaN, overall } = aggregate(effects, { type: "dynamic" });
        return { estimate: overall.estimate, standardError: overall.standardError, criticalValue };
      },
    };
  },
};
export default task;
