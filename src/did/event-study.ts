import { finishResult } from "../core/display.ts";
import { IdentificationError } from "../core/errors.ts";
import { checkLevel, resolveOptions } from "../core/options.ts";
import type { Estimate, Warning } from "../core/result.ts";
import { numericData } from "../data/frame.ts";
import type { NumericColumn, Panel } from "../data/index.ts";
import { factor, interaction } from "../regression/index.ts";
import { checkPanel } from "./check-panel.ts";
import { designWarnings, missingStarts, namedDrops } from "./design-warnings.ts";
import type { EventStudyTable, EventTimeEstimate } from "./event-study-table.ts";
import { binned, checkBins, cohortsOfRows, type EventBin, eventTimes, referenceList, requireOne } from "./event-time.ts";
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

/** Options of {@link eventStudy}. */
export interface EventStudyOptions<Row> extends PanelRegressionOptions<Row> {
  /** First treatment time of each unit; 0 and `Infinity` = never. */
  readonly firstTreated?: NumericColumn<Row>;
  /** In its place a column of event times; never-treated rows hold a reference value. */
  readonly eventTime?: NumericColumn<Row>;
  /** Event times whose effect is set to zero; never-treated units count as the first of them. @defaultValue -1 */
  readonly reference?: number | readonly number[];
  /** Event times to merge. @defaultValue [] */
  readonly bins?: readonly EventBin[];
  /** A numeric column with which all event-time effects vary linearly. */
  readonly moderator?: NumericColumn<Row>;
}

/** {@link EventStudyOptions} with defaults filled in. */
export type EventStudySettings<Row = never> = EventStudyOptions<Row> &
  PanelRegressionSettings<Row> &
  Required<Pick<EventStudyOptions<Row>, "reference" | "bins">>;

/** An event study by regression. */
export interface EventStudyResult extends EventStudyTable<"did.eventStudy", EventStudySettings> {
  /** Event times set to zero. */
  readonly referencePeriods: readonly number[];
  /** By how much effects change with the moderator, by event time. */
  readonly moderatorEstimates?: readonly EventTimeEstimate[];
  /** Coefficients of the covariates. */
  readonly covariateEstimates: readonly Estimate[];
  readonly fit: PanelFit;
}

const CALLER = "did.eventStudy";

/**
 * Event study by two-way fixed effects: coefficients of event-time indicators, unit and period effects absorbed. Equals `feols` of R's fixest
 * 0.14 with `i(eventTime, ref = -1)`. Right when effects by event time are the same in all cohorts; otherwise coefficients, those before
 * treatment included, mix effects of other event times: `sunAbraham`, `attGt` and `imputation` do not.
 *
 * @throws ColumnError `ONE_OF_TWO_COLUMNS`; DataError `FIRST_TREATED_VARIES`, `NEGATIVE_FIRST_TREATED`; IdentificationError `NO_TREATED_UNITS`; what `ols` throws.
 * @see Sun & Abraham (2021), doi:10.1016/j.jeconom.2020.09.006, on its weights
 * @example
 * eventStudy(people, { outcome: "employed", firstTreated: "firstProgramMonth", reference: -1 }).estimates;
 */
export function eventStudy<Row>(data: Panel<Row>, options: EventStudyOptions<Row>): EventStudyResult {
  checkPanel(CALLER, data);
  const settings = resolveOptions<EventStudySettings<Row>>(CALLER, options, {
    required: ["outcome"],
    defaults: {
      ...PANEL_REGRESSION_DEFAULTS,
      firstTreated: undefined,
      eventTime: undefined,
      reference: -1,
      bins: [],
      moderator: undefined,
    },
  });
  checkLevel(CALLER, settings.level);
  checkBins(CALLER, settings.bins);
  requireOne(CALLER, ["firstTreated", settings.firstTreated], ["eventTime", settings.eventTime]);
  const reference = referenceList(settings.reference);
  const column = freeName(data, "eventTime");
  const extended = data.with({ [column]: timesOf(data, settings, reference[0]!) });
  const indicators = factor(column, { reference: reference.filter((e) => occurs(extended.numbers(column as never), e)) });
  const moderated = settings.moderator === undefined ? [] : [interaction(indicators, settings.moderator as string)];
  const doubts = studyWarnings(data, settings, extended.numbers(column as never), reference);
  const result = regressOnPanel(extended as unknown as Panel<Row>, settings, [...moderated, indicators, ...settings.covariates]);

  const { dropped: left } = result.sample;
  const dropped = settings.firstTreated === undefined ? left : namedDrops(left, column as string, settings.firstTreated as string);
  const prefix = `${column}::`;
  const suffix = `:${settings.moderator}`;
  const isModerated = (term: string): boolean => term.startsWith(prefix) && settings.moderator !== undefined && term.endsWith(suffix);
  const main = pickTerms(result, (term) => term.startsWith(prefix) && !isModerated(term));
  if (!Object.keys(result.estimates).some((term) => term.startsWith(prefix))) {
    throw new IdentificationError(
      "NO_TREATED_UNITS",
      `Cannot run ${CALLER} as "${settings.firstTreated ?? settings.eventTime}" must name units at other event times than the reference: there are none, or other terms determine them`,
      { column: settings.firstTreated ?? settings.eventTime },
    );
  }
  const timed = (estimates: readonly Estimate[], cut: number): EventTimeEstimate[] =>
    estimates.map((estimate) => ({
      ...estimate,
      term: estimate.term.replace(prefix, "event time "),
      eventTime: Number(estimate.term.slice(prefix.length, cut === 0 ? undefined : -cut)),
    }));
  return finishResult({
    kind: CALLER,
    estimates: timed(main.estimates, 0),
    vcov: main.vcov,
    ...main.kept,
    referencePeriods: reference,
    ...(settings.moderator === undefined ? {} : { moderatorEstimates: timed(pickTerms(result, isModerated).estimates, suffix.length) }),
    covariateEstimates: pickTerms(result, (term) => !term.startsWith(prefix)).estimates,
    ...regressionPart(result),
    sample: { ...result.sample, dropped },
    warnings: [
      ...result.warnings.map((warning) => ({ ...warning, message: warning.message.replaceAll(prefix, "event time ") })),
      ...doubts,
      ...(settings.firstTreated === undefined ? [] : missingStarts(dropped, settings.firstTreated as string)),
    ],
    options: settings as unknown as EventStudySettings,
    reference:
      "Sun & Abraham (2021), Estimating dynamic treatment effects in event studies with heterogeneous treatment effects, Journal of Econometrics 225(2), 175-199",
  });
}

function studyWarnings<Row>(
  data: Panel<Row>,
  settings: EventStudySettings<Row>,
  times: Float64Array,
  reference: readonly number[],
): Warning[] {
  const cohorts = settings.firstTreated === undefined ? undefined : cohortsOfRows(CALLER, data, settings.firstTreated);
  const seen = cohorts === undefined ? times : eventTimes(data, cohorts, settings.bins); // those of units never treated do not count
  const unseen: Warning[] = reference.some((e) => occurs(seen, e))
    ? []
    : [
        {
          code: "REFERENCE_NOT_SEEN",
          message: `No row has event time ${reference.join(" or ")}: some event time was left out in its place; choose "reference" by the periods observed`,
          details: { reference },
        },
      ];
  if (cohorts === undefined) return unseen;
  return [
    ...unseen,
    ...designWarnings(data, cohorts, {
      withoutNever: () => "effects are identified up to a linear trend only, event times were left out; take two reference periods",
      alwaysTreated: "their rows count, without a comparison before treatment",
    }),
  ];
}

function timesOf<Row>(data: Panel<Row>, settings: EventStudySettings<Row>, reference: number): Float64Array {
  const { eventTime, firstTreated, bins } = settings;
  if (eventTime !== undefined) return numericData(data, eventTime).values.map((e) => binned(e, bins));
  const times = eventTimes(data, cohortsOfRows(CALLER, data, firstTreated!), bins);
  return times.map((e) => (e === Number.NEGATIVE_INFINITY ? reference : e));
}

function occurs(values: Float64Array, wanted: number): boolean {
  return values.includes(wanted);
}
