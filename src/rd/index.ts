export { balance, type RdBalanceOptions, type RdBalanceResult } from "./balance.ts";
export { bandwidth, type RdBandwidthOptions, type RdBandwidthResult } from "./bandwidth.ts";
export { batch, type RdBatchOptions, type RdBatchResult, type RdBatchRow } from "./batch.ts";
export type { BinSummary } from "./bin-summary.ts";
export type { BinomialOptions, BinomialWindow } from "./binomial-windows.ts";
export { type BinSelector, bins, type RdBinsOptions, type RdBinsResult, type RdBinsSide } from "./bins.ts";
export { cells, fromCells, type RdCell, type RdCellsOptions, type RdCellsResult, type RdCellTable } from "./cells.ts";
export type { RdCheckResult, RdCheckRow } from "./check-result.ts";
export {
  type DensityCurveOptions,
  type DensityEstimates,
  densityTest,
  type RdDensityOptions,
  type RdDensityResult,
} from "./density-test.ts";
export { differenceInDiscontinuities, type RdDifferenceOptions, type RdDifferenceResult } from "./difference-in-discontinuities.ts";
export { donut, type RdDonutOptions } from "./donut.ts";
export { estimate } from "./estimate.ts";
export type { RdEstimateOptions, RdEstimateResult, RdRowValues, RdSide, RobustEstimates } from "./estimate-result.ts";
export { heterogeneity } from "./heterogeneity.ts";
export {
  type HeterogeneityContrast,
  type HeterogeneityContrasts,
  heterogeneityContrast,
  heterogeneityContrasts,
} from "./heterogeneity-contrast.ts";
export type { RdGroup, RdHeterogeneityOptions, RdHeterogeneityResult } from "./heterogeneity-result.ts";
export { hiddenBias, type RdHiddenBiasOptions, type RdHiddenBiasResult } from "./hidden-bias.ts";
export { honest, type RdHonestResult } from "./honest.ts";
export { honestCriticalValue } from "./honest-critical-value.ts";
export { honestDiscrete, type RdHonestDiscreteOptions, type RdHonestDiscreteResult } from "./honest-discrete.ts";
export { honestEfficiency, type RdEfficiencyOptions, type RdEfficiencyResult } from "./honest-efficiency.ts";
export type { RdHonestOptions, SuppliedVariance } from "./honest-options.ts";
export { legacyBandwidth, type RdLegacyBandwidthOptions, type RdLegacyBandwidthResult } from "./legacy-bandwidth.ts";
export type { EvaluationPoints } from "./local-experiment.ts";
export type { RdLocalOptions } from "./local-options.ts";
export { localRandomization, type RandomizationTest, type RdLocalResult } from "./local-randomization.ts";
export { localSensitivity, type RdLocalSensitivityOptions, type RdLocalSensitivityResult } from "./local-sensitivity.ts";
export type { LocalStatistic } from "./local-statistics.ts";
export type { WindowRules } from "./local-window.ts";
export {
  type CutoffDesign,
  type CutoffOverrides,
  multiCutoff,
  type RdMultiCutoffOptions,
  type RdMultiCutoffResult,
} from "./multi-cutoff.ts";
export {
  type BinOverrides,
  multiCutoffBins,
  type RdMultiCutoffBinsOptions,
  type RdMultiCutoffBinsResult,
} from "./multi-cutoff-bins.ts";
export { type NeighbourResidualOptions, type NeighbourResidualResult, nearestNeighbourResiduals } from "./nearest-neighbour-residuals.ts";
export type { BandwidthSelector, RdDesignOptions, RdVcov, SideValues } from "./options.ts";
export { placebo, type RdPlaceboOptions, type RdPlaceboResult } from "./placebo.ts";
export { type RdGridRow, type RdSensitivityOptions, type RdSensitivityResult, sensitivity } from "./sensitivity.ts";
export { type RdSmoothnessOptions, type RdSmoothnessResult, type SmoothnessLimit, smoothnessBound } from "./smoothness-bound.ts";
export { type RdValidityOptions, type RdValidityResult, type ValidityFinding, validity } from "./validity.ts";
export { type RdWildBootstrapOptions, type RdWildBootstrapResult, wildBootstrap } from "./wild-bootstrap.ts";
export { type RdWindow, type RdWindowOptions, type RdWindowResult, windowSelection } from "./window-selection.ts";
