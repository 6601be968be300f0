import { addClusterTotals, addCohortMoments, addCohortTotals } from "./numerics/cohort-moments.ts";

/**
 * All that covariate-free group-time effects and their covariance need of a balanced panel whose weights are constant within units:
 * sums by cohort of `w`, `w z`, `w² z z'`, where `z_1 = 1` and `z_t = y_t - y_1 - centre_t`. They do not grow with the number of units.
 */
export interface CohortMoments {
  /** Periods. */
  readonly periods: number;
  /** Units by cohort. */
  readonly counts: Float64Array;
  /** Subtracted from outcome differences, cohorts by periods (entry 0 unused); any value gives the same results, the cohort mean the most accurate. */
  readonly centre: Float64Array;
  /** Cohorts by periods: sums of `w` (entry 0) and `w z_t`. */
  readonly totals: Float64Array;
  /** Cohorts by periods by periods, lower triangle: sums of `w² z z'`. */
  readonly second: Float64Array;
  /** Sums by cluster and cohort, where errors are clustered. */
  readonly clusters?: ClusterMoments;
}

/** Sums by pair of cluster and cohort. Pairs are in order of cluster. */
export interface ClusterMoments {
  readonly clusterCount: number;
  /** Cluster and cohort of each pair. */
  readonly cluster: Int32Array;
  readonly cohort: Int32Array;
  /** Pairs by periods: sums of `w` (entry 0) and `w z_t`. */
  readonly sums: Float64Array;
  /** Units of each cluster. */
  readonly counts: Float64Array;
}

/** A balanced panel as {@link collectCohortMoments} reads it: `y` holds `periods` entries from `starts[u]` on for unit `u`. */
export interface BalancedOutcomes {
  readonly outcome: Float64Array;
  readonly starts: Int32Array;
  readonly periods: number;
  /** Cohort of each unit, 0 to `cohortCount - 1`. */
  readonly cohorts: Int32Array;
  readonly cohortCount: number;
  /** One weight per unit; empty for equal weights. */
  readonly weights: Float64Array;
  /** Cluster of each unit. */
  readonly clusters?: { readonly codes: Int32Array; readonly count: number };
}

/** Units per cohort from which the centre is taken: enough that what is left of the mean costs no digits. */
const CENTRE_UNITS = 256;

/** One pass over units and periods, after a look at a few units of each cohort for the centre. */
export function collectCohortMoments(data: BalancedOutcomes): CohortMoments {
  const { outcome, starts, periods: T, cohorts, cohortCount, weights } = data;
  const counts = new Float64Array(cohortCount);
  const early: number[] = [];
  for (let u = 0; u < cohorts.length; u++) {
    counts[cohorts[u]!]! += 1;
    if (counts[cohorts[u]!]! <= CENTRE_UNITS) early.push(u);
  }
  const centre = new Float64Array(cohortCount * T);
  const take = (values: Int32Array): Int32Array => Int32Array.from(early, (u) => values[u]!);
  addCohortTotals(outcome, take(starts), take(cohorts), T, centre);
  for (let h = 0; h < cohortCount; h++) {
    for (let t = 1; t < T; t++) centre[h * T + t]! /= Math.max(1, centre[h * T]!);
  }
  const totals = new Float64Array(cohortCount * T);
  const second = new Float64Array(cohortCount * T * T);
  addCohortMoments(outcome, starts, cohorts, weights, T, centre, totals, second);
  const moments = { periods: T, counts, centre, totals, second };
  return data.clusters === undefined ? moments : { ...moments, clusters: clusterMoments(data, data.clusters, centre) };
}

function clusterMoments(
  { outcome, starts, periods: T, cohorts, cohortCount, weights }: BalancedOutcomes,
  { codes, count }: { readonly codes: Int32Array; readonly count: number },
  centre: Float64Array,
): ClusterMoments {
  const seen = new Int32Array(count * cohortCount);
  for (let u = 0; u < cohorts.length; u++) seen[codes[u]! * cohortCount + cohorts[u]!] = 1;
  let pairCount = 0;
  for (let p = 0; p < seen.length; p++) if (seen[p] === 1) pairCount++;
  const cluster = new Int32Array(pairCount);
  const cohort = new Int32Array(pairCount);
  let next = 0;
  for (let p = 0; p < seen.length; p++) {
    if (seen[p] !== 1) continue;
    cluster[next] = Math.floor(p / cohortCount);
    cohort[next] = p % cohortCount;
    seen[p] = next++;
  }
  const pairs = new Int32Array(cohorts.length);
  const counts = new Float64Array(count);
  for (let u = 0; u < cohorts.length; u++) {
    pairs[u] = seen[codes[u]! * cohortCount + cohorts[u]!]!;
    counts[codes[u]!]! += 1;
  }
  const sums = new Float64Array(pairCount * T);
  addClusterTotals(outcome, starts, cohorts, weights, T, centre, pairs, sums);
  return { clusterCount: count, cluster, cohort, sums, counts };
}
