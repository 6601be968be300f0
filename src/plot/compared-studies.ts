import type { Result } from "../core/result.ts";
import type { CompareResult } from "../did/index.ts";
import { decimalsOf, estimateText, scaledEnds } from "./estimate-words.ts";
import { timeTicks, timeTitle, withoutField } from "./event-study.ts";
import { figureSpec, layer, once, paddedDomain, verticalAxis, withUnit } from "./figure-spec.ts";
import { finiteOrNull, type JsonObject, type PlotRow, type VegaLiteSpec } from "./json.ts";
import { say } from "./language.ts";
import { type LegendRow, legendLayers, legendRows } from "./legend.ts";
import { palette } from "./palette.ts";
import { outcomeTitle, type PlotSettings } from "./plot-options.ts";

/** Whether a result is several event studies side by side. */
export function isCompared(result: Result): result is CompareResult {
  return result.kind === "did.compare";
}

const COLOURS = [palette.first, palette.second, palette.ink, palette.muted, palette.faint, palette.rule] as const;
const SHAPES = ["circle", "square", "triangle-up", "diamond", "cross", "triangle-down"] as const;
/** Room that the estimators share at one event time. */
const SPREAD = 0.7;

const estimatorsOf = ({ estimators }: CompareResult): readonly string[] => estimators;

/** Tidy rows of the figure, one per estimator and event time; `position` sets estimators apart. */
export function comparedRows(result: CompareResult, { scale }: PlotSettings): PlotRow[] {
  const names = estimatorsOf(result);
  return result.estimates.map((row) => {
    const { value, low, high } = scaledEnds(row, scale);
    const k = names.indexOf(row.estimator);
    return {
      estimator: row.estimator,
      eventTime: row.eventTime,
      position: row.eventTime + (names.length < 2 ? 0 : SPREAD * (k / (names.length - 1) - 0.5)),
      estimate: finiteOrNull(value),
      low: finiteOrNull(low),
      high: finiteOrNull(high),
    };
  });
}

/** Figure of several estimators' effects by time since the start: marks side by side, a shape and a colour each. */
export function comparedSpec(result: CompareResult, settings: PlotSettings): VegaLiteSpec {
  const { language } = settings;
  const rows = comparedRows(result, settings);
  const times = [...new Set(result.estimates.map(({ eventTime }) => eventTime))].sort((a, b) => a - b);
  const entries = estimatorsOf(result).map((estimator) => ({ estimator, words: estimator }));
  const legend = legendRows(entries, settings.width, settings.narrow ? 46 : 56);
  const margins = { top: 46 + 19 * (legend.at(-1)!.line + 1), right: 16, bottom: 46, left: settings.narrow ? 46 : 56 };
  const spacing = (settings.width - margins.left - margins.right) / Math.max(1, times.at(-1)! - times[0]! + 1);
  const x = {
    field: "position",
    type: "quantitative",
    scale: { domain: [times[0]! - 0.7, times.at(-1)! + 0.7], nice: false, zero: false },
    axis: { title: timeTitle(settings), grid: false, values: timeTicks(times, spacing), format: "d" },
  };
  const ends = rows.flatMap((row) => [row["estimate"], row["low"], row["high"]] as (number | null)[]);
  const y = {
    field: "estimate",
    type: "quantitative",
    scale: { domain: paddedDomain([...ends, 0]), nice: true, zero: false },
    axis: verticalAxis(withUnit(say(language, "Effect", "Effect"), settings.unit), margins.left, { tickCount: 6 }),
  };
  return figureSpec(settings, {
    title: comparedTitle(result, settings),
    subtitle: say(
      language,
      "The same data by several estimators; lines are 95% intervals of each effect by itself.",
      "Dezelfde gegevens volgens verschillende schatters; lijnen zijn 95%-intervallen per effect.",
    ).replaceAll("95%", `${Math.round(100 * result.options.level)}%`),
    description: comparedDescription(result, settings),
    margins,
    height: settings.narrow ? 240 : 300,
    body: { data: { values: rows }, layer: comparedLayers(result, x, y, legend, margins.top, spacing) },
  });
}

function comparedLayers(
  result: CompareResult,
  x: JsonObject,
  y: JsonObject,
  legend: readonly LegendRow[],
  top: number,
  spacing: number,
): JsonObject[] {
  const names = estimatorsOf(result);
  const channel = { field: "estimator", type: "nominal", legend: null } as const;
  const range = (values: readonly string[]): JsonObject => ({ domain: names, range: names.map((_, k) => values[k % values.length]!) });
  const marks = { color: { ...channel, scale: range(COLOURS) }, shape: { ...channel, scale: range(SHAPES) } };
  const room = Math.min(1, spacing / (18 * names.length));
  const present = { transform: [{ filter: "datum.low !== null" }] };
  return [
    layer({ type: "rule", color: palette.rule, strokeWidth: 1.2 }, { y: { ...withoutField(y), datum: 0 } }, once),
    layer({ type: "rule", color: palette.rule, strokeWidth: 1, strokeDash: [4, 3] }, { x: { ...withoutField(x), datum: -0.5 } }, once),
    layer({ type: "rule", strokeWidth: 1 + room }, { x, y: { ...y, field: "low" }, y2: { field: "high" }, color: marks.color }, present),
    layer({ type: "point", filled: true, opacity: 1, size: 14 + 40 * room }, { x, y, ...marks }),
    ...legendLayers(legend, marks, top, 60),
  ];
}

function comparedTitle(result: CompareResult, settings: PlotSettings): string {
  const { language, scale } = settings;
  const averages = result.overall.map(({ estimate }) => estimate).filter(Number.isFinite);
  if (averages.length < 2)
    return say(language, `${outcomeTitle(settings)}: effects by estimator`, `${outcomeTitle(settings)}: effecten per schatter`);
  const decimals = decimalsOf([...result.overall], scale);
  const ends = [...result.overall].filter(({ estimate }) => Number.isFinite(estimate)).sort((a, b) => a.estimate - b.estimate);
  const [low, high] = [ends[0]!, ends.at(-1)!].map((overall) => estimateText(overall, settings, decimals));
  return say(
    language,
    `${outcomeTitle(settings)}: averages of ${averages.length} estimators from ${low} to ${high}`,
    `${outcomeTitle(settings)}: gemiddelden van ${averages.length} schatters van ${low} tot ${high}`,
  );
}

function comparedDescription(result: CompareResult, settings: PlotSettings): string {
  const { language, scale } = settings;
  const decimals = decimalsOf(result.overall.length > 0 ? [...result.overall] : [...result.estimates], scale);
  const parts = estimatorsOf(result).map((name) => {
    const own = result.overall.find(({ estimator }) => estimator === name);
    const count = result.estimates.filter(({ estimator }) => estimator === name).length;
    const times = say(language, `${count} event times`, `${count} momenten`);
    return own === undefined
      ? `${name}: ${times}`
      : `${name}: ${say(language, "average", "gemiddeld")} ${estimateText(own, settings, decimals)}, ${times}`;
  });
  return say(
    language,
    `Effects by time since the start by several estimators. ${parts.join("; ")}.`,
    `Effecten naar tijd sinds de start volgens verschillende schatters. ${parts.join("; ")}.`,
  );
}
