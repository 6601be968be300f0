import { expect, it } from "vitest";
import { noise, uniform } from "../../bench/harness/draws.ts";
import { frame } from "../../src/data/index.ts";
import { factor, interaction, ols } from "../../src/regression/index.ts";

const N = 200;
const level = (seed: number, count: number): Float64Array =>
  Float64Array.from({ length: N }, (_, i) => Math.floor(count * uniform(seed, i)));
const data = frame({ y: noise(1, N), x: noise(2, N), z: noise(3, N), v: noise(4, N), g: level(5, 4), h: level(6, 5) });

it.each([
  ["the same column", "z", "z", 2],
  ["different columns", "z", "v", 1],
] as const)("slopes on %s in two effects are counted as written-out ones are", (_, first, second, redundant) => {
  const absorbed = ols(data, {
    outcome: "y",
    regressors: ["x"],
    fixedEffects: [
      { fixedEffect: "g", slopes: [first] },
      { fixedEffect: "h", slopes: [second] },
    ],
  });
  const explicit = ols(data, {
    outcome: "y",
    intercept: false,
    regressors: [
      "x",
      factor("g", { reference: null }),
      interaction(factor("g", { reference: null }), first),
      factor("h"),
      interaction(factor("h", first === second ? {} : { reference: null }), second),
    ],
  });
  expect(absorbed.covariance.parameters).toBe(1 + 2 * 4 + 2 * 5 - redundant);
  expect(explicit.droppedTerms).toEqual([]);
  expect(explicit.covariance.parameters).toBe(absorbed.covariance.parameters);
  expect(absorbed.estimates["x"]!.standardError / explicit.estimates["x"]!.standardError).toBeCloseTo(1, 9);
});
