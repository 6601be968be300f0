import { IdentificationError, OptionError } from "../core/errors.ts";
import { checkChoice, checkNumber } from "../core/options.ts";
import type { EstimatingEquations } from "../inference/covariance.ts";
import type { ParameterCounts } from "../inference/small-sample.ts";
import { INTERCEPT } from "./design.ts";
import type { IvModel } from "./iv-model.ts";
import { equationsFrom, type LinearModel, withIntercept } from "./linear-model.ts";
import { kClass, limlKappa } from "./numerics/iv-k-class.ts";
import { combineRows } from "./numerics/iv-moments.ts";
import type { LeastSquares } from "./numerics/least-squares.ts";
import { fillResiduals } from "./numerics/residuals.ts";

/**
 * Which k-class estimator: two-stage least squares (kappa = 1); limited-information maximum likelihood; Fuller's, whose kappa is LIML's
 * less `constant` (default 1) over the first stage's residual degrees of freedom; or a given kappa.
 */
export type IvEstimator =
  | "twoStageLeastSquares"
  | "liml"
  | { readonly type: "fuller"; readonly constant?: number }
  | { readonly type: "kClass"; readonly kappa: number };

/** Checks an estimator and fills its constant in. @throws OptionError `INVALID_OPTION`. */
export function resolveEstimator(caller: string, estimator: IvEstimator): IvEstimator {
  if (typeof estimator === "string")
    return checkChoice<"twoStageLeastSquares" | "liml">(caller, "estimator", estimator, ["twoStageLeastSquares", "liml"]);
  if (typeof estimator !== "object" || estimator === null) {
    throw new OptionError(
      "INVALID_OPTION",
      `Cannot run ${caller} as option "estimator" must be "twoStageLeastSquares", "liml", or an object with type "fuller" or "kClass": ${String(estimator)} was given`,
      { option: "estimator" },
    );
  }
  checkChoice(caller, "estimator.type", estimator.type, ["fuller", "kClass"]);
  return estimator.type === "fuller"
    ? { type: "fuller", constant: checkNumber(caller, "estimator.constant", estimator.constant ?? 1, { min: 0 }) }
    : { type: "kClass", kappa: checkNumber(caller, "estimator.kappa", estimator.kappa) };
}

/** An estimator's fit of the structural equation. */
export interface IvFit {
  readonly kappa: number;
  /** With what `fitStatistics` reads; residuals use the endogenous regressors as observed. */
  readonly model: LinearModel;
  /** Endogenous regressors' coefficients. */
  readonly effects: Float64Array;
  /** `sum w e^2` with the endogenous regressors as predicted by the first stages. */
  readonly secondStageSumOfSquares: number;
}

/** What parameters are counted from, in a regression of so many columns beside the constant. */
export function parameterCounts({ intercept, absorber, input }: IvModel, columns: number): ParameterCounts {
  return {
    coefficients: columns + (intercept ? 1 : 0),
    effects: input.effects.map(({ count, specification }) => ({
      levels: count,
      intercept: specification.intercept,
      slopes: specification.slopes.length,
      slopeColumns: specification.slopes,
    })),
    rank: absorber?.rank ?? 0,
  };
}

/** Residual degrees of freedom of the first stage: n less its coefficients and the rank of the fixed effects. */
export function firstStageDegreesOfFreedom({ observations, exogenous, instruments, intercept, absorber }: IvModel): number {
  return observations - exogenous.names.length - instruments.names.length - (intercept ? 1 : 0) - (absorber?.rank ?? 0);
}

/** @throws IdentificationError `KAPPA_TOO_LARGE`, `PERFECT_FIT`. */
export function fitEstimator(caller: string, iv: IvModel, estimator: IvEstimator): IvFit {
  const { secondStage, moments } = iv;
  const kappa = kappaOf(caller, iv, estimator);
  const solved = kClass(secondStage, moments, kappa);
  if (solved === undefined) {
    throw new IdentificationError(
      "KAPPA_TOO_LARGE",
      `Cannot run ${caller} as X'(I - kappa M)X must be positive definite: with kappa = ${kappa} it is not; use a smaller kappa`,
      { kappa },
    );
  }
  const fit = structuralFit(iv, solved.coefficients, solved.inverse);
  const m = moments.endogenous;
  const effects = fit.coefficients.slice(0, m);
  const predicted = combineRows(
    fit.residuals,
    iv.firstStages.map(({ residuals }) => residuals),
    effects.map((value) => -value),
  );
  return { kappa, model: structuralModel(iv, fit), effects, secondStageSumOfSquares: weightedSquares(predicted, iv) };
}

function kappaOf(caller: string, iv: IvModel, estimator: IvEstimator): number {
  if (estimator === "twoStageLeastSquares") return 1;
  if (typeof estimator === "object" && estimator.type === "kClass") return estimator.kappa;
  const kappa = limlKappa(iv.moments);
  if (kappa === undefined || !Number.isFinite(kappa)) {
    throw new IdentificationError(
      "PERFECT_FIT",
      `Cannot run ${caller} by limited-information maximum likelihood as the outcome must not be a combination of the regressors or the instruments: it is`,
      {},
    );
  }
  return estimator === "liml" ? kappa : kappa - (estimator.constant ?? 1) / firstStageDegreesOfFreedom(iv);
}

/** The second stage's fit with other slopes, residuals from the columns as observed. */
function structuralFit(iv: IvModel, coefficients: Float64Array, inverse: Float64Array): LeastSquares {
  const { secondStage, endogenous, exogenous, outcome } = iv;
  const residuals = new Float64Array(outcome.length);
  const columns = [...endogenous.values, ...exogenous.values];
  const w = iv.input.weights?.values;
  const { sumOfSquares } = fillResiduals(outcome, columns, secondStage.centers, secondStage.level, coefficients, w, residuals);
  return { ...secondStage, coefficients, inverse, residuals, sumOfSquares };
}

function structuralModel(iv: IvModel, fit: LeastSquares): LinearModel {
  const { input, intercept, endogenous, exogenous, absorber, observations, totalSumOfSquares } = iv;
  const names = [...endogenous.names, ...exogenous.names];
  return {
    terms: [...(intercept ? [INTERCEPT] : []), ...names],
    positions: [...(intercept ? [-1] : []), ...names.map((_, j) => j)],
    dropped: iv.droppedTerms,
    coefficients: intercept ? withIntercept(fit) : fit.coefficients,
    equations: ivEquations(iv, fit, [...iv.projected, ...exogenous.values], fit.residuals),
    residuals: fit.residuals,
    outcome: input.outcome,
    columns: [...endogenous.raw, ...exogenous.raw],
    weights: input.weights,
    effects: input.effects,
    absorber,
    observations,
    weightSum: fit.weight,
    sumOfSquares: fit.sumOfSquares,
    totalSumOfSquares,
    withinSumOfSquares: absorber === undefined ? totalSumOfSquares : fit.total,
    nearlyDependent: fit.nearlyDependent || iv.firstStages.some(({ nearlyDependent }) => nearlyDependent),
  };
}

/** Estimating equations `sum w x e` of a fit whose residuals may be others than its own; leverage has no meaning here. */
export function ivEquations(
  iv: IvModel,
  fit: LeastSquares,
  columns: readonly Float64Array[],
  residuals: Float64Array,
): EstimatingEquations {
  const { input, intercept, absorber, observations } = iv;
  const { weights, effects } = input;
  const w = weights === undefined || weights.kind === "frequency" ? undefined : weights.values;
  return {
    ...equationsFrom(fit, columns, {
      intercept,
      effects,
      absorber,
      observations,
      multiplier: w === undefined ? residuals : residuals.map((e, i) => e * w[i]!),
      repeats: weights?.kind === "frequency" ? weights.values : undefined,
      weights: w,
      dispersion: weightedSquares(residuals, iv) / (observations - 1),
      normal: false,
    }),
    leverage: undefined,
  };
}

function weightedSquares(residuals: Float64Array, { input }: IvModel): number {
  const w = input.weights?.values;
  let sum = 0;
  if (w === undefined) for (let i = 0; i < residuals.length; i++) sum += residuals[i]! * residuals[i]!;
  else for (let i = 0; i < residuals.length; i++) sum += w[i]! * residuals[i]! * residuals[i]!;
  return sum;
}
