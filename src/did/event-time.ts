import { ColumnError, DataError, OptionError } from "../core/errors.ts";
import { numericData } from "../data/frame.ts";
import type { NumericColumn, Panel } from "../data/index.ts";

/** Event times `from` to `to`, counted as `as`. */
export interface EventBin {
  readonly from: number;
  readonly to: number;
  readonly as: number;
}

/** Whether a first treatment time means never. */
export function isNever(firstTreated: number): boolean {
  return firstTreated === 0 || firstTreated === Number.POSITIVE_INFINITY;
}

/**
 * First treatment time by row, `Infinity` for never (0, `Infinity`, or after the last period), NaN where missing.
 * @throws DataError `NEGATIVE_FIRST_TREATED`, `FIRST_TREATED_VARIES`.
 */
export function cohortsOfRows<Row>(caller: string, data: Panel<Row>, column: NumericColumn<Row>): Float64Array {
  const { values } = numericData(data, column);
  const last = data.times[data.times.length - 1]!;
  const out = new Float64Array(values.length);
  for (let u = 0; u < data.unitCount; u++) {
    let own = Number.NaN;
    for (let i = data.unitOffsets[u]!; i < data.unitOffsets[u + 1]!; i++) {
      const g = values[i]!;
      if (g < 0) {
        throw new DataError(
          "NEGATIVE_FIRST_TREATED",
          `Cannot run ${caller} as "${column}" must be a period, or 0 or Infinity for never: row ${i} has ${g}`,
          {
            column,
            row: i,
          },
        );
      }
      if (!Number.isNaN(own) && !Number.isNaN(g) && g !== own) {
        throw new DataError(
          "FIRST_TREATED_VARIES",
          `Cannot run ${caller} as "${column}" must be one value a unit: ${data.unitLabel(u)} has ${own} and ${g}; derive it with firstTreated()`,
          { column, row: i },
        );
      }
      if (!Number.isNaN(g)) own = g;
      out[i] = isNever(g) || g > last ? Number.POSITIVE_INFINITY : g;
    }
  }
  return out;
}

/** Event time by row after binning; `-Infinity` for units never treated, NaN where the first treatment time is missing. */
export function eventTimes<Row>(data: Panel<Row>, cohorts: Float64Array, bins: readonly EventBin[]): Float64Array {
  const out = new Float64Array(cohorts.length);
  for (let i = 0; i < out.length; i++) out[i] = binned(data.times[data.timeCodes[i]!]! - cohorts[i]!, bins);
  return out;
}

/** The value that a bin gives an event time. */
export function binned(eventTime: number, bins: readonly EventBin[]): number {
  for (const { from, to, as } of bins) if (eventTime >= from && eventTime <= to) return as;
  return eventTime;
}

/** Checks bins. @throws OptionError `INVALID_OPTION`. */
export function checkBins(caller: string, bins: readonly EventBin[]): void {
  for (const { from, to, as } of bins) {
    if (from <= to && Number.isFinite(as)) continue;
    throw new OptionError(
      "INVALID_OPTION",
      `Cannot run ${caller} as each of "bins" needs from <= to and a number "as": ${from}, ${to}, ${as} were given`,
      {
        option: "bins",
      },
    );
  }
}

/** Event times left out of a regression, as a list. */
export function referenceList(reference: number | readonly number[]): readonly number[] {
  return typeof reference === "number" ? [reference] : reference;
}

/** Exactly one of two columns must be given. @throws ColumnError `ONE_OF_TWO_COLUMNS`. */
export function requireOne(caller: string, first: readonly [string, unknown], second: readonly [string, unknown]): void {
  if ((first[1] === undefined) !== (second[1] === undefined)) return;
  const found = first[1] === undefined ? "neither was given" : "both were given";
  throw new ColumnError("ONE_OF_TWO_COLUMNS", `Cannot run ${caller} as one of "${first[0]}" and "${second[0]}" is needed: ${found}`, {});
}
