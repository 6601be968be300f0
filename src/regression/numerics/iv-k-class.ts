import { choleskyInverse, multiply, multiplyVector, submatrix, transpose } from "../../linalg/index.ts";
import { addScaled, endogenousBlock, type IvMoments, outcomeColumn, relativeEigen } from "./iv-moments.ts";
import type { LeastSquares } from "./least-squares.ts";

/**
 * LIML's kappa: the smallest `d'Y'W Y d / d'Y'W M_Z Y d`. Found as one over the largest eigenvalue of the reverse ratio, which exists
 * even where instruments predict a regressor exactly. `undefined` when the outcome is a combination of the regressors.
 */
export function limlKappa({ explained, unexplained, endogenous }: IvMoments): number | undefined {
  const n = endogenous + 1;
  const eigen = relativeEigen(unexplained, addScaled(explained, 1, unexplained), n);
  return eigen === undefined ? undefined : 1 / eigen.values[n - 1]!;
}

/** Slopes of a k-class estimator and `(X'W(I - kappa M_Z)X)^-1`, both in the order endogenous, exogenous. */
export interface KClassFit {
  readonly coefficients: Float64Array;
  readonly inverse: Float64Array;
}

/**
 * The k-class estimator as a change of two-stage least squares (kappa = 1), which stays accurate where kappa is near 1:
 * with H = X'P_Z X + (1 - kappa) X'M_Z X, `b = b_1 + (1 - kappa) H^-1 X'M_Z (y - X b_1)`.
 * `undefined` when H is not positive definite.
 *
 * @see Nagar (1959), doi:10.2307/1909352; Fuller (1977), doi:10.2307/1912683
 */
export function kClass(second: LeastSquares, moments: IvMoments, kappa: number): KClassFit | undefined {
  const m = moments.endogenous;
  const k = second.coefficients.length;
  const p = k - m;
  const inverse = second.inverse;
  if (kappa === 1) return { coefficients: second.coefficients, inverse };
  const own = submatrix(
    inverse,
    k,
    Array.from({ length: m }, (_, j) => j),
  );
  const projected = choleskyInverse(own, m);
  if (projected === undefined) return undefined;
  const E = endogenousBlock(moments.unexplained, m);
  const H = choleskyInverse(addScaled(projected, 1 - kappa, E), m);
  if (H === undefined) return undefined;
  const b = second.coefficients.subarray(0, m);
  const left = multiplyVector(E, b, m, m).map((value, j) => outcomeColumn(moments.unexplained, m)[j]! - value);
  const step = multiplyVector(H, left, m, m).map((value) => (1 - kappa) * value);

  // F = -(X1'X1)^-1 X1'X carries what happens to the endogenous coefficients over to the exogenous ones
  const cross = new Float64Array(p * m);
  for (let a = 0; a < p; a++) for (let j = 0; j < m; j++) cross[a * m + j] = inverse[(m + a) * k + j]!;
  const F = multiply(cross, projected, p, m, m);
  const FH = multiply(F, H, p, m, m);
  const change = multiply(multiply(F, addScaled(H, -1, own), p, m, m), transpose(F, p, m), p, m, p);
  const out = new Float64Array(k * k);
  for (let a = 0; a < m; a++) for (let c = 0; c < m; c++) out[a * k + c] = H[a * m + c]!;
  for (let a = 0; a < p; a++) {
    for (let j = 0; j < m; j++) {
      out[(m + a) * k + j] = FH[a * m + j]!;
      out[j * k + m + a] = FH[a * m + j]!;
    }
    for (let c = 0; c < p; c++) out[(m + a) * k + m + c] = inverse[(m + a) * k + m + c]! + (change[a * p + c]! + change[c * p + a]!) / 2;
  }
  const moved = multiplyVector(F, step, p, m);
  return { coefficients: second.coefficients.map((value, j) => value + (j < m ? step[j]! : moved[j - m]!)), inverse: out };
}
