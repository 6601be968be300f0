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
  const startOf = (g: number): number => (isNever(g) || g > last ? Number.POSITIVE_INFINITY : g);
  for (let u = 0; u < data.unitCount; u++) {
    const [begin, end] = [data.unitOffsets[u]!, data.unitOffsets[u + 1]!];
    let own = values[begin]!;
    let start = startOf(own);
    for (let i = begin; i < end; i++) {
      const g = values[i]!;
      if (g < 0) throw negativeStart(caller, column, i, g);
      if (g === own) {
        out[i] = start;
        continue;
      }
      if (Number.isNaN(g)) {
        out[i] = g;
        continue;
      }
      if (!Number.isNaN(own)) throw startVaries(caller, column, i, data.unitLabel(u), own, g);
      own = g;
      start = startOf(g);
      out[i] = start;
    }
  }
  return out;
}

function negativeStart(caller: string, column: string, row: number, g: number): DataError {
  return new DataError(
    "NEGATIVE_FIRST_TREATED",
    `Cannot run ${caller} as "${column}" must be a period, or 0 or Infinity for never: row ${row} has ${g}`,
    { column, row },
  );
}

function startVaries(caller: string, column: string, row: number, unit: string, own: number, g: number): DataError {
  return new DataError(
    "FIRST_TREATED_VARIES",
    `Cannot run ${caller} as "${column}" must be one value a unit: ${unit} has ${own} and ${g}; derive it with firstTreated()`,
    { column, row },
  );
}

/** Event time by row after binning; `-Infinity` for units never treated, NaN where the first treatment time is missing. */
export function eventTimes<Row>(data: Panel<Row>, cohorts: Float64Array, bins: readonly EventBin[]): Float64Array {
  const out = new Float64Array(cohorts.length);
  const { timeCodes } = data;
  const times = Float64Array.from(data.times);
  for (let i = 0; i < out.length; i++) out[i] = times[timeCodes[i]!]! - cohorts[i]!;
  if (bins.length > 0) for (let i = 0; i < out.length; i++) out[i] = binned(out[i]!, bins);
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
