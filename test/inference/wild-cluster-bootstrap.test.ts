import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { frame } from "../../src/data/index.ts";
import * as library from "../../src/index.ts";
import { multiplierValues } from "../../src/inference/numerics/wild-draws.ts";
import { MULTIPLIER_VALUES, sumTable } from "../../src/inference/numerics/wild-plan.ts";
import {
  type WildClusterBootstrapOptions,
  type WildClusterBootstrapResult,
  wildClusterBootstrap,
  wildClusterBootstrapAsync,
} from "../../src/inference/wild-cluster-bootstrap.ts";
import { choleskySolve } from "../../src/linalg/index.ts";
import { substream } from "../../src/random/index.ts";
import { augment, factor, logit, poisson, wald, withCovariance } from "../../src/regression/index.ts";
import { ols } from "../../src/regression/ols.ts";
import { type ClusteredRow, clusteredRows, solveRows, toFrame } from "./clustered-data.ts";

type Design = { readonly X: number[][]; readonly y: number[]; readonly w: number[]; readonly cluster: number[] };

function designOf(rows: readonly ClusteredRow[], weighted: boolean, effect: "effect" | "unit" | undefined): Design {
  const levels = effect === undefined ? [] : [...new Set(rows.map((row) => row[effect]))];
  return {
    X: rows.map((row) => [row.treated, row.x, ...(effect === undefined ? [1] : levels.map((level) => (row[effect] === level ? 1 : 0)))]),
    y: rows.map(({ y }) => y),
    w: rows.map(({ weight }) => (weighted ? weight : 1)),
    cluster: rows.map(({ cluster }) => cluster),
  };
}

/** Coefficients under `b_j = values_j` for the first q tested columns, from rows alone. */
function restricted(
  { X, w }: Design,
  y: number[],
  tested: readonly number[],
  values: readonly number[],
  keep: (i: number) => boolean,
): Float64Array {
  const others = X[0]!.map((_, j) => j).filter((j) => !tested.includes(j));
  const index = y.map((_, i) => i).filter(keep);
  const left = index.map((i) => y[i]! - tested.reduce((sum, j, t) => sum + X[i]![j]! * values[t]!, 0));
  const b = solveRows(
    index.map((i) => others.map((j) => X[i]![j]!)),
    left,
    index.map((i) => w[i]!),
  );
  const full = new Float64Array(X[0]!.length);
  tested.forEach((j, t) => {
    full[j] = values[t]!;
  });
  others.forEach((j, o) => {
    full[j] = b[o]!;
  });
  return full;
}

const times = (row: readonly number[], b: Float64Array): number => row.reduce((sum, x, j) => sum + x * b[j]!, 0);

/** The bootstrap done on rows, draw by draw, by refitting: the definition. */
function bruteForce(
  design: Design,
  draws: readonly ArrayLike<number>[],
  options: {
    readonly variant: string;
    readonly imposeNull: boolean;
    readonly tested: readonly number[];
    readonly values: readonly number[];
    readonly K: number;
  },
): { readonly statistic: number; readonly drawn: number[] } {
  const { X, y, w, cluster } = design;
  const { variant, imposeNull, tested, values, K } = options;
  const [n, k] = [y.length, X[0]!.length];
  const G = Math.max(...cluster) + 1;
  const all = (): boolean => true;
  const none: number[] = [];
  const solve = (outcome: number[], keep: (i: number) => boolean, impose: boolean): Float64Array =>
    impose ? restricted(design, outcome, tested, values, keep) : restricted(design, outcome, none, none, keep);
  const inverse = Array.from({ length: k }, (_, j) => {
    const A = new Float64Array(k * k);
    for (let i = 0; i < n; i++) for (let a = 0; a < k; a++) for (let b = 0; b < k; b++) A[a * k + b]! += w[i]! * X[i]![a]! * X[i]![b]!;
    return choleskySolve(
      A,
      Float64Array.from({ length: k }, (_v, a) => (a === j ? 1 : 0)),
    )!;
  });
  const test = (outcome: number[], center: readonly number[]): number => {
    const b = solve(outcome, all, false);
    const distance = Float64Array.from(tested, (j, t) => b[j]! - center[t]!);
    const parts = Array.from({ length: G }, (_, g) => {
      if (variant.endsWith("3")) {
        const without = solve(outcome, (i) => cluster[i] !== g, false);
        return tested.map((j) => b[j]! - without[j]!);
      }
      const score = new Float64Array(k);
      for (let i = 0; i < n; i++) {
        if (cluster[i] !== g) continue;
        for (let a = 0; a < k; a++) score[a]! += w[i]! * X[i]![a]! * (outcome[i]! - times(X[i]!, b));
      }
      return tested.map((j) => inverse[j]!.reduce((sum, value, a) => sum + value * score[a]!, 0));
    });
    const factor = variant.endsWith("3") ? (G - 1) / G : ((G / (G - 1)) * (n - 1)) / (n - K);
    const q = tested.length;
    const V = new Float64Array(q * q);
    for (const part of parts) for (let a = 0; a < q; a++) for (let c = 0; c < q; c++) V[a * q + c]! += factor * part[a]! * part[c]!;
    if (q === 1) return distance[0]! / Math.sqrt(V[0]!);
    return choleskySolve(V, distance)!.reduce((sum, value, a) => sum + value * distance[a]!, 0) / q;
  };
  const b = solve(y, all, imposeNull);
  const residuals = variant.startsWith("3")
    ? (() => {
        const byCluster = Array.from({ length: G }, (_, g) => solve(y, (i) => cluster[i] !== g, imposeNull));
        return y.map((value, i) => value - times(X[i]!, byCluster[cluster[i]!]!));
      })()
    : y.map((value, i) => value - times(X[i]!, b));
  const center = tested.map((j) => b[j]!);
  return {
    statistic: test(y, values),
    drawn: draws.map((v) =>
      test(
        y.map((_, i) => times(X[i]!, b) + v[cluster[i]!]! * residuals[i]!),
        center,
      ),
    ),
  };
}

const signs = (G: number): number[][] =>
  Array.from({ length: 2 ** G }, (_, b) => Array.from({ length: G }, (_v, g) => (Math.floor(b / 2 ** g) % 2 === 1 ? -1 : 1)));

const rowsOf = (values: Float64Array, G: number): Float64Array[] =>
  Array.from({ length: values.length / G }, (_, b) => values.subarray(b * G, (b + 1) * G));

function expectDraws(
  actual: WildClusterBootstrapResult,
  expected: { readonly statistic: number; readonly drawn: readonly number[] },
): void {
  expect(actual.statistic).toBeCloseTo(expected.statistic, 9);
  expect(actual.drawnStatistics!.length).toBe(expected.drawn.length);
  const off = expected.drawn.map((t, b) => Math.abs(actual.drawnStatistics![b]! - t) / Math.max(1, Math.abs(t)));
  expect(Math.max(...off)).toBeLessThan(1e-8);
}

const few = clusteredRows(11, 6, 3);
const many = clusteredRows(12, 24, 9);

describe("wildClusterBootstrap() equals refitting on rows", () => {
  it.each(["11", "13", "31", "33"].flatMap((variant) => [true, false].map((imposeNull) => [variant as "11", imposeNull] as const)))(
    "variant %s, null imposed %s, all patterns of 6 clusters, weights",
    (variant, imposeNull) => {
      const fit = ols(toFrame(few), { outcome: "y", regressors: ["treated", "x"], weights: "weight" });
      const common = { term: "x", value: 0.1, variant, imposeNull, cluster: "cluster", keepDraws: true } as const;
      const design = designOf(few, true, undefined);
      const expected = bruteForce(design, signs(6), { variant, imposeNull, tested: [1], values: [0.1], K: 3 });
      expectDraws(wildClusterBootstrap(fit, common), expected);
      expectDraws(wildClusterBootstrap(fit, { ...common, interval: false }), expected);
    },
  );

  it.each(["rademacher", "mammen", "webb", "normal"] as const)("%s multipliers over 24 clusters, by projection", (multipliers) => {
    const fit = ols(toFrame(many), { outcome: "y", regressors: ["treated", "x"], cluster: "cluster" });
    const values = rowsOf(multiplierValues(multipliers, 24, { seed: 5 }, 0, 20), 24);
    for (const variant of ["11", "33"] as const) {
      const expected = bruteForce(designOf(many, false, undefined), values, { variant, imposeNull: true, tested: [0], values: [0], K: 3 });
      const test = wildClusterBootstrap(fit, { term: "treated", multipliers, variant, draws: 20, seed: 5, keepDraws: true });
      expectDraws(test, expected);
      expectDraws(
        wildClusterBootstrap(fit, { term: "treated", multipliers, variant, draws: 20, seed: 5, keepDraws: true, interval: false }),
        expected,
      );
    }
  });

  it.each([
    ["effect", 5, false],
    ["effect", 5, true],
    ["unit", 2 + 1, false],
    ["unit", 2 + 1, true],
  ] as const)("absorbed effects: %s, weighted %s", (effect, K, weighted) => {
    const regressors = effect === "unit" ? (["x"] as const) : (["treated", "x"] as const);
    const fit = ols(toFrame(few), {
      outcome: "y",
      regressors,
      fixedEffects: effect,
      cluster: "cluster",
      ...(weighted ? { weights: "weight" } : {}),
    });
    const whole = designOf(few, weighted, effect);
    const design = effect === "unit" ? { ...whole, X: whole.X.map(([, ...row]) => row) } : whole;
    const tested = [effect === "unit" ? 0 : 1];
    for (const variant of effect === "unit" ? (["11"] as const) : (["11", "13", "31", "33"] as const)) {
      const test = wildClusterBootstrap(fit, { term: "x", variant, keepDraws: true });
      const parameters = effect === "unit" ? K - 1 : K;
      expectDraws(test, bruteForce(design, signs(6), { variant, imposeNull: true, tested, values: [0], K: parameters }));
    }
  });

  it.each([true, false])("joint hypotheses, null imposed %s", (imposeNull) => {
    const fit = ols(toFrame(few), { outcome: "y", regressors: ["treated", "x"], cluster: "cluster" });
    for (const variant of ["11", "33"] as const) {
      const test = wildClusterBootstrap(fit, { terms: ["treated", "x"], values: [0.2, 0.1], variant, imposeNull, keepDraws: true });
      const expected = bruteForce(designOf(few, false, undefined), signs(6), {
        variant,
        imposeNull,
        tested: [0, 1],
        values: [0.2, 0.1],
        K: 3,
      });
      expectDraws(test, expected);
      expect(test.estimates).toEqual({});
    }
  });
});

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
});

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

const indexOf = (fit: ReturnType<typeof ols>, term: string): number => Object.keys(fit.estimates).indexOf(term);

function fittedOf(rows: readonly ClusteredRow[], options: object): Float64Array {
  return augment(ols(frame.fromRows(rows), { outcome: "y", ...options } as never)).fitted as Float64Array;
}

/** Groups numbered as the library does: by the columns' codes in turn. */
function codesOf(names: readonly string[], rows: readonly object[]): number[] {
  const columns = names.map((name) => {
    const values = rows.map((row) => (row as Record<string, number>)[name]!);
    const levels = [...new Set(values)].sort((a, b) => a - b);
    return values.map((value) => levels.indexOf(value));
  });
  const keys = rows.map((_, i) => columns.map((codes) => String(codes[i]).padStart(4, "0")).join());
  const order = [...new Set(keys)].sort();
  return keys.map((key) => order.indexOf(key));
}

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

describe("multipliers", () => {
  it.each(["rademacher", "mammen", "webb", "normal"] as const)("%s: the stream's own draws", (multipliers) => {
    const stream = substream(4, 1);
    const expected = new Float64Array(3 * 30);
    for (let b = 0; b < 3; b++) {
      const v = expected.subarray(b * 30, (b + 1) * 30);
      if (multipliers === "rademacher") stream.fillSigns(v);
      else if (multipliers === "mammen") stream.fillMammen(v);
      else if (multipliers === "webb") stream.fillWebb(v);
      else stream.fillNormal(v);
    }
    expect(multiplierValues(multipliers, 30, { seed: 4 }, 1024, 1027)).toEqual(expected);
  });

  it("have mean 0 and variance 1", () => {
    for (const values of [MULTIPLIER_VALUES.rademacher, MULTIPLIER_VALUES.webb]) {
      expect(values.reduce((sum, v) => sum + v, 0)).toBeCloseTo(0, 12);
      expect(values.reduce((sum, v) => sum + v * v, 0) / values.length).toBeCloseTo(1, 12);
    }
  });

  it("are tabulated without loss", () => {
    const linear = Float64Array.from({ length: 22 }, (_, i) => Math.sin(i + 1));
    const { table, perBlock, terms } = sumTable(
      "webb",
      11,
      linear,
      Float64Array.from({ length: 11 }, (_, g) => g),
    );
    expect([perBlock, terms]).toEqual([3, 3]);
    const digits = [5, 0, 2]; // clusters 3 to 5
    const at = (216 + digits[0]! + 6 * digits[1]! + 36 * digits[2]!) * 3;
    const v = digits.map((d) => MULTIPLIER_VALUES.webb[d]!);
    expect(table[at]).toBeCloseTo(
      v.reduce((sum, value, j) => sum + value * linear[2 * (3 + j)]!, 0),
      14,
    );
    expect(table[at + 2]).toBeCloseTo(
      v.reduce((sum, value, j) => sum + value * value * (3 + j), 0),
      14,
    );
  });
});
