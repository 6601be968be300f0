import fc from "fast-check";
import { expect, it } from "vitest";
import { firstTreated, frame, panel } from "../../src/data/index.ts";

const NEVER = Number.POSITIVE_INFINITY;
const path = (treated: readonly (number | null)[], id: readonly (number | string)[] = treated.map(() => 1)) =>
  panel(frame({ id: id.map(String), t: treated.map((_, i) => 2000 + i), treated }), { unit: "id", time: "t" });

it("firstTreated() gives each row the first treated time of its unit", () => {
  const data = path([0, 0, 1, 1, 0, null, 1, 0, 0, 1], [1, 1, 1, 1, 2, 2, 2, 3, 3, 4]);
  expect([...firstTreated(data, "treated")]).toEqual([2002, 2002, 2002, 2002, 2006, 2006, 2006, NEVER, NEVER, 2009]);
});

it("firstTreated() recovers any cohort from its path", () => {
  const cohort = fc.option(fc.integer({ min: 0, max: 5 }));
  fc.assert(
    fc.property(fc.array(cohort, { minLength: 1, maxLength: 10 }), (cohorts) => {
      const rows = cohorts.flatMap((start, id) =>
        Array.from({ length: 6 }, (_, t) => ({ id, t, d: Number(start !== null && t >= start) })),
      );
      const data = panel(frame.fromRows(rows.toReversed()), { unit: "id", time: "t" });
      expect([...firstTreated(data, "d")]).toEqual(cohorts.flatMap((start) => Array<number>(6).fill(start ?? NEVER)));
    }),
  );
});

it("firstTreated() lists the units whose treatment switches off, or takes their first spell", () => {
  const data = path([1, 0, 0, 1, null, 0, 0, 1], ["ann", "ann", "bob", "bob", "bob", "bob", "cy", "cy"]);
  expect(() => firstTreated(data, "treated")).toThrow('must stay 1 once it is 1: it falls back for ann, bob; use onReversal: "firstSpell"');
  expect([...firstTreated(data, "treated", { onReversal: "firstSpell" })]).toEqual([2000, 2000, 2003, 2003, 2003, 2003, 2007, 2007]);
  const many = panel(
    frame({
      id: [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7],
      t: Array.from({ length: 14 }, (_, i) => i % 2),
      d: Array.from({ length: 14 }, (_, i) => 1 - (i % 2)),
    }),
    { unit: "id", time: "t" },
  );
  expect(() => firstTreated(many, "d")).toThrow("for 1, 2, 3, 4, 5 and 2 more");
});

it("firstTreated() refuses doses and labels, and options it does not know", () => {
  expect(() => firstTreated(path([0, 0.5]), "treated")).toThrow('as "treated" must be 0 or 1: row 1 has 0.5');
  expect(() => firstTreated(path([0, 1]), "id" as "treated")).toThrow(expect.objectContaining({ code: "NOT_NUMERIC" }));
  expect(() => firstTreated(path([0, 1]), "treated", { onReversal: "first" as "error" })).toThrow(
    expect.objectContaining({ code: "INVALID_OPTION" }),
  );
});
