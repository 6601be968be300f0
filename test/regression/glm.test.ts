import fc from "fast-check";
import { expect, it } from "vitest";
import { frame } from "../../src/data/index.ts";
import { factor, type GlmResult, gamma, logit, poisson, probit, withCovariance } from "../../src/regression/index.ts";

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
      o2: x * z - 0.5 * z,
      cost: mean * (0.05 - Math.log(uniform() + 1e-9)),
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
  ["gamma", gamma, "cost"],
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

it("gamma() equals R's glm(family = Gamma(log)), with weights, offset and effects as dummies", () => {
  const data = frame({
    x: [
      -841, 1384, -1255, 70, 1711, -603, -472, -635, -286, 138, 1228, -802, -1080, -158, -1072, -139, -597, -2184, 241, -259, 901, 942,
      1468, 707, 819, -293, 1419, 1499, -657, -853, 316, 1110, 2215, 1217, 1479, 952, -1010, -2000, -1762, -143, 1550, -802, -75, 1896,
      -457, 562, -887, -460, -724, -69, 1463, 188, 1022, -592, -112, -925, 753, -113, -64, 233,
    ].map((value) => value / 1000),
    z: [
      0.128, 0.982, 0.804, 0.87, 0.282, 0.042, 0.69, 0.763, 0.224, 0.334, 0.366, 0.177, 0.018, 0.844, 0.381, 0.006, 0.102, 0.435, 0.39,
      0.596, 0.419, 0.249, 0.411, 0.899, 0.636, 0.724, 0.513, 0.645, 0.66, 0.698, 0.438, 0.612, 0.835, 0.08, 0.548, 0.696, 0.575, 0.319,
      0.287, 0.813, 0.691, 0.337, 0.041, 0.909, 0.835, 0.649, 0.49, 0.173, 0.75, 0.981, 0.239, 0.927, 0.992, 0.042, 0.318, 0.864, 0.47,
      0.966, 0.301, 0.087,
    ],
    w: [
      1.73, 1.59, 0.72, 1.23, 1.57, 0.64, 1.72, 0.83, 1.76, 0.74, 1.47, 1.63, 1.05, 1.9, 0.94, 1.02, 1.14, 1.42, 1.21, 1.5, 0.53, 0.69,
      1.81, 1.56, 1.63, 1.27, 1.37, 0.78, 1.22, 0.89, 1.72, 1.63, 1.11, 1.24, 0.54, 0.99, 0.84, 0.66, 1.85, 0.53, 0.76, 1.16, 1.92, 0.86,
      1.99, 1.7, 1.33, 1.72, 0.63, 0.73, 1.68, 0.63, 0.59, 1.9, 1.52, 0.73, 1.28, 0.54, 1.13, 1.75,
    ],
    o: [
      0.23, -0.18, 0.19, 0.3, -0.24, 0.01, -0.27, -0.23, 0.21, -0.12, 0.07, -0.23, -0.09, -0.2, 0.24, -0.26, -0.25, 0.27, -0.26, 0.08, 0.25,
      -0.05, -0.29, -0.15, -0.24, -0.22, -0.02, -0.13, 0.16, 0.04, 0.11, -0.1, 0.07, -0.18, -0.22, -0.22, 0.15, -0.07, 0.07, 0.11, -0.17,
      -0.16, -0.01, -0.11, 0.29, -0.19, 0.2, 0.19, -0.07, 0.25, -0.1, 0.1, 0.02, 0.09, -0.05, -0.03, -0.25, -0.29, -0.09, 0.25,
    ],
    y: [
      4.0348, 5.0624, 1.3577, 0.63079, 11.438, 2.8472, 1.4005, 1.6783, 0.10159, 2.0281, 14.85, 1.7506, 0.2443, 1.6877, 2.413, 0.80528,
      2.0116, 0.43451, 3.906, 1.6982, 2.3999, 6.1355, 4.9397, 3.1734, 3.6552, 2.1838, 3.5061, 10.253, 5.8032, 4.6544, 5.0268, 8.4913,
      12.688, 2.3209, 4.1685, 2.0497, 2.1321, 1.4842, 2.3368, 5.1759, 4.1037, 3.458, 2.2548, 6.0537, 2.116, 1.7225, 2.7792, 7.3284, 1.9304,
      1.6522, 4.9959, 6.7038, 4.0191, 0.79396, 1.5493, 1.8082, 7.3934, 5.6305, 4.9914, 8.5678,
    ],
    g: Array.from({ length: 60 }, (_, i) => String(1 + (i % 6))),
  });
  // estimate, standard error, p, deviance, log likelihood, AIC, BIC of R 4.2 iterated to the end
  const numbers = ({ estimates, fit }: GlmResult) => {
    const { estimate, standardError, pValue } = estimates["x"]!;
    return [estimate, standardError, pValue, fit.deviance, fit.logLikelihood, fit.aic, fit.bic];
  };
  const near = (own: number[], theirs: number[]): void => {
    for (const [i, value] of own.entries()) expect(value / theirs[i]!).toBeCloseTo(1, 10);
  };
  const plain = { outcome: "y", regressors: ["x", "z"] } as const;
  near(
    numbers(gamma(data, plain)),
    [4.5423843371364e-1, 8.1474002495177e-2, 7.0568385181361e-7, 26.861765472563, -124.90835852271, 257.81671704543, 266.19409529431],
  );
  const options = { ...plain, fixedEffects: "g", weights: "w", offset: "o" } as const;
  near(
    numbers(gamma(data, options)),
    [5.2310899168942e-1, 8.4632734766215e-2, 9.9606309717182e-8, 31.763174215606, -149.21986160186, 316.43972320371, 335.28882426371],
  );
  // vcovHC(type = "HC0"); vcovCL(type = "HC0", cadjust = FALSE)
  const robust = gamma(data, { ...plain, vcov: { type: "hetero", variant: "HC0" } });
  const clustered = gamma(data, { ...options, vcov: { type: "cluster", by: "g", variant: "CR0" } });
  near([robust.estimates["x"]!.standardError, clustered.estimates["x"]!.standardError], [0.070001377637915, 0.034995269521806]);
  expect(() => gamma(data.with({ y: data.numbers("y").map((value) => value - 0.5) }), plain)).toThrow(/above zero/);
});

it.each([
  ["gamma", gamma, "cost", 1],
  ["poisson", poisson, "count", 0],
] as const)("%s: a brute-force iteration over written-out dummies gives the absorbed estimates", (_, model, outcome, power) => {
  const data = rows(41);
  const options = { outcome, regressors: ["x", "z"], fixedEffects: "g", weights: "f", offset: "o2" } as const;
  const { estimates } = model(frame.fromRows(data), options);
  const design = data.map((row) => [row.x, row.z, ...Array.from({ length: 6 }, (_v, l) => (row.g === l ? 1 : 0))]);
  let eta = data.map((row) => Math.log(row[outcome] + 0.5));
  let b: number[] = [];
  for (let round = 0; round < 200; round++) {
    const mu = eta.map(Math.exp);
    const weight = mu.map((m, i) => data[i]!.f * m ** (1 - power));
    const response = eta.map((e, i) => e - data[i]!.o2 + (data[i]![outcome] - mu[i]!) / mu[i]!);
    b = solve(design, weight, response);
    eta = design.map((x, i) => x.reduce((sum, value, j) => sum + value * b[j]!, data[i]!.o2));
  }
  expect(estimates["x"]!.estimate).toBeCloseTo(b[0]!, 9);
  expect(estimates["z"]!.estimate).toBeCloseTo(b[1]!, 9);
});

/** Weighted least squares by elimination. */
function solve(X: readonly number[][], w: readonly number[], y: readonly number[]): number[] {
  const k = X[0]!.length;
  const A = Array.from({ length: k }, (_, a) => [
    ...Array.from({ length: k }, (_v, b) => X.reduce((sum, x, i) => sum + w[i]! * x[a]! * x[b]!, 0)),
    X.reduce((sum, x, i) => sum + w[i]! * x[a]! * y[i]!, 0),
  ]);
  for (let p = 0; p < k; p++) {
    for (let a = 0; a < k; a++) {
      const share = A[a]![p]! / A[p]![p]!;
      if (a !== p) for (let b = p; b <= k; b++) A[a]![b]! -= share * A[p]![b]!;
    }
  }
  return A.map((row, a) => row[k]! / row[a]!);
}
