import type { Estimate, Result } from "../core/result.ts";
import { excludesZero, scaledEnds } from "./estimate-words.ts";
import { rangeText, withoutField } from "./event-study.ts";
import { figureConfig, headingOf, intervalWords, layer, once, paddedDomain, vegaLiteSchema } from "./figure-spec.ts";
import { formatPlain } from "./format-number.ts";
import { finiteOrNull, type JsonObject, type PlotRow, type VegaLiteSpec } from "./json.ts";
import { capitalised, say } from "./language.ts";
import { palette } from "./palette.ts";
import { outcomeTitle, type PlotSettings } from "./plot-options.ts";

/** What small multiples of group-time effects need of a result. */
export interface GroupTimeLike extends Result {
  readonly estimates: readonly (Estimate & {
    /** First treatment time of the cohort. */
    readonly group: number;
    /** Period of the effect. */
    readonly time: number;
    readonly uniformBand?: readonly [number, number];
  })[];
}

/** Whether a result is a table of estimates by cohort and period. */
export function isGroupTime(result: Result): result is GroupTimeLike {
  const { estimates } = result;
  return (
    Array.isArray(estimates) &&
    estimates.length > 0 &&
    estimates.every((row) => typeof row.group === "number" && typeof row.time === "number")
  );
}

/** Tidy rows of the figure, one per cohort and period. */
export function groupTimeRows(result: GroupTimeLike, { scale, language }: PlotSettings): PlotRow[] {
  return [...result.estimates]
    .sort((a, b) => a.group - b.group || a.time - b.time)
    .map((row) => {
      const { value, low, high } = scaledEnds(row, scale);
      return {
        group: row.group,
        cohort: `${say(language, "Start", "Start")} ${plainTime(row.group)}`,
        time: row.time,
        estimate: finiteOrNull(value),
        low: finiteOrNull(low),
        high: finiteOrNull(high),
        phase: row.time < row.group ? "before" : "after",
      };
    });
}

/** A period as a label: no separators of thousands, so that years read as years. */
function plainTime(time: number): string {
  return Number.isInteger(time) ? String(time).replace("-", "\u2212") : formatPlain(time);
}

/** Small multiples: the effects of each cohort over time, its start marked, on common scales. */
export function groupTimeSpec(result: GroupTimeLike, settings: PlotSettings): VegaLiteSpec {
  const rows = groupTimeRows(result, settings);
  const cohorts = new Set(rows.map((row) => row["group"])).size;
  const columns = Math.min(cohorts, settings.narrow ? 1 : cohorts === 2 || cohorts === 4 ? 2 : 3);
  const [axisRoom, gap] = [52, 26];
  const width = Math.floor((settings.width - axisRoom - 16 - gap * (columns - 1)) / columns);
  const parts = {
    title: groupTimeTitle(result, settings),
    subtitle: groupTimeSubtitle(settings),
    margins: { top: 0, right: 0, bottom: 0, left: 0 },
  };
  const height = settings.height ?? (settings.narrow ? 120 : 140);
  const lines = Math.ceil(cohorts / columns);
  const heading = headingOf(settings, parts, axisRoom);
  return {
    $schema: vegaLiteSchema,
    description: settings.description ?? groupTimeDescription(result, cohorts, settings),
    title: { ...heading.title, offset: 14 },
    data: { values: rows },
    // A faceted view has no size of its own: the drawing lies in the right and bottom padding.
    autosize: { type: "none" },
    padding: { left: axisRoom, right: settings.width - axisRoom, top: heading.height + 40, bottom: lines * height + (lines - 1) * 44 + 48 },
    columns,
    bounds: "flush",
    spacing: { row: 44, column: gap },
    facet: {
      field: "cohort",
      type: "ordinal",
      sort: { field: "group", op: "min" },
      title: null,
      header: { labelAnchor: "start", labelFontSize: 13, labelFontWeight: 600, labelColor: palette.ink, labelPadding: 6 },
    },
    spec: { width, height, layer: panelLayers(rows, width, settings) },
    config: figureConfig(settings),
  };
}

function panelLayers(rows: readonly PlotRow[], width: number, settings: PlotSettings): JsonObject[] {
  const times = rows.map((row) => row["time"] as number);
  const [first, last] = [Math.min(...times), Math.max(...times)];
  const spacing = width / Math.max(1, last - first + 1);
  const room = Math.min(1, spacing / 22);
  const x = {
    field: "time",
    type: "quantitative",
    scale: { domain: [first - 0.6, last + 0.6], nice: false, zero: false },
    axis: {
      title: capitalised(settings.timeUnit ?? say(settings.language, "period", "periode")),
      grid: false,
      format: "d",
      tickMinStep: 1,
      tickCount: Math.max(2, Math.floor(width / 52)),
    },
  };
  const y = {
    type: "quantitative",
    scale: {
      domain: paddedDomain([0, ...rows.flatMap((row) => [row["estimate"], row["low"], row["high"]] as (number | null)[])]),
      nice: true,
      zero: false,
    },
    axis: { title: null, domain: false, ticks: false, labelPadding: 6, tickCount: 4 },
  };
  const colour = {
    field: "phase",
    type: "nominal",
    legend: null,
    scale: { domain: ["before", "after"], range: [palette.second, palette.first] },
  };
  const shape = { field: "phase", type: "nominal", legend: null, scale: { domain: ["before", "after"], range: ["square", "circle"] } };
  const known = (field: string): { readonly transform: readonly JsonObject[] } => ({ transform: [{ filter: `datum.${field} !== null` }] });
  return [
    layer({ type: "rule", color: palette.rule, strokeWidth: 1.2 }, { y: { ...y, datum: 0 } }, once),
    layer(
      { type: "rule", color: palette.rule, strokeWidth: 1, strokeDash: [4, 3] },
      { x: { ...withoutField(x), field: "start", aggregate: "min" } },
      { transform: [{ calculate: "datum.group - 0.5", as: "start" }] },
    ),
    layer(
      { type: "rule", strokeWidth: 1.2 + 1.4 * room },
      { x, y: { ...y, field: "low" }, y2: { field: "high" }, color: colour },
      known("low"),
    ),
    layer(
      { type: "point", filled: true, opacity: 1, size: 16 + 30 * room },
      { x, y: { ...y, field: "estimate" }, color: colour, shape },
      known("estimate"),
    ),
  ];
}

function groupTimeTitle(result: GroupTimeLike, settings: PlotSettings): string {
  const { language, treatment } = settings;
  const after = result.estimates.filter((row) => row.time >= row.group);
  const range = rangeText(after.length > 0 ? after : result.estimates, settings);
  return say(
    language,
    `${outcomeTitle(settings)}: effects by starting group ${range} after the start of ${treatment}`,
    `${outcomeTitle(settings)}: effecten per startgroep ${range} na de start van ${treatment}`,
  );
}

function groupTimeSubtitle(settings: PlotSettings): string {
  const interval = intervalWords(settings);
  const unit = settings.unit === "" ? "" : say(settings.language, `Effect in ${settings.unit}. `, `Effect in ${settings.unit}. `);
  return say(
    settings.language,
    `${unit}Bars: ${interval}. Squares: before the start (dashed line), where no effect is expected.`,
    `${unit}Strepen: ${interval}. Vierkantjes: vóór de start (stippellijn), waar geen effect te verwachten is.`,
  );
}

function groupTimeDescription(result: GroupTimeLike, cohorts: number, settings: PlotSettings): string {
  const { language } = settings;
  const count = (keep: (row: { readonly time: number; readonly group: number }) => boolean): readonly [number, number] => {
    const some = result.estimates.filter(keep);
    return [some.filter(excludesZero).length, some.length];
  };
  const [clearBefore, before] = count((row) => row.time < row.group);
  const [clearAfter, after] = count((row) => row.time >= row.group);
  return say(
    language,
    `Effects on ${settings.outcome} by period for ${cohorts} starting groups. Before the start ${clearBefore} of ${before} intervals exclude zero, after it ${clearAfter} of ${after}.`,
    `Effecten op ${settings.outcome} per periode voor ${cohorts} startgroepen. Vóór de start sluiten ${clearBefore} van de ${before} intervallen nul uit, erna ${clearAfter} van de ${after}.`,
  );
}
