import { finishResult } from "../core/display.ts";
import { DataError, IdentificationError, OptionError, WhatworksError } from "../core/errors.ts";
import { checkNumber, resolveOptions } from "../core/options.ts";
import type { Estimate, Result, Warning } from "../core/result.ts";
import { numericData } from "../data/frame.ts";
import type { AnyColumn, NumericColumn, Panel } from "../data/index.ts";
import { columnsByRole, groupRole } from "../data/roles.ts";
import { estimateFromStandardError } from "../inference/estimate.ts";
import { substream } from "../random/index.ts";
import { checkPanel } from "./check-panel.ts";

/** Options of {@link randomizationInference}. */
export interface RandomizationInferenceOptions<Row> {
  /** First treatment time, one value a cluster. */
  readonly firstTreated: NumericColumn<Row>;
  /** Column whose groups got their first treatment times together: cities, districts. */
  readonly cluster: AnyColumn<Row>;
  /**
   * What is estimated: statistics of the panel, whose `firstTreated` column holds the assignment tried. Estimates (an event study's, the overall ones)
   * or numbers; with standard errors the t ratio is compared.
   */
  readonly estimate: (data: Panel<Row>) => readonly (Pick<Estimate, "estimate" | "standardError"> | number)[];
  /** Names of the statistics. @defaultValue their numbers, from 1 */
  readonly terms?: readonly string[];
  /** Assignments to draw; all are used in their place where there are no more. @defaultValue 999 */
  readonly draws?: number;
  /** @defaultValue 1 */
  readonly seed?: number;
}

/** Options as they were used. */
export interface RandomizationInferenceSettings {
  readonly firstTreated: string;
  readonly cluster: string;
  readonly draws: number;
  readonly seed: number;
}

/** p-values from re-assigned treatment times. */
export interface RandomizationInferenceResult extends Result<"did.randomizationInference", RandomizationInferenceSettings> {
  /** The estimates with p-values of the sharp hypothesis of no effect for anybody; intervals are the estimates' own. */
  readonly estimates: readonly Estimate[];
  /** p-value of the largest |statistic|: no effect at any of the terms. */
  readonly jointPValue: number;
  readonly clusters: number;
  /** Distinct assignments there are. */
  readonly assignments: number;
  /** Assignments compared, the actual one among them. */
  readonly draws: number;
  /** Whether these are all there are. */
  readonly exact: boolean;
}

const CALLER = "did.randomizationInference";
/** Below so many assignments no p-value can be small. */
const FEW_ASSIGNMENTS = 20;

/**
 * Randomization inference for any estimator: the clusters' first treatment times are shuffled among clusters, the effects estimated again, and
 * the actual statistic compared with those of the other assignments. Exact with any number of clusters when the times were assigned at random;
 * otherwise a placebo distribution. With 4 cities there are at most 24 assignments: p-values below 1/24 cannot occur.
 *
 * @throws DataError `FIRST_TREATED_VARIES`, `NO_FIRST_TREATED`; IdentificationError `ONE_ASSIGNMENT`; OptionError.
 * @see Fisher (1935); MacKinnon & Webb (2020), doi:10.1016/j.jeconom.2020.04.024
 * @example
 * randomizationInference(people, {
 *   firstTreated: "start", cluster: "city",
 *   estimate: (data) => [aggregate(attGt(data, { outcome: "hours", firstTreated: "start" }), { type: "simple" }).overall],
 * }).estimates;
 */
export function randomizationInference<Row>(data: Panel<Row>, options: RandomizationInferenceOptions<Row>): RandomizationInferenceResult {
  checkPanel(CALLER, data);
  const given = resolveOptions<Required<RandomizationInferenceOptions<Row>>>(CALLER, options, {
    required: ["firstTreated", "cluster", "estimate"],
    defaults: { terms: undefined, draws: 999, seed: 1 } as never,
  });
  checkNumber(CALLER, "draws", given.draws, { min: 1, integer: true });
  checkNumber(CALLER, "seed", given.seed, { min: 0, integer: true });
  const { columns, rows, sample } = columnsByRole(CALLER, data, { cluster: groupRole(given.cluster as string) });
  const view = rows === undefined ? data : data.take(rows);
  const { codes, count } = columns.cluster;
  const actual = timesOfClusters(view, given.firstTreated, codes, count, columns.cluster.label);
  const assignments = assignmentCount(actual);
  if (assignments < 2) {
    throw new IdentificationError(
      "ONE_ASSIGNMENT",
      `Cannot run ${CALLER} as clusters must differ in "${given.firstTreated}": all ${count} of "${given.cluster}" have ${actual[0]}`,
      { clusters: count },
    );
  }
  const statistics = (times: Float64Array): readonly (Pick<Estimate, "estimate" | "standardError"> | number)[] =>
    given.estimate(
      view.with({ [given.firstTreated]: codes.length === 0 ? [] : Float64Array.from(codes, (c) => times[c]!) }) as unknown as Panel<Row>,
    );
  const own = statistics(actual);
  const observed = own.map(sizeOf);
  const exact = assignments <= given.draws;
  const counts = new Float64Array(own.length).fill(exact ? 0 : 1);
  let [joint, compared, failed] = [exact ? 0 : 1, exact ? 0 : 1, 0];
  const largest = Math.max(...observed.filter(Number.isFinite));
  const compare = (times: Float64Array): void => {
    const drawn = tryStatistics(() => statistics(times));
    if (drawn === undefined || drawn.length !== own.length) {
      failed++;
      return;
    }
    const sizes = drawn.map(sizeOf);
    compared++;
    sizes.forEach((size, k) => {
      if (size >= observed[k]! * (1 - 1e-9)) counts[k]!++;
    });
    if (Math.max(...sizes.filter(Number.isFinite)) >= largest * (1 - 1e-9)) joint++;
  };
  if (exact) forEachArrangement(actual, compare);
  else for (let b = 0; b < given.draws; b++) compare(shuffled(actual, given.seed, b));
  const estimates = own.map((value, k): Estimate => {
    const { estimate, standardError } = typeof value === "number" ? { estimate: value, standardError: Number.NaN } : value;
    const base = estimateFromStandardError(
      given.terms?.[k] ?? `statistic ${k + 1}`,
      estimate,
      standardError,
      Number.POSITIVE_INFINITY,
      0.95,
    );
    return { ...base, pValue: Number.isNaN(observed[k]!) ? Number.NaN : counts[k]! / compared };
  });
  return finishResult({
    kind: CALLER,
    estimates,
    jointPValue: joint / compared,
    clusters: count,
    assignments,
    draws: compared,
    exact,
    sample,
    warnings: warningsOf(assignments, failed, count),
    options: { firstTreated: given.firstTreated as string, cluster: given.cluster as string, draws: given.draws, seed: given.seed },
    reference:
      "MacKinnon & Webb (2020), Randomization inference for difference-in-differences with few treated clusters, Journal of Econometrics 218(2), 435-450",
  });
}

/** |t| where there is a standard error, else |estimate|. */
function sizeOf(value: Pick<Estimate, "estimate" | "standardError"> | number): number {
  if (typeof value === "number") return Math.abs(value);
  return value.standardError > 0 ? Math.abs(value.estimate / value.standardError) : Math.abs(value.estimate);
}

/** An assignment that an estimator refuses (no control left in some period) has no statistic. */
function tryStatistics<T>(statistics: () => T): T | undefined {
  try {
    return statistics();
  } catch (error) {
    if (error instanceof WhatworksError && !(error instanceof OptionError)) return undefined;
    throw error;
  }
}

function timesOfClusters<Row>(
  view: Panel<Row>,
  column: NumericColumn<Row>,
  codes: Int32Array,
  count: number,
  label: (code: number) => string,
): Float64Array {
  const { values } = numericData(view, column);
  const out = new Float64Array(count).fill(Number.NaN);
  for (let i = 0; i < values.length; i++) {
    const [g, c] = [values[i]!, codes[i]!];
    if (Number.isNaN(g)) continue;
    if (!Number.isNaN(out[c]!) && out[c] !== g) {
      throw new DataError(
        "FIRST_TREATED_VARIES",
        `Cannot run ${CALLER} as "${column}" must be one value a cluster: ${label(c)} has ${out[c]} and ${g}; give the column that treatment was assigned by`,
        { column, cluster: label(c) },
      );
    }
    out[c] = g;
  }
  const missing = out.findIndex(Number.isNaN);
  if (missing < 0) return out;
  throw new DataError(
    "NO_FIRST_TREATED",
    `Cannot run ${CALLER} as every cluster needs a first treatment time (0 or Infinity for never): ${label(missing)} has none in "${column}"`,
    {
      column,
      cluster: label(missing),
    },
  );
}

/** Distinct arrangements of the values; `Infinity` beyond 2^53. */
function assignmentCount(values: Float64Array): number {
  const repeats = new Map<number, number>();
  let total = 1;
  values.forEach((value, k) => {
    const seen = (repeats.get(value) ?? 0) + 1;
    repeats.set(value, seen);
    total = (total * (k + 1)) / seen;
  });
  return total > Number.MAX_SAFE_INTEGER ? Number.POSITIVE_INFINITY : Math.round(total);
}

/** Calls with every distinct arrangement, in ascending order. */
function forEachArrangement(values: Float64Array, visit: (arrangement: Float64Array) => void): void {
  const current = values.slice().sort();
  for (;;) {
    visit(current);
    let i = current.length - 2;
    while (i >= 0 && current[i]! >= current[i + 1]!) i--;
    if (i < 0) return;
    let j = current.length - 1;
    while (current[j]! <= current[i]!) j--;
    [current[i], current[j]] = [current[j]!, current[i]!];
    current.subarray(i + 1).reverse();
  }
}

function shuffled(values: Float64Array, seed: number, draw: number): Float64Array {
  const out = values.slice();
  const stream = substream(seed, draw);
  for (let i = out.length - 1; i > 0; i--) {
    const j = Math.floor((i + 1) * stream.uniform());
    [out[i], out[j]] = [out[j]!, out[i]!];
  }
  return out;
}

function warningsOf(assignments: number, failed: number, clusters: number): Warning[] {
  const warnings: Warning[] = [];
  if (assignments < FEW_ASSIGNMENTS) {
    warnings.push({
      code: "FEW_CLUSTERS",
      message: `${clusters} clusters have ${assignments} assignments: no p-value can be below ${(1 / assignments).toPrecision(2)}`,
      details: { clusters, assignments },
    });
  }
  if (failed > 0) {
    warnings.push({
      code: "ASSIGNMENTS_WITHOUT_ESTIMATE",
      message: `${failed} assignments have no estimate and do not count: some effect has no comparison there`,
      details: { assignments: failed },
    });
  }
  return warnings;
}
