import { describe, expect, it } from "vitest";
import { frame } from "../../src/data/index.ts";
import { interactions } from "../../src/heterogeneity/index.ts";
import { numbers } from "./numbers.ts";

function sample(n: number, seed: number) {
  const random = numbers(seed);
  return frame.fromRows(
    Array.from({ length: n }, () => {
      const x = random.uniform() * 10;
      const w = random.uniform() < 0.5 ? 1 : 0;
      const b = random.uniform() < 0.4 ? 1 : 0;
      const edu = ["low", "mid", "high"][Math.floor(random.uniform() * 3)]!;
      return { x, w, b, edu, y: 1 + 0.5 * x + w * (1 + 0.3 * x) + 0.7 * b + 0.4 * w * b + 0.5 * random.normal() };
    }),
  );
}

describe("interactions()", () => {
  it("finds a straight effect, whatever the degree, and its slope", () => {
    const data = sample(2000, 1);
    for (const degree of [1, 2]) {
      const part = interactions(data, {
        outcome: "y",
        treatment: "w",
        covariates: ["b", "edu"],
        form: { type: "polynomial", moderator: "x", degree, at: [2, 8] },
      });
      part.estimates.forEach(({ estimate, standardError }, k) => {
        expect(Math.abs(estimate - (1.16 + 0.3 * part.at[k]!))).toBeLessThan(4 * standardError + 0.05);
      });
      expect(part.heterogeneity.F.pValue).toBeLessThan(1e-6);
    }
  });

  it("averages the polynomial effect over the rows as the effects at all rows' values would", () => {
    const data = sample(150, 2);
    const x = Array.from(data.numbers("x"));
    const part = interactions(data, { outcome: "y", treatment: "w", form: { type: "polynomial", moderator: "x", degree: 2, at: x } });
    expect(part.average.estimate).toBeCloseTo(part.estimates.reduce((sum, { estimate }) => sum + estimate, 0) / x.length, 10);
  });

  it("keeps effects, slopes and test along a cubic when the moderator is shifted far and scaled", () => {
    const data = sample(400, 6);
    const run = (move: (v: number) => number) =>
      interactions(data.with({ x: data.numbers("x").map(move) }), {
        outcome: "y",
        treatment: "w",
        form: { type: "polynomial", moderator: "x", degree: 3, at: [1, 5, 9].map(move) },
      });
    const [base, moved] = [run((v) => v), run((v) => 500 + 4 * v)];
    base.estimates.forEach(({ estimate, standardError }, k) => {
      expect(moved.estimates[k]!.estimate / estimate).toBeCloseTo(1, 9);
      expect(moved.estimates[k]!.standardError / standardError).toBeCloseTo(1, 9);
      expect((4 * moved.slopes[k]!.standardError) / base.slopes[k]!.standardError).toBeCloseTo(1, 9);
    });
    expect(moved.average.standardError / base.average.standardError).toBeCloseTo(1, 9);
    expect(moved.heterogeneity.F.statistic / base.heterogeneity.F.statistic).toBeCloseTo(1, 9);
  });

  it("gives the same bins when the moderator is shifted and scaled", () => {
    const data = sample(400, 3);
    const form = { type: "binning", moderator: "x", bins: 4 } as const;
    const base = interactions(data, { outcome: "y", treatment: "w", form });
    const moved = interactions(data.with({ x: data.numbers("x").map((v) => 100 + 3 * v) }), { outcome: "y", treatment: "w", form });
    base.bins.forEach((bin, j) => {
      expect(moved.bins[j]!.effect.estimate).toBeCloseTo(bin.effect.estimate, 8);
      expect(moved.bins[j]!.slope.estimate * 3).toBeCloseTo(bin.slope.estimate, 8);
    });
    expect(moved.linearity.F.statistic).toBeCloseTo(base.linearity.F.statistic, 6);
    expect(base.bins.reduce((sum, { rows }) => sum + rows, 0)).toBe(400);
  });

  it("tends to the linear interaction as the kernel's bandwidth grows", () => {
    const data = sample(300, 4);
    const linear = interactions(data, { outcome: "y", treatment: "w", form: { type: "polynomial", moderator: "x", at: [3, 7] } });
    const kernel = interactions(data, {
      outcome: "y",
      treatment: "w",
      form: { type: "kernel", moderator: "x", bandwidth: 1e6, at: [3, 7] },
    });
    kernel.estimates.forEach(({ estimate, standardError }, k) => {
      expect(estimate).toBeCloseTo(linear.estimates[k]!.estimate, 6);
      expect(standardError).toBeCloseTo(linear.estimates[k]!.standardError, 6);
    });
  });

  it("chooses the same bandwidth for the same seed", () => {
    const data = sample(120, 5);
    const run = () =>
      interactions(data, { outcome: "y", treatment: "w", covariates: ["edu"], form: { type: "kernel", moderator: "x", at: [5] }, seed: 7 });
    expect(run().bandwidth).toBe(run().bandwidth);
    expect(run().warnings[0]!.code).toBe("BANDWIDTH_CHOSEN");
  });

  it("splits two treatments into simple effects, main effects and interaction", () => {
    const { estimates: e, cells } = interactions(sample(600, 6), { outcome: "y", treatment: "w", form: { type: "factorial", other: "b" } });
    expect(e.treatmentWithOther.estimate - e.treatmentWithoutOther.estimate).toBeCloseTo(e.interaction.estimate, 10);
    expect(e.bothAgainstNone.estimate).toBeCloseTo(e.treatmentWithoutOther.estimate + e.otherWithTreatment.estimate, 10);
    const mean = (w: number, b: number): number => cells.find((cell) => cell.treatment === w && cell.other === b)!.mean;
    expect(e.interaction.estimate).toBeCloseTo(mean(1, 1) - mean(1, 0) - mean(0, 1) + mean(0, 0), 10);
  });

  it("names bins without contrast, empty cells and bad forms", () => {
    const data = sample(60, 7);
    const treatedAbove = data.with({ w: data.numbers("x").map((v, i) => (v > 5 ? 1 : i % 2)) });
    expect(() =>
      interactions(treatedAbove, { outcome: "y", treatment: "w", form: { type: "binning", moderator: "x", cuts: [5] } }),
    ).toThrow("bin 2 of 2");
    const never = data.with({ b: data.numbers("w").map((v) => 1 - v) });
    expect(() => interactions(never, { outcome: "y", treatment: "w", form: { type: "factorial", other: "b" } })).toThrow("w = 0, b = 0");
    // @ts-expect-error the moderator must be a numeric column
    expect(() => interactions(data, { outcome: "y", treatment: "w", form: { type: "binning", moderator: "edu" } })).toThrow(
      "must be numeric",
    );
    // @ts-expect-error no such form
    expect(() => interactions(data, { outcome: "y", treatment: "w", form: { type: "cubic" } })).toThrow('"form.type"');
  });
});
