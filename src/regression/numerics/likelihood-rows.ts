import { type GlmFamily, logFactorial } from "./glm-family.ts";

/** Row by row passes of a likelihood over given outcomes, the loops of every round of a fit. */
export interface LikelihoodRows {
  /** Fills the means at the predictors; returns the deviance. */
  readonly means: (eta: Float64Array, mu: Float64Array) => number;
  /** Fills the working weights `w mu'^2 / V(mu)` and the scores `w mu' (y - mu) / V(mu)`, mu' the mean's slope. */
  readonly working: (eta: Float64Array, mu: Float64Array, weight: Float64Array, score: Float64Array) => void;
  /** Fills the working weights and the working residuals `(y - mu) / mu'`. */
  readonly responses: (eta: Float64Array, mu: Float64Array, weight: Float64Array, residual: Float64Array) => void;
}

/** The passes for a family; the Poisson's have no call in them. */
export function likelihoodRows(family: GlmFamily, y: Float64Array, weights: Float64Array | undefined): LikelihoodRows {
  if (family.name === "poisson") {
    return {
      means: (eta, mu) => poissonMeans(y, weights, eta, mu),
      working: (_, mu, weight, score) => poissonWorking(y, weights, mu, weight, score),
      responses: (_, mu, weight, residual) => poissonResponses(y, weights, mu, weight, residual),
    };
  }
  return {
    means: (eta, mu) => {
      let deviance = 0;
      for (let i = 0; i < y.length; i++) {
        const own = y[i]!;
        const mean = family.mean(eta[i]!);
        mu[i] = mean;
        const part = family.saturated(own) - family.logLikelihood(own, mean);
        deviance += 2 * part * (weights === undefined ? 1 : weights[i]!);
      }
      return deviance;
    },
    working: (eta, mu, weight, score) => {
      for (let i = 0; i < y.length; i++) {
        const mean = mu[i]!;
        const slope = family.slope(eta[i]!, mean);
        const ratio = ((weights === undefined ? 1 : weights[i]!) * slope) / family.variance(mean);
        weight[i] = ratio * slope;
        score[i] = ratio * (y[i]! - mean);
      }
    },
    responses: (eta, mu, weight, residual) => {
      for (let i = 0; i < y.length; i++) {
        const mean = mu[i]!;
        const slope = family.slope(eta[i]!, mean);
        weight[i] = ((weights === undefined ? 1 : weights[i]!) * slope * slope) / family.variance(mean);
        residual[i] = (y[i]! - mean) / slope;
      }
    },
  };
}

/** Logarithms of small counts. */
const LOGS: Float64Array = Float64Array.from({ length: 256 }, (_, y) => Math.log(y));

/** `mu = e^eta`; the deviance `2 sum w (y (log y - eta) - (y - mu))`. */
function poissonMeans(y: Float64Array, weights: Float64Array | undefined, eta: Float64Array, mu: Float64Array): number {
  let deviance = 0;
  for (let i = 0; i < y.length; i++) {
    const own = y[i]!;
    const predictor = eta[i]!;
    const mean = Math.exp(predictor);
    mu[i] = mean;
    let part = mean;
    if (own > 0) {
      const whole = own | 0;
      const logarithm = whole === own && whole < 256 ? LOGS[whole]! : Math.log(own);
      part = own * (logarithm - predictor) - (own - mean);
    }
    deviance += weights === undefined ? part : weights[i]! * part;
  }
  return 2 * deviance;
}

function poissonWorking(
  y: Float64Array,
  weights: Float64Array | undefined,
  mu: Float64Array,
  weight: Float64Array,
  score: Float64Array,
): void {
  for (let i = 0; i < y.length; i++) {
    const mean = mu[i]!;
    const w = weights === undefined ? 1 : weights[i]!;
    weight[i] = w * mean;
    score[i] = w * (y[i]! - mean);
  }
}

function poissonResponses(
  y: Float64Array,
  weights: Float64Array | undefined,
  mu: Float64Array,
  weight: Float64Array,
  residual: Float64Array,
): void {
  for (let i = 0; i < y.length; i++) {
    const mean = mu[i]!;
    weight[i] = weights === undefined ? mean : weights[i]! * mean;
    residual[i] = (y[i]! - mean) / mean;
  }
}

/** Poisson log likelihoods, constants included: at the predictors with their means, and with one mean in all rows. */
export function poissonLogLikelihoods(
  y: Float64Array,
  weights: Float64Array | undefined,
  eta: Float64Array,
  mu: Float64Array,
  mean: number,
): { readonly own: number; readonly alone: number } {
  const logarithm = Math.log(mean);
  let own = 0;
  let alone = 0;
  for (let i = 0; i < y.length; i++) {
    const count = y[i]!;
    const w = weights === undefined ? 1 : weights[i]!;
    const constant = logFactorial(count);
    own += w * ((count > 0 ? count * eta[i]! : 0) - mu[i]! - constant);
    alone += w * ((count > 0 ? count * logarithm : 0) - mean - constant);
  }
  return { own, alone };
}
