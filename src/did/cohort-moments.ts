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

/** Moments of the cohorts at these positions, in their order; empty ones for -1. Without clusters. */
export function pickCohorts(moments: CohortMoments, positions: readonly number[]): CohortMoments {
  const { periods: T } = moments;
  const pick = (values: Float64Array, width: number): Float64Array => {
    const out = new Float64Array(positions.length * width);
    positions.forEach((from, h) => {
      if (from >= 0) out.set(values.subarray(from * width, (from + 1) * width), h * width);
    });
    return out;
  };
  return {
    periods: T,
    counts: pick(moments.counts, 1),
    centre: pick(moments.centre, T),
    totals: pick(moments.totals, T),
    second: pick(moments.second, T * T),
  };
}

/** Moments of the first periods alone. */
export function keepPeriods({ periods, counts, centre, totals, second }: CohortMoments, T: number): CohortMoments {
  if (T === periods) return { periods, counts, centre, totals, second };
  const rows = (values: Float64Array): Float64Array => {
    const out = new Float64Array(counts.length * T);
    for (let h = 0; h < counts.length; h++) out.set(values.subarray(h * periods, h * periods + T), h * T);
    return out;
  };
  const square = new Float64Array(counts.length * T * T);
  for (let h = 0; h < counts.length; h++)
    for (let t = 0; t < T; t++) square.set(second.subarray((h * periods + t) * periods, (h * periods + t) * periods + T), (h * T + t) * T);
  return { periods: T, counts, centre: rows(centre), totals: rows(totals), second: square };
}

/** Sums over parts with the same cohorts and periods: those of all units together. The centre is that of the part with most units, by cohort. */
export function mergeCohortMoments(parts: readonly CohortMoments[]): CohortMoments {
  const { periods: T, counts } = parts[0]!;
  const H = counts.length;
  const centre = new Float64Array(H * T);
  for (let h = 0; h < H; h++) {
    const largest = parts.reduce((most, part) => (part.counts[h]! > most.counts[h]! ? part : most));
    centre.set(largest.centre.subarray(h * T, (h + 1) * T), h * T);
  }
  const out = {
    periods: T,
    counts: new Float64Array(H),
    centre,
    totals: new Float64Array(H * T),
    second: new Float64Array(H * T * T),
  };
  for (const part of parts) for (let h = 0; h < H; h++) addShifted(part, h, out);
  return out;
}

/** Adds a part's cohort with its centre moved: `z_t` grows by the difference of the centres, for t >= 1. */
function addShifted(part: CohortMoments, h: number, out: CohortMoments): void {
  const { periods: T } = part;
  const shift = (t: number): number => (t === 0 ? 0 : part.centre[h * T + t]! - out.centre[h * T + t]!);
  const second = (t: number, s: number): number => part.second[(h * T + Math.max(t, s)) * T + Math.min(t, s)]!;
  out.counts[h]! += part.counts[h]!;
  for (let t = 0; t < T; t++) {
    const d = shift(t);
    out.totals[h * T + t]! += part.totals[h * T + t]! + d * part.totals[h * T]!;
    for (let s = 0; s <= t; s++) {
      out.second[(h * T + t) * T + s]! += second(t, s) + d * second(0, s) + shift(s) * second(t, 0) + d * shift(s) * second(0, 0);
    }
  }
}
