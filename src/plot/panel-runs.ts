import type { Panel } from "../data/index.ts";
import type { PlotRow } from "./json.ts";

/** Units with one time of first treatment. */
export interface PanelCohort {
  /** That time; `Infinity` = never, `-Infinity` = treated in their first row, so that the start is not seen. */
  readonly start: number;
  /** Positions of the units in the panel, by time of entry. */
  readonly units: readonly number[];
  /** Units whose treatment ends again. */
  readonly reversals: number;
}

/** Units by the time of their first treated row, earliest first; before all others those already treated in their first row. */
export function panelCohorts<Row>(data: Panel<Row>, treated: Float64Array): PanelCohort[] {
  const found = new Map<number, { start: number; units: number[]; reversals: number }>();
  for (let u = 0; u < data.unitCount; u++) {
    let [start, reversed] = [Number.POSITIVE_INFINITY, false];
    for (let i = data.unitOffsets[u]!; i < data.unitOffsets[u + 1]!; i++) {
      if (treated[i] === 1) start = Math.min(start, data.times[data.timeCodes[i]!]!);
      else if (treated[i] === 0 && start < Number.POSITIVE_INFINITY) reversed = true;
    }

    if (treated[data.unitOffsets[u]!] === 1) start = Number.NEGATIVE_INFINITY;
    const cohort = found.get(start) ?? { start, units: [], reversals: 0 };
    found.set(start, cohort);
    cohort.units.push(u);
    if (reversed) cohort.reversals++;
  }
  const entry = (unit: number): number => data.timeCodes[data.unitOffsets[unit]!]!;
  for (const { units } of found.values()) units.sort((a, b) => entry(a) - entry(b) || a - b);
  return [...found.values()].sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
}

/** How many units of each cohort are drawn: all, or in proportion, at least one as long as there is room. */
export function unitsShown(cohorts: readonly PanelCohort[], most: number): number[] {
  const total = cohorts.reduce((sum, { units }) => sum + units.length, 0);
  if (total <= most) return cohorts.map(({ units }) => units.length);
  const counts = cohorts.map(({ units }) => Math.max(1, Math.floor((most * units.length) / total)));
  for (let over = counts.reduce((sum, count) => sum + count, 0) - most; over > 0; over--) counts[counts.indexOf(Math.max(...counts))]!--;
  return counts;
}

/** `count` units evenly spaced over the list. */
export function sampleUnits(units: readonly number[], count: number): number[] {
  return Array.from({ length: count }, (_, i) => units[Math.floor(((i + 0.5) * units.length) / count)]!);
}

/** A rectangle for each run of periods in one state, in positions of periods and lines: far fewer than one for each period. */
export function unitRuns<Row>(data: Panel<Row>, treated: Float64Array, units: readonly number[]): PlotRow[] {
  const rows: PlotRow[] = [];
  units.forEach((unit, line) => {
    let [from, to, state] = [0, 0, Number.NaN];
    const close = (): void => {
      if (!Number.isNaN(state)) rows.push({ unit: data.unitLabel(unit), line, from, to, state: state === 1 ? "treated" : "untreated" });
    };
    for (let i = data.unitOffsets[unit]!; i < data.unitOffsets[unit + 1]!; i++) {
      const period = data.timeCodes[i]!;
      if (period !== to || treated[i] !== state) {
        close();
        [from, state] = [period, treated[i]!];
      }
      to = period + 1;
    }
    close();
  });
  return rows;
}
