export { assignPolicy, type PolicyNode, type PolicyRule } from "./assign-policy.ts";
export { type AverageEffectOptions, type AverageEffectResult, type AverageEffectSettings, averageEffect } from "./average-effect.ts";
export {
  type BestLinearProjectionOptions,
  type BestLinearProjectionResult,
  type BestLinearProjectionSettings,
  bestLinearProjection,
  type ProjectionVariance,
} from "./best-linear-projection.ts";
export type { BinningPart, ModeratorBin } from "./binning-effect.ts";
export {
  type BudgetCurveOptions,
  type BudgetCurveResult,
  type BudgetCurveSettings,
  type BudgetPoint,
  budgetCurve,
} from "./budget-curve.ts";
export {
  type CalibrationTestOptions,
  type CalibrationTestResult,
  type CalibrationTestSettings,
  calibrationTest,
  type OneSidedEstimate,
} from "./calibration-test.ts";
export {
  type ArmContrast,
  type CompareArmsOptions,
  type CompareArmsResult,
  type CompareArmsSettings,
  compareArms,
} from "./compare-arms.ts";
export {
  type CrossFittedRankingOptions,
  type CrossFittedRankingResult,
  type CrossFittedRankingSettings,
  crossFittedRanking,
} from "./cross-fitted-ranking.ts";
export { type DoubleMlResult, doubleMl, type OverlapSummary } from "./double-ml.ts";
export type { DoubleMlModel, DoubleMlOptions, DoubleMlScore, DoubleMlSettings, SuppliedPredictions } from "./double-ml-options.ts";
export { type EffectScoresOptions, effectScores, type NuisanceColumns } from "./effect-scores.ts";
export type { FactorialCell, FactorialContrast, FactorialPart } from "./factorial-effect.ts";
export { type GenericMlOptions, type GenericMlResult, type GenericMlSettings, genericMl, type MedianTarget } from "./generic-ml.ts";
export type { SplitTarget, SplitTargets } from "./generic-ml-targets.ts";
export type { EqualityTest, GroupContrast } from "./group-contrasts.ts";
export { type GroupEffectsOptions, type GroupEffectsResult, type GroupEffectsSettings, groupEffects } from "./group-effects.ts";
export type {
  BinningForm,
  FactorialForm,
  InteractionForm,
  InteractionsOptions,
  KernelForm,
  PolynomialForm,
  SeveralForm,
} from "./interaction-options.ts";
export { type InteractionParts, type InteractionsResult, interactions } from "./interactions.ts";
export type { KernelBootstrap } from "./kernel-band.ts";
export type { KernelPart } from "./kernel-effect.ts";
export { type Learner, linearLearner, logisticLearner, type Predictor } from "./learners.ts";
export { type MetaLearnerResult, metaLearner, predictEffects } from "./meta-learner.ts";
export type { MetaLearnerOptions, MetaLearnerSettings, MetaLearnerType } from "./meta-learner-options.ts";
export type { PolynomialPart } from "./moderator-effect.ts";
export type { SimultaneousBand } from "./moderator-support.ts";
export { type MultiArmScores, type MultiArmScoresOptions, multiArmScores } from "./multi-arm-scores.ts";
export type { ObservationOptions } from "./observation-weights.ts";
export { lassoLearner, type PenalisedLearnerOptions, ridgeLearner } from "./penalised-learners.ts";
export type { CrossFittedPolicy } from "./policy-cross-fit.ts";
export type { PolicyTreeOptions, PolicyTreeSettings } from "./policy-options.ts";
export { policyText } from "./policy-text.ts";
export { type PolicyTreeResult, policyTree } from "./policy-tree.ts";
export {
  type PolicyValueOptions,
  type PolicyValueResult,
  type PolicyValueSettings,
  type PolicyValues,
  policyValue,
} from "./policy-value.ts";
export {
  type ProbabilityEffectsOptions,
  type ProbabilityEffectsResult,
  type ProbabilityEffectsSettings,
  probabilityEffects,
} from "./probability-effects.ts";
export type { ProtectedAttribute, ProtectedGroup } from "./protected-attributes.ts";
export {
  type RankAverageEffectOptions,
  type RankAverageEffectResult,
  type RankAverageEffectSettings,
  rankAverageEffect,
  type TargetingPoint,
} from "./rank-average-effect.ts";
export {
  type RuleEvaluationOptions,
  type RuleEvaluationResult,
  type RuleEvaluationSettings,
  ruleEvaluation,
  type ScoreGroup,
} from "./rule-evaluation.ts";
export type { SeveralPart } from "./several-moderators.ts";
export type {
  DidSubgroupDesign,
  ExperimentDesign,
  GroupSpecification,
  RdSubgroupDesign,
  RegressionDesign,
  SubgroupDesign,
  SubgroupsOptions,
} from "./subgroup-options.ts";
export { type GroupLeftOut, type Subgroup, type SubgroupsResult, type SubgroupsSettings, subgroups } from "./subgroups.ts";
