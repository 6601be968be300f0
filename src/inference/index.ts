export { ADJUSTMENTS, type AdjustmentMethod, adjustPValues } from "./adjust-p-values.ts";
export { type MaxTOptions, type MaxTResult, maxT } from "./max-t.ts";
export {
  type MultiplierBootstrapOptions,
  type MultiplierBootstrapResult,
  multiplierBootstrap,
  multiplierBootstrapAsync,
  type SimultaneousEstimate,
} from "./multiplier-bootstrap.ts";
export {
  type PairsBootstrapOptions,
  type PairsBootstrapResult,
  pairsBootstrap,
  pairsBootstrapAsync,
  type SampleStatistic,
} from "./pairs-bootstrap.ts";
export type { RandomizationStatistic, RandomizationTestOptions, RandomizationTestSettings } from "./randomization-options.ts";
export { type RandomizationTestResult, randomizationTest, randomizationTestAsync } from "./randomization-test.ts";
export type { SmallSampleOptions } from "./small-sample.ts";
export { type StepdownOptions, type StepdownResult, stepdown } from "./stepdown.ts";
export { type UniformBandOptions, type UniformBandResult, uniformBand } from "./uniform-band.ts";
export type { ClusterBy, VcovOption } from "./vcov-option.ts";
export {
  type WildClusterBootstrapOptions,
  type WildClusterBootstrapResult,
  type WildClusterBootstrapSettings,
  type WildResult,
  wildClusterBootstrap,
  wildClusterBootstrapAsync,
} from "./wild-cluster-bootstrap.ts";
export {
  type InstrumentalResult,
  type WildInstrumentalBootstrapOptions,
  type WildInstrumentalBootstrapResult,
  type WildInstrumentalBootstrapSettings,
  wildInstrumentalBootstrap,
} from "./wild-instrumental-bootstrap.ts";
export type { ResamplingPValues, WildAlternative } from "./wild-test.ts";
