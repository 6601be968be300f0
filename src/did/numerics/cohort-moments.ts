/**
 * Adds sums of outcome differences from the first period, by cohort.
 *
 * @param y - outcomes; unit `u` occupies `starts[u]` to `starts[u] + T - 1`.
 * @param totals - (cohorts by T) sums of `y_t - y_1`; entry 0 of each row receives the number of units.
 */
export function addCohortTotals(y: Float64Array, starts: Int32Array, cohorts: Int32Array, T: number, totals: Float64Array): void {
  for (let u = 0; u < starts.length; u++) {
    const at = starts[u]!;
    const to = cohorts[u]! * T;
    const first = y[at]!;
    totals[to]! += 1;
    for (let t = 1; t < T; t++) totals[to + t]! += y[at + t]! - first;
  }
}

/**
 * Adds first moments of `w z` and second moments of `w z`, `z_0 = 1`, `z_t = y_t - y_1 - centre_t`, by cohort.
 *
 * @param weights - one per unit, or an empty array for equal weights.
 * @param centre - (cohorts by T); entry 0 of each row is not read.
 * @param totals - (cohorts by T) sums of `w z`.
 * @param second - (cohorts by T by T) sums of `w² z z'`, lower triangle (row at or below column).
 */
export function addCohortMoments(
  y: Float64Array,
  starts: Int32Array,
  cohorts: Int32Array,
  weights: Float64Array,
  T: number,
  centre: Float64Array,
  totals: Float64Array,
  second: Float64Array,
): void {
  const weighted = weights.length > 0;
  const z = new Float64Array(T);
  for (let u = 0; u < starts.length; u++) {
    const at = starts[u]!;
    const from = cohorts[u]! * T;
    const w = weighted ? weights[u]! : 1;
    const first = y[at]!;
    z[0] = w;
    totals[from]! += w;
    for (let t = 1; t < T; t++) {
      const value = w * (y[at + t]! - first - centre[from + t]!);
      z[t] = value;
      totals[from + t]! += value;
    }
    let row = from * T;
    for (let t = 0; t < T; t++) {
      const zt = z[t]!;
      for (let s = 0; s <= t; s++) second[row + s]! += zt * z[s]!;
      row += T;
    }
  }
}

/**
 * Adds sums of `w z` (as in {@link addCohortMoments}) by pair of cluster and cohort.
 *
 * @param pairs - pair of each unit.
 * @param sums - (pairs by T); entry 0 of each row receives `sum w`.
 */
export function addClusterTotals(
  y: Float64Array,
  starts: Int32Array,
  cohorts: Int32Array,
  weights: Float64Array,
  T: number,
  centre: Float64Array,
  pairs: Int32Array,
  sums: Float64Array,
): void {
  const weighted = weights.length > 0;
  for (let u = 0; u < starts.length; u++) {
    const at = starts[u]!;
    const from = cohorts[u]! * T;
    const to = pairs[u]! * T;
    const w = weighted ? weights[u]! : 1;
    const first = y[at]!;
    sums[to]! += w;
    for (let t = 1; t < T; t++) sums[to + t]! += w * (y[at + t]! - first - centre[from + t]!);
  }
}
