import { frame } from "../../src/data/index.ts";
import { honest } from "../../src/rd/index.ts";
import { noise, uniform } from "../harness/draws.ts";
import type { BenchTask } from "../harness/task.ts";

const task: BenchTask = {
  name: "rd-honest",
  call: 'rd.honest(data, { outcome: "y", running: "x", smoothness: 2 })',
  reference: "RDHonest(y ~ x, M = 2)",
  rows: [1e3, 1e4, 1e5, 1e6, 1e7],
  prepare: (rows) => {
    const x = new Float64Array(rows);
    const y = noise(2, rows);
    for (let i = 0; i < rows; i++) {
      x[i] = 2 * uniform(1, i) - 1;
      y[i] = 0.5 + 0.8 * x[i]! - 0.6 * x[i]! * x[i]! + (x[i]! >= 0 ? 0.3 : 0) + 0.5 * y[i]!;
    }
    const data = frame({ x, y });
    return {
      columns: { x, y },
      run: () => {
        const fit = honest(data, { outcome: "y", running: "x", smoothness: 2 });
        const { estimate, standardError } = fit.estimates.honest;
        return { estimate, standardError, bandwidth: fit.bandwidth };
      },
    };
  },
};
export default task;
