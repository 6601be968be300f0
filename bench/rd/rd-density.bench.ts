import { frame } from "../../src/data/index.ts";
import { densityTest } from "../../src/rd/index.ts";
import { noise } from "../harness/draws.ts";
import type { BenchTask } from "../harness/task.ts";

const task: BenchTask = {
  name: "rd-density",
  call: 'rd.densityTest(data, { running: "x" })',
  reference: "rddensity(x)",
  rows: [1e3, 1e4, 1e5, 1e6],
  fullRows: [1e7],
  prepare: (rows) => {
    const x = noise(1, rows);
    const data = frame({ x });
    return {
      columns: { x },
      run: () => {
        const { estimates, bandwidths } = densityTest(data, { running: "x" });
        return { difference: estimates.difference.estimate, standardError: estimates.difference.standardError, bandwidth: bandwidths.h[0] };
      },
    };
  },
};
export default task;
