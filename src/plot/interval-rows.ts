import { figureSpec, layer, once, paddedDomain, shortened, textWidth, withUnit } from "./figure-spec.ts";
import type { JsonObject, PlotRow, VegaLiteSpec } from "./json.ts";
import { palette } from "./palette.ts";
import type { PlotSettings } from "./plot-options.ts";

/** One row of a figure with an estimate and its interval on each line. */
export interface IntervalRow extends PlotRow {
  /** Text on the left. */
  readonly label: string;
  /** Text before the numbers, e.g. how many rows; empty for none. */
  readonly size: string;
  /** Estimate and interval in words, on the right. */
  readonly text: string;
  readonly estimate: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** Area of the marker relative to the largest, 0 to 1. */
  readonly weight: number;
  /** The line that sums up the others: a diamond below them. */
  readonly summary: boolean;
  /** A line with a label only, above the rows it names. */
  readonly heading: boolean;
}

/** Words and rows of such a figure. */
export interface IntervalRowsFigure {
  readonly title: string;
  readonly subtitle: string;
  readonly description: string;
  readonly rows: readonly IntervalRow[];
  /** What the numbers are, for the axis: "Effect". */
  readonly axis: string;
  /** Value marked with a dashed line besides zero, e.g. the overall estimate. */
  readonly marked?: number;
  /** Column heads above label, size and text; a head without text is left out. */
  readonly heads: readonly [string, string, string];
}

const EDGE = 8;

/**
 * Estimates with intervals on lines of their own. Wide: label, size, drawing and numbers in columns.
 * Narrow: label and numbers above each line, the drawing over the full width.
 */
export function intervalRowsSpec(figure: IntervalRowsFigure, settings: PlotSettings): VegaLiteSpec {
  const rowHeight = settings.narrow ? 46 : 30;
  const { left, right, sizeAt } = columnsOf(figure, settings);
  const labelRoom = (text: string): number =>
    settings.narrow ? settings.width - 2 * EDGE - 10 - textWidth(text, 12.5) : 0.4 * settings.width;
  const rows = figure.rows.map((row, line) => ({ ...row, label: shortened(row.label, labelRoom(row.text), 13), line }));
  const [top, bottom] = [settings.narrow ? 18 : 34, 46];
  const x = {
    type: "quantitative",
    scale: { domain: paddedDomain([0, ...rows.flatMap((row) => [row.estimate, row.low, row.high])], 0.05), nice: false, zero: false },
    axis: {
      title: withUnit(figure.axis, settings.unit),
      grid: true,
      domain: false,
      tickCount: settings.narrow ? 5 : 6,
    },
  };
  const y = { field: "line", type: "quantitative", axis: null, scale: { domain: [rows.length - 0.5, -0.5], nice: false, zero: false } };
  const texts = settings.narrow ? narrowTexts(settings, left) : wideTexts(figure, left, sizeAt, settings.width);
  return figureSpec(settings, {
    title: figure.title,
    subtitle: figure.subtitle,
    description: figure.description,
    margins: { top, bottom, left, right },
    height: rowHeight * rows.length,
    body: { data: { values: rows }, layer: [...ruleLayers(x, y, figure.marked), ...markLayers(x, y, settings.narrow), ...texts(y)] },
  });
}

interface Columns {
  readonly left: number;
  readonly right: number;
  /** Right edge of the size column, from the left rim of the picture. */
  readonly sizeAt: number;
}

function columnsOf({ rows, heads }: IntervalRowsFigure, settings: PlotSettings): Columns {
  if (settings.narrow) return { left: 14, right: 14, sizeAt: 0 };
  const widest = (texts: readonly string[]): number => Math.max(...texts.map((text) => textWidth(text, 13)));
  const label = Math.min(widest([heads[0], ...rows.map((row) => row.label)]), 0.4 * settings.width);
  const sized = rows.some((row) => row.size !== "");
  const size = sized ? widest([heads[1], ...rows.map((row) => row.size)]) + 14 : 0;
  const text = widest([heads[2], ...rows.map((row) => row.text)]);
  return { left: Math.round(EDGE + label + size + 20), right: Math.round(text + 16 + EDGE), sizeAt: Math.round(EDGE + label + size) };
}

function ruleLayers(x: JsonObject, y: JsonObject, marked: number | undefined): JsonObject[] {
  const rule = (datum: number, mark: JsonObject): JsonObject => layer({ type: "rule", ...mark }, { x: { ...x, datum } }, once);
  const layers = [rule(0, { color: palette.rule, strokeWidth: 1.2 })];
  if (marked !== undefined) layers.push(rule(marked, { color: palette.second, strokeWidth: 1.2, strokeDash: [4, 3] }));
  // A hairline above the summary, over the whole drawing area.
  layers.push(
    layer(
      { type: "rule", color: palette.rule, strokeWidth: 0.8 },
      { x: { value: 0 }, x2: { value: { expr: "width" } }, y: { ...y, field: "above" } },
      { transform: [{ filter: "datum.summary && datum.line > 0" }, { calculate: "datum.line - 0.5", as: "above" }] },
    ),
  );
  return layers;
}

function markLayers(x: JsonObject, y: JsonObject, narrow: boolean): JsonObject[] {
  const below = narrow ? { yOffset: 10 } : {};
  const point = (shape: string, filter: string, size: JsonObject): JsonObject =>
    layer(
      { type: "point", filled: true, opacity: 1, color: palette.first, shape, ...below },
      { x: { ...x, field: "estimate" }, y, size },
      { transform: [{ filter }] },
    );
  return [
    layer(
      { type: "rule", strokeWidth: 2.2, color: palette.first, ...below, ...(narrow ? { y2Offset: 10 } : {}) },
      { x: { ...x, field: "low" }, x2: { field: "high" }, y },
      { transform: [{ filter: "datum.low !== null" }] },
    ),
    point("square", "!datum.summary && datum.estimate !== null", {
      field: "weight",
      type: "quantitative",
      legend: null,
      scale: { domain: [0, 1], range: [30, 150] },
    }),
    point("diamond", "datum.summary && datum.estimate !== null", { value: 190 }),
  ];
}

type TextLayers = (y: JsonObject) => JsonObject[];

function wideTexts({ rows, heads }: IntervalRowsFigure, left: number, sizeAt: number, width: number): TextLayers {
  const columns = [
    { field: "label", head: heads[0], at: EDGE - left, align: "left" },
    { field: "size", head: heads[1], at: sizeAt - left, align: "right" },
    { field: "text", head: heads[2], at: width - left - EDGE, align: "right" },
  ].filter(({ field }) => field !== "size" || rows.some((row) => row.size !== ""));
  return (y) =>
    columns.flatMap(({ field, head, at, align }) => [
      rowText(y, field, at, { align, fontSize: 13 }),
      layer(
        { type: "text", align, baseline: "bottom", fontSize: 12, color: palette.muted, text: head },
        { x: { value: at }, y: { value: -8 } },
        once,
      ),
    ]);
}

/** Text on the rule lines of the drawing, so a rim of paper around its letters. */
function narrowTexts(settings: PlotSettings, left: number): TextLayers {
  const columns = [
    { field: "label", at: EDGE - left, align: "left" },
    { field: "text", at: settings.width - left - EDGE, align: "right" },
  ];
  const rim = { stroke: palette.paper, strokeWidth: 5, strokeJoin: "round" };
  return (y) =>
    columns.flatMap(({ field, at, align }) =>
      [rim, {}].map((extra) => rowText(y, field, at, { align, fontSize: 12.5, yOffset: { expr: "datum.heading ? 8 : -9" }, ...extra })),
    );
}

function rowText(y: JsonObject, field: string, at: number, mark: JsonObject): JsonObject {
  return layer(
    { type: "text", baseline: "middle", fontWeight: { expr: "datum.summary || datum.heading ? 600 : 400" }, ...mark },
    { x: { value: at }, y, text: { field, type: "nominal" } },
  );
}
