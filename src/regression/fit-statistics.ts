import { countParameters, SMALL_SAMPLE_DEFAULTS } from "../inference/small-sample.ts";
import { INTERCEPT } from "./design.ts";
import type { LinearModel } from "./linear-model.ts";

/** How well a linear regression fits. */
export interface FitStatistics {
  /** Observations: rows used, or the sum of frequency weights. */
  readonly observations: number;
  /** Coefficients and fixed effects counted. */
  readonly parameters: number;
  /** `observations - parameters`. */
  readonly residualDegreesOfFreedom: number;
  /** `sum w e^2`. */
  readonly residualSumOfSquares: number;
  /** `sum w (y - mean)^2`. */
  readonly totalSumOfSquares: number;
  /** Share of the total sum of squares explained; absent when the outcome does not vary. */
  readonly rSquared?: number;
  readonly adjustedRSquared?: number;
  /** As `rSquared`, of the variation that the fixed effects leave; absent without fixed effects. */
  readonly withinRSquared?: number;
  readonly adjustedWithinRSquared?: number;
  /** Residual standard deviation: root of the residual sum of squares over the residual degrees of freedom. */
  readonly sigma: number;
  /** Root of the mean squared residual, weighted where weights are. */
  readonly rootMeanSquaredError: number;
  readonly logLikelihood: number;
  readonly aic: number;
  readonly bic: number;
}

/** What fit statistics are computed from. */
export interface FittedSums
  extends Pick<
    LinearModel,
    "observations" | "sumOfSquares" | "totalSumOfSquares" | "withinSumOfSquares" | "weights" | "weightSum" | "equations" | "terms"
  > {
  /** Residual sum of squares that R squared compares with the total, where it is another (second stage of instruments). */
  readonly explainedBy?: number;
}

/** Fit statistics of a linear model; the likelihood is the normal one at its maximum over the variance. */
export function fitStatistics(model: FittedSums): FitStatistics {
  const { observations: n, sumOfSquares: rss, totalSumOfSquares: tss, withinSumOfSquares: within, weights, weightSum } = model;
  const { counts } = model.equations;
  const parameters = countParameters(counts, { ...SMALL_SAMPLE_DEFAULTS, fixedEffectParameters: "full" }, undefined);
  const k = counts.coefficients;
  const residual = n - parameters;
  let logWeights = 0;
  if (weights !== undefined && weights.kind !== "frequency")
    for (let i = 0; i < weights.values.length; i++) logWeights += Math.log(weights.values[i]!);
  const logLikelihood = 0.5 * (logWeights - n * (Math.log(2 * Math.PI) + 1 - Math.log(n) + Math.log(rss)));
  // fixest compares mean squares when there is no constant: rss / n with tss / (n - 1)
  const centred = model.terms[0] === INTERCEPT || counts.effects.length > 0;
  const compared = model.explainedBy ?? rss;
  const unexplained = (compared / tss) * (centred ? 1 : n / (n - 1));
  const absorbed = counts.effects.length > 0;
  const forEffects = parameters - k;
  return {
    observations: n,
    parameters,
    residualDegreesOfFreedom: residual,
    residualSumOfSquares: rss,
    totalSumOfSquares: tss,
    ...(tss > 0 ? { rSquared: 1 - unexplained, adjustedRSquared: 1 - (unexplained * (n - 1)) / residual } : {}),
    ...(absorbed && within > 0
      ? {
          withinRSquared: 1 - compared / within,
          adjustedWithinRSquared: 1 - ((compared / within) * (n - forEffects)) / (n - forEffects - k),
        }
      : {}),
    sigma: Math.sqrt(rss / residual),
    rootMeanSquaredError: Math.sqrt(rss / (weights === undefined ? n : weightSum)),
    logLikelihood,
    aic: 2 * parameters - 2 * logLikelihood,
    bic: parameters * Math.log(n) - 2 * logLikelihood,
  };
}
