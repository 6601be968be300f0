import { DataError, IdentificationError } from "../core/errors.ts";
import type { DroppedRows, Sample, Warning } from "../core/result.ts";

/**
 * Rows of a staggered design after everything that the design itself excludes, by unit (panel) or by row (repeated cross-sections).
 * Cohort codes: 0 to groups - 1 are the cohorts that get effects, ascending; `groups.length` is the comparison group that is never treated.
 */
export interface CohortSample {
  /** Observed periods that remain, ascending. */
  readonly times: Float64Array;
  /** First treatment time of each cohort that gets effects, ascending. */
  readonly groups: Float64Array;
  /** Remaining rows of unit `u` are `starts[u]` to `ends[u]` (excluded) of the columns read; a cross-section's row is its own unit. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** Rank of each row's period in {@link times}, for all rows read. */
  readonly timeCodes: Int32Array;
  /** Cohort code of each unit. */
  readonly cohorts: Int32Array;
  /** Whether every unit is seen in every period. */
  readonly balanced: boolean;
  readonly sample: Sample;
  readonly warnings: readonly Warning[];
}

/** What {@link prepareCohorts} reads: one entry a row, rows grouped by unit. */
export interface CohortRows {
  readonly firstTreated: Float64Array;
  readonly timeCodes: Int32Array;
  readonly times: Float64Array;
  /** Offsets of units; `undefined` for repeated cross-sections. */
  readonly unitOffsets: Int32Array | undefined;
  /** A unit's name in messages. */
  readonly label: (unit: number) => string;
  readonly sample: Sample;
}

export interface CohortRules {
  readonly caller: string;
  readonly firstTreated: string;
  readonly anticipation: number;
  readonly controlGroup: "neverTreated" | "notYetTreated";
  /** What happens to units that miss periods. */
  readonly unbalanced: "drop" | "keep";
}

/**
 * Applies the exclusions of a staggered design in their order: without a never-treated group, periods from the start of the last cohort
 * on (less the anticipation) are left out and that cohort serves as comparison; units treated by the first period (plus the anticipation)
 * are left out; units that miss a remaining period are left out or kept.
 *
 * @throws DataError `NEGATIVE_FIRST_TREATED`, `FIRST_TREATED_VARIES`.
 * @throws IdentificationError `NO_TREATED_UNITS`, `NO_CONTROL_UNITS`, `ONE_PERIOD`, `NO_BALANCED_UNITS`.
 */
export function prepareCohorts(data: CohortRows, rules: CohortRules): CohortSample {
  const { caller, anticipation } = rules;
  const warnings: Warning[] = [];
  const dropped: DroppedRows[] = [...data.sample.dropped];
  const unitOffsets = data.unitOffsets ?? Int32Array.from({ length: data.timeCodes.length + 1 }, (_, i) => i);
  const starts = unitStarts(data, unitOffsets, rules);

  const last = data.times[data.times.length - 1]!;
  for (let u = 0; u < starts.length; u++) if (starts[u] === 0 || starts[u]! > last + anticipation) starts[u] = Number.POSITIVE_INFINITY;
  let distinct = sortedDistinct(starts);
  if (distinct.length === 0 || distinct[0] === Number.POSITIVE_INFINITY) {
    throw new IdentificationError(
      "NO_TREATED_UNITS",
      `Cannot run ${caller} as "${rules.firstTreated}" must name a treated cohort: no unit is treated by period ${last}`,
      { column: rules.firstTreated },
    );
  }
  const periods = keptPeriods(distinct, starts, data, rules, warnings);
  distinct = sortedDistinct(starts);

  const firstTime = data.times[0]!;
  const groups = distinct.filter((g) => g !== Number.POSITIVE_INFINITY && g > firstTime + anticipation);
  const codes = new Int32Array(starts.length);
  let alwaysTreated = 0;
  for (let u = 0; u < starts.length; u++) {
    const g = starts[u]!;
    if (g === Number.POSITIVE_INFINITY) codes[u] = groups.length;
    else if (g <= firstTime + anticipation) {
      codes[u] = -1;
      alwaysTreated++;
    } else codes[u] = groups.indexOf(g);
  }
  if (groups.length === 0) {
    throw new IdentificationError(
      "NO_TREATED_UNITS",
      `Cannot run ${caller} as a cohort must be seen before it is treated: every treated unit of "${rules.firstTreated}" is treated by period ${firstTime + anticipation}`,
      { column: rules.firstTreated },
    );
  }
  if (alwaysTreated > 0) {
    warnings.push({
      code: "ALWAYS_TREATED_DROPPED",
      message: `${alwaysTreated} ${data.unitOffsets === undefined ? "rows" : "units"} treated by period ${firstTime + anticipation} were left out: they have no period before treatment`,
      details: { units: alwaysTreated },
    });
  }
  const kept = keptUnits(data, unitOffsets, codes, periods, rules, dropped, warnings);
  const times = data.times.slice(0, periods);
  if (times.length < 2) {
    throw new IdentificationError("ONE_PERIOD", `Cannot run ${caller} as at least two periods are needed: ${times.length} remains`, {
      periods: times.length,
    });
  }
  const { used, ...units } = kept;
  const sample: Sample = {
    rows: data.sample.rows,
    used,
    dropped,
    ...(data.unitOffsets === undefined ? {} : { units: units.cohorts.length }),
  };
  return { times, groups: Float64Array.from(groups), timeCodes: data.timeCodes, ...units, sample, warnings };
}

/** First treatment time of each unit, checked. */
function unitStarts(data: CohortRows, unitOffsets: Int32Array, rules: CohortRules): Float64Array {
  const { firstTreated } = data;
  const starts = new Float64Array(unitOffsets.length - 1);
  for (let u = 0; u < starts.length; u++) {
    const begin = unitOffsets[u]!;
    const g = firstTreated[begin]!;
    if (g < 0) {
      throw new DataError(
        "NEGATIVE_FIRST_TREATED",
        `Cannot run ${rules.caller} as "${rules.firstTreated}" must be a period, or 0 or Infinity for never: row ${begin} has ${g}`,
        { column: rules.firstTreated, row: begin, value: g },
      );
    }
    for (let i = begin + 1; i < unitOffsets[u + 1]!; i++) {
      if (firstTreated[i] !== g) {
        throw new DataError(
          "FIRST_TREATED_VARIES",
          `Cannot run ${rules.caller} as "${rules.firstTreated}" must be one value a unit: ${data.label(u)} has ${g} and ${firstTreated[i]}; derive it with firstTreated()`,
          { column: rules.firstTreated, values: [g, firstTreated[i]!] },
        );
      }
    }
    starts[u] = g;
  }
  return starts;
}

/** Distinct values ascending. Cohorts are few: a short list with the latest hit first beats a hash set. */
function sortedDistinct(values: Float64Array): number[] {
  const distinct: number[] = [];
  let previous = Number.NaN;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value === previous) continue;
    previous = value;
    if (!distinct.includes(value)) distinct.push(value);
  }
  return distinct.sort((a, b) => a - b);
}

/** Number of leading periods that stay; turns the last cohort into the comparison group where nobody is never treated. */
function keptPeriods(distinct: readonly number[], starts: Float64Array, data: CohortRows, rules: CohortRules, warnings: Warning[]): number {
  const lastCohort = distinct[distinct.length - 1]!;
  if (lastCohort === Number.POSITIVE_INFINITY) return data.times.length;
  if (distinct.length < 2) {
    throw new IdentificationError(
      "NO_CONTROL_UNITS",
      `Cannot run ${rules.caller} as units not yet or never treated are needed: all of "${rules.firstTreated}" start at ${lastCohort}`,
      { column: rules.firstTreated },
    );
  }
  const cut = lastCohort - rules.anticipation;
  for (let u = 0; u < starts.length; u++) if (starts[u] === lastCohort) starts[u] = Number.POSITIVE_INFINITY;
  warnings.push({
    code: "NO_NEVER_TREATED",
    message: `No unit is never treated: the last cohort (${lastCohort}) serves as comparison and periods from ${cut} on were left out`,
    details: { cohort: lastCohort, from: cut },
  });
  let periods = 0;
  while (periods < data.times.length && data.times[periods]! < cut) periods++;
  return periods;
}

interface KeptUnits {
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly cohorts: Int32Array;
  readonly balanced: boolean;
  readonly used: number;
}

function keptUnits(
  data: CohortRows,
  offsets: Int32Array,
  codes: Int32Array,
  periods: number,
  rules: CohortRules,
  dropped: DroppedRows[],
  warnings: Warning[],
): KeptUnits {
  const isPanel = data.unitOffsets !== undefined;
  const starts = new Int32Array(codes.length);
  const ends = new Int32Array(codes.length);
  const cohorts = new Int32Array(codes.length);
  let [units, used, always, late, incomplete, incompleteUnits] = [0, 0, 0, 0, 0, 0];
  let balanced = true;
  for (let u = 0; u < codes.length; u++) {
    const begin = offsets[u]!;
    const end = offsets[u + 1]!;
    if (codes[u]! < 0) {
      always += end - begin;
      continue;
    }
    let stop = end; // rows of a unit are in order of time: the periods that stay come first
    while (stop > begin && data.timeCodes[stop - 1]! >= periods) stop--;
    late += end - stop;
    const isComplete = !isPanel || stop - begin === periods;
    if (stop === begin || (!isComplete && rules.unbalanced === "drop")) {
      incomplete += stop - begin;
      if (stop > begin) incompleteUnits++;
      continue;
    }
    balanced &&= isComplete;
    used += stop - begin;
    starts[units] = begin;
    ends[units] = stop;
    cohorts[units++] = codes[u]!;
  }
  if (late > 0) dropped.push({ reason: "period in which the last cohort is treated", rows: late });
  if (always > 0) dropped.push({ reason: "treated by the first period", rows: always });
  if (incomplete > 0) dropped.push({ reason: "unit not seen in every period", rows: incomplete });
  if (incompleteUnits > 0) {
    warnings.push({
      code: "UNBALANCED_UNITS_DROPPED",
      message: `${incompleteUnits} units not seen in every period were left out; unbalanced: "keep" uses them`,
      details: { units: incompleteUnits },
    });
  }
  if (units === 0) {
    throw new IdentificationError(
      "NO_BALANCED_UNITS",
      `Cannot run ${rules.caller} as a unit seen in all ${periods} periods is needed: none is`,
      { periods },
    );
  }
  return {
    starts: starts.slice(0, units),
    ends: ends.slice(0, units),
    cohorts: cohorts.slice(0, units),
    balanced: balanced && isPanel,
    used,
  };
}
