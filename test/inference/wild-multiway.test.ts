import { describe, expect, it } from "vitest";
import { frame } from "../../src/data/index.ts";
import { multiplierValues } from "../../src/inference/numerics/wild-draws.ts";
import { wildClusterBootstrap, wildClusterBootstrapAsync } from "../../src/inference/wild-cluster-bootstrap.ts";
import { ols, wald, withCovariance } from "../../src/regression/index.ts";
import { toFrame } from "./clustered-data.ts";
import { codesOf, few, fittedOf, indexOf, rowsOf } from "./wild-rows.ts";

describe("several cluster variables and finer multipliers equal refitting on rows", () => {
  const data = few.map((row, i) => ({ ...row, wave: i % 5 }));
  type Row = (typeof data)[number];
  const tests: readonly {
    readonly cluster: readonly ("cluster" | "wave")[];
    readonly bootstrapCluster?: "unit" | "wave" | "cluster" | readonly ("cluster" | "wave")[];
    readonly fixedEffects?: "effect" | "unit" | "wave";
    readonly weights?: "weight";
    readonly clusterFactor?: "conventional";
  }[] = [
    { cluster: ["cluster"], bootstrapCluster: "unit" },
    { cluster: ["cluster"], bootstrapCluster: "unit", weights: "weight", fixedEffects: "unit" },
    { cluster: ["cluster", "wave"] },
    { cluster: ["cluster", "wave"], bootstrapCluster: "wave", clusterFactor: "conventional", fixedEffects: "effect" },
    { cluster: ["cluster", "wave"], bootstrapCluster: "cluster", weights: "weight" },
    { cluster: ["wave"], bootstrapCluster: ["cluster", "wave"], fixedEffects: "wave" },
  ];
  const matrix = ({ covariance, vcov }: ReturnType<typeof ols>): readonly (readonly number[])[] =>
    covariance.beforeRaisingEigenvalues ?? vcov;

  it.each(tests)("%o", ({ cluster, bootstrapCluster, clusterFactor, ...more }) => {
    const model = {
      regressors: ["x", "treated"],
      ...more,
      cluster,
      smallSample: clusterFactor === undefined ? {} : { clusterFactor },
    } as const;
    const usable = more.fixedEffects === "unit" ? { ...model, regressors: ["x"] as const } : model;
    const fit = ols(frame.fromRows(data), { outcome: "y", ...usable });
    const drawn = [bootstrapCluster ?? cluster].flat();
    const keys = data.map((row) => drawn.map((name) => row[name]).join());
    const groups = [...new Set(keys)];
    for (const imposeNull of [true, false]) {
      const options = { term: "x", value: 0.1, imposeNull, draws: 12, multipliers: "webb", keepDraws: true } as const;
      const test = wildClusterBootstrap<Row>(fit, { ...options, ...(bootstrapCluster === undefined ? {} : { bootstrapCluster }) });
      const b = fit.estimates["x"]!.estimate;
      expect(test.statistic).toBeCloseTo((b - 0.1) / Math.sqrt(matrix(fit)[indexOf(fit, "x")]![indexOf(fit, "x")]!), 9);
      const moved = data.map((row) => ({ ...row, y: row.y - 0.1 * row.x }));
      const others = { ...usable, regressors: usable.regressors.filter((name) => name !== "x") };
      const null_ = imposeNull ? fittedOf(moved, others).map((value, i) => value + 0.1 * data[i]!.x) : fittedOf(data, usable);
      // the same multipliers, group by group in the order of the groups' codes
      const codes = codesOf(drawn, data);
      const values = rowsOf(multiplierValues("webb", groups.length, { seed: 1 }, 0, 12), groups.length);
      const expected = values.map((v) => {
        const again = ols(frame.fromRows(data.map((row, i) => ({ ...row, y: null_[i]! + v[codes[i]!]! * (row.y - null_[i]!) }))), {
          outcome: "y",
          ...usable,
        });
        const at = indexOf(again, "x");
        const variance = matrix(again)[at]![at]!;
        return variance > 0 ? (again.estimates["x"]!.estimate - (imposeNull ? 0.1 : b)) / Math.sqrt(variance) : Number.NaN;
      });
      expected.forEach((t, d) => {
        if (Number.isNaN(t)) expect(test.drawnStatistics![d]).toBeNaN();
        else expect(Math.abs(test.drawnStatistics![d]! - t) / Math.max(1, Math.abs(t))).toBeLessThan(1e-8);
      });
    }
  });

  it("joint hypotheses, and an interval that holds what is not rejected", () => {
    const fit = ols(frame.fromRows(data), { outcome: "y", regressors: ["x", "treated"], cluster: ["cluster", "wave"] });
    const within = wildClusterBootstrap<Row>(fit, {
      terms: ["x", "treated"],
      cluster: "cluster",
      bootstrapCluster: "unit",
      keepDraws: true,
    });
    expect(within.statistic).toBeCloseTo(wald(withCovariance(fit, { cluster: "cluster" }), { terms: ["x", "treated"] }).statistic, 9);
    expect(within.pValue).toBe(within.drawnStatistics!.filter((value) => value > within.statistic * (1 + 1e-9)).length / within.draws);
    const single = wildClusterBootstrap(fit, { terms: ["x"], draws: 199, multipliers: "webb" });
    const same = wildClusterBootstrap(fit, { restrictions: [{ x: 1 }], draws: 199, multipliers: "webb", interval: false });
    expect(same.pValue).toBe(single.pValue);
    const [low] = single.estimates["x"]!.confidenceInterval;
    const at = (value: number) => wildClusterBootstrap(fit, { term: "x", value, draws: 199, multipliers: "webb", interval: false }).pValue;
    expect(at(low - 0.01)).toBeLessThanOrEqual(0.05);
    expect(at(low + 0.01)).toBeGreaterThan(0.05);
    expect(() => wildClusterBootstrap(fit, { term: "x", variant: "33" })).toThrow(/one cluster variable/);
  });

  it("has an async twin with the same bits", async () => {
    const fit = ols(frame.fromRows(data), { outcome: "y", regressors: ["x"], cluster: "cluster" });
    const options = { term: "x", bootstrapCluster: "unit", draws: 50_000, multipliers: "mammen", interval: false } as const;
    expect((await wildClusterBootstrapAsync<Row>(fit, options, { workers: 2 })).pValues).toEqual(
      wildClusterBootstrap<Row>(fit, options).pValues,
    );
  });

  it.each(["13", "31", "33"] as const)("variant %s is refused by name where no paper defines it", (variant) => {
    const fit = ols(toFrame(few), { outcome: "y", regressors: ["treated", "x"], cluster: "cluster" });
    const code = (options: object): string | undefined => {
      try {
        wildClusterBootstrap(fit, { term: "x", variant, ...options });
      } catch (error) {
        return (error as { code?: string }).code;
      }
      return undefined;
    };
    expect(code({})).toBeUndefined();
    expect(code({ cluster: ["cluster", "effect"] })).toBe("VARIANT_UNSUPPORTED");
    expect(code({ bootstrapCluster: "unit" })).toBe("VARIANT_UNSUPPORTED");
  });
});
