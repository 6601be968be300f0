import { countParameters, SMALL_SAMPLE_DEFAULTS } from "../inference/small-sample.ts";
import type { GlmFit, GlmInput } from "./glm-fit.ts";
import { type GlmFamily, logFactorial, POISSON } from "./numerics/glm-family.ts";

/** How well a model fitted by maximum likelihood fits. */
export interface GlmFitStatistics {
  readonly observations: number;
  /** Coefficients and fixed effects counted. */
  readonly parameters: number;
  readonly deviance: number;
  readonly logLikelihood: number;
  /** Log likelihood with a constant alone. */
  readonly nullLogLikelihood: number;
  /** Squared correlation of outcomes and expected outcomes. */
  readonly squaredCorrelation: number;
  /** McFadden's: 1 minus the ratio of the log likelihoods. */
  readonly pseudoRSquared: number;
  readonly adjustedPseudoRSquared: number;
  readonly aic: number;
  readonly bic: number;
  readonly iterations: number;
}

/** Statistics of a fit; those of the model without regressors have the mean of all outcomes. */
export function glmStatistics(
  { means, predictor, deviance, equations, iterations, observations: n }: GlmFit,
  { outcome, weights, family }: GlmInput,
): GlmFitStatistics {
  const parameters = countParameters(equations.counts, { ...SMALL_SAMPLE_DEFAULTS, fixedEffectParameters: "full" }, undefined);
  const values = weights?.values;
  const { total, mean, squaredCorrelation } = agreement(outcome, values, means);
  const { own: logLikelihood, alone: nullLogLikelihood } =
    family === POISSON
      ? poissonLogLikelihoods(outcome, values, predictor, means, mean)
      : logLikelihoods(outcome, values, means, mean, family, deviance / total);
  return finishStatistics(family, {
    observations: n,
    parameters,
    deviance,
    logLikelihood,
    nullLogLikelihood,
    squaredCorrelation,
    iterations,
  });
}

/** The measures that follow from the likelihoods; a dispersion counts as a parameter of the information criteria. */
export function finishStatistics(
  { dispersed }: GlmFamily,
  found: Omit<GlmFitStatistics, "pseudoRSquared" | "adjustedPseudoRSquared" | "aic" | "bic">,
): GlmFitStatistics {
  const { observations, parameters, logLikelihood, nullLogLikelihood } = found;
  const counted = parameters + (dispersed === undefined ? 0 : 1);
  return {
    ...found,
    pseudoRSquared: 1 - logLikelihood / nullLogLikelihood,
    adjustedPseudoRSquared: 1 - (logLikelihood - parameters + 1) / nullLogLikelihood,
    aic: 2 * counted - 2 * logLikelihood,
    bic: counted * Math.log(observations) - 2 * logLikelihood,
  };
}

/** Sum of weights, mean outcome, and squared correlation of outcomes and means. */
function agreement(
  outcome: Float64Array,
  weights: Float64Array | undefined,
  means: Float64Array,
): { readonly total: number; readonly mean: number; readonly squaredCorrelation: number } {
  let total = 0;
  let sum = 0;
  let fitted = 0;
  for (let i = 0; i < outcome.length; i++) {
    const w = weights === undefined ? 1 : weights[i]!;
    total += w;
    sum += w * outcome[i]!;
    fitted += w * means[i]!;
  }
  const mean = sum / total;
  const level = fitted / total;
  let cross = 0;
  let squareY = 0;
  let squareMu = 0;
  for (let i = 0; i < outcome.length; i++) {
    const w = weights === undefined ? 1 : weights[i]!;
    const y = outcome[i]! - mean;
    const mu = means[i]! - level;
    cross += w * y * mu;
    squareY += w * y * y;
    squareMu += w * mu * mu;
  }
  return { total, mean, squaredCorrelation: (cross * cross) / (squareY * squareMu) };
}

/** Poisson log likelihoods, constants included: at the predictors with their means, and with one mean in all rows. */
function poissonLogLikelihoods(
  y: Float64Array,
  weights: Float64Array | undefined,
  eta: Float64Array,
  mu: Float64Array,
  mean: number,
): { readonly own: number; readonly alone: number } {
  let own = 0;
  let total = 0;
  let sum = 0;
  let constants = 0;
  for (let i = 0; i < y.length; i++) {
    const count = y[i]!;
    const w = weights === undefined ? 1 : weights[i]!;
    own += w * ((count > 0 ? count * eta[i]! : 0) - mu[i]!);
    total += w;
    sum += w * count;
    constants += w * logFactorial(count);
  }
  return { own: own - constants, alone: sum * Math.log(mean) - mean * total - constants };
}

/** Log likelihoods at the means and at one mean; where there is a dispersion, at the mean deviance of each, as in R's `glm`. */
function logLikelihoods(
  outcome: Float64Array,
  weights: Float64Array | undefined,
  means: Float64Array,
  mean: number,
  family: GlmFamily,
  dispersion: number,
): { readonly own: number; readonly alone: number } {
  const { dispersed } = family;
  const total = weights === undefined ? outcome.length : weights.reduce((sum, w) => sum + w, 0);
  const alone = dispersed === undefined ? 0 : nullDeviance(outcome, weights, mean, family) / total;
  const at = (y: number, mu: number, spread: number): number =>
    dispersed === undefined ? family.logLikelihood(y, mu) : dispersed(y, mu, spread);
  const sums = { own: 0, alone: 0 };
  for (let i = 0; i < outcome.length; i++) {
    const w = weights === undefined ? 1 : weights[i]!;
    sums.own += w * at(outcome[i]!, means[i]!, dispersion);
    sums.alone += w * at(outcome[i]!, mean, alone);
  }
  return sums;
}

function nullDeviance(outcome: Float64Array, weights: Float64Array | undefined, mean: number, family: GlmFamily): number {
  let sum = 0;
  for (let i = 0; i < outcome.length; i++) {
    const part = family.saturated(outcome[i]!) - family.logLikelihood(outcome[i]!, mean);
    sum += 2 * part * (weights === undefined ? 1 : weights[i]!);
  }
  return sum;
}
