import { checkNumber, resolveOptions } from "../core/options.ts";
import type { JointTest, Result } from "../core/result.ts";
import { isEstimate } from "../plot/estimate-words.ts";
import { formatCount, formatNumber, formatPlain, formatPValue } from "../plot/format-number.ts";
import { capitalised } from "../plot/language.ts";
import { optionText } from "../plot/plot-options.ts";
import { fitStatistics } from "./glance.ts";
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
  const settings = resolveOptions<SummarizeOptions & { readonly maxRows: number }>("summarize", options, {
    required: [],
    defaults: { decimals: undefined, maxRows: 40 },
  });
  checkNumber("summarize", "maxRows", settings.maxRows, { min: 1, integer: true });
  if (settings.decimals !== undefined) checkNumber("summarize", "decimals", settings.decimals, { min: 0, max: 12, integer: true });
  const sections = [
    [`${resultSentence(result)} (${result.kind})`],
    estimateLines(result, settings.maxRows, settings.decimals),
    ...innerEstimates(result),
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

/** Further records of estimates that a result holds, such as the first stage of a fuzzy design. */
function innerEstimates(result: Result): readonly (readonly string[])[] {
  const records = Object.entries(result).filter(
    ([name, value]) =>
      name !== "estimates" &&
      typeof value === "object" &&
      value !== null &&
      Object.values(value).length > 0 &&
      Object.values(value).every(isEstimate),
  );
  return records.map(([name, value]) => {
    const { header, cells } = estimateCells(
      result,
      tidy({ ...result, estimates: value as Result["estimates"], overall: undefined } as Result),
      "en",
    );
    return alignedLines([[capitalised(spaced(name)), ...header.slice(1)], ...cells]);
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

function testLines(result: Result): string[] {
  return Object.entries(result).flatMap(([name, value]) => {
    const tests = Array.isArray(value) ? value.filter(isJointTest) : isJointTest(value) ? [value] : [];
    return tests.map((test) => {
      const { by } = test as { readonly by?: unknown };
      return `Test, ${spaced(name)}${typeof by === "string" ? ` by ${by}` : ""}: ${testText(test)}`;
    });
  });
}

function isJointTest(value: unknown): value is JointTest {
  if (typeof value !== "object" || value === null) return false;
  const test = value as Partial<JointTest>;
  return typeof test.statistic === "number" && typeof test.pValue === "number" && test.distribution !== undefined;
}

/** "chi-squared(3) = 4.20, p = 0.241". */
function testText({ statistic, degreesOfFreedom, denominatorDegreesOfFreedom, pValue, distribution }: JointTest): string {
  const p = formatPValue(pValue);
  const probability = /^[<>]/.test(p) ? `p ${p}` : `p = ${p}`;
  const freedom =
    distribution === "F"
      ? `F(${formatCount(degreesOfFreedom)}, ${formatCount(denominatorDegreesOfFreedom)})`
      : `chi-squared(${formatCount(degreesOfFreedom)})`;
  return `${freedom} = ${formatNumber(statistic, 2)}, ${probability}`;
}

/** Fit statistics and other plain numbers on one line each holder. */
function figureLines(result: Result): string[] {
  const tests = Object.entries(result).filter(([, value]) => isJointTest(value));
  const skip = new Set(
    tests.flatMap(([name, value]) => Object.keys(value).map((inner) => name + inner.charAt(0).toUpperCase() + inner.slice(1))),
  );
  const found = Object.entries(fitStatistics(result)).filter(([name]) => !skip.has(name) && optionText(result, name) === undefined);
  if (found.length === 0) return [];
  const words = found.map(
    ([name, value]) => `${spaced(name)} ${typeof value === "number" ? formatPlain(Number(value.toPrecision(5))) : String(value)}`,
  );
  return wrapped(`Figures: ${words.join(", ")}`);
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
  return words.length === 0 ? [] : wrapped(`Options: ${words.join(", ")}`);
}

/** An option as text; what is too large to read is left out. */
function optionWords(value: unknown): string | undefined {
  if (typeof value === "string") return `"${value}"`;
  if (typeof value === "number") return formatPlain(value);
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) {
    const words = value.map(optionWords);
    return value.length > 12 || words.includes(undefined) ? undefined : `[${words.join(", ")}]`;
  }
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return undefined;
  const entries = Object.entries(value).map(([name, inner]) => [name, optionWords(inner)] as const);
  if (entries.length > 8 || entries.some(([, text]) => text === undefined)) return undefined;
  return `{ ${entries.map(([name, text]) => `${name}: ${text}`).join(", ")} }`;
}

/** Lines of at most 100 characters, the later ones indented. */
function wrapped(text: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + word.length >= 100) {
      lines.push(line);
      line = `  ${word}`;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
