/** Clusters of one part: the lower bits of a code. */
const PART_BITS = 12;
export const PART_CLUSTERS: number = 2 ** PART_BITS;

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

/** Deals the rows of a side. */
export function dealRows(clusters: Int32Array, count: number): ClusterParts {
  const parts = partOf(count - 1) + 1;
  const starts = new Int32Array(parts + 1);
  for (let i = 0; i < clusters.length; i++) starts[partOf(clusters[i]!) + 1]!++;
  for (let p = 0; p < parts; p++) starts[p + 1]! += starts[p]!;
  const ends = starts.slice();
  const codes = new Uint16Array(clusters.length);
  for (let i = 0; i < clusters.length; i++) codes[ends[partOf(clusters[i]!)]!++] = clusters[i]! & (PART_CLUSTERS - 1);
  return { starts, codes, scratch: new Float64Array(2 * clusters.length) };
}
