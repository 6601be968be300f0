import { IdentificationError } from "../core/errors.ts";

/** Group-time effects as the summaries read them. */
export interface EffectCells {
  readonly att: readonly number[];
  readonly group: readonly number[];
  readonly time: readonly number[];
  /** Rank of each cell's cohort among the shares. */
  readonly cohort: readonly number[];
  readonly shares: readonly number[];
  /** Observed periods, ascending. */
  readonly periods: readonly number[];
}

/** Windows of the summaries; calendar units for `dynamic`, positions among periods and cohorts for `simple` and `group`. */
export interface EventWindow {
  readonly minEventTime: number;
  readonly maxEventTime: number;
  readonly balanceEventTime: number | undefined;
}

/** One summary: its value and its derivative with respect to all effects, then all shares. */
export interface Contrast {
  /** Event time, cohort or period; NaN for an overall summary. */
  readonly at: number;
  readonly value: number;
  readonly gradient: Float64Array;
  /** Mean that the influence function is left with where an attribution of shares does not centre it. @defaultValue 0 */
  readonly offset?: number;
}

/** A table of summaries and their own average. */
export interface ContrastTable {
  readonly rows: readonly Contrast[];
  readonly overall: Contrast;
}

/** Average over cells weighted by cohort shares; a cohort may appear in several cells. */
function shareWeighted(cells: EffectCells, kept: readonly number[], at: number): Contrast {
  const K = cells.att.length;
  const gradient = new Float64Array(K + cells.shares.length);
  let total = 0;
  for (const k of kept) total += cells.shares[cells.cohort[k]!]!;
  let value = 0;
  for (const k of kept) {
    const weight = cells.shares[cells.cohort[k]!]! / total;
    gradient[k]! += weight;
    value += weight * cells.att[k]!;
  }
  for (const k of kept) gradient[K + cells.cohort[k]!]! += (cells.att[k]! - value) / total;
  return { at, value: kept.length === 0 ? Number.NaN : value, gradient };
}

/** Plain average of contrasts. */
function average(rows: readonly Contrast[], size: number): Contrast {
  const gradient = new Float64Array(size);
  let value = 0;
  for (const row of rows) {
    value += row.value / rows.length;
    for (let j = 0; j < size; j++) gradient[j]! += row.gradient[j]! / rows.length;
  }
  return { at: Number.NaN, value: rows.length === 0 ? Number.NaN : value, gradient };
}

/** Positions of periods and cohorts in their sorted union. */
function positionsOf(cells: EffectCells): (value: number) => number {
  const union = [...new Set([...cells.periods, ...cells.group])].sort((a, b) => a - b);
  return (value) => union.indexOf(value);
}

function postCells(cells: EffectCells, maxPositions: number): number[] {
  const position = positionsOf(cells);
  return indices(cells).filter(
    (k) => cells.group[k]! <= cells.time[k]! && position(cells.time[k]!) <= position(cells.group[k]!) + maxPositions,
  );
}

const indices = (cells: EffectCells): number[] => Array.from(cells.att, (_, k) => k);

const distinct = (values: readonly number[]): number[] => [...new Set(values)].sort((a, b) => a - b);

/** All post-treatment cells weighted by cohort share. */
export function simpleContrasts(cells: EffectCells, { maxEventTime }: EventWindow): ContrastTable {
  const overall = shareWeighted(cells, postCells(cells, maxEventTime), Number.NaN);
  return { rows: [overall], overall };
}

/** By cohort: the plain mean of its post-treatment cells; overall weighted by cohort share. */
export function groupContrasts(cells: EffectCells, { maxEventTime }: EventWindow, attribution: ShareAttribution = "own"): ContrastTable {
  const size = cells.att.length + cells.shares.length;
  const post = postCells(cells, maxEventTime);
  const groups = distinct(cells.group);
  const cohorts: number[] = [];
  const rows = groups.map((group) => {
    const own = post.filter((k) => cells.group[k] === group);
    if (own.length === 0) {
      throw new IdentificationError(
        "NO_POST_PERIOD",
        `Cannot summarize by cohort as each needs an effect after its start: cohort ${group} has none; missing: "drop" leaves such cohorts out`,
        { group },
      );
    }
    cohorts.push(cells.cohort[own[0]!]!);
    const gradient = new Float64Array(size);
    let value = 0;
    for (const k of own) {
      gradient[k] = 1 / own.length;
      value += cells.att[k]! / own.length;
    }
    return { at: group, value, gradient };
  });
  const total = cohorts.reduce((sum, g) => sum + cells.shares[g]!, 0);
  const gradient = new Float64Array(size);
  const weights = cohorts.map((g) => cells.shares[g]! / total);
  const value = rows.reduce((sum, row, i) => sum + weights[i]! * row.value, 0);
  rows.forEach((row, i) => {
    for (let j = 0; j < size; j++) gradient[j]! += weights[i]! * row.gradient[j]!;
    if (attribution === "own") gradient[cells.att.length + cohorts[i]!]! += (row.value - value) / total;
  });
  const offset = attribution === "own" ? 0 : attributeToFirstCells(cells, rows, cohorts, gradient);
  return { rows, overall: { at: Number.NaN, value, gradient, offset } };
}

/** Whose shares' sampling error an average over cohorts carries: each cohort's own, or, as in triplediff, that of the table's first cells. */
export type ShareAttribution = "own" | "triplediff";

/**
 * triplediff 0.2.4 looks up the cohort of the m-th share among the cells rather than the cohorts, so that units of the first cells' cohorts stand
 * for all and the centring is that of other cohorts: adds the derivative with respect to shares, and returns the mean left over.
 */
function attributeToFirstCells(cells: EffectCells, rows: readonly Contrast[], cohorts: readonly number[], gradient: Float64Array): number {
  const K = cells.att.length;
  const total = cohorts.reduce((sum, g) => sum + cells.shares[g]!, 0);
  const mean = rows.reduce((sum, { value }, m) => sum + (value * cells.shares[cohorts[m]!]!) / total, 0);
  const slopes = rows.map(({ value }) => (value - mean) / total);
  return cohorts.reduce((offset, g, m) => {
    const taken = cells.cohort[m]!;
    gradient[K + taken]! += slopes[m]!;
    return offset + slopes[m]! * (cells.shares[taken]! - cells.shares[g]!);
  }, 0);
}

/** By time since treatment, weighted by cohort share; overall the plain mean from event time 0 on. */
export function dynamicContrasts(cells: EffectCells, { minEventTime, maxEventTime, balanceEventTime }: EventWindow): ContrastTable {
  const eventTime = cells.time.map((time, k) => time - cells.group[k]!);
  const last = Math.max(...cells.time);
  const first = Math.min(...cells.periods, ...cells.group);
  const balance = balanceEventTime;
  const included = indices(cells).filter((k) => balance === undefined || last - cells.group[k]! >= balance);
  const events = distinct(included.map((k) => eventTime[k]!)).filter(
    (e) => e >= minEventTime && e <= maxEventTime && (balance === undefined || (e <= balance && e >= balance - last + first)),
  );
  const rows = events.map((e) =>
    shareWeighted(
      cells,
      included.filter((k) => eventTime[k] === e),
      e,
    ),
  );
  return {
    rows,
    overall: average(
      rows.filter(({ at }) => at >= 0),
      cells.att.length + cells.shares.length,
    ),
  };
}

/** By period, weighted by the shares of the cohorts treated by then; overall the plain mean over periods. */
export function calendarContrasts(cells: EffectCells): ContrastTable {
  const rows = cells.periods.flatMap((period) => {
    const kept = indices(cells).filter((k) => cells.time[k] === period && cells.group[k]! <= period);
    return kept.length === 0 ? [] : [shareWeighted(cells, kept, period)];
  });
  return { rows, overall: average(rows, cells.att.length + cells.shares.length) };
}
