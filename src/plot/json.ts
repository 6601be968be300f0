/** Anything that JSON can hold. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

/** A JSON object. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** One row of a figure's data: plain values, `null` where there is no number to show. */
export type PlotRow = Readonly<Record<string, string | number | boolean | null>>;

/** A Vega-Lite 6 specification as plain data; the parts every figure has are named. */
export interface VegaLiteSpec extends JsonObject {
  /** Address of the schema the specification follows. */
  readonly $schema: string;
  /** What the figure shows, for readers who cannot see it. */
  readonly description: string;
  /** Title, wrapped to the width, and subtitle. */
  readonly title: JsonObject;
}

/** A number for JSON: `null` in place of NaN and infinities. */
export function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
