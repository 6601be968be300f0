import { describe, expect, it } from "vitest";
import { frame, type Panel, panel } from "../../src/data/index.ts";
import {
  aggregate,
  attGt,
  efficient,
  eventStudy,
  extendedTwfe,
  goodmanBacon,
  imputation,
  marginalEffects,
  pretrendsPower,
  stacked,
  sunAbraham,
  triple,
  tripleRegression,
  twfeWeights,
  twoStage,
  twoWayFixedEffects,
} from "../../src/did/index.ts";
import { type StaggeredRow, simulateStaggered } from "./simulate-staggered.ts";

interface Row extends StaggeredRow {
  readonly d: number;
  readonly part: number;
}

const build = (noise: number, change: (row: Row) => Row = (row) => row): Panel<Row> => {
  const rows = simulateStaggered({ units: 96, periods: 6, cohorts: [3, 4, 5], seed: 21, noise });
  const full = rows.map((row) => change({ ...row, d: row.g > 0 && row.t >= row.g ? 1 : 0, part: row.id % 2 }));
  return panel(frame.fromRows(full), { unit: "id", time: "t" }) as unknown as Panel<Row>;
};
const exact = build(0);
const noisy = build(1);
const truth = (eventTime: number): number => (eventTime < 0 ? 0 : 0.5 + 0.25 * eventTime);
const OPTIONS = { outcome: "y", firstTreated: "g" } as const;

describe("estimators that allow effects to differ between cohorts", () => {
  it("recover effects by event time without noise", () => {
    const studies = [
      sunAbraham(exact, OPTIONS).estimates,
      imputation(exact, OPTIONS).estimates,
      twoStage(exact, { ...OPTIONS, reference: [-1] }).estimates.map((row) => ({ ...row, eventTime: row.eventTime! })),
      stacked(exact, { ...OPTIONS, window: [-2, 1], controlGroup: "neverTreated" }).estimates,
      aggregate(attGt(exact, { ...OPTIONS, basePeriod: "universal" }), { type: "dynamic" }).estimates,
      marginalEffects(extendedTwfe(exact, OPTIONS), { type: "event" }).estimates.map((row) => ({ ...row, eventTime: row.eventTime! })),
    ];
    for (const study of studies) {
      expect(study.length).toBeGreaterThan(1);
      for (const { eventTime, estimate } of study) expect(estimate).toBeCloseTo(truth(eventTime), 8);
    }
    // levels differ between cohorts by chance: the full adjustment takes them out exactly
    const adjusted = efficient(exact, { ...OPTIONS, estimand: "eventStudy", eventTimes: [0, 1], adjustment: 1 });
    for (const { eventTime, estimate } of adjusted.estimates) expect(estimate).toBeCloseTo(truth(eventTime!), 8);
  });

  it("follow the outcome's unit and ignore unit constants", () => {
    const moved = build(1, (row) => ({ ...row, y: 3 * row.y + (row.id % 7) }));
    const pairs = [
      [imputation(noisy, OPTIONS).overall, imputation(moved, OPTIONS).overall],
      [sunAbraham(noisy, OPTIONS).overall, sunAbraham(moved, OPTIONS).overall],
      [twoStage(noisy, { outcome: "y", treated: "d" }).estimates[0]!, twoStage(moved, { outcome: "y", treated: "d" }).estimates[0]!],
      [eventStudy(noisy, OPTIONS).estimates[0]!, eventStudy(moved, OPTIONS).estimates[0]!],
    ] as const;
    for (const [before, after] of pairs) {
      expect(after.estimate).toBeCloseTo(3 * before.estimate, 8);
      expect(after.standardError).toBeCloseTo(3 * before.standardError, 8);
    }
  });

  it("agree with each other where they must: imputation, two stages and extended regression", () => {
    const average = imputation(noisy, OPTIONS).overall.estimate;
    expect(twoStage(noisy, { outcome: "y", treated: "d" }).estimates[0]!.estimate).toBeCloseTo(average, 9);
    expect(marginalEffects(extendedTwfe(noisy, OPTIONS)).estimates[0]!.estimate).toBeCloseTo(average, 9);
  });

  it("test effects before treatment", () => {
    const { preTrends } = imputation(noisy, { ...OPTIONS, preTrends: [-2, -1] });
    expect(preTrends!.estimates.map(({ eventTime }) => eventTime)).toEqual([-2, -1]);
    expect(preTrends!.test!.degreesOfFreedom).toBe(2);
    expect(preTrends!.test!.pValue).toBeGreaterThan(0.001);
  });

  it("leave out always-treated units with a warning", () => {
    const always = build(1, (row) => (row.id === 2 ? { ...row, g: 1, d: 1 } : row));
    expect(sunAbraham(always, OPTIONS).warnings.map(({ code }) => code)).toContain("ALWAYS_TREATED_DROPPED");
    expect(imputation(always, OPTIONS).warnings.map(({ code }) => code)).toContain("NO_PREDICTION");
    expect(efficient(always, OPTIONS).warnings.map(({ code }) => code)).toContain("ALWAYS_TREATED_DROPPED");
  });

  it("name what is missing", () => {
    const none = build(1, (row) => ({ ...row, g: 0, d: 0 }));
    for (const run of [
      () => sunAbraham(none, OPTIONS),
      () => imputation(none, OPTIONS),
      () => twoStage(none, OPTIONS),
      () => stacked(none, { ...OPTIONS, window: [-1, 1] }),
      () => efficient(none, OPTIONS),
      () => triple(none, { ...OPTIONS, partition: "part" }),
    ]) {
      expect(run).toThrow(expect.objectContaining({ code: "NO_TREATED_UNITS" }));
    }
    expect(() => extendedTwfe(none, OPTIONS)).toThrow(expect.objectContaining({ code: "NO_CONTROL_UNITS" }));
    expect(() => eventStudy(noisy, { outcome: "y" })).toThrow(expect.objectContaining({ code: "ONE_OF_TWO_COLUMNS" }));
    expect(() => twoStage(noisy, { outcome: "y" })).toThrow(expect.objectContaining({ code: "ONE_OF_TWO_COLUMNS" }));
    expect(() => imputation(noisy, { ...OPTIONS, horizons: [-1] })).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
  });
});

describe("triple differences", () => {
  const withPartition = build(0, (row) => ({
    ...row,
    y: row.y + 0.3 * row.part * row.t - (row.part === 0 && row.d === 1 ? truth(row.t - row.g) : 0),
  }));

  it("recover the effect on the eligible without noise, for both control groups", () => {
    for (const controlGroup of ["neverTreated", "notYetTreated"] as const) {
      const { estimates } = triple(withPartition, { ...OPTIONS, partition: "part", controlGroup, uniformBand: false });
      for (const { estimate, time, group } of estimates) {
        if (!Number.isNaN(estimate)) expect(estimate).toBeCloseTo(truth(time - group), 8);
      }
      expect(estimates.some(({ estimate }) => !Number.isNaN(estimate))).toBe(true);
    }
  });

  it("equal the regression's coefficient with two cohorts and two periods", () => {
    const rows = simulateStaggered({ units: 40, periods: 2, cohorts: [2], seed: 5 }).map((row) => ({
      ...row,
      part: row.id % 2,
      group: row.g === 2 ? 1 : 0,
      post: row.t === 2 ? 1 : 0,
    }));
    const data = panel(frame.fromRows(rows), { unit: "id", time: "t" });
    const ours = triple(data, { outcome: "y", firstTreated: "g", partition: "part" }).estimates[0]!;
    const regression = tripleRegression(data, { outcome: "y", group: "group", partition: "part", post: "post" });
    expect(ours.estimate).toBeCloseTo(Object.values(regression.estimates)[0]!.estimate, 9);
  });
});

describe("diagnostics of the two-way fixed-effects coefficient", () => {
  const coefficient = twoWayFixedEffects(noisy, { outcome: "y", treated: "d" }).estimates["d"]!.estimate;

  it("Goodman-Bacon's comparisons add up to it", () => {
    const { comparisons, types } = goodmanBacon(noisy, { outcome: "y", treated: "d" });
    expect(comparisons.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 12);
    expect(comparisons.reduce((sum, { weight, estimate }) => sum + weight * estimate, 0)).toBeCloseTo(coefficient, 9);
    expect(types.reduce((sum, { weight, estimate }) => sum + weight * estimate, 0)).toBeCloseTo(coefficient, 9);
  });

  it("weights of all treated cells sum to one and give it from the true effects", () => {
    const { estimates, cells, positive, negative } = twfeWeights(exact, { outcome: "y", group: "id", time: "t", treated: "d" });
    expect(positive.sum + negative.sum).toBeCloseTo(1, 10);
    const start = new Map(simulateStaggered({ units: 96, periods: 6, cohorts: [3, 4, 5], seed: 21 }).map((row) => [String(row.id), row.g]));
    const implied = cells.reduce((sum, { group, time, weight }) => sum + weight * (weight === 0 ? 0 : truth(time - start.get(group)!)), 0);
    expect(implied).toBeCloseTo(estimates.coefficient.estimate, 9);
  });

  it("refuse unbalanced panels and treatments without variation", () => {
    const gap = noisy.filter((row) => !(row.id === 3 && row.t === 2));
    expect(() => goodmanBacon(gap, { outcome: "y", treated: "d" })).toThrow(expect.objectContaining({ code: "UNBALANCED_PANEL" }));
    const none = build(1, (row) => ({ ...row, d: 0 }));
    expect(() => twfeWeights(none, { outcome: "y", group: "id", time: "t", treated: "d" })).toThrow(
      expect.objectContaining({ code: "NO_VARIATION" }),
    );
  });
});

describe("pretrendsPower", () => {
  const study = eventStudy(noisy, { ...OPTIONS });

  it("finds its own slope with the target power, and more with steeper slopes", () => {
    const { slopeForPower } = pretrendsPower(study, { targetPower: 0.6 });
    expect(pretrendsPower(study, { slope: slopeForPower }).power).toBeCloseTo(0.6, 6);
    expect(pretrendsPower(study, { slope: 2 * slopeForPower }).power).toBeGreaterThan(0.6);
  });

  it("equals the one-dimensional formula with one period before", () => {
    const one = { estimates: [{ eventTime: -2, estimate: 0.1 }], vcov: [[0.04]] };
    const { power, likelihoodRatio } = pretrendsPower(one, { slope: 0.3, level: 0.95 });
    expect(power).toBeCloseTo(0.323, 3); // P(|N(-1.5, 1)| > 1.96)
    expect(likelihoodRatio).toBeCloseTo(Math.exp(-0.5 * ((0.4 / 0.2) ** 2 - (0.1 / 0.2) ** 2)), 10);
  });

  it("needs periods before the reference", () => {
    const late = { estimates: [{ eventTime: 0, estimate: 1 }], vcov: [[1]] };
    expect(() => pretrendsPower(late)).toThrow(expect.objectContaining({ code: "NO_PRE_PERIODS" }));
  });
});
