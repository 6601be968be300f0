import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as library from "../../src/index.ts";
import {
  type WildClusterBootstrapOptions,
  type WildClusterBootstrapResult,
  wildClusterBootstrap,
  wildClusterBootstrapAsync,
} from "../../src/inference/wild-cluster-bootstrap.ts";
import { ols } from "../../src/regression/index.ts";
import { clusteredRows, toFrame } from "./clustered-data.ts";
import { few, many } from "./wild-rows.ts";

describe("wildClusterBootstrap()", () => {
  const fit = ols(toFrame(many), { outcome: "y", regressors: ["treated", "x"], cluster: "cluster" });
  const run = (options: WildClusterBootstrapOptions): WildClusterBootstrapResult => wildClusterBootstrap(fit, { draws: 1999, ...options });

  it.each(["twoSided", "equalTailed"] as const)("has p-values of 1 - level on either side of each end (%s)", (alternative) => {
    const { confidenceInterval } = run({ term: "x", alternative }).estimates["x"]!;
    for (const [end, outwards] of [
      [confidenceInterval[0], -1],
      [confidenceInterval[1], 1],
    ] as const) {
      const step = 1e-6 * outwards;
      expect(run({ term: "x", alternative, value: end - step }).pValue).toBeGreaterThan(0.05);
      expect(run({ term: "x", alternative, value: end + step }).pValue).toBeLessThanOrEqual(0.05);
    }
  });

  it("gives one-sided intervals for one-sided alternatives", () => {
    const greater = run({ term: "x", alternative: "greater" }).estimates["x"]!;
    expect(greater.confidenceInterval[1]).toBe(Number.POSITIVE_INFINITY);
    expect(run({ term: "x", alternative: "greater", value: greater.confidenceInterval[0] - 1e-6 }).pValue).toBeLessThanOrEqual(0.05);
    expect(run({ term: "x", alternative: "less" }).estimates["x"]!.confidenceInterval[0]).toBe(Number.NEGATIVE_INFINITY);
  });

  it("does not depend on the number of workers, nor on how many more draws follow", async () => {
    const options = { term: "treated", multipliers: "webb", draws: 40_000, seed: 9, keepDraws: true } as const;
    const alone = wildClusterBootstrap(fit, options);
    for (const workers of [1, 2]) {
      const progress: number[] = [];
      const spread = await wildClusterBootstrapAsync(fit, options, { workers, onProgress: (done) => progress.push(done) });
      expect(spread).toEqual(alone);
      expect(progress.at(-1)).toBe(40_000);
    }
    const shorter = wildClusterBootstrap(fit, { ...options, draws: 1500 });
    expect([...shorter.drawnStatistics!]).toEqual([...alone.drawnStatistics!.subarray(0, 1500)]);
  });

  it("stops when its signal is aborted", async () => {
    const abort = new AbortController();
    abort.abort(new Error("enough"));
    await expect(wildClusterBootstrapAsync(fit, { term: "x", draws: 1e6 }, { signal: abort.signal })).rejects.toThrow("enough");
  });

  it("follows the outcome's unit, and ignores its level", () => {
    fc.assert(
      fc.property(fc.double({ min: -1e3, max: 1e3, noNaN: true }), fc.double({ min: 0.01, max: 100, noNaN: true }), (shift, scale) => {
        const moved = toFrame(many.map((row) => ({ ...row, y: shift + scale * row.y })));
        const other = wildClusterBootstrap(ols(moved, { outcome: "y", regressors: ["treated", "x"], cluster: "cluster" }), {
          term: "x",
          draws: 499,
        });
        const base = wildClusterBootstrap(fit, { term: "x", draws: 499 });
        expect(other.pValue).toBe(base.pValue);
        expect(other.statistic).toBeCloseTo(base.statistic, 7);
        base.estimates["x"]!.confidenceInterval.forEach((end, e) => {
          expect(other.estimates["x"]!.confidenceInterval[e]! / scale).toBeCloseTo(end, 6);
        });
      }),
      { numRuns: 15 },
    );
  });

  it("tests a combination as the coefficient of an equal parametrisation", () => {
    const data = toFrame(many.map((row) => ({ ...row, weight: row.treated + row.x })));
    const sum = wildClusterBootstrap(fit, { restrictions: [{ treated: 1, x: -1 }], draws: 499, seed: 3 });
    // y = a t + b x = (a - b) t + b (t + x)
    const direct = wildClusterBootstrap(ols(data, { outcome: "y", regressors: ["treated", "weight"], cluster: "cluster" }), {
      term: "treated",
      draws: 499,
      seed: 3,
    });
    expect(sum.statistic).toBeCloseTo(direct.statistic, 8);
    expect(sum.pValue).toBe(direct.pValue);
    expect(Object.keys(sum.estimates)).toEqual(["treated - x"]);
  });

  it("takes frequency weights as repeated rows", () => {
    const counted = few.map((row, i) => ({ ...row, weight: 1 + (i % 3) }));
    const repeated = counted.flatMap((row) => Array.from({ length: row.weight }, () => row));
    const options = { outcome: "y", regressors: ["treated", "x"], cluster: "cluster" } as const;
    const short = ols(toFrame(counted), { ...options, weights: { column: "weight", kind: "frequency" } });
    for (const variant of ["11", "33"] as const) {
      const a = wildClusterBootstrap(short, { term: "x", variant, keepDraws: true });
      const b = wildClusterBootstrap(ols(toFrame(repeated), options), { term: "x", variant, keepDraws: true });
      expect(a.statistic).toBeCloseTo(b.statistic, 9);
      expect(a.pValues).toEqual(b.pValues);
      expect(a.drawnStatistics![5]).toBeCloseTo(b.drawnStatistics![5]!, 8);
    }
  });

  it("reports an endless interval, few sign patterns, and the jackknife without identification", () => {
    const lone = clusteredRows(3, 5, 1);
    const test = wildClusterBootstrap(ols(toFrame(lone), { outcome: "y", regressors: ["treated", "x"], cluster: "cluster" }), {
      term: "treated",
      variant: "13",
      ties: "counted",
    });
    const codes = test.warnings.map(({ code }) => code);
    expect(codes).toContain("FEW_SIGN_PATTERNS");
    expect(codes).toContain("UNBOUNDED_INTERVAL");
    expect(codes).toContain("NOT_IDENTIFIED_WITHOUT_CLUSTER");
    expect(test.pValues.tiesCounted.twoSided).toBeGreaterThanOrEqual(2 / 32);
  });

  it("keeps its size with few clusters, where t with CR1 does not", () => {
    let [bootstrap, plain] = [0, 0];
    const runs = 400;
    for (let s = 0; s < runs; s++) {
      const data = toFrame(clusteredRows(1000 + s, 10, 4, 0));
      const null_ = ols(data, { outcome: "y", regressors: ["treated", "x"], cluster: "cluster" });
      if (wildClusterBootstrap(null_, { term: "treated", draws: 1024, interval: false, ties: "counted" }).pValue <= 0.05) bootstrap++;
      if (Math.abs(null_.estimates["treated"]!.statistic) > 1.96) plain++;
    }
    expect(bootstrap / runs).toBeGreaterThan(0.02);
    expect(bootstrap / runs).toBeLessThan(0.08);
    expect(plain / runs).toBeGreaterThan(0.08);
  });

  it("is reached as inference.wildClusterBootstrap", () => {
    expect(library.inference.wildClusterBootstrap).toBe(wildClusterBootstrap);
    expect(library.regression.wildClusterBootstrap).toBe(wildClusterBootstrap);
    expect(run({ term: "x" }).kind).toBe("inference.wildClusterBootstrap");
  });

  it("names what is missing", () => {
    const code = (options: WildClusterBootstrapOptions, result = fit): string => {
      try {
        wildClusterBootstrap(result, options);
      } catch (error) {
        return (error as { code: string }).code;
      }
      return "none";
    };
    expect(code({ term: "treat" })).toBe("UNKNOWN_TERM");
    expect(() => run({ term: "treat" })).toThrow('did you mean "treated"');
    expect(code({})).toBe("HYPOTHESIS_NEEDED");
    expect(code({ term: "x", terms: ["x"] })).toBe("HYPOTHESIS_NEEDED");
    expect(code({ terms: ["x", "x"] })).toBe("SINGULAR_RESTRICTIONS");
    expect(code({ terms: ["x"], values: [1, 2] })).toBe("INVALID_OPTION");
    expect(code({ term: "x", draws: 0 })).toBe("INVALID_OPTION");
    expect(code({ term: "x", variant: "22" as "11" })).toBe("INVALID_OPTION");
    expect(code({ term: "x", multiplier: "webb" } as object)).toBe("UNKNOWN_OPTION");
    const plain = ols(toFrame(many), { outcome: "y", regressors: ["x"] });
    expect(code({ term: "x" }, plain)).toBe("CLUSTER_NEEDED");
    const one = ols(toFrame(many.map((row) => ({ ...row, cluster: 1 }))), { outcome: "y", regressors: ["x"] });
    expect(code({ term: "x", cluster: "cluster" }, one)).toBe("ONE_CLUSTER");
  });
});
