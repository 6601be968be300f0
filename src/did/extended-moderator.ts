import { numericData } from "../data/frame.ts";
import type { Panel } from "../data/index.ts";

/** A column with which effects vary. */
export interface Moderator {
  /** Its columns in the regression: itself if numeric, else an indicator of each level but the first; NaN where missing. */
  readonly columns: readonly { readonly name: string; readonly values: Float64Array }[];
  /** Its value in a row. */
  readonly valueOf: (row: number) => number | string;
}

/** Reads a moderator; levels of text count in alphabetical order. */
export function readModerator<Row>(data: Panel<Row>, name: string | undefined): Moderator | undefined {
  if (name === undefined) return undefined;
  const column = data.has(name) ? data.column(name as never) : undefined;
  if (column?.type !== "category") {
    const { values } = numericData(data, name);
    return { columns: [{ name, values }], valueOf: (row) => values[row]! };
  }
  const { codes, levels } = column;
  const seen = [...new Set(codes)].filter((code) => code >= 0).sort((a, b) => (levels[a]! < levels[b]! ? -1 : 1));
  return {
    columns: seen.slice(1).map((code) => ({
      name: `${name}::${levels[code]}`,
      values: Float64Array.from(codes, (own) => (own < 0 ? Number.NaN : Number(own === code))),
    })),
    valueOf: (row) => levels[codes[row]!]!,
  };
}
