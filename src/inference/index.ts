export { ADJUSTMENTS, type AdjustmentMethod, adjustPValues } from "./adjust-p-values.ts";
export { type MaxTOptions, type MaxTResult, maxT } from "./max-t.ts";
export type { SmallSampleOptions } from "./small-sample.ts";
export { type StepdownOptions, type StepdownResult, stepdown } from "./stepdown.ts";
export type { ClusterBy, VcovOption } from "./vcov-option.ts";
