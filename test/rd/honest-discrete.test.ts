import { expect, it } from "vitest";
import { honestDiscrete } from "../../src/rd/index.ts";
import { replaced, simulated } from "./simulated.ts";

const grid = simulated({ n: 800, seed: 31, grid: 0.1 });

it("rd.honestDiscrete allows for misfit and is exact where the polynomial is", () => {
  const constant = honestDiscrete(grid, { outcome: "y", running: "x", bandwidth: 0.55 });
  const line = honestDiscrete(grid, { outcome: "y", running: "x", bandwidth: 0.55, order: 1 });
  expect(line.maximumBias).toBeLessThan(constant.maximumBias);
  const [low, high] = constant.estimates.honest.confidenceInterval;
  expect(low).toBeLessThan(constant.estimates.honest.estimate - constant.maximumBias);
  expect(high).toBeGreaterThan(constant.estimates.honest.estimate + constant.maximumBias);
  const straight = replaced(grid, "y", (_y, i) => 2 + 3 * grid.numbers("x")[i]! + (grid.numbers("x")[i]! >= 0 ? 0.4 : 0));
  const exact = honestDiscrete(straight, { outcome: "y", running: "x", bandwidth: 0.55, order: 1 });
  expect(exact.estimates.honest.estimate).toBeCloseTo(0.4, 10);
  expect(exact.maximumBias).toBeCloseTo(0, 8);
});

it("rd.honestDiscrete refuses a polynomial its values cannot carry", () => {
  expect(() => honestDiscrete(grid, { outcome: "y", running: "x", bandwidth: 0.25, order: 4 })).toThrow(
    expect.objectContaining({ code: "TOO_FEW_POINTS" }),
  );
});
