import { ols } from "../../src/regression/index.ts";
import type { BenchTask } from "../harness/task.ts";
import { REGRESSORS, tenRegressors } from "./ten-regressors.ts";

/** As `ols-10`, estimated anew for each covariance. */
const task: BenchTask = {
  name: "ols-10-refit",
  call: 'regression.ols(data, { outcome: "y", regressors: ["x0", …, "x9"], cluster: "g", keepModel: false }) and the same with HC1',
  reference: "feols(y ~ x0 + … + x9, vcov = ~g); feols(…, vcov = 'HC1')",
  rows: [1e5, 1e6],
  fullRows: [1e7],
  prepare: (rows) => {
    const { columns, data } = tenRegressors(rows);
    return {
      columns,
      run: () => {
        const clustered = ols(data, { outcome: "y", regressors: REGRESSORS, cluster: "g", keepModel: false });
        const hetero = ols(data, { outcome: "y", regressors: REGRESSORS, vcov: { type: "hetero", variant: "HC1" }, keepModel: false });
        const { estimate, standardError } = clustered.estimates["x9"]!;
        return { estimate, clustered: standardError, hc1: hetero.estimates["x9"]!.standardError };
      },
    };
  },
};
export default task;
