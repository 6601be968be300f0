import { DataError } from "../../src/core/index.ts";
import type { Task, WorkBlock } from "../../src/parallel/index.ts";
import { substream } from "../../src/random/index.ts";

interface Shared {
  readonly values: Float64Array;
  readonly seed: number;
}

/** Means of bootstrap resamples, one substream per replicate. */
export const resampleMeans: Task<Shared, WorkBlock, Float64Array> = {
  name: "test.resampleMeans",
  run: ({ values, seed }, { start, end }) => {
    const means = new Float64Array(end - start);
    for (let r = start; r < end; r++) {
      const stream = substream(seed, r);
      let sum = 0;
      for (let i = 0; i < values.length; i++) sum += values[stream.integer(values.length)]!;
      means[r - start] = sum / values.length;
    }
    return means;
  },
};

export type Trouble = "data" | "range" | "string" | "uncloneable" | "none" | "exit" | "spin";

/** Goes wrong on one block as asked. */
export const troubled: Task<{ readonly trouble: Trouble; readonly at: number }, number, number> = {
  name: "test.troubled",
  run: ({ trouble, at }, block) => {
    if (block !== at) return block;
    if (trouble === "data") throw new DataError("BAD_ROWS", "Cannot go on as row 3 must be finite: it is not", { rows: [3] });
    if (trouble === "uncloneable") throw new DataError("BAD_FUNCTION", "Cannot go on", { f: () => 1 });
    if (trouble === "range") throw new RangeError("out of range");
    if (trouble === "string") throw "just words";
    if (trouble === "exit") (globalThis as unknown as { process: { exit(code: number): void } }).process.exit(3);
    if (trouble === "spin") for (let x = 1; x > 0; x = x * 1.0000001 + 1e-9) if (x > 1e300) x = 1;
    return block;
  },
};
