import { finishResult } from "../core/display.ts";
import { DataError, IdentificationError } from "../core/errors.ts";
import { checkArgument, checkChoice, checkLevel, resolveOptions } from "../core/options.ts";
import type { DroppedRows, Estimate, Warning } from "../core/result.ts";
import { numericData } from "../data/frame.ts";
import type { NumericColumn, Panel } from "../data/index.ts";
import { columnsByRole, numberRole, resolveWeights } from "../data/roles.ts";
import { tEstimate } from "../inference/estimate.ts";
import { type FixedEffectsOption, factor } from "../regression/index.ts";
import { type CellDesign, type CellRegression, regressOnCells } from "./cell-regression.ts";
import { type Contributions, combineContributions, fewClustersColumn } from "./contributions.ts";
import { designWarnings } from "./design-warnings.ts";
import type { EventStudyTable, EventTimeEstimate } from "./event-study-table.ts";
import { binned, checkBins, cohortsOfRows, type EventBin, referenceList } from "./event-time.ts";
import {
  freeName,
  PANEL_REGRESSION_DEFAULTS,
  type PanelFit,
  type PanelRegressionOptions,
  type PanelRegressionSettings,
  pickTerms,
  regressionPart,
  regressOnPanel,
} from "./panel-regression.ts";

/** Options of {@link sunAbraham}. */
export interface SunAbrahamOptions<Row> extends PanelRegressionOptions<Row> {
  /** First treatment time of each unit; 0, `Infinity` and times after the last period = never. */
  readonly firstTreated: NumericColumn<Row>;
  /** Event times whose effects are set to zero in every cohort. @defaultValue -1 */
  readonly reference?: number | readonly number[];
  /** Cohorts that serve as comparison beside the never-treated. @defaultValue [] */
  readonly referenceCohorts?: readonly number[];
  /** Units treated by the first period: left out, or a comparison group, which needs effects that do not change. @defaultValue "drop" */
  readonly alwaysTreated?: "drop" | "reference";
  /** Event times to merge within each cohort. @defaultValue [] */
  readonly bins?: readonly EventBin[];
  /** Event time by row, the same for all rows of a cohort in a period. Default: time less first treatment time. Not read for the never-treated. */
  readonly eventTime?: NumericColumn<Row>;
  /** Effects to absorb in place of those of units and periods, as in `ols`: cohorts and periods in repeated cross-sections, for example. */
  readonly fixedEffects?: FixedEffectsOption<Row>;
}

/** {@link SunAbrahamOptions} with defaults filled in. */
export type SunAbrahamSettings<Row = never> = SunAbrahamOptions<Row> &
  PanelRegressionSettings<Row> &
  Required<Pick<SunAbrahamOptions<Row>, "reference" | "referenceCohorts" | "bins" | "alwaysTreated">>;

/** Effect of one cohort at one event time. */
export interface CohortEventEstimate extends Estimate {
  readonly group: number;
  readonly eventTime: number;
}

/** Interaction-weighted event study. */
export interface SunAbrahamResult extends EventStudyTable<"did.sunAbraham", SunAbrahamSettings> {
  /** Average over all event times from 0 on. */
  readonly overall: Estimate;
  /** Average from event time 0 on by cohort. */
  readonly cohortEstimates: readonly (Estimate & { readonly group: number })[];
  /** Each cohort's own effects. */
  readonly interacted: readonly CohortEventEstimate[];
  /** Cohorts and event times without an effect of their own, being collinear with others. */
  readonly collinear: readonly { readonly group: number; readonly eventTime: number }[];
  readonly covariateEstimates: readonly Estimate[];
  readonly fit: PanelFit;
}

const CALLER = "did.sunAbraham";

/** A cohort at an event time, with its rows' weight. */
interface Cell {
  readonly eventTime: number;
  readonly group: number;
  weight: number;
}

/**
 * Interaction-weighted event study: indicators of cohort by event time in a two-way fixed-effects regression, averaged by the cohorts' shares
 * of rows (of weights, where weighted). Equals `sunab` of R's fixest 0.14; shares count as fixed in the variance. Always-treated units are left
 * out with a warning. A cohort that starts between two observed periods counts as treated.
 *
 * @throws IdentificationError `NO_TREATED_UNITS`; DataError `FIRST_TREATED_VARIES`, `NEGATIVE_FIRST_TREATED`; what `ols` throws.
 * @see Sun & Abraham (2021), doi:10.1016/j.jeconom.2020.09.006
 * @example
 * sunAbraham(people, { outcome: "employed", firstTreated: "firstProgramMonth" }).estimates;
 */
export function sunAbraham<Row>(data: Panel<Row>, options: SunAbrahamOptions<Row>): SunAbrahamResult {
  checkArgument(CALLER, data, "a panel", ["unitOffsets"]);
  const settings = resolveOptions<SunAbrahamSettings<Row>>(CALLER, options, {
    required: ["outcome", "firstTreated"],
    defaults: {
      ...PANEL_REGRESSION_DEFAULTS,
      reference: -1,
      referenceCohorts: [],
      alwaysTreated: "drop",
      bins: [],
      eventTime: undefined,
      fixedEffects: undefined,
    },
  });
  checkLevel(CALLER, settings.level);
  checkBins(CALLER, settings.bins);
  checkChoice(CALLER, "alwaysTreated", settings.alwaysTreated, ["drop", "reference"]);
  const kept = settings.alwaysTreated === "drop" ? withoutAlwaysTreated(data, settings) : { data, dropped: [] };
  const design = cellDesign(kept.data, settings);
  if (design.cells.length === 0) {
    columnsByRole(CALLER, data, { outcome: numberRole(settings.outcome as string) }); // data without rows are the first thing to say
    throw new IdentificationError(
      "NO_TREATED_UNITS",
      `Cannot run ${CALLER} as "${settings.firstTreated}" must name a treated cohort seen before and after its start: none is`,
      { column: settings.firstTreated },
    );
  }
  const names = design.cells.map((_, k) => `${CELL}${k}`);
  const own = { ...settings, firstTreated: settings.firstTreated as string };
  const few = fewClustersColumn(kept.data, settings, kept.data.unit as string) !== undefined;
  const onCells = few || settings.fixedEffects !== undefined ? undefined : regressOnCells(CALLER, kept.data, own, { ...design, names });
  const result = onCells ?? regressOnIndicators(kept.data, settings, design);
  addWeights(kept.data, settings, design);
  const { sample, warnings, fit } = samplePart(result, data, kept);
  const doubts = designWarnings(kept.data, cohortsOfRows(CALLER, kept.data, settings.firstTreated), {
    ...(settings.referenceCohorts.length > 0
      ? {}
      : {
          withoutNever: (last) =>
            `only contrasts of the remaining effects are identified, some were left out; referenceCohorts: [${last}] with the periods before ${last} compares with the last cohort`,
        }),
    singleUnit: "their effects have no variance of their own",
  });
  return finishResult({
    ...finishSunAbraham(result, design.cells, settings),
    sample,
    fit,
    warnings: [...warnings.map((warning) => inWords(warning, design.cells)), ...doubts, ...referenceWarnings(kept.data, settings, design)],
  });
}

/** A regression's warning with effects named as in the result. */
function inWords(warning: Warning, cells: readonly Cell[]): Warning {
  const named = (text: string): string =>
    text.replace(
      /cohort(?: and event time |Event_*::)(\d+)/g,
      (_, k) => `event time ${cells[Number(k)]?.eventTime}, cohort ${cells[Number(k)]?.group}`,
    );
  return { ...warning, message: named(warning.message) };
}

/** Cohorts without a row at any reference time: their effects are relative to each other. */
function referenceWarnings<Row>(data: Panel<Row>, settings: SunAbrahamSettings<Row>, { cohorts, events }: EventCells): Warning[] {
  const T = data.times.length;
  const reference = referenceList(settings.reference);
  const without = cohorts.filter(
    (g, c) =>
      Number.isFinite(g) &&
      !settings.referenceCohorts.includes(g) &&
      !events.subarray(c * T, (c + 1) * T).some((e) => reference.includes(e)),
  );
  if (without.length === 0) return [];
  return [
    {
      code: "REFERENCE_NOT_SEEN",
      message: `No period is ${reference.join(" or ")} from the start of ${without.length === 1 ? "cohort" : "cohorts"} ${without.sort((a, b) => a - b).join(", ")}: one effect each was left out in its place; choose "reference" or "bins" by the periods observed`,
      details: { cohorts: without },
    },
  ];
}

/** The same regression with a column for each cell. */
function regressOnIndicators<Row>(
  data: Panel<Row>,
  settings: SunAbrahamSettings<Row>,
  design: EventCells,
): CellRegression & { readonly contributions?: Contributions } {
  const column = freeName(data, "cohortEvent") as string;
  const codes = new Float64Array(data.rowCount);
  forEachRow(data, design, (i, code) => {
    codes[i] = code;
  });
  const extended = data.with({ [column]: codes }) as unknown as Panel<Row>;
  const indicators = factor(column, { reference: codes.includes(NO_EFFECT) ? NO_EFFECT : null });
  const { estimates, vcov, sample, warnings, fit, contributions } = regressOnPanel(
    extended,
    settings,
    [...settings.covariates, indicators],
    settings.fixedEffects as readonly unknown[] | undefined,
  );
  const renamed = Object.entries(estimates).map(([term, estimate]) => [term.replace(`${column}::`, CELL), estimate] as const);
  return { estimates: Object.fromEntries(renamed), vcov, sample, warnings, fit, ...(contributions === undefined ? {} : { contributions }) };
}

/** Units treated in every period they are seen in have no comparison of their own. */
function withoutAlwaysTreated<Row>(data: Panel<Row>, settings: SunAbrahamSettings<Row>): { data: Panel<Row>; dropped: DroppedRows[] } {
  const cohorts = cohortsOfRows(CALLER, data, settings.firstTreated);
  const always = alwaysTreatedCohorts(data, cohorts, settings);
  let rows = 0;
  const keep = new Uint8Array(cohorts.length);
  for (let i = 0; i < keep.length; i++) {
    keep[i] = always(cohorts[i]!) ? 0 : 1;
    if (keep[i] === 0) rows++;
  }
  return rows === 0 ? { data, dropped: [] } : { data: data.filter(keep), dropped: [{ reason: "treated by the first period", rows }] };
}

/** Whether a cohort is treated by the first period: by its start, or by its event times where they are given. */
function alwaysTreatedCohorts<Row>(
  data: Panel<Row>,
  cohorts: Float64Array,
  settings: SunAbrahamSettings<Row>,
): (cohort: number) => boolean {
  if (settings.eventTime === undefined) return (cohort) => cohort <= data.times[0]!;
  const { values } = numericData(data, settings.eventTime);
  const before = new Set<number>();
  for (let i = 0; i < cohorts.length; i++) if (values[i]! < 0) before.add(cohorts[i]!);
  return (cohort) => Number.isFinite(cohort) && !before.has(cohort);
}

/** Cells of cohort and period, and the effect each belongs to. */
interface EventCells extends Omit<CellDesign, "names"> {
  readonly cells: readonly Cell[];
  /** Event time after binning by cohort and period; NaN where a cohort has no row. */
  readonly events: Float64Array;
}

/** Starts the names of the effects' terms. */
const CELL = "cohort and event time ";
const NO_EFFECT = -1;

/** Effects by event time, then cohort; the columns of cells without an effect of their own are -1. */
function cellDesign<Row>(data: Panel<Row>, settings: SunAbrahamSettings<Row>): EventCells {
  const byRow = cohortsOfRows(CALLER, data, settings.firstTreated);
  const numbers = new Map<number, number>();
  const T = data.times.length;
  const cohortOfUnit = new Int32Array(data.unitCount).fill(-1);
  for (let u = 0; u < data.unitCount; u++) {
    for (let i = data.unitOffsets[u]!; i < data.unitOffsets[u + 1]!; i++) {
      const g = byRow[i]!;
      if (Number.isNaN(g)) continue;
      if (!numbers.has(g)) numbers.set(g, numbers.size);
      cohortOfUnit[u] = numbers.get(g)!;
      break;
    }
  }
  const cohorts = [...numbers.keys()];
  const seen = new Uint8Array(cohorts.length * T);
  for (let u = 0; u < data.unitCount; u++) {
    const c = cohortOfUnit[u]!;
    if (c >= 0)
      for (let i = data.unitOffsets[u]!; i < data.unitOffsets[u + 1]!; i++)
        if (!Number.isNaN(byRow[i]!)) seen[c * T + data.timeCodes[i]!] = 1;
  }
  const reference = new Set(referenceList(settings.reference));
  const events = eventTable(data, settings, cohorts, cohortOfUnit);
  const always = alwaysTreatedCohorts(data, byRow, settings);
  const found = new Map<string, Cell & { positions: number[] }>();
  cohorts.forEach((group, c) => {
    if (!Number.isFinite(group) || always(group) || settings.referenceCohorts.includes(group)) return;
    for (let t = 0; t < T; t++) {
      const eventTime = events[c * T + t]!;
      if (seen[c * T + t] === 0 || reference.has(eventTime)) continue;
      const cell = found.get(`${eventTime}:${c}`) ?? { eventTime, group, weight: 0, positions: [] };
      cell.positions.push(c * T + t);
      found.set(`${eventTime}:${c}`, cell);
    }
  });
  const cells = [...found.values()].sort((a, b) => a.eventTime - b.eventTime || a.group - b.group);
  const columns = new Int32Array(cohorts.length * T).fill(NO_EFFECT);
  cells.forEach(({ positions }, k) => {
    for (const p of positions) columns[p] = k;
  });
  return { cohorts, cohortOfUnit, columns, cells, events };
}

/** Event times by cohort and period. @throws DataError `EVENT_TIME_VARIES`. */
function eventTable<Row>(
  data: Panel<Row>,
  { eventTime, bins }: SunAbrahamSettings<Row>,
  cohorts: readonly number[],
  cohortOfUnit: Int32Array,
): Float64Array {
  const T = data.times.length;
  if (eventTime === undefined)
    return Float64Array.from({ length: cohorts.length * T }, (_, k) => binned(data.times[k % T]! - cohorts[(k / T) | 0]!, bins));
  const { values } = numericData(data, eventTime);
  const events = new Float64Array(cohorts.length * T).fill(Number.NaN);
  for (let u = 0; u < data.unitCount; u++) {
    const c = cohortOfUnit[u]!;
    if (c < 0 || !Number.isFinite(cohorts[c]!)) continue;
    for (let i = data.unitOffsets[u]!; i < data.unitOffsets[u + 1]!; i++) {
      const k = c * T + data.timeCodes[i]!;
      const own = binned(values[i]!, bins);
      if (Number.isNaN(events[k]!)) events[k] = own;
      if (events[k] === own) continue;
      throw new DataError(
        "EVENT_TIME_VARIES",
        `Cannot run ${CALLER} as "${eventTime}" must be one number for each cohort and period: cohort ${cohorts[c]} has ${events[k]} and ${own} at ${data.times[data.timeCodes[i]!]}`,
        { column: eventTime, row: i },
      );
    }
  }
  return events;
}

/** Calls with each row and its effect's number: -1 for none, NaN where the first treatment time is missing. */
function forEachRow<Row>(data: Panel<Row>, { cohortOfUnit, columns }: EventCells, visit: (row: number, code: number) => void): void {
  const T = data.times.length;
  for (let u = 0; u < data.unitCount; u++) {
    const c = cohortOfUnit[u]!;
    for (let i = data.unitOffsets[u]!; i < data.unitOffsets[u + 1]!; i++)
      visit(i, c < 0 ? Number.NaN : columns[c * T + data.timeCodes[i]!]!);
  }
}

/** Rows (or their weights) that the regression used, by cell. */
function addWeights<Row>(data: Panel<Row>, settings: SunAbrahamSettings<Row>, design: EventCells): void {
  const weights = resolveWeights(CALLER, settings.weights, ["analytic", "frequency", "sampling"]);
  const w = weights === undefined ? undefined : numericData(data, weights.column).values;
  const y = numericData(data, settings.outcome).values;
  const g = numericData(data, settings.firstTreated).values;
  forEachRow(data, design, (i, code) => {
    if (!(code >= 0) || Number.isNaN(y[i]!) || Number.isNaN(g[i]!) || (w !== undefined && Number.isNaN(w[i]!))) return;
    design.cells[code]!.weight += w === undefined ? 1 : w[i]!;
  });
}

function finishSunAbraham<Row>(
  result: CellRegression & { readonly contributions?: Contributions },
  cells: readonly Cell[],
  settings: SunAbrahamSettings<Row>,
): Omit<SunAbrahamResult, "sample" | "warnings" | "fit"> {
  const effects = pickTerms(result, (term) => term.startsWith(CELL));
  const own = effects.terms.map((term) => cells[Number(term.slice(CELL.length))]!);
  const kept = new Set(own);
  const df = effects.estimates[0]?.degreesOfFreedom ?? Number.POSITIVE_INFINITY;
  const events = [...new Set(own.map(({ eventTime }) => eventTime))].sort((a, b) => a - b);
  const post = own.map(({ eventTime }) => eventTime >= 0);
  const combine = (term: string, picked: (k: number) => boolean): Estimate => {
    const c = sharesOf(own, picked);
    const value = c.reduce((sum, share, k) => sum + share * effects.estimates[k]!.estimate, 0);
    return tEstimate(term, value, quadratic(c, c, effects.vcov), df, settings.level);
  };
  const byEvent = events.map((e) => sharesOf(own, (k) => own[k]!.eventTime === e));
  const estimates: EventTimeEstimate[] = events.map((e) => ({
    ...combine(`event time ${e}`, (k) => own[k]!.eventTime === e),
    eventTime: e,
  }));
  const groups = [...new Set(own.filter((_, k) => post[k]).map(({ group }) => group))].sort((a, b) => a - b);
  return {
    kind: CALLER,
    estimates,
    vcov: byEvent.map((a) => byEvent.map((b) => quadratic(a, b, effects.vcov))),
    ...(effects.kept.contributions === undefined ? {} : { contributions: combineContributions(effects.kept.contributions, byEvent) }),
    overall: combine("average from event time 0 on", (k) => post[k]!),
    cohortEstimates: groups.map((group) => ({ ...combine(`cohort ${group}`, (k) => post[k]! && own[k]!.group === group), group })),
    interacted: effects.estimates.map((estimate, k) => ({
      ...estimate,
      term: `event time ${own[k]!.eventTime}, cohort ${own[k]!.group}`,
      group: own[k]!.group,
      eventTime: own[k]!.eventTime,
    })),
    collinear: cells.filter((cell) => !kept.has(cell)).map(({ group, eventTime }) => ({ group, eventTime })),
    covariateEstimates: pickTerms(result, (term) => !term.startsWith(CELL)).estimates,
    options: settings as unknown as SunAbrahamSettings,
    reference:
      "Sun & Abraham (2021), Estimating dynamic treatment effects in event studies with heterogeneous treatment effects, Journal of Econometrics 225(2), 175-199",
  };
}

function sharesOf(own: readonly Cell[], picked: (k: number) => boolean): number[] {
  const total = own.reduce((sum, { weight }, k) => sum + (picked(k) ? weight : 0), 0);
  return own.map(({ weight }, k) => (picked(k) ? weight / total : 0));
}

function quadratic(a: readonly number[], b: readonly number[], V: readonly (readonly number[])[]): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    if (a[i] === 0) continue;
    for (let j = 0; j < b.length; j++) sum += a[i]! * V[i]![j]! * b[j]!;
  }
  return sum;
}

function samplePart<Row>(
  result: CellRegression,
  data: Panel<Row>,
  { dropped }: { readonly dropped: readonly DroppedRows[] },
): Pick<SunAbrahamResult, "sample" | "warnings" | "fit"> {
  const { sample, warnings, fit } = regressionPart(result);
  const always: Warning[] = dropped.map(({ rows }) => ({
    code: "ALWAYS_TREATED_DROPPED",
    message: `${rows} rows of units treated by the first period were left out: they have no period before treatment`,
    details: { rows },
  }));
  return { sample: { ...sample, rows: data.rowCount, dropped: [...dropped, ...sample.dropped] }, warnings: [...always, ...warnings], fit };
}
