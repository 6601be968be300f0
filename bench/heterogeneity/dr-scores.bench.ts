import { frame } from "../../src/data/index.ts";
import { averageEffect, effectScores } from "../../src/heterogeneity/index.ts";
import { noise, uniform } from "../harness/draws.ts";
import type { BenchTask } from "../harness/task.ts";

const NUISANCES = { outcome: "y", treatment: "w", outcomePrediction: "m", treatmentPrediction: "e", effect: "tau" } as const;

const task: BenchTask = {
  name: "dr-scores",
  call: "heterogeneity.effectScores(data, nuisances); heterogeneity.averageEffect(data, nuisances)",
  reference: "get_scores(forest); average_treatment_effect(forest)",
  rows: [1e5, 1e6],
  prepare: (rows) => {
    const columns = {
      y: noise(1, rows),
      w: new Float64Array(rows),
      m: noise(2, rows),
      e: new Float64Array(rows),
      tau: noise(3, rows),
    };
    for (let i = 0; i < rows; i++) {
      columns.e[i] = 0.2 + 0.6 * uniform(4, i);
      columns.w[i] = uniform(5, i) < columns.e[i]! ? 1 : 0;
      columns.tau[i] = 0.3 + 0.2 * columns.tau[i]!;
      columns.y[i]! += columns.m[i]! + (columns.w[i]! - columns.e[i]!) * columns.tau[i]!;
    }
    const data = frame(columns);
    return {
      columns,
      run: () => {
        const scores = effectScores(data, NUISANCES);
        const { estimates } = averageEffect(data, NUISANCES);
        const [first] = Object.values(estimates);
        return { estimate: first!.estimate, standardError: first!.standardError, firstScore: scores[0]! };
      },
    };
  },
};
export default task;
