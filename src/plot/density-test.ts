import type { Estimate, Result } from "../core/result.ts";
import type { RdDensityResult } from "../rd/index.ts";
import { figureSpec, intervalWords, layer, once, paddedDomain, verticalAxis } from "./figure-spec.ts";
import { formatNumber, formatPlain, probabilityText, sensibleDecimals } from "./format-number.ts";
import { finiteOrNull, type JsonObject, type PlotRow, type VegaLiteSpec } from "./json.ts";
import { capitalised, say } from "./language.ts";
import { palette } from "./palette.ts";
import { type PlotSettings, percent } from "./plot-options.ts";

/** Whether a result is a test of the running variable's density. */
export function isDensityTest(result: Result): result is RdDensityResult {
  return result.kind === "rd.densityTest";
}

/** Tidy rows of the figure: points of the two curves, and the two estimates at the cutoff that the test compares. */
export function densityTestRows(result: RdDensityResult): PlotRow[] {
  const { cutoff } = result.options;
  return (["left", "right"] as const).flatMap((side) => {
    const curve = result[side].curve.map(({ running, density, confidenceInterval }) =>
      row("curve", side, running, density, confidenceInterval),
    );
    const { estimate, confidenceInterval } = result.densities[side];
    return [...curve, row("cutoff", side, cutoff, estimate, confidenceInterval)];
  });
}

function row(part: string, side: string, running: number, density: number, [low, high]: readonly [number, number]): PlotRow {
  // A density is not below zero, whatever its interval says.
  return { part, side, running, density: finiteOrNull(density), low: finiteOrNull(Math.max(0, low)), high: finiteOrNull(high) };
}

/** Figure of a density test: the density on either side with its band, and the two estimates at the cutoff. */
export function densityTestSpec(result: RdDensityResult, settings: PlotSettings): VegaLiteSpec {
  const rows = densityTestRows(result);
  const running = settings.running ?? result.options.running;
  const margins = { top: 56, right: 20, bottom: 46, left: settings.narrow ? 54 : 62 };
  const x = {
    type: "quantitative",
    scale: { domain: paddedDomain(numbersOf(rows, "running"), 0.025), nice: false, zero: false },
    axis: { title: capitalised(running), grid: false, tickCount: settings.narrow ? 5 : 9 },
  };
  const heights = [...numbersOf(rows, "density"), ...numbersOf(rows, "high")];
  const y = {
    type: "quantitative",
    scale: { domain: [0, paddedDomain(heights)[1]], nice: true, zero: true },
    axis: verticalAxis(say(settings.language, "Density", "Dichtheid"), margins.left, { tickCount: 5, titleY: -26 }),
  };
  return figureSpec(settings, {
    title: densityTitle(result.estimates.difference, running, settings),
    subtitle: densitySubtitle(settings),
    description: densityDescription(result, running, settings),
    margins,
    height: settings.narrow ? 230 : 300,
    body: { data: { values: rows }, layer: densityLayers(result.options.cutoff, x, y, settings) },
  });
}

const numbersOf = (rows: readonly PlotRow[], name: string): (number | null)[] => rows.map((each) => each[name] as number | null);

function densityLayers(cutoff: number, x: JsonObject, y: JsonObject, settings: PlotSettings): JsonObject[] {
  const sides = ["left", "right"];
  const colour = { field: "side", type: "nominal", legend: null, scale: { domain: sides, range: [palette.second, palette.first] } };
  const shape = { field: "side", type: "nominal", legend: null, scale: { domain: sides, range: ["square", "circle"] } };
  const of = (part: string): { readonly transform: readonly JsonObject[] } => ({
    transform: [{ filter: `datum.part === '${part}' && datum.low !== null` }],
  });
  const place = { x: { ...x, field: "running" }, y: { ...y, field: "density" } };
  const range = { y: { ...y, field: "low" }, y2: { field: "high" } };
  const label = `${say(settings.language, "cutoff", "grens")} ${formatPlain(cutoff, settings.language)}`;
  return [
    layer({ type: "area", opacity: 0.28, clip: true }, { x: place.x, ...range, color: colour }, of("curve")),
    layer({ type: "rule", color: palette.rule, strokeWidth: 1.2, strokeDash: [4, 3] }, { x: { ...x, datum: cutoff } }, once),
    layer(
      { type: "text", align: "center", baseline: "bottom", dy: -4, color: palette.muted, fontSize: 12, text: label },
      { x: { ...x, datum: cutoff }, y: { value: 0 } },
      once,
    ),
    layer({ type: "line", strokeWidth: 2.4, clip: true }, { ...place, color: colour }, of("curve")),
    ...sides.flatMap((side, k) => {
      // The two estimates lie at the same place: each is moved a little to its own side.
      const xOffset = k === 0 ? -7 : 7;
      const own = { transform: [{ filter: `datum.part === 'cutoff' && datum.side === '${side}' && datum.low !== null` }] };
      return [
        layer({ type: "rule", strokeWidth: 1.8, color: palette.ink, xOffset }, { x: place.x, ...range }, own),
        layer({ type: "point", filled: true, opacity: 1, size: 60, xOffset }, { ...place, color: colour, shape }, own),
      ];
    }),
  ];
}

function densityTitle({ pValue }: Estimate, running: string, { language, level }: PlotSettings): string {
  const name = capitalised(running);
  const p = probabilityText(pValue, language);
  if (!Number.isFinite(pValue)) {
    return say(
      language,
      `${name}: density at the cutoff; the test gives no answer`,
      `${name}: dichtheid bij de grens; de toets geeft geen antwoord`,
    );
  }
  if (pValue < 1 - level) {
    return say(
      language,
      `${name}: the density jumps at the cutoff (${p}), a sign that people sort around it`,
      `${name}: de dichtheid springt bij de grens (${p}), een teken dat mensen er omheen schuiven`,
    );
  }
  return say(language, `${name}: no sign of sorting around the cutoff (${p})`, `${name}: geen teken van schuiven rond de grens (${p})`);
}

function densitySubtitle(settings: PlotSettings): string {
  const interval = intervalWords(settings);
  return say(
    settings.language,
    `Lines and bands: density of each side, ${interval}. Points: the two estimates at the cutoff that the test compares.`,
    `Lijnen en banden: dichtheid van elke kant, ${interval}. Punten: de twee schattingen bij de grens die de toets vergelijkt.`,
  );
}

function densityDescription(result: RdDensityResult, running: string, { language, level }: PlotSettings): string {
  const { left, right, difference } = result.densities;
  const decimals = sensibleDecimals([left.standardError, right.standardError]);
  const [below, above] = [left, right].map(({ estimate }) => formatNumber(estimate, decimals, language));
  const [low, high] = difference.confidenceInterval.map((end) => formatNumber(end, decimals, language));
  const p = probabilityText(result.estimates.difference.pValue, language);
  const cutoff = formatPlain(result.options.cutoff, language);
  return say(
    language,
    `Estimated density of ${running} on both sides of the cutoff ${cutoff}: ${below} just below and ${above} just above. The ${percent(level)} interval of the difference runs from ${low} to ${high}; ${p} for the hypothesis of no jump.`,
    `Geschatte dichtheid van ${running} aan beide kanten van de grens ${cutoff}: ${below} er net onder en ${above} er net boven. Het ${percent(level)}-interval van het verschil loopt van ${low} tot ${high}; ${p} voor de hypothese dat er geen sprong is.`,
  );
}
