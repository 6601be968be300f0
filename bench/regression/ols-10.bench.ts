import { ols, withCovariance } from "../../src/regression/index.ts";
import type { BenchTask } from "../harness/task.ts";
import { REGRESSORS, tenRegressors } from "./ten-regressors.ts";

/** One fit, two covariances. */
const task: BenchTask = {
  name: "ols-10",
  call: 'const fit = regression.ols(data, { outcome: "y", regressors: ["x0", …, "x9"], cluster: "g" }); regression.withCovariance(fit, { vcov: { type: "hetero", variant: "HC1" } })',
  reference: "fit <- feols(y ~ x0 + … + x9, vcov = ~g); summary(fit, vcov = 'HC1')",
  rows: [1e5, 1e6],
  fullRows: [1e7],
  prepare: (rows) => {
    const { columns, data } = tenRegressors(rows);
    return {
      columns,
      run: () => {
        const clustered = ols(data, { outcome: "y", regressors: REGRESSORS, cluster: "g" });
        const hetero = withCovariance(clustered, { vcov: { type: "hetero", variant: "HC1" } });
        const { estimate, standardError } = clustered.estimates["x9"]!;
        return { estimate, clustered: standardError, hc1: hetero.estimates["x9"]!.standardError };
      },
    };
  },
};
export default task;
