import type { JointTest } from "../core/result.ts";
import type { EstimatingEquations } from "../inference/covariance.ts";
import { chiSquaredTest, fTest, waldStatistic } from "../inference/estimate.ts";
import { countParameters } from "../inference/small-sample.ts";
import { choleskyInverse, choleskySolve, multiplyVector, submatrix } from "../linalg/index.ts";
import { computeCovariance } from "./covariance.ts";
import { type IvInference, instrumentCovariance, withoutFactors } from "./iv-covariance.ts";
import { type IvFit, ivEquations, parameterCounts } from "./iv-estimator.ts";
import type { IvModel } from "./iv-model.ts";
import { addScaled, combineRows, endogenousBlock, outcomeColumn, quadraticForm, structuralContrast } from "./numerics/iv-moments.ts";

/** Tests of the model's assumptions. */
export interface IvTests {
  /**
   * Wu and Hausman's test that the endogenous regressors are exogenous: F of the first stages' residuals added to the equation, errors
   * independent and of equal variance. Absent where instruments predict the regressors exactly.
   */
  readonly wuHausman?: JointTest;
  /** The same with the covariance in force; absent under `"iid"`. */
  readonly robustWuHausman?: JointTest;
  /** Sargan's test that surplus instruments are valid: n R squared of the residuals on all instruments. Absent when just identified. */
  readonly sargan?: JointTest;
  /** Hansen's J: the same with the covariance in force, at the efficient two-step estimate. Absent under `"iid"` and when just identified. */
  readonly hansenJ?: JointTest;
}

/**
 * Endogeneity and overidentification.
 * @see Wooldridge (2010), Econometric Analysis of Cross Section and Panel Data, 6.2 and 6.3; Hansen (1982), doi:10.2307/1912775
 */
export function ivTests(iv: IvModel, fit: IvFit, inference: IvInference): IvTests {
  const robust = inference.vcov.type !== "iid";
  const endogeneity = exogeneityContrast(iv);
  const wu = endogeneity && wuHausman(iv, endogeneity, inference);
  const robustWu = endogeneity && robust ? robustWuHausman(iv, endogeneity, inference) : undefined;
  const surplus = iv.moments.instruments - iv.moments.endogenous;
  const hansen = surplus > 0 && robust ? hansenJ(iv, fit, inference) : undefined;
  return {
    ...(wu === undefined ? {} : { wuHausman: wu }),
    ...(robustWu === undefined ? {} : { robustWuHausman: robustWu }),
    ...(surplus > 0 ? { sargan: sargan(iv, fit) } : {}),
    ...(hansen === undefined ? {} : { hansenJ: hansen }),
  };
}

/** What the regression of y on X, the exogenous regressors and the first stages' residuals V gives. */
interface ExogeneityContrast {
  /** Coefficients of V. */
  readonly rho: Float64Array;
  /** Coefficients of V when X is replaced by its prediction: `(V'V)^-1 V'y`. */
  readonly delta: Float64Array;
  /** `(V'V)^-1`. */
  readonly inverse: Float64Array;
  /** Residual sum of squares of that regression. */
  readonly sumOfSquares: number;
}

/** V is orthogonal to the predictions and the exogenous regressors, so that all follows from the second stage and `V'[y X]`. */
function exogeneityContrast({ moments, secondStage }: IvModel): ExogeneityContrast | undefined {
  const m = moments.endogenous;
  const E = endogenousBlock(moments.unexplained, m);
  for (let j = 0; j < m; j++) if (!(E[j * m + j]! > EXACT * moments.explained[(j + 1) * (m + 2)]!)) return undefined;
  const inverse = choleskyInverse(E, m);
  if (inverse === undefined) return undefined;
  const products = outcomeColumn(moments.unexplained, m);
  const delta = multiplyVector(inverse, products, m, m);
  let explained = 0;
  for (let j = 0; j < m; j++) explained += delta[j]! * products[j]!;
  return {
    rho: delta.map((value, j) => value - secondStage.coefficients[j]!),
    delta,
    inverse,
    sumOfSquares: secondStage.sumOfSquares - explained,
  };
}

/** Share of its variation below which a first stage's residual is rounding. */
const EXACT = 1e-20;

function wuHausman(iv: IvModel, { rho, inverse, sumOfSquares }: ExogeneityContrast, inference: IvInference): JointTest | undefined {
  const m = rho.length;
  const own = projectedInverse(iv);
  const solved = choleskySolve(addScaled(inverse, 1, own), rho);
  if (solved === undefined) return undefined;
  const counts = parameterCounts(iv, iv.secondStage.coefficients.length);
  const parameters = countParameters(counts, { ...inference.smallSample, fixedEffectParameters: "full" }, undefined);
  const residual = iv.observations - parameters - m;
  if (!(residual > 0)) return undefined;
  let form = 0;
  for (let j = 0; j < m; j++) form += rho[j]! * solved[j]!;
  return fTest(form / m / (sumOfSquares / residual), m, residual);
}

/** `(X'M_1 P_Z M_1 X)^-1`. */
function projectedInverse({ secondStage, moments }: IvModel): Float64Array {
  return submatrix(
    secondStage.inverse,
    secondStage.coefficients.length,
    Array.from({ length: moments.endogenous }, (_, j) => j),
  );
}

/** Covariance of the second stage's slopes and delta together; rho is their difference. */
function robustWuHausman(iv: IvModel, contrast: ExogeneityContrast, inference: IvInference): JointTest | undefined {
  const m = contrast.rho.length;
  const first = iv.intercept ? 1 : 0;
  const V = iv.firstStages.map(({ residuals }) => residuals);
  const errors = combineRows(iv.secondStage.residuals, V, contrast.delta);
  const columns = [...iv.projected, ...iv.exogenous.values];
  const base = ivEquations(iv, iv.secondStage, columns, errors);
  const covariance = computeCovariance(
    appended(base, V, contrast.inverse),
    inference.vcov,
    inference.smallSample,
    inference.columns,
    iv.input.effects,
  );
  const k = base.counts.coefficients + m;
  const at = (a: number, b: number): number => covariance.matrix[a * k + b]!;
  const matrix = new Float64Array(m * m);
  for (let a = 0; a < m; a++) {
    for (let b = 0; b < m; b++) {
      const [p, q] = [k - m + a, k - m + b];
      matrix[a * m + b] = at(p, q) - at(p, first + b) - at(first + a, q) + at(first + a, first + b);
    }
  }
  const form = waldStatistic(contrast.rho, matrix);
  return form === undefined ? undefined : fTest(form / m, m, covariance.jointDegreesOfFreedom);
}

/** Equations with further columns that are orthogonal to the others; slopes are the same in the centred basis, which is kept. */
function appended(base: EstimatingEquations, columns: readonly Float64Array[], inverse: Float64Array): EstimatingEquations {
  const k = base.counts.coefficients;
  const m = columns.length;
  const width = k + m;
  const bread = new Float64Array(width * width);
  for (let a = 0; a < k; a++) for (let b = 0; b < k; b++) bread[a * width + b] = base.bread[a * k + b]!;
  for (let a = 0; a < m; a++) for (let b = 0; b < m; b++) bread[(k + a) * width + k + b] = inverse[a * m + b]!;
  const { scores } = base;
  return {
    ...base,
    bread,
    transform: undefined,
    scores: { ...scores, columns: [...scores.columns, ...columns], centers: Float64Array.of(...scores.centers, ...new Float64Array(m)) },
    counts: { ...base.counts, coefficients: width },
  };
}

function sargan({ moments, observations }: IvModel, { effects, model }: IvFit): JointTest {
  const explained = quadraticForm(moments.explained, structuralContrast(effects));
  return chiSquaredTest((observations * explained) / model.sumOfSquares, moments.instruments - moments.endogenous);
}

/**
 * With S the covariance of the instruments' reduced-form coefficients of y - X b at the first-step estimate, J is the least
 * `(pi - Pi b)'S^-1 (pi - Pi b)`, pi and Pi the coefficients of the reduced form and the first stages.
 */
function hansenJ(iv: IvModel, { model }: IvFit, inference: IvInference): JointTest | undefined {
  const { endogenous: m, instruments: L, coefficients } = iv.moments;
  const S = instrumentCovariance(iv, model.residuals, withoutFactors(inference));
  const column = (j: number): Float64Array => Float64Array.from({ length: L }, (_, l) => coefficients[l * (m + 1) + j]!);
  const weighted: Float64Array[] = []; // S^-1 times each column
  for (let j = 0; j <= m; j++) {
    const solved = choleskySolve(S, column(j));
    if (solved === undefined) return undefined;
    weighted.push(solved);
  }
  const products = new Float64Array((m + 1) ** 2);
  for (let a = 0; a <= m; a++) {
    const own = column(a);
    for (let b = 0; b <= m; b++) for (let l = 0; l < L; l++) products[a * (m + 1) + b]! += own[l]! * weighted[b]![l]!;
  }
  const b = choleskySolve(endogenousBlock(products, m), outcomeColumn(products, m));
  if (b === undefined) return undefined;
  return chiSquaredTest(Math.max(0, quadraticForm(products, structuralContrast(b))), L - m);
}
