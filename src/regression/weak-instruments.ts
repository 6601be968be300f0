import type { JointTest, Warning } from "../core/result.ts";
import { noncentralChiSquaredQuantile } from "../distributions/index.ts";
import { chiSquaredTest, waldStatistic } from "../inference/estimate.ts";
import { cholesky, multiply, multiplyVector, sandwich, symmetricEigen, transpose } from "../linalg/index.ts";
import type { FirstStage } from "./first-stage.ts";
import { type IvInference, instrumentCovariance, withoutFactors } from "./iv-covariance.ts";
import { firstStageDegreesOfFreedom } from "./iv-estimator.ts";
import type { IvModel } from "./iv-model.ts";
import { combineRows, endogenousBlock, type IvMoments, type RelativeEigen, relativeEigen } from "./numerics/iv-moments.ts";
import { leastSquares } from "./numerics/least-squares.ts";

/** Montiel Olea and Pflueger's effective F of one endogenous regressor. */
export interface EffectiveF {
  readonly statistic: number;
  /**
   * 5% critical values of the hypothesis that the bias of two-stage least squares exceeds a share of its worst case (the bias of
   * least squares, under equal variances), by that share in percent; the simplified, conservative ones.
   */
  readonly criticalValues: Readonly<Record<"5" | "10" | "20" | "30", number>>;
}

/** How strong the instruments are, all endogenous regressors together. */
export interface WeakInstruments {
  /** Cragg and Donald's F: the smallest eigenvalue of the first stages' F matrix, errors independent and of equal variance. */
  readonly craggDonaldF?: number;
  /** Kleibergen and Paap's Wald statistic over the number of instruments, with the covariance in force; equals Cragg-Donald's under `"iid"`. */
  readonly kleibergenPaapF?: number;
  /** Lagrange-multiplier test of underidentification: the coefficients of the instruments lack full rank. */
  readonly underidentificationTest?: JointTest;
  /** With one endogenous regressor. */
  readonly effectiveF?: EffectiveF;
}

/**
 * Strength of the instruments.
 * @see Cragg & Donald (1993), doi:10.1017/S0266466600007519; Kleibergen & Paap (2006), doi:10.1016/j.jeconom.2005.02.011;
 * Montiel Olea & Pflueger (2013), doi:10.1080/00401706.2013.806694
 */
export function weakInstruments(iv: IvModel, inference: IvInference): WeakInstruments {
  const { moments } = iv;
  const m = moments.endogenous;
  const eigen = relativeEigen(endogenousBlock(moments.explained, m), endogenousBlock(moments.unexplained, m), m);
  if (eigen === undefined) return {};
  const craggDonaldF = (eigen.values[0]! * firstStageDegreesOfFreedom(iv)) / moments.instruments;
  const effectiveF = m === 1 ? effective(iv, inference) : undefined;
  return {
    craggDonaldF,
    ...rankTests(iv, inference, eigen),
    ...(effectiveF === undefined ? {} : { effectiveF }),
  };
}

/**
 * Kleibergen and Paap's tests. Let b be the combination of endogenous regressors that the instruments move least, `Z'Z = C C'` and
 * U a basis of what the other combinations leave of the instruments' space: the tests are of `U'C'Pi b = 0` in the regression of
 * X b on the instruments, with its residuals (Wald) or with X b itself (Lagrange multiplier).
 */
function rankTests(iv: IvModel, inference: IvInference, { values, vectors }: RelativeEigen): Partial<WeakInstruments> {
  const { moments } = iv;
  const { endogenous: m, instruments: L } = moments;
  const C = cholesky(moments.instrumentProducts, L);
  if (C === undefined) return {};
  const b = Float64Array.from({ length: m }, (_, j) => (m === 1 ? 1 : vectors[j * m]!)); // of any length
  const basis = remainingSpace(moments, C, values, vectors);
  const q = L - m + 1;
  const R = multiply(basis, transpose(C, L, L), q, L, L); // U'C'
  const contrast = multiplyVector(R, combination(moments, b), q, L);
  const against = (V: Float64Array): number | undefined => waldStatistic(contrast, sandwich(R, V, q, L));

  const residuals = combined(
    iv.firstStages.map((fit) => fit.residuals),
    b,
  );
  const wald = against(instrumentCovariance(iv, residuals, inference));
  const lagrange =
    inference.vcov.type === "iid"
      ? (iv.observations * values[0]!) / (1 + values[0]!)
      : against(instrumentCovariance(iv, withoutExogenous(iv, b), withoutFactors(inference)));
  return {
    ...(wald === undefined ? {} : { kleibergenPaapF: wald / L }),
    ...(lagrange === undefined ? {} : { underidentificationTest: chiSquaredTest(lagrange, q) }),
  };
}

/** `Pi b`. */
function combination({ coefficients, endogenous: m, instruments: L }: IvMoments, b: Float64Array): Float64Array {
  const out = new Float64Array(L);
  for (let l = 0; l < L; l++) for (let j = 0; j < m; j++) out[l]! += coefficients[l * (m + 1) + j + 1]! * b[j]!;
  return out;
}

/** L - m + 1 orthonormal rows orthogonal to `C'Pi b_j` of all combinations but the weakest. */
function remainingSpace(moments: IvMoments, C: Float64Array, values: Float64Array, vectors: Float64Array): Float64Array {
  const { endogenous: m, instruments: L } = moments;
  const taken = new Float64Array(L * L);
  for (let j = 1; j < m; j++) {
    const b = Float64Array.from({ length: m }, (_, a) => vectors[a * m + j]!);
    const u = multiplyVector(transpose(C, L, L), combination(moments, b), L, L);
    for (let a = 0; a < L; a++) for (let c = 0; c < L; c++) taken[a * L + c]! += (u[a]! * u[c]!) / values[j]!;
  }
  const { vectors: U } = symmetricEigen(taken, L);
  const q = L - m + 1;
  const basis = new Float64Array(q * L);
  for (let r = 0; r < q; r++) for (let l = 0; l < L; l++) basis[r * L + l] = U[l * L + r]!;
  return basis;
}

/** `sum_j b_j x_j`. */
function combined(columns: readonly Float64Array[], b: Float64Array): Float64Array {
  if (columns.length === 1 && b[0] === 1) return columns[0]!;
  const negative = b.map((value) => -value);
  return combineRows(new Float64Array(columns[0]!.length), columns, negative);
}

/** The combination of endogenous regressors without their exogenous part. */
function withoutExogenous({ endogenous, exogenous, input, intercept }: IvModel, b: Float64Array): Float64Array {
  const x = combined(endogenous.values, b);
  return leastSquares(x, exogenous.values, input.weights?.values, intercept, new Float64Array(exogenous.names.length)).residuals;
}

function effective(iv: IvModel, inference: IvInference): EffectiveF | undefined {
  const { instruments: L, instrumentProducts: Q, explained } = iv.moments;
  const C = cholesky(Q, L);
  if (C === undefined) return undefined;
  const V = instrumentCovariance(iv, iv.firstStages[0]!.residuals, inference);
  const W = sandwich(transpose(C, L, L), V, L, L); // C'VC
  let [trace, square] = [0, 0];
  for (let l = 0; l < L; l++) trace += W[l * L + l]!;
  for (let p = 0; p < W.length; p++) square += W[p]! * W[p]!;
  if (!(trace > 0)) return undefined;
  const largest = symmetricEigen(W, L).values[L - 1]!;
  const critical = (share: number): number => {
    const x = 1 / share;
    const degrees = (trace * trace * (1 + 2 * x)) / (square + 2 * x * trace * largest);
    return noncentralChiSquaredQuantile(0.05, [degrees, x * degrees], "upper") / degrees;
  };
  return {
    statistic: explained[explained.length - 1]! / trace,
    criticalValues: { "5": critical(0.05), "10": critical(0.1), "20": critical(0.2), "30": critical(0.3) },
  };
}

/** Conditional F statistics below this point to weak instruments where no critical value is known. */
const RULE_OF_THUMB = 10;

/** A doubt for weak instruments, with the F it rests on. */
export function weakWarnings({ effectiveF }: WeakInstruments, stages: readonly FirstStage[]): readonly Warning[] {
  if (effectiveF !== undefined) {
    const { statistic, criticalValues } = effectiveF;
    const critical = criticalValues["10"];
    if (!(statistic < critical)) return [];
    return [
      {
        code: "WEAK_INSTRUMENTS",
        message: `The instruments may be weak for "${stages[0]!.endogenous}": effective F ${statistic.toPrecision(3)} where ${critical.toPrecision(3)} keeps the bias below 10%; read the Anderson-Rubin confidence set`,
        details: { endogenous: stages[0]!.endogenous, effectiveF: statistic, criticalValue: critical },
      },
    ];
  }
  return stages.flatMap(({ endogenous, conditionalFTest }) => {
    const F = conditionalFTest?.statistic;
    if (F === undefined || F >= RULE_OF_THUMB) return [];
    return [
      {
        code: "WEAK_INSTRUMENTS",
        message: `The instruments may be weak for "${endogenous}": conditional F ${F.toPrecision(3)} is below ${RULE_OF_THUMB}; read the Anderson-Rubin test`,
        details: { endogenous, conditionalF: F },
      },
    ];
  });
}
