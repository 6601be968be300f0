import type { Estimate, JointTest, Result } from "../core/result.ts";
import type { InteractionsResult } from "../heterogeneity/index.ts";
import { decimalsOf, estimateText, scaledEnds } from "./estimate-words.ts";
import { figureSpec, intervalWords, layer, once, paddedDomain, verticalAxis, withUnit } from "./figure-spec.ts";
import { formatPlain, probabilityText } from "./format-number.ts";
import { finiteOrNull, type JsonObject, type PlotRow, type VegaLiteSpec } from "./json.ts";
import { say } from "./language.ts";
import { palette } from "./palette.ts";
import { outcomeTitle, type PlotSettings, percent } from "./plot-options.ts";

/** Effects along one numeric moderator. */
type ModeratorResult = InteractionsResult<"polynomial" | "binning" | "kernel">;

/** Whether a result has effects along a moderator. */
export function isModeratorEffect(result: Result): result is ModeratorResult {
  const { form } = result as { readonly form?: unknown };
  return result.kind === "heterogeneity.interactions" && (form === "polynomial" || form === "binning" || form === "kernel");
}

/** Values of the moderator the effects belong to: for bins their medians. */
const valuesOf = (result: ModeratorResult): readonly number[] =>
  result.form === "binning" ? result.bins.map(({ median }) => median) : result.at;

/** Values around which one arm has hardly any rows. */
function unsupported({ warnings }: ModeratorResult): readonly number[] {
  return warnings.flatMap(({ code, details }) => (code === "NO_COMMON_SUPPORT" ? (details?.["at"] as readonly number[]) : []));
}

/** Tidy rows of the figure: effect by value of the moderator, its own interval, and the band that holds at all values at once. */
export function moderatorRows(result: ModeratorResult, { scale }: PlotSettings): PlotRow[] {
  const thin = unsupported(result);
  return valuesOf(result).map((at, k) => {
    const { value, low, high } = scaledEnds(result.estimates[k]!, scale);
    const band = result.band?.intervals[k]?.map((end) => end * scale).sort((a, b) => a - b);
    return {
      at,
      estimate: finiteOrNull(value),
      low: finiteOrNull(low),
      high: finiteOrNull(high),
      bandLow: band === undefined ? null : finiteOrNull(band[0]!),
      bandHigh: band === undefined ? null : finiteOrNull(band[1]!),
      supported: !thin.includes(at),
    };
  });
}

/** Figure of effects along a moderator: a curve with its bands, or marks at the medians of bins. */
export function moderatorSpec(result: ModeratorResult, settings: PlotSettings): VegaLiteSpec {
  const rows = moderatorRows(result, settings);
  const margins = { top: 40, right: 20, bottom: 46, left: settings.narrow ? 46 : 56 };
  const cuts = result.form === "binning" ? result.cuts : [];
  const x = {
    type: "quantitative",
    scale: { domain: paddedDomain([...valuesOf(result), ...cuts], 0.04), nice: false, zero: false },
    axis: { title: moderatorName(result, settings), grid: false, tickCount: settings.narrow ? 5 : 9 },
  };
  const ends = rows.flatMap((row) => [row["low"], row["high"], row["bandLow"], row["bandHigh"], 0] as (number | null)[]);
  const y = {
    type: "quantitative",
    scale: { domain: paddedDomain(ends), nice: true, zero: false },
    axis: verticalAxis(
      withUnit(say(settings.language, `Effect of ${settings.treatment}`, `Effect van ${settings.treatment}`), settings.unit),
      margins.left,
      { tickCount: 6 },
    ),
  };
  return figureSpec(settings, {
    title: moderatorTitle(result, settings),
    subtitle: moderatorSubtitle(result, settings),
    description: moderatorDescription(result, settings),
    margins,
    height: settings.narrow ? 230 : 300,
    body: { data: { values: rows }, layer: result.form === "binning" ? binLayers(cuts, x, y) : curveLayers(x, y) },
  });
}

const zeroRule = (y: JsonObject): JsonObject =>
  layer({ type: "rule", color: palette.rule, strokeWidth: 1.2 }, { y: { ...y, datum: 0 } }, once);
const known = (field: string): { readonly transform: readonly JsonObject[] } => ({ transform: [{ filter: `datum.${field} !== null` }] });

/** Marks of effects; hollow where the effect is extrapolated. */
function marks(x: JsonObject, y: JsonObject, size: number): JsonObject {
  const inside = { condition: { test: "datum.supported", value: palette.first }, value: palette.paper };
  return layer(
    { type: "point", opacity: 1, size, stroke: palette.first, strokeWidth: 1.6 },
    { x: { ...x, field: "at" }, y: { ...y, field: "estimate" }, fill: inside },
    known("estimate"),
  );
}

function curveLayers(x: JsonObject, y: JsonObject): JsonObject[] {
  const at = { ...x, field: "at" };
  const band = (low: string, high: string, opacity: number): JsonObject =>
    layer({ type: "area", color: palette.first, opacity }, { x: at, y: { ...y, field: low }, y2: { field: high } }, known(low));
  return [
    band("bandLow", "bandHigh", 0.14),
    band("low", "high", 0.24),
    zeroRule(y),
    layer({ type: "line", color: palette.first, strokeWidth: 2.2 }, { x: at, y: { ...y, field: "estimate" } }, known("estimate")),
    marks(x, y, 26),
  ];
}

function binLayers(cuts: readonly number[], x: JsonObject, y: JsonObject): JsonObject[] {
  const bar = (low: string, high: string, strokeWidth: number): JsonObject =>
    layer(
      { type: "rule", color: palette.first, strokeWidth },
      { x: { ...x, field: "at" }, y: { ...y, field: low }, y2: { field: high } },
      known(low),
    );
  return [
    layer(
      { type: "rule", color: palette.grid, strokeWidth: 1.2 },
      { x: { ...x, field: "cut" } },
      { data: { values: cuts.map((cut) => ({ cut })) } },
    ),
    zeroRule(y),
    bar("bandLow", "bandHigh", 1.2),
    bar("low", "high", 3.2),
    marks(x, y, 70),
  ];
}

function moderatorName({ options }: ModeratorResult, settings: PlotSettings): string {
  const { moderator } = options.form as { readonly moderator: string };
  return settings.labels[moderator] ?? moderator;
}

/** The test that the effect is the same at all values; none of a smooth curve. */
const testOf = (result: ModeratorResult): JointTest | undefined =>
  result.form === "polynomial" ? result.heterogeneity.F : result.form === "binning" ? result.equality.F : undefined;

/** "+3.4 (2.1 to 4.7) at 20". */
function placeText(result: ModeratorResult, k: number, settings: PlotSettings): string {
  const values = valuesOf(result);
  const estimate: Estimate = result.estimates[k]!;
  const decimals = decimalsOf(result.estimates, settings.scale);
  const at = formatPlain(Number(values[k]!.toPrecision(4)), settings.language);
  return `${estimateText(estimate, { ...settings, unit: "" }, decimals)} ${say(settings.language, "at", "bij")} ${at}`;
}

function moderatorTitle(result: ModeratorResult, settings: PlotSettings): string {
  const { language } = settings;
  const [outcome, name] = [outcomeTitle(settings), moderatorName(result, settings)];
  const test = testOf(result);
  if (test !== undefined && !(test.pValue < 1 - settings.level)) {
    return say(
      language,
      `${outcome}: no clear sign that the effect varies with ${name}`,
      `${outcome}: geen duidelijk teken dat het effect verschilt naar ${name}`,
    );
  }
  const [first, last] = [placeText(result, 0, settings), placeText(result, result.estimates.length - 1, settings)];
  return test === undefined
    ? say(language, `${outcome}: effect by ${name}, from ${first} to ${last}`, `${outcome}: effect naar ${name}, van ${first} tot ${last}`)
    : say(
        language,
        `${outcome}: the effect varies with ${name}, from ${first} to ${last}`,
        `${outcome}: het effect verschilt naar ${name}, van ${first} tot ${last}`,
      );
}

function moderatorSubtitle(result: ModeratorResult, settings: PlotSettings): string {
  const { language } = settings;
  const interval = intervalWords(settings);
  const level = percent(settings.level);
  const parts = [
    result.form === "binning"
      ? say(
          language,
          `Effects at the bins' medians; thick lines: ${interval}`,
          `Effecten bij de mediaan van elk vak; dikke lijnen: ${interval}`,
        )
      : say(language, `Dark band: ${interval} at each value`, `Donkere band: ${interval} bij elke waarde`),
  ];
  if (result.band !== undefined) {
    parts.push(
      result.form === "binning"
        ? say(language, `thin lines hold at all of them at once (${level})`, `dunne lijnen gelden voor alle tegelijk (${level})`)
        : say(language, `light band: holds at all values at once (${level})`, `lichte band: geldt bij alle waarden tegelijk (${level})`),
    );
  }
  if (unsupported(result).length > 0)
    parts.push(say(language, "hollow: extrapolated, one arm has few rows there", "open: doorgetrokken, één arm heeft daar weinig rijen"));
  const test = testOf(result);
  if (test !== undefined) {
    const p = probabilityText(test.pValue, language);
    parts.push(say(language, `same effect at all values: ${p}`, `gelijk effect bij alle waarden: ${p}`));
  }
  return `${parts.join("; ")}.`;
}

function moderatorDescription(result: ModeratorResult, settings: PlotSettings): string {
  const name = moderatorName(result, settings);
  const count = result.estimates.length;
  const shown = count <= 5 ? result.estimates.map((_, k) => k) : [0, 1, 2, 3, 4].map((k) => Math.round((k * (count - 1)) / 4));
  const list = shown.map((k) => placeText(result, k, settings)).join("; ");
  return say(
    settings.language,
    `Effect on ${settings.outcome} by ${name}: ${list}.`,
    `Effect op ${settings.outcome} naar ${name}: ${list}.`,
  );
}
