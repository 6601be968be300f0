import { describe, expect, it } from "vitest";
import { frame } from "../../src/data/index.ts";
import { doubleMl, lassoLearner, linearLearner, metaLearner, predictEffects, ridgeLearner } from "../../src/heterogeneity/index.ts";
import { numbers } from "./numbers.ts";

const mean = (values: ArrayLike<number>): number => Array.from(values).reduce((sum, v) => sum + v, 0) / values.length;

/** n rows, p correlated covariates of which the first two matter. */
function sample(n: number, p: number, seed: number): { readonly X: Float64Array[]; readonly y: Float64Array; readonly w: Float64Array } {
  const random = numbers(seed);
  const common = Float64Array.from({ length: n }, random.normal);
  const X = Array.from({ length: p }, () => common.map((c) => 5 + 0.6 * c + 0.8 * random.normal()));
  const y = common.map((_, i) => 1 + 2 * X[0]![i]! - X[1]![i]! + random.normal());
  return { X, y, w: y.map(() => 0.5 + random.uniform()) };
}

/** Half the weighted mean squared error plus the penalty, in standardised covariates. */
function objective(
  X: readonly Float64Array[],
  y: Float64Array,
  w: Float64Array,
  coefficients: readonly number[],
  penalty: (b: number) => number,
): number {
  const total = w.reduce((sum, v) => sum + v, 0);
  const center = (x: Float64Array): number => x.reduce((sum, v, i) => sum + w[i]! * v, 0) / total;
  const deviation = (x: Float64Array): number => Math.sqrt(x.reduce((sum, v, i) => sum + w[i]! * (v - center(x)) ** 2, 0) / total);
  const sy = deviation(y);
  const error = y.reduce((sum, v, i) => {
    const predicted = coefficients[0]! + X.reduce((s, x, j) => s + coefficients[j + 1]! * x[i]!, 0);
    return sum + (w[i]! * ((v - predicted) / sy) ** 2) / total;
  }, 0);
  return error / 2 + X.reduce((sum, x, j) => sum + penalty((coefficients[j + 1]! * deviation(x)) / sy), 0);
}

describe.each([
  ["ridgeLearner()", ridgeLearner, (lambda: number) => (b: number) => (lambda * b * b) / 2],
  ["lassoLearner()", lassoLearner, (lambda: number) => (b: number) => lambda * Math.abs(b)],
] as const)("%s", (_name, learner, penaltyOf) => {
  it("minimises squared error plus its penalty, weights included", () => {
    const { X, y, w } = sample(80, 5, 1);
    for (const penalty of [0.01, 0.1, 0.3]) {
      const coefficients = learner({ penalty }).fit(X, y, w).coefficients!;
      const best = objective(X, y, w, coefficients, penaltyOf(penalty));
      for (let j = 0; j <= 5; j++) {
        for (const step of [1e-3, -1e-3]) {
          const moved = coefficients.map((b, k) => (k === j ? b + step : b));
          expect(objective(X, y, w, moved, penaltyOf(penalty))).toBeGreaterThan(best - 1e-12);
        }
      }
    }
  });

  it("is the linear learner without a penalty, and predicts no worse where covariates are many", () => {
    const { X, y } = sample(60, 4, 2);
    const [own, linear] = [learner({ penalty: 0 }).fit(X, y), linearLearner.fit(X, y)];
    for (const [j, b] of own.coefficients!.entries()) expect(b).toBeCloseTo(linear.coefficients![j]!, 6);
    const [train, test] = [sample(60, 30, 3), sample(500, 30, 4)];
    const error = (made: typeof own): number => mean(made(test.X).map((v, i) => (v - test.y[i]!) ** 2));
    expect(error(learner().fit(train.X, train.y))).toBeLessThan(0.95 * error(linearLearner.fit(train.X, train.y)));
    expect(learner().fit(train.X, train.y).coefficients).toEqual(learner().fit(train.X, train.y).coefficients);
  });

  it("copes with constant columns and a constant outcome, and refuses bad options", () => {
    const { X, y } = sample(40, 2, 5);
    const constant = new Float64Array(40).fill(3);
    expect(learner().fit([...X, constant], y).coefficients![3]).toBe(0);
    expect(Array.from(learner().fit(X, constant)(X))).toEqual(Array.from(constant));
    expect(() => learner({ penalty: -1 })).toThrow('"penalty"');
    expect(() => learner().fit([Float64Array.of(1)], Float64Array.of(1))).toThrow("at least two rows");
  });
});

it("the lasso leaves covariates out, and both learners serve as nuisances", () => {
  const { X, y } = sample(300, 12, 6);
  expect(
    lassoLearner()
      .fit(X, y)
      .coefficients!.slice(3)
      .filter((b) => b === 0).length,
  ).toBeGreaterThan(0);
  const random = numbers(7);
  const job = X[0]!.map((x) => 0.5 * x + random.normal());
  const names = X.map((_, j) => `x${j}`);
  const data = frame({
    ...Object.fromEntries(X.map((x, j) => [`x${j}`, x])),
    job,
    hours: y.map((v, i) => v + 0.7 * job[i]!),
    treated: job.map((v) => (v > 2.5 ? 1 : 0)),
  });
  const learners = { outcome: lassoLearner(), treatment: ridgeLearner() };
  const { effect } = doubleMl(data, {
    model: "partiallyLinear",
    outcome: "hours",
    treatment: "job",
    covariates: names,
    learners,
  } as never).estimates;
  expect(Math.abs(effect.estimate - 0.7)).toBeLessThan(4 * effect.standardError);
  const model = metaLearner(data, {
    type: "T",
    outcome: "hours",
    treatment: "treated",
    covariates: names,
    learners: { outcome: lassoLearner() },
  } as never);
  expect(predictEffects(model, data)).toHaveLength(300);
});
