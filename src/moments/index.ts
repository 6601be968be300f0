export { crossGroups, type GroupCodes, groupSizes, isNested, subsetGroups } from "./cross-groups.ts";
export { collectGram, type Gram, mergeGrams, rawProducts } from "./gram.ts";
export { sumByGroup } from "./group-sums.ts";
export { BLOCK_ROWS, type BlockGram, openBlockGram } from "./numerics/block-gram.ts";
export * from "./numerics/vector-module.ts";
