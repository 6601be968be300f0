export { bandwidth, type RdBandwidthOptions, type RdBandwidthResult } from "./bandwidth.ts";
export type { BinSummary } from "./bin-summary.ts";
export type { BinomialOptions, BinomialWindow } from "./binomial-windows.ts";
export { type BinSelector, bins, type RdBinsOptions, type RdBinsResult, type RdBinsSide } from "./bins.ts";
export { type DensityEstimates, densityTest, type RdDensityOptions, type RdDensityResult } from "./density-test.ts";
export { estimate } from "./estimate.ts";
export type { RdEstimateOptions, RdEstimateResult, RdSide, RobustEstimates } from "./estimate-result.ts";
export { heterogeneity } from "./heterogeneity.ts";
export { type HeterogeneityContrast, heterogeneityContrast } from "./heterogeneity-contrast.ts";
export type { RdGroup, RdHeterogeneityOptions, RdHeterogeneityResult } from "./heterogeneity-result.ts";
export {
  type CutoffDesign,
  type CutoffOverrides,
  multiCutoff,
  type RdMultiCutoffOptions,
  type RdMultiCutoffResult,
} from "./multi-cutoff.ts";
export { type NeighbourResidualOptions, type NeighbourResidualResult, nearestNeighbourResiduals } from "./nearest-neighbour-residuals.ts";
export type { BandwidthSelector, RdDesignOptions, RdVcov, SideValues } from "./options.ts";
