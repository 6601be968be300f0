import { finishResult } from "../core/display.ts";
import { checkLevel, resolveOptions } from "../core/options.ts";
import type { Estimate, Result } from "../core/result.ts";
import { gatherNumbers } from "../data/columns.ts";
import { type Frame, frame } from "../data/frame.ts";
import { binaryRole, columnsByRole, groupRole, numberRole, weightRole } from "../data/roles.ts";
import { oneSidedPValue } from "../inference/estimate.ts";
import type { AnyRow } from "../regression/design.ts";
import { ols } from "../regression/index.ts";
import { type ProjectionVariance, projectionCovariance } from "./best-linear-projection.ts";
import { NUISANCE_NAMES, type NuisanceColumns } from "./effect-scores.ts";
import {
  OBSERVATION_DEFAULTS,
  type ObservationOptions,
  type ObservationSettings,
  observations,
  weightedMean,
} from "./observation-weights.ts";

/** Options of {@link calibrationTest}. */
export interface CalibrationTestOptions<Row> extends NuisanceColumns<Row>, ObservationOptions<Row> {
  /** As in `bestLinearProjection`. @defaultValue "HC3" */
  readonly variance?: ProjectionVariance;
  /** Confidence level. @defaultValue 0.95 */
  readonly level?: number;
}

/** Resolved options of {@link calibrationTest}. */
export type CalibrationTestSettings = Readonly<Record<(typeof NUISANCE_NAMES)[number], string>> &
  ObservationSettings & { readonly variance: ProjectionVariance; readonly level: number };

/** An estimate with the p-value of the hypothesis that it is not above zero. */
export interface OneSidedEstimate extends Estimate {
  /** p-value against positive values only. */
  readonly oneSidedPValue: number;
}

/** Result of {@link calibrationTest}. */
export interface CalibrationTestResult extends Result<"heterogeneity.calibrationTest", CalibrationTestSettings> {
  readonly estimates: {
    /** 1 when the mean of the predicted effects is right. */
    readonly meanPrediction: OneSidedEstimate;
    /** 1 when the predicted differences are right; above 0 there is heterogeneity that the predictions find. */
    readonly differentialPrediction: OneSidedEstimate;
  };
}

const CALLER = "heterogeneity.calibrationTest";

/**
 * Calibration of predicted effects: regression without intercept of Y - m on (W - e) mean(tau) and (W - e) (tau - mean tau). Both coefficients are 1 for good predictions;
 * a differential coefficient above 0 (one-sided test) means that effects differ and the predictions know how. Equals `test_calibration` of R's grf 2.6.1.
 *
 * @see Chernozhukov, Demirer, Duflo and Fernandez-Val (2018), arXiv 1712.04802; Athey and Wager (2019), Observational Studies 5.
 * @example
 * calibrationTest(people, { outcome: "hours", treatment: "job", outcomePrediction: "m", treatmentPrediction: "e", effect: "tau" });
 */
export function calibrationTest<Row>(data: Frame<Row>, options: CalibrationTestOptions<Row>): CalibrationTestResult {
  const settings = resolveOptions<CalibrationTestSettings>(CALLER, options, {
    required: NUISANCE_NAMES,
    defaults: { ...OBSERVATION_DEFAULTS, variance: "HC3", level: 0.95 },
  });
  checkLevel(CALLER, settings.level);
  const { columns, sample } = columnsByRole(CALLER, data, {
    outcome: numberRole(settings.outcome),
    treatment: numberRole(settings.treatment),
    outcomePrediction: numberRole(settings.outcomePrediction),
    treatmentPrediction: numberRole(settings.treatmentPrediction),
    effect: numberRole(settings.effect),
    weights: weightRole(settings.weights),
    cluster: groupRole(settings.cluster),
    subset: binaryRole(settings.subset),
  });
  const { index, weights, clusters, clusterCount } = observations(CALLER, sample.used, settings, columns);
  const take = (column: Float64Array): Float64Array => gatherNumbers(column, index);
  const [Y, m, W, e, tau] = [
    columns.outcome,
    columns.outcomePrediction,
    columns.treatment,
    columns.treatmentPrediction,
    columns.effect,
  ].map(take) as [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array];
  const mean = weightedMean(tau, weights);
  const model = frame({
    residual: Y.map((y, i) => y - m[i]!),
    meanPrediction: W.map((w, i) => (w - e[i]!) * mean),
    differentialPrediction: W.map((w, i) => (w - e[i]!) * (tau[i]! - mean)),
    weight: weights,
    cluster: Float64Array.from(clusters),
  }) as unknown as Frame<AnyRow>;
  const fit = ols(model, {
    outcome: "residual",
    regressors: ["meanPrediction", "differentialPrediction"],
    intercept: false,
    ...(settings.weights !== undefined || settings.equalizeClusters ? { weights: "weight" } : {}),
    ...projectionCovariance(settings.variance, settings.cluster !== undefined, "cluster"),
    level: settings.level,
    keepModel: false,
  });
  const oneSided = (term: string): OneSidedEstimate => {
    const estimate = fit.estimates[term] ?? missing(term);
    return { ...estimate, oneSidedPValue: oneSidedPValue(estimate.statistic, estimate.degreesOfFreedom) };
  };
  return finishResult({
    kind: CALLER,
    estimates: { meanPrediction: oneSided("meanPrediction"), differentialPrediction: oneSided("differentialPrediction") },
    sample: settings.cluster === undefined ? sample : { ...sample, clusters: clusterCount },
    warnings: fit.warnings,
    options: settings,
    reference: "Chernozhukov, Demirer, Duflo & Fernandez-Val (2018), arXiv 1712.04802",
  });
}

/** A regressor that was left out (constant predicted effects): a warning of the regression says so. */
const missing = (term: string): Estimate => ({
  term,
  estimate: Number.NaN,
  standardError: Number.NaN,
  statistic: Number.NaN,
  pValue: Number.NaN,
  confidenceInterval: [Number.NaN, Number.NaN],
  degreesOfFreedom: Number.NaN,
});
