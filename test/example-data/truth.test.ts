import { describe, expect, it } from "vitest";
import { truth } from "../../src/example-data/index.ts";

const { obligation, jobHelp, combination, policy, quality, multipliers, cells } = truth();

/** Equal to all the digits that the design states. */
function expectDigits(value: number, stated: string): void {
  expect(value).toBeCloseTo(Number(stated), stated.split(".")[1]?.length ?? 0);
  const digits = stated.split(".")[1]?.length ?? 0;
  expect(Math.abs(value - Number(stated))).toBeLessThanOrEqual(0.5000001 * 10 ** -digits);
}

describe("truth() of the obligation", () => {
  it.each([
    ["all", ".64", ".03518", ".05496875"],
    ["low education", ".64", ".02558", ".03996875"],
    ["middle or high education", ".64", ".04478", ".06996875"],
    ["good health", ".70", ".0434", ".0620"],
    ["bad health", ".50", ".0160", ".0320"],
    ["one or two children", ".64", ".0371", ".05796875"],
    ["three or more children", ".64", ".0243", ".03796875"],
    ["best cell", ".70", ".0560", ".08"],
    ["worst cell", ".50", "0.0000", "0.0000"],
  ])("%s", (group, firstStage, intentionToTreat, localEffect) => {
    const found = obligation.groups.find((entry) => entry.group === group)!;
    expectDigits(found.firstStage, firstStage);
    expectDigits(found.intentionToTreat, intentionToTreat);
    expectDigits(found.localEffect, localEffect);
  });

  it("carries over to the other outcomes", () => {
    expectDigits(obligation.jumps.hours, ".816176");
    expectDigits(obligation.jumps.benefit, "-35.326583");
    expectDigits(obligation.jumps.independent, ".015831");
    expectDigits(obligation.jumps.careCost, "-.7036");
    expectDigits(multipliers.hours, "23.2");
    expectDigits(multipliers.benefit, "-1004.1667");
    expectDigits(multipliers.independent, ".45");
    expect(multipliers.careCost).toBe(-20);
  });

  it("has no kink, no density or covariate jump, and an average effect that is not the local one", () => {
    expect([obligation.slopeChange, obligation.densityJump, obligation.covariateJump]).toEqual([0, 0, 0]);
    expectDigits(obligation.averageEffect, ".053");
    expect(obligation.interactions.base).toBeCloseTo(0.05, 14);
    expect(obligation.interactions.higherEducation).toBeCloseTo(0.03, 14);
    expect(obligation.interactions.badHealth).toBeCloseTo(-0.03, 14);
    expect(obligation.interactions.threeChildren).toBeCloseTo(-0.02, 14);
  });

  it("is biased by ageing against childless adults, and exact without an age trend", () => {
    const at = (study: typeof obligation.childlessEventStudy, eventTime: number): number =>
      study.find((entry) => entry.eventTime === eventTime)!.coefficient;
    const flat = truth({ ageTrend: false, childless: true }).obligation.childlessEventStudy;
    for (const { eventTime, coefficient } of flat) expect(coefficient).toBeCloseTo(eventTime < 0 ? 0 : 0.03518, 12);
    expect(at(obligation.childlessEventStudy, -1)).toBe(0);
    // s(11) - s(-1) = .0012 * 12 + .00001 * (121 - 1), plus what the mean day within the month adds to the square
    const meanDay = 13.5 / 30.4375;
    expect(at(obligation.childlessEventStudy, 11)).toBeCloseTo(0.03518 + 0.0144 + 0.0012 + 0.00001 * 24 * meanDay, 12);
  });

  it("follows the options", () => {
    expect(truth({ kink: true }).obligation.slopeChange).toBeCloseTo(0.01 / 12, 15);
    expect(truth({ manipulation: 0.2 }).obligation.densityJump).toBeCloseTo(-0.4, 15);
    const unequal = truth({ trendByEducation: true }).obligation.groups[0]!;
    expect(unequal.intentionToTreat).toBeCloseTo(0.03518 + 0.64 * 0.03 * (0.476 - 0.5), 12);
  });
});

describe("truth() of job help", () => {
  it.each([
    [13, 13, ".007476"],
    [13, 18, ".049032"],
    [13, 24, ".053208"],
    [19, 24, ".044340"],
    [19, 48, ".051300"],
    [25, 36, ".046170"],
    [31, 31, ".006376"],
    [31, 48, ".041040"],
    [31, 30, "0.000000"],
  ])("ATT(%i, %i)", (cohort, month, stated) => {
    expectDigits(jobHelp.attGt.find((entry) => entry.cohort === cohort && entry.month === month)!.effect, stated);
  });

  it("has the stated cohort shares", () => {
    const stated = [".117857", ".184286", ".235714", ".173000", ".289143"];
    jobHelp.cohortShares.forEach(({ share }, k) => {
      expectDigits(share, stated[k]!);
    });
  });

  it("has the stated aggregates", () => {
    expectDigits(jobHelp.simple, ".04364397");
    const groups = [".052819", ".044705", ".040381875", ".035185333"];
    jobHelp.group.effects.forEach(({ effect }, k) => {
      expectDigits(effect, groups[k]!);
    });
    expectDigits(jobHelp.group.overall, ".04229997");
    expectDigits(jobHelp.calendar.overall, ".04046087");
    expect(jobHelp.calendar.effects.map(({ month }) => month)).toEqual(Array.from({ length: 36 }, (_, k) => 13 + k));
    expectDigits(jobHelp.dynamic.balanced, ".03918657");
    expectDigits(jobHelp.dynamic.overall, ".04754405");
  });

  it.each([
    [0, ".00676208"],
    [1, ".01352415"],
    [2, ".02028623"],
    [3, ".02925538"],
    [4, ".03656922"],
    [5, ".04388307"],
    [11, ".04651615"],
    [17, ".04811068"],
    [18, ".05038494"],
    [23, ".05130000"],
    [24, ".05530213"],
    [35, ".06156000"],
  ])("event time %i", (eventTime, stated) => {
    expectDigits(jobHelp.dynamic.effects.find((entry) => entry.eventTime === eventTime)!.effect, stated);
  });

  it("moves the phase-in forward under anticipation", () => {
    const { attGt, dynamic } = truth({ anticipation: 2 }).jobHelp;
    expect(dynamic.effects[0]!.eventTime).toBe(-2);
    const before = attGt.find((entry) => entry.cohort === 13 && entry.month === 11)!;
    expect(before.effect).toBeCloseTo(1.2 * (1 / 6) * (0.0339 + 0.0348 * 0.1), 12);
    expect(attGt.find((entry) => entry.cohort === 13 && entry.month === 10)!.effect).toBe(0);
  });

  it("weights by the persons drawn when asked", () => {
    const realised = truth({ persons: 300, shares: "realised" }).jobHelp;
    expect(realised.cohortShares.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 12);
    expect(realised.cohortShares.every(({ share }) => Number.isInteger(Math.round(share * 300 * 1e6) / 1e6))).toBe(true);
    expect(realised.simple).not.toBe(jobHelp.simple);
    expect(realised.attGt).toEqual(jobHelp.attGt);
  });
});

describe("truth() of the combination, policy and quality", () => {
  it.each([
    ["all", ".0339", ".0087", ".0774", ".0348"],
    ["without obstacle", ".06", "0.00", ".06", "0.00"],
    ["with obstacle", ".015", ".015", ".09", ".06"],
  ])("%s", (group, A, B, AB, interaction) => {
    const found = combination.find((entry) => entry.group === group)!;
    expectDigits(found.A, A);
    expectDigits(found.B, B);
    expectDigits(found.AB, AB);
    expectDigits(found.interaction, interaction);
  });

  it("policy gains", () => {
    expectDigits(policy.allA, ".0139");
    expectDigits(policy.allB, "-.0113");
    expectDigits(policy.allAB, ".0374");
    expectDigits(policy.bestSplit, ".0374");
    expectDigits(policy.bestTree, ".0458");
  });

  it("quality findings and cells", () => {
    expectDigits(quality.educationMissing, ".126");
    expectDigits(quality.firstJanuary, ".036852");
    expectDigits(quality.linked, ".96082");
    expect(quality.hoursRatio).toBe(4.345);
    expect(cells).toHaveLength(24);
    expect(cells.reduce((sum, cell) => sum + cell.share, 0)).toBeCloseTo(1, 12);
  });

  it("rejects what it does not know", () => {
    expect(() => truth({ shares: "drawn" as "realised" })).toThrow('must be one of "population", "realised"');
    expect(() => truth({ anticipaton: 1 } as object)).toThrow('did you mean "anticipation"?');
  });
});
