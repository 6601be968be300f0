import { expect, it } from "vitest";
import { frame } from "../../src/data/index.ts";
import { linearCombination, ols, poisson, wald } from "../../src/regression/index.ts";

const data = frame.fromRows(
  Array.from({ length: 30 }, (_, i) => {
    const [g, x, z] = [Math.floor(i / 5), ((i * 7) % 11) / 3, ((i * i) % 13) / 5];
    return { g, x, z, count: i % 4, y: 1 + 0.5 * x - 0.3 * z + Math.sin(i * 1.7) + Math.cos(g) };
  }),
);
const bellMcCaffrey = ols(data, {
  outcome: "y",
  regressors: ["x", "z"],
  vcov: { type: "cluster", by: "g", variant: "CR2" },
  smallSample: { degreesOfFreedom: "satterthwaite" },
});

it("linearCombination() equals linear_contrast of R's clubSandwich 0.5.8", () => {
  const { term, estimate, standardError, degreesOfFreedom, confidenceInterval, pValue } = linearCombination(bellMcCaffrey, {
    weights: { x: 1, z: -2 },
  });
  expect(term).toBe("x - 2*z");
  const theirs = [1.40487611884935, 0.61344672552692, 4.26485832715493, -0.257410365700071, 3.06716260339878, 0.0797313763987234];
  const ours = [estimate, standardError, degreesOfFreedom, ...confidenceInterval, pValue];
  for (const [i, value] of ours.entries()) expect(value / theirs[i]!).toBeCloseTo(1, 9);
});

it("one coefficient is itself", () => {
  const { term: _, ...own } = bellMcCaffrey.estimates["x"]!;
  const { term: __, ...combined } = linearCombination(bellMcCaffrey, { weights: { x: 1 } });
  for (const [name, value] of Object.entries(own).filter(([, v]) => typeof v === "number"))
    expect((combined as Record<string, number | readonly number[]>)[name] as number).toBeCloseTo(value as number, 9);
});

it("its p-value is that of the Wald test of the same restriction, value included", () => {
  const fit = ols(data, { outcome: "y", regressors: ["x", "z"], cluster: "g" });
  const { pValue, estimate } = linearCombination(fit, { weights: { x: 2, z: 1 }, value: 0.4 });
  expect(pValue).toBeCloseTo(wald(fit, { restrictions: [{ x: 2, z: 1 }], values: [0.4] }).pValue, 12);
  expect(estimate).toBeCloseTo(2 * fit.estimates["x"]!.estimate + fit.estimates["z"]!.estimate - 0.4, 12);
});

it("is normal for likelihoods, at the level asked for", () => {
  const fit = poisson(data, { outcome: "count", regressors: ["x", "z"] });
  const { degreesOfFreedom, confidenceInterval, estimate, standardError } = linearCombination(fit, { weights: { x: 1, z: 1 }, level: 0.9 });
  expect(degreesOfFreedom).toBe(Number.POSITIVE_INFINITY);
  expect((confidenceInterval[1] - estimate) / standardError).toBeCloseTo(1.6448536269514722, 9);
});

it("names terms it does not know", () => {
  expect(() => linearCombination(bellMcCaffrey, { weights: { xx: 1 } })).toThrow('did you mean "x"?');
  expect(() => linearCombination(bellMcCaffrey, {} as never)).toThrow("weights");
});
