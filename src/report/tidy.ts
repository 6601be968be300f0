import { OptionError } from "../core/errors.ts";
import { checkResult } from "../core/options.ts";
import type { Estimate, Result } from "../core/result.ts";
import { isEstimate } from "../plot/estimate-words.ts";
import { isSubgroups } from "../plot/subgroup-forest.ts";

/** One estimate as a flat row. Beside the named fields: what places it, e.g. `group`, `time`, `eventTime`, `label`, `adjustedPValue`. */
export interface TidyRow {
  /** Key in the result's record of estimates, where it says more than `term`: `"robust"`; `"overall"` for the summary of a table. */
  readonly name?: string;
  readonly term: string;
  readonly estimate: number;
  readonly standardError: number;
  readonly statistic: number;
  readonly pValue: number;
  readonly confidenceLow: number;
  readonly confidenceHigh: number;
  /** Of the t distribution; `Infinity` = normal. */
  readonly degreesOfFreedom: number;
  readonly [extra: string]: string | number | boolean | undefined;
}

const OWN = new Set(["term", "estimate", "standardError", "statistic", "pValue", "confidenceInterval", "degreesOfFreedom", "uniformBand"]);

/**
 * The estimates of a result as flat rows, ready for `console.table`, a data frame or a plotting tool.
 * One row per estimate, in the result's order; the summary of a table of estimates (`overall`) comes last.
 *
 * @example
 * console.table(tidy(effects));
 */
export function tidy(result: Result): TidyRow[] {
  checkResult("tidy", result);
  const rows = isSubgroups(result)
    ? result.groups.map(({ estimate, by, ...place }) => tidyRow(estimate, undefined, { ...scalars(place), ...by }))
    : tidyEstimates(result);
  const { overall } = result as { readonly overall?: unknown };
  if (isEstimate(overall) && !(rows.length === 1 && rows[0]!.estimate === overall.estimate)) rows.push(tidyRow(overall, "overall", {}));
  return rows;
}

/** The name a row is known by in a table: its key, else its label, else its term. */
export function rowName(row: TidyRow): string {
  if (row.name !== undefined) return row.name;
  if (typeof row["label"] !== "string") return row.term;
  return typeof row["partition"] === "string" ? `${row["partition"]}: ${row["label"]}` : row["label"];
}

/**
 * Rows with the column names of R's broom: `term, estimate, std.error, statistic, p.value, conf.low, conf.high, df`.
 *
 * @example
 * toBroom(tidy(fit))[0]["std.error"];
 */
export function toBroom(rows: readonly TidyRow[]): Readonly<Record<string, string | number | boolean | undefined>>[] {
  if (!Array.isArray(rows as unknown)) throw new OptionError("WRONG_ARGUMENT", "Cannot run toBroom as it needs the rows that tidy() gives");
  const names: Readonly<Record<string, string>> = {
    standardError: "std.error",
    pValue: "p.value",
    confidenceLow: "conf.low",
    confidenceHigh: "conf.high",
    degreesOfFreedom: "df",
    adjustedPValue: "adj.p.value",
  };
  return rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [names[name] ?? name, value])));
}

function tidyEstimates({ estimates }: Result): TidyRow[] {
  if (Array.isArray(estimates))
    return (estimates as readonly Estimate[]).map((estimate) => tidyRow(estimate, undefined, scalars(estimate)));
  return Object.entries(estimates as Readonly<Record<string, Estimate>>).map(([name, estimate]) =>
    tidyRow(estimate, name === estimate.term ? undefined : name, scalars(estimate)),
  );
}

function tidyRow(estimate: Estimate, name: string | undefined, extra: Readonly<Record<string, string | number | boolean>>): TidyRow {
  const band = (estimate as { readonly uniformBand?: readonly [number, number] }).uniformBand;
  return {
    ...(name === undefined ? {} : { name }),
    term: estimate.term,
    estimate: estimate.estimate,
    standardError: estimate.standardError,
    statistic: estimate.statistic,
    pValue: estimate.pValue,
    confidenceLow: estimate.confidenceInterval[0],
    confidenceHigh: estimate.confidenceInterval[1],
    degreesOfFreedom: estimate.degreesOfFreedom,
    ...extra,
    ...(band === undefined ? {} : { uniformLow: band[0], uniformHigh: band[1] }),
  };
}

/** The plain values of an object beside those every estimate has. */
function scalars(value: object): Record<string, string | number | boolean> {
  const kept: Record<string, string | number | boolean> = {};
  for (const [name, field] of Object.entries(value)) {
    if (!OWN.has(name) && (typeof field === "string" || typeof field === "number" || typeof field === "boolean")) kept[name] = field;
  }
  return kept;
}
