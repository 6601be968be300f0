import { cholesky, choleskyBackSolve, dot, mean } from "../../linalg/index.ts";
import {
  calibratedPropensity,
  linearPredictor,
  type PropensityFit,
  weightedGram,
  weightedLeastSquares,
  weightedLogit,
  weightedSums,
} from "./weighted-fits.ts";

/** Units of a two-period panel. `X` is n by p, row-major, first column 1; weights have mean 1. */
export interface PanelPair {
  readonly n: number;
  readonly p: number;
  readonly X: Float64Array;
  /** 1 treated, 0 control. */
  readonly D: Float64Array;
  /** Outcome change. */
  readonly change: Float64Array;
  readonly w: Float64Array;
}

/** One weight per row, divided by their mean. */
export function meanOne(weights: Float64Array): Float64Array {
  const centre = mean(weights);
  return weights.map((w) => w / centre);
}

/** Estimators of a comparison of two groups and two periods. */
export type TwoByTwoMethod = "doublyRobust" | "improvedDoublyRobust" | "regression" | "ipw" | "horvitzThompson";

/** Why a comparison has no estimate. */
export type TwoByTwoFailure = "singular" | "noTreated" | "noControls" | "notConverged";

/** What an estimate's propensity is worth. */
export interface Overlap {
  readonly converged: boolean;
  /** Controls left out. */
  readonly trimmed: number;
  /** Before probabilities are capped. */
  readonly largestPropensity: number;
}

/** Of estimates without a propensity. */
export const WITHOUT_PROPENSITY: Overlap = { converged: true, trimmed: 0, largestPropensity: 0 };

/** An estimate with influence values by unit, whose mean square over n is the variance; or the reason why there is none. */
export type TwoByTwoFit = ({ readonly att: number; readonly influence: Float64Array } & Overlap) | { readonly failure: TwoByTwoFailure };

/** Propensities are kept below 1 by this much. */
export const NEAREST_ONE = 1e-6;

/** Propensity scores as the estimators use them: capped, with trimmed controls marked 0. */
export interface TrimmedPropensity {
  readonly fit: PropensityFit;
  readonly p: Float64Array;
  readonly keep: Float64Array;
  readonly overlap: Overlap;
}

/** Caps probabilities below 1 and marks controls at or above `trim` as left out. */
export function trimPropensity(fit: PropensityFit, D: Float64Array, trim: number): TrimmedPropensity {
  const p = new Float64Array(fit.probabilities.length);
  for (let i = 0; i < p.length; i++) p[i] = Math.min(fit.probabilities[i]!, 1 - NEAREST_ONE);
  const keep = new Float64Array(p.length);
  let [trimmed, largestPropensity] = [0, 0];
  for (let i = 0; i < p.length; i++) {
    largestPropensity = Math.max(largestPropensity, fit.probabilities[i]!);
    keep[i] = D[i] === 1 || p[i]! < trim ? 1 : 0;
    if (keep[i] === 0) trimmed++;
  }
  return { fit, p, keep, overlap: { converged: fit.converged, trimmed, largestPropensity } };
}

/** Influence of an estimated logit on a functional with derivative `M`: `w (D - p) x' H M`, added into `out` with `sign`. */
export function addPropensityInfluence(
  { X, D, w, n, p }: { X: Float64Array; D: Float64Array; w: Float64Array; n: number; p: number },
  { fit, p: ps }: TrimmedPropensity,
  M: Float64Array,
  sign: number,
  out: Float64Array,
): void {
  const c = choleskyBackSolve(fit.factor, p, M);
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let a = 0; a < p; a++) sum += X[i * p + a]! * c[a]!;
    out[i]! += sign * n * w[i]! * (D[i]! - ps[i]!) * sum;
  }
}

/** Influence of an estimated regression on a functional with derivative `M`: `v e x' H M`, added into `out` with `sign`. */
export function addRegressionInfluence(
  X: Float64Array,
  n: number,
  p: number,
  v: Float64Array,
  residuals: Float64Array,
  factor: Float64Array,
  M: Float64Array,
  sign: number,
  out: Float64Array,
): void {
  const c = choleskyBackSolve(factor, p, M);
  for (let i = 0; i < n; i++) {
    if (v[i] === 0) continue;
    let sum = 0;
    for (let a = 0; a < p; a++) sum += X[i * p + a]! * c[a]!;
    out[i]! += sign * n * v[i]! * residuals[i]! * sum;
  }
}

/** Mean of the products. */
export const meanProduct = (x: Float64Array, y: Float64Array): number => dot(x, y) / x.length;

const scaled = (x: Float64Array, by: number): Float64Array => x.map((value) => value * by);

/** Parts that comparisons with the same units, covariates and weights share. */
export interface KnownFits {
  readonly logit?: PropensityFit | undefined;
  readonly propensity?: TrimmedPropensity | undefined;
  /** Factor of the controls' weighted Gram matrix. */
  readonly controlFactor?: Float64Array | undefined;
}

/** Two-period panel estimators of Sant'Anna & Zhao (2020); equations in METHODS.md. */
export function fitPanelPair(data: PanelPair, method: TwoByTwoMethod, trim: number, known: KnownFits = {}): TwoByTwoFit {
  const { n, D, w } = data;
  const treated = new Float64Array(n);
  const controls = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    if (D[i] === 1) treated[i] = w[i]!;
    else controls[i] = w[i]!;
  }
  if (!(mean(treated) > 0)) return { failure: "noTreated" };
  if (!(mean(controls) > 0)) return { failure: "noControls" };
  if (method === "regression") return outcomeRegression(data, treated, controls, known.controlFactor);
  const start = known.logit ?? weightedLogit(data.X, D, w, n, data.p);
  if (start === undefined) return { failure: "singular" };
  if (method === "improvedDoublyRobust") return improvedDoublyRobust(data, treated, controls, start, trim);
  const propensity = known.propensity ?? trimPropensity(start, D, trim);
  return method === "doublyRobust"
    ? doublyRobust(data, treated, controls, propensity, known.controlFactor)
    : method === "ipw"
      ? normalizedIpw(data, treated, propensity)
      : horvitzThompson(data, treated, propensity);
}

function residualsOf(y: Float64Array, X: Float64Array, b: Float64Array, n: number, p: number): Float64Array {
  const out = linearPredictor(X, b, n, p);
  for (let i = 0; i < n; i++) out[i] = y[i]! - out[i]!;
  return out;
}

function oddsWeights({ w, D }: PanelPair, { p, keep }: TrimmedPropensity): Float64Array {
  const out = new Float64Array(w.length);
  for (let i = 0; i < out.length; i++) if (D[i] === 0) out[i] = (keep[i]! * w[i]! * p[i]!) / (1 - p[i]!);
  return out;
}

function doublyRobust(
  data: PanelPair,
  wt: Float64Array,
  v: Float64Array,
  propensity: TrimmedPropensity,
  factor: Float64Array | undefined,
): TwoByTwoFit {
  const { n, p, X, change } = data;
  const regression = weightedLeastSquares(X, change, v, n, p, factor);
  if (regression === undefined) return { failure: "singular" };
  const e = residualsOf(change, X, regression.coefficients, n, p);
  const wc = oddsWeights(data, propensity);
  const [Ewt, Ewc] = [mean(wt), mean(wc)];
  if (!(Ewc > 0)) return { failure: "noControls" };
  const [et, ec] = [meanProduct(wt, e) / Ewt, meanProduct(wc, e) / Ewc];
  const influence = new Float64Array(n);
  for (let i = 0; i < n; i++) influence[i] = (wt[i]! * (e[i]! - et)) / Ewt - (wc[i]! * (e[i]! - ec)) / Ewc;
  const odds = new Float64Array(n);
  for (let i = 0; i < n; i++) odds[i] = wc[i]! * (e[i]! - ec);
  addPropensityInfluence(data, propensity, scaled(weightedSums(X, odds, n, p), 1 / (n * Ewc)), -1, influence);
  const byTreated = weightedSums(X, wt, n, p);
  const byControls = weightedSums(X, wc, n, p);
  const M = byTreated.map((value, a) => (value / Ewt - byControls[a]! / Ewc) / n);
  addRegressionInfluence(X, n, p, v, e, regression.factor, M, -1, influence);
  return { att: et - ec, influence, ...propensity.overlap };
}

function improvedDoublyRobust(data: PanelPair, treated: Float64Array, v: Float64Array, start: PropensityFit, trim: number): TwoByTwoFit {
  const { n, p, X, D, w, change } = data;
  const calibrated = calibratedPropensity(X, D, w, n, p, start.coefficients);
  if (calibrated === undefined) return { failure: "notConverged" };
  const { p: ps, keep, overlap } = trimPropensity(calibrated, D, trim);
  const regression = weightedLeastSquares(
    X,
    change,
    v.map((value, i) => (value * ps[i]!) / (1 - ps[i]!)),
    n,
    p,
  );
  if (regression === undefined) return { failure: "singular" };
  const e = residualsOf(change, X, regression.coefficients, n, p);
  const s = e.map((value, i) => keep[i]! * (D[i] === 1 ? value : (-value * ps[i]!) / (1 - ps[i]!)));
  const share = mean(treated);
  const att = meanProduct(w, s) / share;
  const influence = s.map((value, i) => (w[i]! * (value - D[i]! * att)) / share);
  return { att, influence, ...overlap };
}

function outcomeRegression(
  { n, p, X, change }: PanelPair,
  wt: Float64Array,
  v: Float64Array,
  factor: Float64Array | undefined,
): TwoByTwoFit {
  const regression = weightedLeastSquares(X, change, v, n, p, factor);
  if (regression === undefined) return { failure: "singular" };
  const fitted = linearPredictor(X, regression.coefficients, n, p);
  const e = change.map((value, i) => value - fitted[i]!);
  const share = mean(wt);
  const att = meanProduct(wt, e) / share;
  const influence = e.map((value, i) => (wt[i]! * (value - att)) / share);
  addRegressionInfluence(X, n, p, v, e, regression.factor, scaled(weightedSums(X, wt, n, p), 1 / (n * share)), -1, influence);
  return { att, influence, ...WITHOUT_PROPENSITY };
}

function normalizedIpw(data: PanelPair, wt: Float64Array, propensity: TrimmedPropensity): TwoByTwoFit {
  const { n, p, X, change } = data;
  const wc = oddsWeights(data, propensity);
  const [Ewt, Ewc] = [mean(wt), mean(wc)];
  if (!(Ewc > 0)) return { failure: "noControls" };
  const [et, ec] = [meanProduct(wt, change) / Ewt, meanProduct(wc, change) / Ewc];
  const influence = change.map((y, i) => (wt[i]! * (y - et)) / Ewt - (wc[i]! * (y - ec)) / Ewc);
  const odds = wc.map((value, i) => value * (change[i]! - ec));
  addPropensityInfluence(data, propensity, scaled(weightedSums(X, odds, n, p), 1 / (n * Ewc)), -1, influence);
  return { att: et - ec, influence, ...propensity.overlap };
}

function horvitzThompson(data: PanelPair, wt: Float64Array, propensity: TrimmedPropensity): TwoByTwoFit {
  const { n, p, X, change } = data;
  const wc = oddsWeights(data, propensity);
  const share = mean(wt);
  const att = (meanProduct(wt, change) - meanProduct(wc, change)) / share;
  const influence = change.map((y, i) => ((wt[i]! - wc[i]!) * y - wt[i]! * att) / share);
  const odds = wc.map((value, i) => value * change[i]!);
  addPropensityInfluence(data, propensity, scaled(weightedSums(X, odds, n, p), 1 / (n * share)), -1, influence);
  return { att, influence, ...propensity.overlap };
}

/** Least squares of stacked outcomes on 1, D·post, post, D and covariates, with heteroskedasticity-robust influence values by row. */
export function fitTwoWayRegression(
  X: Float64Array,
  y: Float64Array,
  D: Float64Array,
  post: Float64Array,
  w: Float64Array,
  n: number,
  p: number,
): TwoByTwoFit {
  const cells = new Float64Array(4);
  for (let i = 0; i < n; i++) cells[2 * D[i]! + post[i]!]! += w[i]!;
  if (!(cells[2]! > 0 && cells[3]! > 0)) return { failure: "noTreated" };
  if (!(cells[0]! > 0 && cells[1]! > 0)) return { failure: "noControls" };
  const q = p + 3;
  const Z = new Float64Array(n * q);
  for (let i = 0; i < n; i++) {
    for (let a = 0; a < p; a++) Z[i * q + a] = X[i * p + a]!;
    Z[i * q + p] = D[i]!;
    Z[i * q + p + 1] = post[i]!;
    Z[i * q + p + 2] = D[i]! * post[i]!;
  }
  const fit = weightedLeastSquares(Z, y, w, n, q);
  if (fit === undefined) return { failure: "singular" };
  const e = residualsOf(y, Z, fit.coefficients, n, q);
  const M = new Float64Array(q);
  M[q - 1] = 1;
  const influence = new Float64Array(n);
  addRegressionInfluence(Z, n, q, w, e, fit.factor, M, 1, influence);
  return { att: fit.coefficients[q - 1]!, influence, ...WITHOUT_PROPENSITY };
}

/** Largest fitted probability of an unweighted logit; `undefined` when it cannot be fitted. */
export function largestPropensity(X: Float64Array, D: Float64Array, n: number, p: number): number | undefined {
  const fit = weightedLogit(X, D, new Float64Array(n).fill(1), n, p);
  return fit?.probabilities.reduce((max, value) => Math.max(max, value), 0);
}

/** Factor of the controls' weighted Gram matrix; `undefined` when their covariates are linearly dependent. */
export function controlGramFactor(X: Float64Array, D: Float64Array, w: Float64Array, n: number, p: number): Float64Array | undefined {
  const controls = new Float64Array(n);
  for (let i = 0; i < n; i++) if (D[i] === 0) controls[i] = w[i]!;
  return cholesky(weightedGram(X, controls, n, p), p);
}
