import { finishResult } from "../core/display.ts";
import { IdentificationError, OptionError } from "../core/errors.ts";
import { checkLevel, resolveOptions } from "../core/options.ts";
import type { Estimate, JointTest, Warning } from "../core/result.ts";
import type { NumericColumn, Panel } from "../data/index.ts";
import { chiSquaredTest, normalEstimate, waldStatistic } from "../inference/estimate.ts";
import { fromRows } from "../linalg/index.ts";
import { factor, type OlsOptions, ols } from "../regression/index.ts";
import type { EventStudyTable, EventTimeEstimate } from "./event-study-table.ts";
import { cohortsOfRows } from "./event-time.ts";
import { freeName, pickTerms } from "./panel-regression.ts";
import { clusterCovariance, type ImputedRows, imputeRows, sumByCluster, type UntreatedOptions } from "./untreated-data.ts";

/** Options of {@link imputation}. */
export interface ImputationOptions<Row> extends UntreatedOptions<Row> {
  /** First treatment time of each unit; 0 and `Infinity` = never. */
  readonly firstTreated: NumericColumn<Row>;
  /** Times since treatment to estimate effects at. @defaultValue "all" */
  readonly horizons?: "all" | readonly number[];
  /** Numeric columns of row weights, each giving a weighted average effect; weights are divided by their sum over treated rows. @defaultValue [] */
  readonly targets?: readonly NumericColumn<Row>[];
  /** Times before treatment to test in a separate regression on untreated rows; `"all"` leaves out what is collinear. */
  readonly preTrends?: "all" | readonly number[];
}

/** {@link ImputationOptions} with defaults filled in. */
export type ImputationSettings<Row = never> = ImputationOptions<Row> &
  Required<Pick<ImputationOptions<Row>, "covariates" | "horizons" | "targets" | "level">>;

/** Effects before treatment from a regression of their own. */
export interface PreTrends {
  readonly estimates: readonly EventTimeEstimate[];
  readonly vcov: readonly (readonly number[])[];
  /** Test that all are zero; absent when their covariance is singular. */
  readonly test?: JointTest;
}

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
 * Imputation estimator: unit and period effects (and covariates) are fitted on untreated rows, the untreated outcome of treated rows is
 * predicted, and differences are averaged. Efficient when errors are independent with equal variance. Equals `did_imputation` of R's
 * didimputation 0.5.0 without weights; with them the variance is the paper's, which that package's is not. Standard errors are conservative:
 * effects are centred by cohort and time since treatment. Normal inference, no small-sample factor.
 *
 * @throws IdentificationError `NO_TREATED_UNITS`, `NO_CONTROL_UNITS`, `EMPTY_TARGET`; OptionError `INVALID_OPTION`.
 * @see Borusyak, Jaravel & Spiess (2024), doi:10.1093/restud/rdae007
 * @example
 * imputation(people, { outcome: "employed", firstTreated: "firstProgramMonth", preTrends: [-3, -2, -1] }).estimates;
 */
export function imputation<Row>(data: Panel<Row>, options: ImputationOptions<Row>): ImputationResult {
  const settings = resolveOptions<ImputationSettings<Row>>(CALLER, options, {
    required: ["outcome", "firstTreated"],
    defaults: {
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
  cohortsOfRows(CALLER, data, settings.firstTreated);
  const rows = imputeRows(CALLER, data, settings, {
    firstTreated: settings.firstTreated as string,
    numbers: settings.targets as readonly string[],
    terms: [],
  });
  const cells = effectCells(rows);
  const eventTime = (i: number): number => rows.times[i]! - rows.firstTreated![i]!;
  const all = targetOf(rows, cells, () => 1, "all treated rows", settings.level);
  const horizons = settings.horizons === "all" ? observedHorizons(rows) : settings.horizons;
  checkHorizons(horizons);
  const byHorizon = horizons.map((h) => targetOf(rows, cells, (i) => (eventTime(i) === h ? 1 : 0), `event time ${h}`, settings.level));
  const byColumn = settings.targets.map((name, j) => targetOf(rows, cells, (i) => rows.numbers[j]![i]!, name as string, settings.level));
  const preTrends = settings.preTrends === undefined ? undefined : fitPreTrends(data, settings);
  const flat = [all, ...byHorizon, ...byColumn]
    .filter(({ estimate }) => Number.isNaN(estimate.standardError))
    .map(({ estimate }) => estimate.term);
  const warnings: Warning[] = [...rows.warnings];
  if (flat.length > 0) {
    warnings.push({ code: "NO_VARIANCE", message: `No standard error, as nothing varies: ${flat.join(", ")}`, details: { terms: flat } });
  }
  return finishResult({
    kind: CALLER,
    estimates: byHorizon.map(({ estimate }, j) => ({ ...estimate, eventTime: horizons[j]! })),
    vcov: clusterCovariance(byHorizon.map(({ sums }) => sums)),
    overall: all.estimate,
    targetEstimates: byColumn.map(({ estimate }) => estimate),
    ...(preTrends === undefined ? {} : { preTrends }),
    sample: { ...rows.sample, clusters: rows.clusters.count },
    warnings,
    options: settings as unknown as ImputationSettings,
    reference:
      "Borusyak, Jaravel & Spiess (2024), Revisiting event-study designs: robust and efficient estimation, Review of Economic Studies 91(6), 3253-3285",
  });
}

/** Number of each treated row's cohort and time since treatment; -1 for rows that do not count. */
function effectCells({ treated, firstTreated, times, model }: ImputedRows): { readonly codes: Int32Array; readonly count: number } {
  const codes = new Int32Array(treated.length).fill(-1);
  const found = new Map<number, Map<number, number>>();
  let count = 0;
  for (let i = 0; i < codes.length; i++) {
    if (treated[i] === 0 || Number.isNaN(model.effects[i]!)) continue;
    const g = firstTreated![i]!;
    const ofCohort = found.get(g) ?? new Map<number, number>();
    found.set(g, ofCohort);
    const code = ofCohort.get(times[i]!) ?? count++;
    ofCohort.set(times[i]!, code);
    codes[i] = code;
  }
  return { codes, count };
}

function observedHorizons({ treated, firstTreated, times, model }: ImputedRows): number[] {
  const found = new Set<number>();
  for (let i = 0; i < treated.length; i++)
    if (treated[i] === 1 && !Number.isNaN(model.effects[i]!)) found.add(times[i]! - firstTreated![i]!);
  return [...found].sort((a, b) => a - b);
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
  cells: { readonly codes: Int32Array; readonly count: number },
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
  if (!(total > 0)) {
    throw new IdentificationError(
      "EMPTY_TARGET",
      `Cannot average effects for "${term}" as treated rows with a positive weight are needed: there are none`,
      {
        target: term,
      },
    );
  }
  let value = 0;
  const square = new Float64Array(cells.count);
  const weighted = new Float64Array(cells.count);
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
  const variance = sums.reduce((sum, s) => sum + s * s, 0);
  return { estimate: normalEstimate(term, value, variance, level), sums };
}

/** Event-time indicators before treatment in a regression on untreated rows, never-treated units as reference. */
function fitPreTrends<Row>(data: Panel<Row>, settings: ImputationSettings<Row>): PreTrends {
  const cohorts = cohortsOfRows(CALLER, data, settings.firstTreated);
  const reference = Number.MAX_SAFE_INTEGER;
  const wanted = settings.preTrends!;
  const column = freeName(data, "eventTime");
  const keep = new Uint8Array(cohorts.length);
  const events = cohorts.map((g, i) => {
    const e = data.times[data.timeCodes[i]!]! - g;
    keep[i] = Number.isNaN(g) || e >= 0 ? 0 : 1;
    return Number.isFinite(e) && e < 0 && (wanted === "all" || wanted.includes(e)) ? e : reference;
  });
  const untreated = data.with({ [column]: events }).filter(keep) as unknown as Panel<Row>;
  const hasReference = untreated.numbers(column as never).includes(reference);
  const result = ols(untreated, {
    outcome: settings.outcome,
    regressors: [factor(column as string, { reference: hasReference ? reference : null }), ...settings.covariates],
    fixedEffects: [data.unit, data.time],
    cluster: settings.cluster ?? data.unit,
    ...(settings.weights === undefined ? {} : { weights: settings.weights }),
    level: settings.level,
    keepModel: false,
  } as unknown as OlsOptions<Row>);
  const prefix = `${column}::`;
  const { estimates, vcov } = pickTerms(result, (term) => term.startsWith(prefix));
  const statistic = waldStatistic(
    Float64Array.from(estimates, ({ estimate }) => estimate),
    fromRows(vcov),
  );
  return {
    estimates: estimates.map((estimate) => {
      const eventTime = Number(estimate.term.slice(prefix.length));
      return { ...normalEstimate(`event time ${eventTime}`, estimate.estimate, estimate.standardError ** 2, settings.level), eventTime };
    }),
    vcov,
    ...(statistic === undefined ? {} : { test: chiSquaredTest(statistic, estimates.length) }),
  };
}
