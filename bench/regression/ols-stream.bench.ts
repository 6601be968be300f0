import { frame } from "../../src/data/index.ts";
import { collectOls, finishOls, mergeOls, type OlsMoments } from "../../src/regression/index.ts";
import { uniform } from "../harness/draws.ts";
import type { BenchTask } from "../harness/task.ts";

const CHUNK = 100_000;
const REGRESSORS = ["x0", "x1", "x2", "x3"] as const;
const CLUSTERS = 50;

/** Rows `start` and following of a table that never exists as a whole. */
function chunk(start: number, rows: number): Record<"y" | "g" | (typeof REGRESSORS)[number], Float64Array> {
  const [y, g, x0, x1, x2, x3] = Array.from({ length: 6 }, () => new Float64Array(rows)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const columns = [x0, x1, x2, x3];
  for (let i = 0; i < rows; i++) {
    const row = start + i;
    y[i] = uniform(1, row) - 0.5;
    g[i] = Math.floor(CLUSTERS * uniform(2, row));
    for (let j = 0; j < columns.length; j++) {
      columns[j]![i] = uniform(3 + j, row);
      y[i]! += 0.1 * (j + 1) * columns[j]![i]!;
    }
  }
  return { y, g, x0, x1, x2, x3 };
}

/** Peak memory must not grow with the rows: chunks are made, reduced to moments, and let go. The time includes making them. */
const task: BenchTask = {
  name: "ols-stream",
  call: 'finishOls(chunks.map((chunk) => collectOls(frame(chunk), { outcome: "y", regressors: ["x0", …, "x3"], cluster: "g" })).reduce(mergeOls)), one chunk at a time',
  rows: [1e6, 1e7],
  fullRows: [1e8],
  prepare: (rows) => ({
    columns: chunk(0, Math.min(rows, CHUNK)),
    run: () => {
      let moments: OlsMoments | undefined;
      for (let start = 0; start < rows; start += CHUNK) {
        const part = collectOls(frame(chunk(start, Math.min(CHUNK, rows - start))), { outcome: "y", regressors: REGRESSORS, cluster: "g" });
        moments = moments === undefined ? part : mergeOls(moments, part);
      }
      const { estimate, standardError } = finishOls(moments!).estimates["x3"]!;
      return { estimate, standardError };
    },
  }),
};
export default task;
