import { expect, it } from "vitest";
import { frame, panel } from "../../src/data/index.ts";
import { combine, efficient, pretrends } from "../../src/did/index.ts";
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

it("event times before and after treatment have one covariance, from which tests and averages follow", () => {
  const people = build([3, 4, 6, 5]);
  const result = efficient(people, { ...ROLES, estimand: "eventStudy", eventTimes: [-2, -1, 0, 1, 2] });
  const { estimates, vcov, neymanVcov } = result;
  estimates.forEach(({ standardError, neymanStandardError }, k) => {
    expect(Math.sqrt(vcov[k]![k]!)).toBeCloseTo(standardError, 12);
    expect(Math.sqrt(neymanVcov[k]![k]!)).toBeCloseTo(neymanStandardError, 12);
    vcov.forEach((_, j) => {
      expect(vcov[k]![j]).toBeCloseTo(vcov[j]![k]!, 12);
      expect(vcov[k]![j]! ** 2).toBeLessThanOrEqual(vcov[k]![k]! * vcov[j]![j]! * (1 + 1e-9));
    });
  });
  // a contrast of differences needs their covariance: with the coefficient fixed, the sum over cohorts is the average over both
  const fixed = efficient(people, { ...ROLES, adjustment: 1, estimand: "eventStudy", eventTimes: [0, 1] });
  const both = combine(fixed, { combinations: { both: { average: () => true } } }).estimates[0]!;
  expect(both.estimate).toBeCloseTo((fixed.estimates[0]!.estimate + fixed.estimates[1]!.estimate) / 2, 12);
  expect(pretrends(result).estimates).toBeDefined();
});

it("effects with weights of one's own: the simple average by hand, a contrast, and what is not there", () => {
  const rows = simulateStaggered({ units: 150, periods: 6, cohorts: [3, 5], seed: 2 });
  const people = panel(frame.fromRows(rows), { unit: "id", time: "t" });
  const count = (g: number): number => new Set(rows.filter((row) => row.g === g).map(({ id }) => id)).size;
  const cells = [3, 5].flatMap((group) => [3, 4, 5, 6].filter((time) => time >= group).map((time) => ({ group, time })));
  const total = cells.reduce((sum, { group }) => sum + count(group), 0);
  const byHand = efficient(people, { ...ROLES, estimand: cells.map((cell) => ({ ...cell, weight: count(cell.group) / total })) });
  const simple = efficient(people, ROLES);
  expect(byHand.estimates[0]!.estimate).toBeCloseTo(simple.estimates[0]!.estimate, 10);
  expect(byHand.estimates[0]!.standardError).toBeCloseTo(simple.estimates[0]!.standardError, 10);
  expect(byHand.vcov).toHaveLength(1);
  const unknown = [{ group: 4, time: 5, weight: 1 }];
  expect(() => efficient(people, { ...ROLES, estimand: unknown })).toThrow(expect.objectContaining({ code: "NO_EFFECTS" }));
});
