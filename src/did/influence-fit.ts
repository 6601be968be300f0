import type { AttGtData } from "./att-gt-data.ts";
import { MOST_CLUSTERS } from "./contributions.ts";
import type { GroupTimeFit } from "./group-time-fit.ts";
import { blockedCovariance, type SparseInfluence } from "./numerics/pair-covariance.ts";

/** What one cell's own estimation hands over. */
export interface CellResult {
  readonly att: number;
  readonly problem: string | undefined;
  /** Influence values by unit (repeated units are summed); absent where the effect is fixed or missing. */
  readonly influence?: SparseInfluence;
  /** Rows the cell's estimator counted: its influence values are scaled by units over rows. */
  readonly scaleRows?: number;
  /** Controls left out of it for their propensity. */
  readonly trimmed?: number;
}

/** Effects from cells estimated one by one. `weights` are the units' own, for the cohort shares. */
export function fitFromInfluences(results: readonly CellResult[], data: AttGtData, weights: Float64Array): GroupTimeFit {
  const { cohorts, groups } = data.sample;
  const units = cohorts.length;
  const [K, G] = [results.length, groups.length];
  const size = K + G;
  const totalWeight = weights.reduce((sum, w) => sum + w, 0);
  const shares = new Float64Array(G);
  const cohortUnits = new Float64Array(G + 1);
  for (let u = 0; u < units; u++) {
    const h = cohorts[u]!;
    cohortUnits[h]! += 1;
    if (h < G) shares[h]! += weights[u]! / totalWeight;
  }
  const influences = results.map(({ influence, scaleRows }) => scaledInfluence(influence, 1 / (scaleRows ?? 1)));
  const shareInfluences = Array.from(shares, (share, g) => shareInfluence(share, g, cohorts, weights, totalWeight));
  const all = [...influences, ...shareInfluences];
  const clusters = data.clusters;
  const byGroup = clusters === undefined ? all : all.map((influence) => clusterSums(influence, clusters.codes, clusters.count));
  const joint = blockedCovariance(clusters === undefined ? byCohort(byGroup, cohorts, G + 1) : byGroup, clusters?.count ?? units);
  return {
    ...(clusters === undefined || clusters.count > MOST_CLUSTERS ? {} : { clusterSums: clusterRows(byGroup, clusters.count) }),
    sizeCovariance: covarianceWithSize(byGroup, clusters, units),
    att: Float64Array.from(results, ({ att }) => att),
    problems: results.map(({ problem }) => problem),
    trimmed: results.map(({ trimmed }) => trimmed ?? 0),
    shares,
    joint,
    units,
    cohortUnits,
    draw: (multipliers) =>
      Float64Array.from(byGroup, ({ units: numbers, values }) => {
        let sum = 0;
        for (let i = 0; i < numbers.length; i++) sum += multipliers[numbers[i]!]! * values[i]!;
        return sum;
      }),
    influence: () => {
      const values = new Float64Array(units * size);
      all.forEach((influence, k) => {
        for (let i = 0; i < influence.units.length; i++) values[influence.units[i]! * size + k]! += units * influence.values[i]!;
      });
      return values;
    },
  };
}

function clusterRows(byGroup: readonly SparseInfluence[], count: number): Float64Array {
  const out = new Float64Array(count * byGroup.length);
  byGroup.forEach(({ units, values }, k) => {
    for (let i = 0; i < units.length; i++) out[units[i]! * byGroup.length + k]! += values[i]!;
  });
  return out;
}

function covarianceWithSize(byGroup: readonly SparseInfluence[], clusters: AttGtData["clusters"], units: number): Float64Array {
  const sizes = new Float64Array(clusters?.count ?? units);
  if (clusters === undefined) sizes.fill(1 / units);
  else for (let u = 0; u < units; u++) sizes[clusters.codes[u]!]! += 1 / units;
  const out = new Float64Array(byGroup.length + 1);
  byGroup.forEach(({ units: numbers, values }, k) => {
    let sum = 0;
    for (let i = 0; i < numbers.length; i++) sum += sizes[numbers[i]!]! * values[i]!;
    out[k] = sum;
  });
  out[byGroup.length] = sizes.reduce((sum, size) => sum + size * size, 0);
  return out;
}

/** Renumbers units cohort by cohort, so that a block of units takes part in few estimates. */
function byCohort(influences: readonly SparseInfluence[], cohorts: Int32Array, count: number): SparseInfluence[] {
  const next = new Int32Array(count + 1);
  for (let u = 0; u < cohorts.length; u++) next[cohorts[u]! + 1]!++;
  for (let h = 0; h < count; h++) next[h + 1]! += next[h]!;
  const position = new Int32Array(cohorts.length);
  for (let u = 0; u < cohorts.length; u++) position[u] = next[cohorts[u]!]!++;
  const renumbered = new Map<Int32Array, Int32Array>();
  return influences.map(({ units, values }) => {
    const places = renumbered.get(units) ?? units.map((u) => position[u]!);
    renumbered.set(units, places);
    return isAscending(places) ? { units: places, values } : sortedInfluence(places, values, cohorts.length);
  });
}

function isAscending(values: Int32Array): boolean {
  for (let i = 1; i < values.length; i++) if (values[i]! < values[i - 1]!) return false;
  return true;
}

/** The same values in order of place, dense. */
function sortedInfluence(places: Int32Array, values: Float64Array, units: number): SparseInfluence {
  const dense = new Float64Array(units);
  for (let i = 0; i < places.length; i++) dense[places[i]!]! += values[i]!;
  return { units: Int32Array.from({ length: units }, (_, u) => u), values: dense };
}

const NONE: SparseInfluence = { units: new Int32Array(0), values: new Float64Array(0) };

function scaledInfluence(influence: SparseInfluence | undefined, by: number): SparseInfluence {
  if (influence === undefined) return NONE;
  const { values } = influence;
  for (let i = 0; i < values.length; i++) values[i]! *= by;
  return influence;
}

/** `(w 1{cohort} - share) / units`, with weights of mean 1. */
function shareInfluence(share: number, cohort: number, cohorts: Int32Array, weights: Float64Array, totalWeight: number): SparseInfluence {
  const n = cohorts.length;
  const values = new Float64Array(n);
  for (let u = 0; u < n; u++) values[u] = (cohorts[u] === cohort ? weights[u]! / totalWeight : 0) - share / n;
  return { units: Int32Array.from({ length: n }, (_, u) => u), values };
}

/** Sums by cluster, dense. */
function clusterSums({ units, values }: SparseInfluence, codes: Int32Array, count: number): SparseInfluence {
  if (units.length === 0) return NONE;
  const sums = new Float64Array(count);
  for (let i = 0; i < units.length; i++) sums[codes[units[i]!]!]! += values[i]!;
  return { units: Int32Array.from({ length: count }, (_, c) => c), values: sums };
}
