import type { Covariance } from "../inference/covariance.ts";
import type { SmallSample } from "../inference/small-sample.ts";
import { submatrix } from "../linalg/index.ts";
import { type AnyVcov, computeCovariance, type RowColumns } from "./covariance.ts";
import { ivEquations } from "./iv-estimator.ts";
import type { IvModel } from "./iv-model.ts";

/** The covariance in force. */
export interface IvInference {
  readonly vcov: AnyVcov;
  readonly smallSample: SmallSample;
  readonly columns: RowColumns;
  readonly level: number;
  /** Covariances computed so far, by the residuals they are of. */
  readonly known: Map<Float64Array, Covariance>;
}

/** Covariance of the coefficients of a regression on the exogenous regressors and instruments with the given residuals. */
export function stageCovariance(iv: IvModel, residuals: Float64Array, inference: IvInference): Covariance {
  const known = inference.known.get(residuals);
  if (known !== undefined) return known;
  const columns = [...iv.exogenous.values, ...iv.instruments.values];
  const equations = ivEquations(iv, iv.reducedForm, columns, residuals);
  const covariance = computeCovariance(equations, inference.vcov, inference.smallSample, inference.columns, iv.input.effects);
  inference.known.set(residuals, covariance);
  return covariance;
}

/** The instruments' part of {@link stageCovariance}, L by L; `unfixed` keeps eigenvalues as they are. */
export function instrumentCovariance(iv: IvModel, residuals: Float64Array, inference: IvInference, unfixed = false): Float64Array {
  const covariance = stageCovariance(iv, residuals, inference);
  return instrumentBlock(iv, unfixed ? (covariance.unfixed ?? covariance.matrix) : covariance.matrix);
}

/** The last L rows and columns. */
export function instrumentBlock(iv: IvModel, matrix: Float64Array): Float64Array {
  const k = Math.round(Math.sqrt(matrix.length));
  const L = iv.instruments.names.length;
  return submatrix(
    matrix,
    k,
    Array.from({ length: L }, (_, l) => k - L + l),
  );
}

/** The same covariance without small-sample factors, as asymptotic tests have it. */
export function withoutFactors({ vcov, smallSample, ...rest }: IvInference): IvInference {
  const plain: AnyVcov =
    vcov.type === "hetero"
      ? { ...vcov, variant: "HC0" }
      : vcov.type === "cluster"
        ? { ...vcov, variant: "CR0", jackknifeFactor: false }
        : vcov;
  return { ...rest, known: new Map(), vcov: plain, smallSample: { ...smallSample, adjustParameters: false, adjustClusters: false } };
}
