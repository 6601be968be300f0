import { describe, expect, it } from "vitest";
import { frame, type Panel, panel } from "../../src/data/index.ts";
import {
  aggregate,
  attGt,
  combine,
  efficient,
  eventStudy,
  extendedTwfe,
  imputation,
  localProjections,
  stacked,
  sunAbraham,
  twoStage,
  twoWayFixedEffects,
} from "../../src/did/index.ts";
import { table, truth } from "../../src/example-data/index.ts";

// The generator's truths hold for its population. One person stands for each starting group and kind of person (obstacle, start of obstacle removal),
// weighted by the population's share, with the employment probability as outcome, so that nothing is left to chance: estimates equal the truths exactly.

interface Row {
  readonly person: number;
  readonly month: number;
  readonly start: number;
  readonly treated: number;
  readonly w: number;
  readonly p: number;
}

const MONTHS = 48;
const DATA = { seed: 7, persons: 4000, districtShock: 0, ageTrend: false } as const;
const { jobHelp } = truth(DATA);
const everybody = table({
  ...DATA,
  columns: ["person", "month", "firstProgramMonth", "firstRemovalMonth", "badHealth", "debts", "complianceType", "p"],
});
const share = new Map(jobHelp.cohortShares.map(({ cohort, share: value }) => [cohort, value]));

/** Persons seen in all months whose duty to look for work does not change, `each` of every kind asked for. */
function representatives(weightOf: (obstacle: boolean, removal: number, start: number) => number, each: number): Panel<Row> {
  const rows: Row[] = [];
  const found = new Map<string, number>();
  for (let i = 0; i + MONTHS <= everybody.month.length; i++) {
    if (everybody.month[i] !== 1 || everybody.person[i] !== everybody.person[i + MONTHS - 1]) continue;
    if (everybody.complianceType.levels[everybody.complianceType.codes[i]!] === "complier") continue;
    const [start, removal] = [everybody.firstProgramMonth[i]!, everybody.firstRemovalMonth[i]!];
    const obstacle = everybody.badHealth[i] === 1 || everybody.debts[i] === 1;
    const key = `${start}:${obstacle}:${removal}`;
    const w = weightOf(obstacle, removal, start);
    if (w === 0 || (found.get(key) ?? 0) >= each) continue;
    found.set(key, (found.get(key) ?? 0) + 1);
    for (let m = 0; m < MONTHS; m++) {
      const month = 1 + m;
      rows.push({ person: everybody.person[i]!, month, start, treated: month >= start ? 1 : 0, w, p: everybody.p[i + m]! });
    }
  }
  return panel(frame.fromRows(rows), { unit: "person", time: "month" }) as unknown as Panel<Row>;
}

const population = representatives(
  (obstacle, removal, start) => (share.get(start) ?? 0) * (!obstacle ? 0.42 : Number.isFinite(removal) ? 0.058 : 0.29),
  1,
);
const ROLES = { outcome: "p", firstTreated: "start", weights: "w" } as const;
const effectOf = (cohort: number, month: number): number =>
  jobHelp.attGt.find((cell) => cell.cohort === cohort && cell.month === month)?.effect ?? 0;
const atEvent = (e: number): number => (e < 0 ? 0 : jobHelp.dynamic.effects.find(({ eventTime }) => eventTime === e)!.effect);

it("has a person of every kind: 5 starting groups, 7 kinds", () => {
  expect(population.unitCount).toBe(35);
});

describe("group-time effects", () => {
  it.each(["neverTreated", "notYetTreated"] as const)("attGt, %s: every (g, t) and all averages", (controlGroup) => {
    const effects = attGt(population, { ...ROLES, controlGroup, uniformBand: false });
    expect(effects.estimates).toHaveLength(4 * 47);
    for (const { group, time, estimate } of effects.estimates) expect(estimate).toBeCloseTo(effectOf(group, time), 10);
    const average = (type: "simple" | "group" | "calendar" | "dynamic") => aggregate(effects, { type, uniformBand: false });
    expect(average("simple").overall.estimate).toBeCloseTo(jobHelp.simple, 10);
    expect(average("calendar").overall.estimate).toBeCloseTo(jobHelp.calendar.overall, 10);
    const byGroup = average("group") as ReturnType<typeof aggregate<"group">>;
    expect(byGroup.overall.estimate).toBeCloseTo(jobHelp.group.overall, 10);
    for (const { group, estimate } of byGroup.estimates)
      expect(estimate).toBeCloseTo(jobHelp.group.effects.find(({ cohort }) => cohort === group)!.effect, 10);
    const dynamic = aggregate(effects, { type: "dynamic", uniformBand: false });
    expect(dynamic.overall.estimate).toBeCloseTo(jobHelp.dynamic.overall, 10);
    for (const { eventTime, estimate } of dynamic.estimates) expect(estimate).toBeCloseTo(atEvent(eventTime), 10);
    const first18 = aggregate(effects, { type: "dynamic", balanceEventTime: 17, minEventTime: 0, uniformBand: false });
    expect(first18.overall.estimate).toBeCloseTo(jobHelp.dynamic.balanced, 10);
    const two = combine(effects, {
      combinations: { "13 and 25 in month 36": { average: ({ group, time }) => time === 36 && group % 12 === 1 } },
    });
    expect(two.estimates[0]!.estimate).toBeCloseTo((effectOf(13, 36) + effectOf(25, 36)) / 2, 10);
  });

  it("extendedTwfe and sunAbraham: every (g, t)", () => {
    for (const { group, time, estimate } of extendedTwfe(population, ROLES).estimates)
      expect(estimate).toBeCloseTo(effectOf(group, time), 9);
    const study = sunAbraham(population, ROLES);
    for (const { group, eventTime, estimate } of study.interacted) expect(estimate).toBeCloseTo(effectOf(group, group + eventTime), 9);
    expect(study.overall.estimate).toBeCloseTo(jobHelp.simple, 9);
    for (const { eventTime, estimate } of study.estimates) expect(estimate).toBeCloseTo(atEvent(eventTime), 9);
  });

  it("stacked, one starting group at a time", () => {
    for (const cohort of [13, 19, 25, 31]) {
      const { estimates } = stacked(population, { ...ROLES, cohorts: [cohort], window: [-6, 11], controlGroup: "neverTreated" });
      expect(estimates).toHaveLength(17);
      for (const { eventTime, estimate } of estimates) expect(estimate).toBeCloseTo(effectOf(cohort, cohort + eventTime), 9);
    }
  });
});

describe("effects by time since the start, and the average over treated months", () => {
  it("imputation and twoStage", () => {
    const imputed = imputation(population, { ...ROLES, preTrends: [-3, -2, -1] });
    for (const { eventTime, estimate } of imputed.estimates) expect(estimate).toBeCloseTo(atEvent(eventTime), 9);
    expect(imputed.overall.estimate).toBeCloseTo(jobHelp.simple, 9);
    for (const { eventTime, estimate } of twoStage(population, ROLES).estimates) expect(estimate).toBeCloseTo(atEvent(eventTime!), 9);
    const one = twoStage(population, { outcome: "p", treated: "treated", weights: "w" }).estimates[0]!;
    expect(one.estimate).toBeCloseTo(jobHelp.simple, 9);
  });

  it("localProjections and efficient, without weights: persons without obstacle, whose effect is .06 m r", () => {
    const plain = representatives((obstacle) => (obstacle ? 0 : 1), 2);
    expect(plain.unitCount).toBe(10);
    const multiplier: Readonly<Record<number, number>> = { 13: 1.2, 19: 1, 25: 0.9, 31: 0.8 };
    const effect = (cohort: number, e: number): number => (e < 0 ? 0 : 0.06 * multiplier[cohort]! * Math.min(1, (e + 1) / 6));
    const projected = localProjections(plain, {
      outcome: "p",
      firstTreated: "start",
      weighting: "equal",
      window: [-4, 17],
      controlGroup: "neverTreated",
    });
    for (const { eventTime, estimate } of projected.estimates)
      expect(estimate).toBeCloseTo(
        [13, 19, 25, 31].reduce((sum, g) => sum + effect(g, eventTime) / 4, 0),
        10,
      );
    const adjusted = efficient(plain, {
      outcome: "p",
      firstTreated: "start",
      estimand: "eventStudy",
      eventTimes: [0, 5, 17],
      adjustment: 1,
    });
    for (const { eventTime, estimate } of adjusted.estimates)
      expect(estimate).toBeCloseTo(
        [13, 19, 25, 31].reduce((sum, g) => sum + effect(g, eventTime!) / 4, 0),
        10,
      );
  });
});

it("the trap: the static two-way coefficient is not the average effect, nor is its event study right", () => {
  const coefficient = twoWayFixedEffects(population, { outcome: "p", treated: "treated", weights: "w" }).estimates["treated"]!.estimate;
  expect(coefficient).toBeLessThan(jobHelp.simple - 0.004);
  const study = eventStudy(population, ROLES);
  const wrong = Math.max(...study.estimates.map(({ eventTime, estimate }) => Math.abs(estimate - atEvent(eventTime))));
  expect(wrong).toBeGreaterThan(0.002);
});
