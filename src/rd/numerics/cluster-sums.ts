import { type ClusterParts, dealRows, PART_CLUSTERS } from "./cluster-parts.ts";
import type { Side } from "./side.ts";

/** Sums of so many clusters stay in the cache: above it scores are dealt to parts of the clusters first. */
const FEW_CLUSTERS = 32_768;
/** `undefined` when the clusters are few. */
export function clusterParts(side: Side): ClusterParts | undefined {
  if (side.clusterCount <= FEW_CLUSTERS) return undefined;
  side.cache.parts.value ??= dealRows(side.clusters!, side.clusterCount);
  return side.cache.parts.value;
}

/** Sum over clusters of their squared sums of the scores dealt so far; `ends` are the next places of the parts. */
export function squaredSums({ starts, codes, scratch }: ClusterParts, ends: Int32Array): number {
  const sums = new Float64Array(PART_CLUSTERS);
  let total = 0;
  for (let p = 0; p + 1 < starts.length; p++) {
    sums.fill(0);
    for (let at = starts[p]!; at < ends[p]!; at++) sums[codes[at]!]! += scratch[at]!;
    for (let g = 0; g < PART_CLUSTERS; g++) total += sums[g]! * sums[g]!;
  }
  return total;
}

/** {@link squaredSums} of two scores a row: both squares and, between them, the cross-product. */
export function pairedSums({ starts, codes, scratch }: ClusterParts, ends: Int32Array): [number, number, number] {
  const sums = new Float64Array(2 * PART_CLUSTERS);
  let [first, cross, second] = [0, 0, 0];
  for (let p = 0; p + 1 < starts.length; p++) {
    sums.fill(0);
    for (let at = starts[p]!; at < ends[p]!; at++) {
      const g = 2 * codes[at]!;
      sums[g]! += scratch[2 * at]!;
      sums[g + 1]! += scratch[2 * at + 1]!;
    }
    for (let g = 0; g < 2 * PART_CLUSTERS; g += 2) {
      first += sums[g]! * sums[g]!;
      cross += sums[g]! * sums[g + 1]!;
      second += sums[g + 1]! * sums[g + 1]!;
    }
  }
  return [first, cross, second];
}
