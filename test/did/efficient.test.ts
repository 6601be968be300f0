import { expect, it } from "vitest";
import { frame, panel } from "../../src/data/index.ts";
import { efficient } from "../../src/did/index.ts";
import { simulateStaggered } from "./simulate-staggered.ts";

const build = (cohorts: readonly number[], units = 150) =>
  panel(frame.fromRows(simulateStaggered({ units, periods: 6, cohorts, seed: 2 })), { unit: "id", time: "t" });
const ROLES = { outcome: "y", firstTreated: "g" } as const;

it("all earlier differences leave no more variance than the estimand's own", () => {
  const people = build([3, 4, 6, 5]);
  for (const estimand of ["simple", "cohort", "calendar"] as const) {
    const [own, all] = (["own", "all"] as const).map((differences) => efficient(people, { ...ROLES, estimand, differences }).estimates[0]!);
    expect(all!.neymanStandardError).toBeLessThanOrEqual(own!.neymanStandardError);
    expect(Math.abs(all!.estimate - own!.estimate)).toBeLessThan(own!.standardError);
    expect(all!.adjustment).toBeNaN();
  }
});

it("with one earlier difference both are the same", () => {
  const people = build([2]);
  const [own, all] = (["own", "all"] as const).map((differences) => efficient(people, { ...ROLES, differences }).estimates[0]!);
  expect(all!.estimate).toBeCloseTo(own!.estimate, 10);
  expect(all!.standardError).toBeCloseTo(own!.standardError, 10);
  expect(() => efficient(people, { ...ROLES, differences: "all", adjustment: 1 })).toThrow(
    expect.objectContaining({ code: "INVALID_OPTION" }),
  );
});
