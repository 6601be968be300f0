import fc from "fast-check";
import { expect, it } from "vitest";
import { quantileType7 } from "../../src/heterogeneity/quantile.ts";

it("interpolates between order statistics", () => {
  const values = Float64Array.of(1, 2, 4, 8);
  expect([0, 1 / 3, 0.5, 1].map((p) => quantileType7(values, p))).toEqual([1, 2, 3, 8]);
});

it("between equal values is that value to the last bit, and never outside its neighbours", () => {
  const value = fc.integer({ min: 0, max: 200 }).map((v) => v / 10);
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 60 }), fc.double({ min: 0, max: 1, noNaN: true }), (list, p) => {
      const sorted = Float64Array.from(list).sort();
      const found = quantileType7(sorted, p);
      const low = sorted[Math.floor((sorted.length - 1) * p)]!;
      const high = sorted[Math.min(sorted.length - 1, Math.floor((sorted.length - 1) * p) + 1)]!;
      expect(found).toBeGreaterThanOrEqual(low);
      expect(found).toBeLessThanOrEqual(high);
      if (low === high) expect(found).toBe(low);
    }),
  );
});
