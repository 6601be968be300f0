import fc from "fast-check";
import { expect, it } from "vitest";
import { frame, type Panel, panel } from "../../src/data/index.ts";
import { aggregate, attGt, collectGroupTime, finishGroupTime, mergeGroupTime } from "../../src/did/index.ts";
import { type StaggeredRow, simulateStaggered } from "./simulate-staggered.ts";

const rows = simulateStaggered({ units: 120, periods: 6, cohorts: [3, 4, 6, 1], seed: 6 }).map((row) => ({
  ...row,
  y: 1000 + row.y,
  w: 0.5 + (row.id % 3),
}));
type Row = StaggeredRow & { readonly w: number };
const build = (keep: (row: Row) => boolean): Panel<Row> =>
  panel(frame.fromRows(rows.filter(keep)), { unit: "id", time: "t" }) as unknown as Panel<Row>;
const ROLES = { outcome: "y", firstTreated: "g" } as const;

function same(a: ReturnType<typeof attGt>, b: ReturnType<typeof attGt>): void {
  expect(a.estimates.map(({ term }) => term)).toEqual(b.estimates.map(({ term }) => term));
  a.estimates.forEach(({ estimate, standardError }, k) => {
    expect(estimate).toBeCloseTo(b.estimates[k]!.estimate, 9);
    if (Number.isNaN(standardError)) expect(b.estimates[k]!.standardError).toBeNaN();
    else expect(standardError).toBeCloseTo(b.estimates[k]!.standardError, 9);
  });
  const [x, y] = [aggregate(a, { type: "group" }), aggregate(b, { type: "group" })];
  expect(x.overall.standardError).toBeCloseTo(y.overall.standardError, 9);
  expect(a.sample.used).toBe(b.sample.used);
}

it("merged moments of parts equal those of the whole, however units are divided", () => {
  const whole = attGt(
    build(() => true),
    ROLES,
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 1000 }), (count, key) => {
      const partOf = (id: number): number => Math.floor(Math.abs(Math.sin(id * key) * 1e4)) % count;
      const parts = Array.from({ length: count }, (_, part) => build(({ id }) => partOf(id) === part)).filter(
        ({ rowCount }) => rowCount > 0,
      );
      same(finishGroupTime(mergeGroupTime(parts.map((part) => collectGroupTime(part, ROLES)))), whole);
    }),
    { numRuns: 8, seed: 1 },
  );
});

it("parts with one cohort each, weights, not-yet-treated controls, a universal base", () => {
  const options = { controlGroup: "notYetTreated", basePeriod: "universal", anticipation: 1 } as const;
  const parts = [0, 1, 3, 4, 6].map((g) =>
    collectGroupTime(
      build((row) => row.g === g),
      { ...ROLES, weights: "w" },
    ),
  );
  same(
    finishGroupTime(mergeGroupTime(parts), options),
    attGt(
      build(() => true),
      { ...ROLES, ...options, weights: "w" },
    ),
  );
});

it("without never-treated units the last cohort compares; incomplete units are counted", () => {
  const treated = build(({ g, id, t }) => g > 0 && !(id === 5 && t === 1));
  const [own, direct] = [finishGroupTime(collectGroupTime(treated, ROLES)), attGt(treated, ROLES)];
  own.estimates.forEach(({ estimate }, k) => {
    expect(estimate).toBeCloseTo(direct.estimates[k]!.estimate, 9);
  });
  expect(own.warnings.map(({ code }) => code)).toEqual(expect.arrayContaining(["NO_NEVER_TREATED", "ALWAYS_TREATED_DROPPED"]));
  expect(collectGroupTime(treated, ROLES).sample.dropped).toContainEqual({ reason: "unit not seen in every period", rows: 5 });
});

it("refuses parts of other periods or columns, none at all, weights that vary", () => {
  const part = collectGroupTime(
    build(() => true),
    ROLES,
  );
  const short = collectGroupTime(
    build(({ t }) => t < 6),
    ROLES,
  );
  expect(() => mergeGroupTime([part, short])).toThrow(expect.objectContaining({ code: "PARTS_DIFFER" }));
  expect(() => mergeGroupTime([])).toThrow(expect.objectContaining({ code: "NO_PARTS" }));
  const varying = panel(frame.fromRows(rows.map((row) => ({ ...row, w: row.t }))), { unit: "id", time: "t" });
  expect(() => collectGroupTime(varying, { ...ROLES, weights: "w" })).toThrow(expect.objectContaining({ code: "WEIGHTS_VARY" }));
  expect(() =>
    finishGroupTime(
      collectGroupTime(
        build(({ g }) => g === 4),
        ROLES,
      ),
    ),
  ).toThrow(expect.objectContaining({ code: "NO_CONTROL_UNITS" }));
});
