import { OptionError } from "../core/errors.ts";
import { checkChoice, checkNumber, checkResult, resolveOptions } from "../core/options.ts";
import type { Result } from "../core/result.ts";
import { formatCount, formatNumber, formatPlain, formatPValue, sensibleDecimals } from "../plot/format-number.ts";
import { capitalised, type Language, say } from "../plot/language.ts";
import { confidenceLevel, percent } from "../plot/plot-options.ts";
import { fitStatistics } from "./glance.ts";
import { rowName, type TidyRow, tidy } from "./tidy.ts";

/** A table of one's own: text and numbers; numbers are written out in the asked language. */
export interface Table {
  readonly caption?: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
  /** By column; without it columns of numbers are on the right. */
  readonly align?: readonly ("left" | "right")[];
  readonly notes?: readonly string[];
}

/** What can be written as a table: a result, several results as models side by side, or a table of one's own. */
export type Tabular = Result | readonly Result[] | Readonly<Record<string, Result>> | Table;

/** Options of {@link toMarkdown}, {@link toHtml} and {@link toLatex}. */
export interface TableOptions {
  /** Decimals of estimates and standard errors. @defaultValue two digits of the smallest standard error */
  readonly decimals?: number;
  /** Text above the table. */
  readonly caption?: string;
  /** Lines below the table, besides its own. */
  readonly notes?: readonly string[];
  /** Names in words of terms and groups, e.g. `{ childAgeMonths: "Age of the child" }`. @defaultValue as in the result */
  readonly labels?: Readonly<Record<string, string>>;
  /** Language of heads, notes and numbers. @defaultValue "en" */
  readonly language?: Language;
  /** Longest table of estimates before the rest is only counted. @defaultValue 200 */
  readonly maxRows?: number;
}

/** A table as text, ready to be written in any format. */
export interface TextTable {
  readonly caption: string | undefined;
  readonly header: readonly string[];
  readonly align: readonly ("left" | "right")[];
  readonly rows: readonly (readonly string[])[];
  /** Index of the row above which a line is drawn, where there is one. */
  readonly ruleBefore: number | undefined;
  readonly notes: readonly string[];
}

interface TableSettings {
  readonly decimals: number | undefined;
  readonly caption: string | undefined;
  readonly notes: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly language: Language;
  readonly maxRows: number;
}

/** Options resolved. @throws OptionError `INVALID_OPTION`, `UNKNOWN_OPTION`. */
export function resolveTableOptions(caller: string, options: TableOptions): TableSettings {
  const defaults = { decimals: undefined, caption: undefined, notes: [], labels: {}, language: "en", maxRows: 200 };
  const given = resolveOptions<TableOptions & Pick<TableSettings, "notes" | "labels">>(caller, options, { required: [], defaults });
  return {
    decimals:
      given.decimals === undefined ? undefined : checkNumber(caller, "decimals", given.decimals, { min: 0, max: 12, integer: true }),
    caption: given.caption,
    notes: given.notes,
    labels: given.labels,
    language: checkChoice(caller, "language", given.language, ["en", "nl"]),
    maxRows: checkNumber(caller, "maxRows", given.maxRows, { min: 1, integer: true }),
  };
}

/** Whether a value is one result, and not a record of several. */
export function isResult(value: Tabular): value is Result {
  const candidate = value as Partial<Result>;
  return typeof candidate.kind === "string" && typeof candidate.estimates === "object" && typeof candidate.sample === "object";
}

/** Results under the names of their columns; results in a list are (1), (2), … */
export function modelsOf(caller: string, input: Exclude<Tabular, Table>): readonly (readonly [string, Result])[] {
  const models: readonly (readonly [string, Result])[] = isResult(input)
    ? [["", input]]
    : Array.isArray(input)
      ? (input as readonly Result[]).map((result, i) => [`(${i + 1})`, result] as const)
      : Object.entries(input as Readonly<Record<string, Result>>);
  const wrong = models.find(([, result]) => typeof result !== "object" || result === null || !isResult(result));
  if (models.length > 0 && wrong === undefined) return models;
  const found = wrong === undefined ? "none was given" : `"${wrong[0]}" is not a result`;
  throw new OptionError("NOT_A_RESULT", `Cannot run ${caller} as results are needed: ${found}`, { caller });
}

/** Anything tabular as text. @throws OptionError `NOT_A_RESULT`, and those of {@link resolveTableOptions}. */
export function textTable(caller: string, input: Tabular, options: TableOptions): TextTable {
  const settings = resolveTableOptions(caller, options);
  if (typeof input !== "object" || input === null) checkResult(caller, input);
  const table = isTable(input) ? plainTable(input, settings) : modelTable(modelsOf(caller, input), settings);
  return { ...table, caption: settings.caption ?? table.caption, notes: [...table.notes, ...settings.notes] };
}

function isTable(input: Tabular): input is Table {
  return Array.isArray((input as Partial<Table>).header) && Array.isArray((input as Partial<Table>).rows);
}

function plainTable(table: Table, { language }: TableSettings): TextTable {
  const numeric = (j: number): boolean => table.rows.length > 0 && table.rows.every((row) => typeof row[j] === "number");
  return {
    caption: table.caption,
    header: table.header,
    align: table.align ?? table.header.map((_head, j) => (numeric(j) ? "right" : "left")),
    rows: table.rows.map((row) => row.map((cell) => (typeof cell === "number" ? formatPlain(cell, language) : cell))),
    ruleBefore: undefined,
    notes: table.notes ?? [],
  };
}

function modelTable(models: readonly (readonly [string, Result])[], settings: TableSettings): TextTable {
  return models.length === 1 && models[0]![0] === "" ? oneModel(models[0]![1], settings) : sideBySide(models, settings);
}

/** Writers of estimates: common decimals, or decimals by row where scales are a thousandfold apart. */
export function decimalsByRow(rows: readonly TidyRow[], fixed?: number): (row: TidyRow) => number {
  if (fixed !== undefined) return () => fixed;
  const errors = rows.map((row) => row.standardError).filter((error) => error > 0 && Number.isFinite(error));
  if (errors.length === 0) return () => sensibleDecimals(rows.map((row) => Math.abs(row.estimate) / 10));
  const [least, most] = [Math.min(...errors), Math.max(...errors)];
  const common = sensibleDecimals([least]);
  return most / least > 1000 ? (row) => sensibleDecimals([row.standardError > 0 ? row.standardError : most]) : () => common;
}

/** Heads and cells of a table of estimates, for all formats and the terminal. */
export function estimateCells(
  result: Result,
  rows: readonly TidyRow[],
  language: Language,
  fixed?: number,
): { readonly header: readonly string[]; readonly cells: readonly (readonly string[])[] } {
  const decimals = decimalsByRow(rows, fixed);
  const statistic = rows.every((row) => row.degreesOfFreedom === Number.POSITIVE_INFINITY) ? "z" : "t";
  const adjusted = rows.some((row) => typeof row["adjustedPValue"] === "number");
  const interval = `${percent(confidenceLevel(result))}${say(language, " interval", "-interval")}`;
  const header = [
    "",
    say(language, "estimate", "schatting"),
    say(language, "std. error", "standaardfout"),
    statistic,
    "p",
    ...(adjusted ? [say(language, "adjusted p", "gecorr. p")] : []),
    interval,
  ];
  const cells = rows.map((row) => {
    const write = (value: number): string => formatNumber(value, decimals(row), language);
    return [
      rowName(row),
      write(row.estimate),
      write(row.standardError),
      formatNumber(row.statistic, 2, language),
      formatPValue(row.pValue, language),
      ...(adjusted ? [typeof row["adjustedPValue"] === "number" ? formatPValue(row["adjustedPValue"], language) : ""] : []),
      `${write(row.confidenceLow)} ${say(language, "to", "tot")} ${write(row.confidenceHigh)}`,
    ];
  });
  return { header, cells };
}

function oneModel(result: Result, { decimals, language, labels, maxRows }: TableSettings): TextTable {
  const all = tidy(result);
  const rows = all.slice(0, maxRows);
  const { header, cells } = estimateCells(result, rows, language, decimals);
  const more = all.length > maxRows ? [say(language, `${all.length - maxRows} more rows.`, `Nog ${all.length - maxRows} rijen.`)] : [];
  const overall = rows.findIndex((row) => row.name === "overall");
  return {
    caption: undefined,
    header,
    align: header.map((_head, j) => (j === 0 ? "left" : "right")),
    rows: cells.map(([name = "", ...numbers]) => [labels[name] ?? name, ...numbers]),
    ruleBefore: overall > 0 ? overall : undefined,
    notes: [...more, sampleNote(result, language)],
  };
}

/** "990 of 1,000 rows used; 100 units." */
export function sampleNote({ sample }: Result, language: Language): string {
  const count = (value: number): string => formatCount(value, language);
  const rows =
    sample.used === sample.rows
      ? say(language, `all ${count(sample.rows)} rows used`, `alle ${count(sample.rows)} rijen gebruikt`)
      : say(
          language,
          `${count(sample.used)} of ${count(sample.rows)} rows used`,
          `${count(sample.used)} van ${count(sample.rows)} rijen gebruikt`,
        );
  const parts = [capitalised(rows)];
  if (sample.units !== undefined) parts.push(`${count(sample.units)} ${say(language, "units", "eenheden")}`);
  if (sample.clusters !== undefined) parts.push(`${count(sample.clusters)} clusters`);
  return `${parts.join("; ")}.`;
}

/** Estimates over their standard errors in parentheses, one column a model; sample sizes and fit below. */
function sideBySide(models: readonly (readonly [string, Result])[], settings: TableSettings): TextTable {
  const { language } = settings;
  const tidied = models.map(([, result]) => new Map(tidy(result).map((row) => [rowName(row), row] as const)));
  const decimals = decimalsByRow(
    tidied.flatMap((rows) => [...rows.values()]),
    settings.decimals,
  );
  const names = [...new Set(tidied.flatMap((rows) => [...rows.keys()]))].slice(0, settings.maxRows);
  const body = names.flatMap((name) => {
    const cells = tidied.map((rows) => rows.get(name));
    const write = (row: TidyRow | undefined, value: "estimate" | "standardError"): string =>
      row === undefined ? "" : formatNumber(row[value], decimals(row), language);
    return [
      [settings.labels[name] ?? name, ...cells.map((row) => write(row, "estimate"))],
      ["", ...cells.map((row) => (row === undefined ? "" : `(${write(row, "standardError")})`))],
    ];
  });
  return {
    caption: undefined,
    header: ["", ...models.map(([name]) => name)],
    align: ["left", ...models.map(() => "right" as const)],
    rows: [...body, ...fitRows(models, language)],
    ruleBefore: body.length,
    notes: [say(language, "Standard errors in parentheses.", "Standaardfouten tussen haakjes.")],
  };
}

function fitRows(models: readonly (readonly [string, Result])[], language: Language): readonly (readonly string[])[] {
  const count = (value: number | undefined): string => (value === undefined ? "" : formatCount(value, language));
  const rows = [
    [say(language, "Rows", "Rijen"), ...models.map(([, { sample }]) => count(sample.used))],
    [say(language, "Units", "Eenheden"), ...models.map(([, { sample }]) => count(sample.units))],
    ["Clusters", ...models.map(([, { sample }]) => count(sample.clusters))],
  ];
  const statistics = models.map(([, result]) => fitStatistics(result));
  const shown = {
    rSquared: "R\u00b2",
    adjustedRSquared: say(language, "Adjusted R\u00b2", "Gecorrigeerde R\u00b2"),
    withinRSquared: "Within R\u00b2",
  };
  for (const [name, label] of Object.entries(shown)) {
    const values = statistics.map((found) => found[name]);
    rows.push([label, ...values.map((value) => (typeof value === "number" ? formatNumber(value, 3, language) : ""))]);
  }
  return rows.filter((row) => row.slice(1).some((cell) => cell !== ""));
}
