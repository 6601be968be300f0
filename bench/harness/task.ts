import type { ColumnInput } from "../../src/data/index.ts";

/** Numbers that show two programs did the same work: an estimate and its standard error. */
export type KeyNumbers = Readonly<Record<string, number>>;

/** The data of a task in memory and the call that is timed. */
export interface PreparedTask {
  /** The columns the call reads: what the floor sums and `--write-data` writes. */
  readonly columns: Readonly<Record<string, ColumnInput>>;
  /** The timed call. */
  readonly run: () => KeyNumbers | Promise<KeyNumbers>;
}

/** One benchmark: deterministic data from (task, rows, seed 1) and one documented call. */
export interface BenchTask {
  readonly name: string;
  /** The call as a user writes it, and its R twin where there is one. */
  readonly call: string;
  readonly reference?: string;
  /** Rows of a default run, and those that `--full` adds. */
  readonly rows: readonly number[];
  readonly fullRows?: readonly number[];
  readonly prepare: (rows: number, workers: number) => PreparedTask | Promise<PreparedTask>;
}

/** One line of the benchmark's output. */
export interface Measurement {
  readonly task: string;
  readonly rows: number;
  readonly workers: number;
  readonly secondsMin: number;
  readonly secondsMedian: number;
  readonly peakMemoryMiB: number;
  readonly columnsMiB: number;
  /** One pass that sums the used columns, in the same process. */
  readonly floorSeconds: number;
  readonly ratioToFloor: number;
  readonly keyNumbers: KeyNumbers;
}
