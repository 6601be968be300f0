export { assignPolicy, type PolicyNode, type PolicyRule } from "./assign-policy.ts";
export { type PolicyTreeOptions, type PolicyTreeResult, type PolicyTreeSettings, policyTree } from "./policy-tree.ts";
export {
  type PolicyValueOptions,
  type PolicyValueResult,
  type PolicyValueSettings,
  type PolicyValues,
  policyValue,
} from "./policy-value.ts";
