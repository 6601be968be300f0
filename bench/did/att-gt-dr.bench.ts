import { attGt } from "../../src/did/index.ts";
import { noise } from "../harness/draws.ts";
import type { BenchTask } from "../harness/task.ts";
import { rollOut } from "./roll-out.ts";

const PERIODS = 20;
const COHORTS = 10;

/** Five covariates that are constant within units; 20 periods, 10 cohorts. */
const task: BenchTask = {
  name: "att-gt-dr",
  call: 'did.attGt(people, { outcome: "y", firstTreated: "start", covariates: ["x0", …, "x4"] })',
  reference: 'att_gt("y", "time", "unit", "start", xformla = ~ x0 + … + x4, bstrap = FALSE, cband = FALSE)',
  rows: [2e5, 2e6],
  fullRows: [2e7],
  prepare: (rows) => {
    const { columns, people } = rollOut(rows, PERIODS, COHORTS);
    const covariates = Object.fromEntries(
      Array.from({ length: 5 }, (_, k) => {
        const byUnit = noise(30 + k, Math.ceil(rows / PERIODS));
        return [`x${k}`, columns.unit.map((unit) => byUnit[unit]!)];
      }),
    );
    const adjusted = people.with(covariates);
    return {
      columns: { ...columns, ...covariates },
      run: () => {
        const { estimates } = attGt(adjusted, {
          outcome: "y",
          firstTreated: "start",
          covariates: Object.keys(covariates),
          uniformBand: false,
        });
        const last = estimates[estimates.length - 1]!;
        return { estimates: estimates.length, estimate: last.estimate, standardError: last.standardError };
      },
    };
  },
};
export default task;
