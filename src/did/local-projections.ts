import { finishResult } from "../core/display.ts";
import { IdentificationError } from "../core/errors.ts";
import { checkChoice, checkLevel, resolveOptions } from "../core/options.ts";
import type { Estimate } from "../core/result.ts";
import type { NumericColumn, Panel } from "../data/index.ts";
import { columnsByRole, numberRole, timeRole } from "../data/roles.ts";
import { tEstimate } from "../inference/estimate.ts";
import { contributionsFromSums } from "./contributions.ts";
import type { EventStudyTable, EventTimeEstimate } from "./event-study-table.ts";
import { cohortsOfRows } from "./event-time.ts";
import { fitLongDifference, type LongDifferenceFit, outcomeTable } from "./numerics/long-differences.ts";

/** Options of {@link localProjections}. */
export interface LocalProjectionsOptions<Row> {
  /** Numeric outcome. */
  readonly outcome: NumericColumn<Row>;
  /** First treatment time of each unit; 0, `Infinity` and times after the last period = never. */
  readonly firstTreated: NumericColumn<Row>;
  /** First and last event time, in periods. Default: all with treated units and clean controls. */
  readonly window?: readonly [number, number];
  /** Controls of a horizon: units untreated up to it, or units never treated. @defaultValue "notYetTreated" */
  readonly controlGroup?: "notYetTreated" | "neverTreated";
  /** Weights of periods of entry: the regression's own (`"variance"`), or their numbers of newly treated units (`"equal"`), which gives the average effect on the treated. @defaultValue "variance" */
  readonly weighting?: "variance" | "equal";
  /** Confidence level. @defaultValue 0.95 */
  readonly level?: number;
}

/** {@link LocalProjectionsOptions} with defaults filled in. */
export type LocalProjectionsSettings<Row = never> = LocalProjectionsOptions<Row> &
  Required<Pick<LocalProjectionsOptions<Row>, "controlGroup" | "weighting" | "level">>;

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
 * the mean outcome over all horizons after (before) the start. Clustered by unit, t inference. Event times count observed periods; -1 is the
 * reference. Units treated from the first period never enter; rows without their long difference do not count at that horizon.
 *
 * @throws IdentificationError `NO_TREATED_UNITS`; DataError `FIRST_TREATED_VARIES`, `NEGATIVE_FIRST_TREATED`; OptionError.
 * @see Dube, Girardi, Jordà & Taylor (2023), doi:10.3386/w31184
 * @example
 * localProjections(people, { outcome: "employed", firstTreated: "firstProgramMonth", weighting: "equal" }).estimates;
 */
export function localProjections<Row>(data: Panel<Row>, options: LocalProjectionsOptions<Row>): LocalProjectionsResult {
  const settings = resolveOptions<LocalProjectionsSettings<Row>>(CALLER, options, {
    required: ["outcome", "firstTreated"],
    defaults: { window: undefined, controlGroup: "notYetTreated", weighting: "variance", level: 0.95 },
  });
  checkLevel(CALLER, settings.level);
  checkChoice(CALLER, "controlGroup", settings.controlGroup, ["notYetTreated", "neverTreated"]);
  checkChoice(CALLER, "weighting", settings.weighting, ["variance", "equal"]);
  const { columns, rows, sample } = columnsByRole(CALLER, data, {
    outcome: numberRole(settings.outcome as string),
    firstTreated: timeRole(settings.firstTreated as string),
  });
  const view = rows === undefined ? data : data.take(rows);
  const T = view.times.length;
  const [from, to] = settings.window ?? [-T, T];
  const table = outcomeTable(columns.outcome, view.unitOffsets, view.timeCodes, T, entryPeriods(view, settings));
  const never = settings.controlGroup === "neverTreated";
  const equal = settings.weighting === "equal";
  const over = (first: number, last: number): LongDifferenceFit | undefined => fitLongDifference(table, { first, last, never, equal });
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
      `Cannot run ${CALLER} as "${settings.firstTreated}" must name units seen before and after their start, with clean controls: there are none`,
      { column: settings.firstTreated },
    );
  }
  const pre = fits.filter(({ eventTime }) => eventTime < 0);
  const pooledPost = over(post[0]!.eventTime, post[post.length - 1]!.eventTime)!;
  const pooledPre = pre.length === 0 ? undefined : over(pre[0]!.eventTime, pre[pre.length - 1]!.eventTime);
  const named = (term: string, { value, contributions, clusters }: LongDifferenceFit): Estimate =>
    tEstimate(term, value, productOf(contributions, contributions), clusters - 1, settings.level);
  return finishResult({
    kind: CALLER,
    estimates: fits.map((own): EventTimeEstimate => ({ ...named(`event time ${own.eventTime}`, own.fit), eventTime: own.eventTime })),
    vcov: fits.map((a) => fits.map((b) => productOf(a.fit.contributions, b.fit.contributions))),
    ...contributionsFromSums(fits.map(({ fit }) => fit.contributions)),
    overall: named("pooled after the start", pooledPost),
    ...(pooledPre === undefined ? {} : { pooledPre: named("pooled before the start", pooledPre) }),
    sample: { ...sample, clusters: view.unitCount },
    warnings: [],
    options: settings as unknown as LocalProjectionsSettings,
    reference:
      "Dube, Girardi, Jordà & Taylor (2023), A local projections approach to difference-in-differences event studies, NBER Working Paper 31184",
  });
}

/** Rank of the first treated period of each unit; the number of periods for never, -1 where treatment starts with the first period. */
function entryPeriods<Row>(view: Panel<Row>, settings: LocalProjectionsSettings<Row>): Int32Array {
  const cohorts = cohortsOfRows(CALLER, view, settings.firstTreated);
  const out = new Int32Array(view.unitCount);
  for (let u = 0; u < out.length; u++) {
    const g = cohorts[view.unitOffsets[u]!]!;
    const entry = view.times.findIndex((time) => time >= g);
    out[u] = entry < 0 ? view.times.length : entry === 0 ? -1 : entry;
  }
  return out;
}

function productOf(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let u = 0; u < a.length; u++) sum += a[u]! * b[u]!;
  return sum;
}
