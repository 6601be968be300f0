import { semiDefiniteSolver } from "./semi-definite.ts";

/** Rows of one long-difference regression, in any order. */
export interface LongDifferenceRows {
  /** Cluster and period of entry or comparison. */
  readonly cluster: Int32Array;
  readonly period: Int32Array;
  /** 1 for units entering in the period. */
  readonly treated: Uint8Array;
  readonly difference: Float64Array;
  readonly covariates: readonly Float64Array[];
  /** Weights of the rows; 1 by default. */
  readonly weights?: Float64Array;
}

/** One regression: a value, each cluster's contribution to its deviation, clusters. */
export interface AdjustedFit {
  readonly value: number;
  readonly contributions: Float64Array;
  readonly clusters: number;
  /** Positions of covariates that others, or the periods, determine: they count for nothing. */
  readonly collinear: readonly number[];
}

/** Share of a covariate's squares below which what the periods leave of it is rounding. */
const ROUNDING = 1e-17;

/**
 * Least squares of the difference on entry, covariates and period effects. Periods without both sides must have been left out.
 * Contributions include sqrt(G/(G-1) (n-1)/(n-K)).
 */
export function fitLinear(rows: LongDifferenceRows, clusters: number, periods: number): AdjustedFit | undefined {
  const { cluster, period, treated, difference, covariates } = rows;
  const n = cluster.length;
  const everyone = rows.weights ?? new Float64Array(n).fill(1);
  const D = lessMeans(Float64Array.from(treated), period, everyone, periods);
  const y = lessMeans(difference, period, everyone, periods);
  const X = covariates.map((x) => lessMeans(x, period, everyone, periods));
  const solver = gramSolver(X, covariates, everyone);
  const net = residuals(D, X, solver, everyone);
  const size = dot(net, D, everyone);
  if (!(size > 1e-12 * dot(D, D, everyone))) return undefined;
  const value = dot(net, y, everyone) / size;
  const e = residuals(
    y.map((own, i) => own - value * D[i]!),
    X,
    solver,
    everyone,
  );
  const contributions = new Float64Array(clusters);
  for (let i = 0; i < n; i++) contributions[cluster[i]!]! += (everyone[i]! * net[i]! * e[i]!) / size;
  return scaled(value, contributions, rows, solver.dependent);
}

/**
 * Regression adjustment: covariates and period effects are fitted among controls, the average of the treated rows' differences from the
 * prediction is the effect, each treated row weighing the same (or its weight). Contributions count the fit.
 */
export function fitAdjustment(rows: LongDifferenceRows, clusters: number, periods: number): AdjustedFit | undefined {
  const { cluster, period, treated, difference, covariates } = rows;
  const n = cluster.length;
  const everyone = rows.weights ?? new Float64Array(n).fill(1);
  const controls = everyone.map((w, i) => w * (1 - treated[i]!));
  const y = lessMeans(difference, period, controls, periods);
  const X = covariates.map((x) => lessMeans(x, period, controls, periods));
  const solver = gramSolver(X, covariates, controls);
  const e = residuals(y, X, solver, controls);
  const ofPeriod = new Float64Array(2 * periods);
  for (let i = 0; i < n; i++) ofPeriod[2 * period[i]! + treated[i]!]! += everyone[i]!;
  let [sum, N] = [0, 0];
  const loading = new Float64Array(X.length);
  for (let i = 0; i < n; i++) {
    if (treated[i] === 0) continue;
    sum += everyone[i]! * e[i]!;
    N += everyone[i]!;
    for (let a = 0; a < X.length; a++) loading[a]! += everyone[i]! * X[a]![i]!;
  }
  if (!(N > 0)) return undefined;
  const value = sum / N;
  const direction = solver.solve(loading);
  const contributions = new Float64Array(clusters);
  for (let i = 0; i < n; i++) {
    if (treated[i] === 1) {
      contributions[cluster[i]!]! += (everyone[i]! * (e[i]! - value)) / N;
      continue;
    }
    const t = period[i]!;
    let weight = ofPeriod[2 * t + 1]! / ofPeriod[2 * t]!;
    for (let a = 0; a < X.length; a++) weight += X[a]![i]! * direction[a]!;
    contributions[cluster[i]!]! -= (everyone[i]! * weight * e[i]!) / N;
  }
  return scaled(value, contributions, rows, solver.dependent);
}

function scaled(
  value: number,
  contributions: Float64Array,
  { cluster, period }: LongDifferenceRows,
  dependent: Uint8Array,
): AdjustedFit | undefined {
  const clusters = count(cluster);
  const n = cluster.length;
  const collinear = [...dependent.keys()].filter((a) => dependent[a] === 1);
  const parameters = 1 + dependent.length - collinear.length + count(period);
  if (n <= parameters || clusters < 2) return undefined;
  const factor = Math.sqrt((clusters / (clusters - 1)) * ((n - 1) / (n - parameters)));
  return { value, contributions: contributions.map((own) => own * factor), clusters, collinear };
}

const count = (codes: Int32Array): number => new Set(codes).size;

/** Values less the weighted mean by period; weight 0: a row that does not count. */
function lessMeans(values: Float64Array, period: Int32Array, weights: Float64Array, periods: number): Float64Array {
  const sums = new Float64Array(periods);
  const sizes = new Float64Array(periods);
  for (let i = 0; i < values.length; i++) {
    sums[period[i]!]! += weights[i]! * values[i]!;
    sizes[period[i]!]! += weights[i]!;
  }
  return values.map((value, i) => value - sums[period[i]!]! / sizes[period[i]!]!);
}

/** Of X, which is what the periods leave of `covariates`. */
function gramSolver(
  X: readonly Float64Array[],
  covariates: readonly Float64Array[],
  weights: Float64Array,
): ReturnType<typeof semiDefiniteSolver> {
  const k = X.length;
  const gram = new Float64Array(k * k);
  for (let a = 0; a < k; a++) {
    for (let b = 0; b < k; b++) for (let i = 0; i < weights.length; i++) gram[a * k + b]! += weights[i]! * X[a]![i]! * X[b]![i]!;
  }
  return semiDefiniteSolver(
    gram,
    k,
    Float64Array.from(covariates, (x, a) => Math.max(gram[a * k + a]!, ROUNDING * dot(x, x, weights))),
  );
}

/** Residuals of all rows from the weighted regression on X. */
function residuals(
  y: Float64Array,
  X: readonly Float64Array[],
  solver: ReturnType<typeof semiDefiniteSolver>,
  weights: Float64Array,
): Float64Array {
  const right = Float64Array.from(X, (x) => {
    let sum = 0;
    for (let i = 0; i < y.length; i++) sum += weights[i]! * x[i]! * y[i]!;
    return sum;
  });
  const b = solver.solve(right);
  return y.map((value, i) => X.reduce((rest, x, a) => rest - b[a]! * x[i]!, value));
}

function dot(a: Float64Array, b: Float64Array, weights: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += weights[i]! * a[i]! * b[i]!;
  return sum;
}
