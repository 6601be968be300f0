import { finishResult } from "../core/display.ts";
import { OptionError, WhatworksError } from "../core/errors.ts";
import { checkChoice, checkLevel, checkNumber, resolveOptions } from "../core/options.ts";
import type { Estimate, Result, Warning } from "../core/result.ts";
import type { AnyColumn, Frame } from "../data/index.ts";
import { columnList, columnsByRole, type Groups, groupsRole } from "../data/roles.ts";
import { type ParallelOptions, runBlocks, type Task, type WorkBlock, workBlocks } from "../parallel/index.ts";
import { substream } from "../random/index.ts";
import { bootstrapInterval } from "./bootstrap-interval.ts";
import { normalEstimate } from "./estimate.ts";

/** Options of {@link pairsBootstrap}. */
export interface PairsBootstrapOptions<Row> {
  /** Column whose levels are drawn as a whole. Default: rows. */
  readonly cluster?: AnyColumn<Row>;
  /** Column within whose levels as many rows (clusters) are drawn as there are. */
  readonly strata?: AnyColumn<Row>;
  /** Name of a numeric column to add to each sample that numbers the drawn clusters: a cluster drawn twice is two. */
  readonly drawnCluster?: string;
  /** Default 999. */
  readonly draws?: number;
  /** Default 1. */
  readonly seed?: number;
  /** Default 0.95. */
  readonly level?: number;
  /** Kind of interval: `"percentile"` (default), `"basic"` (reflected), `"normal"`, or `"bca"` (bias-corrected and accelerated; leaves out each cluster once). */
  readonly interval?: "percentile" | "basic" | "normal" | "bca";
}

/** {@link PairsBootstrapOptions} as resolved. */
export interface PairsBootstrapSettings {
  readonly cluster?: string;
  readonly strata?: string;
  readonly drawnCluster?: string;
  readonly draws: number;
  readonly seed: number;
  readonly level: number;
  readonly interval: "percentile" | "basic" | "normal" | "bca";
}

/** Result of {@link pairsBootstrap}. */
export interface PairsBootstrapResult extends Result<"inference.pairsBootstrap", PairsBootstrapSettings> {
  /** Statistics by name: standard error from the draws, p-value from the normal distribution, interval as chosen. */
  readonly estimates: Readonly<Record<string, Estimate>>;
  /** Covariance over draws. */
  readonly vcov: readonly (readonly number[])[];
  /** Draws that gave all statistics, one row a draw: names in the order of `estimates`. */
  readonly draws: readonly Float64Array[];
}

/** What is bootstrapped: named numbers of a sample. */
export type SampleStatistic<Row> = (sample: Frame<Row>) => Readonly<Record<string, number>>;

const CALLER = "inference.pairsBootstrap";

/**
 * Bootstrap of any statistic by drawing rows, or whole clusters, with replacement. Draw b uses substream b of the seed. Draws in which
 * the statistic throws one of the library's errors or gives a missing value are left out with a warning.
 *
 * @param statistic - Named numbers of a sample; called once a draw.
 * @throws ColumnError, OptionError `UNKNOWN_OPTION`, `INVALID_OPTION`; what `statistic` throws on the data themselves.
 * @see Efron & Tibshirani (1993), An Introduction to the Bootstrap; Cameron & Miller (2015), doi:10.3368/jhr.50.2.317
 * @example
 * pairsBootstrap(people, (sample) => ({ gap: gapOf(sample) }), { cluster: "municipality" }).estimates.gap;
 */
export function pairsBootstrap<Row>(
  data: Frame<Row>,
  statistic: SampleStatistic<Row>,
  options: PairsBootstrapOptions<Row> = {},
): PairsBootstrapResult {
  const prepared = prepare(data, statistic, options);
  return finish(prepared, prepared.task.run(undefined, { start: 0, end: prepared.settings.draws }));
}

/** {@link pairsBootstrap} in turns, with progress and a signal to stop; functions cannot be sent to workers. @throws as there, and the signal's reason. */
export async function pairsBootstrapAsync<Row>(
  data: Frame<Row>,
  statistic: SampleStatistic<Row>,
  options: PairsBootstrapOptions<Row> = {},
  parallel: Pick<ParallelOptions, "signal" | "onProgress"> = {},
): Promise<PairsBootstrapResult> {
  const prepared = prepare(data, statistic, options);
  const blocks = workBlocks(prepared.settings.draws, 1);
  const outputs = await runBlocks({ ...parallel, workers: 1, task: prepared.task, shared: undefined, blocks });
  return finish(prepared, { draws: outputs.flatMap(({ draws }) => draws), failed: outputs.reduce((sum, { failed }) => sum + failed, 0) });
}

interface Drawn {
  readonly draws: readonly Float64Array[];
  readonly failed: number;
}

interface Prepared {
  readonly names: readonly string[];
  readonly values: Float64Array;
  readonly task: Task<undefined, WorkBlock, Drawn>;
  /** Statistics without each cluster (row), for the acceleration. */
  readonly leaveOneOut: () => readonly Float64Array[];
  readonly settings: PairsBootstrapSettings;
  readonly units: number;
  readonly clustered: boolean;
  readonly sample: Result["sample"];
}

function prepare<Row>(data: Frame<Row>, statistic: SampleStatistic<Row>, options: PairsBootstrapOptions<Row>): Prepared {
  if (typeof statistic !== "function") {
    throw new OptionError(
      "WRONG_ARGUMENT",
      `Cannot run ${CALLER} as it needs a function from a frame to numbers as its second argument: ${typeof statistic} was given`,
      { caller: CALLER },
    );
  }
  const settings = resolveOptions<PairsBootstrapSettings>(CALLER, options, {
    required: [],
    defaults: {
      cluster: undefined,
      strata: undefined,
      drawnCluster: undefined,
      draws: 999,
      seed: 1,
      level: 0.95,
      interval: "percentile",
    },
  });
  checkNumber(CALLER, "draws", settings.draws, { min: 2, integer: true });
  checkNumber(CALLER, "seed", settings.seed, { integer: true });
  checkLevel(CALLER, settings.level);
  checkChoice(CALLER, "interval", settings.interval, ["percentile", "basic", "normal", "bca"]);
  const roles = { cluster: groupsRole(columnList(settings.cluster)), strata: groupsRole(columnList(settings.strata)) };
  const { columns, rows, sample } = columnsByRole(CALLER, data, roles);
  const used = rows === undefined ? data : data.take(rows);
  const pool = unitsOf(sample.used, columns.cluster[0], columns.strata[0]);
  const observed = statistic(used);
  const names = Object.keys(observed);
  const valuesOf = (index: Int32Array, numbers: Float64Array): Float64Array => {
    const taken = used.take(index);
    const named = settings.drawnCluster === undefined ? taken : (taken.with({ [settings.drawnCluster]: numbers }) as unknown as Frame<Row>);
    const result = statistic(named);
    return Float64Array.from(names, (name) => result[name] ?? Number.NaN);
  };
  const drawOne = (b: number): Float64Array => {
    const { index, numbers } = drawRows(pool, settings.seed, b);
    return valuesOf(index, numbers);
  };
  return {
    names,
    values: Float64Array.from(names, (name) => observed[name]!),
    task: { name: "inference.pairsDraws", run: (_, { start, end }) => drawMany(drawOne, start, end) },
    leaveOneOut: () =>
      Array.from({ length: pool.count }, (_, left) => {
        const kept = Int32Array.from({ length: pool.count - 1 }, (_unit, u) => (u < left ? u : u + 1));
        const { index, numbers } = rowsOf(pool, kept);
        return valuesOf(index, numbers);
      }),
    settings,
    units: pool.count,
    clustered: settings.cluster !== undefined,
    sample,
  };
}

/** Units that are drawn, in the order of their strata: unit u has rows `rows[offsets[u]]` to `rows[offsets[u + 1]]`. */
interface Pool {
  readonly count: number;
  readonly rows: Int32Array;
  readonly offsets: Int32Array;
  /** Where each stratum's units start, and their number at the end. */
  readonly strata: readonly number[];
}

function unitsOf(n: number, cluster: Groups | undefined, strata: Groups | undefined): Pool {
  const groups = strata?.count ?? 1;
  const lists = new Map<number, number[]>();
  for (let i = 0; i < n; i++) {
    // A cluster that spans strata counts as one unit in each.
    const key = (cluster === undefined ? i : cluster.codes[i]!) * groups + (strata?.codes[i] ?? 0);
    const list = lists.get(key);
    if (list === undefined) lists.set(key, [i]);
    else list.push(i);
  }
  const stratum = (unit: readonly number[]): number => strata?.codes[unit[0]!] ?? 0;
  const units = [...lists.values()].sort((a, b) => stratum(a) - stratum(b) || a[0]! - b[0]!);
  const offsets = new Int32Array(units.length + 1);
  units.forEach((unit, u) => {
    offsets[u + 1] = offsets[u]! + unit.length;
  });
  const starts = Array.from({ length: groups }, (_, s) => units.findIndex((unit) => stratum(unit) >= s));
  return { count: units.length, rows: Int32Array.from(units.flat()), offsets, strata: [...starts, units.length] };
}

interface DrawnRows {
  readonly index: Int32Array;
  /** Number of the drawn unit each row belongs to. */
  readonly numbers: Float64Array;
}

function drawRows(pool: Pool, seed: number, b: number): DrawnRows {
  const { count, strata } = pool;
  const stream = substream(seed, b);
  const units = new Int32Array(count);
  for (let s = 0; s + 1 < strata.length; s++) {
    const [from, to] = [strata[s]!, strata[s + 1]!];
    const part = stream.fillIntegers(units.subarray(from, to), to - from);
    for (let k = 0; k < part.length; k++) part[k]! += from;
  }
  return rowsOf(pool, units);
}

function rowsOf({ rows, offsets }: Pool, units: Int32Array): DrawnRows {
  let size = 0;
  for (const u of units) size += offsets[u + 1]! - offsets[u]!;
  const index = new Int32Array(size);
  const numbers = new Float64Array(size);
  let at = 0;
  for (let k = 0; k < units.length; k++) {
    for (let i = offsets[units[k]!]!; i < offsets[units[k]! + 1]!; i++) {
      index[at] = rows[i]!;
      numbers[at++] = k;
    }
  }
  return { index, numbers };
}

function drawMany(drawOne: (b: number) => Float64Array, start: number, end: number): Drawn {
  const draws: Float64Array[] = [];
  let failed = 0;
  for (let b = start; b < end; b++) {
    try {
      const values = drawOne(b);
      if (values.every(Number.isFinite)) draws.push(values);
      else failed++;
    } catch (error) {
      if (!(error instanceof WhatworksError)) throw error;
      failed++;
    }
  }
  return { draws, failed };
}

function finish(
  { names, values, leaveOneOut, settings, units, clustered, sample }: Prepared,
  { draws, failed }: Drawn,
): PairsBootstrapResult {
  const J = names.length;
  const warnings: Warning[] = [];
  if (failed > 0) {
    warnings.push({
      code: "DRAWS_FAILED",
      message: `${failed} of ${settings.draws} draws gave no statistic and are left out: estimates describe the samples in which it exists`,
      details: { failed },
    });
  }
  const covariance = covarianceOf(draws, J);
  const without = settings.interval === "bca" ? leaveOneOut() : [];
  const estimates = names.map((term, j): Estimate => {
    const own = normalEstimate(term, values[j]!, covariance[j * J + j]!, settings.level);
    const { interval, level } = settings;
    if (interval === "normal" || draws.length < 2) return own;
    const sorted = Float64Array.from(draws, (draw) => draw[j]!).sort();
    const omitted = without.map((row) => row[j]!);
    return { ...own, confidenceInterval: bootstrapInterval(sorted, values[j]!, omitted, { interval, level }) };
  });
  if (estimates.some(({ standardError }) => Number.isNaN(standardError))) {
    warnings.push({
      code: "NO_VARIANCE",
      message: "Some statistic is the same in all draws, or too few draws gave one: it has no standard error",
    });
  }
  return finishResult<PairsBootstrapResult>({
    kind: CALLER,
    estimates: Object.fromEntries(estimates.map((estimate) => [estimate.term, estimate])),
    vcov: Array.from({ length: J }, (_, a) => Array.from(covariance.subarray(a * J, (a + 1) * J))),
    sample: clustered ? { ...sample, clusters: units } : sample,
    warnings,
    options: settings,
    reference: "Efron & Tibshirani (1993), An Introduction to the Bootstrap",
    draws,
  });
}

function covarianceOf(draws: readonly Float64Array[], J: number): Float64Array {
  const B = draws.length;
  const mean = new Float64Array(J);
  for (const draw of draws) for (let j = 0; j < J; j++) mean[j]! += draw[j]! / B;
  const out = new Float64Array(J * J);
  for (const draw of draws) {
    for (let a = 0; a < J; a++) for (let b = 0; b < J; b++) out[a * J + b]! += ((draw[a]! - mean[a]!) * (draw[b]! - mean[b]!)) / (B - 1);
  }
  return out;
}
