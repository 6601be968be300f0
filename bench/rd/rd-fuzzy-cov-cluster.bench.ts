import { frame } from "../../src/data/index.ts";
import { estimate } from "../../src/rd/index.ts";
import { noise, uniform } from "../harness/draws.ts";
import type { BenchTask } from "../harness/task.ts";

/** Two of three take the treatment right of the cutoff, one of ten left of it; clusters of twenty rows. */
const task: BenchTask = {
  name: "rd-fuzzy-cov-cluster",
  call: 'rd.estimate(data, { outcome: "y", running: "x", treatment: "d", covariates: ["z1", "z2"], cluster: "g" })',
  reference: "rdrobust(y, x, fuzzy = d, covs = cbind(z1, z2), cluster = g)",
  rows: [1e3, 1e4, 1e5, 1e6, 1e7],
  prepare: (rows) => {
    const [x, d, g] = [new Float64Array(rows), new Float64Array(rows), new Float64Array(rows)];
    const [y, z1, z2] = [noise(2, rows), noise(3, rows), noise(4, rows)];
    for (let i = 0; i < rows; i++) {
      x[i] = 2 * uniform(1, i) - 1;
      g[i] = Math.floor(uniform(5, i) * Math.ceil(rows / 20));
      d[i] = uniform(6, i) < (x[i]! >= 0 ? 2 / 3 : 0.1) ? 1 : 0;
      y[i] = 0.5 + 0.8 * x[i]! - 0.6 * x[i]! * x[i]! + 0.3 * d[i]! + 0.2 * z1[i]! + 0.5 * y[i]! + 0.3 * (uniform(7, g[i]!) - 0.5);
    }
    const data = frame({ y, x, d, z1, z2, g });
    return {
      columns: { y, x, d, z1, z2, g },
      run: () => {
        const options = { outcome: "y", running: "x", treatment: "d", covariates: ["z1", "z2"], cluster: "g" } as const;
        const { robust } = estimate(data, options).estimates;
        return { estimate: robust.estimate, standardError: robust.standardError };
      },
    };
  },
};
export default task;
