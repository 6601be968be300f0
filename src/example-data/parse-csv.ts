import type { CategoryData } from "../data/columns.ts";

/** How the columns of an embedded data set are read. */
export type CsvTypes = Readonly<Record<string, "number" | "category">>;

/** Columns by their declared types: numbers (missing NaN), or labels in order of appearance (missing -1). */
export type CsvColumns<Types extends CsvTypes> = {
  readonly [Name in keyof Types]: Types[Name] extends "number" ? Float64Array : CategoryData;
};

/** Reads an embedded data set: commas, no quotes, one header line whose names are those of `types` in their order. */
export function parseCsv<const Types extends CsvTypes>(csv: string, types: Types): CsvColumns<Types> {
  const [, ...lines] = csv.trimEnd().split("\n");
  const cells = lines.map((line) => line.split(","));
  const columns = Object.entries(types).map(([name, type], j) => {
    const values = cells.map((row) => row[j]!);
    return [name, type === "number" ? Float64Array.from(values, (cell) => (cell === "" ? Number.NaN : Number(cell))) : labels(values)];
  });
  return Object.fromEntries(columns) as CsvColumns<Types>;
}

function labels(cells: readonly string[]): CategoryData {
  const levels = [...new Set(cells)].filter((cell) => cell !== "");
  const codeOf = new Map(levels.map((level, code) => [level, code]));
  return { type: "category", codes: Int32Array.from(cells, (cell) => codeOf.get(cell) ?? -1), levels };
}
