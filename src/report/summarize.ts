import { checkNumber, checkResult, resolveOptions } from "../core/options.ts";
import type { Result } from "../core/result.ts";
import { isEstimate } from "../plot/estimate-words.ts";
import { formatCount, formatPlain } from "../plot/format-number.ts";
import { capitalised } from "../plot/language.ts";
import { figureLines, testLines, wrappedLines } from "./result-figures.ts";
import { resultSentence, spaced } from "./result-words.ts";
import { estimateCells, sampleNote } from "./table.ts";
import { tidy } from "./tidy.ts";

/** Options of {@link summarize}. */
export interface SummarizeOptions {
  /** Decimals of estimates and standard errors. @defaultValue two digits of the smallest standard error */
  readonly decimals?: number;
  /** Longest table before the rest is only counted. @defaultValue 40 */
  readonly maxRows?: number;
}

/**
 * A result as a person reads it in a terminal: what was estimated, a table of estimates with standard errors, tests and intervals,
 * joint tests, which rows were used and why others were not, warnings, options in force, and the reference.
 *
 * @throws OptionError `INVALID_OPTION`, `UNKNOWN_OPTION`.
 * @example
 * console.log(summarize(rd.estimate(people, { outcome: "employed", running: "childAgeMonths", cutoff: 60 })));
 */
export function summarize(result: Result, options: SummarizeOptions = {}): string {
  checkResult("summarize", result);
  const settings = resolveOptions<SummarizeOptions & { readonly maxRows: number }>("summarize", options, {
    required: [],
    defaults: { decimals: undefined, maxRows: 40 },
  });
  checkNumber("summarize", "maxRows", settings.maxRows, { min: 1, integer: true });
  if (settings.decimals !== undefined) checkNumber("summarize", "decimals", settings.decimals, { min: 0, max: 12, integer: true });
  const sections = [
    [`${resultSentence(result)} (${result.kind})`],
    estimateLines(result, settings.maxRows, settings.decimals),
    ...innerEstimates(result, settings.maxRows),
    [...testLines(result), ...figureLines(result)],
    [...sampleLines(result), ...warningLines(result), ...optionLines(result), `Reference: ${result.reference}`],
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n");
}

function estimateLines(result: Result, maxRows: number, decimals: number | undefined): readonly string[] {
  const all = tidy(result);
  if (all.length === 0) return [];
  const overall = all.at(-1)!.name === "overall" ? all.slice(-1) : [];
  const listed = all.slice(0, all.length - overall.length);
  const shown = [...listed.slice(0, maxRows), ...overall];
  const { header, cells } = estimateCells(result, shown, "en", decimals);
  const lines = alignedLines([header, ...cells]);
  if (listed.length <= maxRows) return lines;
  return [...lines, `… ${formatCount(listed.length - maxRows)} more rows; tidy(result) holds all`];
}

/** Further estimates that a result holds under a name of their own, such as the first stage of a fuzzy design or contrasts of groups. */
function innerEstimates(result: Result, maxRows: number): readonly (readonly string[])[] {
  const { sample, warnings, options, reference } = result;
  const holds = (value: unknown): value is Result["estimates"] => {
    const inner = typeof value === "object" && value !== null ? Object.values(value) : [];
    return inner.length > 0 && inner.every(isEstimate);
  };
  return Object.entries(result).flatMap(([name, value]) => {
    if (name === "estimates" || !holds(value)) return [];
    const rows = tidy({ kind: "", estimates: value, sample, warnings, options, reference });
    const { header, cells } = estimateCells(result, rows.slice(0, maxRows), "en");
    const more = rows.length > maxRows ? [`… ${formatCount(rows.length - maxRows)} more rows`] : [];
    return [[...alignedLines([[capitalised(spaced(name)), ...header.slice(1)], ...cells]), ...more]];
  });
}

/** Columns padded to their widest cell; the first on the left, the others on the right. */
function alignedLines(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_cell, j) => Math.max(...rows.map((row) => row[j]!.length)));
  return rows.map((row) =>
    row
      .map((cell, j) => (j === 0 ? cell.padEnd(widths[j]!) : cell.padStart(widths[j]!)))
      .join("   ")
      .trimEnd(),
  );
}

function sampleLines(result: Result): string[] {
  const dropped = result.sample.dropped.map(
    ({ reason, rows }) => `  left out: ${formatCount(rows)} ${rows === 1 ? "row" : "rows"}, ${reason}`,
  );
  return [`Sample: ${sampleNote(result, "en")}`, ...dropped];
}

function warningLines(result: Result): string[] {
  return result.warnings.length === 0 ? [] : ["Warnings:", ...result.warnings.map(({ code, message }) => `  ${code}: ${message}`)];
}

function optionLines(result: Result): string[] {
  const options = typeof result.options === "object" && result.options !== null ? Object.entries(result.options) : [];
  const words = options.flatMap(([name, value]) => {
    const text = optionWords(value);
    return text === undefined ? [] : [`${name} ${text}`];
  });
  return words.length === 0 ? [] : wrappedLines(`Options: ${words.join(", ")}`);
}

/** An option as text; what is too large to read is left out. */
function optionWords(value: unknown): string | undefined {
  if (typeof value === "string") return `"${value}"`;
  if (typeof value === "number") return formatPlain(value);
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) {
    const words = value.map(optionWords);
    return value.length === 0 || value.length > 12 || words.includes(undefined) ? undefined : `[${words.join(", ")}]`;
  }
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return undefined;
  const entries = Object.entries(value).map(([name, inner]) => [name, optionWords(inner)] as const);
  if (entries.length > 8 || entries.some(([, text]) => text === undefined)) return undefined;
  return `{ ${entries.map(([name, text]) => `${name}: ${text}`).join(", ")} }`;
}
