export { crossGroups, type GroupCodes, isNested, subsetGroups } from "./cross-groups.ts";
export { collectGram, type Gram, mergeGrams, rawProducts } from "./gram.ts";
export { addBlockGram, BLOCK_ROWS, evenWidth, symmetricFromLower } from "./numerics/block-gram.ts";
