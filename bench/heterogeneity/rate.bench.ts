import { frame } from "../../src/data/index.ts";
import { rankAverageEffect } from "../../src/heterogeneity/index.ts";
import { noise } from "../harness/draws.ts";
import type { BenchTask } from "../harness/task.ts";

const task: BenchTask = {
  name: "rate",
  call: 'heterogeneity.rankAverageEffect(data, { scores: "score", priorities: ["priority"], replicates: 200 })',
  reference: "rank_average_treatment_effect.fit(score, priority, R = 200)",
  rows: [1e4, 1e5, 1e6],
  prepare: (rows) => {
    const columns = { score: noise(1, rows), priority: noise(2, rows) };
    for (let i = 0; i < rows; i++) columns.score[i] = 2 * columns.score[i]! + 0.3 * columns.priority[i]!;
    const data = frame(columns);
    return {
      columns,
      run: () => {
        const { estimates } = rankAverageEffect(data, { scores: "score", priorities: ["priority"], replicates: 200 });
        return { estimate: estimates[0]!.estimate, standardError: estimates[0]!.standardError };
      },
    };
  },
};
export default task;
