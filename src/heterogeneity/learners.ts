import { ConvergenceError } from "../core/errors.ts";
import { fitLinearModel } from "../regression/linear-model.ts";

/** Predicts from covariates: one array (length rows) per covariate in, one prediction a row out. */
export interface Predictor {
  (X: readonly Float64Array[]): Float64Array;
  /** Intercept, then one coefficient per covariate, of a linear model. */
  readonly coefficients?: readonly number[];
}

/** Anything that learns a conditional mean (or probability). Bring your own: a forest, boosting, a penalised regression. */
export interface Learner {
  /** Shown in the result's options. */
  readonly name: string;
  /** Fewest rows it learns from, given the number of covariates; folds that leave fewer are an error. @defaultValue 1 */
  readonly minimumRows?: (covariates: number) => number;
  /** Learns y from X (one array per covariate), rows weighted by `weights` where given. Must not change its arguments. */
  readonly fit: (X: readonly Float64Array[], y: Float64Array, weights?: Float64Array) => Predictor;
}

/** Linear regression with an intercept; collinear covariates are left out. */
export const linearLearner: Learner = {
  name: "linear",
  minimumRows: (covariates) => covariates + 2,
  fit: (X, y, weights) => {
    const coefficients = linearCoefficients(X, y, weights);
    return Object.assign((at: readonly Float64Array[]) => linearIndex(at, coefficients), { coefficients: Array.from(coefficients) });
  },
};

/** Logistic regression of a 0/1 outcome with an intercept, by Newton's method to convergence; predicts probabilities. */
export const logisticLearner: Learner = {
  name: "logistic",
  minimumRows: (covariates) => covariates + 2,
  fit: (X, y, weights) => {
    const coefficients = logisticCoefficients(X, y, weights);
    return (at) => linearIndex(at, coefficients).map((eta) => 1 / (1 + Math.exp(-eta)));
  },
};

/** @internal Intercept, then one coefficient per covariate (0 for those left out). */
export function linearCoefficients(X: readonly Float64Array[], y: Float64Array, weights?: Float64Array): Float64Array {
  const model = fitLinearModel("a linear learner", {
    outcome: y,
    columns: X,
    names: X.map((_, j) => `covariate ${j + 1}`),
    intercept: true,
    weights: weights === undefined ? undefined : { values: weights, kind: "analytic" },
    effects: [],
  });
  const out = new Float64Array(X.length + 1);
  model.positions.forEach((j, k) => {
    out[j + 1] = model.coefficients[k]!;
  });
  return out;
}

const MOST_STEPS = 100;
const STEP_TOLERANCE = 1e-12;
/** Smallest variance of a 0/1 outcome that a row is given. */
const LEAST_VARIANCE = 1e-14;

function logisticCoefficients(X: readonly Float64Array[], y: Float64Array, weights?: Float64Array): Float64Array {
  const n = y.length;
  let coefficients: Float64Array = new Float64Array(X.length + 1);
  const [working, own] = [new Float64Array(n), new Float64Array(n)];
  for (let step = 0; step < MOST_STEPS; step++) {
    const eta = linearIndex(X, coefficients, n);
    for (let i = 0; i < n; i++) {
      const p = 1 / (1 + Math.exp(-eta[i]!));
      const variance = Math.max(p * (1 - p), LEAST_VARIANCE);
      working[i] = eta[i]! + (y[i]! - p) / variance;
      own[i] = variance * (weights === undefined ? 1 : weights[i]!);
    }
    const next = linearCoefficients(X, working, own);
    const change = next.reduce((largest, value, j) => Math.max(largest, Math.abs(value - coefficients[j]!) / (1 + Math.abs(value))), 0);
    coefficients = next;
    if (change < STEP_TOLERANCE) return coefficients;
  }
  throw new ConvergenceError(
    "LOGIT_NOT_CONVERGED",
    `Cannot learn probabilities by logistic regression as it must settle within ${MOST_STEPS} steps: covariates may separate the classes; use another learner`,
    { steps: MOST_STEPS },
  );
}

function linearIndex(X: readonly Float64Array[], coefficients: Float64Array, rows: number = X[0]?.length ?? 0): Float64Array {
  const out = new Float64Array(rows).fill(coefficients[0]!);
  X.forEach((column, j) => {
    const b = coefficients[j + 1]!;
    if (b !== 0) for (let i = 0; i < rows; i++) out[i]! += b * column[i]!;
  });
  return out;
}
