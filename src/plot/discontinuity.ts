import type { Estimate, Result } from "../core/result.ts";
import { decimalsOf, estimateText, excludesZero, headlineEstimate, intervalText, isEstimate } from "./estimate-words.ts";
import { figureSpec, layer, once, paddedDomain, verticalAxis, withUnit } from "./figure-spec.ts";
import { formatNumber, formatPlain, sensibleDecimals } from "./format-number.ts";
import { finiteOrNull, type JsonObject, type PlotRow, type VegaLiteSpec } from "./json.ts";
import { capitalised, say } from "./language.ts";
import { palette } from "./palette.ts";
import { optionNumber, optionText, outcomeTitle, type PlotSettings } from "./plot-options.ts";

/** What a regression-discontinuity figure needs of a result; `rd.bins` has it. */
export interface DiscontinuityLike extends Result {
  /** Bins with rows. */
  readonly bins: readonly {
    readonly side: "left" | "right";
    readonly midpoint: number;
    /** Mean outcome. */
    readonly outcome: number;
    readonly rows: number;
    readonly confidenceInterval: readonly [number, number];
  }[];
  readonly left: CurveSideLike;
  readonly right: CurveSideLike;
}

/** The fitted curve of one side, ascending. */
export interface CurveSideLike {
  readonly curve: { readonly running: readonly number[]; readonly outcome: readonly number[] };
}

/** Points drawn of a side's curve; more would only make the picture larger. */
const CURVE_POINTS = 80;

/** Whether a result holds binned means and a curve on both sides of a cutoff. */
export function isDiscontinuity(result: Result): result is DiscontinuityLike {
  const { bins, left, right } = result as Partial<DiscontinuityLike>;
  return Array.isArray(bins) && Array.isArray(left?.curve?.running) && Array.isArray(right?.curve?.running);
}

/** Tidy rows of the figure: bins and points of the curves, told apart by `part`. */
export function discontinuityRows(result: DiscontinuityLike, { scale }: PlotSettings): PlotRow[] {
  const bins = result.bins.map(({ side, midpoint, outcome, rows, confidenceInterval }) => {
    // A bin of one row has no interval.
    const ends = confidenceInterval[0] < confidenceInterval[1] ? confidenceInterval.map((end) => end * scale).sort((a, b) => a - b) : [];
    const [low, high] = [finiteOrNull(ends[0] ?? Number.NaN), finiteOrNull(ends[1] ?? Number.NaN)];
    return { part: "bin", side, running: midpoint, outcome: finiteOrNull(outcome * scale), low, high, rows };
  });
  const curves = (["left", "right"] as const).flatMap((side) => {
    const { running, outcome } = result[side].curve;
    const step = Math.max(1, Math.floor((running.length - 1) / CURVE_POINTS));
    const kept = running.map((_x, i) => i).filter((i) => i % step === 0 || i === running.length - 1);
    return kept.map((i) => ({
      part: "curve",
      side,
      running: running[i]!,
      outcome: finiteOrNull(outcome[i]! * scale),
      low: null,
      high: null,
      rows: null,
    }));
  });
  return [...bins, ...curves];
}

/** Figure of a regression discontinuity: means by bin, the fitted curve of each side, the cutoff. */
export function discontinuitySpec(result: DiscontinuityLike, settings: PlotSettings): VegaLiteSpec {
  const rows = discontinuityRows(result, settings);
  const cutoff = cutoffOf(result);
  const crowd = Math.min(1, (settings.width - 80) / (9 * Math.max(1, result.bins.length)));
  const margins = { top: 56, right: 20, bottom: 46, left: settings.narrow ? 48 : 58 };
  const numbers = (...names: string[]): (number | null)[] => rows.flatMap((row) => names.map((name) => row[name] as number | null));
  const x = {
    type: "quantitative",
    scale: { domain: paddedDomain([...numbers("running"), cutoff], 0.025), nice: false, zero: false },
    axis: { title: capitalised(runningName(result, settings)), grid: false, tickCount: settings.narrow ? 5 : 9 },
  };
  const y = {
    type: "quantitative",
    scale: { domain: paddedDomain(centralRange(rows)), nice: true, zero: false },
    axis: verticalAxis(withUnit(outcomeTitle(settings), settings.outcomeUnit), margins.left, { tickCount: 6, titleY: -26 }),
  };
  const effect = effectOf(settings);
  return figureSpec(settings, {
    title: discontinuityTitle(result, effect, settings),
    subtitle: discontinuitySubtitle(rows, settings),
    description: discontinuityDescription(result, effect, settings),
    margins,
    height: settings.narrow ? 240 : 320,
    body: { data: { values: rows }, layer: discontinuityLayers(cutoff, crowd, x, y, settings) },
  });
}

/** Means whole; intervals of small bins and curves at the edges may reach out of the picture. */
function centralRange(rows: readonly PlotRow[]): (number | null)[] {
  const means = rows.filter((row) => row["part"] === "bin").map((row) => row["outcome"] as number | null);
  const values = means.filter((value) => value !== null);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = (high - low) / 2;
  const rest = rows.flatMap((row) => [row["low"] as number | null, row["high"] as number | null, row["outcome"] as number | null]);
  return [low, high, ...rest.filter((end) => end !== null).map((end) => Math.min(Math.max(end, low - room), high + room))];
}

function cutoffOf(result: DiscontinuityLike): number {
  return optionNumber(result, "cutoff") ?? 0;
}

/** `crowd` from 0 to 1 shrinks the points where there are many bins. */
function discontinuityLayers(cutoff: number, crowd: number, x: JsonObject, y: JsonObject, settings: PlotSettings): JsonObject[] {
  const colour = {
    field: "side",
    type: "nominal",
    legend: null,
    scale: { domain: ["left", "right"], range: [palette.second, palette.first] },
  };
  const shape = { field: "side", type: "nominal", legend: null, scale: { domain: ["left", "right"], range: ["square", "circle"] } };
  const place = { x: { ...x, field: "running" }, y: { ...y, field: "outcome" } };
  const only = (test: string): { readonly transform: readonly JsonObject[] } => ({ transform: [{ filter: test }] });
  const label = `${say(settings.language, "cutoff", "grens")} ${formatPlain(cutoff, settings.language)}`;
  return [
    layer({ type: "rule", color: palette.rule, strokeWidth: 1.2, strokeDash: [4, 3] }, { x: { ...x, datum: cutoff } }, once),
    layer(
      { type: "text", align: "center", baseline: "bottom", dy: -4, color: palette.muted, fontSize: 12, text: label },
      { x: { ...x, datum: cutoff }, y: { value: 0 } },
      once,
    ),
    layer(
      { type: "rule", strokeWidth: 0.6 + 0.6 * crowd, opacity: 0.45, clip: true },
      { x: place.x, y: { ...y, field: "low" }, y2: { field: "high" }, color: colour },
      only("datum.part === 'bin' && datum.low !== null"),
    ),
    layer(
      { type: "point", filled: true, opacity: 0.9, size: 12 + 30 * crowd },
      { ...place, color: colour, shape },
      only("datum.part === 'bin' && datum.outcome !== null"),
    ),
    layer(
      { type: "line", strokeWidth: 2.4, color: palette.ink, clip: true },
      { ...place, detail: { field: "side", type: "nominal" }, order: { field: "running", type: "quantitative" } },
      only("datum.part === 'curve' && datum.outcome !== null"),
    ),
  ];
}

function runningName(result: DiscontinuityLike, settings: PlotSettings): string {
  return settings.running ?? optionText(result, "running") ?? say(settings.language, "running variable", "toewijzingsvariabele");
}

function effectOf({ effect }: PlotSettings): Estimate | undefined {
  if (effect === undefined || isEstimate(effect)) return effect;
  return headlineEstimate(effect as Result);
}

/** "35.1 below and 39.6 above": where the two curves meet the cutoff. */
function fittedLevels(result: DiscontinuityLike, { scale, language, outcomeUnit }: PlotSettings): string | undefined {
  const [below, above] = [result.left.curve.outcome.at(-1), result.right.curve.outcome[0]];
  if (below === undefined || above === undefined) return undefined;
  const decimals = Math.max(0, sensibleDecimals([Math.abs(above - below) * Math.abs(scale)]));
  const unit = outcomeUnit === "" ? "" : outcomeUnit === "%" ? "%" : ` ${outcomeUnit}`;
  const [low, high] = [below, above].map((level) => formatNumber(level * scale, decimals, language) + unit);
  return say(language, `${low} just below, ${high} just above`, `${low} er net onder, ${high} er net boven`);
}

function discontinuityTitle(result: DiscontinuityLike, effect: Estimate | undefined, settings: PlotSettings): string {
  const { language } = settings;
  const outcome = outcomeTitle(settings);
  if (effect === undefined) {
    const levels = fittedLevels(result, settings) ?? say(language, "means on either side", "gemiddelden aan weerszijden");
    return say(language, `${outcome} at the cutoff: ${levels}`, `${outcome} bij de grens: ${levels}`);
  }
  const decimals = decimalsOf([effect], settings.scale);
  if (!excludesZero(effect)) {
    const range = intervalText(effect, settings, decimals);
    return say(
      language,
      `${outcome}: no clear jump at the cutoff (${range})`,
      `${outcome}: geen duidelijke sprong bij de grens (${range})`,
    );
  }
  const text = estimateText(effect, settings, decimals);
  return say(language, `${outcome}: a jump of ${text} at the cutoff`, `${outcome}: een sprong van ${text} bij de grens`);
}

function discontinuitySubtitle(rows: readonly PlotRow[], { language }: PlotSettings): string {
  const intervals = rows.some((row) => row["low"] !== null);
  return intervals
    ? say(
        language,
        "Points: means of bins with their intervals. Lines: fitted curve of each side.",
        "Punten: gemiddelden per klasse met hun interval. Lijnen: de kromme van elke kant.",
      )
    : say(
        language,
        "Points: means of bins. Lines: fitted curve of each side.",
        "Punten: gemiddelden per klasse. Lijnen: de kromme van elke kant.",
      );
}

function discontinuityDescription(result: DiscontinuityLike, effect: Estimate | undefined, settings: PlotSettings): string {
  const { language, scale } = settings;
  const running = runningName(result, settings);
  const [left, right] = (["left", "right"] as const).map((side) => result.bins.filter((bin) => bin.side === side).length);
  const cutoff = formatPlain(cutoffOf(result), language);
  const sentences = [
    say(
      language,
      `Mean ${settings.outcome} in ${left} bins below and ${right} bins above the cutoff ${cutoff} of ${running}, with a fitted curve on each side.`,
      `Gemiddelde ${settings.outcome} in ${left} klassen onder en ${right} klassen boven de grens ${cutoff} van ${running}, met een kromme aan elke kant.`,
    ),
  ];
  const levels = fittedLevels(result, settings);
  if (levels !== undefined)
    sentences.push(say(language, `Fitted at the cutoff: ${levels}.`, `Volgens de krommen bij de grens: ${levels}.`));
  if (effect !== undefined) {
    const text = estimateText(effect, settings, decimalsOf([effect], scale));
    sentences.push(say(language, `Estimated effect: ${text}.`, `Geschat effect: ${text}.`));
  }
  return sentences.join(" ");
}
