import { describe, expect, it } from "vitest";
import { frame, panel } from "../../src/data/index.ts";
import { localProjections } from "../../src/did/index.ts";
import { ols, predict } from "../../src/regression/index.ts";
import { simulateStaggered } from "./simulate-staggered.ts";

const rows = simulateStaggered({ units: 90, periods: 8, cohorts: [3, 4, 6], seed: 9 }).map((row, i) => ({
  ...row,
  x: Math.sin(i) + 0.1 * row.t * (row.g > 0 ? 1 : 0),
}));
const people = panel(frame.fromRows(rows), { unit: "id", time: "t" });
const value = new Map(rows.map((row) => [`${row.id}:${row.t}`, row]));
const OPTIONS = { outcome: "y", firstTreated: "g" } as const;

/** Rows of a horizon with what covariates and bases need. */
function longRows(h: number, through = h) {
  const list = rows.flatMap(({ id, t, g }) => {
    const start = g === 0 ? Number.POSITIVE_INFINITY : g;
    const [now, before, earlier] = [t + h, t - 1, t - 2].map((s) => value.get(`${id}:${s}`));
    const last = value.get(`${id}:${t + through}`);
    if (now === undefined || before === undefined || last === undefined) return [];
    if (start !== t && !(start > t + Math.max(0, h, through))) return [];
    const pre = rows.filter((row) => row.id === id && row.t < t);
    return [
      {
        id,
        t,
        entry: start === t ? 1 : 0,
        change: now.y - before.y,
        fromMean: now.y - pre.reduce((sum, { y }) => sum + y, 0) / pre.length,
        x: before.x,
        lag: earlier === undefined ? Number.NaN : before.y - earlier.y,
      },
    ];
  });
  const both = (t: number): boolean => [0, 1].every((entry) => list.some((row) => row.t === t && row.entry === entry));
  return list.filter(({ t }) => both(t));
}

it("covariates and lags of the outcome equal the regression with them", () => {
  const { estimates } = localProjections(people, { ...OPTIONS, covariates: ["x"], outcomeLags: 1 });
  for (const { eventTime, estimate, standardError } of estimates) {
    const long = longRows(eventTime).filter(({ lag }) => !Number.isNaN(lag));
    const both = long.filter(({ t }) => [0, 1].every((entry) => long.some((row) => row.t === t && row.entry === entry)));
    const own = ols(frame.fromRows(both), { outcome: "change", regressors: ["entry", "x", "lag"], fixedEffects: ["t"], cluster: "id" });
    expect(estimate).toBeCloseTo(own.estimates["entry"]!.estimate, 10);
    expect(standardError).toBeCloseTo(own.estimates["entry"]!.standardError, 10);
  }
});

it("equal weights with covariates are regression adjustment, fitted among the controls", () => {
  const { estimates } = localProjections(people, { ...OPTIONS, covariates: ["x"], weighting: "equal", window: [-2, 2] });
  for (const { eventTime, estimate, standardError } of estimates) {
    const long = longRows(eventTime);
    const fit = ols(frame.fromRows(long.filter(({ entry }) => entry === 0)), {
      outcome: "change",
      regressors: ["x"],
      fixedEffects: ["t"],
      singletons: "keep",
    });
    const treated = long.filter(({ entry }) => entry === 1);
    const { fitted } = predict(fit, frame.fromRows(treated));
    const adjusted = treated.reduce((sum, { change }, i) => sum + change - fitted[i]!, 0) / treated.length;
    expect(estimate).toBeCloseTo(adjusted, 9);
    expect(standardError).toBeGreaterThan(0);
  }
  // a covariate that is the same for all in a period leaves the estimate without covariates
  const constant = people.with({ same: people.numbers("t").map((t) => t ** 2) });
  const [none, one] = [{}, { covariates: ["same"] as const }].map((more) =>
    localProjections(constant, { ...OPTIONS, weighting: "equal", window: [-2, 2], ...more }),
  );
  none!.estimates.forEach(({ estimate, standardError }, k) => {
    expect(one!.estimates[k]!.estimate).toBeCloseTo(estimate, 10);
    expect(one!.estimates[k]!.standardError / standardError).toBeCloseTo(1, 1);
  });
});

it("the mean of all earlier outcomes as base, and one composition at every horizon", () => {
  const premean = localProjections(people, { ...OPTIONS, base: "mean", window: [0, 2] });
  for (const { eventTime, estimate, standardError } of premean.estimates) {
    const own = ols(frame.fromRows(longRows(eventTime)), {
      outcome: "fromMean",
      regressors: ["entry"],
      fixedEffects: ["t"],
      cluster: "id",
    });
    expect(estimate).toBeCloseTo(own.estimates["entry"]!.estimate, 10);
    expect(standardError).toBeCloseTo(own.estimates["entry"]!.standardError, 10);
  }
  const fixed = localProjections(people, { ...OPTIONS, fixedComposition: true, window: [0, 2] });
  for (const { eventTime, estimate } of fixed.estimates) {
    const own = ols(frame.fromRows(longRows(eventTime, 2)), {
      outcome: "change",
      regressors: ["entry"],
      fixedEffects: ["t"],
      cluster: "id",
    });
    expect(estimate).toBeCloseTo(own.estimates["entry"]!.estimate, 10);
  }
  expect(() => localProjections(people, { ...OPTIONS, fixedComposition: true })).toThrow('give option "window"');
});

it("clusters that hold whole units equal the regression's", () => {
  const grouped = people.with({ site: rows.map(({ id }) => id % 7) });
  const settings = { ...OPTIONS, cluster: "site", window: [-2, 2] } as const;
  for (const covariates of [[], ["x"]] as const) {
    for (const { eventTime, estimate, standardError, degreesOfFreedom } of localProjections(grouped, { ...settings, covariates })
      .estimates) {
      const long = longRows(eventTime).map((row) => ({ ...row, site: row.id % 7 }));
      const own = ols(frame.fromRows(long), {
        outcome: "change",
        regressors: ["entry", ...covariates],
        fixedEffects: ["t"],
        cluster: "site",
      }).estimates["entry"]!;
      expect(estimate).toBeCloseTo(own.estimate, 10);
      expect(standardError).toBeCloseTo(own.standardError, 10);
      expect(degreesOfFreedom).toBe(6);
    }
  }
  const cut = people.with({ site: rows.map(({ t }) => t % 2) });
  expect(() => localProjections(cut, { ...settings })).toThrow(expect.objectContaining({ code: "CLUSTER_VARIES" }));
});

describe("weights, of the period before", () => {
  const weightOf = ({ id, t }: { readonly id: number; readonly t: number }): number => 1 + ((3 * id + t) % 4);
  const weighted = people.with({ w: rows.map(weightOf) });
  const settings = { ...OPTIONS, weights: "w", window: [-2, 2] } as const;

  it.each([[], ["x"]] as const)("equal the weighted regression, covariates %s", (...covariates) => {
    for (const { eventTime, estimate, standardError } of localProjections(weighted, { ...settings, covariates }).estimates) {
      const long = longRows(eventTime).map((row) => ({ ...row, w: weightOf({ id: row.id, t: row.t - 1 }) }));
      const options = {
        outcome: "change",
        regressors: ["entry", ...covariates],
        fixedEffects: ["t"],
        cluster: "id",
        weights: "w",
      } as const;
      const own = ols(frame.fromRows(long), options).estimates["entry"]!;
      expect(estimate).toBeCloseTo(own.estimate, 10);
      expect(standardError).toBeCloseTo(own.standardError, 10);
    }
  });

  it("with equal weighting give the weighted average of the treated, by regression or by adjustment", () => {
    const adjusted = localProjections(weighted, { ...settings, weighting: "equal", covariates: ["x"] }).estimates;
    localProjections(weighted, { ...settings, weighting: "equal" }).estimates.forEach(({ eventTime, estimate, standardError }, k) => {
      const long = longRows(eventTime).map((row) => ({ ...row, w: weightOf({ id: row.id, t: row.t - 1 }) }));
      const total = (t: number, control: boolean): number =>
        long.reduce((sum, row) => sum + (row.t === t && (!control || row.entry === 0) ? row.w : 0), 0);
      const scaled = long.map((row) => ({ ...row, v: (row.w * total(row.t, false)) / total(row.t, true) }));
      const options = { outcome: "change", regressors: ["entry"], fixedEffects: ["t"], cluster: "id", weights: "v" } as const;
      const own = ols(frame.fromRows(scaled), options).estimates["entry"]!;
      expect(estimate).toBeCloseTo(own.estimate, 10);
      expect(standardError).toBeCloseTo(own.standardError, 10);
      const controls = frame.fromRows(long.filter(({ entry }) => entry === 0));
      const fit = ols(controls, { outcome: "change", regressors: ["x"], fixedEffects: ["t"], weights: "w", singletons: "keep" });
      const treated = long.filter(({ entry }) => entry === 1);
      const { fitted } = predict(fit, frame.fromRows(treated));
      const size = treated.reduce((sum, { w }) => sum + w, 0);
      expect(adjusted[k]!.estimate).toBeCloseTo(
        treated.reduce((sum, { change, w }, i) => sum + (w * (change - fitted[i]!)) / size, 0),
        9,
      );
    });
  });

  it("of 1 change nothing, of 0 leave the rows out", () => {
    const all = localProjections(people, { ...OPTIONS, window: [-2, 2] }).estimates;
    const ones = people.with({ w: rows.map(() => 1) });
    localProjections(ones, settings).estimates.forEach(({ estimate, standardError }, k) => {
      expect([estimate, standardError]).toEqual([all[k]!.estimate, all[k]!.standardError]);
    });
    const zeros = people.with({ w: rows.map(({ id }) => Number(id % 3 > 0)) });
    const fewer = panel(frame.fromRows(rows.filter(({ id }) => id % 3 > 0)), { unit: "id", time: "t" });
    const rest = localProjections(fewer, { ...OPTIONS, window: [-2, 2] }).estimates;
    localProjections(zeros, settings).estimates.forEach(({ estimate, standardError }, k) => {
      expect(estimate).toBeCloseTo(rest[k]!.estimate, 12);
      expect(standardError).toBeCloseTo(rest[k]!.standardError, 12);
    });
  });
});

describe("treatment that switches on and off", () => {
  const onOff = rows.map((row) => {
    const on = row.g > 0 && row.t >= row.g;
    const ends = row.id % 5 === 1 ? row.g + 2 : row.id % 5 === 2 ? row.g + 1 : 99;
    const again = row.id % 10 === 2 && row.t >= row.g + 3;
    return { ...row, d: (on && row.t < ends) || (row.g > 0 && again) || row.id % 15 === 3 ? 1 : 0 };
  });
  const switching = panel(frame.fromRows(onOff), { unit: "id", time: "t" });
  const at = new Map(onOff.map((row) => [`${row.id}:${row.t}`, row]));
  const status = (id: number, t: number): number => at.get(`${id}:${t}`)?.d ?? Number.NaN;

  it("that never ends is the same by either column", () => {
    const staying = people.with({ d: rows.map(({ t, g }) => (g > 0 && t >= g ? 1 : 0)) });
    const [byStart, byRow] = [localProjections(people, OPTIONS), localProjections(staying, { outcome: "y", treated: "d" })];
    byStart.estimates.forEach(({ eventTime, estimate, standardError }, k) => {
      expect(byRow.estimates[k]!.eventTime).toBe(eventTime);
      expect(byRow.estimates[k]!.estimate).toBeCloseTo(estimate, 12);
      expect(byRow.estimates[k]!.standardError).toBeCloseTo(standardError, 12);
    });
  });

  it.each(["notYetTreated", "neverTreated", "unchanged"] as const)(
    "equals the regression on starts without another change near: %s",
    (controlGroup) => {
      const settledAfter = 1;
      const { estimates } = localProjections(switching, { outcome: "y", treated: "d", settledAfter, controlGroup, window: [-3, 2] });
      expect(estimates.map(({ eventTime }) => eventTime)).toEqual([-3, -2, 0, 1, 2]);
      for (const { eventTime: h, estimate, standardError } of estimates) {
        const list = onOff.flatMap(({ id, t, y }) => {
          const [now, before] = [at.get(`${id}:${t + h}`), at.get(`${id}:${t - 1}`)];
          if (now === undefined || before === undefined || y === undefined) return [];
          const changed = (s: number): boolean => status(id, s) - status(id, s - 1) !== 0; // unseen counts as changed
          const others = Array.from({ length: 17 }, (_, k) => t - 8 + k).filter(
            (s) => s !== t && s >= t - Math.max(settledAfter, -h - 1) && s <= t + Math.max(0, h),
          );
          const calm = !others.some(changed);
          const entry = status(id, t) - status(id, t - 1) === 1 ? 1 : 0;
          const through = Array.from({ length: t + Math.max(0, h) }, (_, k) => status(id, k + 1));
          const never = Array.from({ length: 8 }, (_, k) => status(id, k + 1)).every((d) => d === 0);
          const control =
            controlGroup === "unchanged" ? !changed(t) && calm : controlGroup === "neverTreated" ? never : through.every((d) => d === 0);
          return (entry === 1 ? calm : control) ? [{ id, t, entry, change: now.y - before.y }] : [];
        });
        const both = list.filter(({ t }) => [0, 1].every((entry) => list.some((row) => row.t === t && row.entry === entry)));
        const own = ols(frame.fromRows(both), { outcome: "change", regressors: ["entry"], fixedEffects: ["t"], cluster: "id" });
        expect(estimate).toBeCloseTo(own.estimates["entry"]!.estimate, 10);
        expect(standardError).toBeCloseTo(own.estimates["entry"]!.standardError, 10);
      }
    },
  );
});
