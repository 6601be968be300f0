import { checkNumber, resolveOptions } from "../core/options.ts";
import { gatherNumbers } from "../data/columns.ts";
import type { Frame } from "../data/frame.ts";
import { columnsByRole, numberRole } from "../data/roles.ts";
import type { NumericColumn } from "../data/row-types.ts";
import { checkCall } from "./check-call.ts";
import { extendResiduals, neighbourResiduals } from "./numerics/nearest-neighbours.ts";
import { distinctStarts } from "./numerics/side.ts";
import { sortWithRows } from "./numerics/sort.ts";

/** Options of {@link nearestNeighbourResiduals}. */
export interface NeighbourResidualOptions<Row> {
  readonly outcome: NumericColumn<Row>;
  readonly running: NumericColumn<Row>;
  /** Neighbours at least. Default 3. */
  readonly matches?: number;
}

/** Residuals by ascending running variable. */
export interface NeighbourResidualResult {
  readonly running: readonly number[];
  readonly residuals: readonly number[];
}

/**
 * Residuals of an outcome against its nearest neighbours in the running variable: `sqrt(m / (m + 1))` times the difference to the
 * mean of the `m` nearest others, values entering whole and both of two equally near ones. All rows count as one side of a cutoff.
 * Their squares estimate the conditional variance (Abadie & Imbens 2006), on which the default variance of `rd.estimate` rests.
 *
 * @throws ColumnError, DataError, OptionError for bad columns, values and options.
 * @example
 * rd.nearestNeighbourResiduals(people, { outcome: "hours", running: "age", matches: 5 }).residuals;
 */
export function nearestNeighbourResiduals<Row>(data: Frame<Row>, options: NeighbourResidualOptions<Row>): NeighbourResidualResult {
  const caller = "rd.nearestNeighbourResiduals";
  checkCall(caller, data, options);
  const settings = resolveOptions<Required<NeighbourResidualOptions<Record<string, number>>>>(caller, options, {
    required: ["outcome", "running"],
    defaults: { matches: 3 },
  });
  const matches = checkNumber(caller, "matches", settings.matches, { min: 1, integer: true });
  const { columns } = columnsByRole(caller, data, { outcome: numberRole(settings.outcome), running: numberRole(settings.running) });
  const { values, order } = sortWithRows(columns.running);
  const outcome = gatherNumbers(columns.outcome, order);
  const starts = distinctStarts(values);
  const table = neighbourResiduals(values, [outcome], starts, matches);
  extendResiduals(table, starts.length - 1);
  return { running: Array.from(values), residuals: Array.from(table.residuals[0]!) };
}
