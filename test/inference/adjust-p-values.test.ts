import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ADJUSTMENTS, adjustPValues } from "../../src/inference/adjust-p-values.ts";

const pValues = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 12 });

describe("adjustPValues()", () => {
  it("equals R's p.adjust", () => {
    const p = [0.01, 0.02, 0.03, 0.04, 0.5];
    const close = (ours: number[], theirs: number[]): void => {
      for (const [i, value] of ours.entries()) expect(value).toBeCloseTo(theirs[i]!, 12);
    };
    close(adjustPValues(p, { method: "holm" }), [0.05, 0.08, 0.09, 0.09, 0.5]);
    close(adjustPValues(p, { method: "hochberg" }), [0.05, 0.08, 0.08, 0.08, 0.5]);
    close(adjustPValues(p, { method: "BH" }), [0.05, 0.05, 0.05, 0.05, 0.5]);
    close(adjustPValues([0.01, 0.02], { method: "bonferroni", tests: 10 }), [0.1, 0.2]);
  });

  it("never lowers a p-value, never leaves [0, 1], keeps the order", () => {
    fc.assert(
      fc.property(pValues, fc.constantFrom(...ADJUSTMENTS.filter((name) => name !== "sharpenedQ")), (p, method) => {
        const adjusted = adjustPValues(p, { method });
        p.forEach((value, i) => {
          expect(adjusted[i]!).toBeGreaterThanOrEqual(value - 1e-12);
          expect(adjusted[i]!).toBeLessThanOrEqual(1);
          p.forEach((other, j) => {
            if (value < other) expect(adjusted[i]!).toBeLessThanOrEqual(adjusted[j]! + 1e-12);
          });
        });
      }),
    );
  });

  it("orders the methods by their power", () => {
    fc.assert(
      fc.property(pValues, (p) => {
        const by = (method: (typeof ADJUSTMENTS)[number]): number[] => adjustPValues(p, { method });
        const chain = [by("bonferroni"), by("holm"), by("hochberg"), by("hommel"), by("BH")];
        for (let k = 1; k < chain.length; k++) {
          for (const [i, value] of chain[k]!.entries()) expect(value).toBeLessThanOrEqual(chain[k - 1]![i]! + 1e-12);
        }
      }),
    );
  });

  it("passes over missing values and rejects impossible ones", () => {
    expect(adjustPValues([Number.NaN, 0.02, 0.5])).toEqual([Number.NaN, 0.04, 0.5]);
    expect(() => adjustPValues([1.2])).toThrow("between 0 and 1");
    expect(() => adjustPValues([0.1, 0.2], { tests: 1 })).toThrow('"tests"');
    expect(() => adjustPValues([0.1], { method: "holmes" as "holm" })).toThrow('did you mean "holm"');
  });
});
