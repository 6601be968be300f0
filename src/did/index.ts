export { type AggregateOptions, type AggregateResult, type AggregateRows, type AggregateType, aggregate } from "./aggregate.ts";
export { type AttGtResult, attGt } from "./att-gt.ts";
export type { AnalyticInference, AttGtOptions, MultiplierBootstrapInference } from "./att-gt-options.ts";
export type { EventStudyTable, EventTimeEstimate } from "./event-study-table.ts";
export type {
  BandedEstimate,
  CohortSize,
  GroupTimeEstimate,
  GroupTimeTable,
  InfluenceValues,
  MultiplierDraws,
} from "./group-time-result.ts";
export { type TwoByTwoOptions, type TwoByTwoResult, type TwoByTwoSettings, twoByTwo } from "./two-by-two.ts";
