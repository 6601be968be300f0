export { crossGroups, type GroupCodes, groupSizes, isNested, subsetGroups } from "./cross-groups.ts";
export { collectGram, type Gram, mergeGrams, rawProducts } from "./gram.ts";
export { MOST_SUMS, sumByGroup, withoutPadding } from "./group-sums.ts";
export { BLOCK_ROWS, type BlockGram, openBlockGram } from "./numerics/block-gram.ts";
export { GROUPED_COLUMN, type GroupSumKernel, groupSumFunctions, MOST_PAIRS } from "./numerics/group-sum-kernel.ts";
export * from "./numerics/vector-module.ts";
