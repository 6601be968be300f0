import { finishResult } from "../core/display.ts";
import { IdentificationError } from "../core/errors.ts";
import { checkChoice, checkLevel, resolveOptions } from "../core/options.ts";
import type { DroppedRows, Estimate, Warning } from "../core/result.ts";
import type { NumericColumn, Panel } from "../data/index.ts";
import { columnsByRole, numberRole } from "../data/roles.ts";
import { tEstimate } from "../inference/estimate.ts";
import { type FixedEffectsOption, factor } from "../regression/index.ts";
import { type CellRegression, regressOnCells } from "./cell-regression.ts";
import { checkPanel } from "./check-panel.ts";
import { type Contributions, combineContributions, fewClustersColumn } from "./contributions.ts";
import { designWarnings, missingStarts, namedDrops } from "./design-warnings.ts";
import type { EventStudyTable, EventTimeEstimate } from "./event-study-table.ts";
import { checkBins, type EventBin, referenceList } from "./event-time.ts";
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
import { addWeights, type Cell, cellDesign, type EventCells, forEachRow, NO_EFFECT, withoutAlwaysTreated } from "./sun-abraham-cells.ts";

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
  checkPanel(CALLER, data);
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
  const kept = withoutAlwaysTreated(CALLER, data, settings);
  const design = cellDesign(CALLER, kept.data, kept.cohorts, settings);
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
  addWeights(CALLER, kept.data, settings, design);
  const { sample, warnings, fit } = samplePart(result, data, kept);
  const doubts = designWarnings(kept.data, kept.cohorts, {
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
    warnings: [
      ...warnings.map((warning) => inWords(warning, design.cells)),
      ...missingStarts(sample.dropped, settings.firstTreated as string),
      ...doubts,
      ...referenceWarnings(kept.data, settings, design),
    ],
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
  const named = { ...sample, dropped: namedDrops(sample.dropped, column, settings.firstTreated as string) };
  return {
    estimates: Object.fromEntries(renamed),
    vcov,
    sample: named,
    warnings,
    fit,
    ...(contributions === undefined ? {} : { contributions }),
  };
}

/** Starts the names of the effects' terms. */
const CELL = "cohort and event time ";

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
