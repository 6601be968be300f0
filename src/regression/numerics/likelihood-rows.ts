import { exponentials } from "./exponentials.ts";
import type { GlmFamily } from "./glm-family.ts";

/** Row by row passes of a likelihood over given outcomes, the loops of every round of a fit. */
export interface LikelihoodRows {
  /** Fills the means at the predictors of the rows from `start` to before `end`; returns their deviance. */
  readonly means: (eta: Float64Array, mu: Float64Array, start: number, end: number) => number;
  /**
   * Fills the working weights `w mu'^2 / V(mu)` and the scores `w mu' (y - mu) / V(mu)` of the rows from `start` to before `end`,
   * mu' the mean's slope; the first row's at 0.
   */
  readonly working: (eta: Float64Array, mu: Float64Array, start: number, end: number, weight: Float64Array, score: Float64Array) => void;
  /** Fills the working weights and the working residuals `(y - mu) / mu'`. */
  readonly responses: (eta: Float64Array, mu: Float64Array, weight: Float64Array, residual: Float64Array) => void;
}

/** The passes for a family; the Poisson's have no call in them. */
export function likelihoodRows(family: GlmFamily, y: Float64Array, weights: Float64Array | undefined): LikelihoodRows {
  if (family.name === "poisson") {
    return {
      means: (eta, mu, start, end) => poissonMeans(y, weights, eta, mu, start, end),
      working: (_, mu, start, end, weight, score) => poissonWorking(y, weights, mu, start, end, weight, score),
      responses: (_, mu, weight, residual) => poissonResponses(y, weights, mu, weight, residual),
    };
  }
  return {
    means: (eta, mu, start, end) => {
      let deviance = 0;
      for (let i = start; i < end; i++) {
        const own = y[i]!;
        const mean = family.mean(eta[i]!);
        mu[i] = mean;
        const part = family.saturated(own) - family.logLikelihood(own, mean);
        deviance += 2 * part * (weights === undefined ? 1 : weights[i]!);
      }
      return deviance;
    },
    working: (eta, mu, start, end, weight, score) => {
      for (let i = start; i < end; i++) {
        const mean = mu[i]!;
        const slope = family.slope(eta[i]!, mean);
        const ratio = ((weights === undefined ? 1 : weights[i]!) * slope) / family.variance(mean);
        weight[i - start] = ratio * slope;
        score[i - start] = ratio * (y[i]! - mean);
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
const BLOCK = 1024;

/** `mu = e^eta`; the deviance `2 sum w (y (log y - eta) - (y - mu))`. */
function poissonMeans(
  y: Float64Array,
  weights: Float64Array | undefined,
  eta: Float64Array,
  mu: Float64Array,
  start: number,
  end: number,
): number {
  let deviance = 0;
  for (let from = start; from < end; from += BLOCK) {
    const to = Math.min(end, from + BLOCK);
    exponentials(eta, mu, from, to);
    for (let i = from; i < to; i++) {
      const own = y[i]!;
      const mean = mu[i]!;
      let part = mean;
      if (own > 0) {
        const whole = own | 0;
        const logarithm = whole === own && whole < 256 ? LOGS[whole]! : Math.log(own);
        part = own * (logarithm - eta[i]!) - (own - mean);
      }
      deviance += weights === undefined ? part : weights[i]! * part;
    }
  }
  return 2 * deviance;
}

function poissonWorking(
  y: Float64Array,
  weights: Float64Array | undefined,
  mu: Float64Array,
  start: number,
  end: number,
  weight: Float64Array,
  score: Float64Array,
): void {
  for (let i = start; i < end; i++) {
    const mean = mu[i]!;
    const w = weights === undefined ? 1 : weights[i]!;
    weight[i - start] = w * mean;
    score[i - start] = w * (y[i]! - mean);
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
