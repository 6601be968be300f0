import { finishResult } from "../core/display.ts";
import { IdentificationError, OptionError } from "../core/errors.ts";
import { checkLevel, resolveOptions } from "../core/options.ts";
import type { Estimate, Warning } from "../core/result.ts";
import type { NumericColumn, Panel } from "../data/index.ts";
import { normalEstimate } from "../inference/estimate.ts";
import { checkPanel } from "./check-panel.ts";
import { contributionsFromSums, fewClusterWarnings, MOST_CLUSTERS } from "./contributions.ts";
import { designWarnings, varianceWarnings } from "./design-warnings.ts";
import type { EventStudyTable } from "./event-study-table.ts";
import { cohortsOfRows } from "./event-time.ts";
import { fitPreTrends, type PreTrends } from "./imputation-pre-trends.ts";
import {
  averageDisjoint,
  clusterCovariance,
  type DisjointAverages,
  type ImputedRows,
  imputeRows,
  sumByCluster,
  type UntreatedOptions,
} from "./untreated-data.ts";

/** Options of {@link imputation}. */
export interface ImputationOptions<Row> extends UntreatedOptions<Row> {
  /** First treatment time of each unit; 0 and `Infinity` = never. */
  readonly firstTreated: NumericColumn<Row>;
  /** Times since treatment to estimate effects at. @defaultValue "all" */
  readonly horizons?: "all" | readonly number[];
  /** Numeric columns of row weights, each giving a weighted average effect; weights are divided by their sum over treated rows. @defaultValue [] */
  readonly targets?: readonly NumericColumn<Row>[];
  /**
   * Times before treatment to test in a separate regression on untreated rows; `"all"` leaves out what is collinear. They stand in the result's table
   * too, with one covariance over all of it.
   */
  readonly preTrends?: "all" | readonly number[];
}

/** {@link ImputationOptions} with defaults filled in. */
export type ImputationSettings<Row = never> = ImputationOptions<Row> &
  Required<Pick<ImputationOptions<Row>, "covariates" | "horizons" | "targets" | "level">>;

/** Imputation estimates: effects by time since treatment, their average, and averages asked for. */
export interface ImputationResult extends EventStudyTable<"did.imputation", ImputationSettings> {
  /** Average over all treated rows. */
  readonly overall: Estimate;
  /** One for each of `targets`. */
  readonly targetEstimates: readonly Estimate[];
  readonly preTrends?: PreTrends;
}

const CALLER = "did.imputation";

/**
 * Imputation estimator: unit and period effects (or others, and covariates) are fitted on untreated rows, the untreated outcome of treated rows is
 * predicted, and differences are averaged. Efficient when errors are independent with equal variance. Equals `did_imputation` of R's
 * didimputation 0.5.0 without weights; with them the variance is the paper's, which that package's is not. Standard errors are conservative:
 * effects are centred by cohort and time since treatment. Normal inference, no small-sample factor.
 *
 * @throws IdentificationError `NO_TREATED_UNITS`, `NO_CONTROL_UNITS`, `EMPTY_TARGET`, `ONE_CLUSTER`; OptionError `INVALID_OPTION`.
 * @see Borusyak, Jaravel & Spiess (2024), doi:10.1093/restud/rdae007
 * @example
 * imputation(people, { outcome: "employed", firstTreated: "firstProgramMonth", preTrends: [-3, -2, -1] }).estimates;
 */
export function imputation<Row>(data: Panel<Row>, options: ImputationOptions<Row>): ImputationResult {
  checkPanel(CALLER, data);
  const settings = resolveOptions<ImputationSettings<Row>>(CALLER, options, {
    required: ["outcome", "firstTreated"],
    defaults: {
      fixedEffects: undefined,
      covariates: [],
      weights: undefined,
      cluster: undefined,
      horizons: "all",
      targets: [],
      preTrends: undefined,
      level: 0.95,
    },
  });
  checkLevel(CALLER, settings.level);
  const cohorts = cohortsOfRows(CALLER, data, settings.firstTreated);
  const rows = imputeRows(CALLER, data, settings, {
    firstTreated: settings.firstTreated as string,
    numbers: settings.targets as readonly string[],
    terms: [],
  });
  const cells = effectCells(rows);
  const events = averagesByEvent(rows, cells, settings.preTrends !== undefined || rows.clusters.count <= MOST_CLUSTERS);
  const { overall } = events;
  const all = normalEstimate("all treated rows", overall.value, overall.variance, settings.level);
  const horizons = settings.horizons === "all" ? events.times : settings.horizons;
  checkHorizons(horizons);
  const byHorizon = horizons.map((h) => {
    const a = events.times.indexOf(h);
    if (!(a >= 0 && events.totals[a]! > 0)) throw emptyTarget(`event time ${h}`);
    return { estimate: normalEstimate(`event time ${h}`, events.values[a]!, events.covariance[a]![a]!, settings.level), at: a };
  });
  const byColumn = settings.targets.map((name, j) => targetOf(rows, cells, (i) => rows.numbers[j]![i]!, name as string, settings.level));
  const before =
    settings.preTrends === undefined ? undefined : fitPreTrends(CALLER, data, { ...settings, preTrends: settings.preTrends }, rows);
  const preTrends = before?.result;
  const doubts = designWarnings(data, cohorts, {
    withoutNever: (last) => `effects from period ${last} on are not identified`,
    singleUnit: "their deviations from their own average are zero, and standard errors too small",
  });
  const warnings: Warning[] = [
    ...rows.warnings,
    ...doubts,
    ...fewClusterWarnings(rows.clusters.count),
    ...varianceWarnings([all, ...(preTrends?.estimates ?? []), ...[...byHorizon, ...byColumn].map(({ estimate }) => estimate)]),
  ];
  if (preTrends !== undefined && preTrends.test === undefined) {
    const why =
      preTrends.estimates.length === 0 ? "there is no event time before treatment beside the reference" : "their covariance is singular";
    warnings.push({ code: "NO_PRE_TEST", message: `No test of effects before treatment: ${why}` });
  }
  const sums = events.sums === undefined ? [] : [...(before?.sums ?? []), ...byHorizon.map(({ at }) => events.sums![at]!)];
  return finishResult({
    kind: CALLER,
    estimates: [...(preTrends?.estimates ?? []), ...byHorizon.map(({ estimate }, j) => ({ ...estimate, eventTime: horizons[j]! }))],
    vcov: before === undefined ? byHorizon.map((a) => byHorizon.map((b) => events.covariance[a.at]![b.at]!)) : clusterCovariance(sums),
    ...contributionsFromSums(sums),
    overall: all,
    targetEstimates: byColumn.map(({ estimate }) => estimate),
    ...(preTrends === undefined ? {} : { preTrends }),
    sample: { ...rows.sample, clusters: rows.clusters.count },
    warnings,
    options: settings as unknown as ImputationSettings,
    reference:
      "Borusyak, Jaravel & Spiess (2024), Revisiting event-study designs: robust and efficient estimation, Review of Economic Studies 91(6), 3253-3285",
  });
}

/** Treated rows by cohort and time since treatment. */
interface EffectCells {
  /** Number of each row's cell; -1 for rows that do not count. */
  readonly codes: Int32Array;
  /** Time since treatment of each cell. */
  readonly eventTimes: readonly number[];
}

function effectCells({ treated, firstTreated, times, timeCodes, model }: ImputedRows): EffectCells {
  const codes = new Int32Array(treated.length).fill(-1);
  const found = new Map<number, number[]>();
  const events: number[] = [];
  let byPeriod: number[] = []; // of the cohort at work
  let cohort = Number.NaN;
  for (let i = 0; i < codes.length; i++) {
    if (treated[i] === 0 || Number.isNaN(model.effects[i]!)) continue;
    const g = firstTreated![i]!;
    if (g !== cohort) {
      cohort = g;
      byPeriod = found.get(g) ?? [];
      found.set(g, byPeriod);
    }
    const t = timeCodes[i]!;
    while (byPeriod.length <= t) byPeriod.push(-1);
    if (byPeriod[t]! < 0) byPeriod[t] = events.push(times[i]! - g) - 1;
    codes[i] = byPeriod[t]!;
  }
  return { codes, eventTimes: events };
}

/** Averages by time since treatment, and over all treated rows; effects are centred by cell. */
function averagesByEvent(
  rows: ImputedRows,
  { codes, eventTimes }: EffectCells,
  keepSums: boolean,
): DisjointAverages & { readonly times: readonly number[]; readonly overall: { readonly value: number; readonly variance: number } } {
  const times = [...new Set(eventTimes)].sort((a, b) => a - b);
  const eventOfCell = Int32Array.from(eventTimes, (time) => times.indexOf(time));
  const square = new Float64Array(eventTimes.length);
  const centers = new Float64Array(eventTimes.length);
  const events = new Int32Array(codes.length).fill(-1);
  for (let i = 0; i < codes.length; i++) {
    const cell = codes[i]!;
    if (cell < 0 || rows.weights[i] === 0) continue;
    events[i] = eventOfCell[cell]!;
    square[cell]! += rows.weights[i]! ** 2;
    centers[cell]! += rows.weights[i]! ** 2 * rows.model.effects[i]!;
  }
  for (let cell = 0; cell < centers.length; cell++) centers[cell]! /= square[cell]!;
  const averages = averageDisjoint(rows, {
    codes: events,
    count: times.length,
    center: { codes, values: centers },
    keepSums,
  });
  const used = times.flatMap((_, a) => (averages.totals[a]! > 0 ? [a] : []));
  const total = used.reduce((sum, a) => sum + averages.totals[a]!, 0);
  if (!(total > 0)) throw emptyTarget("all treated rows");
  const share = (a: number): number => averages.totals[a]! / total;
  const covariance = used.map((a) => used.map((b) => averages.covariance[a]![b]!));
  return {
    times: used.map((a) => times[a]!),
    totals: averages.totals.filter((w) => w > 0),
    values: averages.values.filter((_, a) => averages.totals[a]! > 0),
    sums: averages.sums === undefined ? undefined : used.map((a) => averages.sums![a]!),
    covariance,
    overall: {
      value: used.reduce((sum, a) => sum + share(a) * averages.values[a]!, 0),
      variance: used.reduce((sum, a, i) => sum + share(a) * used.reduce((own, b, j) => own + share(b) * covariance[i]![j]!, 0), 0),
    },
  };
}

function estimateOf(term: string, value: number, sums: Float64Array, level: number): Estimate {
  let variance = 0;
  for (let c = 0; c < sums.length; c++) variance += sums[c]! ** 2;
  return normalEstimate(term, value, variance, level);
}

function emptyTarget(term: string): IdentificationError {
  return new IdentificationError(
    "EMPTY_TARGET",
    `Cannot average effects for "${term}" as treated rows with a positive weight are needed: there are none`,
    { target: term },
  );
}

function checkHorizons(horizons: readonly number[]): void {
  const wrong = horizons.find((h) => !(h >= 0));
  if (wrong === undefined) return;
  throw new OptionError(
    "INVALID_OPTION",
    `Cannot run ${CALLER} as "horizons" must be times of at least 0 since treatment: ${wrong} was given; preTrends has those before`,
    {
      option: "horizons",
    },
  );
}

/** A weighted average of effects, with its cluster sums of `v e`. */
function targetOf(
  rows: ImputedRows,
  cells: EffectCells,
  weightOf: (row: number) => number,
  term: string,
  level: number,
): { readonly estimate: Estimate; readonly sums: Float64Array } {
  const { model, weights } = rows;
  const n = weights.length;
  const v = new Float64Array(n);
  let total = 0;
  for (let i = 0; i < n; i++) {
    if (cells.codes[i]! < 0) continue;
    v[i] = weights[i]! * weightOf(i);
    total += v[i]!;
  }
  if (!(total > 0)) throw emptyTarget(term);
  let value = 0;
  const square = new Float64Array(cells.eventTimes.length);
  const weighted = new Float64Array(cells.eventTimes.length);
  for (let i = 0; i < n; i++) {
    if (v[i] === 0) continue;
    v[i]! /= total;
    value += v[i]! * model.effects[i]!;
    square[cells.codes[i]!]! += v[i]! ** 2;
    weighted[cells.codes[i]!]! += v[i]! ** 2 * model.effects[i]!;
  }
  const projected = model.project(v);
  const scores = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const cell = cells.codes[i]!;
    if (cell >= 0) scores[i] = v[i] === 0 ? 0 : v[i]! * (model.effects[i]! - weighted[cell]! / square[cell]!);
    else if (projected[i] !== 0) scores[i] = -weights[i]! * projected[i]! * model.effects[i]!;
  }
  const sums = sumByCluster(scores, rows.clusters);
  return { estimate: estimateOf(term, value, sums, level), sums };
}
