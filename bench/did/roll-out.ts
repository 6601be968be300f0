import { type Frame, frame, type Panel, panel } from "../../src/data/index.ts";
import { noise, uniform } from "../harness/draws.ts";

/** A balanced staggered roll-out: unit effects, common trend, effects that grow with time since the start. */
export function rollOut(
  rows: number,
  periods: number,
  cohorts: number,
): {
  columns: Record<"unit" | "time" | "start" | "y", Float64Array>;
  people: Panel<{ unit: number; time: number; start: number; y: number }>;
} {
  const columns = { unit: new Float64Array(rows), time: new Float64Array(rows), start: new Float64Array(rows), y: noise(2, rows) };
  for (let i = 0; i < rows; i++) {
    const unit = Math.floor(i / periods);
    const time = 1 + (i % periods);
    const cohort = Math.floor(uniform(1, unit) * (cohorts + 1));
    const start = cohort === cohorts ? Number.POSITIVE_INFINITY : 2 + Math.floor((cohort * (periods - 2)) / cohorts);
    columns.unit[i] = unit;
    columns.time[i] = time;
    columns.start[i] = start;
    columns.y[i] = columns.y[i]! + uniform(3, unit) + 0.1 * time + (time >= start ? 0.2 + 0.05 * (time - start) : 0);
  }
  const data: Frame<{ unit: number; time: number; start: number; y: number }> = frame(columns);
  return { columns, people: panel(data, { unit: "unit", time: "time" }) };
}
