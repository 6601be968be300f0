import { expect, it } from "vitest";
import { noise, uniform } from "../../bench/harness/draws.ts";
import { type ConvergenceError, WhatworksError } from "../../src/core/errors.ts";
import { frame } from "../../src/data/index.ts";
import { factor, gamma, logit, ols, poisson, probit } from "../../src/regression/index.ts";
import { effectWarnings, requireAbsorbed } from "../../src/regression/warnings.ts";

const N = 60;
const x = noise(1, N);
const z = noise(2, N);
const g = x.map((_, i) => i % 6);
const base = {
  x,
  z,
  g,
  y: x.map((value, i) => value + z[i]!),
  count: x.map((_, i) => Math.floor(3 * uniform(4, i))),
  cost: x.map((value, i) => Math.exp(value) * (0.1 + uniform(5, i))),
  binary: x.map((value, i) => (uniform(3, i) < 1 / (1 + Math.exp(-value)) ? 1 : 0)),
};
const with_ = (more: Record<string, Float64Array>) => frame({ ...base, q: x, ...more });
const errorOf = (run: () => unknown): Pick<WhatworksError, "code" | "message" | "details"> => {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(WhatworksError);
    return error as WhatworksError;
  }
  return { code: "none", message: "", details: {} };
};
const codeOf = (run: () => unknown): string => errorOf(run).code;
const warned = (result: { readonly warnings: readonly { readonly code: string }[] }): readonly string[] =>
  result.warnings.map(({ code }) => code);

it.each([
  ["ols", ols, "y"],
  ["poisson", poisson, "count"],
  ["logit", logit, "binary"],
  ["probit", probit, "binary"],
  ["gamma", gamma, "cost"],
] as const)("%s: each bad input has its own error or warning", (_, model, outcome) => {
  const of = (more: Record<string, Float64Array>, options: object = {}) =>
    model(with_(more), { outcome, regressors: ["q"], ...options } as never);
  expect(codeOf(() => of({ [outcome]: x.map(() => 1) }))).toBe("CONSTANT_OUTCOME");
  expect(codeOf(() => of({ w: x.map((_value, i) => i - 1) }, { weights: "w" }))).toBe("NEGATIVE_WEIGHT");
  expect(codeOf(() => of({ c: x.map(() => 1) }, { cluster: "c" }))).toBe("ONE_CLUSTER");
  expect(codeOf(() => of({ q: g }, { fixedEffects: "g" }))).toBe("ALL_COLLINEAR");
  expect(codeOf(() => of({ q: x.map(() => 3) }, { intercept: false, regressors: ["q", factor("q")] }))).toBe("none");
  expect(warned(of({ q: x.map(() => 3) }))).toContain("TERM_DROPPED");
  expect(codeOf(() => of({ q: x.map((value, i) => (i === 3 ? Number.POSITIVE_INFINITY : value)) }))).toBe("INFINITE_VALUE");
  const missing = of({ q: x.map((value, i) => (i === 3 ? Number.NaN : value)) });
  expect([missing.sample.used, missing.sample.dropped.map(({ rows }) => rows)]).toEqual([N - 1, [1]]);
  const few = frame({ x: x.slice(0, 3), z: z.slice(0, 3), o: outcome === "cost" ? [1, 2, 1] : [1, 0, 1] });
  expect(codeOf(() => model(few, { outcome: "o", regressors: ["x", "z"] }))).toBe("TOO_FEW_ROWS");
  const h = g.map((level, i) => (level < 3 ? 0 : 5) + (Math.floor(i / 6) % 2));
  const parts = of({ h }, { fixedEffects: ["g", "h"] }).warnings.find(({ code }) => code === "DISCONNECTED_EFFECTS");
  expect(parts?.details).toEqual({ components: 2 });
});

it("perfect fits and perfectly told-apart outcomes", () => {
  expect(warned(ols(with_({ y: x.map((value) => 2 + 3 * value) }), { outcome: "y", regressors: ["x"] }))).toContain("PERFECT_FIT");
  const exact = poisson(with_({ y: x.map((value) => Math.exp(1 + value)) }), { outcome: "y", regressors: ["x"] });
  expect(exact.estimates["x"]!.estimate).toBeCloseTo(1, 10);
  expect(exact.fit.deviance).toBeCloseTo(0, 10);
  const apart = with_({ binary: x.map((value) => (value > 0 ? 1 : 0)) });
  const shifted = apart.with({ shift: x.map((value, i) => value + 2 * z[i]!) });
  for (const model of [logit, probit]) {
    for (const more of [{}, { fixedEffects: "g" as const }]) {
      const error = errorOf(() => model(shifted, { outcome: "binary", regressors: ["z", "x"], ...more }));
      expect([error.code, error.details["terms"]]).toEqual(["SEPARATED", ["x"]]);
      expect(error.message).toContain('by "x"');
      expect(errorOf(() => model(shifted, { outcome: "binary", regressors: ["z", "shift"], ...more })).details["terms"]).toEqual([
        "z",
        "shift",
      ]);
    }
  }
  const partly = frame({
    ...base,
    d: x.map((value) => (value > 0.5 ? 1 : 0)),
    binary: base.binary.map((value, i) => (x[i]! > 0.5 ? 1 : value)),
  });
  for (const model of [logit, probit]) {
    const result = model(partly, { outcome: "binary", regressors: ["d", "z"] });
    const doubt = result.warnings.find(({ code }) => code === "SEPARATION");
    expect(doubt?.details).toEqual({ rows: x.filter((value) => value > 0.5).length, terms: ["d"], check: "simplex" });
    expect(result.separation).toEqual([{ check: "simplex", rows: doubt?.details?.["rows"], terms: ["d"] }]);
  }
  expect(warned(logit(with_({}), { outcome: "binary", regressors: ["x", "z"] }))).toEqual([]);
});

it("an iteration that ends early says after how many rounds, and how far it was", () => {
  let error: ConvergenceError | undefined;
  try {
    poisson(with_({}), { outcome: "count", regressors: ["x"], maxIterations: 2 });
  } catch (caught) {
    error = caught as ConvergenceError;
  }
  expect(error?.code).toBe("NOT_CONVERGED");
  expect(error?.details["iterations"]).toBe(2);
  expect(error?.details["residual"]).toBeGreaterThan(3e-13);
});

it.each([
  ["intercepts", "g"],
  ["intercepts with slopes", [{ fixedEffect: "g", slopes: ["z"] }]],
  ["slopes and another effect", [{ fixedEffect: "g", slopes: ["z"], intercept: false }, "h"]],
])("a constant regressor is absorbed by %s", (_, fixedEffects) => {
  const data = frame({ ...base, one: x.map(() => 3), tenth: x.map(() => 0.1), h: x.map((_value, i) => (i * i) % 7) });
  for (const [model, outcome] of [
    [ols, "y"],
    [poisson, "count"],
  ] as const) {
    const { estimates, droppedTerms } = model(data, { outcome, regressors: ["one", "x", "tenth"], fixedEffects: fixedEffects as "g" });
    expect(Object.keys(estimates)).toEqual(["x"]);
    expect(droppedTerms.map(({ reason }) => reason)).toEqual(["absorbed", "absorbed"]);
  }
});

it("fixed effects that cannot be removed are an error with iterations and residual, a small rest a warning", () => {
  const after = (residual: number) => ({ components: 1, report: () => ({ iterations: 20_000, residual }) });
  expect(codeOf(() => effectWarnings("regression.ols", 0, 3, after(1e-6)))).toBe("NOT_CONVERGED");
  expect(() => requireAbsorbed("regression.demean", after(1e-6))).toThrow("20000 iterations left a residual of 1.0e-6");
  expect(effectWarnings("regression.ols", 0, 3, after(1e-9)).map(({ code, details }) => [code, details])).toEqual([
    ["NOT_CONVERGED", { residual: 1e-9, iterations: 20_000 }],
  ]);
  expect(effectWarnings("regression.ols", 0, 3, after(1e-12))).toEqual([]);
});

it("hundreds of thousands of levels are no burden", () => {
  const rows = 600_000;
  const data = frame({
    x: noise(5, rows),
    y: noise(6, rows),
    id: Float64Array.from({ length: rows }, (_, i) => i >> 1),
    t: Float64Array.from({ length: rows }, (_, i) => i & 1),
  });
  const { estimates, fixedEffects, sample } = ols(data, { outcome: "y", regressors: ["x"], fixedEffects: ["id", "t"], cluster: "id" });
  expect(fixedEffects.map(({ levels }) => levels)).toEqual([rows / 2, 2]);
  expect(sample.clusters).toBe(rows / 2);
  const [dx, dy] = ["x", "y"].map((name) => {
    const values = data.numbers(name as "x");
    return Float64Array.from({ length: rows / 2 }, (_, i) => values[2 * i + 1]! - values[2 * i]!);
  }) as [Float64Array, Float64Array];
  const differences = ols(frame({ dx, dy }), { outcome: "dy", regressors: ["dx"] });
  expect(estimates["x"]!.estimate).toBeCloseTo(differences.estimates["dx"]!.estimate, 11);
});
