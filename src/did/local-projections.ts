import { finishResult } from "../core/display.ts";
import { DataError, IdentificationError, OptionError } from "../core/errors.ts";
import { checkBoolean, checkChoice, checkLevel, checkNumber, resolveOptions } from "../core/options.ts";
import type { Estimate, Warning } from "../core/result.ts";
import type { AnyColumn, NumericColumn, Panel, WeightOption } from "../data/index.ts";
import { binaryRole, columnsByRole, type Groups, groupRole, numberRole, resolveWeights, timeRole, weightRole } from "../data/roles.ts";
import { tEstimate } from "../inference/estimate.ts";
import { requireTwoClusters } from "../inference/vcov-cluster.ts";
import type { Term } from "../regression/index.ts";
import { checkPanel } from "./check-panel.ts";
import { contributionsFromSums, fewClusterWarnings } from "./contributions.ts";
import { covariateColumns, covariateRoles, covariateTerms } from "./covariates.ts";
import { designWarnings, missingStarts, varianceWarnings } from "./design-warnings.ts";
import type { EventStudyTable, EventTimeEstimate } from "./event-study-table.ts";
import { cohortsOfRows, requireOne } from "./event-time.ts";
import { fitAdjustment, fitLinear } from "./numerics/adjusted-long-differences.ts";
import {
  differenceOf,
  fitLongDifference,
  type LongDifference,
  type LongDifferenceFit,
  type OutcomeTable,
  outcomeTable,
  startsIn,
  treatmentSwitches,
  weightIn,
} from "./numerics/long-differences.ts";

/** Options of {@link localProjections}. */
export interface LocalProjectionsOptions<Row> {
  /** Numeric outcome. */
  readonly outcome: NumericColumn<Row>;
  /** First treatment time of each unit; 0, `Infinity` and times after the last period = never. */
  readonly firstTreated?: NumericColumn<Row>;
  /** In its place, for treatments that switch on and off: 0/1 by row. Units that start, and stay treated over the horizon, are compared with controls. */
  readonly treated?: NumericColumn<Row>;
  /**
   * With `treated`: periods after which effects have settled, so that a unit counts again as starting (and with `controlGroup: "unchanged"` as a
   * control) after so many without a change. @defaultValue Infinity: first starts alone
   */
  readonly settledAfter?: number;
  /** First and last event time, in periods. Default: all with treated units and clean controls. */
  readonly window?: readonly [number, number];
  /**
   * Controls of a horizon: units untreated up to it, or units never treated; with `treated` also those whose treatment, on or off, does not change.
   * @defaultValue "notYetTreated"
   */
  readonly controlGroup?: "notYetTreated" | "neverTreated" | "unchanged";
  /** Weights of periods of entry: the regression's own (`"variance"`), or their numbers of newly treated units (`"equal"`), which gives the average effect on the treated. @defaultValue "variance" */
  readonly weighting?: "variance" | "equal";
  /**
   * Covariates, with their values in the period before: in the regression, or with `weighting: "equal"` by regression adjustment (fitted among the
   * controls). @defaultValue []
   */
  readonly covariates?: readonly Term<Row>[];
  /**
   * Weights of rows, taken like covariates from the period before; a weight of zero leaves the row out. Analytic and sampling weights give the
   * same results.
   */
  readonly weights?: WeightOption<Row>;
  /** Earlier changes of the outcome to use as covariates: of the period before, up to so many. @defaultValue 0 */
  readonly outcomeLags?: number;
  /** Outcomes are compared with the period before (`"previous"`) or with the mean over all periods before (`"mean"`), less noisy and less robust. @defaultValue "previous" */
  readonly base?: "previous" | "mean";
  /** Whether all horizons rest on the same units: seen, and as controls untreated, up to the last. Needs `window`. @defaultValue false */
  readonly fixedComposition?: boolean;
  /** A column whose groups are independent of each other and hold whole units. @defaultValue the panel's unit */
  readonly cluster?: AnyColumn<Row>;
  /** Confidence level. @defaultValue 0.95 */
  readonly level?: number;
}

/** {@link LocalProjectionsOptions} with defaults filled in. */
export type LocalProjectionsSettings<Row = never> = LocalProjectionsOptions<Row> &
  Required<
    Pick<LocalProjectionsOptions<Row>, "controlGroup" | "weighting" | "covariates" | "outcomeLags" | "base" | "fixedComposition" | "level">
  >;

/** Effects by horizon; `overall` is the pooled effect after the start. */
export interface LocalProjectionsResult extends EventStudyTable<"did.localProjections", LocalProjectionsSettings> {
  readonly overall: Estimate;
  /** Pooled difference before the period before treatment; absent without such periods. */
  readonly pooledPre?: Estimate;
}

const CALLER = "did.localProjections";

/**
 * Local-projections difference-in-differences: for each horizon h the long difference `y(t+h) - y(t-1)` is regressed on an indicator of
 * starting treatment in t, with period effects, among units that start in t and clean controls, untreated through t + h. Pooled effects take
 * the mean outcome over all horizons after (before) the start. Clustered by unit unless told otherwise, t inference. Event times count observed periods; -1 is the
 * reference; covariates count with their values in the period before. Units treated from the first period never enter; with `treated`, starts count that no other change comes near (section 4 of the paper); rows without their long difference do not count at that horizon.
 *
 * @throws IdentificationError `NO_TREATED_UNITS`, `ONE_CLUSTER`; DataError `FIRST_TREATED_VARIES`, `NEGATIVE_FIRST_TREATED`; OptionError.
 * @see Dube, Girardi, Jordà & Taylor (2023), doi:10.3386/w31184
 * @example
 * localProjections(people, { outcome: "employed", firstTreated: "firstProgramMonth", weighting: "equal" }).estimates;
 */
export function localProjections<Row>(data: Panel<Row>, options: LocalProjectionsOptions<Row>): LocalProjectionsResult {
  checkPanel(CALLER, data);
  const settings = resolveOptions<LocalProjectionsSettings<Row>>(CALLER, options, {
    required: ["outcome"],
    defaults: {
      firstTreated: undefined,
      treated: undefined,
      settledAfter: undefined,
      window: undefined,
      controlGroup: "notYetTreated",
      weighting: "variance",
      covariates: [],
      weights: undefined,
      outcomeLags: 0,
      base: "previous",
      fixedComposition: false,
      cluster: undefined,
      level: 0.95,
    },
  });
  checkChoices(settings);
  const terms = covariateTerms(data, settings.covariates);
  const { columns, rows, sample } = columnsByRole(CALLER, data, {
    outcome: numberRole(settings.outcome as string),
    firstTreated: timeRole(settings.firstTreated as string | undefined),
    treated: binaryRole(settings.treated as string | undefined),
    cluster: groupRole(settings.cluster as string | undefined),
    weights: weightRole(resolveWeights(CALLER, settings.weights, ["analytic", "sampling"])?.column),
    ...covariateRoles(terms),
  });
  const view = rows === undefined ? data : data.take(rows);
  const T = view.times.length;
  const [from, to] = settings.window ?? [-T, T];
  const clusters = clustersOfUnits(view, settings.cluster as string | undefined, columns.cluster);
  requireTwoClusters([{ name: (settings.cluster ?? data.unit) as string, count: clusters.clusterCount }]);
  const design =
    columns.treated === undefined ? { entries: entryPeriods(view, settings.firstTreated!) } : switchesOf(view, columns.treated, settings);
  const placed = outcomeTable(columns.outcome, view, { periods: T, ...design, ...clusters });
  const table = columns.weights === undefined ? placed : { ...placed, weights: outcomeTable(columns.weights, view, placed).values };
  const never = settings.controlGroup === "neverTreated";
  const equal = settings.weighting === "equal";
  const covariates = earlierColumns(view, covariateColumns(CALLER, terms, columns, view.rowCount), table, settings.outcomeLags);
  const shared = { never, equal, base: settings.base, ...(settings.fixedComposition ? { through: to } : {}) };
  const over = (first: number, last: number): LongDifferenceFit | undefined =>
    covariates.length === 0
      ? fitLongDifference(table, { ...shared, first, last })
      : fitAdjustedDifference(table, { ...shared, first, last }, covariates);
  const fits: { eventTime: number; fit: LongDifferenceFit }[] = [];
  for (let h = Math.max(from, -T); h <= Math.min(to, T); h++) {
    if (h === -1) continue;
    const own = over(h, h);
    if (own !== undefined) fits.push({ eventTime: h, fit: own });
  }
  const post = fits.filter(({ eventTime }) => eventTime >= 0);
  if (post.length === 0) {
    throw new IdentificationError(
      "NO_TREATED_UNITS",
      `Cannot run ${CALLER} as "${settings.firstTreated ?? settings.treated}" must name units seen before and after their start, with clean controls: there are none`,
      { column: settings.firstTreated ?? settings.treated },
    );
  }
  const pre = fits.filter(({ eventTime }) => eventTime < 0);
  const pooledPost = over(post[0]!.eventTime, post[post.length - 1]!.eventTime)!;
  const pooledPre = pre.length === 0 ? undefined : over(pre[0]!.eventTime, pre[pre.length - 1]!.eventTime);
  const named = (term: string, { value, contributions, clusters: G }: LongDifferenceFit): Estimate =>
    tEstimate(term, value, productOf(contributions, contributions), G - 1, settings.level);
  const doubts =
    settings.firstTreated === undefined
      ? []
      : [
          ...missingStarts(sample.dropped, settings.firstTreated as string),
          ...designWarnings(view, cohortsOfRows(CALLER, view, settings.firstTreated), {
            alwaysTreated: "their rows never enter",
            withoutNever: (last) => `effects from period ${last} on have no clean controls`,
          }),
        ];
  const estimates = fits.map((own): EventTimeEstimate => ({ ...named(`event time ${own.eventTime}`, own.fit), eventTime: own.eventTime }));
  const overall = named("pooled after the start", pooledPost);
  const before = pooledPre && named("pooled before the start", pooledPre);
  return finishResult({
    kind: CALLER,
    estimates,
    vcov: fits.map((a) => fits.map((b) => productOf(a.fit.contributions, b.fit.contributions))),
    ...contributionsFromSums(fits.map(({ fit }) => fit.contributions)),
    overall,
    ...(before === undefined ? {} : { pooledPre: before }),
    sample: { ...sample, clusters: clusters.clusterCount },
    warnings: [
      ...doubts,
      ...collinearWarnings(fits),
      ...fewClusterWarnings(clusters.clusterCount),
      ...varianceWarnings([...estimates, overall, ...(before === undefined ? [] : [before])]),
    ],
    options: settings as unknown as LocalProjectionsSettings,
    reference:
      "Dube, Girardi, Jordà & Taylor (2023), A local projections approach to difference-in-differences event studies, NBER Working Paper 31184",
  });
}

/** Covariates that drop out of the regression of some event time. */
function collinearWarnings(fits: readonly { readonly eventTime: number; readonly fit: LongDifferenceFit }[]): Warning[] {
  const found = fits.filter(({ fit }) => (fit.collinear ?? []).length > 0);
  if (found.length === 0) return [];
  const columns = [...new Set(found.flatMap(({ fit }) => fit.collinear!))].sort((a, b) => a - b);
  const eventTimes = found.map(({ eventTime }) => eventTime);
  return [
    {
      code: "COLLINEAR_COVARIATES",
      message: `${columns.length} covariate columns count for nothing at event times ${eventTimes.join(", ")}: others, or the periods, determine them`,
      details: { columns, eventTimes },
    },
  ];
}

function checkChoices<Row>(settings: LocalProjectionsSettings<Row>): void {
  checkLevel(CALLER, settings.level);
  requireOne(CALLER, ["firstTreated", settings.firstTreated], ["treated", settings.treated]);
  const controls = ["notYetTreated", "neverTreated"] as const;
  checkChoice(CALLER, "controlGroup", settings.controlGroup, settings.treated === undefined ? controls : [...controls, "unchanged"]);
  if (settings.settledAfter !== undefined && settings.treated === undefined) {
    throw new OptionError(
      "INVALID_OPTION",
      `Cannot run ${CALLER} as option "settledAfter" belongs to "treated": it was given with "firstTreated", after which treatment stays`,
      { caller: CALLER, option: "settledAfter" },
    );
  }
  if (settings.settledAfter !== undefined && settings.settledAfter !== Number.POSITIVE_INFINITY)
    checkNumber(CALLER, "settledAfter", settings.settledAfter, { min: 0, integer: true });
  checkChoice(CALLER, "weighting", settings.weighting, ["variance", "equal"]);
  checkChoice(CALLER, "base", settings.base, ["previous", "mean"]);
  checkNumber(CALLER, "outcomeLags", settings.outcomeLags, { min: 0, integer: true });
  checkBoolean(CALLER, "fixedComposition", settings.fixedComposition);
  if (settings.fixedComposition && settings.window === undefined) {
    throw new OptionError(
      "MISSING_OPTION",
      `Cannot run ${CALLER} as fixedComposition needs the horizons to be named: give option "window"`,
      {
        option: "window",
      },
    );
  }
}

/** Cluster of each unit: itself, or the group that all its rows are in. @throws DataError `CLUSTER_VARIES`. */
function clustersOfUnits<Row>(
  view: Panel<Row>,
  column: string | undefined,
  groups: Groups | undefined,
): Pick<OutcomeTable, "clusters" | "clusterCount"> {
  const { unitCount, unitOffsets } = view;
  if (groups === undefined) return { clusters: Int32Array.from({ length: unitCount }, (_, u) => u), clusterCount: unitCount };
  const clusters = Int32Array.from({ length: unitCount }, (_, u) => groups.codes[unitOffsets[u]!]!);
  for (let u = 0; u < unitCount; u++) {
    for (let i = unitOffsets[u]!; i < unitOffsets[u + 1]!; i++) {
      if (groups.codes[i] === clusters[u]) continue;
      throw new DataError(
        "CLUSTER_VARIES",
        `Cannot run ${CALLER} as "${column}" must hold whole units: ${view.unitLabel(u)} is in more than one group`,
        { column, row: i },
      );
    }
  }
  return { clusters, clusterCount: groups.count };
}

/** Covariates by unit and period, with their values one period before; NaN without. */
function earlierColumns<Row>(view: Panel<Row>, columns: readonly Float64Array[], own: OutcomeTable, lags: number): readonly Float64Array[] {
  const { values, units, periods: T } = own;
  const later = (table: Float64Array): Float64Array => table.map((_, i) => (i % T === 0 ? Number.NaN : table[i - 1]!));
  const lagged = Array.from({ length: lags }, (_, lag) =>
    Float64Array.from({ length: units * T }, (_, i) => (i % T < lag + 2 ? Number.NaN : values[i - lag - 1]! - values[i - lag - 2]!)),
  );
  return [...columns.map((column) => later(outcomeTable(column, view, own).values)), ...lagged];
}

/** The regression with covariates, on rows of periods that have both sides. */
function fitAdjustedDifference(
  table: OutcomeTable,
  rules: LongDifference,
  covariates: readonly Float64Array[],
): LongDifferenceFit | undefined {
  const { units, periods: T, clusters, clusterCount } = table;
  const found: { u: number; t: number; difference: number }[] = [];
  const sides = new Int32Array(2 * T);
  for (let u = 0; u < units; u++) {
    for (let t = 1; t < T; t++) {
      const difference = differenceOf(table, rules, u, t);
      if (Number.isNaN(difference) || covariates.some((x) => Number.isNaN(x[u * T + t]!))) continue;
      found.push({ u, t, difference });
      sides[2 * t + (startsIn(table, u, t) ? 1 : 0)]!++;
    }
  }
  const kept = found.filter(({ t }) => sides[2 * t]! > 0 && sides[2 * t + 1]! > 0);
  if (kept.length === 0) return undefined;
  const rows = {
    cluster: Int32Array.from(kept, ({ u }) => clusters[u]!),
    period: Int32Array.from(kept, ({ t }) => t),
    treated: Uint8Array.from(kept, ({ u, t }) => (startsIn(table, u, t) ? 1 : 0)),
    difference: Float64Array.from(kept, ({ difference }) => difference),
    covariates: covariates.map((x) => Float64Array.from(kept, ({ u, t }) => x[u * T + t]!)),
    ...(table.weights === undefined ? {} : { weights: Float64Array.from(kept, ({ u, t }) => weightIn(table, u, t)) }),
  };
  return rules.equal ? fitAdjustment(rows, clusterCount, T) : fitLinear(rows, clusterCount, T);
}

/** Rank of the first treated period of each unit; the number of periods for never, -1 where treatment starts with the first period. */
function entryPeriods<Row>(view: Panel<Row>, firstTreated: NumericColumn<Row>): Int32Array {
  const cohorts = cohortsOfRows(CALLER, view, firstTreated);
  const out = new Int32Array(view.unitCount);
  for (let u = 0; u < out.length; u++) {
    const g = cohorts[view.unitOffsets[u]!]!;
    const entry = view.times.findIndex((time) => time >= g);
    out[u] = entry < 0 ? view.times.length : entry === 0 ? -1 : entry;
  }
  return out;
}

/** First switches on, and all changes, of a treatment that may end. */
function switchesOf<Row>(
  view: Panel<Row>,
  treated: Float64Array,
  { settledAfter, controlGroup }: LocalProjectionsSettings<Row>,
): Pick<OutcomeTable, "entries" | "switches"> {
  const T = view.times.length;
  const byPeriod = new Float64Array(view.unitCount * T).fill(Number.NaN);
  const entries = new Int32Array(view.unitCount).fill(T);
  for (let u = 0; u < view.unitCount; u++) {
    for (let i = view.unitOffsets[u]!; i < view.unitOffsets[u + 1]!; i++) {
      const t = view.timeCodes[i]!;
      byPeriod[u * T + t] = treated[i]!;
      if (treated[i] === 1 && t < entries[u]!) entries[u] = t;
    }
  }
  return { entries, switches: treatmentSwitches(byPeriod, T, settledAfter ?? Number.POSITIVE_INFINITY, controlGroup === "unchanged") };
}

function productOf(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let u = 0; u < a.length; u++) sum += a[u]! * b[u]!;
  return sum;
}
