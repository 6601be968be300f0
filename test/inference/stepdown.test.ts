import { describe, expect, it } from "vitest";
import { stepdown } from "../../src/inference/stepdown.ts";
import { createStream } from "../../src/random/index.ts";

describe("stepdown()", () => {
  const stream = createStream(5);
  const draws = Array.from({ length: 499 }, () => stream.fillNormal(new Float64Array(4)));
  const observed = [2.5, -0.3, 1.9, 0.2];

  it("agrees with its definition", () => {
    const { romanoWolf, singleStep, unadjusted } = stepdown(observed, draws);
    const count = (test: (draw: Float64Array) => boolean): number => (1 + draws.filter(test).length) / 500;
    const max = (draw: Float64Array, over: readonly number[]): number => Math.max(...over.map((j) => Math.abs(draw[j]!)));
    expect(unadjusted[2]).toBe(count((draw) => Math.abs(draw[2]!) >= 1.9));
    expect(singleStep[2]).toBe(count((draw) => max(draw, [0, 1, 2, 3]) >= 1.9));
    expect(romanoWolf[0]).toBe(singleStep[0]);
    expect(romanoWolf[2]).toBe(
      Math.max(
        romanoWolf[0]!,
        count((draw) => max(draw, [1, 2, 3]) >= 1.9),
      ),
    );
  });

  it("lies between unadjusted and single-step p-values", () => {
    const result = stepdown(observed, draws);
    result.romanoWolf.forEach((p, j) => {
      expect(p).toBeGreaterThanOrEqual(result.unadjusted[j]!);
      expect(p).toBeLessThanOrEqual(result.singleStep[j]!);
    });
  });

  it("turns with the sign, and names draws of another length", () => {
    const mirrored = draws.map((draw) => draw.map((value) => -value));
    const flipped = observed.map((value) => -value);
    expect(stepdown(flipped, mirrored, { alternative: "less" }).romanoWolf).toEqual(
      stepdown(observed, draws, { alternative: "greater" }).romanoWolf,
    );
    expect(() => stepdown([1, 2], [[0.1]])).toThrow("draw 0 has 1");
  });
});
