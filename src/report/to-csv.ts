import { checkResult } from "../core/options.ts";
import { escapeCsv } from "./escape.ts";
import { isResult, modelsOf, type Table, type Tabular } from "./table.ts";
import { tidy } from "./tidy.ts";

/**
 * The rows of {@link tidy} as comma-separated values (RFC 4180) at full precision, for machines. Several results: one below the
 * other, with a column `model`. What is not a number is `NA`, infinity `Inf`, as R and pandas read them.
 *
 * @throws OptionError `NOT_A_RESULT`.
 * @example
 * await writeFile("effects.csv", toCsv(effects));
 */
export function toCsv(input: Exclude<Tabular, Table>): string {
  if (typeof input !== "object" || input === null) checkResult("toCsv", input);
  const single = isResult(input);
  const rows: Readonly<Record<string, unknown>>[] = modelsOf("toCsv", input).flatMap(([model, result]) =>
    tidy(result).map((row) => (single ? row : { model, ...row })),
  );
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const lines = rows.map((row) => names.map((name) => escapeCsv(csvText(row[name]))).join(","));
  return [names.map(escapeCsv).join(","), ...lines, ""].join("\r\n");
}

function csvText(value: unknown): string {
  if (typeof value !== "number") return value === undefined ? "" : String(value);
  if (Number.isNaN(value)) return "NA";
  return Number.isFinite(value) ? String(value) : value > 0 ? "Inf" : "-Inf";
}
