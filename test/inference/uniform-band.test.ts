import { describe, expect, it } from "vitest";
import { normalQuantile } from "../../src/distributions/index.ts";
import { criticalValue } from "../../src/inference/estimate.ts";
import { maxT, uniformBand } from "../../src/inference/index.ts";

const identity = (n: number): number[][] => Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_v, j) => (i === j ? 4 : 0)));

describe("uniformBand()", () => {
  it("has Sidak's critical value for independent estimates, and the t quantile for one", () => {
    for (const n of [2, 5]) {
      const expected = normalQuantile((1 - 0.95 ** (1 / n)) / 2, "upper");
      expect(uniformBand(new Float64Array(n), identity(n)).criticalValue).toBeCloseTo(expected, 4);
    }
    expect(uniformBand([1], [[2]], { degreesOfFreedom: 7 }).criticalValue).toBe(criticalValue(0.95, 7));
  });

  it("needs no correction for estimates that move together, and none more than Bonferroni's", () => {
    const same = [0, 1, 2].map(() => [1, 1, 1]);
    expect(uniformBand([1, 2, 3], same).criticalValue).toBeCloseTo(1.959964, 4);
    const { criticalValue: c } = uniformBand(
      [0, 0, 0],
      [0, 1, 2].map((i) => [0, 1, 2].map((j) => (i === j ? 1 : -0.45))),
    );
    expect(c).toBeLessThan(normalQuantile(0.05 / 6, "upper"));
    expect(c).toBeGreaterThan(2.3);
  });

  it("equals the critical value of max-t", () => {
    const V = [
      [2, 0.5, 0.1],
      [0.5, 1, 0.2],
      [0.1, 0.2, 3],
    ];
    const band = uniformBand([1, 2, 3], V, { degreesOfFreedom: 12, points: 2003 });
    expect(band.criticalValue).toBeCloseTo(maxT([1, 2, 3], V, { degreesOfFreedom: 12, points: 2003 }).criticalValue, 7);
    band.estimates.forEach(({ estimate, standardError, uniformBand: [low, high] }) => {
      expect(high - estimate).toBeCloseTo(band.criticalValue * standardError, 12);
      expect(estimate - low).toBeCloseTo(band.criticalValue * standardError, 12);
    });
  });

  it("leaves estimates without variance without a band, and says so", () => {
    const { estimates, warnings } = uniformBand(
      [1, 0],
      [
        [1, 0],
        [0, 0],
      ],
    );
    expect(estimates[0]!.uniformBand[0]).toBeCloseTo(1 - 1.959964, 5);
    expect(estimates[1]!.uniformBand).toEqual([Number.NaN, Number.NaN]);
    expect(warnings.map(({ code }) => code)).toEqual(["NO_VARIANCE"]);
    expect(() => uniformBand([1, 2], [[1]])).toThrow("2 rows and columns");
  });
});
