import type { Estimate, Result } from "../core/result.ts";
import type { RankAverageEffectResult, TargetingPoint } from "../heterogeneity/index.ts";
import { decimalsOf, estimateText, excludesZero, intervalText, scaledEnds } from "./estimate-words.ts";
import { figureSpec, intervalWords, layer, once, paddedDomain, verticalAxis, withUnit } from "./figure-spec.ts";
import { formatNumber } from "./format-number.ts";
import { finiteOrNull, type JsonObject, type PlotRow, type VegaLiteSpec } from "./json.ts";
import { say } from "./language.ts";
import { palette } from "./palette.ts";
import { outcomeTitle, type PlotSettings, percent } from "./plot-options.ts";

/** Whether a result is a targeting curve. */
export function isTargetingCurve(result: Result): result is RankAverageEffectResult {
  return result.kind === "heterogeneity.rankAverageEffect";
}

/**
 * Tidy rows of the figure, one per priority and share. For `"AUTOC"` the curve is TOC(q), the gain of those treated first over the average;
 * for `"Qini"` it is q TOC(q), the same counted over everybody, so that in both cases the area below the curve is the estimate.
 */
export function targetingRows(result: RankAverageEffectResult, settings: PlotSettings): PlotRow[] {
  const { priorities, target } = result.options;
  return priorities.flatMap((priority, k) =>
    result.curve.map((point) => {
      const { value, low, high } = pointEnds(point, k, target, settings.scale);
      return {
        priority: settings.labels[priority] ?? priority,
        line: k === 0 ? "first" : "second",
        share: point.quantile,
        estimate: finiteOrNull(value),
        low: finiteOrNull(low),
        high: finiteOrNull(high),
      };
    }),
  );
}

function pointEnds({ quantile, estimates }: TargetingPoint, k: number, target: string, scale: number): ReturnType<typeof scaledEnds> {
  const ends = scaledEnds(estimates[k]!, target === "Qini" ? scale * quantile : scale);
  // When all are treated the order is of no account: the gain is zero, without any doubt.
  return quantile === 1 ? { value: ends.value, low: ends.value, high: ends.value } : ends;
}

/** Figure of a targeting curve: what is gained when only a share is treated, those ranked highest first. */
export function targetingSpec(result: RankAverageEffectResult, settings: PlotSettings): VegaLiteSpec {
  const rows = targetingRows(result, settings);
  const two = result.options.priorities.length === 2;
  const margins = { top: 40, right: 20, bottom: 46, left: settings.narrow ? 46 : 56 };
  const x = {
    type: "quantitative",
    scale: { domain: [0, 1.02], nice: false, zero: false },
    axis: {
      title: say(settings.language, "Share treated, highest rank first", "Aandeel behandeld, hoogste rang eerst"),
      grid: false,
      format: "%",
      tickCount: settings.narrow ? 5 : 10,
    },
  };

  // Room above the curves for the names of two.
  const [bottom, topmost] = paddedDomain([0, ...rows.flatMap((row) => [row["estimate"], row["low"], row["high"]] as (number | null)[])]);
  const y = {
    type: "quantitative",
    scale: { domain: [bottom, two ? topmost + 0.2 * (topmost - bottom) : topmost], nice: true, zero: false },
    axis: verticalAxis(
      withUnit(say(settings.language, "Gain over random order", "Winst boven willekeurige volgorde"), settings.unit),
      margins.left,
      { tickCount: 6 },
    ),
  };
  return figureSpec(settings, {
    title: targetingTitle(result, settings),
    subtitle: targetingSubtitle(result, settings),
    description: targetingDescription(result, settings),
    margins,
    height: settings.narrow ? 230 : 300,
    body: { data: { values: rows }, layer: targetingLayers(rows, two, x, y) },
  });
}

function targetingLayers(rows: readonly PlotRow[], two: boolean, x: JsonObject, y: JsonObject): JsonObject[] {
  const lines = ["first", "second"];
  const colour = { field: "line", type: "nominal", legend: null, scale: { domain: lines, range: [palette.first, palette.second] } };
  const shape = { field: "line", type: "nominal", legend: null, scale: { domain: lines, range: ["circle", "square"] } };
  const place = { x: { ...x, field: "share" }, y: { ...y, field: "estimate" } };
  const known = (field: string): { readonly transform: readonly JsonObject[] } => ({ transform: [{ filter: `datum.${field} !== null` }] });
  const layers = [
    layer({ type: "area", opacity: 0.22 }, { x: place.x, y: { ...y, field: "low" }, y2: { field: "high" }, color: colour }, known("low")),
    layer({ type: "rule", color: palette.rule, strokeWidth: 1.2 }, { y: { ...y, datum: 0 } }, once),
    layer({ type: "line", strokeWidth: 2.2 }, { ...place, color: colour }, known("estimate")),
    layer({ type: "point", filled: true, opacity: 1, size: 45 }, { ...place, color: colour, shape }, known("estimate")),
  ];
  if (!two) return layers;
  // Names at the right-hand upper corner, above the curves' common end at zero.
  const names = lines.map((line, k) => ({
    line,
    name: `${k === 0 ? "●" : "■"} ${rows.find((row) => row["line"] === line)!["priority"]}`,
    at: 4 + 18 * k,
  }));
  const named = layer(
    { type: "text", align: "right", baseline: "top", fontSize: 13, fontWeight: 600 },
    {
      x: { ...x, datum: 1 },
      y: { field: "at", type: "quantitative", scale: null },
      text: { field: "name", type: "nominal" },
      color: colour,
    },
    { data: { values: names } },
  );
  return [...layers, named];
}

function nameOf(result: RankAverageEffectResult, k: number, settings: PlotSettings): string {
  const priority = result.options.priorities[k]!;
  return settings.labels[priority] ?? priority;
}

function targetingTitle(result: RankAverageEffectResult, settings: PlotSettings): string {
  const { language } = settings;
  const outcome = outcomeTitle(settings);
  const [first, , difference] = result.estimates as readonly [Estimate, Estimate?, Estimate?];
  if (difference !== undefined) {
    const names = [nameOf(result, 0, settings), nameOf(result, 1, settings)];
    const [better, worse] = difference.estimate >= 0 ? names : [names[1], names[0]];
    return excludesZero(difference)
      ? say(
          language,
          `${outcome}: ${better} ranks people by gain better than ${worse}`,
          `${outcome}: ${better} rangschikt mensen beter naar winst dan ${worse}`,
        )
      : say(
          language,
          `${outcome}: no clear difference between ${names[0]} and ${names[1]} as a ranking`,
          `${outcome}: geen duidelijk verschil tussen ${names[0]} en ${names[1]} als rangschikking`,
        );
  }
  const decimals = decimalsOf([first], settings.scale);
  const name = nameOf(result, 0, settings);
  if (!excludesZero(first)) {
    const range = intervalText(first, settings, decimals);
    return say(
      language,
      `${outcome}: no clear sign that ranking by ${name} finds those who gain most (${range})`,
      `${outcome}: geen duidelijk teken dat rangschikken naar ${name} vindt wie het meest wint (${range})`,
    );
  }
  const text = estimateText(first, settings, decimals);
  if (first.estimate > 0)
    return say(
      language,
      `${outcome}: ranking by ${name} finds those who gain most (${text})`,
      `${outcome}: rangschikken naar ${name} vindt wie het meest wint (${text})`,
    );
  return say(
    language,
    `${outcome}: those ranked first by ${name} gain less than others (${text})`,
    `${outcome}: wie bij ${name} vooraan staat, wint minder dan anderen (${text})`,
  );
}

function targetingSubtitle({ options }: RankAverageEffectResult, settings: PlotSettings): string {
  const interval = intervalWords(settings);
  const what =
    options.target === "Qini"
      ? say(
          settings.language,
          "Gain over treating as many in random order, counted over everybody (the area is the Qini coefficient)",
          "Winst boven evenveel behandelen in willekeurige volgorde, over iedereen geteld (de oppervlakte is de Qini-coëfficiënt)",
        )
      : say(
          settings.language,
          "Effect on those treated first less the average effect (the area is the AUTOC)",
          "Effect op wie eerst komt min het gemiddelde effect (de oppervlakte is de AUTOC)",
        );
  return say(settings.language, `${what}. Band: ${interval}.`, `${what}. Band: ${interval}.`);
}

function targetingDescription(result: RankAverageEffectResult, settings: PlotSettings): string {
  const { language, scale } = settings;
  const { target } = result.options;
  const first = result.curve[0];
  const parts = result.options.priorities.map((_priority, k) => {
    const area = result.estimates[k]!;
    const text = `${target} ${estimateText(area, settings, decimalsOf([area], scale))}`;
    if (first === undefined) return `${nameOf(result, k, settings)}: ${text}`;
    const value = formatNumber(pointEnds(first, k, target, scale).value, decimalsOf([first.estimates[k]!], scale), language);
    const share = percent(first.quantile);
    return say(
      language,
      `${nameOf(result, k, settings)}: ${text}; at the first ${share} treated the curve is at ${value}`,
      `${nameOf(result, k, settings)}: ${text}; bij de eerste ${share} staat de kromme op ${value}`,
    );
  });
  return say(
    language,
    `Targeting curve of the effect on ${settings.outcome}, by the share treated, highest rank first. ${parts.join(". ")}.`,
    `Winst van het effect op ${settings.outcome} naar het aandeel dat behandeld wordt, hoogste rang eerst. ${parts.join(". ")}.`,
  );
}
