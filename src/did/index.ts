export { type AggregateOptions, type AggregateResult, type AggregateRows, type AggregateType, aggregate } from "./aggregate.ts";
export { type AttGtResult, attGt } from "./att-gt.ts";
export type { AnalyticInference, AttGtOptions, MultiplierBootstrapInference } from "./att-gt-options.ts";
export { type Combination, type CombinedTable, type CombineOptions, type CombineResult, type CombineSettings, combine } from "./combine.ts";
export { type ComparedEstimate, type ComparedStudy, type CompareOptions, type CompareResult, compare } from "./compare.ts";
export type { Contributions } from "./contributions.ts";
export { type EfficientEstimate, type EfficientOptions, type EfficientResult, type EfficientSettings, efficient } from "./efficient.ts";
export type { EffectWeight, EfficientEstimand } from "./efficient-contrasts.ts";
export { type EventStudyOptions, type EventStudyResult, type EventStudySettings, eventStudy } from "./event-study.ts";
export type { EventStudyTable, EventTimeEstimate } from "./event-study-table.ts";
export type { EventBin } from "./event-time.ts";
export type { EffectCell } from "./extended-effects.ts";
export type { ExtendedTwfeOptions, ExtendedTwfeSettings } from "./extended-options.ts";
export { type ExtendedEstimate, type ExtendedTwfeResult, extendedTwfe } from "./extended-twfe.ts";
export { type BaconComparison, type BaconType, type GoodmanBaconOptions, type GoodmanBaconResult, goodmanBacon } from "./goodman-bacon.ts";
export {
  type CollectGroupTimeOptions,
  collectGroupTime,
  type FinishGroupTimeOptions,
  finishGroupTime,
  type GroupTimeMoments,
  mergeGroupTime,
} from "./group-time-moments.ts";
export type {
  BandedEstimate,
  CohortSize,
  GroupTimeEstimate,
  GroupTimeTable,
  InfluenceValues,
  MultiplierDraws,
} from "./group-time-result.ts";
export { type ImputationOptions, type ImputationResult, type ImputationSettings, imputation } from "./imputation.ts";
export type { PreTrends } from "./imputation-pre-trends.ts";
export {
  type LocalProjectionsOptions,
  type LocalProjectionsResult,
  type LocalProjectionsSettings,
  localProjections,
} from "./local-projections.ts";
export { type MarginalEffect, type MarginalEffectsOptions, type MarginalEffectsResult, marginalEffects } from "./marginal-effects.ts";
export type { PanelFit, PanelRegressionOptions, PanelRegressionSettings } from "./panel-regression.ts";
export { type PretrendsOptions, type PretrendsResult, pretrends } from "./pretrends.ts";
export {
  type EventStudyCoefficients,
  type PretrendPoint,
  type PretrendsPowerOptions,
  type PretrendsPowerResult,
  pretrendsPower,
} from "./pretrends-power.ts";
export {
  type RandomizationInferenceOptions,
  type RandomizationInferenceResult,
  type RandomizationInferenceSettings,
  randomizationInference,
} from "./randomization-inference.ts";
export { type StackedOptions, type StackedResult, type StackedSettings, stacked } from "./stacked.ts";
export {
  type CohortEventEstimate,
  type SunAbrahamOptions,
  type SunAbrahamResult,
  type SunAbrahamSettings,
  sunAbraham,
} from "./sun-abraham.ts";
export { type TripleOptions, type TripleResult, type TripleSettings, triple } from "./triple.ts";
export { type TripleRegressionOptions, type TripleRegressionResult, tripleRegression } from "./triple-regression.ts";
export { type TwfeWeightsOptions, type TwfeWeightsResult, type TwfeWeightsSettings, twfeWeights, type WeightCell } from "./twfe-weights.ts";
export { type TwoByTwoOptions, type TwoByTwoResult, type TwoByTwoSettings, twoByTwo } from "./two-by-two.ts";
export { type TwoStageEstimate, type TwoStageOptions, type TwoStageResult, type TwoStageSettings, twoStage } from "./two-stage.ts";
export { type TwoWayFixedEffectsOptions, type TwoWayFixedEffectsResult, twoWayFixedEffects } from "./two-way-fixed-effects.ts";
export type { UntreatedOptions } from "./untreated-data.ts";
export {
  type ClusteredTable,
  type WildBootstrapOptions,
  type WildBootstrapResult,
  type WildBootstrapSettings,
  wildBootstrap,
} from "./wild-bootstrap.ts";
