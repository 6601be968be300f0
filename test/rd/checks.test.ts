import { describe, expect, it } from "vitest";
import { frame } from "../../src/data/index.ts";
import { createStream } from "../../src/random/index.ts";
import { balance, donut, estimate, multiCutoff, placebo, sensitivity, validity } from "../../src/rd/index.ts";
import { simulated } from "./simulated.ts";

const BASE = { outcome: "y", running: "x" } as const;
const data = simulated({ n: 500, seed: 81 });

describe("rd.sensitivity", () => {
  it("adjusts for all variants at once: wider than one interval, narrower than Bonferroni's", () => {
    const { rows, uniform } = sensitivity(data, { ...BASE, cluster: "g" });
    expect(uniform!.estimates.map(({ term }) => term)).toEqual(rows.map(({ label }) => label));
    uniform!.estimates.forEach((row, i) => {
      expect(row.estimate).toBe(rows[i]!.robust.estimate);
      expect(row.standardError / rows[i]!.robust.standardError).toBeCloseTo(1, 8);
      expect(uniform!.adjustedPValues[i]!).toBeGreaterThanOrEqual(rows[i]!.robust.pValue - 1e-4);
    });
    expect(uniform!.criticalValue).toBeGreaterThan(1.96);
    expect(uniform!.criticalValue).toBeLessThan(2.78); // nine tests by Bonferroni
  });

  it("runs every combination when asked, the main estimate among them", () => {
    const options = { ...BASE, grid: true, bandwidthMultiples: [0.75, 1.5], orders: [2], kernels: ["uniform"] } as const;
    const { grid, rows, uniform } = sensitivity(data, options);
    expect(grid!.length).toBe(2 * 2 * 3);
    const main = grid!.find(({ order, kernel, multiple }) => order === 1 && kernel === "triangular" && multiple === 1)!;
    expect(main.robust.estimate).toBe(rows[0]!.robust.estimate);
    expect(uniform!.estimates.length).toBe(12);
    const wide = grid!.find(({ order, kernel, multiple }) => order === 2 && kernel === "uniform" && multiple === 1.5)!;
    const own = estimate(data, { ...BASE, order: 2, kernel: "uniform" });
    expect(wide.h[0]).toBeCloseTo(1.5 * own.bandwidths.h[0], 12);
    expect(sensitivity(data, { ...BASE, uniform: false }).uniform).toBeUndefined();
  });
});

describe("rd.balance", () => {
  it("tests all columns together about as often as it says, correlated ones too (seeded)", () => {
    const stream = createStream(2);
    let rejected = 0;
    for (let s = 0; s < 100; s++) {
      const x = Float64Array.from({ length: 400 }, () => 2 * stream.uniform() - 1);
      const a = x.map((value) => value + stream.normal());
      const b = a.map((value) => value + 0.5 * stream.normal());
      if (balance(frame({ x, a, b }), { running: "x", columns: ["a", "b"] }).joint!.pValue < 0.1) rejected++;
    }
    expect(rejected).toBeGreaterThan(3);
    expect(rejected).toBeLessThan(21);
  });

  it("is the squared t ratio for one column, finds a jump, and has no joint test where columns repeat each other", () => {
    const { joint, estimates } = balance(data, { running: "x", columns: ["z"] });
    expect(joint!.statistic).toBeCloseTo(estimates[0]!.statistic ** 2, 8);
    expect(balance(simulated({ n: 2000, seed: 82 }), { running: "x", columns: ["z", "d"] }).joint!.pValue).toBeLessThan(0.01);
    const twice = data.with({ again: data.numbers("z").map((z) => 2 * z) });
    expect(balance(twice, { running: "x", columns: ["z", "again"] }).joint).toBeUndefined();
  });
});

describe("rd.placebo", () => {
  it("takes outcomes that the rule cannot move, at the true cutoff", () => {
    const flat = data.with({ flat: data.numbers("x").map(() => 1) });
    const result = placebo(flat, { ...BASE, placeboOutcomes: ["z", "flat"] });
    expect(result.outcomes.map(({ label }) => label)).toEqual(["outcome z"]);
    expect(result.outcomes[0]!.robust.estimate).toBe(estimate(data, { outcome: "z", running: "x" }).estimates.robust.estimate);
    expect(result.estimates.length).toBe(result.rows.length + 1);
    expect(result.warnings.map(({ code }) => code)).toContain("PLACEBO_SKIPPED");
  });
});

describe("rd.multiCutoff", () => {
  it("is fuzzy at each cutoff, as a fit on that cutoff's rows is", () => {
    const own = data.with({ c: data.numbers("x").map((_, i) => (i % 2 === 0 ? 0 : 0.1)) });
    const all = multiCutoff(own, { ...BASE, treatment: "d", cutoffs: { type: "column", column: "c" } });
    const alone = estimate(
      own.filter((row) => row.c === 0),
      { ...BASE, treatment: "d" },
    );
    expect(all.estimates[0]!.estimate).toBeCloseTo(alone.estimates.robust.estimate, 10);
    expect(all.fits[0]!.firstStage!.robust.standardError).toBeCloseTo(alone.firstStage!.robust.standardError, 10);
  });
});

describe("checks say what they left out", () => {
  const gaps = data.with({ x: data.numbers("x").map((x, i) => (i < 7 ? Number.NaN : x)), same: new Float64Array(500).fill(3) });

  it("counts missing rows, check by check", () => {
    const missing = [{ reason: 'missing "x"', rows: 7 }];
    for (const { sample, rows } of [placebo(gaps, BASE), donut(gaps, { ...BASE, holes: [0.02] })]) {
      expect(sample).toMatchObject({ rows: 500, used: 493, dropped: missing });
      expect(rows.every((row) => row.sample.used <= 493)).toBe(true);
    }
    const { sample, rows } = balance(gaps, { running: "x", columns: ["z", "g"] });
    expect(sample).toMatchObject({ rows: 500, used: 493, dropped: missing });
    expect(rows.map((row) => row.sample.used)).toEqual([493, 493]);
  });

  it("refuses in rd.placebo what is wrong with the data as a whole", () => {
    const bad = data.with({ y: data.numbers("y").map((y, i) => (i === 400 ? Number.POSITIVE_INFINITY : y)) });
    expect(() => placebo(bad, BASE)).toThrow("row 400 has Infinity");
    expect(() => placebo(gaps, { ...BASE, outcome: "same" })).toThrow("must vary");
  });

  it("skips a hole that leaves too few rows, and gives no verdict without an estimate", () => {
    const { rows, warnings } = donut(data, { ...BASE, holes: [0.02, 0.9999] });
    expect(rows.map(({ label }) => label)).toEqual(["no hole", "hole 0.02"]);
    expect(warnings.map(({ code }) => code)).toContain("HOLE_SKIPPED");
    const found = validity(gaps, { ...BASE, balanceColumns: ["same"], holes: [0.9999] });
    expect(found.findings.map(({ check }) => check)).toEqual(["density", "placebo", "sensitivity"]);
    const skipped = found.warnings.filter(({ code }) => code === "CHECK_SKIPPED").map(({ details }) => details?.["check"]);
    expect(skipped).toEqual(["balance", "donut"]);
    expect(found.warnings.map(({ code }) => code)).toContain("COLUMN_SKIPPED");
  });
});
