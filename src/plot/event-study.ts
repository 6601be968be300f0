import type { Estimate, Result } from "../core/result.ts";
import { decimalsOf, estimateText, excludesZero, intervalText, isEstimate, scaledEnds } from "./estimate-words.ts";
import { figureSpec, intervalWords, layer, once, paddedDomain, verticalAxis, withUnit } from "./figure-spec.ts";
import { formatNumber, formatPlain } from "./format-number.ts";
import { finiteOrNull, type JsonObject, type PlotRow, type VegaLiteSpec } from "./json.ts";
import { capitalised, say } from "./language.ts";
import { palette } from "./palette.ts";
import { optionNumber, outcomeTitle, type PlotSettings } from "./plot-options.ts";

/** What an event-study figure needs of a result. */
export interface EventStudyLike extends Result {
  readonly estimates: readonly (Estimate & {
    /** Periods since the start; below zero = before it. */
    readonly eventTime: number;
    /** Simultaneous interval over all event times. */
    readonly uniformBand?: readonly [number, number];
  })[];
  /** Average over the time after the start. */
  readonly overall?: Estimate;
  /** Event times normalised to zero; without it the result's `reference…` option, or points at zero that have no standard error. */
  readonly referencePeriods?: readonly number[];
}

/** Whether a result is a table of estimates by event time. */
export function isEventStudy(result: Result): result is EventStudyLike {
  const { estimates } = result;
  return Array.isArray(estimates) && estimates.length > 0 && estimates.every((row) => typeof row.eventTime === "number");
}

/** Tidy rows of the figure, one per event time, ascending, the reference periods among them. */
export function eventStudyRows(result: EventStudyLike, settings: PlotSettings): PlotRow[] {
  const reference = new Set(referencePeriods(result));
  const rows = result.estimates.map((row) => {
    const { value, low, high } = scaledEnds(row, settings.scale);
    const band = row.uniformBand?.map((end) => end * settings.scale).sort((a, b) => a - b);
    return {
      eventTime: row.eventTime,
      estimate: finiteOrNull(value),
      low: finiteOrNull(low),
      high: finiteOrNull(high),
      uniformLow: finiteOrNull(band?.[0] ?? Number.NaN),
      uniformHigh: finiteOrNull(band?.[1] ?? Number.NaN),
      phase: reference.has(row.eventTime) ? "reference" : row.eventTime < 0 ? "before" : "after",
    };
  });
  const seen = new Set(rows.map((row) => row.eventTime));
  for (const eventTime of reference) {
    if (!seen.has(eventTime)) {
      rows.push({ eventTime, estimate: 0, low: null, high: null, uniformLow: null, uniformHigh: null, phase: "reference" });
    }
  }
  return rows.sort((a, b) => a.eventTime - b.eventTime);
}

function referencePeriods(result: EventStudyLike): readonly number[] {
  if (result.referencePeriods !== undefined) return result.referencePeriods;
  const option = optionNumber(result, "referencePeriod") ?? optionNumber(result, "reference");
  if (option !== undefined) return [option];
  return result.estimates.filter((row) => row.estimate === 0 && Number.isNaN(row.standardError)).map((row) => row.eventTime);
}

/** Figure of effects by time since the start: pointwise and simultaneous intervals, the reference period hollow. */
export function eventStudySpec(result: EventStudyLike, settings: PlotSettings): VegaLiteSpec {
  const rows = eventStudyRows(result, settings);
  const times = rows.map((row) => row["eventTime"] as number);
  const margins = { top: 40, right: 16, bottom: 46, left: settings.narrow ? 46 : 56 };
  const ends = rows.flatMap((row) => ["estimate", "low", "high", "uniformLow", "uniformHigh"].map((name) => row[name] as number | null));
  const spacing = (settings.width - margins.left - margins.right) / Math.max(1, times.at(-1)! - times[0]! + 1);
  const x = {
    field: "eventTime",
    type: "quantitative",
    scale: { domain: [times[0]! - 0.7, times.at(-1)! + 0.7], nice: false, zero: false },
    axis: { title: timeTitle(settings), grid: false, values: timeTicks(times, spacing), format: "d" },
  };
  const y = {
    type: "quantitative",
    scale: { domain: paddedDomain([...ends, 0]), nice: true, zero: false },
    axis: verticalAxis(withUnit(say(settings.language, "Effect", "Effect"), settings.unit), margins.left, { tickCount: 6 }),
  };
  return figureSpec(settings, {
    title: eventStudyTitle(result, settings),
    subtitle: eventStudySubtitle(rows, settings),
    description: eventStudyDescription(result, rows, settings),
    margins,
    height: settings.narrow ? 230 : 300,
    body: { data: { values: rows }, layer: eventLayers(rows, x, y, Math.min(1, spacing / 22)) },
  });
}

/** Zero line, start, intervals, points; `room` from 0 to 1 shrinks marks where event times are dense. */
function eventLayers(rows: readonly PlotRow[], x: JsonObject, y: JsonObject, room: number): JsonObject[] {
  const colour = {
    field: "phase",
    type: "nominal",
    legend: null,
    scale: { domain: ["before", "reference", "after"], range: [palette.second, palette.ink, palette.first] },
  };
  const shape = {
    field: "phase",
    type: "nominal",
    legend: null,
    scale: { domain: ["before", "reference", "after"], range: ["square", "circle", "circle"] },
  };
  const interval = (low: string, high: string, mark: JsonObject): JsonObject =>
    layer({ type: "rule", ...mark }, { x, y: { ...y, field: low }, y2: { field: high }, color: colour }, present(low));
  const layers = [
    layer({ type: "rule", color: palette.rule, strokeWidth: 1.2 }, { y: { ...y, datum: 0 } }, once),
    layer({ type: "rule", color: palette.rule, strokeWidth: 1, strokeDash: [4, 3] }, { x: { ...withoutField(x), datum: -0.5 } }, once),
  ];
  if (rows.some((row) => row["uniformLow"] !== null)) layers.push(interval("uniformLow", "uniformHigh", { strokeWidth: 1.2 }));
  layers.push(
    interval("low", "high", { strokeWidth: 1.5 + 2 * room }),
    layer(
      { type: "point", filled: true, opacity: 1, size: 18 + 50 * room },
      { x, y: { ...y, field: "estimate" }, color: colour, shape },
      { transform: [{ filter: "datum.phase !== 'reference' && datum.estimate !== null" }] },
    ),
    layer(
      { type: "point", filled: true, opacity: 1, fill: palette.paper, stroke: palette.ink, strokeWidth: 1.8, size: 24 + 56 * room },
      { x, y: { ...y, field: "estimate" } },
      { transform: [{ filter: "datum.phase === 'reference'" }] },
    ),
  );
  return layers;
}

const present = (field: string): { readonly transform: readonly JsonObject[] } => ({
  transform: [{ filter: `datum.${field} !== null` }],
});

/** An encoding without its field, for a constant on the same scale. */
export function withoutField(encoding: JsonObject): JsonObject {
  const { field: _field, ...rest } = encoding;
  return rest;
}

/** Whole event times with about 34 pixels each, zero among them. */
export function timeTicks(times: readonly number[], spacing: number): number[] {
  const step = [1, 2, 3, 4, 6, 12, 24, 36, 60, 120].find((size) => size * spacing >= 34) ?? 240;
  const first = Math.ceil(times[0]! / step) * step;
  const ticks: number[] = [];
  for (let tick = first; tick <= times.at(-1)!; tick += step) ticks.push(tick === 0 ? 0 : tick);
  return ticks;
}

/** Title of the axis of event times. */
export function timeTitle({ language, timeUnit, treatment }: PlotSettings): string {
  const unit = capitalised(timeUnit ?? say(language, "periods", "perioden"));
  return say(language, `${unit} since the start of ${treatment}`, `${unit} sinds de start van ${treatment}`);
}

function eventStudyTitle(result: EventStudyLike, settings: PlotSettings): string {
  const { language, treatment } = settings;
  const start = say(language, `after the start of ${treatment}`, `na de start van ${treatment}`);
  if (isEstimate(result.overall)) {
    const { overall } = result;
    const decimals = decimalsOf([overall], settings.scale);
    if (excludesZero(overall)) {
      return `${outcomeTitle(settings)}: ${estimateText(overall, settings, decimals)} ${say(language, "on average", "gemiddeld")} ${start}`;
    }
    const nothing = say(language, "no clear change", "geen duidelijke verandering");
    return `${outcomeTitle(settings)}: ${nothing} ${start} (${intervalText(overall, settings, decimals)})`;
  }
  const range = rangeText(
    result.estimates.filter((row) => row.eventTime >= 0),
    settings,
  );
  return `${outcomeTitle(settings)}: ${say(language, "effects", "effecten")} ${range} ${start}`;
}

/** "from −0.1 to 3.4 percentage points": the smallest and largest of several estimates. */
export function rangeText(estimates: readonly Estimate[], settings: PlotSettings): string {
  const values = estimates.map(({ estimate }) => estimate * settings.scale).filter(Number.isFinite);
  const decimals = decimalsOf(estimates, settings.scale);
  const [low, high] = [Math.min(...values), Math.max(...values)].map((value) => formatNumber(value, decimals, settings.language));
  const unit = settings.unit === "" ? "" : ` ${settings.unit}`;
  return say(settings.language, `from ${low} to ${high}${unit}`, `van ${low} tot ${high}${unit}`);
}

function eventStudySubtitle(rows: readonly PlotRow[], settings: PlotSettings): string {
  const { language } = settings;
  const interval = intervalWords(settings);
  const banded = rows.some((row) => row["uniformLow"] !== null);
  const parts = [
    banded
      ? say(
          language,
          `Thick bars: ${interval} of each point; thin bars: of all points at once.`,
          `Dikke strepen: ${interval} van elk punt; dunne: van alle punten samen.`,
        )
      : say(language, `Bars: ${interval}.`, `Strepen: ${interval}.`),
  ];
  if (rows.some((row) => row["phase"] === "before")) {
    parts.push(
      say(
        language,
        "Squares: before the start, where no effect is expected.",
        "Vierkantjes: vóór de start, waar geen effect te verwachten is.",
      ),
    );
  }
  if (rows.some((row) => row["phase"] === "reference")) {
    parts.push(say(language, "Hollow: reference period.", "Open punt: referentieperiode."));
  }
  return parts.join(" ");
}

function eventStudyDescription(result: EventStudyLike, rows: readonly PlotRow[], settings: PlotSettings): string {
  const { language } = settings;
  const times = rows.map((row) => row["eventTime"] as number);
  const [first, last] = [formatPlain(times[0]!, language), formatPlain(times.at(-1)!, language)];
  const before = result.estimates.filter((row) => row.eventTime < 0 && !Number.isNaN(row.standardError));
  const after = result.estimates.filter((row) => row.eventTime >= 0);
  const sentences = [
    say(
      language,
      `Event study of ${settings.outcome}: ${rows.length} points from ${first} to ${last} ${settings.timeUnit ?? "periods"} since the start of ${settings.treatment}.`,
      `Effecten op ${settings.outcome} naar tijd: ${rows.length} punten van ${first} tot ${last} ${settings.timeUnit ?? "perioden"} sinds de start van ${settings.treatment}.`,
    ),
  ];
  if (before.length > 0) sentences.push(phaseSentence(say(language, "Before the start", "Vóór de start"), before, settings));
  if (after.length > 0) sentences.push(phaseSentence(say(language, "After the start", "Na de start"), after, settings));
  if (isEstimate(result.overall)) {
    const text = estimateText(result.overall, settings, decimalsOf([result.overall], settings.scale));
    sentences.push(say(language, `Average after the start: ${text}.`, `Gemiddeld na de start: ${text}.`));
  }
  return sentences.join(" ");
}

/** "After the start, 4 of 5 intervals exclude zero; estimates run from 0.1 to 0.4." */
function phaseSentence(when: string, estimates: readonly Estimate[], settings: PlotSettings): string {
  const clear = estimates.filter(excludesZero).length;
  const range = rangeText(estimates, settings);
  return say(
    settings.language,
    `${when}, estimates run ${range}; ${clear} of ${estimates.length} intervals exclude zero.`,
    `${when} lopen de schattingen ${range}; ${clear} van de ${estimates.length} intervallen sluiten nul uit.`,
  );
}
