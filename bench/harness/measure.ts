import { Bench } from "tinybench";
import { encodeColumn } from "../../src/data/encode.ts";
import type { ColumnInput } from "../../src/data/index.ts";
import type { BenchTask, KeyNumbers, Measurement } from "./task.ts";

const MIB = 1024 * 1024;

/** Runs one task at one size in this process: a warm-up, then at least the repeats (short calls are repeated for 0.3 s). */
export async function measure(task: BenchTask, rows: number, repeats: number, workers: number): Promise<Measurement> {
  const { columns, run } = await task.prepare(rows, workers);
  let keyNumbers: KeyNumbers = {};
  const seconds = await time(async () => {
    keyNumbers = await run();
  }, repeats);
  const arrays = Object.entries(columns).map(([name, column]) => typedArray(name, column));
  let sum = 0;
  const floor = await time(() => {
    for (const array of arrays) sum += total(array);
  }, repeats);
  if (Number.isNaN(sum)) keyNumbers = { ...keyNumbers, floorSawMissing: 1 };
  return {
    task: task.name,
    rows,
    workers,
    secondsMin: seconds.min,
    secondsMedian: seconds.median,
    peakMemoryMiB: process.resourceUsage().maxRSS / 1024,
    columnsMiB: arrays.reduce((bytes, array) => bytes + array.byteLength, 0) / MIB,
    floorSeconds: floor.min,
    ratioToFloor: seconds.min / floor.min,
    keyNumbers,
  };
}

/** Minimum and median seconds. */
export async function time(work: () => void | Promise<void>, repeats: number): Promise<{ min: number; median: number }> {
  const bench = new Bench({ iterations: repeats, time: 300, warmupIterations: 1, warmupTime: 100, retainSamples: true, throws: true });
  bench.add("work", work);
  const [task] = await bench.run();
  const result = task?.result;
  if (result === undefined || !("latency" in result)) throw new Error("Cannot time the task as it gave no result");
  return { min: result.latency.min / 1000, median: result.latency.p50 / 1000 };
}

function typedArray(name: string, column: ColumnInput): Float64Array | Int32Array {
  const encoded = encodeColumn(name, column);
  return encoded.type === "category" ? encoded.codes : encoded.values;
}

/** Four accumulators reach the memory's bandwidth; one does not. */
export function total(values: Float64Array | Int32Array): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  const end = values.length - (values.length % 4);
  for (let i = 0; i < end; i += 4) {
    a += values[i]!;
    b += values[i + 1]!;
    c += values[i + 2]!;
    d += values[i + 3]!;
  }
  for (let i = end; i < values.length; i++) a += values[i]!;
  return a + b + c + d;
}
