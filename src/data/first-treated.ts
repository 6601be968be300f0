import { DataError } from "../core/errors.ts";
import { checkArgument, checkChoice, resolveOptions } from "../core/options.ts";
import { numericData } from "./frame.ts";
import type { Panel } from "./panel.ts";
import type { NumericColumn } from "./row-types.ts";

/** Options of {@link firstTreated}. */
export interface FirstTreatedOptions {
  /**
   * What to do with a unit whose treatment switches off again: `"error"` lists such units, `"firstSpell"` takes the start of the first spell.
   * @defaultValue "error"
   */
  readonly onReversal?: "error" | "firstSpell";
}

const LISTED_UNITS = 5;

/**
 * The cohort of each row's unit: the time of its first treated row, `Infinity` when it never is. Length rows, in the panel's order.
 * Rows with a missing treatment are passed over.
 *
 * @throws DataError `NOT_BINARY`, `TREATMENT_REVERSAL` (naming the first units).
 * @example
 * const people = months.with({ cohort: firstTreated(months, "treated") });
 */
export function firstTreated<Row>(data: Panel<Row>, treated: NumericColumn<Row>, options: FirstTreatedOptions = {}): Float64Array {
  const { onReversal } = resolveOptions<Required<FirstTreatedOptions>>("firstTreated", options, {
    required: [],
    defaults: { onReversal: "error" },
  });
  checkArgument("firstTreated", data, "a panel", ["unitOffsets"]);
  checkChoice("firstTreated", "onReversal", onReversal, ["error", "firstSpell"]);
  const { values } = numericData(data, treated);
  const cohorts = new Float64Array(data.rowCount);
  const reversed: number[] = [];
  for (let u = 0; u < data.unitCount; u++) {
    let [cohort, isReversed] = [Number.POSITIVE_INFINITY, false];
    for (let i = data.unitOffsets[u]!; i < data.unitOffsets[u + 1]!; i++) {
      const value = values[i]!;
      if (value === 1) cohort = Math.min(cohort, data.times[data.timeCodes[i]!]!);
      else if (value === 0) isReversed ||= cohort !== Number.POSITIVE_INFINITY;
      else if (!Number.isNaN(value)) throw notBinary(treated, i, value);
    }
    if (isReversed) reversed.push(u);
    cohorts.fill(cohort, data.unitOffsets[u]!, data.unitOffsets[u + 1]!);
  }
  if (reversed.length > 0 && onReversal === "error") throw reversal(data, treated, reversed);
  return cohorts;
}

function notBinary(column: string, row: number, value: number): DataError {
  return new DataError("NOT_BINARY", `Cannot date the first treatment as "${column}" must be 0 or 1: row ${row} has ${value}`, {
    column,
    row,
    value,
  });
}

function reversal<Row>(data: Panel<Row>, column: string, units: readonly number[]): DataError {
  const names = units.slice(0, LISTED_UNITS).map((unit) => data.unitLabel(unit));
  const more = units.length > names.length ? ` and ${units.length - names.length} more` : "";
  return new DataError(
    "TREATMENT_REVERSAL",
    `Cannot date one first treatment as "${column}" must stay 1 once it is 1: it falls back for ${names.join(", ")}${more}; use onReversal: "firstSpell" or an estimator for treatments that switch off`,
    { column, units: names, count: units.length },
  );
}
