import { expect, it } from "vitest";
import { noise, uniform } from "../../bench/harness/draws.ts";
import { frame } from "../../src/data/index.ts";
import { interaction, logarithm, ols, power, predict } from "../../src/regression/index.ts";

const rows = 200;
const x = Float64Array.from({ length: rows }, (_, i) => 0.5 + 3 * uniform(1, i));
const w = Float64Array.from({ length: rows }, (_, i) => (uniform(2, i) < 0.5 ? 1 : 0));
const e = noise(3, rows);
const y = e.map((v, i) => 1 + w[i]! + 2 * Math.log(x[i]!) + 0.3 * w[i]! * Math.log(x[i]!) + v);
const data = frame({ y, x, w, logX: x.map(Math.log), wLogX: x.map((v, i) => w[i]! * Math.log(v)) });

it("logarithm() is the column of logarithms, in products and predictions too", () => {
  const own = ols(data, { outcome: "y", regressors: ["w", logarithm("x"), interaction("w", logarithm("x"))] });
  const made = ols(data, { outcome: "y", regressors: ["w", "logX", "wLogX"] });
  expect(Object.keys(own.estimates)).toEqual(["(Intercept)", "w", "log(x)", "w:log(x)"]);
  expect(Object.values(own.estimates).map(({ estimate }) => estimate)).toEqual(
    Object.values(made.estimates).map(({ estimate }) => estimate),
  );
  const fresh = frame({ x: [1, Math.E], w: [0, 1] });
  const { estimates } = own;
  const at = (name: string): number => estimates[name]!.estimate;
  const predicted = predict(own, fresh);
  expect(predicted.fitted[0]).toBeCloseTo(at("(Intercept)"), 12);
  expect(predicted.fitted[1]).toBeCloseTo(at("(Intercept)") + at("w") + at("log(x)") + at("w:log(x)"), 12);
});

it("a value without a logarithm is named", () => {
  const bad = frame({ y: [1, 2, 3, 4], x: [1, 0, 2, 3] });
  expect(() => ols(bad, { outcome: "y", regressors: [logarithm("x")] })).toThrow(
    expect.objectContaining({ code: "NOT_POSITIVE", details: { column: "x", value: 0 } }),
  );
});

it("a column and its first power are the same regressor", () => {
  const plain = ols(data, { outcome: "y", regressors: ["x"] }).estimates["x"]!.estimate;
  expect(ols(data, { outcome: "y", regressors: [power("x", 1)] }).estimates["x^1"]!.estimate).toBeCloseTo(plain, 12);
});
