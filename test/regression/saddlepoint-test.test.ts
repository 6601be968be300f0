import { expect, it } from "vitest";
import { frame } from "../../src/data/index.ts";
import { studentTTwoSided } from "../../src/distributions/index.ts";
import { saddlepointTail } from "../../src/inference/saddlepoint.ts";
import { type OlsResult, ols, saddlepointTest } from "../../src/regression/index.ts";

const data = frame.fromRows(
  Array.from({ length: 30 }, (_, i) => {
    const [g, h, x, z] = [Math.floor(i / 5), i % 5, ((i * 7) % 11) / 3, ((i * i) % 13) / 5];
    return { g, h, x, z, y: 1 + 0.5 * x - 0.3 * z + Math.sin(i * 1.7) + Math.cos(g) };
  }),
);
const clustered = (variant: "CR1" | "CR2" | "CR3"): OlsResult =>
  ols(data, {
    outcome: "y",
    regressors: ["x", "z"],
    vcov: { type: "cluster", by: "g", variant },
    ...(variant === "CR1" ? { smallSample: { adjustParameters: false } } : {}),
  });

// R's clubSandwich 0.5.8: coef_test(test = "saddlepoint"), which finds its root to about 1e-5
it.each([
  ["CR2", "x", 0.31396490694, 0.1032348982783],
  ["CR2", "(Intercept)", 0.33873926781, 0.0666411887349],
  ["CR1", "z", 0.318743545544, 0.0970967787994],
  ["CR3", "x", 0.291943446682, 0.130786442228],
] as const)("saddlepointTest() under %s of %s is near clubSandwich", (variant, term, saddlepoint, pValue) => {
  const result = clustered(variant);
  const tested = saddlepointTest(result, { term });
  expect(tested.saddlepoint / saddlepoint).toBeCloseTo(1, 3);
  expect(Math.abs(tested.pValue / pValue - 1)).toBeLessThan(1e-3);
  expect(tested.standardError).toBe(result.estimates[term]!.standardError);
});

it("the tail is near Student's where all weights are equal, and continuous at its singularity", () => {
  for (const [m, t] of [
    [8, 3],
    [10, 2],
    [40, 0.3],
  ] as const)
    expect(Math.abs(saddlepointTail(t, new Float64Array(m).fill(2)).probability / studentTTwoSided(t, m) - 1)).toBeLessThan(0.07);
  const weights = Float64Array.of(3, 1, 0.5, 0.2);
  const at = (t: number): number => saddlepointTail(t, weights).probability;
  expect(saddlepointTail(1, weights).saddlepoint).toBeCloseTo(0, 12);
  expect(at(1)).toBeCloseTo((at(1 - 1e-4) + at(1 + 1e-4)) / 2, 7);
  expect(at(1)).toBeCloseTo((at(0.98) + at(1.02)) / 2, 3);
});

it("tests a combination and a value, and needs one cluster variable", () => {
  const result = clustered("CR2");
  const whole = saddlepointTest(result, { weights: { x: 2 }, value: 0.4 });
  const single = saddlepointTest(result, { term: "x", value: 0.2 });
  expect(whole.pValue).toBeCloseTo(single.pValue, 10);
  expect(whole.estimate).toBeCloseTo(2 * single.estimate, 12);
  const iid = ols(data, { outcome: "y", regressors: ["x"] });
  expect(() => saddlepointTest(iid, { term: "x" })).toThrow("none were used");
  expect(() => saddlepointTest(result, {})).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
  expect(() => saddlepointTest(result, { term: "xx" })).toThrow(expect.objectContaining({ code: "UNKNOWN_TERM" }));
});
