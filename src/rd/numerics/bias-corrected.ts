import { clusterQuadratic } from "./cluster-degrees.ts";
import {
  type Adjustment,
  contrastCoefficient,
  covariateAdjustment,
  type EffectKind,
  effectContrast,
  factorial,
  type RatioPoint,
} from "./contrast.ts";
import { clusteredLineCovariances } from "./line-covariances.ts";
import { combinedCoefficients, type LocalFit, localFit } from "./local-fit.ts";
import { weightedResiduals } from "./residuals.ts";
import { rowWeights } from "./row-scores.ts";
import { clusterFactor, clustersWithin, coefficientCovariance, lineCovariances } from "./scores.ts";
import type { Pair } from "./selectors.ts";
import { type Side, windowRows } from "./side.ts";
import type { FitRules } from "./stage.ts";

/** Fits of one side at its two bandwidths. */
export interface SideFit {
  readonly side: Side;
  readonly main: LocalFit;
  readonly bias: LocalFit;
  /** Rows of the wider window: residuals, cluster counts and degrees of freedom refer to them. */
  readonly rows: number;
  /** `(h / b)^(p + 1)`: turns the bias coefficient into units of the main fit. */
  readonly ratio: number;
}

/** One effect on both sides. */
export interface EffectFit {
  /** Side values of the polynomial fit and of its bias-corrected version, `v!` included. */
  readonly conventional: Pair;
  readonly corrected: Pair;
  /** (p + 1) by (p + 1) covariances of the side coefficients, `(x - c)^j` units. */
  readonly conventionalCovariance: readonly [Float64Array, Float64Array];
  /** As above for the bias-corrected coefficients; order q when one clustered bandwidth serves both. */
  readonly robustCovariance: readonly [Float64Array, Float64Array];
}

/** Fits both sides; `undefined` for a side whose window cannot carry the polynomial. */
export function fitSide(side: Side, rules: FitRules, h: number, b: number, order: number, biasOrder: number): SideFit | undefined {
  const main = localFit(side, rules.kernel, h, order);
  const bias = localFit(side, rules.kernel, b, biasOrder);
  if (main === undefined || bias === undefined) return undefined;
  return { side, main, bias, rows: windowRows(side, Math.max(h, b), rules.kernel.closed), ratio: (h / b) ** (order + 1) };
}

/** Covariate coefficients from the main fits of both sides. */
export function pooledAdjustment(fits: readonly [SideFit, SideFit], rules: FitRules): Adjustment {
  return covariateAdjustment([fits[0].side, fits[1].side], [fits[0].main, fits[1].main], rules.kernel, rules.outcomeColumns);
}

/** Value of coefficient `v` (times `v!`) of a combination of columns on one side, conventional and bias-corrected. */
export function sideValues({ side, main, bias, ratio }: SideFit, contrast: Float64Array, v: number): Pair {
  const conventional = contrastCoefficient(side, main, contrast, v);
  const curvature = combinedCoefficients(bias, contrast)[main.order + 1]!;
  const correction = ratio * main.leakage[v]! * curvature * (side.sign / main.h) ** v;
  return [factorial(v) * conventional, factorial(v) * (conventional - correction)];
}

/** Values and covariances of one effect. */
export function fitEffect(
  fits: readonly [SideFit, SideFit],
  rules: FitRules,
  kind: EffectKind,
  gamma: Adjustment,
  v: number,
  at?: RatioPoint,
): EffectFit {
  const columns = fits[0].side.columns.length;
  const contrast = effectContrast(kind, columns, rules.outcomeColumns, gamma, at);
  const values = fits.map((fit) => sideValues(fit, contrast, v));
  const covariances = fits.map((fit) => sideCovariances(fit, rules, contrast, fits));
  return {
    conventional: [values[0]![0], values[1]![0]],
    corrected: [values[0]![1], values[1]![1]],
    conventionalCovariance: [covariances[0]![0], covariances[1]![0]],
    robustCovariance: [covariances[0]![1], covariances[1]![1]],
  };
}

function sideCovariances(
  fit: SideFit,
  rules: FitRules,
  contrast: Float64Array,
  fits: readonly [SideFit, SideFit],
): [Float64Array, Float64Array] {
  const { side, main, bias, rows, ratio } = fit;
  const { kernel, residuals: rule, scores: scoreRule } = rules;
  const nearest = rule === "nearestNeighbour";
  const modern = rule === "CR1" || rule === "CR2" || rule === "CR3";
  const p = main.order + 1;
  const residuals = weightedResiduals(side, kernel, rule, main, contrast, rows);
  if (nearest && p === 2 && !scoreRule.clustered && side.unique === side.rows) {
    const [plain, robust] = lineCovariances(side, kernel, main, residuals, { fit: bias, ratio });
    return [inPowers(plain, side, main.h), inPowers(robust, side, main.h)];
  }
  const robustResiduals = nearest ? residuals : weightedResiduals(side, kernel, rule, bias, contrast, rows);
  const parameters = modern ? bias.order + 1 : p;
  const oneBandwidth = modern && fits.every(({ main: m, bias: b }) => m.h === b.h);
  if (p === 2 && scoreRule.clustered && !oneBandwidth) {
    const both = [residuals, robustResiduals] as const;
    const found = clusteredLineCovariances(side, kernel, main, both, scoreRule, [p, parameters], { fit: bias, ratio });
    return [inPowers(found[0], side, main.h), inPowers(found[1], side, main.h)];
  }
  const conventional = coefficientCovariance(side, kernel, main, residuals, scoreRule, p);
  if (oneBandwidth) {
    const robust = coefficientCovariance(side, kernel, bias, robustResiduals, scoreRule, parameters);
    return [inPowers(conventional, side, main.h), inPowers(robust, side, bias.h)];
  }
  const robust = coefficientCovariance(side, kernel, main, robustResiduals, scoreRule, parameters, { fit: bias, ratio });
  return [inPowers(conventional, side, main.h), inPowers(robust, side, main.h)];
}

/** Row by row on one side, in the units of coefficient `v` (times `v!`), for the first `rows` rows. */
export interface RowInfluence {
  /** What an outcome is multiplied by. */
  readonly weights: Float64Array;
  /** Weight times residual: squares (or squared cluster sums, times the factor) add up to the side's variance. */
  readonly influence: Float64Array;
}

interface ScoredFit {
  /** Whose coefficient it is, and whose bias is taken from it. */
  readonly fit: LocalFit;
  readonly bias: { readonly fit: LocalFit; readonly ratio: number } | undefined;
  /** Whose residuals and leverages are used. */
  readonly residuals: LocalFit;
}

/** The fits behind the conventional and the robust variance. */
function scoredFit(
  { main, bias, ratio }: SideFit,
  rules: FitRules,
  fits: readonly [SideFit, SideFit],
  kind: "conventional" | "robust",
): ScoredFit {
  if (kind === "conventional") return { fit: main, bias: undefined, residuals: main };
  const { residuals: rule } = rules;
  const modern = rule === "CR1" || rule === "CR2" || rule === "CR3";
  if (modern && fits.every(({ main: m, bias: b }) => m.h === b.h)) return { fit: bias, bias: undefined, residuals: bias };
  return { fit: main, bias: { fit: bias, ratio }, residuals: bias };
}

/** Weights and influences of one side's rows. */
export function sideInfluence(
  fits: readonly [SideFit, SideFit],
  s: 0 | 1,
  rules: FitRules,
  contrast: Float64Array,
  v: number,
  kind: "conventional" | "robust",
): RowInfluence {
  const { side, rows } = fits[s];
  const { fit, bias, residuals } = scoredFit(fits[s], rules, fits, kind);
  const weights = rowWeights(side, rules.kernel, fit, v, rows, bias);
  const errors = weightedResiduals(side, rules.kernel, rules.residuals, residuals, contrast, rows);
  const scale = factorial(v);
  const influence = weights.map((weight, i) => {
    const own = side.weights === undefined ? 1 : side.weights[i]!;
    return (scale * weight * errors[i]!) / own;
  });
  return { weights: weights.map((weight) => scale * weight), influence };
}

/**
 * Covariance of the two sides' parts of an effect (right less left) from clusters with rows on both, times two: what the sum of the sides'
 * variances leaves out. Each side keeps its small-sample factor.
 */
export function spanningCovariance(
  fits: readonly [SideFit, SideFit],
  rules: FitRules,
  contrast: Float64Array,
  v: number,
  kind: "conventional" | "robust",
): number {
  const sums = ([0, 1] as const).map((s) => {
    const { side, rows } = fits[s];
    const { influence } = sideInfluence(fits, s, rules, contrast, v, kind);
    const { residuals } = scoredFit(fits[s], rules, fits, kind);
    const factor = rules.scores.factor ? Math.sqrt(clusterFactor(rows, residuals.order + 1, clustersWithin(side, rows))) : 1;
    const out = new Float64Array(side.clusterCount);
    for (let i = 0; i < influence.length; i++) out[side.clusters![i]!]! += factor * influence[i]!;
    return out;
  });
  let total = 0;
  for (let g = 0; g < sums[0]!.length; g++) total -= 2 * sums[0]![g]! * sums[1]![g]!;
  return total;
}

/** Degrees of freedom of the clustered variance of coefficient `v`, both sides together, under independent errors of equal variance. */
export function effectDegrees(fits: readonly [SideFit, SideFit], rules: FitRules, v: number, kind: "conventional" | "robust"): number {
  let [trace, squares] = [0, 0];
  for (const s of [0, 1] as const) {
    const { side, rows } = fits[s];
    const { fit, bias, residuals } = scoredFit(fits[s], rules, fits, kind);
    const weights = rowWeights(side, rules.kernel, fit, v, rows, bias);
    const form = clusterQuadratic(side, rules.kernel, residuals, rules.residuals as "CR1" | "CR2" | "CR3", weights);
    const factor = rules.scores.factor ? clusterFactor(rows, residuals.order + 1, clustersWithin(side, rows)) : 1;
    trace += factor * form.trace;
    squares += factor * factor * form.squares;
  }
  return (trace * trace) / squares;
}

/** From powers of distance over h to powers of `x - c`. */
function inPowers(covariance: Float64Array, side: Side, h: number): Float64Array {
  const k = Math.round(Math.sqrt(covariance.length));
  const unit = side.sign / h;
  return covariance.map((value, at) => value * unit ** (Math.floor(at / k) + (at % k)));
}

/** Clusters in the working rows. */
export function workingClusters({ side, rows }: SideFit): number {
  return clustersWithin(side, rows);
}
