import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { frame, panel } from "../../src/data/index.ts";
import { type AttGtOptions, aggregate, attGt } from "../../src/did/index.ts";
import { type StaggeredRow, simulateStaggered } from "./simulate-staggered.ts";

const OPTIONS = { outcome: "y", firstTreated: "g" } as const;
const estimateEffects = (rows: readonly StaggeredRow[], options: Partial<AttGtOptions<StaggeredRow>> = {}) =>
  attGt(panel(frame.fromRows(rows), { unit: "id", time: "t" }), { ...OPTIONS, uniformBand: false, ...options });
const atts = (rows: readonly StaggeredRow[], options: Partial<AttGtOptions<StaggeredRow>> = {}) =>
  estimateEffects(rows, options).estimates.map(({ estimate }) => estimate);
const base = simulateStaggered({ units: 60, periods: 5, cohorts: [3, 4], seed: 7 });

const close = (ours: readonly number[], theirs: readonly number[], digits = 9): void => {
  expect(ours.length).toBe(theirs.length);
  for (let i = 0; i < ours.length; i++) expect(ours[i]).toBeCloseTo(theirs[i]!, digits);
};

describe("attGt", () => {
  it("is the difference of mean changes, with the influence-function variance", () => {
    const y = { a: [1, 2, 5], b: [0, 3, 3], c: [2, 2, 3], d: [1, 0, 2], e: [0, 1, 1], f: [3, 3, 5], g: [1, 1, 1] };
    const rows = Object.entries(y).flatMap(([id, path], u) => path.map((value, t) => ({ id, t: t + 1, g: u < 2 ? 3 : 0, y: value })));
    const { estimates, vcov, cohorts } = attGt(panel(frame.fromRows(rows), { unit: "id", time: "t" }), OPTIONS);
    const post = estimates.find(({ time }) => time === 3)!;
    const [treated, controls] = [
      [3, 0],
      [1, 2, 0, 2, 0],
    ];
    const mean = (x: readonly number[]): number => x.reduce((s, v) => s + v, 0) / x.length;
    const part = (x: readonly number[]): number => x.reduce((s, v) => s + (v - mean(x)) ** 2, 0) / x.length ** 2;
    expect(post.estimate).toBeCloseTo(mean(treated) - mean(controls), 12);
    expect(post.standardError).toBeCloseTo(Math.sqrt(part(treated) + part(controls)), 12);
    expect(vcov[1]![1]).toBeCloseTo(post.standardError ** 2, 14);
    expect(cohorts.map(({ group, units }) => [group, units])).toEqual([
      [3, 2],
      [Number.POSITIVE_INFINITY, 5],
    ]);
  });

  it("recovers known effects without noise: 0.5 at start, 0.25 more each period", () => {
    for (const controlGroup of ["neverTreated", "notYetTreated"] as const) {
      for (const { estimate, eventTime } of aggregate(
        estimateEffects(simulateStaggered({ units: 80, periods: 6, cohorts: [3, 5], seed: 3, noise: 0 }), { controlGroup }),
        {
          type: "dynamic",
        },
      ).estimates) {
        expect(estimate).toBeCloseTo(eventTime < 0 ? 0 : 0.5 + 0.25 * eventTime, 10);
      }
    }
  });

  it("follows the outcome's unit and ignores unit constants and the order of rows", () => {
    const plain = estimateEffects(base);
    fc.assert(
      fc.property(fc.double({ min: -4, max: 4, noNaN: true }), fc.integer({ min: -50, max: 50 }), fc.integer(), (scale, constant, seed) => {
        const moved = base.map((row) => ({ ...row, y: scale * row.y + constant * ((Number(row.id) * 7) % 11) }));
        const shuffled = moved.map((row, i) => [Math.imul(i + 1, seed | 1) >>> 0, row] as const).sort((a, b) => a[0] - b[0]);
        const other = estimateEffects(shuffled.map(([, row]) => row));
        plain.estimates.forEach(({ estimate, standardError }, k) => {
          expect(other.estimates[k]!.estimate).toBeCloseTo(scale * estimate, 8);
          if (Math.abs(scale) > 1e-3) expect(other.estimates[k]!.standardError).toBeCloseTo(Math.abs(scale) * standardError, 8);
        });
      }),
      { numRuns: 25 },
    );
  });

  it("takes weights as repetitions for the estimates", () => {
    const weight = (id: number): number => 1 + (id % 3);
    const weighted = base.map((row) => ({ ...row, w: weight(row.id) }));
    const repeated = base.flatMap((row) => Array.from({ length: weight(row.id) }, (_, k) => ({ ...row, id: row.id * 10 + k })));
    for (const controlGroup of ["neverTreated", "notYetTreated"] as const) {
      const one = attGt(panel(frame.fromRows(weighted), { unit: "id", time: "t" }), { ...OPTIONS, weights: "w", controlGroup });
      const two = estimateEffects(repeated, { controlGroup });
      close(
        one.estimates.map(({ estimate }) => estimate),
        two.estimates.map(({ estimate }) => estimate),
      );
      for (const type of ["simple", "dynamic", "group", "calendar"] as const) {
        expect(aggregate(one, { type }).overall.estimate).toBeCloseTo(aggregate(two, { type }).overall.estimate, 10);
      }
    }
  });

  it("reads 0 and Infinity as never, and leaves rows without first treatment out with a count", () => {
    const coded = base.map((row) => ({ ...row, g: row.g === 0 ? Number.POSITIVE_INFINITY : row.g }));
    close(atts(coded), atts(base));
    const missing = base.map((row) => ({ ...row, g: row.id === 1 ? null : row.g }));
    const without = base.filter(({ id }) => id !== 1);
    const result = attGt(panel(frame.fromRows(missing), { unit: "id", time: "t" }), OPTIONS);
    close(
      result.estimates.map(({ estimate }) => estimate),
      atts(without),
    );
    expect(result.sample.dropped).toEqual([{ reason: 'missing "g"', rows: 5 }]);
    expect(result.sample.units).toBe(59);
  });

  it("gives the same clustered variance as unclustered when each unit is its own cluster", () => {
    const rows = base.map((row) => ({ ...row, c: `c${row.id}` }));
    const clustered = attGt(panel(frame.fromRows(rows), { unit: "id", time: "t" }), { ...OPTIONS, cluster: "c" });
    const plain = estimateEffects(base);
    close(clustered.vcov.flat(), plain.vcov.flat(), 12);
    close(clustered.shareCovariance.flat(), plain.shareCovariance.flat(), 12);
    expect(clustered.sample.clusters).toBe(60);
  });

  it("keeps influence values whose mean square is the variance", () => {
    const { influence, units, estimates } = estimateEffects(base, { keepInfluence: true });
    const size = influence!.values.length / units;
    estimates.forEach(({ standardError }, k) => {
      let [sum, square] = [0, 0];
      for (let u = 0; u < units; u++) {
        sum += influence!.values[u * size + k]!;
        square += influence!.values[u * size + k]! ** 2;
      }
      expect(sum / units).toBeCloseTo(0, 10);
      expect(Math.sqrt(square) / units).toBeCloseTo(standardError, 10);
    });
  });

  it("gives multiplier draws near the analytic standard errors, the same for the same seed", () => {
    const analytic = estimateEffects(base);
    for (const multiplier of ["rademacher", "mammen", "gaussian"] as const) {
      const inference = { type: "multiplierBootstrap", draws: 2000, multiplier } as const;
      const boot = estimateEffects(base, { inference, uniformBand: true, seed: 5 });
      expect(estimateEffects(base, { inference, uniformBand: true, seed: 5 }).criticalValue).toBe(boot.criticalValue);
      boot.estimates.forEach(({ standardError }, k) => {
        expect(Math.abs(standardError / analytic.estimates[k]!.standardError - 1)).toBeLessThan(0.12);
      });
      expect(boot.criticalValue).toBeGreaterThan(2);
      expect(aggregate(boot, { type: "dynamic" }).overall.standardError).toBeCloseTo(
        aggregate(analytic, { type: "dynamic" }).overall.standardError,
        1,
      );
    }
  });

  it("gives simultaneous intervals wider than pointwise ones", () => {
    const { estimates, criticalValue } = estimateEffects(base, { uniformBand: true });
    expect(criticalValue).toBeGreaterThan(2);
    for (const { uniformBand, confidenceInterval } of estimates) {
      expect(uniformBand![0]).toBeLessThan(confidenceInterval[0]);
      expect(uniformBand![1]).toBeGreaterThan(confidenceInterval[1]);
    }
  });

  it("covers known effects at the stated level", () => {
    let [hits, total] = [0, 0];
    for (let seed = 1; seed <= 60; seed++) {
      const rows = simulateStaggered({ units: 90, periods: 5, cohorts: [3, 4], seed: 100 + seed });
      for (const { estimate, standardError, eventTime } of aggregate(estimateEffects(rows), { type: "dynamic" }).estimates) {
        total++;
        if (Math.abs(estimate - (eventTime < 0 ? 0 : 0.5 + 0.25 * eventTime)) <= 1.959964 * standardError) hits++;
      }
    }
    expect(hits / total).toBeGreaterThan(0.91);
    expect(hits / total).toBeLessThan(0.98);
  });

  it("survives JSON and structuredClone, and summaries of the copy are the same", () => {
    const effects = estimateEffects(base);
    const copy = structuredClone(effects);
    expect(aggregate(copy, { type: "group" }).overall).toEqual(aggregate(effects, { type: "group" }).overall);
    expect(JSON.parse(JSON.stringify(effects)).estimates[0].term).toBe("ATT(3,2)");
  });
});

describe("attGt warns and refuses", () => {
  const codes = (rows: readonly StaggeredRow[], options: Partial<AttGtOptions<StaggeredRow>> = {}) =>
    estimateEffects(rows, options).warnings.map(({ code }) => code);

  it("counts always-treated and unbalanced units", () => {
    expect(codes(base.map((row) => (row.id === 2 ? { ...row, g: 1 } : row)))).toContain("ALWAYS_TREATED_DROPPED");
    const gap = estimateEffects(base.filter(({ id, t }) => !(id === 2 && t === 4)));
    expect(gap.warnings.map(({ code }) => code)).toContain("UNBALANCED_UNITS_DROPPED");
    expect(gap.sample.dropped).toEqual([{ reason: "unit not seen in every period", rows: 4 }]);
  });

  it("takes the last cohort as comparison when nobody is never treated", () => {
    const result = estimateEffects(base.map((row) => ({ ...row, g: row.g === 0 ? 5 : row.g })));
    expect(result.warnings.map(({ code }) => code)).toContain("NO_NEVER_TREATED");
    expect(result.periods).toEqual([1, 2, 3, 4]);
  });

  it.each([
    ["NO_TREATED_UNITS", base.map((row) => ({ ...row, g: 0 })), {}],
    ["NO_TREATED_UNITS", base.map((row) => ({ ...row, g: row.g === 0 ? 0 : 1 })), {}],
    ["NO_CONTROL_UNITS", base.map((row) => ({ ...row, g: 3 })), {}],
    ["CONTROL_GROUP_TOO_SMALL", base.filter(({ g, id }) => g !== 0 || id < 12), {}],
    ["NEGATIVE_FIRST_TREATED", base.map((row) => ({ ...row, g: -1 })), {}],
    ["FIRST_TREATED_VARIES", base.map((row) => ({ ...row, g: row.t })), {}],
    ["TIME_OPTION", base, { time: "t" }],
    ["INVALID_OPTION", base, { controlGroup: "never" as never }],
    ["UNKNOWN_OPTION", base, { kontrol: 1 } as never],
  ] as const)("%s", (code, rows, options) => {
    expect(() => estimateEffects(rows, options)).toThrow(expect.objectContaining({ code }));
  });

  it("names effects that summaries lack", () => {
    const one = estimateEffects(
      base.filter(({ g, t }) => !(g === 4 && t === 1)),
      { controlGroup: "notYetTreated" },
    );
    expect(() => aggregate(one, { type: "simple" })).toThrow(expect.objectContaining({ code: "MISSING_EFFECTS" }));
    expect(aggregate(one, { type: "simple", missing: "drop" }).overall.estimate).toBeGreaterThan(0);
  });
});
