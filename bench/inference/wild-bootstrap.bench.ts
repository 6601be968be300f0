import { frame } from "../../src/data/index.ts";
import { ols } from "../../src/regression/ols.ts";
import { wildClusterBootstrap } from "../../src/regression/wild-cluster-bootstrap.ts";
import { noise } from "../harness/draws.ts";
import type { BenchTask } from "../harness/task.ts";

const CLUSTERS = 50;

const task: BenchTask = {
  name: "wild-bootstrap",
  call: 'inference.wildClusterBootstrap(fit, { term: "program", draws: 99999 })',
  reference: 'boottest(lm(y ~ program + x1 + x2), "program", clustid = "cluster", B = 99999)',
  rows: [1e4, 1e5, 1e6],
  prepare: (rows) => {
    const [e, x1, x2, shock] = [noise(1, rows), noise(2, rows), noise(3, rows), noise(4, CLUSTERS)];
    const cluster = Float64Array.from({ length: rows }, (_, i) => (i * 7) % CLUSTERS);
    const program = cluster.map((g) => (g % 5 === 0 ? 1 : 0));
    const y = e.map((value, i) => value + 0.2 * program[i]! + 0.5 * x1[i]! - 0.3 * x2[i]! + 0.3 * shock[cluster[i]!]!);
    const data = frame({ y, program, x1, x2, cluster });
    const fit = ols(data, { outcome: "y", regressors: ["program", "x1", "x2"], cluster: "cluster" });
    return {
      columns: { y, program, x1, x2, cluster },
      run: () => {
        const test = wildClusterBootstrap(fit, { term: "program", draws: 99_999 });
        const [lower, upper] = test.estimates["program"]!.confidenceInterval;
        return { statistic: test.statistic, pValue: test.pValue, lower, upper };
      },
    };
  },
};
export default task;
