import { finishResult } from "../core/display.ts";
import { DataError, OptionError } from "../core/errors.ts";
import { resolveOptions } from "../core/options.ts";
import type { DroppedRows, Estimate, Result } from "../core/result.ts";
import type { Frame } from "../data/frame.ts";
import type { NumericColumn } from "../data/row-types.ts";
import { bins, type RdBinsOptions, type RdBinsResult } from "./bins.ts";
import { checkCall, singularCutoff } from "./check-call.ts";

/** Options of one figure that may differ between cutoffs. */
export type BinOverrides<Row> = Partial<Omit<RdBinsOptions<Row>, "outcome" | "running" | "cutoff">>;

/** Options of {@link multiCutoffBins}: those of `rd.bins`, with a column of cutoffs in place of `cutoff`. */
export interface RdMultiCutoffBinsOptions<Row> extends Omit<RdBinsOptions<Row>, "cutoff"> {
  /** Column with the cutoff of each row. */
  readonly cutoffs: NumericColumn<Row>;
  /** Options that differ by cutoff, in ascending order of the cutoffs. */
  readonly each?: readonly BinOverrides<Row>[];
}

/** Result of {@link multiCutoffBins}. */
export interface RdMultiCutoffBinsResult extends Result<"rd.multiCutoffBins", object> {
  readonly estimates: readonly Estimate[];
  /** Ascending. */
  readonly cutoffs: readonly number[];
  /** What the figure of each cutoff shows, in their order, on the axis of the running variable. */
  readonly figures: readonly RdBinsResult[];
}

/**
 * Binned means and polynomial curves of several cutoffs for one figure: rows with the same cutoff form a group of their own.
 * Equals `rdmcplot` of R's rdmulti.
 *
 * @throws The errors of `rd.bins`; OptionError `INVALID_OPTION` when `each` has another length than there are cutoffs;
 * DataError `ALL_MISSING`.
 * @see Cattaneo, Titiunik & Vazquez-Bare (2020), Stata Journal 20(4) 866-891
 * @example
 * rd.multiCutoffBins(people, { outcome: "hours", running: "score", cutoffs: "cityCutoff" }).figures[0]?.bins;
 */
export function multiCutoffBins<Row>(data: Frame<Row>, options: RdMultiCutoffBinsOptions<Row>): RdMultiCutoffBinsResult {
  const caller = "rd.multiCutoffBins";
  checkCall(caller, data, options);
  const { cutoffs: column, each, ...shared } = options;
  if ("cutoff" in shared) throw singularCutoff(caller);
  resolveOptions(caller, { cutoffs: column }, { required: ["cutoffs"], defaults: {} });
  const own = data.numbers(column);
  const cutoffs = [...new Set(own)].filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  if (cutoffs.length === 0) {
    throw new DataError("ALL_MISSING", `Cannot run ${caller} as "${column}" must hold cutoffs: it has none`, { column });
  }
  if (each !== undefined && (!Array.isArray(each) || each.length !== cutoffs.length)) {
    throw new OptionError(
      "INVALID_OPTION",
      `Cannot run ${caller} as "each" needs a list with one entry for each of the ${cutoffs.length} cutoffs: ${Array.isArray(each) ? `it has ${each.length}` : "another value was given"}`,
      { cutoffs },
    );
  }
  const figures = cutoffs.map((cutoff, j) => {
    const frame = data.filter(Uint8Array.from(own, (value) => (value === cutoff ? 1 : 0)));
    return bins(frame, { ...shared, ...each?.[j], cutoff });
  });
  return finishResult({
    kind: caller,
    estimates: [],
    cutoffs,
    figures,
    sample: {
      rows: data.rowCount,
      used: figures.reduce((sum, { sample }) => sum + sample.used, 0),
      dropped: droppedOf(own, column, figures),
    },
    warnings: figures.flatMap(({ warnings }, j) =>
      warnings.map((warning) => ({ ...warning, message: `At cutoff ${cutoffs[j]}: ${warning.message}` })),
    ),
    options: { ...options },
    reference: "Cattaneo, Titiunik & Vazquez-Bare (2020), Stata Journal 20(4) 866-891",
  });
}

function droppedOf(own: Float64Array, column: string, figures: readonly RdBinsResult[]): DroppedRows[] {
  let missing = 0;
  for (const value of own) if (Number.isNaN(value)) missing++;
  const counts = new Map<string, number>(missing === 0 ? [] : [[`"${column}" is missing`, missing]]);
  for (const { reason, rows } of figures.flatMap(({ sample }) => sample.dropped)) counts.set(reason, (counts.get(reason) ?? 0) + rows);
  return [...counts].map(([reason, rows]) => ({ reason, rows }));
}
