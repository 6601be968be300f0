import { checkBoolean } from "../core/options.ts";
import { gatherCodes } from "../data/columns.ts";
import type { Groups } from "../data/roles.ts";
import type { AnyColumn, NumericColumn } from "../data/row-types.ts";

/** How much each row counts, and which rows. */
export interface ObservationOptions<Row> {
  /** Sampling weights. */
  readonly weights?: NumericColumn<Row>;
  /** Column whose groups are independent of each other. */
  readonly cluster?: AnyColumn<Row>;
  /** Give each cluster, rather than each row, the same weight. @defaultValue false */
  readonly equalizeClusters?: boolean;
  /** 0/1 column: rows with 1 are averaged over; cluster sizes are still those of all rows. */
  readonly subset?: NumericColumn<Row>;
}

/** @internal Resolved {@link ObservationOptions}. */
export interface ObservationSettings {
  readonly weights?: string;
  readonly cluster?: string;
  readonly equalizeClusters: boolean;
  readonly subset?: string;
}

/** @internal Defaults of {@link ObservationOptions}. */
export const OBSERVATION_DEFAULTS = { weights: undefined, cluster: undefined, equalizeClusters: false, subset: undefined } as const;

/** @internal Rows that count, with their weights and clusters. */
export interface Observations {
  /** Positions among the used rows; rows of weight zero are left out. */
  readonly index: Int32Array;
  /** Weight of each of them. */
  readonly weights: Float64Array;
  /** Cluster of each of them (each its own without clusters), not dense. */
  readonly clusters: Int32Array;
  /** Clusters that occur. */
  readonly clusterCount: number;
}

/** @internal Weights and clusters of the rows that count. */
export function observations(
  caller: string,
  n: number,
  settings: ObservationSettings,
  columns: { readonly weights: Float64Array | undefined; readonly cluster: Groups | undefined; readonly subset: Float64Array | undefined },
): Observations {
  const { weights, cluster, subset } = columns;
  const equalize = checkBoolean(caller, "equalizeClusters", settings.equalizeClusters) && cluster !== undefined;
  const sizes = new Float64Array(cluster?.count ?? 0);
  if (equalize) for (let i = 0; i < n; i++) sizes[cluster.codes[i]!]!++;
  const index = new Int32Array(n);
  const own = new Float64Array(n);
  let count = 0;
  for (let i = 0; i < n; i++) {
    const weight = equalize ? 1 / sizes[cluster.codes[i]!]! : weights === undefined ? 1 : weights[i]!;
    if (weight === 0 || (subset !== undefined && subset[i] !== 1)) continue;
    index[count] = i;
    own[count++] = weight;
  }
  const rows = index.subarray(0, count);
  const clusters = cluster === undefined ? rows.map((_, position) => position) : gatherCodes(cluster.codes, rows);
  return {
    index: rows,
    weights: own.subarray(0, count),
    clusters,
    clusterCount: cluster === undefined ? count : present(clusters, cluster.count),
  };
}

/** Number of clusters that occur. */
function present(clusters: Int32Array, count: number): number {
  const seen = new Uint8Array(count);
  for (let i = 0; i < clusters.length; i++) seen[clusters[i]!] = 1;
  let found = 0;
  for (let g = 0; g < count; g++) found += seen[g]!;
  return found;
}

/** @internal `sum_g (sum_{i in g} w v)^2 / (sum w)^2 * G / (G - 1)`, v already centred where it should be. */
export function clusteredVariance(values: Float64Array, { weights, clusters, clusterCount }: Observations): number {
  let largest = -1;
  for (let i = 0; i < clusters.length; i++) if (clusters[i]! > largest) largest = clusters[i]!;
  const sums = new Float64Array(largest + 1);
  let total = 0;
  for (let i = 0; i < values.length; i++) {
    sums[clusters[i]!]! += weights[i]! * values[i]!;
    total += weights[i]!;
  }
  let squares = 0;
  for (let g = 0; g < sums.length; g++) squares += sums[g]! * sums[g]!;
  return ((squares / (total * total)) * clusterCount) / (clusterCount - 1);
}

/** @internal Weighted mean. */
export function weightedMean(values: Float64Array, weights: Float64Array): number {
  let sum = 0;
  let total = 0;
  for (let i = 0; i < values.length; i++) {
    sum += weights[i]! * values[i]!;
    total += weights[i]!;
  }
  return sum / total;
}
