export { assignPolicy, type PolicyNode, type PolicyRule } from "./assign-policy.ts";
export type { EqualityTest, GroupContrast } from "./group-contrasts.ts";
export { type PolicyTreeOptions, type PolicyTreeResult, type PolicyTreeSettings, policyTree } from "./policy-tree.ts";
export {
  type PolicyValueOptions,
  type PolicyValueResult,
  type PolicyValueSettings,
  type PolicyValues,
  policyValue,
} from "./policy-value.ts";
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
