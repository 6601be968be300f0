import { DataError } from "../core/errors.ts";
import { checkArgument, checkNumber, checkOptions } from "../core/options.ts";
import type { NumericColumn, Panel } from "../data/index.ts";
import { figureSpec, layer, shortened, textWidth } from "./figure-spec.ts";
import { formatCount } from "./format-number.ts";
import type { JsonObject, PlotRow, VegaLiteSpec } from "./json.ts";
import { capitalised, say } from "./language.ts";
import { palette } from "./palette.ts";
import { type PanelCohort, panelCohorts, sampleUnits, unitRuns, unitsShown } from "./panel-runs.ts";
import { type PlotOptions, type PlotSettings, resolvePlotOptions } from "./plot-options.ts";

/** Options of {@link panelView}: the treatment, and the words of {@link PlotOptions} that fit. */
export interface PanelViewOptions<Row>
  extends Pick<PlotOptions, "width" | "height" | "title" | "subtitle" | "description" | "language" | "timeUnit" | "treatment"> {
  /** 0/1: 1 where the unit is treated. It may switch off again. */
  readonly treated: NumericColumn<Row>;
  /** Units in words, in the plural. @defaultValue "units" */
  readonly units?: string;
  /** Units drawn at most, from every cohort in proportion to its size. @defaultValue 200 */
  readonly maximumUnits?: number;
}

const CALLER = "panelView";
const DEFAULT_UNITS = 200;

/**
 * Who is treated when: a line for each unit over time, grouped by the time of its first treatment, never treated last. Gaps are periods without a row
 * (or without a known treatment), so that staggered starts, reversals, late entries and attrition are seen before anything is estimated.
 * A Vega-Lite specification as from {@link plotSpec}. Of large panels evenly spaced units of every cohort are drawn; the counts are those of all.
 *
 * @throws ColumnError `UNKNOWN_COLUMN`, `NOT_NUMERIC`; DataError `NOT_BINARY`, `NO_ROWS`; OptionError `INVALID_OPTION`, `UNKNOWN_OPTION`.
 * @example
 * const svg = await renderSvg(panelView(people, { treated: "jobHelp", units: "people", timeUnit: "month", treatment: "job help" }));
 */
export function panelView<Row>(data: Panel<Row>, options: PanelViewOptions<Row>): VegaLiteSpec {
  checkOptions(CALLER, options);
  checkArgument(CALLER, data, "a panel", ["unitOffsets"]);
  const { treated, units, maximumUnits, ...words } = options;
  const most = checkNumber(CALLER, "maximumUnits", maximumUnits ?? DEFAULT_UNITS, { min: 1, max: 5000, integer: true });
  const settings = resolvePlotOptions(CALLER, { options: {} }, words);
  if (data.rowCount === 0) throw new DataError("NO_ROWS", `Cannot run ${CALLER} as the panel needs rows: it has none`);
  const treatment = data.numbers(treated);
  checkBinary(treatment, treated);
  const cohorts = panelCohorts(data, treatment);

  const counts = unitsShown(cohorts, most);
  const shown = cohorts.map(({ units: all }, k) => sampleUnits(all, counts[k]!));
  const view = { cohorts, shown, unitWord: units ?? say(settings.language, "units", "eenheden"), total: data.unitCount };
  const order = shown.flat();
  const rows = unitRuns(data, treatment, order);
  const label = (cohort: PanelCohort): string => cohortLabel(data, cohort, settings);
  const margins = { top: 12, right: 16, bottom: 46, left: settings.narrow ? 84 : Math.min(200, 24 + widest(cohorts.map(label))) };
  const height = settings.height ?? (settings.narrow ? 280 : 360);
  return figureSpec(settings, {
    title: viewTitle(data, view, settings),
    subtitle: viewSubtitle(order.length, view, settings),
    description: viewDescription(data, view, settings),
    margins,
    height,
    body: { data: { values: rows }, layer: viewLayers(data, view, { margins, height }, settings) },
  });
}

interface View {
  readonly cohorts: readonly PanelCohort[];
  /** Units drawn, by cohort. */
  readonly shown: readonly (readonly number[])[];
  readonly unitWord: string;
  readonly total: number;
}

function checkBinary(values: Float64Array, column: string): void {
  const wrong = values.findIndex((value) => value !== 0 && value !== 1 && !Number.isNaN(value));
  if (wrong < 0) return;
  throw new DataError("NOT_BINARY", `Cannot run ${CALLER} as "${column}" must be 0 or 1: row ${wrong} has ${values[wrong]}`, {
    column,
    row: wrong,
    value: values[wrong],
  });
}

const widest = (texts: readonly string[]): number => Math.max(...texts.map((text) => textWidth(text, 12)));

function cohortLabel<Row>(data: Panel<Row>, { start }: PanelCohort, { language }: PlotSettings): string {
  if (start === Number.POSITIVE_INFINITY) return say(language, "Never", "Nooit");
  if (start === Number.NEGATIVE_INFINITY) return say(language, "From entry", "Vanaf instroom");
  return say(language, `From ${data.timeLabel(start)}`, `Vanaf ${data.timeLabel(start)}`);
}

function viewLayers<Row>(
  data: Panel<Row>,
  { cohorts, shown }: View,
  { margins, height }: { readonly margins: { readonly left: number }; readonly height: number },
  settings: PlotSettings,
): JsonObject[] {
  const count = shown.reduce((sum, { length }) => sum + length, 0);
  const periods = data.times.length;
  const axis = timeAxis(data, settings, margins.left);
  const x = { field: "from", type: "quantitative", scale: { domain: [0, periods], nice: false, zero: false }, axis };
  const y = { field: "line", type: "quantitative", axis: null, scale: { domain: [0, count], nice: false, reverse: true } };
  const colour = {
    field: "state",
    type: "nominal",
    legend: null,
    scale: { domain: ["untreated", "treated"], range: [palette.grid, palette.first] },
  };
  const groups = cohortPlaces(data, cohorts, shown, height, settings);
  const ruled = { data: { values: groups.slice(1) } };
  return [
    // Each line reaches a little into the next, so that no background shines through between them.
    layer(
      { type: "rect" },
      { x, x2: { field: "to" }, y, y2: { field: "below" }, color: colour },
      { transform: [{ calculate: "datum.line + 1.15", as: "below" }] },
    ),
    layer(
      { type: "rule", color: palette.paper, strokeWidth: 2 },
      { x: { value: 0 }, x2: { value: { expr: "width" } }, y: { ...y, field: "first" } },
      ruled,
    ),
    layer(
      { type: "text", align: "right", baseline: "middle", fontSize: 12 },
      { x: { value: -8 }, y: { field: "at", type: "quantitative", scale: null, axis: null }, text: { field: "label", type: "nominal" } },
      { data: { values: groups } },
    ),
  ];
}

/** Names of the cohorts beside the middle of their units; where two would touch the larger cohort keeps its name. */
function cohortPlaces<Row>(
  data: Panel<Row>,
  cohorts: readonly PanelCohort[],
  shown: readonly (readonly number[])[],
  height: number,
  settings: PlotSettings,
): PlotRow[] {
  const count = shown.reduce((sum, { length }) => sum + length, 0);
  let next = 0;
  const places = cohorts.map((cohort, k) => {
    const [first, size] = [next, shown[k]!.length];
    next += size;
    return {
      label: shortened(cohortLabel(data, cohort, settings), settings.narrow ? 74 : 190, 12),
      first,
      size,
      at: (height * (first + size / 2)) / count,
    };
  });
  const named: number[] = [];
  for (const { at } of [...places].sort((a, b) => b.size - a.size)) if (named.every((other) => Math.abs(other - at) >= 14)) named.push(at);
  return places.map((place) => ({ ...place, label: named.includes(place.at) ? place.label : "" }));
}

/** Ticks below the middle of a period, named as the time column shows it. */
function timeAxis<Row>(data: Panel<Row>, settings: PlotSettings, left: number): JsonObject {
  const labels = Array.from(data.times, (time) => data.timeLabel(time));
  const room = (settings.width - left - 16) / Math.max(1, labels.length);
  const step = Math.max(1, Math.ceil((widest(labels) + 12) / room));
  const values = labels.flatMap((_label, i) => (i % step === 0 ? [i + 0.5] : []));
  return {
    title: capitalised(settings.timeUnit ?? data.time),
    grid: false,
    domain: false,
    values,
    labelExpr: `${JSON.stringify(labels)}[floor(datum.value)]`,
  };
}

function viewTitle<Row>(data: Panel<Row>, { cohorts, unitWord, total }: View, settings: PlotSettings): string {
  const { language, treatment } = settings;
  const ever = cohorts.filter(({ start }) => start < Number.POSITIVE_INFINITY);
  const treatedUnits = ever.reduce((sum, { units }) => sum + units.length, 0);
  const [few, all] = [formatCount(treatedUnits, language), formatCount(total, language)];
  if (ever.length === 0) {
    return say(
      language,
      `None of the ${all} ${unitWord} ever gets ${treatment}`,
      `Geen van de ${all} ${unitWord} krijgt ooit ${treatment}`,
    );
  }
  const starts = ever.filter(({ start }) => start > Number.NEGATIVE_INFINITY).map(({ start }) => data.timeLabel(start));
  const [first, last] = [starts[0] ?? "", starts.at(-1) ?? ""];
  const when = [
    say(language, ", no start is seen", ", geen begin is te zien"),
    say(language, `, from ${first} on`, `, vanaf ${first}`),
    say(
      language,
      `, from ${starts.length} different times on (${first} to ${last})`,
      `, vanaf ${starts.length} verschillende momenten (${first} tot ${last})`,
    ),
  ][Math.min(2, starts.length)]!;
  return say(
    language,
    `${capitalised(treatment)}: ${few} of ${all} ${unitWord} get it${when}`,
    `${capitalised(treatment)}: ${few} van de ${all} ${unitWord} krijgen het${when}`,
  );
}

function viewSubtitle(drawn: number, { unitWord, total }: View, { language }: PlotSettings): string {
  const sampled =
    drawn < total
      ? say(language, ` ${drawn} of them drawn, evenly from each group.`, ` ${drawn} ervan getekend, gelijkmatig uit elke groep.`)
      : "";
  return say(
    language,
    `A line for each of the ${unitWord}, by start. Dark: treated; light: not treated; white: no data.${sampled}`,
    `Een regel voor elk van de ${unitWord}, naar begin. Donker: behandeld; licht: niet behandeld; wit: geen gegevens.${sampled}`,
  );
}

function viewDescription<Row>(data: Panel<Row>, { cohorts, unitWord, total }: View, settings: PlotSettings): string {
  const { language } = settings;
  const cells = total * data.times.length;
  const parts = cohorts.map((cohort) => `${cohortLabel(data, cohort, settings)}: ${formatCount(cohort.units.length, language)}`);
  const off = cohorts.reduce((sum, { reversals }) => sum + reversals, 0);
  const reversed =
    off > 0
      ? say(
          language,
          ` Treatment ends again for ${formatCount(off, language)} of them.`,
          ` Bij ${formatCount(off, language)} ervan houdt de behandeling weer op.`,
        )
      : "";
  const seen = `${Math.floor((1000 * data.rowCount) / cells) / 10}%`;
  return say(
    language,
    `Treatment over time of ${formatCount(total, language)} ${unitWord} in ${data.times.length} periods; ${seen} of the unit-periods have a row. ${parts.join(", ")}.${reversed}`,
    `Behandeling in de tijd van ${formatCount(total, language)} ${unitWord} in ${data.times.length} perioden; ${seen} van de combinaties heeft een rij. ${parts.join(", ")}.${reversed}`,
  );
}
