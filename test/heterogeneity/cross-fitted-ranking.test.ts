import { describe, expect, it } from "vitest";
import { type Frame, frame } from "../../src/data/index.ts";
import { crossFittedRanking, linearLearner, rankAverageEffect } from "../../src/heterogeneity/index.ts";
import { numbers } from "./numbers.ts";

type Table = Frame<Record<string, number>>;
const NAMES = Array.from({ length: 6 }, (_, j) => `x${j}`);

/** Scores of an effect of .5 that grows with the first covariate by `slope`. */
function scored(n: number, seed: number, slope: number): Table {
  const random = numbers(seed);
  const X = NAMES.map(() => Float64Array.from({ length: n }, random.normal));
  const score = X[0]!.map((x) => 0.5 + slope * x + 2 * random.normal());
  return frame({
    ...Object.fromEntries(NAMES.map((name, j) => [name, X[j]!])),
    score,
    fold: score.map((_, i) => i % 4),
  }) as unknown as Table;
}

describe("crossFittedRanking()", () => {
  it("keeps its level where ranking and judging on the same rows does not", () => {
    let [honest, naive] = [0, 0];
    const runs = 120;
    for (let s = 0; s < runs; s++) {
      const data = scored(150, 500 + s, 0);
      const { test } = crossFittedRanking(data, { scores: "score", covariates: NAMES, folds: 3, replicates: 50 });
      if (test.pValue < 0.05) honest++;
      const priority = linearLearner.fit(
        NAMES.map((name) => data.numbers(name)),
        data.numbers("score"),
      )(NAMES.map((name) => data.numbers(name)));
      const [own] = rankAverageEffect(data.with({ priority }) as unknown as Table, {
        scores: "score",
        priorities: ["priority"],
        replicates: 50,
      }).estimates;
      if (own!.statistic > 1.645) naive++;
    }
    expect(honest / runs).toBeLessThan(0.12);
    expect(naive / runs).toBeGreaterThan(0.4);
  });

  it("finds heterogeneity that is there, folds in turn", () => {
    const data = scored(1500, 9, 0.6);
    const options = { scores: "score", covariates: NAMES, folds: "fold" } as const;
    const { test, folds, estimates } = crossFittedRanking(data, options);
    expect(folds).toHaveLength(3);
    expect(test.pValue).toBeLessThan(1e-4);
    expect(test.statistic).toBeCloseTo(folds.reduce((sum, { statistic }) => sum + statistic, 0) / Math.sqrt(3), 12);
    // AUTOC of the best ranking of a normal effect with sd .6: .6 times the integral of phi(z_q)/q, about .6 * .6.
    expect(estimates.rankAverageEffect.estimate).toBeGreaterThan(0.2);
    expect(crossFittedRanking(data, options)).toEqual(crossFittedRanking(data, options));
    const clustered = crossFittedRanking(data.with({ town: data.numbers("x1").map((_, i) => i % 60) }) as unknown as Table, {
      ...options,
      folds: 4,
      cluster: "town",
    });
    expect(clustered.sample.clusters).toBe(60);
  });

  it("refuses folds that are too small", () => {
    const data = scored(30, 10, 0);
    expect(() => crossFittedRanking(data, { scores: "score", covariates: NAMES, folds: 6 })).toThrow(
      expect.objectContaining({ code: "FOLDS_TOO_SMALL" }),
    );
    expect(() => crossFittedRanking(data, { scores: "score", covariates: [] })).toThrow('"covariates"');
  });
});
