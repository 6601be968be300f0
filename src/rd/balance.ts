import { finishResult } from "../core/display.ts";
import { OptionError, WhatworksError } from "../core/errors.ts";
import type { Estimate, JointTest, Sample, Warning } from "../core/result.ts";
import type { Frame } from "../data/frame.ts";
import type { NumericColumn } from "../data/row-types.ts";
import { adjustPValues } from "../inference/adjust-p-values.ts";
import { chiSquaredTest, waldStatistic } from "../inference/estimate.ts";
import { checkCall } from "./check-call.ts";
import { checkRow, type RdCheckResult, type RdCheckRow } from "./check-result.ts";
import { estimate } from "./estimate.ts";
import type { RdEstimateOptions, RdEstimateSettings } from "./estimate-result.ts";
import { holdsInfluences, type Influenced, influenced, jointCovariance } from "./joint-covariance.ts";

/** Options of {@link balance}: those of `rd.estimate` with columns to check in place of the outcome. */
export interface RdBalanceOptions<Row> extends Omit<RdEstimateOptions<Row>, "outcome" | "covariates" | "treatment" | "sharpBandwidth"> {
  /** Columns fixed before the rule applies: none should jump at the cutoff. */
  readonly columns: readonly NumericColumn<Row>[];
}

/** Result of {@link balance}. */
export interface RdBalanceResult extends RdCheckResult<"rd.balance"> {
  /** Robust estimates of the jump in each column. */
  readonly estimates: readonly Estimate[];
  /** p-values adjusted for the number of columns by Holm's method, in the order of the estimates. */
  readonly adjustedPValues: readonly number[];
  /** All columns together: chi-squared test that none jumps; absent with two-way clusters, when a column follows from others, or with
   * more than 2^26 rows times columns. */
  readonly joint?: JointTest;
}

/**
 * Jumps at the cutoff in columns that the rule cannot have changed, each with its own bandwidth; p-values adjusted for their number, and a
 * joint test from the covariance of the estimates' influences.
 * Outcome, covariates and treatment of a design that is spread into the options are not used.
 * Columns that cannot be estimated (constant near the cutoff, say) are left out with a warning.
 *
 * @throws OptionError `MISSING_OPTION` without columns; ColumnError, and DataError of the running variable.
 * @see Lee & Lemieux (2010), Journal of Economic Literature 48(2) 281-355, section 4.4
 * @example
 * rd.balance(people, { columns: ["education", "children"], running: "age", cutoff: 60 }).adjustedPValues;
 */
export function balance<Row>(data: Frame<Row>, options: RdBalanceOptions<Row>): RdBalanceResult {
  checkCall("rd.balance", data, options, ["columns"]);
  const { columns, ...given } = options;
  if (!Array.isArray(columns) || columns.length === 0) {
    throw new OptionError("MISSING_OPTION", 'Cannot run rd.balance as option "columns" must name at least one column: it names none', {});
  }
  const design = withoutRoles(given);
  const rows: RdCheckRow[] = [];
  const held: Influenced[] = [];
  let settings: RdEstimateSettings | undefined;
  const perRow = holdsInfluences(data.rowCount, columns.length);
  const warnings: Warning[] = [];
  columns.forEach((column: NumericColumn<Row>, i: number) => {
    data.numbers(column);
    try {
      const fit = estimate(data, { ...(design as RdEstimateOptions<Row>), outcome: column, perRow });
      rows.push(checkRow(column, i, fit));
      settings = fit.options;
      if (perRow) held.push(influenced(fit));
    } catch (error) {
      if (!(error instanceof WhatworksError) || error instanceof OptionError) throw error;
      if (error.details["column"] === options.running) throw error;
      warnings.push({ code: "COLUMN_SKIPPED", message: `No jump for "${column}": ${error.message}`, details: { column } });
    }
  });
  const estimates = rows.map(({ robust }) => robust);
  const joint = settings === undefined ? undefined : jointTest(data, settings, held);
  return finishResult({
    kind: "rd.balance",
    estimates,
    rows,
    ...(joint === undefined ? {} : { joint }),
    adjustedPValues: adjustPValues(
      estimates.map(({ pValue }) => pValue),
      { method: "holm" },
    ),
    sample: widest(rows) ?? { rows: data.rowCount, used: 0, dropped: [] },
    warnings,
    options: { ...options },
    reference: "Lee & Lemieux (2010), Journal of Economic Literature 48(2) 281-355, section 4.4",
  });
}

/** The sample of the column with the fewest missing values; each row has its own. */
function widest(rows: readonly RdCheckRow[]): Sample | undefined {
  let found: Sample | undefined;
  for (const { sample } of rows) if (found === undefined || sample.used > found.used) found = sample;
  return found;
}

/** A design spread into the options brings columns that have no role here: each column is an outcome of its own, unadjusted. */
function withoutRoles(options: object): object {
  const roles = ["outcome", "covariates", "treatment", "sharpBandwidth"];
  return Object.fromEntries(Object.entries(options).filter(([name]) => !roles.includes(name)));
}

function jointTest<Row>(data: Frame<Row>, settings: RdEstimateSettings, held: readonly Influenced[]): JointTest | undefined {
  const covariance = held.length === 0 ? undefined : jointCovariance(data, settings, held);
  if (covariance === undefined) return undefined;
  const jumps = Float64Array.from(held, ({ estimate: jump }) => jump);
  const statistic = waldStatistic(jumps, Float64Array.from(covariance.flat()));
  return statistic === undefined ? undefined : chiSquaredTest(statistic, held.length);
}
