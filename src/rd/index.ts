export { bandwidth, type RdBandwidthOptions, type RdBandwidthResult } from "./bandwidth.ts";
export { estimate } from "./estimate.ts";
export type { RdEstimateOptions, RdEstimateResult, RdSide, RobustEstimates } from "./estimate-result.ts";
export type { BandwidthSelector, RdDesignOptions, RdVcov, SideValues } from "./options.ts";
