import { describe, expect, it } from "vitest";
import { multiplierValues } from "../../../src/inference/numerics/wild-draws.ts";
import { MULTIPLIER_VALUES, sumTable } from "../../../src/inference/numerics/wild-plan.ts";
import { substream } from "../../../src/random/index.ts";

describe("multipliers", () => {
  it.each(["rademacher", "mammen", "webb", "normal"] as const)("%s: the stream's own draws", (multipliers) => {
    const stream = substream(4, 1);
    const expected = new Float64Array(3 * 30);
    for (let b = 0; b < 3; b++) {
      const v = expected.subarray(b * 30, (b + 1) * 30);
      if (multipliers === "rademacher") stream.fillSigns(v);
      else if (multipliers === "mammen") stream.fillMammen(v);
      else if (multipliers === "webb") stream.fillWebb(v);
      else stream.fillNormal(v);
    }
    expect(multiplierValues(multipliers, 30, { seed: 4 }, 1024, 1027)).toEqual(expected);
  });

  it("have mean 0 and variance 1", () => {
    for (const values of [MULTIPLIER_VALUES.rademacher, MULTIPLIER_VALUES.webb]) {
      expect(values.reduce((sum, v) => sum + v, 0)).toBeCloseTo(0, 12);
      expect(values.reduce((sum, v) => sum + v * v, 0) / values.length).toBeCloseTo(1, 12);
    }
  });

  it("are tabulated without loss", () => {
    const linear = Float64Array.from({ length: 22 }, (_, i) => Math.sin(i + 1));
    const { table, perBlock, terms } = sumTable(
      "webb",
      11,
      linear,
      Float64Array.from({ length: 11 }, (_, g) => g),
    );
    expect([perBlock, terms]).toEqual([3, 3]);
    const digits = [5, 0, 2]; // clusters 3 to 5
    const at = (216 + digits[0]! + 6 * digits[1]! + 36 * digits[2]!) * 3;
    const v = digits.map((d) => MULTIPLIER_VALUES.webb[d]!);
    expect(table[at]).toBeCloseTo(
      v.reduce((sum, value, j) => sum + value * linear[2 * (3 + j)]!, 0),
      14,
    );
    expect(table[at + 2]).toBeCloseTo(
      v.reduce((sum, value, j) => sum + value * value * (3 + j), 0),
      14,
    );
  });
});
