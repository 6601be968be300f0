import type { Estimate, JointTest } from "../core/result.ts";
import { fTest, waldStatistic } from "../inference/estimate.ts";
import { countParameters } from "../inference/small-sample.ts";
import { choleskySolve } from "../linalg/index.ts";
import { inferencePart } from "./estimates.ts";
import { type IvInference, instrumentBlock, stageCovariance } from "./iv-covariance.ts";
import { firstStageDegreesOfFreedom, parameterCounts } from "./iv-estimator.ts";
import { type IvModel, stageTerms } from "./iv-model.ts";
import { withIntercept } from "./linear-model.ts";
import { endogenousBlock, quadraticForm } from "./numerics/iv-moments.ts";

/** The regression of one endogenous regressor on the exogenous regressors and the instruments. */
export interface FirstStage {
  readonly endogenous: string;
  /** Exogenous regressors, then instruments, with the covariance in force. */
  readonly estimates: Readonly<Record<string, Estimate>>;
  /** Share of the variation left by the exogenous regressors that the instruments explain. */
  readonly partialRSquared: number;
  /** F of the instruments under independent errors of equal variance; absent where they predict the regressor exactly. */
  readonly fTest?: JointTest;
  /** The same with the covariance in force, on (L, n - K) degrees of freedom. */
  readonly waldTest?: JointTest;
  /**
   * Sanderson and Windmeijer's F of the instruments given that they must predict the other endogenous regressors too, on
   * (L - m + 1, n - K) degrees of freedom, errors independent and of equal variance. With one endogenous regressor it is `fTest`.
   */
  readonly conditionalFTest?: JointTest;
}

/** Share of its variation below which a first stage's residual is rounding. */
const EXACT = 1e-20;

/** All first stages. @see Sanderson & Windmeijer (2016), doi:10.1016/j.jeconom.2015.06.004 */
export function firstStages(iv: IvModel, inference: IvInference): readonly FirstStage[] {
  return iv.endogenous.names.map((endogenous, j) => firstStage(iv, inference, endogenous, j));
}

function firstStage(iv: IvModel, inference: IvInference, endogenous: string, j: number): FirstStage {
  const fit = iv.firstStages[j]!;
  const { instruments: L, endogenous: m, explained, unexplained } = iv.moments;
  const at = (j + 1) * (m + 2); // diagonal entry of the regressor
  const [P, E] = [explained[at]!, unexplained[at]!];
  const covariance = stageCovariance(iv, fit.residuals, inference);
  const coefficients = iv.intercept ? withIntercept(fit) : fit.coefficients;
  const { estimates } = inferencePart(stageTerms(iv), coefficients, covariance, inference.level);
  const stage = { endogenous, estimates, partialRSquared: P / (P + E) };
  if (E <= EXACT * (P + E)) return stage;
  const wald = waldStatistic(coefficients.slice(-L), instrumentBlock(iv, covariance.matrix));
  const residual = nominalDegreesOfFreedom(iv, inference);
  const conditional = conditionalF(iv, j);
  return {
    ...stage,
    fTest: fTest(P / L / (E / residual), L, residual),
    ...(wald === undefined ? {} : { waldTest: fTest(wald / L, L, residual) }),
    ...(conditional === undefined ? {} : { conditionalFTest: conditional }),
  };
}

/** n - K of the first stage with K as the small-sample settings count it, all fixed effects included. */
export function nominalDegreesOfFreedom(iv: IvModel, { smallSample }: IvInference): number {
  const counts = parameterCounts(iv, iv.reducedForm.coefficients.length);
  return iv.observations - countParameters(counts, { ...smallSample, fixedEffectParameters: "full" }, undefined);
}

/** With d the 2SLS coefficients of regressor j on the others and u = x_j - X_-j d: F of the instruments for u. */
function conditionalF({ moments, ...iv }: IvModel, j: number): JointTest | undefined {
  const { endogenous: m, instruments: L } = moments;
  const P = endogenousBlock(moments.explained, m);
  const E = endogenousBlock(moments.unexplained, m);
  const others = Array.from({ length: m }, (_, o) => o).filter((o) => o !== j);
  const contrast = new Float64Array(m);
  contrast[j] = 1;
  if (m > 1) {
    const own = new Float64Array((m - 1) ** 2);
    others.forEach((a, p) => {
      others.forEach((b, q) => {
        own[p * (m - 1) + q] = P[a * m + b]!;
      });
    });
    const solved = choleskySolve(
      own,
      Float64Array.from(others, (o) => P[o * m + j]!),
    );
    if (solved === undefined) return undefined;
    others.forEach((o, p) => {
      contrast[o] = -solved[p]!;
    });
  }
  const [numerator, denominator] = [L - m + 1, firstStageDegreesOfFreedom({ moments, ...iv })];
  return fTest(quadraticForm(P, contrast) / numerator / (quadraticForm(E, contrast) / denominator), numerator, denominator);
}
