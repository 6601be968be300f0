import { finishResult } from "../core/display.ts";
import { DataError, IdentificationError, OptionError } from "../core/errors.ts";
import { checkArgument, resolveOptions } from "../core/options.ts";
import type { Sample, Warning } from "../core/result.ts";
import type { NumericColumn, Panel, WeightOption } from "../data/index.ts";
import { columnsByRole, numberRole, resolveWeights, timeRole, weightRole } from "../data/roles.ts";
import type { AttGtResult } from "./att-gt.ts";
import type { AttGtData } from "./att-gt-data.ts";
import { type AttGtOptions, attGtSettings } from "./att-gt-options.ts";
import { type CohortMoments, collectCohortMoments, keepPeriods, mergeCohortMoments, pickCohorts } from "./cohort-moments.ts";
import { cohortsOfRows } from "./event-time.ts";
import { finishGroupTimeTable } from "./finish-group-time-table.ts";
import { groupTimeCells } from "./group-time-cells.ts";
import { fitFromMoments } from "./group-time-fit.ts";

/** Columns of {@link collectGroupTime}. */
export interface CollectGroupTimeOptions<Row> {
  readonly outcome: NumericColumn<Row>;
  /** First treatment time of each unit; 0 and `Infinity` = never. */
  readonly firstTreated: NumericColumn<Row>;
  /** Sampling weights, constant within units. */
  readonly weights?: WeightOption<Row>;
}

/** All that group-time effects without covariates need of a part of the units: sums by cohort, nothing by unit. Plain data. */
export interface GroupTimeMoments {
  readonly outcome: string;
  readonly firstTreated: string;
  /** Observed periods, ascending. */
  readonly periods: readonly number[];
  /** First treatment time of each cohort, ascending; `Infinity` for never. */
  readonly cohorts: readonly number[];
  readonly moments: CohortMoments;
  readonly sample: Sample;
}

/** Options of {@link finishGroupTime}: those of `attGt` that need no units. */
export type FinishGroupTimeOptions = Pick<
  AttGtOptions<Record<string, number>>,
  "controlGroup" | "basePeriod" | "anticipation" | "uniformBand" | "seed" | "level"
>;

const COLLECT = "did.collectGroupTime";
const FINISH = "did.finishGroupTime";
const MERGE = "did.mergeGroupTime";

/**
 * Collects what covariate-free group-time effects need of one part of the units, in one pass. Merged parts give the effects of the whole:
 * hospitals or municipalities can hand over sums in place of rows. Units must be seen in every period; others are left out and counted.
 *
 * @throws DataError `FIRST_TREATED_VARIES`, `NEGATIVE_FIRST_TREATED`, `WEIGHTS_VARY`, `NO_COMPLETE_UNITS`.
 * @example
 * const parts = cities.map((people) => collectGroupTime(people, { outcome: "hours", firstTreated: "start" }));
 * finishGroupTime(mergeGroupTime(parts), { controlGroup: "notYetTreated" }).estimates;
 */
export function collectGroupTime<Row>(data: Panel<Row>, options: CollectGroupTimeOptions<Row>): GroupTimeMoments {
  checkArgument(COLLECT, data, "a panel", ["unitOffsets"]);
  const settings = resolveOptions<CollectGroupTimeOptions<Row>>(COLLECT, options, {
    required: ["outcome", "firstTreated"],
    defaults: { weights: undefined },
  });
  const weights = resolveWeights(COLLECT, settings.weights, ["sampling", "analytic"]);
  const { columns, rows, sample } = columnsByRole(COLLECT, data, {
    outcome: numberRole(settings.outcome as string),
    firstTreated: timeRole(settings.firstTreated as string),
    weights: weightRole(weights?.column),
  });
  const view = rows === undefined ? data : data.take(rows);
  const T = view.times.length;
  const byRow = cohortsOfRows(COLLECT, view, settings.firstTreated);
  const complete = Array.from({ length: view.unitCount }, (_, u) => u).filter((u) => view.unitOffsets[u + 1]! - view.unitOffsets[u]! === T);
  if (complete.length === 0) {
    throw new DataError("NO_COMPLETE_UNITS", `Cannot run ${COLLECT} as a unit seen in all ${T} periods is needed: none is`, { periods: T });
  }
  const starts = Int32Array.from(complete, (u) => view.unitOffsets[u]!);
  const cohorts = [...new Set(starts.length === 0 ? [] : Array.from(starts, (row) => byRow[row]!))].sort((a, b) => a - b);
  const moments = collectCohortMoments({
    outcome: columns.outcome,
    starts,
    periods: T,
    cohorts: Int32Array.from(starts, (row) => cohorts.indexOf(byRow[row]!)),
    cohortCount: cohorts.length,
    weights: columns.weights === undefined ? new Float64Array(0) : unitWeights(columns.weights, starts, T, weights!.column),
  });
  const incomplete = view.rowCount - complete.length * T;
  return Object.freeze({
    outcome: settings.outcome as string,
    firstTreated: settings.firstTreated as string,
    periods: Array.from(view.times),
    cohorts,
    moments,
    sample: {
      ...sample,
      used: complete.length * T,
      dropped: [...sample.dropped, ...(incomplete === 0 ? [] : [{ reason: "unit not seen in every period", rows: incomplete }])],
      units: complete.length,
    },
  });
}

function unitWeights(weights: Float64Array, starts: Int32Array, T: number, column: string): Float64Array {
  return Float64Array.from(starts, (row) => {
    for (let t = 1; t < T; t++) {
      if (weights[row + t] !== weights[row]) {
        throw new DataError(
          "WEIGHTS_VARY",
          `Cannot run ${COLLECT} as "${column}" must be one value a unit: a unit has ${weights[row]} and ${weights[row + t]}`,
          {
            column,
          },
        );
      }
    }
    return weights[row]!;
  });
}

/**
 * Moments of the parts together, as if collected from all units at once.
 * @throws DataError `NO_PARTS`, `PARTS_DIFFER` (other columns or periods).
 */
export function mergeGroupTime(parts: readonly GroupTimeMoments[]): GroupTimeMoments {
  checkArgument(MERGE, parts, "a list of moments from did.collectGroupTime", ["every"]);
  for (const part of parts) checkArgument(MERGE, part, "moments from did.collectGroupTime", ["moments", "cohorts", "periods"]);
  const first = parts[0];
  if (first === undefined) throw new DataError("NO_PARTS", "Cannot merge as at least one part is needed: none was given");
  const key = ({ outcome, firstTreated, periods }: GroupTimeMoments): string => JSON.stringify([outcome, firstTreated, periods]);
  const other = parts.findIndex((part) => key(part) !== key(first));
  if (other > 0) {
    throw new DataError(
      "PARTS_DIFFER",
      `Cannot merge as all parts need the same columns and periods: part ${other + 1} has ${key(parts[other]!)}, the first ${key(first)}`,
      { part: other },
    );
  }
  const cohorts = [...new Set(parts.flatMap((part) => part.cohorts))].sort((a, b) => a - b);
  const reasons = new Map<string, number>();
  for (const { sample } of parts) for (const { reason, rows } of sample.dropped) reasons.set(reason, (reasons.get(reason) ?? 0) + rows);
  const total = (read: (sample: Sample) => number): number => parts.reduce((sum, { sample }) => sum + read(sample), 0);
  return Object.freeze({
    ...first,
    cohorts,
    moments: mergeCohortMoments(
      parts.map((part) =>
        pickCohorts(
          part.moments,
          cohorts.map((g) => part.cohorts.indexOf(g)),
        ),
      ),
    ),
    sample: {
      rows: total(({ rows }) => rows),
      used: total(({ used }) => used),
      dropped: [...reasons].map(([reason, rows]) => ({ reason, rows })),
      units: total(({ units = 0 }) => units),
    },
  });
}

/**
 * Group-time effects from moments: what `attGt` gives for the same units without covariates. Units treated by the first period are left out; where
 * nobody is never treated the last cohort serves as comparison.
 *
 * @throws IdentificationError `NO_TREATED_UNITS`, `NO_CONTROL_UNITS`, `ONE_PERIOD`; OptionError.
 */
export function finishGroupTime(collected: GroupTimeMoments, options: FinishGroupTimeOptions = {}): AttGtResult {
  checkArgument(FINISH, collected, "moments from did.collectGroupTime", ["moments", "cohorts", "periods"]);
  const { outcome, firstTreated, cohorts, sample } = collected;
  const settings = attGtSettings({ ...options, outcome, firstTreated } as AttGtOptions<Record<string, number>>, FINISH);
  const warnings: Warning[] = [];
  const first = collected.periods[0]! + settings.anticipation;
  const hasNever = cohorts.includes(Number.POSITIVE_INFINITY);
  const comparison = cohorts[cohorts.length - 1]!;
  const treated = cohorts.filter((g) => g > first && g !== comparison);
  if (treated.length === 0) {
    throw new IdentificationError(
      cohorts.length < 2 ? "NO_CONTROL_UNITS" : "NO_TREATED_UNITS",
      `Cannot run ${FINISH} as a cohort seen before it is treated and a comparison are needed: "${firstTreated}" has ${cohorts.join(", ")}`,
      { cohorts },
    );
  }
  let T = collected.periods.length;
  if (!hasNever) {
    while (T > 0 && collected.periods[T - 1]! >= comparison - settings.anticipation) T--;
    warnings.push({
      code: "NO_NEVER_TREATED",
      message: `No unit is never treated: the last cohort (${comparison}) serves as comparison and periods from ${comparison - settings.anticipation} on were left out`,
      details: { cohort: comparison },
    });
  }
  if (T < 2)
    throw new IdentificationError("ONE_PERIOD", `Cannot run ${FINISH} as at least two periods are needed: ${T} remains`, { periods: T });
  const always = cohorts.reduce((sum, g, h) => sum + (g <= first ? collected.moments.counts[h]! : 0), 0);
  if (always > 0) {
    warnings.push({
      code: "ALWAYS_TREATED_DROPPED",
      message: `${always} units treated by period ${first} were left out: they have no period before treatment`,
      details: { units: always },
    });
  }
  const kept = [...treated, comparison].map((g) => cohorts.indexOf(g));
  const moments = keepPeriods(pickCohorts(collected.moments, kept), T);
  const times = Float64Array.from(collected.periods.slice(0, T));
  const groups = Float64Array.from(treated);
  const cells = groupTimeCells({ times, groups }, settings);
  const fit = fitFromMoments(moments, cells, settings.method !== "regression", NO_UNITS);
  const units = moments.counts.reduce((sum, count) => sum + count, 0);
  const data = {
    sample: { times, groups, sample: { ...sample, used: units * T, units } },
    clusters: undefined,
    warnings,
  } as unknown as AttGtData;
  const reference =
    "Callaway & Sant'Anna (2021), Difference-in-differences with multiple time periods, Journal of Econometrics 225(2), 200-230";
  return finishResult(finishGroupTimeTable("did.attGt", reference, fit, cells, data, settings as never));
}

/** Moments hold no units: nothing to multiply or to list. */
const NO_UNITS = {
  cohorts: new Int32Array(0),
  unitValues: (): void => {},
  multipliedTotals: (): Float64Array => {
    throw new OptionError("INVALID_OPTION", `Cannot run ${FINISH} with multipliers as moments hold no units: use attGt on the rows`, {
      caller: FINISH,
    });
  },
} as const;
