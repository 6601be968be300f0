import { finishResult } from "../core/display.ts";
import { IdentificationError } from "../core/errors.ts";
import { checkChoice, checkLevel, resolveOptions } from "../core/options.ts";
import type { DroppedRows, Estimate, Warning } from "../core/result.ts";
import { numericData } from "../data/frame.ts";
import type { NumericColumn, Panel } from "../data/index.ts";
import { resolveWeights } from "../data/roles.ts";
import { tEstimate } from "../inference/estimate.ts";
import { factor, type OlsResult } from "../regression/index.ts";
import type { EventStudyTable, EventTimeEstimate } from "./event-study-table.ts";
import { checkBins, cohortsOfRows, type EventBin, eventTimes, referenceList } from "./event-time.ts";
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
  const settings = resolveOptions<SunAbrahamSettings<Row>>(CALLER, options, {
    required: ["outcome", "firstTreated"],
    defaults: { ...PANEL_REGRESSION_DEFAULTS, reference: -1, referenceCohorts: [], alwaysTreated: "drop", bins: [] },
  });
  checkLevel(CALLER, settings.level);
  checkBins(CALLER, settings.bins);
  checkChoice(CALLER, "alwaysTreated", settings.alwaysTreated, ["drop", "reference"]);
  const kept = settings.alwaysTreated === "drop" ? withoutAlwaysTreated(data, settings) : { data, dropped: [] };
  const column = freeName(kept.data, "cohortEvent");
  const { codes, cells } = interactions(kept.data, settings);
  if (cells.length === 0) {
    throw new IdentificationError(
      "NO_TREATED_UNITS",
      `Cannot run ${CALLER} as "${settings.firstTreated}" must name a treated cohort seen before and after its start: none is`,
      { column: settings.firstTreated },
    );
  }
  const extended = kept.data.with({ [column]: codes }) as unknown as Panel<Row>;
  const indicators = factor(column as string, { reference: codes.includes(0) ? 0 : null });
  const result = regressOnPanel(extended, settings, [...settings.covariates, indicators]);
  addWeights(kept.data, settings, codes, cells);
  return finishResult({ ...finishSunAbraham(result, `${column}::`, cells, settings), ...samplePart(result, data, kept) });
}

/** Units treated in every period they are seen in have no comparison of their own. */
function withoutAlwaysTreated<Row>(data: Panel<Row>, settings: SunAbrahamSettings<Row>): { data: Panel<Row>; dropped: DroppedRows[] } {
  const cohorts = cohortsOfRows(CALLER, data, settings.firstTreated);
  const earliest = data.times[0]!;
  let rows = 0;
  const keep = new Uint8Array(cohorts.length);
  for (let i = 0; i < keep.length; i++) {
    keep[i] = cohorts[i]! <= earliest ? 0 : 1;
    if (keep[i] === 0) rows++;
  }
  return rows === 0 ? { data, dropped: [] } : { data: data.filter(keep), dropped: [{ reason: "treated by the first period", rows }] };
}

/** Cell number of each row from 1 on, by event time, then cohort; 0 for rows without an effect of their own. */
function interactions<Row>(data: Panel<Row>, settings: SunAbrahamSettings<Row>): { codes: Float64Array; cells: Cell[] } {
  const cohorts = cohortsOfRows(CALLER, data, settings.firstTreated);
  const events = eventTimes(data, cohorts, settings.bins);
  const reference = new Set(referenceList(settings.reference));
  const found = new Map<string, Cell>();
  const keyOf = (i: number): string => `${events[i]}:${cohorts[i]}`;
  const earliest = data.times[0]!;
  const isEffect = (i: number): boolean =>
    Number.isFinite(events[i]!) && cohorts[i]! > earliest && !reference.has(events[i]!) && !settings.referenceCohorts.includes(cohorts[i]!);
  for (let i = 0; i < events.length; i++) {
    if (isEffect(i) && !found.has(keyOf(i))) found.set(keyOf(i), { eventTime: events[i]!, group: cohorts[i]!, weight: 0 });
  }
  const cells = [...found.values()].sort((a, b) => a.eventTime - b.eventTime || a.group - b.group);
  const number = new Map(cells.map((cell, k) => [`${cell.eventTime}:${cell.group}`, k + 1]));
  const codes = new Float64Array(events.length);
  for (let i = 0; i < codes.length; i++) codes[i] = Number.isNaN(cohorts[i]!) ? Number.NaN : isEffect(i) ? number.get(keyOf(i))! : 0;
  return { codes, cells };
}

/** Rows (or their weights) that the regression used, by cell. */
function addWeights<Row>(data: Panel<Row>, settings: SunAbrahamSettings<Row>, codes: Float64Array, cells: readonly Cell[]): void {
  const weights = resolveWeights(CALLER, settings.weights, ["analytic", "frequency", "sampling"]);
  const w = weights === undefined ? undefined : numericData(data, weights.column).values;
  const y = numericData(data, settings.outcome).values;
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i]!;
    if (code > 0 && !Number.isNaN(y[i]!) && !(w !== undefined && Number.isNaN(w[i]!)))
      cells[code - 1]!.weight += w === undefined ? 1 : w[i]!;
  }
}

function finishSunAbraham<Row>(
  result: OlsResult,
  prefix: string,
  cells: readonly Cell[],
  settings: SunAbrahamSettings<Row>,
): Omit<SunAbrahamResult, "sample" | "warnings" | "fit"> {
  const effects = pickTerms(result, (term) => term.startsWith(prefix));
  const own = effects.terms.map((term) => cells[Number(term.slice(prefix.length)) - 1]!);
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
    overall: combine("average from event time 0 on", (k) => post[k]!),
    cohortEstimates: groups.map((group) => ({ ...combine(`cohort ${group}`, (k) => post[k]! && own[k]!.group === group), group })),
    interacted: effects.estimates.map((estimate, k) => ({
      ...estimate,
      term: `event time ${own[k]!.eventTime}, cohort ${own[k]!.group}`,
      group: own[k]!.group,
      eventTime: own[k]!.eventTime,
    })),
    collinear: cells.filter((cell) => !kept.has(cell)).map(({ group, eventTime }) => ({ group, eventTime })),
    covariateEstimates: pickTerms(result, (term) => !term.startsWith(prefix)).estimates,
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
  result: OlsResult,
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
