import { describe, expect, it } from "vitest";
import { multiplierBootstrap, multiplierBootstrapAsync, stepdown } from "../../src/inference/index.ts";
import { multiplierValues } from "../../src/inference/numerics/wild-draws.ts";
import { createStream } from "../../src/random/index.ts";

const N = 60;
const stream = createStream(7);
const common = stream.fillNormal(new Float64Array(N));
const influence = Array.from({ length: 3 }, () => stream.fillNormal(new Float64Array(N)).map((value, i) => value + common[i]!));
const clusters = Array.from({ length: N }, (_, i) => `city ${i % 15}`);
const estimates = [0.4, -0.1, 0.05];

describe("multiplierBootstrap()", () => {
  it.each(["rademacher", "mammen", "webb"] as const)("%s: multiplies the sums of clusters", (multipliers) => {
    const result = multiplierBootstrap(influence, { estimates, clusters, multipliers, draws: 50, seed: 3, keepDraws: true });
    const v = multiplierValues(multipliers, 15, { seed: 3 }, 0, 50);
    result.drawnErrors!.forEach((draw, b) => {
      influence.forEach((values, j) => {
        const expected = values.reduce((sum, value, i) => sum + value * v[b * 15 + (i % 15)]!, 0) / N;
        expect(draw[j]).toBeCloseTo(expected, 12);
      });
    });
    const lean = multiplierBootstrap(influence, { estimates, clusters, multipliers, draws: 50, seed: 3 });
    expect(lean.estimates).toEqual(result.estimates);
    expect(lean.drawnErrors).toBeUndefined();
  });

  it("has clustered standard errors, bands beyond the intervals, and the p-values of a step-down's first step", () => {
    const result = multiplierBootstrap(influence, { estimates, clusters, draws: 499, keepDraws: true });
    const sums = Array.from({ length: 15 }, (_, g) => influence[0]!.reduce((sum, value, i) => (i % 15 === g ? sum + value : sum), 0) / N);
    expect(result.estimates[0]!.standardError).toBeCloseTo(Math.sqrt(sums.reduce((sum, s) => sum + s * s, 0)), 12);
    expect(result.criticalValue).toBeGreaterThan(1.96);
    for (const { uniformBand, confidenceInterval } of result.estimates) expect(uniformBand[0]).toBeLessThan(confidenceInterval[0]);
    const errors = result.estimates.map(({ standardError }) => standardError);
    const single = stepdown(
      estimates.map((estimate, j) => estimate / errors[j]!),
      result.drawnErrors!.map((draw) => draw.map((value, j) => value / errors[j]!)),
    ).singleStep;
    result.estimates.forEach(({ adjustedPValue }, j) => {
      expect(adjustedPValue).toBe(single[j]);
    });
  });

  it("normal multipliers: draws with the contributions' covariance, at no cost in rows", () => {
    const { drawnErrors, vcov } = multiplierBootstrap(influence, {
      estimates,
      clusters,
      multipliers: "normal",
      draws: 40_000,
      keepDraws: true,
    });
    for (const [a, b] of [
      [0, 0],
      [0, 1],
      [2, 1],
    ] as const) {
      const product = drawnErrors!.reduce((sum, draw) => sum + draw[a]! * draw[b]!, 0) / 40_000;
      expect(product / vcov[0]![0]!).toBeCloseTo(vcov[a]![b]! / vcov[0]![0]!, 1);
    }
  });

  it("does not depend on workers, and works with very many clusters", async () => {
    const options = { estimates, clusters, draws: 20_000, seed: 2 } as const;
    expect(await multiplierBootstrapAsync(influence, options, { workers: 2 })).toEqual(multiplierBootstrap(influence, options));
    const long = stream.fillNormal(new Float64Array(2.2e6));
    const { criticalValue } = multiplierBootstrap([long], { estimates: [0], draws: 2, keepDraws: true });
    expect(criticalValue).toBeGreaterThan(0);
  });

  it("covers all true values at the joint level", () => {
    let covered = 0;
    for (let s = 0; s < 200; s++) {
      const own = createStream(100 + s);
      const shared = own.fillNormal(new Float64Array(80));
      const columns = Array.from({ length: 4 }, () => own.fillNormal(new Float64Array(80)).map((value, i) => value + shared[i]!));
      const means = columns.map((column) => column.reduce((sum, value) => sum + value, 0) / 80);
      const centred = columns.map((column, j) => column.map((value) => value - means[j]!));
      const bands = multiplierBootstrap(centred, { estimates: means, draws: 499, seed: s }).estimates;
      if (bands.every(({ uniformBand: [low, high] }) => low < 0 && high > 0)) covered++;
    }
    expect(covered / 200).toBeGreaterThan(0.89);
    expect(covered / 200).toBeLessThan(0.995);
  });

  it("names errors", () => {
    expect(() => multiplierBootstrap([new Float64Array(3), new Float64Array(2)], { estimates: [1, 2] })).toThrow("equally long");
    expect(() => multiplierBootstrap(influence, { estimates: [1] })).toThrow("equally long");
    expect(() => multiplierBootstrap(influence, { estimates, multipliers: "gauss" as "normal" })).toThrow("multipliers");
  });
});
