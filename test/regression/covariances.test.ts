import fc from "fast-check";
import { expect, it } from "vitest";
import { frame } from "../../src/data/index.ts";
import {
  augment,
  clusterJackknife,
  demean,
  factor,
  fixedEffectEstimates,
  interaction,
  leverage,
  type OlsResult,
  ols,
  poisson,
  predict,
  serialBandwidth,
  type VcovOption,
  wald,
  withCovariance,
} from "../../src/regression/index.ts";

type Row = { y: number; x: number; z: number; g: number; h: number; t: number; w: number; lat: number; lon: number };

function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}

function rows(seed: number, n = 72): Row[] {
  const uniform = generator(seed);
  return Array.from({ length: n }, (_, i) => {
    const [x, z, g, h] = [uniform() * 4 - 2, uniform() * 3, i % 9, Math.floor(uniform() * 4)];
    const y = 1 + 0.5 * x - 0.3 * z + 0.2 * g + (uniform() + uniform() - 1) * (1 + 0.3 * x);
    return { x, z, g, h, t: Math.floor(i / 9), w: 0.5 + uniform(), lat: 50 + uniform(), lon: 4 + uniform(), y };
  });
}

const seeds = fc.integer({ min: 1, max: 1e6 });
const close = (a: number, b: number, digits = 8): void => expect(a / b).toBeCloseTo(1, digits);
const vcovOf = (result: OlsResult, vcov: VcovOption<Row>): readonly number[] =>
  withCovariance(result, { vcov: vcov as never, smallSample: { adjustParameters: false, adjustClusters: false } }).vcov.flat();

it("every covariance that sees one row alone equals HC0", () => {
  const data = frame.fromRows(rows(3).map((row, i) => ({ ...row, i })));
  const result = ols(data, { outcome: "y", regressors: ["x", "z"] });
  const plain = vcovOf(result, { type: "hetero", variant: "HC0" });
  const others = [
    { type: "cluster", by: "i" },
    { type: "neweyWest", time: "i", lag: 0 },
    { type: "driscollKraay", time: "i", lag: 0 },
    { type: "conley", latitude: "lat", longitude: "lon", cutoff: 1e-6 },
    { type: "hac", time: "i", kernel: "bartlett", bandwidth: 1 },
  ] as const;
  for (const vcov of others) for (const [p, value] of vcovOf(result, vcov as never).entries()) close(value, plain[p]!);
});

it("Conley beyond every distance adds nothing but the total score, which is zero", () => {
  const result = ols(frame.fromRows(rows(5)), { outcome: "y", regressors: ["x", "z"] });
  for (const distance of ["spherical", "triangular"] as const) {
    const V = vcovOf(result, { type: "conley", latitude: "lat", longitude: "lon", cutoff: 1e4, distance });
    for (const value of V) expect(Math.abs(value)).toBeLessThan(1e-12);
  }
});

it("Driscoll-Kraay without lags equals clustering by period", () => {
  const result = ols(frame.fromRows(rows(7)), { outcome: "y", regressors: ["x", "z"], fixedEffects: "g" });
  const [a, b] = [vcovOf(result, { type: "driscollKraay", time: "t", lag: 0 }), vcovOf(result, { type: "cluster", by: "t" })];
  for (const [p, value] of a.entries()) close(value, b[p]!);
});

it("CR2 and CR3 do not care whether effects are absorbed or written out", () => {
  fc.assert(
    fc.property(seeds, fc.constantFrom("CR2", "CR3"), fc.boolean(), (seed, variant, weighted) => {
      const data = frame.fromRows(rows(seed));
      const vcov = { type: "cluster", by: "g", variant } as const;
      const shared = {
        outcome: "y",
        vcov,
        ...(weighted ? { weights: "w" as const } : {}),
        smallSample: { degreesOfFreedom: "satterthwaite" },
      } as const;
      for (const name of ["g", "h"] as const) {
        const absorbed = ols(data, { ...shared, regressors: ["x", "z"], fixedEffects: name }).estimates["x"]!;
        const dummies = ols(data, { ...shared, regressors: ["x", "z", factor(name)] }).estimates["x"]!;
        close(absorbed.standardError, dummies.standardError, 6);
        close(absorbed.degreesOfFreedom, dummies.degreesOfFreedom, 5);
      }
    }),
    { numRuns: 10 },
  );
});

it("leverage corrections do not depend on the regressors' units, from 1e-8 to 1e9, effects and slopes included", () => {
  const data = rows(5);
  const scaled = frame.fromRows(data.map((row) => ({ ...row, x: 1e9 * row.x, z: 1e-8 * row.z, lat: 1e6 * row.lat, w: row.w })));
  const effects = [undefined, "h", [{ fixedEffect: "h", slopes: ["lat"] }]] as const;
  for (const fixedEffects of effects) {
    for (const variant of ["CR2", "CR3", "CR3J"] as const) {
      const options = {
        outcome: "y",
        regressors: ["x", "z"],
        vcov: { type: "cluster", by: "g", variant },
        ...(fixedEffects === undefined ? {} : { fixedEffects: fixedEffects as never }),
        ...(variant === "CR3J" ? {} : { smallSample: { degreesOfFreedom: "satterthwaite" } as const }),
      } as const;
      const [plain, other] = [ols(frame.fromRows(data), options), ols(scaled, options)];
      for (const [term, factor_] of [
        ["x", 1e9],
        ["z", 1e-8],
      ] as const) {
        close(other.estimates[term]!.standardError * factor_, plain.estimates[term]!.standardError, 9);
        close(other.estimates[term]!.degreesOfFreedom, plain.estimates[term]!.degreesOfFreedom, 8);
      }
    }
  }
});

it("G/(G-K) without more clusters than parameters is no standard error, with a warning", () => {
  const fit = ols(frame.fromRows(rows(8)), {
    outcome: "y",
    regressors: ["x", "z", factor("g")],
    cluster: "h",
    smallSample: { adjustClusters: "parameters" },
  });
  expect(fit.estimates["x"]!.standardError).toBeNaN();
  expect(fit.warnings.map(({ code }) => code)).toContain("NO_VARIANCE");
});

it("clusterJackknife() equals estimating without each cluster", () => {
  const data = rows(21);
  const options = { outcome: "y", regressors: ["x", "z"], fixedEffects: "h", singletons: "keep" } as const;
  const { leaveOneOut } = clusterJackknife(ols(frame.fromRows(data), options), { cluster: "g" });
  for (let g = 0; g < 9; g++) {
    const { estimates } = ols(frame.fromRows(data.filter((row) => row.g !== g)), options);
    close(leaveOneOut[g]![0]!, estimates["x"]!.estimate);
    close(leaveOneOut[g]![1]!, estimates["z"]!.estimate);
  }
  const counts = poisson(frame.fromRows(data.map((row, i) => ({ ...row, count: i % 4 }))), { outcome: "count", regressors: ["x"] });
  expect(() => clusterJackknife(counts as never, { cluster: "g" })).toThrow(expect.objectContaining({ code: "MODEL_UNSUPPORTED" }));
});

it("varying slopes equal interactions, fitted values and effects too", () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const data = frame.fromRows(rows(seed));
      const slopes = ols(data, { outcome: "y", regressors: ["x"], fixedEffects: [{ fixedEffect: "h", slopes: ["z"] }, "g"], weights: "w" });
      const explicit = ols(data, {
        outcome: "y",
        regressors: ["x", "z", factor("h"), interaction(factor("h"), "z"), factor("g")],
        weights: "w",
      });
      close(slopes.estimates["x"]!.estimate, explicit.estimates["x"]!.estimate, 7);
      close(slopes.fit.residualSumOfSquares, explicit.fit.residualSumOfSquares, 8);
      const { effects } = fixedEffectEstimates(slopes);
      const difference = effects[0]!.slopes[0]!.estimates[1]! - effects[0]!.slopes[0]!.estimates[0]!;
      expect(difference).toBeCloseTo(explicit.estimates["h::1:z"]!.estimate, 6);
    }),
    { numRuns: 10 },
  );
});

it("leverage() sums to the number of parameters", () => {
  const data = frame.fromRows(rows(41));
  const total = (result: OlsResult): number => leverage(result).reduce((sum, h) => sum + h, 0);
  expect(total(ols(data, { outcome: "y", regressors: ["x", "z"], weights: "w" }))).toBeCloseTo(3, 9);
  expect(total(ols(data, { outcome: "y", regressors: ["x", "z"], fixedEffects: ["g", "h"], weights: "w" }))).toBeCloseTo(2 + 9 + 4 - 1, 8);
});

it("wald() of one restriction is the squared t ratio, and tests values and combinations", () => {
  const result = ols(frame.fromRows(rows(11)), { outcome: "y", regressors: ["x", "z"], cluster: "g" });
  const { estimate, standardError, statistic, pValue } = result.estimates["x"]!;
  const tested = wald(result, { terms: ["x"] });
  close(tested.statistic, statistic ** 2);
  close(tested.pValue, pValue);
  close(wald(result, { terms: ["x"], values: [0.1] }).statistic, ((estimate - 0.1) / standardError) ** 2);
  close(wald(result, { restrictions: [{ x: 2 }] }).statistic, tested.statistic);
  expect(() => wald(result, { terms: ["xx"] })).toThrow(/did you mean "x"/);
  expect(() => wald(result, { terms: ["x", "x"] })).toThrow(/repeat each other/);
  expect(() => wald(result, {})).toThrow(/must be given/);
});

it("predict() at the data gives the fitted values; effects that are absorbed count as dummies", () => {
  const data = frame.fromRows(rows(13));
  const result = ols(data, { outcome: "y", regressors: ["x", factor("h"), interaction(factor("h"), "z")] });
  const { fitted, standardErrors } = predict(result, data);
  const total = fitted.reduce((sum, value, i) => sum + (data.numbers("y")[i]! - value) ** 2, 0);
  close(total, result.fit.residualSumOfSquares);
  expect(standardErrors.every((value) => value > 0)).toBe(true);
  const absorbed = ols(data, { outcome: "y", regressors: ["x"], fixedEffects: "g" });
  predict(absorbed, data.take(augment(absorbed).rows)).fitted.forEach((value, i) => {
    close(value, augment(absorbed).fitted[i]!);
  });
});

it("serialBandwidth() knows its rules; duplicate periods are errors", () => {
  const data = frame.fromRows(rows(17).map((row, i) => ({ ...row, i })));
  const result = ols(data, { outcome: "y", regressors: ["x"] });
  expect(serialBandwidth(result, { time: "i" })).toBeGreaterThan(0);
  expect(serialBandwidth(result, { time: "i", rule: "andrews", kernel: "quadraticSpectral" })).toBeGreaterThan(0);
  expect(() => serialBandwidth(result, { time: "t" })).toThrow(/own period/);
  expect(() => withCovariance(result, { vcov: { type: "neweyWest", time: "t" } })).toThrow(/needs one row/);
});

it("demean() of sparse graphs reaches its tolerance and counts components", () => {
  const uniform = generator(99);
  const chain = Array.from({ length: 800 }, (_, i) => ({ i: i >> 1, j: (i + 1) >> 1, x: uniform() }));
  const { residual, components } = demean(frame.fromRows(chain), { columns: ["x"], fixedEffects: ["i", "j"] });
  expect(components).toBe(1);
  expect(residual).toBeLessThan(1e-10);
});

it("clustered intervals cover: 600 seeded samples of 20 clusters with common shocks", () => {
  const uniform = generator(2024);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  let [covered, naive] = [0, 0];
  const samples = 600;
  for (let s = 0; s < samples; s++) {
    const data = Array.from({ length: 20 }, (_, g) => {
      const [shock, level] = [normal(), normal()];
      return Array.from({ length: 8 }, () => {
        const x = level + 0.5 * normal();
        return { g, x, y: 0.7 * x + shock + normal() };
      });
    }).flat();
    const result = ols(frame.fromRows(data), {
      outcome: "y",
      regressors: ["x"],
      vcov: { type: "cluster", by: "g", variant: "CR2" },
      smallSample: { degreesOfFreedom: "satterthwaite" },
    });
    const inside = (r: OlsResult): boolean =>
      r.estimates["x"]!.confidenceInterval[0] <= 0.7 && 0.7 <= r.estimates["x"]!.confidenceInterval[1];
    if (inside(result)) covered++;
    if (inside(withCovariance(result, { vcov: { type: "iid" }, smallSample: {} }))) naive++;
  }
  expect(covered / samples).toBeGreaterThan(0.93); // 0.95 less 2.2 standard errors
  expect(covered / samples).toBeLessThan(0.97);
  expect(naive / samples).toBeLessThan(0.8);
});
