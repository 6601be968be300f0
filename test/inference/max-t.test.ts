import { describe, expect, it } from "vitest";
import { normalCdf, studentTQuantile } from "../../src/distributions/index.ts";
import { maxT } from "../../src/inference/max-t.ts";

const identity = (n: number): number[][] => Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_v, j) => (i === j ? 1 : 0)));

describe("maxT()", () => {
  it("equals the product rule for independent normal statistics", () => {
    const { singleStep, stepDown } = maxT([2, 1, 0.5], identity(3));
    const inside = (t: number): number => 1 - 2 * normalCdf(t, "upper");
    expect(singleStep[0]).toBeCloseTo(1 - inside(2) ** 3, 9);
    expect(stepDown[1]).toBeCloseTo(1 - inside(1) ** 2, 9);
    expect(stepDown[2]).toBeCloseTo(1 - inside(0.5), 9);
  });

  it("reduces to one t test when all contrasts are one", () => {
    const V = Array.from({ length: 3 }, () => [1, 1, 1]);
    const { criticalValue, singleStep, estimates } = maxT([2, 2, 2], V, { degreesOfFreedom: 12 });
    expect(criticalValue).toBeCloseTo(studentTQuantile(0.025, 12, "upper"), 4);
    expect(singleStep[0]).toBeCloseTo(estimates[0]!.pValue, 5);
  });

  it("gives Tukey's critical value for all pairs of independent means", () => {
    // qtukey(0.95, 4, 20) / sqrt(2) in R
    expect(maxT([0, 0, 0, 0], identity(4), { contrasts: "pairs", degreesOfFreedom: 20 }).criticalValue).toBeCloseTo(
      3.958293 / Math.SQRT2,
      3,
    );
  });

  it("is the same every time, and never above Bonferroni", () => {
    const V = [
      [1, 0.4, 0.1],
      [0.4, 2, 0.3],
      [0.1, 0.3, 1.5],
    ];
    const run = () => maxT([2.2, -1, 3], V, { contrasts: "first", degreesOfFreedom: 30 });
    expect(run()).toEqual(run());
    const { singleStep, estimates } = run();
    for (const [i, p] of singleStep.entries()) expect(p).toBeLessThanOrEqual(2 * estimates[i]!.pValue + 1e-9);
  });

  it("names what is wrong", () => {
    expect(() => maxT([1, 2], identity(3))).toThrow("2 rows");
    expect(() => maxT([1, 2], [[0, 0], [0, 1]])).toThrow("positive variance"); // biome-ignore format: short
    expect(() => maxT([1], [[1]], { contrasts: [[1, 2]] })).toThrow("1 weights");
  });
});
