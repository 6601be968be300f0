import type { JsonObject, JsonValue, VegaLiteSpec } from "./json.ts";
import { fontFamily, palette } from "./palette.ts";
import { type PlotSettings, percent } from "./plot-options.ts";

/** Address of the Vega-Lite version the figures are written in. */
export const vegaLiteSchema = "https://vega.github.io/schema/vega-lite/v6.json";

/** Room around the drawing area, in pixels; the title comes on top of `top`, sixteen pixels above the axis title. */
export interface FigureMargins {
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly left: number;
}

/** What a figure adds to the common frame. */
export interface FigureParts {
  /** The finding in words. */
  readonly title: string;
  /** How to read the figure. */
  readonly subtitle: string;
  /** The figure in words. */
  readonly description: string;
  readonly margins: FigureMargins;
  readonly height: number;
  /** Data, layers and encodings. */
  readonly body: JsonObject;
}

const TITLE = { size: 17, line: 22, glyph: 0.52 } as const;
const SUBTITLE = { size: 13, line: 17, glyph: 0.48 } as const;
const EDGE = 8; // free rim of the whole picture

/**
 * The common frame of all figures with one drawing area. Sizes are computed here and not by the renderer, which without
 * a screen can only guess the width of text: nothing is clipped, and the picture is the same everywhere.
 */
export function figureSpec(settings: PlotSettings, parts: FigureParts): VegaLiteSpec {
  const { margins } = parts;
  const heading = headingOf(settings, parts, margins.left);
  return {
    $schema: vegaLiteSchema,
    description: settings.description ?? parts.description,
    title: heading.title,
    width: settings.width - margins.left - margins.right,
    height: settings.height ?? parts.height,
    autosize: { type: "none" },
    padding: { left: margins.left, right: margins.right, bottom: margins.bottom, top: margins.top + heading.height },
    ...parts.body,
    config: figureConfig(settings),
  };
}

/** Title and subtitle, wrapped, flush with the left edge, and the height they take. */
export function headingOf(
  settings: PlotSettings,
  parts: Pick<FigureParts, "title" | "subtitle" | "margins">,
  indent: number,
): { readonly title: JsonObject; readonly height: number } {
  const room = settings.width - 2 * EDGE;
  const text = wrapText(settings.title ?? parts.title, room / (TITLE.size * TITLE.glyph));
  const subtitle = wrapText(settings.subtitle ?? parts.subtitle, room / (SUBTITLE.size * SUBTITLE.glyph));
  return {
    title: { text, subtitle, anchor: "start", frame: "group", dx: EDGE - indent, offset: 16 },
    height: EDGE + text.length * TITLE.line + (subtitle.length === 0 ? 0 : 6 + subtitle.length * SUBTITLE.line),
  };
}

/** Lines of at most `limit` characters, broken at spaces; a longer word keeps a line to itself. */
export function wrapText(text: string, limit: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/[ \n\t]+/).filter((part) => part !== "")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && longer.length > limit) {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  if (line !== "") lines.push(line);
  return lines;
}

/** Width of regular text in pixels, as good as can be said without a screen. */
export function textWidth(text: string, size: number): number {
  return Math.ceil(text.length * size * 0.52);
}

/** Text cut to a width in pixels, with an ellipsis where something is left out. */
export function shortened(text: string, width: number, size: number): string {
  const room = Math.max(4, Math.floor(width / (size * 0.52)));
  return text.length <= room ? text : `${text.slice(0, room - 1).trimEnd()}…`;
}

/** Fonts, colours, number format. */
export function figureConfig(settings: Pick<PlotSettings, "language">): JsonObject {
  const axis = {
    labelColor: palette.muted,
    labelFontSize: 12,
    titleColor: palette.ink,
    titleFontSize: 13,
    titleFontWeight: "normal",
    domainColor: palette.rule,
    tickColor: palette.rule,
    gridColor: palette.grid,
    tickSize: 4,
  };
  return {
    font: fontFamily,
    background: palette.paper,
    aria: false,
    view: { stroke: null },
    axis,
    title: {
      color: palette.ink,
      fontSize: TITLE.size,
      fontWeight: 600,
      lineHeight: TITLE.line,
      subtitleColor: palette.muted,
      subtitleFontSize: SUBTITLE.size,
      subtitleLineHeight: SUBTITLE.line,
      subtitlePadding: 6,
    },
    text: { color: palette.ink, fontSize: 12 },
    locale: { number: numberLocale(settings.language) },
  };
}

/** Horizontal title above a vertical axis: easier to read than one on its side. */
export function verticalAxis(title: string, left: number, extra: JsonObject = {}): JsonObject {
  return {
    title,
    titleAngle: 0,
    titleAlign: "left",
    titleAnchor: "end",
    titleBaseline: "bottom",
    titleX: EDGE - left,
    titleY: -10,
    domain: false,
    ticks: false,
    labelPadding: 6,
    grid: true,
    ...extra,
  };
}

/** "Effect on hours (hours a week)": a name with its unit, where there is one. */
export function withUnit(text: string, unit: string): string {
  return unit === "" ? text : `${text} (${unit})`;
}

/** What the bars of intervals are, for subtitles. */
export function intervalWords(settings: Pick<PlotSettings, "language" | "level">): string {
  const level = percent(settings.level);
  return settings.language === "nl" ? `${level}-betrouwbaarheidsinterval` : `${level} confidence interval`;
}

/** A range that holds all values, with free room at both ends. */
export function paddedDomain(values: readonly (number | null)[], room = 0.06): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value === null || !Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return [-1, 1];
  const span = high > low ? high - low : Math.max(1e-6, Math.abs(high));
  return [low - room * span, high + room * span];
}

/** Data of a layer that draws one constant mark; on the figure's own rows it would be drawn once a row. */
export const once: { readonly data: JsonObject } = { data: { values: [{}] } };

/** A mark with its encodings. */
export function layer(mark: JsonObject, encoding: JsonObject, extra: Readonly<Record<string, JsonValue>> = {}): JsonObject {
  return { ...extra, mark, encoding };
}

function numberLocale(language: string): JsonObject {
  return language === "nl"
    ? { decimal: ",", thousands: ".", grouping: [3], currency: ["€ ", ""], minus: "\u2212" }
    : { decimal: ".", thousands: ",", grouping: [3], currency: ["", ""], minus: "\u2212" };
}
