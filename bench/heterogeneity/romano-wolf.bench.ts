import { frame } from "../../src/data/index.ts";
import { stepdown } from "../../src/inference/index.ts";
import { ols } from "../../src/regression/ols.ts";
import { wildClusterBootstrap } from "../../src/regression/wild-cluster-bootstrap.ts";
import { noise } from "../harness/draws.ts";
import type { BenchTask } from "../harness/task.ts";

const HYPOTHESES = 20;
const CLUSTERS = 50;
const DRAWS = 9_999;

const task: BenchTask = {
  name: "romano-wolf",
  call: 'for each of 20 outcomes: regression.wildClusterBootstrap(fit, { term: "program", draws: 9999, seed: 1, keepDraws: true }); inference.stepdown(statistics, draws)',
  reference: 'rwolf(models, param = "program", B = 9999) with wild cluster draws',
  rows: [1e4, 1e5],
  prepare: (rows) => {
    const common = noise(100, rows);
    const cluster = Float64Array.from({ length: rows }, (_, i) => (i * 7) % CLUSTERS);
    const program = cluster.map((g) => (g % 3 === 0 ? 1 : 0));
    const columns: Record<string, Float64Array> = { program, cluster };
    for (let h = 0; h < HYPOTHESES; h++) {
      const [own, shock] = [noise(h, rows), noise(200 + h, CLUSTERS)];
      columns[`y${h}`] = own.map((e, i) => e + common[i]! + 0.2 * shock[cluster[i]!]! + (h < 3 ? 0.15 * program[i]! : 0));
    }
    const data = frame(columns);
    return {
      columns,
      run: () => {
        const tests = Array.from({ length: HYPOTHESES }, (_, h) => {
          const fit = ols(data, { outcome: `y${h}`, regressors: ["program"], cluster: "cluster" });
          return wildClusterBootstrap(fit, { term: "program", draws: DRAWS, seed: 1, interval: false, keepDraws: true });
        });
        const draws = Array.from({ length: DRAWS }, (_, b) => tests.map(({ drawnStatistics }) => drawnStatistics![b]!));
        const { romanoWolf } = stepdown(
          tests.map(({ statistic }) => statistic),
          draws,
        );
        return { first: romanoWolf[0]!, largest: Math.max(...romanoWolf), statistic: tests[0]!.statistic };
      },
    };
  },
};
export default task;
