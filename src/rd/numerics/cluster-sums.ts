import type { Side } from "./side.ts";

/** Sums of so many clusters stay in the cache: above it scores are dealt to parts of the clusters first. */
const FEW_CLUSTERS = 32_768;
/** Clusters of one part: the lower bits of a code. */
const PART_BITS = 12;
const PART_CLUSTERS = 2 ** PART_BITS;

/**
 * The rows of a side by parts of the clusters, in their order within a part. A pass over the rows writes each score to the next place of
 * its part, which is a stream for every part; the sums of one part are then short enough for the cache.
 */
export interface ClusterParts {
  /** First place of each part; one more with the rows. */
  readonly starts: Int32Array;
  /** Cluster within its part, by place. */
  readonly codes: Uint16Array;
  /** Scores by place, two a row. */
  readonly scratch: Float64Array;
}

/** Kept with a side, for all outcomes that share its rows. */
export interface ClusterPartsCache {
  value?: ClusterParts;
}

/** Part of a cluster. */
export const partOf = (cluster: number): number => cluster >> PART_BITS;

/** `undefined` when the clusters are few. */
export function clusterParts(side: Side): ClusterParts | undefined {
  if (side.clusterCount <= FEW_CLUSTERS) return undefined;
  side.cache.parts.value ??= dealt(side.clusters!, side.clusterCount);
  return side.cache.parts.value;
}

function dealt(clusters: Int32Array, count: number): ClusterParts {
  const parts = partOf(count - 1) + 1;
  const starts = new Int32Array(parts + 1);
  for (let i = 0; i < clusters.length; i++) starts[partOf(clusters[i]!) + 1]!++;
  for (let p = 0; p < parts; p++) starts[p + 1]! += starts[p]!;
  const ends = starts.slice();
  const codes = new Uint16Array(clusters.length);
  for (let i = 0; i < clusters.length; i++) codes[ends[partOf(clusters[i]!)]!++] = clusters[i]! & (PART_CLUSTERS - 1);
  return { starts, codes, scratch: new Float64Array(2 * clusters.length) };
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
