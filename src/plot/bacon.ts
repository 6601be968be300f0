import type { Result } from "../core/result.ts";
import type { BaconType, GoodmanBaconResult } from "../did/index.ts";
import { decimalsOf } from "./estimate-words.ts";
import { figureSpec, layer, once, paddedDomain, verticalAxis, withUnit } from "./figure-spec.ts";
import { formatNumber, formatSigned } from "./format-number.ts";
import { finiteOrNull, type JsonObject, type PlotRow, type VegaLiteSpec } from "./json.ts";
import { type Language, say } from "./language.ts";
import { type LegendRow, legendLayers, legendRows } from "./legend.ts";
import { palette } from "./palette.ts";
import { outcomeTitle, type PlotSettings } from "./plot-options.ts";

/** Whether a result is a decomposition of the two-way fixed-effects coefficient. */
export function isBacon(result: Result): result is GoodmanBaconResult {
  return result.kind === "did.goodmanBacon";
}

/** Comparisons with a group already treated take its effects for trends. */
const FORBIDDEN: readonly BaconType[] = ["laterVsEarlier", "laterVsAlways"];
const TYPES: readonly BaconType[] = ["treatedVsUntreated", "earlierVsLater", "laterVsEarlier", "laterVsAlways", "bothTreated"];
/** Hollow and dark orange for the comparisons to distrust: they stay apart without colour. */
const MARKS: Readonly<Record<BaconType, { readonly shape: string; readonly colour: string }>> = {
  treatedVsUntreated: { shape: "circle", colour: palette.first },
  earlierVsLater: { shape: "triangle-up", colour: palette.first },
  laterVsEarlier: { shape: "square", colour: palette.second },
  laterVsAlways: { shape: "diamond", colour: palette.second },
  bothTreated: { shape: "cross", colour: palette.second },
};

function typeWords(type: BaconType, language: Language): string {
  if (type === "treatedVsUntreated") return say(language, "with never treated", "met nooit behandelden");
  if (type === "earlierVsLater") return say(language, "earlier with later treated", "eerder met later behandelden");
  if (type === "laterVsEarlier") return say(language, "later with already treated", "later met al behandelden");
  if (type === "bothTreated") return say(language, "between treated groups", "tussen behandelde groepen");
  return say(language, "with always treated", "met altijd behandelden");
}

/** Tidy rows of the figure, one per comparison of two timing groups. */
export function baconRows({ comparisons }: GoodmanBaconResult, { scale }: PlotSettings): PlotRow[] {
  return comparisons.map(({ treated, control, type, estimate, weight }) => ({
    treated: finiteOrNull(treated),
    control: finiteOrNull(control),
    type,
    weight,
    estimate: finiteOrNull(estimate * scale),
    forbidden: FORBIDDEN.includes(type),
  }));
}

/** Scatter of the comparisons behind a two-way fixed-effects coefficient: what each says, and how much it counts. */
export function baconSpec(result: GoodmanBaconResult, settings: PlotSettings): VegaLiteSpec {
  const { language } = settings;
  const rows = baconRows(result, settings);
  const coefficient = result.estimates.twoWayFixedEffects.estimate * settings.scale;
  const legend = kindsShown(result, settings);
  const margins = { top: 46 + 19 * (legend.at(-1)!.line + 1), right: 20, bottom: 46, left: settings.narrow ? 48 : 56 };
  const x = {
    field: "weight",
    type: "quantitative",
    scale: { domain: [0, paddedDomain(rows.map((row) => row["weight"] as number))[1]], nice: false, zero: true },
    axis: {
      title: say(language, "Weight in the coefficient", "Gewicht in de coëfficiënt"),
      grid: false,
      format: "~%",
      tickCount: settings.narrow ? 4 : 8,
    },
  };
  const y = {
    field: "estimate",
    type: "quantitative",
    scale: { domain: paddedDomain([0, coefficient, ...rows.map((row) => row["estimate"] as number | null)]), nice: true, zero: false },
    axis: verticalAxis(withUnit(say(language, "Difference in differences", "Verschil in verschillen"), settings.unit), margins.left, {
      tickCount: 6,
    }),
  };
  return figureSpec(settings, {
    title: baconTitle(result, settings),
    subtitle: say(
      language,
      "Each point compares two groups that started at different times. The dashed line is their weighted mean, the coefficient.",
      "Elk punt vergelijkt twee groepen met een verschillend begin. De stippellijn is hun gewogen gemiddelde, de coëfficiënt.",
    ),
    description: baconDescription(result, settings),
    margins,
    height: settings.narrow ? 240 : 300,
    body: { data: { values: rows }, layer: baconLayers(coefficient, x, y, legend, margins.top) },
  });
}

const markScales = (): { readonly color: JsonObject; readonly shape: JsonObject } => {
  const range = (name: "colour" | "shape"): JsonObject => ({ domain: TYPES, range: TYPES.map((type) => MARKS[type][name]) });
  const channel = { field: "type", type: "nominal", legend: null } as const;
  return { color: { ...channel, scale: range("colour") }, shape: { ...channel, scale: range("shape") } };
};

function baconLayers(coefficient: number, x: JsonObject, y: JsonObject, legend: readonly LegendRow[], top: number): JsonObject[] {
  const { field: _field, ...constant } = y;
  const marks = markScales();
  return [
    layer({ type: "rule", color: palette.rule, strokeWidth: 1.2 }, { y: { ...constant, datum: 0 } }, once),
    layer({ type: "rule", color: palette.ink, strokeWidth: 1.4, strokeDash: [5, 4] }, { y: { ...constant, datum: coefficient } }, once),
    layer({ type: "point", filled: true, opacity: 0.9, size: 80, stroke: palette.paper, strokeWidth: 0.8 }, { x, y, ...marks }),
    ...legendLayers(legend, marks, top, 70),
  ];
}

/** Names of the kinds with their weight. */
function kindsShown({ types }: GoodmanBaconResult, { width, narrow, language }: PlotSettings): readonly LegendRow[] {
  const shown = TYPES.flatMap((type) => types.filter((each) => each.type === type && each.weight > 0));
  const entries = shown.map(({ type, weight }) => ({ type, words: `${typeWords(type, language)} ${share(weight, language)}` }));
  return legendRows(entries, width, narrow ? 48 : 56);
}

const share = (weight: number, language: Language): string => `${formatNumber(100 * weight, 0, language)}%`;

const forbiddenWeight = ({ types }: GoodmanBaconResult): number =>
  types.filter(({ type }) => FORBIDDEN.includes(type)).reduce((sum, { weight }) => sum + weight, 0);

function coefficientText({ estimates }: GoodmanBaconResult, { scale, language, unit }: PlotSettings): string {
  const { twoWayFixedEffects: coefficient } = estimates;
  const value = formatSigned(coefficient.estimate * scale, decimalsOf([coefficient], scale), language);
  return unit === "" ? value : `${value} ${unit}`;
}

function baconTitle(result: GoodmanBaconResult, settings: PlotSettings): string {
  const { language } = settings;
  const [text, forbidden] = [coefficientText(result, settings), forbiddenWeight(result)];
  if (forbidden === 0) {
    return say(
      language,
      `${outcomeTitle(settings)}: the coefficient of ${text} rests on no comparison with groups already treated`,
      `${outcomeTitle(settings)}: de coëfficiënt van ${text} berust op geen enkele vergelijking met al behandelde groepen`,
    );
  }
  return say(
    language,
    `${outcomeTitle(settings)}: ${share(forbidden, language)} of the coefficient of ${text} compares with groups already treated`,
    `${outcomeTitle(settings)}: ${share(forbidden, language)} van de coëfficiënt van ${text} vergelijkt met al behandelde groepen`,
  );
}

function baconDescription(result: GoodmanBaconResult, settings: PlotSettings): string {
  const { language, scale } = settings;
  const decimals = decimalsOf([result.estimates.twoWayFixedEffects], scale);
  const parts = result.types.map(({ type, weight, estimate }) => {
    const value = formatSigned(estimate * scale, decimals, language);
    return say(
      language,
      `${typeWords(type, language)}: weight ${share(weight, language)}, mean ${value}`,
      `${typeWords(type, language)}: gewicht ${share(weight, language)}, gemiddeld ${value}`,
    );
  });
  return say(
    language,
    `Decomposition of the two-way fixed-effects coefficient for ${settings.outcome}, ${coefficientText(result, settings)}, into ${result.comparisons.length} comparisons of starting groups. ${parts.join("; ")}.`,
    `Ontleding van de coëfficiënt met twee vaste effecten voor ${settings.outcome}, ${coefficientText(result, settings)}, in ${result.comparisons.length} vergelijkingen van startgroepen. ${parts.join("; ")}.`,
  );
}
