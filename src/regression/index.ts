export type { SmallSampleOptions } from "../inference/small-sample.ts";
export type { VcovOption } from "../inference/vcov-option.ts";
export type { AbsorptionOptions } from "./absorption.ts";
export { type AndersonRubinOptions, andersonRubin } from "./anderson-rubin.ts";
export { type AugmentedRows, augment, leverage } from "./augment.ts";
export { type ClusterDiagnostics, type ClusterDiagnosticsOptions, clusterDiagnostics } from "./cluster-diagnostics.ts";
export { type ClusterJackknife, type ClusterJackknifeOptions, clusterJackknife } from "./cluster-jackknife.ts";
export { type DemeanOptions, type DemeanResult, demean } from "./demean.ts";
export type { CovarianceSummary } from "./estimates.ts";
export { type FinishOlsOptions, finishOls, type MergedOlsResult } from "./finish-ols.ts";
export type { FirstStage } from "./first-stage.ts";
export type { FitStatistics } from "./fit-statistics.ts";
export {
  type FixedEffectEstimates,
  type FixedEffectEstimatesOptions,
  type FixedEffectLevels,
  fixedEffectEstimates,
} from "./fixed-effect-estimates.ts";
export type { FixedEffect, FixedEffectsOption, VaryingSlopes } from "./fixed-effects.ts";
export { type FormulaOptions, formula, type IvFormulaOptions } from "./formula.ts";
export { type GlmOptions, type GlmResult, gamma, logit, poisson, probit, type SeparationFinding } from "./glm.ts";
export { type ChunkedGlmResult, type ChunkSource, type GlmFromChunksOptions, glmFromChunks } from "./glm-from-chunks.ts";
export type { GlmFitStatistics } from "./glm-statistics.ts";
export { type IvOptions, iv } from "./iv.ts";
export type { AndersonRubin, ConfidenceSet } from "./iv-anderson-rubin.ts";
export type { IvEstimator } from "./iv-estimator.ts";
export type { IvResult, IvSettings } from "./iv-result.ts";
export { type SecondStageRows, secondStage } from "./iv-second-stage.ts";
export type { IvTests } from "./iv-tests.ts";
export { withCovariance } from "./iv-with-covariance.ts";
export { type LinearCombinationOptions, linearCombination } from "./linear-combination.ts";
export type { DroppedTerm } from "./linear-model.ts";
export { type OlsOptions, type OlsResult, type OlsSettings, ols } from "./ols.ts";
export {
  type CollectOlsOptions,
  collectOls,
  mergeOls,
  type OlsMoments,
} from "./ols-moments.ts";
export { type Predictions, type PredictOptions, predict } from "./predict.ts";
export type { AbsorbedEffect, RegressionResult, RegressionSettings } from "./regression-result.ts";
export { type SaddlepointTest, type SaddlepointTestOptions, saddlepointTest } from "./saddlepoint-test.ts";
export { type SerialBandwidthOptions, serialBandwidth } from "./serial-bandwidth.ts";
export {
  type FactorOptions,
  type FactorTerm,
  factor,
  type InteractionTerm,
  interaction,
  type LevelValue,
  type LogarithmTerm,
  logarithm,
  type PolynomialTerm,
  type PowerTerm,
  polynomial,
  power,
  type Term,
  type TermPart,
} from "./terms.ts";
export { type WaldInput, type WaldOptions, type WaldTest, wald } from "./wald.ts";
export type { EffectiveF, WeakInstruments } from "./weak-instruments.ts";
export {
  type WildClusterBootstrapOptions,
  type WildClusterBootstrapResult,
  type WildClusterBootstrapSettings,
  type WildResult,
  wildClusterBootstrap,
  wildClusterBootstrapAsync,
} from "./wild-cluster-bootstrap.ts";
export type { CovarianceOptions } from "./with-covariance.ts";
