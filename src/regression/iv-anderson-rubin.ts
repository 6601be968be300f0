import type { JointTest } from "../core/result.ts";
import { chiSquaredQuantile, fQuantile } from "../distributions/index.ts";
import { chiSquaredTest, fTest, waldStatistic } from "../inference/estimate.ts";
import type { AnyVcov } from "./covariance.ts";
import { type IvInference, instrumentCovariance } from "./iv-covariance.ts";
import { firstStageDegreesOfFreedom } from "./iv-estimator.ts";
import type { IvModel } from "./iv-model.ts";
import { type Intervals, quadraticIntervals, waldIntervals } from "./numerics/iv-confidence-set.ts";
import { combineRows, type IvMoments, quadraticForm, structuralContrast } from "./numerics/iv-moments.ts";

/** All values of a coefficient that a test does not reject. */
export interface ConfidenceSet {
  /** `"union"`: several intervals, often two half-lines; `"wholeLine"`: the data rule no value out; `"empty"`: the model is rejected. */
  readonly type: "interval" | "union" | "wholeLine" | "empty";
  /** Ascending; ends may be infinite. */
  readonly intervals: readonly (readonly [number, number])[];
  readonly level: number;
  /** The set is all b with `a b^2 + b1 b + c <= 0`, as `[a, b1, c]`; for errors independent and of equal variance. */
  readonly quadratic?: readonly [number, number, number];
}

/** Anderson and Rubin's test, valid however weak the instruments are. */
export interface AndersonRubin {
  /** Hypothesised coefficients of the endogenous regressors, by name. */
  readonly values: Readonly<Record<string, number>>;
  /** F of the instruments in the regression of y - X b on them, errors independent and of equal variance. */
  readonly homoskedasticTest?: JointTest;
  /** The same as a Wald chi-squared with the covariance in force; absent under `"iid"`. */
  readonly robustTest?: JointTest;
  /** By inverting `homoskedasticTest`; with one endogenous regressor. */
  readonly homoskedasticSet?: ConfidenceSet;
  /** By inverting `robustTest`; with one endogenous regressor, absent where the covariance has a bandwidth that depends on the residuals. */
  readonly robustSet?: ConfidenceSet;
}

/** Tests at `values` and confidence sets. */
export function andersonRubinOf(iv: IvModel, inference: IvInference, values: Float64Array): AndersonRubin {
  const robust = inference.vcov.type !== "iid";
  const single = iv.moments.endogenous === 1;
  const homoskedasticTest = homoskedasticAt(iv, values);
  const robustTest = robust ? robustAt(iv, inference, values) : undefined;
  const robustSet = robust && single && isQuadratic(inference.vcov) ? robustSetOf(iv, inference) : undefined;
  return {
    values: Object.fromEntries(iv.endogenous.names.map((name, j) => [name, values[j]!])),
    ...(homoskedasticTest === undefined ? {} : { homoskedasticTest }),
    ...(robustTest === undefined ? {} : { robustTest }),
    ...(single ? { homoskedasticSet: homoskedasticSetOf(iv, inference.level) } : {}),
    ...(robustSet === undefined ? {} : { robustSet }),
  };
}

function homoskedasticAt(iv: IvModel, values: Float64Array): JointTest | undefined {
  const { explained, unexplained, instruments: L } = iv.moments;
  const d = structuralContrast(values);
  const residual = firstStageDegreesOfFreedom(iv);
  const left = quadraticForm(unexplained, d);
  return left > 0 ? fTest(quadraticForm(explained, d) / L / (left / residual), L, residual) : undefined;
}

function robustAt(iv: IvModel, inference: IvInference, values: Float64Array): JointTest | undefined {
  const { endogenous: m, instruments: L, coefficients } = iv.moments;
  const stages = iv.firstStages.map((stage) => stage.residuals);
  const own = iv.reducedForm.residuals;
  const residuals = values.every((value) => value === 0) ? own : combineRows(own, stages, values);
  const g = new Float64Array(L);
  for (let l = 0; l < L; l++) {
    g[l] = coefficients[l * (m + 1)]!;
    for (let j = 0; j < m; j++) g[l]! -= values[j]! * coefficients[l * (m + 1) + j + 1]!;
  }
  const form = waldStatistic(g, instrumentCovariance(iv, residuals, inference));
  return form === undefined ? undefined : chiSquaredTest(form, L);
}

/** `P(b) <= F L / (n - K) M(b)` with P and M the explained and unexplained sums of squares of y - b x. */
function homoskedasticSetOf(iv: IvModel, level: number): ConfidenceSet {
  const { explained: P, unexplained: M, instruments: L } = iv.moments;
  const residual = firstStageDegreesOfFreedom(iv);
  const ratio = (fQuantile(1 - level, L, residual, "upper") * L) / residual;
  const quadratic = [P[3]! - ratio * M[3]!, -2 * (P[1]! - ratio * M[1]!), P[0]! - ratio * M[0]!] as const;
  return { ...describe(quadraticIntervals(...quadratic), level), quadratic };
}

function describe(intervals: Intervals, level: number): ConfidenceSet {
  const first = intervals[0];
  const type =
    first === undefined
      ? "empty"
      : intervals.length > 1
        ? "union"
        : first[0] === Number.NEGATIVE_INFINITY && first[1] === Number.POSITIVE_INFINITY
          ? "wholeLine"
          : "interval";
  return { type, intervals, level };
}

/** Whether the covariance is a quadratic form of the residuals: no bandwidth or whitening chosen by looking at them. */
export function isQuadratic(vcov: AnyVcov): boolean {
  if (vcov.type === "neweyWest") return vcov.lag !== undefined || vcov.unit !== undefined;
  return vcov.type !== "hac" || (typeof vcov.bandwidth === "number" && Number(vcov.prewhiten ?? 0) === 0);
}

/** The covariance of `pi - b Pi` from three: of the outcome's coefficients, of the regressor's, and of their sum. */
function robustSetOf(iv: IvModel, inference: IvInference): ConfidenceSet | undefined {
  const { moments, reducedForm, firstStages, secondStage } = iv;
  const L = moments.instruments;
  const [u, v] = [reducedForm.residuals, firstStages[0]!.residuals];
  const [size, scaleY] = [columnSize(moments, 3), columnSize(moments, 0)];
  const unit = scaleY / size; // puts the outcome and the regressor on one scale, so that their sum loses no digits
  const covariance = (residuals: Float64Array): Float64Array => instrumentCovariance(iv, residuals, inference, true);
  const VY = covariance(u);
  const VX = covariance(v);
  const VS = covariance(combineRows(u, [v], [-unit]));
  const path = {
    restrictions: L,
    gY: Float64Array.from({ length: L }, (_, l) => moments.coefficients[2 * l]!),
    gX: Float64Array.from({ length: L }, (_, l) => moments.coefficients[2 * l + 1]!),
    VY,
    VX,
    VYX: VS.map((value, p) => (value - VY[p]! - unit * unit * VX[p]!) / unit),
  };
  const error = Math.sqrt((secondStage.inverse[0]! * secondStage.sumOfSquares) / iv.observations);
  const critical = chiSquaredQuantile(1 - inference.level, L, "upper");
  const intervals = waldIntervals(path, critical, secondStage.coefficients[0]!, error > 0 ? error : unit);
  return intervals === undefined ? undefined : describe(intervals, inference.level);
}

const columnSize = ({ explained, unexplained }: IvMoments, at: number): number => Math.sqrt(explained[at]! + unexplained[at]!) || 1;
