import { describe, expect, it } from "vitest";
import { frame } from "../../src/data/index.ts";
import { multiplierValues } from "../../src/inference/numerics/wild-draws.ts";
import { type WildClusterBootstrapResult, wildClusterBootstrap } from "../../src/inference/wild-cluster-bootstrap.ts";
import { choleskySolve } from "../../src/linalg/index.ts";
import { augment, factor, logit, poisson } from "../../src/regression/index.ts";
import { many, rowsOf } from "./wild-rows.ts";

describe("score bootstrap of likelihoods", () => {
  const data = many.map((row, i) => ({
    ...row,
    count: Math.max(0, Math.round(1.5 + row.y)),
    bin: row.y > 0 ? 1 : 0,
    z: ((i * 7) % 11) / 11,
  }));
  const table = frame.fromRows(data);
  const G = 24;

  /** Scores of clusters and the inverse information at given means, all terms, from rows. */
  function sums(X: readonly number[][], y: readonly number[], mu: ArrayLike<number>, variance: (m: number) => number) {
    const k = X[0]!.length;
    const info = new Float64Array(k * k);
    const scores = Array.from({ length: G }, () => new Float64Array(k));
    X.forEach((x, i) => {
      for (let a = 0; a < k; a++) {
        scores[data[i]!.cluster]![a]! += x[a]! * (y[i]! - mu[i]!);
        for (let b = 0; b < k; b++) info[a * k + b]! += variance(mu[i]!) * x[a]! * x[b]!;
      }
    });
    const row = (j: number) =>
      choleskySolve(
        info,
        Float64Array.from({ length: k }, (_, a) => (a === j ? 1 : 0)),
      )!;
    return { scores, row };
  }

  it.each([
    ["poisson", poisson, "count", (m: number) => m],
    ["logit", logit, "bin", (m: number) => m * (1 - m)],
  ] as const)("%s: scores multiplied, at the estimate and under the hypothesis", (_, model, outcome, variance) => {
    const options = { outcome, regressors: ["x", "z"], cluster: "cluster", smallSample: { adjustParameters: false } } as const;
    const fit = model(table, options);
    const X = data.map((row) => [1, row.x, row.z]);
    const y = data.map((row) => row[outcome]);
    const values = rowsOf(multiplierValues("webb", G, { seed: 1 }, 0, 15), G);
    const shared = { term: "x", value: 0.1, draws: 15, multipliers: "webb", keepDraws: true } as const;
    for (const imposeNull of [true, false]) {
      const test = wildClusterBootstrap(fit, { ...shared, imposeNull });
      const under = imposeNull
        ? model(table.with({ o: data.map((row) => 0.1 * row.x) }), { ...options, regressors: ["z"], offset: "o" })
        : fit;
      const { scores, row } = sums(X, y, augment(under).fitted, variance);
      const parts = scores.map((s) => row(1).reduce((sum, value, a) => sum + value * s[a]!, 0));
      const factor = G / (G - 1);
      const t = (n: number, own: readonly number[]): number => n / Math.sqrt(factor * own.reduce((sum, value) => sum + value * value, 0));
      const total = parts.reduce((sum, value) => sum + value, 0);
      const observed = t(imposeNull ? total : fit.estimates["x"]!.estimate - 0.1, parts);
      expect(test.statistic).toBeCloseTo(observed, 5);
      values.forEach((v, d) => {
        const drawn = parts.map((value, g) => v[g]! * value);
        expect(test.drawnStatistics![d]).toBeCloseTo(
          t(
            drawn.reduce((sum, value) => sum + value, 0),
            drawn,
          ),
          5,
        );
      });
      const pAt = (value: number) => wildClusterBootstrap(fit, { ...shared, imposeNull, value, draws: 199, interval: false }).pValue;
      const wide = wildClusterBootstrap(fit, { ...shared, imposeNull, draws: 199 }).estimates["x"]!.confidenceInterval;
      expect(wide[0]).toBeLessThan(wide[1]);
      for (const [end, inwards] of [
        [wide[0], 1],
        [wide[1], -1],
      ] as const) {
        expect(pAt(end + inwards * 1e-4)).toBeGreaterThan(0.05);
        expect(pAt(end - inwards * 1e-4)).toBeLessThanOrEqual(0.05);
      }
    }
  });

  it("absorbed effects count as dummies, joint hypotheses as several terms; combinations are not imposed", () => {
    const options = { outcome: "count", regressors: ["x", "z"], cluster: "cluster", singletons: "keep" } as const;
    const smallSample = { adjustParameters: false } as const;
    const absorbed = poisson(table, { ...options, fixedEffects: "effect", smallSample });
    const dummies = poisson(table, { ...options, regressors: ["x", "z", factor("effect")], smallSample });
    const shared = { draws: 99, keepDraws: true, multipliers: "webb" } as const;
    const [a, b] = [absorbed, dummies].map((fit) => wildClusterBootstrap(fit, { ...shared, terms: ["x", "z"] })) as [
      WildClusterBootstrapResult,
      WildClusterBootstrapResult,
    ];
    expect(a.statistic).toBeCloseTo(b.statistic, 6);
    for (const [d, value] of a.drawnStatistics!.entries()) expect(value).toBeCloseTo(b.drawnStatistics![d]!, 5);
    const sum = { restrictions: [{ x: 1, z: -1 }], draws: 99 } as const;
    expect(() => wildClusterBootstrap(absorbed, sum)).toThrow(/imposeNull: false/);
    expect(wildClusterBootstrap(absorbed, { ...sum, imposeNull: false }).draws).toBe(99);
    expect(() => wildClusterBootstrap(absorbed, { term: "x", variant: "33" })).toThrow(/least squares/);
  });
});
