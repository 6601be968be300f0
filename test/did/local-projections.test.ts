import { describe, expect, it } from "vitest";
import { frame, type Panel, panel } from "../../src/data/index.ts";
import { compare, localProjections, pretrends, sunAbraham } from "../../src/did/index.ts";
import { normalCdf, normalQuantile } from "../../src/distributions/index.ts";
import { ols } from "../../src/regression/index.ts";
import { type StaggeredRow, simulateStaggered } from "./simulate-staggered.ts";

const people = (noise = 1): Panel<StaggeredRow> => {
  const rows = simulateStaggered({ units: 90, periods: 8, cohorts: [3, 4, 6], seed: 4, noise });
  return panel(frame.fromRows(rows), { unit: "id", time: "t" }) as unknown as Panel<StaggeredRow>;
};

/** The rows of one horizon's regression. */
function longRows(data: Panel<StaggeredRow>, h: number): { id: number; t: number; entry: number; change: number; weight: number }[] {
  const rows = data.rows() as StaggeredRow[];
  const y = new Map(rows.map((row) => [`${row.id}:${row.t}`, row.y]));
  const list = rows.flatMap(({ id, t, g }) => {
    const start = g === 0 ? Number.POSITIVE_INFINITY : g;
    const change = (y.get(`${id}:${t + h}`) ?? Number.NaN) - (y.get(`${id}:${t - 1}`) ?? Number.NaN);
    const isIn = start === t || start > t + Math.max(h, 0);
    return isIn && !Number.isNaN(change) ? [{ id, t, entry: start === t ? 1 : 0, change, weight: 1 }] : [];
  });
  const treated = new Set(list.filter(({ entry }) => entry === 1).map(({ t }) => t));
  return list
    .filter(({ t }) => treated.has(t))
    .map((row) => {
      const same = list.filter(({ t }) => t === row.t);
      return { ...row, weight: same.length / same.filter(({ entry }) => entry === 0).length };
    });
}

describe("localProjections", () => {
  const data = people();
  it.each(["variance", "equal"] as const)("equals a regression of long differences for each horizon: %s", (weighting) => {
    const result = localProjections(data, { outcome: "y", firstTreated: "g", weighting });
    for (const { eventTime, estimate, standardError, degreesOfFreedom } of result.estimates) {
      const long = frame.fromRows(longRows(data, eventTime));
      const own = ols(long, {
        outcome: "change",
        regressors: ["entry"],
        fixedEffects: ["t"],
        cluster: "id",
        ...(weighting === "equal" ? { weights: "weight" } : {}),
      }).estimates["entry"]!;
      expect(estimate).toBeCloseTo(own.estimate, 10);
      expect(standardError).toBeCloseTo(own.standardError, 10);
      expect(degreesOfFreedom).toBe(own.degreesOfFreedom);
    }
    expect(result.vcov[0]![0]).toBeCloseTo(result.estimates[0]!.standardError ** 2, 12);
  });

  it("finds the effects without noise, each horizon and pooled", () => {
    const { estimates, overall, pooledPre } = localProjections(people(0), { outcome: "y", firstTreated: "g", window: [-3, 2] });
    expect(estimates.map(({ eventTime }) => eventTime)).toEqual([-3, -2, 0, 1, 2]);
    estimates.forEach(({ estimate, eventTime }) => {
      expect(estimate).toBeCloseTo(eventTime < 0 ? 0 : 0.5 + 0.25 * eventTime, 10);
    });
    expect(overall.estimate).toBeCloseTo(0.75, 10);
    expect(pooledPre!.estimate).toBeCloseTo(0, 10);
  });
});

describe("pretrends", () => {
  it("tests all estimates before treatment at once, and equals the squared statistic of a single one", () => {
    const study = { estimates: [{ eventTime: -2, estimate: 0.3 }], vcov: [[0.04]] };
    const { test, power } = pretrends(study, { slope: 0 });
    expect(test.statistic).toBeCloseTo(2.25, 12);
    expect(power).toBeCloseTo(0.05, 10);
    const z = normalQuantile(0.975);
    expect(pretrends(study, { slope: 0.3 }).power).toBeCloseTo(normalCdf(1.5 - z) + normalCdf(-1.5 - z), 9);
  });

  it("has power that grows with the slope to one", () => {
    const study = sunAbraham(people(), { outcome: "y", firstTreated: "g" });
    const powers = [0, 0.02, 0.1, 5].map((slope) => pretrends(study, { slope }).power!);
    expect(powers).toEqual([...powers].sort((a, b) => a - b));
    expect(powers[3]).toBeCloseTo(1, 10);
    expect(pretrends(study).test.degreesOfFreedom).toBe(study.estimates.filter(({ eventTime }) => eventTime < -1).length);
  });
});

describe("compare", () => {
  it("puts event studies into one table by event time", () => {
    const data = people();
    const projections = localProjections(data, { outcome: "y", firstTreated: "g" });
    const interacted = sunAbraham(data, { outcome: "y", firstTreated: "g" });
    const { estimates, overall } = compare({ projections, interacted }, { level: 0.9 });
    expect(estimates.length).toBe(projections.estimates.length + interacted.estimates.length);
    const atZero = estimates.filter(({ eventTime }) => eventTime === 0);
    expect(atZero.map(({ estimator }) => estimator)).toEqual(["projections", "interacted"]);
    expect(atZero[0]!.estimate).toBe(projections.estimates.find(({ eventTime }) => eventTime === 0)!.estimate);
    expect(overall.map(({ estimator }) => estimator)).toEqual(["projections", "interacted"]);
    expect(() => compare({})).toThrow(/at least one event study/);
  });
});

it.each(["variance", "equal"] as const)(
  "covariates that others or the periods determine count for nothing, with a warning: %s",
  (weighting) => {
    const data = people();
    const more = data.with({
      x: data.numbers("id").map((id) => Math.sin(id * id)),
      twice: data.numbers("id").map((id) => 2 * Math.sin(id * id)),
      season: data.numbers("t").map((t) => 0.1 + Math.cos(t) / 3),
    });
    const alone = localProjections(more, { outcome: "y", firstTreated: "g", weighting, covariates: ["x"] });
    const both = localProjections(more, { outcome: "y", firstTreated: "g", weighting, covariates: ["x", "twice", "season"] });
    expect(alone.warnings).toEqual([]);
    expect(both.warnings.map(({ code, details }) => [code, details?.["columns"]])).toEqual([["COLLINEAR_COVARIATES", [1, 2]]]);
    both.estimates.forEach(({ estimate, standardError }, k) => {
      expect(estimate).toBeCloseTo(alone.estimates[k]!.estimate, 9);
      expect(standardError).toBeCloseTo(alone.estimates[k]!.standardError, 9); // the rank counts, not the columns
    });
  },
);
