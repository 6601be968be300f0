import { OptionError } from "../core/errors.ts";
import { checkBoolean, checkChoice, checkLevel, checkNumber, resolveOptions } from "../core/options.ts";
import type { Estimate } from "../core/result.ts";
import { transpose } from "../linalg/index.ts";
import { type ParallelOptions, runBlocks, workBlocks } from "../parallel/index.ts";
import { breadRoot } from "./cluster-sums.ts";
import { normalEstimate } from "./estimate.ts";
import { largestRatio, type MultiplierWork, multiplierDraws } from "./multiplier-draws-task.ts";
import { type Multipliers, sumTable } from "./numerics/wild-plan.ts";
import { DRAWS_PER_BLOCK } from "./wild-draws-task.ts";

/** Options of {@link multiplierBootstrap}. */
export interface MultiplierBootstrapOptions {
  /** The estimates, one a set of contributions. */
  readonly estimates: ArrayLike<number>;
  /** Cluster of each row, codes or labels: contributions are summed within. Default: each row its own. */
  readonly clusters?: ArrayLike<number | string>;
  /** Distribution of the multipliers, mean 0 and variance 1. Default `"rademacher"`. */
  readonly multipliers?: Multipliers;
  /** Default 999. */
  readonly draws?: number;
  /** Default 1. */
  readonly seed?: number;
  /** Joint level of the bands, and level of the pointwise intervals. Default 0.95. */
  readonly level?: number;
  /** Names of the estimates. Default their positions from 1. */
  readonly labels?: readonly string[];
  /** Whether the result holds all draws of the estimates' errors. Default false. */
  readonly keepDraws?: boolean;
}

/** An estimate with its simultaneous interval. */
export interface SimultaneousEstimate extends Estimate {
  /** All true values lie inside their bands with probability `level`. */
  readonly uniformBand: readonly [number, number];
  /** p-value against the largest statistic of all estimates in each draw. */
  readonly adjustedPValue: number;
}

/** What {@link multiplierBootstrap} finds. */
export interface MultiplierBootstrapResult {
  /** With standard errors from the contributions (clustered), normal intervals, and bands from the draws. */
  readonly estimates: readonly SimultaneousEstimate[];
  /** Half-width of the bands in standard errors: the `level` quantile of the largest absolute t of a draw. */
  readonly criticalValue: number;
  readonly vcov: readonly (readonly number[])[];
  readonly draws: number;
  /** Draws of the estimates' errors, one row a draw. */
  readonly drawnErrors?: readonly Float64Array[];
}

interface Settings extends Required<Omit<MultiplierBootstrapOptions, "clusters" | "labels">> {
  readonly clusters?: ArrayLike<number | string>;
  readonly labels?: readonly string[];
}

const CALLER = "inference.multiplierBootstrap";

/**
 * Simultaneous bands for estimates with known contributions (influence values): `estimate_j - truth_j` is about
 * `sum_i contributions[j][i] / n`. Each draw multiplies every row's (cluster's) contributions with one random number: nothing is estimated again.
 * Only sums over clusters are kept; with normal multipliers, only their covariance.
 *
 * @param contributions - One array of n values per estimate.
 * @throws OptionError `UNKNOWN_OPTION`, `INVALID_OPTION`, `CONTRIBUTION_LENGTH`.
 * @see Chernozhukov, Chetverikov & Kato (2013), doi:10.1214/13-AOS1161; Callaway & Sant'Anna (2021), doi:10.1016/j.jeconom.2020.12.001
 * @example
 * multiplierBootstrap([influenceA, influenceB], { estimates: [1.2, 0.4], clusters: city }).criticalValue;
 */
export function multiplierBootstrap(
  contributions: readonly ArrayLike<number>[],
  options: MultiplierBootstrapOptions,
): MultiplierBootstrapResult {
  const prepared = prepare(contributions, options);
  return finish(prepared, multiplierDraws.run(prepared.work, { start: 0, end: prepared.settings.draws }));
}

/** {@link multiplierBootstrap} on workers, with the same bits. @throws as there, and the signal's reason. */
export async function multiplierBootstrapAsync(
  contributions: readonly ArrayLike<number>[],
  options: MultiplierBootstrapOptions,
  parallel: ParallelOptions = {},
): Promise<MultiplierBootstrapResult> {
  const prepared = prepare(contributions, options);
  const blocks = workBlocks(prepared.settings.draws, DRAWS_PER_BLOCK);
  const outputs = await runBlocks({
    ...parallel,
    task: multiplierDraws,
    shared: prepared.work,
    blocks,
    amount: ({ start, end }) => end - start,
  });
  const values = new Float64Array(outputs.reduce((sum, { length }) => sum + length, 0));
  outputs.reduce((at, output) => {
    values.set(output, at);
    return at + output.length;
  }, 0);
  return finish(prepared, values);
}

interface Prepared {
  readonly work: MultiplierWork;
  readonly covariance: Float64Array;
  readonly settings: Settings;
}

function prepare(contributions: readonly ArrayLike<number>[], options: MultiplierBootstrapOptions): Prepared {
  const settings = resolveOptions<Settings>(CALLER, options, {
    required: ["estimates"],
    defaults: { clusters: undefined, multipliers: "rademacher", draws: 999, seed: 1, level: 0.95, labels: undefined, keepDraws: false },
  });
  checkChoice(CALLER, "multipliers", settings.multipliers, ["rademacher", "mammen", "webb", "normal"]);
  checkNumber(CALLER, "draws", settings.draws, { min: 1, integer: true });
  checkNumber(CALLER, "seed", settings.seed, { integer: true });
  checkLevel(CALLER, settings.level);
  checkBoolean(CALLER, "keepDraws", settings.keepDraws);
  const J = contributions.length;
  const n = contributions[0]?.length ?? 0;
  const wrong = contributions.findIndex((values) => values.length !== n);
  if (J === 0 || n === 0 || wrong >= 0 || settings.estimates.length !== J || (settings.clusters?.length ?? n) !== n) {
    throw new OptionError(
      "CONTRIBUTION_LENGTH",
      `Cannot run ${CALLER} as each of ${settings.estimates.length} estimates needs an equally long array of contributions, and each row a cluster: ${J} arrays, the first of ${n} values`,
      { estimates: settings.estimates.length, arrays: J, rows: n },
    );
  }
  const codes = clusterCodes(settings.clusters, n);
  const sums = new Float64Array(codes.count * J);
  for (let j = 0; j < J; j++) {
    const values = contributions[j]!;
    for (let i = 0; i < n; i++) sums[(codes.codes?.[i] ?? i) * J + j]! += values[i]! / n;
  }
  const covariance = new Float64Array(J * J);
  for (let g = 0; g < codes.count; g++) {
    for (let a = 0; a < J; a++) for (let b = 0; b < J; b++) covariance[a * J + b]! += sums[g * J + a]! * sums[g * J + b]!;
  }
  const none = new Float64Array(0);
  // Normal multipliers give errors that are exactly normal with this covariance: draws cost nothing in rows.
  const plan =
    settings.multipliers === "normal"
      ? sumTable("normal", J, transpose(breadRoot(covariance, J), J, J), none)
      : sumTable(settings.multipliers, codes.count, sums, none);
  const errors = Float64Array.from({ length: J }, (_, j) => Math.sqrt(covariance[j * J + j]!));
  return { work: { plan, source: { seed: settings.seed }, errors, keep: settings.keepDraws }, covariance, settings };
}

function clusterCodes(
  clusters: ArrayLike<number | string> | undefined,
  n: number,
): { readonly codes: Int32Array | undefined; readonly count: number } {
  if (clusters === undefined) return { codes: undefined, count: n };
  const seen = new Map<number | string, number>();
  const codes = Int32Array.from(clusters, (value) => {
    const known = seen.get(value);
    if (known !== undefined) return known;
    seen.set(value, seen.size);
    return seen.size - 1;
  });
  return { codes, count: seen.size };
}

function finish({ work, covariance, settings }: Prepared, values: Float64Array): MultiplierBootstrapResult {
  const { errors, keep } = work;
  const J = errors.length;
  const B = settings.draws;
  const largest = keep ? Float64Array.from({ length: B }, (_, b) => largestRatio(values, b * J, errors)) : values.slice();
  largest.sort();
  const criticalValue = largest[Math.min(B, Math.max(1, Math.ceil(settings.level * B - 1e-9))) - 1]!;
  const estimates = Array.from({ length: J }, (_, j): SimultaneousEstimate => {
    const value = settings.estimates[j]!;
    const term = settings.labels?.[j] ?? String(j + 1);
    const half = errors[j]! > 0 ? criticalValue * errors[j]! : Number.NaN;
    const own = normalEstimate(term, value, covariance[j * J + j]!, settings.level);
    const size = Math.abs(own.statistic);
    const adjustedPValue = Number.isNaN(size) ? Number.NaN : (1 + B - firstAtLeast(largest, size)) / (B + 1);
    return { ...own, uniformBand: [value - half, value + half], adjustedPValue };
  });
  return {
    estimates,
    criticalValue,
    vcov: Array.from({ length: J }, (_, a) => Array.from(covariance.subarray(a * J, (a + 1) * J))),
    draws: B,
    ...(keep ? { drawnErrors: Array.from({ length: B }, (_, b) => values.slice(b * J, (b + 1) * J)) } : {}),
  };
}

/** Position of the first ascending value that is at least `value`. */
function firstAtLeast(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
