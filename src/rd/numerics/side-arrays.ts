/**
 * The rows of one side of the cutoff, ordered outward from it, so that every window is a prefix.
 * `columns` are the outcome, then the treatment (fuzzy), then the covariates, each less its entry of `shifts`.
 */
export interface SideArrays {
  /** -1 left of the cutoff, 1 right of it. */
  readonly sign: -1 | 1;
  /** Running variable; distances between rows are taken from it. */
  readonly x: Float64Array;
  /** Distance to the cutoff. */
  readonly distance: Float64Array;
  readonly columns: readonly Float64Array[];
  readonly shifts: Float64Array;
  readonly weights: Float64Array | undefined;
  /** Cluster of each row, 0 to `clusterCount - 1` (codes are shared by both sides). */
  readonly clusters: Int32Array | undefined;
  readonly clusterCount: number;
}
