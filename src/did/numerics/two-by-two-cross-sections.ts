import { mean } from "../../linalg/index.ts";
import {
  addPropensityInfluence,
  addRegressionInfluence,
  meanProduct,
  type TrimmedPropensity,
  type TwoByTwoFit,
  type TwoByTwoMethod,
  trimPropensity,
  WITHOUT_PROPENSITY,
} from "./two-by-two-panel.ts";
import {
  calibratedPropensity,
  linearPredictor,
  type PropensityFit,
  weightedLeastSquares,
  weightedLogit,
  weightedSums,
} from "./weighted-fits.ts";

/** Rows of two periods. `X` is n by p, row-major, first column 1; weights have mean 1. */
export interface CrossSectionPair {
  readonly n: number;
  readonly p: number;
  readonly X: Float64Array;
  /** 1 treated, 0 control. */
  readonly D: Float64Array;
  /** 1 in the later (or compared) period, 0 in the base period. */
  readonly post: Float64Array;
  readonly y: Float64Array;
  readonly w: Float64Array;
}

/** Choices that exist for repeated cross-sections only. */
export interface CrossSectionRules {
  readonly trim: number;
  /** Whether the doubly robust estimators use regressions of the treated too. */
  readonly locallyEfficient: boolean;
  /** Sign of the base-period control regression's estimation effect: the derivative's, or that of R's DRDID 1.2.3. */
  readonly baseRegressionSign: "derived" | "DRDID";
}

/** A weighted mean of `y` and its influence values added into `out` with `sign`. */
function addMean(v: Float64Array, y: Float64Array, sign: number, out: Float64Array): number {
  const weight = mean(v);
  const value = meanProduct(v, y) / weight;
  for (let i = 0; i < v.length; i++) out[i]! += (sign * v[i]! * (y[i]! - value)) / weight;
  return value;
}

interface Regression {
  readonly v: Float64Array;
  readonly fitted: Float64Array;
  readonly residuals: Float64Array;
  readonly factor: Float64Array;
}

function regress({ X, y, n, p }: CrossSectionPair, v: Float64Array): Regression | undefined {
  const fit = weightedLeastSquares(X, y, v, n, p);
  if (fit === undefined) return undefined;
  const fitted = linearPredictor(X, fit.coefficients, n, p);
  return { v, fitted, residuals: y.map((value, i) => value - fitted[i]!), factor: fit.factor };
}

/** Row weights of the four cells. */
interface Cells {
  readonly treatedPost: Float64Array;
  readonly treatedPre: Float64Array;
  readonly controlPost: Float64Array;
  readonly controlPre: Float64Array;
}

function cellWeights({ w, D, post }: CrossSectionPair): Cells {
  return {
    treatedPost: w.map((value, i) => value * D[i]! * post[i]!),
    treatedPre: w.map((value, i) => value * D[i]! * (1 - post[i]!)),
    controlPost: w.map((value, i) => value * (1 - D[i]!) * post[i]!),
    controlPre: w.map((value, i) => value * (1 - D[i]!) * (1 - post[i]!)),
  };
}

/** Estimators for repeated cross-sections of Sant'Anna & Zhao (2020); equations in METHODS.md. */
export function fitCrossSectionPair(data: CrossSectionPair, method: TwoByTwoMethod, rules: CrossSectionRules): TwoByTwoFit {
  const { X, D, w, n, p } = data;
  const cells = cellWeights(data);
  if (!(mean(cells.treatedPost) > 0 && mean(cells.treatedPre) > 0)) return { failure: "noTreated" };
  if (!(mean(cells.controlPost) > 0 && mean(cells.controlPre) > 0)) return { failure: "noControls" };
  if (method === "regression") return outcomeRegression(data, cells);
  const logit = weightedLogit(X, D, w, n, p);
  if (logit === undefined) return { failure: "singular" };
  if (method === "ipw") return normalizedIpw(data, cells, trimPropensity(logit, D, rules.trim));
  if (method === "horvitzThompson") return horvitzThompson(data, cells, trimPropensity(logit, D, rules.trim));
  return method === "doublyRobust"
    ? doublyRobust(data, cells, trimPropensity(logit, D, rules.trim), rules)
    : improvedDoublyRobust(data, cells, logit, rules);
}

const oddsWeights = (v: Float64Array, { p, keep }: TrimmedPropensity): Float64Array =>
  v.map((value, i) => (keep[i]! * value * p[i]!) / (1 - p[i]!));

/** `E[v x] / E[v]`. */
function weightedMeanX({ X, n, p }: CrossSectionPair, v: Float64Array): Float64Array {
  const total = mean(v) * n;
  return weightedSums(X, v, n, p).map((value) => value / total);
}

const minus = (a: Float64Array, b: Float64Array): Float64Array => a.map((value, i) => value - b[i]!);

function outcomeRegression(data: CrossSectionPair, cells: Cells): TwoByTwoFit {
  const { n, p, X, y } = data;
  const [post, pre] = [regress(data, cells.controlPost), regress(data, cells.controlPre)];
  if (post === undefined || pre === undefined) return { failure: "singular" };
  const influence = new Float64Array(n);
  const change = addMean(cells.treatedPost, y, 1, influence) - addMean(cells.treatedPre, y, -1, influence);
  const treated = data.w.map((value, i) => value * data.D[i]!);
  const predicted = minus(post.fitted, pre.fitted);
  const counterfactual = addMean(treated, predicted, -1, influence);
  const M = weightedMeanX(data, treated);
  addRegressionInfluence(X, n, p, post.v, post.residuals, post.factor, M, -1, influence);
  addRegressionInfluence(X, n, p, pre.v, pre.residuals, pre.factor, M, 1, influence);
  return { att: change - counterfactual, influence, ...WITHOUT_PROPENSITY };
}

/** Derivative of a control mean weighted by odds with respect to the logit: `E[v (y - mean) x] / E[v]`. */
function oddsDerivative({ X, n, p }: CrossSectionPair, v: Float64Array, y: Float64Array, value: number): Float64Array {
  const total = mean(v) * n;
  return weightedSums(
    X,
    v.map((weight, i) => weight * (y[i]! - value)),
    n,
    p,
  ).map((sum) => sum / total);
}

function normalizedIpw(data: CrossSectionPair, cells: Cells, propensity: TrimmedPropensity): TwoByTwoFit {
  const { n, y } = data;
  const [oddsPost, oddsPre] = [oddsWeights(cells.controlPost, propensity), oddsWeights(cells.controlPre, propensity)];
  if (!(mean(oddsPost) > 0 && mean(oddsPre) > 0)) return { failure: "noControls" };
  const influence = new Float64Array(n);
  const treated = addMean(cells.treatedPost, y, 1, influence) - addMean(cells.treatedPre, y, -1, influence);
  const post = addMean(oddsPost, y, -1, influence);
  const pre = addMean(oddsPre, y, 1, influence);
  const M = minus(oddsDerivative(data, oddsPost, y, post), oddsDerivative(data, oddsPre, y, pre));
  addPropensityInfluence(data, propensity, M, -1, influence);
  return { att: treated - (post - pre), influence, ...propensity.overlap };
}

/** Weighted sums over estimated shares: `E[v y] / (E[wD] E[w 1{period}])`. */
function horvitzThompson(data: CrossSectionPair, cells: Cells, propensity: TrimmedPropensity): TwoByTwoFit {
  const { n, p, X, D, w, post, y } = data;
  const share = meanProduct(w, D);
  const influence = new Float64Array(n);
  const parts = [
    { v: cells.treatedPost, inPost: 1, sign: 1 },
    { v: cells.treatedPre, inPost: 0, sign: -1 },
    { v: oddsWeights(cells.controlPost, propensity), inPost: 1, sign: -1 },
    { v: oddsWeights(cells.controlPre, propensity), inPost: 0, sign: 1 },
  ];
  let att = 0;
  const M = new Float64Array(p);
  parts.forEach(({ v, inPost, sign }, k) => {
    const inPeriod = w.map((value, i) => (post[i] === inPost ? value : 0));
    const lambda = mean(inPeriod);
    const value = meanProduct(v, y) / (share * lambda);
    att += sign * value;
    for (let i = 0; i < n; i++) {
      const own = (v[i]! * y[i]!) / (share * lambda) - value;
      influence[i]! += sign * (own - ((w[i]! * D[i]! - share) * value) / share - ((inPeriod[i]! - lambda) * value) / lambda);
    }
    if (k < 2) return;
    const sums = weightedSums(
      X,
      v.map((weight, i) => weight * y[i]!),
      n,
      p,
    );
    for (let a = 0; a < p; a++) M[a]! += (sign * sums[a]!) / (n * share * lambda);
  });
  addPropensityInfluence(data, propensity, M, 1, influence);
  return { att, influence, ...propensity.overlap };
}

/** Outcome less the control regression of the row's own period. */
function controlResiduals({ y, post }: CrossSectionPair, late: Regression, early: Regression): Float64Array {
  return y.map((value, i) => value - (post[i] === 1 ? late.fitted[i]! : early.fitted[i]!));
}

function doublyRobust(data: CrossSectionPair, cells: Cells, propensity: TrimmedPropensity, rules: CrossSectionRules): TwoByTwoFit {
  const { n, p, X } = data;
  const [late, early] = [regress(data, cells.controlPost), regress(data, cells.controlPre)];
  if (late === undefined || early === undefined) return { failure: "singular" };
  const e = controlResiduals(data, late, early);
  const [oddsPost, oddsPre] = [oddsWeights(cells.controlPost, propensity), oddsWeights(cells.controlPre, propensity)];
  if (!(mean(oddsPost) > 0 && mean(oddsPre) > 0)) return { failure: "noControls" };
  const influence = new Float64Array(n);
  let att = addMean(cells.treatedPost, e, 1, influence) - addMean(cells.treatedPre, e, -1, influence);
  const post = addMean(oddsPost, e, -1, influence);
  const pre = addMean(oddsPre, e, 1, influence);
  att -= post - pre;
  const M = minus(oddsDerivative(data, oddsPost, e, post), oddsDerivative(data, oddsPre, e, pre));
  addPropensityInfluence(data, propensity, M, -1, influence);
  const latePart = minus(weightedMeanX(data, cells.treatedPost), weightedMeanX(data, oddsPost));
  const earlyPart = minus(weightedMeanX(data, cells.treatedPre), weightedMeanX(data, oddsPre));
  addRegressionInfluence(X, n, p, late.v, late.residuals, late.factor, latePart, -1, influence);
  const sign = rules.baseRegressionSign === "derived" ? 1 : -1;
  addRegressionInfluence(X, n, p, early.v, early.residuals, early.factor, earlyPart, sign, influence);
  if (rules.locallyEfficient) {
    const gain = addEfficiencyTerms(data, cells, late, early, true, influence);
    if (gain === undefined) return { failure: "singular" };
    att += gain;
  }
  return { att, influence, ...propensity.overlap };
}

/**
 * What regressions of the treated add: the mean of `m_treated - m_control` over all treated less that over the treated of the
 * period, after minus before.
 */
function addEfficiencyTerms(
  data: CrossSectionPair,
  cells: Cells,
  late: Regression,
  early: Regression,
  withEstimation: boolean,
  influence: Float64Array,
): number | undefined {
  const { n, p, X } = data;
  const treated = data.w.map((value, i) => value * data.D[i]!);
  const meanX = weightedMeanX(data, treated);
  let gain = 0;
  for (const { own, control, sign } of [
    { own: cells.treatedPost, control: late, sign: 1 },
    { own: cells.treatedPre, control: early, sign: -1 },
  ]) {
    const fit = regress(data, own);
    if (fit === undefined) return undefined;
    const gap = minus(fit.fitted, control.fitted);
    gain += sign * (addMean(treated, gap, sign, influence) - addMean(own, gap, -sign, influence));
    if (!withEstimation) continue;
    const M = minus(meanX, weightedMeanX(data, own));
    addRegressionInfluence(X, n, p, fit.v, fit.residuals, fit.factor, M, sign, influence);
    addRegressionInfluence(X, n, p, control.v, control.residuals, control.factor, M, -sign, influence);
  }
  return gain;
}

function improvedDoublyRobust(data: CrossSectionPair, cells: Cells, start: PropensityFit, rules: CrossSectionRules): TwoByTwoFit {
  const { n, p, X, D, w } = data;
  const calibrated = calibratedPropensity(X, D, w, n, p, start.coefficients);
  if (calibrated === undefined) return { failure: "notConverged" };
  const propensity = trimPropensity(calibrated, D, rules.trim);
  const untrimmed = { ...propensity, keep: new Float64Array(n).fill(1) };
  const late = regress(data, oddsWeights(cells.controlPost, untrimmed));
  const early = regress(data, oddsWeights(cells.controlPre, untrimmed));
  if (late === undefined || early === undefined) return { failure: "singular" };
  const e = controlResiduals(data, late, early);
  const [oddsPost, oddsPre] = [oddsWeights(cells.controlPost, propensity), oddsWeights(cells.controlPre, propensity)];
  if (!(mean(oddsPost) > 0 && mean(oddsPre) > 0)) return { failure: "noControls" };
  const influence = new Float64Array(n);
  let att = addMean(cells.treatedPost, e, 1, influence) - addMean(cells.treatedPre, e, -1, influence);
  att -= addMean(oddsPost, e, -1, influence) - addMean(oddsPre, e, 1, influence);
  if (rules.locallyEfficient) {
    const gain = addEfficiencyTerms(data, cells, late, early, false, influence);
    if (gain === undefined) return { failure: "singular" };
    att += gain;
  }
  return { att, influence, ...propensity.overlap };
}
