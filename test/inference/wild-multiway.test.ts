import { describe, expect, it } from "vitest";
import { frame } from "../../src/data/index.ts";
import { multiplierValues } from "../../src/inference/numerics/wild-draws.ts";
import { wildClusterBootstrap, wildClusterBootstrapAsync } from "../../src/inference/wild-cluster-bootstrap.ts";
import { ols, wald, withCovariance } from "../../src/regression/index.ts";
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
  });

  it("has an async twin with the same bits", async () => {
    const fit = ols(frame.fromRows(data), { outcome: "y", regressors: ["x"], cluster: "cluster" });
    const options = { term: "x", bootstrapCluster: "unit", draws: 50_000, multipliers: "mammen", interval: false } as const;
    expect((await wildClusterBootstrapAsync<Row>(fit, options, { workers: 2 })).pValues).toEqual(
      wildClusterBootstrap<Row>(fit, options).pValues,
    );
  });

  it.each([
    { variant: "13", cluster: ["cluster", "wave"] },
    { variant: "31", cluster: ["cluster", "wave"] },
    { variant: "33", cluster: ["cluster", "wave"], bootstrapCluster: "wave", weights: "weight" },
    { variant: "33", cluster: ["cluster", "wave"], fixedEffects: "effect" },
    { variant: "33", cluster: ["cluster"], bootstrapCluster: "unit" },
    { variant: "31", cluster: ["cluster"], bootstrapCluster: "unit", weights: "weight", fixedEffects: "effect" },
    { variant: "13", cluster: ["wave"], bootstrapCluster: ["cluster", "wave"], fixedEffects: "wave" },
  ] as const)("jackknifed: %o", ({ variant, cluster, ...more }) => {
    const { bootstrapCluster, ...given } = { bootstrapCluster: undefined, ...more };
    const model = { outcome: "y", regressors: ["x", "treated"], ...given, singletons: "keep" } as const;
    const at = (rows: readonly object[], jackknife: boolean, terms: readonly string[] = model.regressors, outcome = "y") =>
      ols(frame.fromRows(rows as Row[]), {
        ...model,
        outcome,
        regressors: terms,
        vcov: { type: "cluster", by: cluster, ...(jackknife ? { variant: "CR3", jackknifeFactor: true } : {}) },
        smallSample: { clusterFactor: "conventional" },
      } as never);
    const fit = at(data, false);
    const j = indexOf(fit, "x");
    const drawn = [bootstrapCluster ?? cluster].flat();
    const codes = codesOf(drawn, data);
    const groups = Math.max(...codes) + 1;
    const values = rowsOf(multiplierValues("webb", groups, { seed: 1 }, 0, 8), groups);
    for (const imposeNull of [true, false]) {
      const options = { term: "x", value: 0.1, imposeNull, draws: 8, multipliers: "webb", keepDraws: true, variant } as const;
      const test = wildClusterBootstrap<Row>(fit, { ...options, ...(bootstrapCluster === undefined ? {} : { bootstrapCluster }) });
      const tOf = (rows: readonly object[], center: number): number => {
        const again = at(rows, variant.endsWith("3"));
        const variance = matrix(again)[j]![j]!;
        return variance > 0 ? (again.estimates["x"]!.estimate - center) / Math.sqrt(variance) : Number.NaN;
      };
      expect(test.statistic).toBeCloseTo(tOf(data, 0.1), 8);
      const moved = data.map((row) => ({ ...row, y: row.y - (imposeNull ? 0.1 : 0) * row.x }));
      const terms = imposeNull ? ["treated"] : ["x", "treated"];
      const whole = fittedOf(moved, { ...model, regressors: terms });
      // residuals of the rows of a group, from the fit without it: a dummy for each of its rows
      const residuals = moved.map((row, i) => row.y - whole[i]!);
      if (variant.startsWith("3")) {
        for (let g = 0; g < groups; g++) {
          const own = data.flatMap((_, i) => (codes[i] === g ? [i] : []));
          const dummies = own.map((i) => `row${i}`);
          const rows = moved.map((row, i) => ({ ...row, ...Object.fromEntries(own.map((at) => [`row${at}`, at === i ? 1 : 0])) }));
          const without = at(rows, false, [...terms, ...dummies]);
          for (const i of own) residuals[i] = without.estimates[`row${i}`]?.estimate ?? Number.NaN;
        }
      }
      const center = imposeNull ? 0.1 : fit.estimates["x"]!.estimate;
      values.forEach((v, d) => {
        const rows = data.map((row, i) => ({ ...row, y: whole[i]! + (imposeNull ? 0.1 * row.x : 0) + v[codes[i]!]! * residuals[i]! }));
        const t = tOf(rows, center);
        if (Number.isNaN(t)) expect(test.drawnStatistics![d]).toBeNaN();
        else expect(Math.abs(test.drawnStatistics![d]! - t) / Math.max(1, Math.abs(t))).toBeLessThan(1e-7);
      });
    }
  });

  it("jackknifed intervals hold what is not rejected, and joint tests count draws with a variance", () => {
    const fit = ols(frame.fromRows(data), { outcome: "y", regressors: ["x", "treated"], cluster: ["cluster", "wave"] });
    const shared = { draws: 199, multipliers: "webb", variant: "33" } as const;
    const [low] = wildClusterBootstrap(fit, { ...shared, term: "x" }).estimates["x"]!.confidenceInterval;
    const at = (value: number) => wildClusterBootstrap(fit, { ...shared, term: "x", value, interval: false }).pValue;
    expect(at(low - 0.01)).toBeLessThanOrEqual(0.05);
    expect(at(low + 0.01)).toBeGreaterThan(0.05);
    const joint = wildClusterBootstrap(fit, { ...shared, terms: ["x", "treated"], keepDraws: true });
    const made = joint.drawnStatistics!.filter((value) => !Number.isNaN(value));
    expect(joint.pValue).toBe(made.filter((value) => value > joint.statistic * (1 + 1e-9)).length / made.length);
    const one = wildClusterBootstrap(fit, { ...shared, restrictions: [{ x: 1 }], interval: false });
    expect(one.pValue).toBe(wildClusterBootstrap(fit, { ...shared, term: "x", interval: false }).pValue);
  });
});
