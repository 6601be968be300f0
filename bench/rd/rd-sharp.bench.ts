import { frame } from "../../src/data/index.ts";
import { estimate } from "../../src/rd/index.ts";
import { noise, uniform } from "../harness/draws.ts";
import type { BenchTask } from "../harness/task.ts";

const task: BenchTask = {
  name: "rd-sharp",
  call: 'rd.estimate(data, { outcome: "y", running: "x" })',
  reference: "rdrobust(y, x)",
  rows: [1e3, 2e3, 1e4, 1e5, 1e6],
  fullRows: [1e7],
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
        const { estimates, bandwidths } = estimate(data, { outcome: "y", running: "x" });
        return { estimate: estimates.robust.estimate, standardError: estimates.robust.standardError, bandwidth: bandwidths.h[0] };
      },
    };
  },
};
export default task;
