export { ADJUSTMENTS, type AdjustmentMethod, adjustPValues } from "./adjust-p-values.ts";
export type { SmallSampleOptions } from "./small-sample.ts";
export type { ClusterBy, VcovOption } from "./vcov-option.ts";
