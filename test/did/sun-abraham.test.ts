import { expect, it } from "vitest";
import { frame, panel } from "../../src/data/index.ts";
import { type SunAbrahamResult, sunAbraham } from "../../src/did/index.ts";
import { simulateStaggered } from "./simulate-staggered.ts";

const rows = simulateStaggered({ units: 60, periods: 7, cohorts: [3, 4, 6], seed: 5 }).map((row) => ({
  ...row,
  since: row.g === 0 ? -99 : row.t - row.g, // never read for the never-treated
  halves: row.g === 0 ? 0 : Math.floor((row.t + 1) / 2) - Math.floor((row.g + 1) / 2),
}));
const people = panel(frame.fromRows(rows), { unit: "id", time: "t" });
const OPTIONS = { outcome: "y", firstTreated: "g" } as const;

function expectSame(a: SunAbrahamResult, b: SunAbrahamResult): void {
  expect(a.estimates.map(({ eventTime }) => eventTime)).toEqual(b.estimates.map(({ eventTime }) => eventTime));
  a.estimates.forEach((row, k) => {
    expect(row.estimate).toBeCloseTo(b.estimates[k]!.estimate, 10);
    expect(row.standardError).toBeCloseTo(b.estimates[k]!.standardError, 10);
  });
}

it("sunAbraham() takes event times by row in place of time less start", () => {
  expectSame(sunAbraham(people, { ...OPTIONS, eventTime: "since" }), sunAbraham(people, OPTIONS));
});

it("sunAbraham() with periods merged in pairs has an effect for each pair since the start", () => {
  const merged = sunAbraham(people, { ...OPTIONS, eventTime: "halves" });
  expect(merged.estimates.map(({ eventTime }) => eventTime)).toEqual([-2, 0, 1, 2]);
});

it("sunAbraham() absorbs other effects: units and periods by name change nothing, cohorts and periods suit rows without units", () => {
  expectSame(sunAbraham(people, { ...OPTIONS, fixedEffects: ["id", "t"] }), sunAbraham(people, OPTIONS));
  const byCohort = sunAbraham(people, { ...OPTIONS, fixedEffects: ["g", "t"] });
  // balanced: unit effects are orthogonal to the cells' contrasts
  byCohort.estimates.forEach((row, k) => {
    expect(row.estimate).toBeCloseTo(sunAbraham(people, OPTIONS).estimates[k]!.estimate, 10);
  });
});

it("sunAbraham() refuses event times that differ within a cohort and period", () => {
  const mixed = people.with({ since: rows.map(({ since, id }) => (id === 2 ? since + 1 : since)) });
  expect(() => sunAbraham(mixed as never, { ...OPTIONS, eventTime: "since" } as never)).toThrow(
    expect.objectContaining({ code: "EVENT_TIME_VARIES" }),
  );
});
