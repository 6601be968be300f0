import { layer, textWidth } from "./figure-spec.ts";
import type { JsonObject, PlotRow } from "./json.ts";

/** Words of a legend above the drawing, with what their mark stands for. */
export interface LegendRow extends PlotRow {
  readonly words: string;
  /** From the left edge of the drawing. */
  readonly x: number;
  /** Line of words, from 0. */
  readonly line: number;
}

const FONT_SIZE = 12.5;
const LINE_HEIGHT = 19;

/** Places entries side by side while they fit, then on further lines; `rim` is the width of the axis left of the drawing. */
export function legendRows<Entry extends PlotRow & { readonly words: string }>(
  entries: readonly Entry[],
  width: number,
  rim: number,
): readonly (Entry & LegendRow)[] {
  const [start, end] = [14 - rim, width - rim - 8];
  let [x, line] = [start, 0];
  return entries.map((entry) => {
    const own = textWidth(entry.words, FONT_SIZE) + 26;
    if (x > start && x + own > end) [x, line] = [start, line + 1];
    const row = { ...entry, x, line };
    x += own;
    return row;
  });
}

/** The legend's marks and words; `marks` are the channels of the figure's own marks, `top` the space above the drawing. */
export function legendLayers(rows: readonly LegendRow[], marks: JsonObject, top: number, markSize: number): JsonObject[] {
  const at = (field: string): JsonObject => ({ field, type: "quantitative", scale: null, axis: null });
  const place = { x: at("x"), y: at("y") };
  const data = { data: { values: rows.map((row) => ({ ...row, y: 26 - top + LINE_HEIGHT * row.line })) } };
  return [
    layer({ type: "point", filled: true, opacity: 1, size: markSize }, { ...place, ...marks }, data),
    layer(
      { type: "text", align: "left", baseline: "middle", dx: 9, fontSize: FONT_SIZE },
      { ...place, text: { field: "words", type: "nominal" } },
      data,
    ),
  ];
}
