import { describe, expect, it } from "vitest";
import { IdentificationError } from "../../src/core/errors.ts";
import type { Frame } from "../../src/data/index.ts";
import { pairsBootstrap, pairsBootstrapAsync } from "../../src/inference/index.ts";
import { withCovariance } from "../../src/regression/index.ts";
import { ols } from "../../src/regression/ols.ts";
import { type ClusteredRow, clusteredRows, toFrame } from "./clustered-data.ts";

const rows = clusteredRows(31, 40, 20);
const data = toFrame(rows);
const mean = (sample: Frame<ClusteredRow>): { readonly mean: number } => ({
  mean: sample.numbers("y").reduce((sum, value) => sum + value, 0) / sample.rowCount,
});

describe("pairsBootstrap()", () => {
  it("gives the standard error of a mean", () => {
    const y = data.numbers("y");
    const { mean: center } = mean(data);
    const error = Math.sqrt(y.reduce((sum, value) => sum + (value - center) ** 2, 0)) / y.length;
    const result = pairsBootstrap(data, mean, { draws: 2000 });
    expect(result.estimates["mean"]!.estimate).toBe(center);
    expect(result.estimates["mean"]!.standardError / error).toBeCloseTo(1, 1);
    expect(result.draws.length).toBe(2000);
  });

  it("is near the cluster-robust standard error when clusters are drawn", () => {
    const slope = (sample: Frame<ClusteredRow>): { readonly treated: number } => ({
      treated: ols(sample, { outcome: "y", regressors: ["treated", "x"], keepModel: false }).estimates["treated"]!.estimate,
    });
    const robust = withCovariance(ols(data, { outcome: "y", regressors: ["treated", "x"] }), { cluster: "cluster" });
    const result = pairsBootstrap(data, slope, { cluster: "cluster", strata: "treated", draws: 400 });
    const ratio = result.estimates["treated"]!.standardError / robust.estimates["treated"]!.standardError;
    expect(ratio).toBeGreaterThan(0.85);
    expect(ratio).toBeLessThan(1.15);
    expect(result.sample.clusters).toBe(40);
  });

  it("draws as many units in each stratum, whole clusters, and numbers those drawn", () => {
    pairsBootstrap(
      data,
      (sample) => {
        const [cluster, treated] = [sample.numbers("cluster"), sample.numbers("treated")];
        const drawn = sample.has("drawn") ? (sample.numbers("drawn" as "cluster") as Float64Array) : cluster;
        const byNumber = new Map<number, Set<number>>();
        for (let i = 0; i < drawn.length; i++) byNumber.set(drawn[i]!, (byNumber.get(drawn[i]!) ?? new Set<number>()).add(cluster[i]!));
        expect(byNumber.size).toBe(40);
        for (const set of byNumber.values()) expect(set.size).toBe(1);
        const treatedNumbers = new Set([...drawn].filter((_, i) => treated[i] === 1));
        expect(treatedNumbers.size).toBe(20);
        return { rows: sample.rowCount };
      },
      { cluster: "cluster", strata: "treated", drawnCluster: "drawn", draws: 20 },
    );
  });

  it.each(["percentile", "basic", "normal", "bca"] as const)("%s intervals of a symmetric statistic agree", (interval) => {
    const [low, high] = pairsBootstrap(data, mean, { interval, draws: 800 }).estimates["mean"]!.confidenceInterval;
    const normal = pairsBootstrap(data, mean, { interval: "normal", draws: 800 }).estimates["mean"]!;
    expect(low).toBeCloseTo(normal.confidenceInterval[0], 1);
    expect(high).toBeCloseTo(normal.confidenceInterval[1], 1);
  });

  it("moves with a monotone transformation: percentile and BCa intervals", () => {
    for (const interval of ["percentile", "bca"] as const) {
      const plain = pairsBootstrap(data, mean, { interval, draws: 199, level: 0.9 }).estimates["mean"]!.confidenceInterval;
      const cubed = pairsBootstrap(data, (sample) => ({ cube: Math.exp(mean(sample).mean) }), {
        interval: "percentile",
        draws: 199,
        level: 0.9,
      });
      if (interval === "percentile") {
        plain.forEach((end, e) => {
          expect(Math.log(cubed.estimates["cube"]!.confidenceInterval[e]!)).toBeCloseTo(end, 3);
        });
      }
      expect(plain[0]).toBeLessThan(plain[1]);
    }
  });

  it("leaves failed draws out and says so; other errors stop", () => {
    let calls = 0;
    const result = pairsBootstrap(
      data,
      (sample) => {
        calls++;
        if (calls % 4 === 0) throw new IdentificationError("EMPTY", "Cannot estimate");
        return mean(sample);
      },
      { draws: 40 },
    );
    expect(result.draws.length).toBe(30);
    expect(result.warnings.map(({ code }) => code)).toEqual(["DRAWS_FAILED"]);
    expect(() =>
      pairsBootstrap(data, (sample) => {
        if (sample !== data) throw new TypeError("a bug");
        return mean(sample);
      }),
    ).toThrow("a bug");
  });

  it("has an async twin with the same draws, progress and a signal", async () => {
    const seen: number[] = [];
    const later = await pairsBootstrapAsync(data, mean, { draws: 50, seed: 8 }, { onProgress: (done) => seen.push(done) });
    expect(later).toEqual(pairsBootstrap(data, mean, { draws: 50, seed: 8 }));
    expect(seen.at(-1)).toBe(50);
    const abort = new AbortController();
    abort.abort(new Error("enough"));
    await expect(pairsBootstrapAsync(data, mean, {}, { signal: abort.signal })).rejects.toThrow("enough");
  });
});
