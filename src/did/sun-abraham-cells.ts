import { DataError } from "../core/errors.ts";
import type { DroppedRows } from "../core/result.ts";
import { numericData } from "../data/frame.ts";
import type { NumericColumn, Panel } from "../data/index.ts";
import { resolveWeights, type WeightOption } from "../data/roles.ts";
import type { CellDesign } from "./cell-regression.ts";
import { binned, cohortsOfRows, type EventBin, referenceList } from "./event-time.ts";

/** What the cells depend on. */
export interface CellSettings<Row> {
  readonly outcome: NumericColumn<Row>;
  readonly firstTreated: NumericColumn<Row>;
  readonly eventTime?: NumericColumn<Row>;
  readonly bins: readonly EventBin[];
  readonly reference: number | readonly number[];
  readonly referenceCohorts: readonly number[];
  readonly alwaysTreated: "drop" | "reference";
  readonly weights?: WeightOption<Row>;
}

/** A cohort at an event time, with its rows' weight. */
export interface Cell {
  readonly eventTime: number;
  readonly group: number;
  weight: number;
}

/** Units treated in every period they are seen in have no comparison of their own. */
export function withoutAlwaysTreated<Row>(
  caller: string,
  data: Panel<Row>,
  settings: CellSettings<Row>,
): { readonly data: Panel<Row>; readonly cohorts: Float64Array; readonly dropped: readonly DroppedRows[] } {
  const cohorts = cohortsOfRows(caller, data, settings.firstTreated);
  if (settings.alwaysTreated === "reference") return { data, cohorts, dropped: [] };
  const always = alwaysTreatedCohorts(data, cohorts, settings);
  let rows = 0;
  const keep = new Uint8Array(cohorts.length).fill(1);
  let [last, isAlways] = [Number.NaN, false];
  for (let i = 0; i < keep.length; i++) {
    if (cohorts[i] !== last) {
      last = cohorts[i]!;
      isAlways = always(last);
    }
    if (!isAlways) continue;
    keep[i] = 0;
    rows++;
  }
  if (rows === 0) return { data, cohorts, dropped: [] };
  return {
    data: data.filter(keep),
    cohorts: cohorts.filter((_, i) => keep[i] === 1),
    dropped: [{ reason: "treated by the first period", rows }],
  };
}

/** Whether a cohort is treated by the first period: by its start, or by its event times where they are given. */
function alwaysTreatedCohorts<Row>(data: Panel<Row>, cohorts: Float64Array, settings: CellSettings<Row>): (cohort: number) => boolean {
  if (settings.eventTime === undefined) return (cohort) => cohort <= data.times[0]!;
  const { values } = numericData(data, settings.eventTime);
  const before = new Set<number>();
  for (let i = 0; i < cohorts.length; i++) if (values[i]! < 0) before.add(cohorts[i]!);
  return (cohort) => Number.isFinite(cohort) && !before.has(cohort);
}

/** Cells of cohort and period, and the effect each belongs to. */
export interface EventCells extends Omit<CellDesign, "names"> {
  readonly cells: readonly Cell[];
  /** Event time after binning by cohort and period; NaN where a cohort has no row. */
  readonly events: Float64Array;
}

/** Number of a cell without an effect of its own. */
export const NO_EFFECT = -1;

/** Effects by event time, then cohort; the columns of cells without an effect of their own are -1. */
export function cellDesign<Row>(caller: string, data: Panel<Row>, byRow: Float64Array, settings: CellSettings<Row>): EventCells {
  const numbers = new Map<number, number>();
  const T = data.times.length;
  const cohortOfUnit = new Int32Array(data.unitCount).fill(-1);
  for (let u = 0; u < data.unitCount; u++) {
    for (let i = data.unitOffsets[u]!; i < data.unitOffsets[u + 1]!; i++) {
      const g = byRow[i]!;
      if (Number.isNaN(g)) continue;
      if (!numbers.has(g)) numbers.set(g, numbers.size);
      cohortOfUnit[u] = numbers.get(g)!;
      break;
    }
  }
  const cohorts = [...numbers.keys()];
  const seen = new Uint8Array(cohorts.length * T);
  for (let u = 0; u < data.unitCount; u++) {
    const c = cohortOfUnit[u]!;
    if (c >= 0)
      for (let i = data.unitOffsets[u]!; i < data.unitOffsets[u + 1]!; i++)
        if (!Number.isNaN(byRow[i]!)) seen[c * T + data.timeCodes[i]!] = 1;
  }
  const reference = new Set(referenceList(settings.reference));
  const events = eventTable(caller, data, settings, cohorts, cohortOfUnit);
  const always = alwaysTreatedCohorts(data, byRow, settings);
  const found = new Map<string, Cell & { positions: number[] }>();
  cohorts.forEach((group, c) => {
    if (!Number.isFinite(group) || always(group) || settings.referenceCohorts.includes(group)) return;
    for (let t = 0; t < T; t++) {
      const eventTime = events[c * T + t]!;
      if (seen[c * T + t] === 0 || reference.has(eventTime)) continue;
      const cell = found.get(`${eventTime}:${c}`) ?? { eventTime, group, weight: 0, positions: [] };
      cell.positions.push(c * T + t);
      found.set(`${eventTime}:${c}`, cell);
    }
  });
  const cells = [...found.values()].sort((a, b) => a.eventTime - b.eventTime || a.group - b.group);
  const columns = new Int32Array(cohorts.length * T).fill(NO_EFFECT);
  cells.forEach(({ positions }, k) => {
    for (const p of positions) columns[p] = k;
  });
  return { cohorts, cohortOfUnit, columns, cells, events };
}

/** Event times by cohort and period. @throws DataError `EVENT_TIME_VARIES`. */
function eventTable<Row>(
  caller: string,
  data: Panel<Row>,
  { eventTime, bins }: CellSettings<Row>,
  cohorts: readonly number[],
  cohortOfUnit: Int32Array,
): Float64Array {
  const T = data.times.length;
  if (eventTime === undefined)
    return Float64Array.from({ length: cohorts.length * T }, (_, k) => binned(data.times[k % T]! - cohorts[(k / T) | 0]!, bins));
  const { values } = numericData(data, eventTime);
  const events = new Float64Array(cohorts.length * T).fill(Number.NaN);
  for (let u = 0; u < data.unitCount; u++) {
    const c = cohortOfUnit[u]!;
    if (c < 0 || !Number.isFinite(cohorts[c]!)) continue;
    for (let i = data.unitOffsets[u]!; i < data.unitOffsets[u + 1]!; i++) {
      const k = c * T + data.timeCodes[i]!;
      const own = binned(values[i]!, bins);
      if (Number.isNaN(events[k]!)) events[k] = own;
      if (events[k] === own) continue;
      throw new DataError(
        "EVENT_TIME_VARIES",
        `Cannot run ${caller} as "${eventTime}" must be one number for each cohort and period: cohort ${cohorts[c]} has ${events[k]} and ${own} at ${data.times[data.timeCodes[i]!]}`,
        { column: eventTime, row: i },
      );
    }
  }
  return events;
}

/** Calls with each row and its effect's number: -1 for none, NaN where the first treatment time is missing. */
export function forEachRow<Row>(data: Panel<Row>, { cohortOfUnit, columns }: EventCells, visit: (row: number, code: number) => void): void {
  const T = data.times.length;
  for (let u = 0; u < data.unitCount; u++) {
    const c = cohortOfUnit[u]!;
    for (let i = data.unitOffsets[u]!; i < data.unitOffsets[u + 1]!; i++)
      visit(i, c < 0 ? Number.NaN : columns[c * T + data.timeCodes[i]!]!);
  }
}

/** Rows (or their weights) that the regression used, by cell. */
export function addWeights<Row>(caller: string, data: Panel<Row>, settings: CellSettings<Row>, design: EventCells): void {
  const weights = resolveWeights(caller, settings.weights, ["analytic", "frequency", "sampling"]);
  const w = weights === undefined ? undefined : numericData(data, weights.column).values;
  const y = numericData(data, settings.outcome).values;
  const g = numericData(data, settings.firstTreated).values;
  const { cohortOfUnit, columns, cells } = design;
  const { unitOffsets, timeCodes, times } = data;
  const sums = new Float64Array(cells.length);
  for (let u = 0; u < data.unitCount; u++) {
    const from = cohortOfUnit[u]! * times.length;
    for (let i = from < 0 ? unitOffsets[u + 1]! : unitOffsets[u]!; i < unitOffsets[u + 1]!; i++) {
      const code = columns[from + timeCodes[i]!]!;
      const weight = w === undefined ? 1 : w[i]!;
      if (code >= 0 && !Number.isNaN(y[i]! + weight) && !Number.isNaN(g[i]!)) sums[code]! += weight;
    }
  }
  sums.forEach((weight, k) => {
    cells[k]!.weight = weight;
  });
}
