import { describe, expect, it } from "vitest";
import { frame } from "../../src/data/index.ts";
import { compareArms, interactions } from "../../src/heterogeneity/index.ts";
import { factor, interaction, ols } from "../../src/regression/index.ts";
import { numbers } from "./numbers.ts";

function sample(n: number, seed: number, support = 10) {
  const random = numbers(seed);
  return frame.fromRows(
    Array.from({ length: n }, (_, i) => {
      const x = random.uniform() * 10;
      const w = x > support ? 0 : random.uniform() < 0.5 ? 1 : 0;
      const edu = ["high", "low", "mid"][Math.floor(random.uniform() * 3)]!;
      const town = i % 25;
      return { x, w, edu, town, y: 1 + 0.5 * x + w * (1 + 0.3 * x + (edu === "high" ? 1 : 0)) + random.normal() };
    }),
  );
}
const half = ([low, high]: readonly [number, number]): number => (high - low) / 2;

describe("bands along a moderator", () => {
  it("are wider than pointwise intervals and narrower than Bonferroni's, and hold over all values together", () => {
    const form = { type: "polynomial", moderator: "x", at: [1, 3, 5, 7, 9] } as const;
    const part = interactions(sample(400, 1), { outcome: "y", treatment: "w", form });
    expect(part.band.criticalValue).toBeGreaterThan(2.1);
    expect(part.band.criticalValue).toBeLessThan(2.58);
    part.band.intervals.forEach((interval, k) => {
      expect(half(interval)).toBeCloseTo(part.band.criticalValue * part.estimates[k]!.standardError, 10);
    });
    // The whole line inside its band, over many samples.
    let covered = 0;
    for (let s = 0; s < 60; s++) {
      const data = sample(150, 100 + s).with({ edu: new Array<string>(150).fill("low") });
      const { band } = interactions(
        data.with({ y: data.numbers("y").map((v, i) => v - 0.3 * data.numbers("w")[i]! * data.numbers("x")[i]!) }),
        { outcome: "y", treatment: "w", form: { ...form, at: [0, 2, 5, 10] } },
      );
      if (band.intervals.every(([low, high]) => low <= 1.33 && high >= 1.33)) covered++;
    }
    expect(covered / 60).toBeGreaterThan(0.75);
    expect(
      interactions(sample(400, 2), { outcome: "y", treatment: "w", form: { type: "binning", moderator: "x" } }).band.intervals,
    ).toHaveLength(3);
  });

  it("of the kernel estimator come from row contributions, or from a bootstrap of rows or clusters", () => {
    const data = sample(250, 3);
    const form = { type: "kernel", moderator: "x", bandwidth: 2, at: [2, 5, 8] } as const;
    const analytic = interactions(data, { outcome: "y", treatment: "w", form });
    const drawn = interactions(data, { outcome: "y", treatment: "w", form: { ...form, bootstrap: 150 } });
    expect(analytic.band!.criticalValue).toBeGreaterThan(1.97);
    expect(analytic.band!.criticalValue).toBeLessThan(2.6);
    drawn.bootstrap!.standardErrors.forEach((error, k) => {
      expect(error / analytic.estimates[k]!.standardError).toBeGreaterThan(0.75);
      expect(error / analytic.estimates[k]!.standardError).toBeLessThan(1.3);
      expect(half(drawn.band!.intervals[k]!)).toBeGreaterThan(0.9 * half(drawn.bootstrap!.intervals[k]!));
    });
    const clustered = { outcome: "y", treatment: "w", cluster: "town", form: { ...form, bootstrap: 60 } } as const;
    expect(interactions(data, clustered)).toEqual(interactions(data, clustered));
  });

  it("come with a warning where one arm is missing", () => {
    const data = sample(600, 4, 6);
    for (const form of [
      { type: "polynomial", moderator: "x", at: [2, 9] },
      { type: "kernel", moderator: "x", bandwidth: 0.5, at: [2, 9] },
    ] as const) {
      const { warnings } = interactions(data, { outcome: "y", treatment: "w", form });
      expect(warnings.find(({ code }) => code === "NO_COMMON_SUPPORT")!.details).toEqual({ moderator: "x", at: [9] });
    }
  });

  it("come with a warning beyond the last row, however wide the kernel", () => {
    const form = { type: "kernel", moderator: "x", bandwidth: 3, at: [5, 14] } as const;
    const { warnings } = interactions(sample(600, 4), { outcome: "y", treatment: "w", form });
    expect(warnings.find(({ code }) => code === "NO_COMMON_SUPPORT")!.details).toEqual({ moderator: "x", at: [14] });
  });

  it("are refused by name when the form lacks its column or has an option too many", () => {
    const run = (form: object) => () => interactions(sample(50, 4), { outcome: "y", treatment: "w", form } as never);
    for (const type of ["polynomial", "binning", "kernel", "factorial", "several"]) {
      expect(run({ type })).toThrow(expect.objectContaining({ code: "MISSING_OPTION" }));
    }
    expect(run({ type: "factorial", other: "b", second: "b" })).toThrow(expect.objectContaining({ code: "UNKNOWN_OPTION" }));
    expect(() => sample(5, 4).column(undefined as never)).toThrow(expect.objectContaining({ code: "UNKNOWN_COLUMN" }));
  });
});

describe("several moderators", () => {
  it("equal the regression with every product, at profiles and on average", () => {
    const data = sample(500, 5);
    const profiles = [
      { x: 2, edu: "high" },
      { x: 8, edu: "low" },
    ];
    const options = { outcome: "y", treatment: "w", form: { type: "several", moderators: ["x", "edu"], profiles, cross: true } } as const;
    const part = interactions(data, options);
    const edu = factor("edu");
    const full = ols(data, {
      outcome: "y",
      regressors: ["w", "x", edu, interaction("x", edu), interaction("w", "x"), interaction("w", edu), interaction("w", "x", edu)],
      vcov: { type: "hetero", variant: "HC1" },
    });
    const b = (term: string): number => full.estimates[term]!.estimate;
    expect(part.profiles[0]!.estimate).toBeCloseTo(b("w") + 2 * b("w:x"), 10);
    expect(part.profiles[1]!.estimate).toBeCloseTo(b("w") + 8 * b("w:x") + b("w:edu::low") + 8 * b("w:x:edu::low"), 10);
    const effects = data.rows().map((row) => {
      const label = row.edu === "high" ? 0 : b(`w:edu::${row.edu}`) + row.x! * b(`w:x:edu::${row.edu}`);
      return b("w") + row.x! * b("w:x") + label;
    });
    expect(part.average.estimate).toBeCloseTo(effects.reduce((sum, v) => sum + v, 0) / 500, 10);
    expect(part.moderators["x"]!.degreesOfFreedom).toBe(3);
    expect(part.heterogeneity.F.degreesOfFreedom).toBe(5);
    expect(part.heterogeneity.F.pValue).toBeLessThan(1e-6);
    expect(part.band!.intervals).toHaveLength(2);
    const missing = { ...options, form: { ...options.form, profiles: [{ x: 1 }] } } as never;
    expect(() => interactions(data, missing)).toThrow('must say what "edu" is');
  });
});

describe("compareArms()", () => {
  function trial(n: number, seed: number, effect: readonly number[]) {
    const random = numbers(seed);
    return frame.fromRows(
      Array.from({ length: n }, (_, i) => {
        const k = Math.floor(4 * random.uniform());
        const x = random.normal();
        const y = [0, 1, 2, 3].map((a) => x + effect[a]! + random.normal());
        return { arm: ["none", "A", "B", "AB"][k]!, x, town: i % 40, y: y[k]!, s0: y[0]!, s1: y[1]!, s2: y[2]! };
      }),
    );
  }
  const options = { outcome: "y", arm: "arm", arms: ["none", "A", "B", "AB"], covariates: ["x"] } as const;

  it("gives each arm's regression coefficient, all pairs, and a test of equality", () => {
    const data = trial(600, 6, [0, 0.5, 0.5, 1]);
    const { estimates, contrasts, equality, rows } = compareArms(data, options);
    const fit = ols(data, {
      outcome: "y",
      regressors: [factor("arm", { reference: "none" }), "x"],
      vcov: { type: "hetero", variant: "HC2" },
    });
    for (const [k, name] of ["A", "B", "AB"].entries()) {
      const { estimate, standardError, pValue } = fit.estimates[`arm::${name}`]!;
      expect(estimates[k]!.estimate).toBeCloseTo(estimate, 10);
      expect(estimates[k]!.standardError).toBeCloseTo(standardError, 10);
      expect(estimates[k]!.pValue).toBeCloseTo(pValue, 8);
    }
    expect(contrasts.map(({ term }) => term)).toEqual(["A - none", "B - none", "AB - none", "B - A", "AB - A", "AB - B"]);
    for (const { adjustedPValue, pValue, simultaneousInterval, confidenceInterval } of contrasts) {
      expect(adjustedPValue).toBeGreaterThanOrEqual(pValue - 1e-5);
      expect(half(simultaneousInterval)).toBeGreaterThan(half(confidenceInterval));
    }
    expect([equality.degreesOfFreedom, rows.reduce((sum, one) => sum + one.rows, 0)]).toEqual([3, 600]);
    expect(equality.pValue).toBeLessThan(1e-6);
  });

  it("keeps the familywise error over all pairs", () => {
    let wrong = 0;
    for (let s = 0; s < 30; s++)
      if (compareArms(trial(120, 200 + s, [0, 0, 0, 0]), options).contrasts.some(({ adjustedPValue }) => adjustedPValue < 0.05)) wrong++;
    expect(wrong / 30).toBeLessThan(0.17);
  });

  it("compares scores paired by row, by cluster too", () => {
    const data = trial(300, 7, [0, 0.4, 0.8, 0]);
    const { contrasts, estimates } = compareArms(data, { scores: ["s0", "s1", "s2"] });
    const d = data.numbers("s2").map((v, i) => v - data.numbers("s1")[i]!);
    const mean = d.reduce((sum, v) => sum + v, 0) / 300;
    expect(contrasts[2]!.estimate).toBeCloseTo(mean, 12);
    expect(contrasts[2]!.standardError).toBeCloseTo(Math.sqrt(d.reduce((sum, v) => sum + (v - mean) ** 2, 0) / 299 / 300), 12);
    expect(estimates[0]!.degreesOfFreedom).toBe(Number.POSITIVE_INFINITY);
    expect(compareArms(data, { scores: ["s0", "s1"], cluster: "town" }).sample.clusters).toBe(40);
    expect(() => compareArms(data, { outcome: "y" })).toThrow('"outcome" and "arm"');
    expect(() => compareArms(data, { ...options, arms: ["none", "C"] })).toThrow('"C" does not occur');
  });
});
