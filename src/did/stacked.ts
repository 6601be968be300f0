import { finishResult } from "../core/display.ts";
import { IdentificationError, OptionError } from "../core/errors.ts";
import { checkArgument, checkChoice, checkLevel, resolveOptions } from "../core/options.ts";
import type { Estimate } from "../core/result.ts";
import { gatherColumn } from "../data/columns.ts";
import { type ColumnInput, frame, type NumericColumn, type Panel } from "../data/index.ts";
import { columnsByRole, numberRole, resolveWeights, timeRole, weightRole } from "../data/roles.ts";
import { factor, type OlsResult } from "../regression/index.ts";
import { covariateRoles, covariateTerms } from "./covariates.ts";
import { designWarnings, missingStarts } from "./design-warnings.ts";
import type { EventStudyTable, EventTimeEstimate } from "./event-study-table.ts";
import { cohortsOfRows, referenceList } from "./event-time.ts";
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

/** Options of {@link stacked}. */
export interface StackedOptions<Row> extends PanelRegressionOptions<Row> {
  /** First treatment time of each unit; 0, `Infinity` and times after the last period = never. */
  readonly firstTreated: NumericColumn<Row>;
  /** First and last event time of each cohort's own data. */
  readonly window: readonly [number, number];
  /** Cohorts to stack. @defaultValue all that are treated */
  readonly cohorts?: readonly number[];
  /** Controls of cohort h: never treated, and those treated after the window too. @defaultValue "notYetTreated" */
  readonly controlGroup?: "neverTreated" | "notYetTreated";
  /** Event times set to zero. @defaultValue -1 */
  readonly reference?: number | readonly number[];
}

/** {@link StackedOptions} with defaults filled in. */
export type StackedSettings<Row = never> = StackedOptions<Row> &
  PanelRegressionSettings<Row> &
  Required<Pick<StackedOptions<Row>, "controlGroup" | "reference">>;

/** Event study on stacked data. */
export interface StackedResult extends EventStudyTable<"did.stacked", StackedSettings> {
  /** One coefficient for all rows from event time 0 on, from a regression of its own. */
  readonly overall: Estimate;
  /** Rows of the stack; rows of the data can occur in several cohorts' parts. */
  readonly stackedRows: number;
  readonly referencePeriods: readonly number[];
  readonly covariateEstimates: readonly Estimate[];
  readonly fit: PanelFit;
}

const CALLER = "did.stacked";

/**
 * Stacked difference-in-differences: each cohort's window with clean controls, put on top of each other, unit and period effects within each
 * part; clustered by the original unit. Parts weigh as least squares weighs them.
 *
 * @throws OptionError `INVALID_OPTION`; IdentificationError `NO_TREATED_UNITS`; what `ols` throws.
 * @see Cengiz, Dube, Lindner & Zipperer (2019), doi:10.1093/qje/qjz014, appendix D
 * @example
 * stacked(people, { outcome: "hours", firstTreated: "firstProgramMonth", window: [-12, 12] }).estimates;
 */
export function stacked<Row>(given: Panel<Row>, options: StackedOptions<Row>): StackedResult {
  checkArgument(CALLER, given, "a panel", ["unitOffsets"]);
  const settings = resolveOptions<StackedSettings<Row>>(CALLER, options, {
    required: ["outcome", "firstTreated", "window"],
    defaults: { ...PANEL_REGRESSION_DEFAULTS, cohorts: undefined, controlGroup: "notYetTreated", reference: -1 },
  });
  checkLevel(CALLER, settings.level);
  checkChoice(CALLER, "controlGroup", settings.controlGroup, ["neverTreated", "notYetTreated"]);
  const [from, to] = settings.window;
  if (!(from <= to)) {
    throw new OptionError(
      "INVALID_OPTION",
      `Cannot run ${CALLER} as option "window" must be two event times in order: ${from}, ${to} were given`,
      {
        option: "window",
      },
    );
  }
  const terms = covariateTerms(given, settings.covariates);
  const weights = resolveWeights(CALLER, settings.weights, ["analytic", "frequency", "sampling"]);
  const { rows, sample } = columnsByRole(CALLER, given, {
    outcome: numberRole(settings.outcome as string),
    firstTreated: timeRole(settings.firstTreated as string),
    weights: weightRole(weights?.column),
    ...covariateRoles(terms),
  });
  const data = rows === undefined ? given : given.take(rows);
  const cohorts = cohortsOfRows(CALLER, data, settings.firstTreated);
  const wanted = settings.cohorts ?? [...new Set(cohorts)].filter((g) => Number.isFinite(g) && g > data.times[0]!).sort((a, b) => a - b);
  const doubts = designWarnings(data, cohorts, {
    alwaysTreated: "they are no part of the default cohorts, having no period before treatment",
    singleUnit: "their effects have no variance of their own",
  });
  const stack = stackRows(data, cohorts, wanted, settings);
  if (!stack.treated.includes(1)) {
    throw new IdentificationError(
      "NO_TREATED_UNITS",
      `Cannot run ${CALLER} as a cohort must be seen inside the window after its start: none of ${wanted.join(", ")} is`,
      { cohorts: wanted },
    );
  }
  const names = {
    stack: freeName(data, "stack"),
    eventTime: freeName(data, "eventTime"),
    treated: freeName(data, "treatedInStack"),
  };
  const columns: Record<string, ColumnInput> = {};
  for (const name of data.columnNames) columns[name] = gatherColumn(data.column(name), stack.rows);
  columns[names.stack] = stack.stack;
  columns[names.eventTime] = stack.eventTime;
  columns[names.treated] = stack.treated;
  const stackedData = frame(columns);
  const effects = [
    [data.unit, names.stack],
    [data.time, names.stack],
  ];
  const regress = (term: unknown): OlsResult =>
    regressOnPanel(stackedData as unknown as Panel<Row>, settings, [term, ...settings.covariates], effects, data.unit);
  const reference = referenceList(settings.reference);
  const seen = reference.filter((e) => stack.eventTime.includes(e));
  const result = regress(factor(names.eventTime as string, { reference: seen }));
  const average = regress(names.treated);
  const finished = finishStacked(data, result, average, names, settings, stack.rows.length);
  const used = new Set(stack.rows).size;
  return finishResult({
    ...finished,
    sample: {
      ...finished.sample,
      rows: sample.rows,
      used,
      dropped: [...sample.dropped, ...(used < data.rowCount ? [{ reason: "outside every stack", rows: data.rowCount - used }] : [])],
    },
    // stacks are apart by design
    warnings: [
      ...finished.warnings.filter(({ code }) => code !== "DISCONNECTED_EFFECTS"),
      ...missingStarts(sample.dropped, settings.firstTreated as string),
      ...doubts,
    ],
  });
}

interface Stack {
  readonly rows: Int32Array;
  readonly stack: Float64Array;
  readonly eventTime: Float64Array;
  readonly treated: Float64Array;
}

function stackRows<Row>(data: Panel<Row>, cohorts: Float64Array, wanted: readonly number[], settings: StackedSettings<Row>): Stack {
  const [from, to] = settings.window;
  const reference = referenceList(settings.reference)[0]!;
  const parts: { row: number; stack: number; event: number; treated: number }[] = [];
  for (const h of wanted) {
    for (let i = 0; i < cohorts.length; i++) {
      const t = data.times[data.timeCodes[i]!]!;
      const g = cohorts[i]!;
      if (t < h + from || t > h + to) continue;
      const own = g === h;
      const control = g === Number.POSITIVE_INFINITY || (settings.controlGroup === "notYetTreated" && g > h + to);
      if (!own && !control) continue;
      parts.push({ row: i, stack: h, event: own ? t - h : reference, treated: own && t >= h ? 1 : 0 });
    }
  }
  return {
    rows: Int32Array.from(parts, ({ row }) => row),
    stack: Float64Array.from(parts, ({ stack }) => stack),
    eventTime: Float64Array.from(parts, ({ event }) => event),
    treated: Float64Array.from(parts, ({ treated }) => treated),
  };
}

function finishStacked<Row>(
  data: Panel<Row>,
  result: OlsResult,
  average: OlsResult,
  names: { readonly eventTime: string; readonly treated: string },
  settings: StackedSettings<Row>,
  stackedRows: number,
): StackedResult {
  const prefix = `${names.eventTime}::`;
  const events = pickTerms(result, (term) => term.startsWith(prefix));
  const part = regressionPart(result);
  return {
    kind: CALLER,
    estimates: events.estimates.map((estimate): EventTimeEstimate => {
      const eventTime = Number(estimate.term.slice(prefix.length));
      return { ...estimate, term: `event time ${eventTime}`, eventTime };
    }),
    vcov: events.vcov,
    ...events.kept,
    overall: { ...average.estimates[names.treated]!, term: "average from event time 0 on" },
    stackedRows,
    referencePeriods: referenceList(settings.reference),
    covariateEstimates: pickTerms(result, (term) => !term.startsWith(prefix)).estimates,
    fit: part.fit,
    sample: { ...part.sample, units: data.unitCount },
    warnings: part.warnings,
    options: settings as unknown as StackedSettings,
    reference:
      "Cengiz, Dube, Lindner & Zipperer (2019), The effect of minimum wages on low-wage jobs, Quarterly Journal of Economics 134(3), 1405-1454",
  };
}
