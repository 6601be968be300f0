import { describe, expect, it } from "vitest";
import { chiSquaredQuantile, normalCdf, normalDensity, studentTQuantile } from "../../src/distributions/index.ts";
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

  it.each([[20], [Number.POSITIVE_INFINITY]])(
    "agrees with quadrature over the common factor of equally correlated statistics, df %s",
    (df) => {
      const [G, r] = [7, 0.3];
      const V = Array.from({ length: G }, (_, i) => Array.from({ length: G }, (_v, j) => (i === j ? 1 : r)));
      const { criticalValue, singleStep } = maxT([2.4, 0, 0, 0, 0, 0, 0], V, { degreesOfFreedom: df });
      // given the factor z and the scale s: P(|sqrt(r) z + sqrt(1-r) e| <= c s)^G
      const scales = Number.isFinite(df)
        ? Float64Array.from({ length: 1500 }, (_, i) => Math.sqrt(chiSquaredQuantile((i + 0.5) / 1500, df) / df))
        : Float64Array.of(1);
      const inside = (c: number): number => {
        let sum = 0;
        for (const s of scales) {
          for (let z = -7; z <= 7; z += 0.2) {
            const [low, high] = [-c * s, c * s].map((end) => normalCdf((end - Math.sqrt(r) * z) / Math.sqrt(1 - r))) as [number, number];
            sum += 0.2 * normalDensity(z) * (high - low) ** G;
          }
        }
        return sum / scales.length;
      };
      expect(Math.abs(inside(criticalValue) - 0.95)).toBeLessThan(2e-5);
      expect(Math.abs(1 - inside(2.4) - singleStep[0]!)).toBeLessThan(2e-5);
    },
  );

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
    expect(() =>
      maxT(
        [1, 2],
        [
          [0, 0],
          [0, 1],
        ],
      ),
    ).toThrow("positive variance");
    expect(() => maxT([1], [[1]], { contrasts: [[1, 2]] })).toThrow("1 weights");
  });
});
