import fc from "fast-check";
import { expect, it } from "vitest";
import { frame } from "../../src/data/index.ts";
import { factor, type GlmResult, logit, poisson, probit, withCovariance } from "../../src/regression/index.ts";

function rows(seed: number, n = 120) {
  let state = seed;
  const uniform = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
  return Array.from({ length: n }, () => {
    const [x, z, g] = [uniform() * 2 - 1, uniform() * 2, Math.floor(uniform() * 6)];
    const mean = Math.exp(0.3 + 0.5 * x - 0.2 * z + 0.1 * g);
    return {
      x,
      z,
      g,
      f: 1 + Math.floor(uniform() * 3),
      count: Math.floor(mean * 2 * uniform()),
      bin: uniform() < mean / (1 + mean) ? 1 : 0,
    };
  });
}

const seeds = fc.integer({ min: 1, max: 1e6 });
const same = (a: GlmResult, b: GlmResult, term: string): void => {
  expect(a.estimates[term]!.estimate).toBeCloseTo(b.estimates[term]!.estimate, 7);
  expect(a.estimates[term]!.standardError / b.estimates[term]!.standardError).toBeCloseTo(1, 5);
};

it.each([
  ["poisson", poisson, "count"],
  ["logit", logit, "bin"],
  ["probit", probit, "bin"],
] as const)("%s: fixed effects equal dummies, frequency weights equal repeated rows", (_, model, outcome) => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const data = rows(seed);
      const options = { outcome, regressors: ["x", "z"], vcov: { type: "hetero" } } as const;
      const absorbed = model(frame.fromRows(data), { ...options, fixedEffects: "g" });
      if (absorbed.sample.used < data.length) return; // a level without variation was left out
      same(absorbed, model(frame.fromRows(data), { ...options, regressors: ["x", "z", factor("g")] }), "x");
      const repeated = data.flatMap((row) => Array.from({ length: row.f }, () => row));
      same(
        model(frame.fromRows(data), { ...options, weights: { column: "f", kind: "frequency" } }),
        model(frame.fromRows(repeated), options),
        "z",
      );
    }),
    { numRuns: 8 },
  );
});

it("poisson() solves the likelihood equations", () => {
  const data = rows(77);
  const { estimates } = poisson(frame.fromRows(data), { outcome: "count", regressors: ["x", "z"] });
  const [a, b, c] = ["(Intercept)", "x", "z"].map((term) => estimates[term]!.estimate) as [number, number, number];
  for (const column of ["x", "z"] as const) {
    const score = data.reduce((sum, row) => sum + row[column] * (row.count - Math.exp(a + b * row.x + c * row.z)), 0);
    expect(Math.abs(score)).toBeLessThan(1e-6);
  }
  expect(estimates["x"]!.degreesOfFreedom).toBe(Number.POSITIVE_INFINITY);
});

it("poisson() finds separated rows, leaves them out, and says so", () => {
  const data = rows(5).map((row, i) => ({ ...row, count: i % 3 === 0 ? 0 : row.count, sep: i % 3 === 0 && i % 2 === 0 ? 1 : 0 }));
  const result = poisson(frame.fromRows(data), { outcome: "count", regressors: ["x", "sep"] });
  expect(result.separatedRows.length).toBe(20);
  expect(result.warnings.map(({ code }) => code)).toEqual(["TERM_DROPPED", "SEPARATION"]);
  const without = poisson(frame.fromRows(data.filter(({ sep }) => sep === 0)), { outcome: "count", regressors: ["x"] });
  same(result, without, "x");
});

it("levels without variation are left out, counted by reason", () => {
  const data = rows(9).map((row) => ({ ...row, count: row.g === 2 ? 0 : row.count }));
  const { sample } = poisson(frame.fromRows(data), { outcome: "count", regressors: ["x"], fixedEffects: "g" });
  expect(sample.dropped[0]!.reason).toMatch(/without variation/);
  expect(sample.used).toBe(data.filter(({ g }) => g !== 2).length);
});

it("outcomes out of range and too few rounds are errors", () => {
  const data = rows(3);
  expect(() =>
    poisson(frame.fromRows(data.map((row) => ({ ...row, count: row.count - 1 }))), { outcome: "count", regressors: ["x"] }),
  ).toThrow(/zero or above/);
  expect(() => logit(frame.fromRows(data), { outcome: "count", regressors: ["x"] })).toThrow(/from 0 to 1/);
  expect(() => logit(frame.fromRows(data), { outcome: "bin", regressors: ["x"], maxIterations: 1 })).toThrow(/convergence in 1 rounds/);
});

it("withCovariance() works on likelihood fits", () => {
  const data = frame.fromRows(rows(4));
  const clustered = logit(data, { outcome: "bin", regressors: ["x"], cluster: "g" });
  expect(withCovariance(logit(data, { outcome: "bin", regressors: ["x"] }), { cluster: "g" }).estimates).toEqual(clustered.estimates);
});
