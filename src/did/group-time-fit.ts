import type { ClusterMoments, CohortMoments } from "./cohort-moments.ts";
import { MOST_CLUSTERS } from "./contributions.ts";
import type { GroupTimeCell } from "./group-time-cells.ts";
import { NO_OVERLAP } from "./overlap.ts";

/**
 * Group-time effects with all that their inference and any summary of them need.
 * Effects and cohort shares are estimated together: entries 0 to K - 1 of the joint covariance belong to the cells, K to K + G - 1 to the
 * shares. Every summary is a smooth function of both, so that nothing by unit has to be kept.
 */
export interface GroupTimeFit {
  /** ATT(g, t) by cell; NaN where it cannot be estimated. */
  readonly att: Float64Array;
  /** Why a cell has no estimate, by cell. */
  readonly problems: readonly (string | undefined)[];
  /** Controls left out as their propensity is too near one, by cell; absent without covariates. */
  readonly trimmed?: readonly number[];
  /** Share of each treated cohort among all units, weighted. */
  readonly shares: Float64Array;
  /** Covariance of effects and shares, (K + G) square, row-major; the row of a cell without estimate is zero. */
  readonly joint: Float64Array;
  /** Factors on the analytic standard errors of single cells, where an estimator counts degrees of freedom differently there. */
  readonly errorFactors?: Float64Array;
  /**
   * How the estimates move with the sizes of the independent groups: sums over them of (units of the group / units) times the group's influence,
   * by effect and share, then the sum of squares of (units of the group / units).
   */
  readonly sizeCovariance?: Float64Array;
  /** Sums of influence values over each cluster, over the number of units, clusters by effects and shares; present where errors are clustered. */
  readonly clusterSums?: Float64Array;
  /** Units (rows of repeated cross-sections) that the covariance rests on. */
  readonly units: number;
  /** Units by cohort, the comparison group last. */
  readonly cohortUnits: Float64Array;
  /** Sums of influence values times one multiplier per unit (per cluster, where clustered), over the number of units; length K + G. */
  readonly draw: (multipliers: Float64Array) => Float64Array;
  /** Influence values, units by K + G, row-major. */
  readonly influence: () => Float64Array;
}

/** How one cell's influence values follow from the outcomes of one cohort: `n w scale (z_time - z_base + shift)`. */
interface CellTerm {
  readonly cohort: number;
  readonly time: number;
  readonly base: number;
  readonly scale: number;
  readonly shift: number;
}

/** Unit-level data behind the moments, for multiplier draws and influence values. */
export interface MomentSource {
  /** Sums of `w u z` by cohort and period (entry 0: of `w u`) for one multiplier `u` per unit. */
  readonly multipliedTotals: (multipliers: Float64Array) => Float64Array;
  readonly cohorts: Int32Array;
  /** `w` (entry 0) and `w z_t` of a unit, into `out`. */
  readonly unitValues: (unit: number, out: Float64Array) => void;
}

/**
 * Covariate-free effects from cohort moments: each is a difference of weighted means of outcome changes, for all three methods alike,
 * with influence values `n w (dy - mean) / sum w` of the treated and minus the same of the controls.
 */
export function fitFromMoments(
  moments: CohortMoments,
  cells: readonly GroupTimeCell[],
  usesPropensity: boolean,
  source: MomentSource,
): GroupTimeFit {
  const { periods: T, counts } = moments;
  const groupCount = counts.length - 1;
  const units = counts.reduce((sum, count) => sum + count, 0);
  const att = new Float64Array(cells.length);
  const problems: (string | undefined)[] = [];
  const terms: (readonly CellTerm[])[] = [];
  cells.forEach((cell, k) => {
    const fit = fitCell(moments, cell, usesPropensity);
    att[k] = fit.att;
    problems.push(fit.problem);
    terms.push(fit.terms);
  });
  const totalWeight = sumEvery(moments.totals, T);
  const shares = Float64Array.from({ length: groupCount }, (_, g) => moments.totals[g * T]! / totalWeight);
  const meanWeight = totalWeight / units;
  const size = cells.length + groupCount;
  const few = moments.clusters !== undefined && moments.clusters.clusterCount <= MOST_CLUSTERS;
  const clusterSums = few ? new Float64Array(moments.clusters!.clusterCount * size) : undefined;
  const joint =
    moments.clusters === undefined
      ? independentJoint(moments, terms, shares, units, meanWeight)
      : clusteredJoint(moments.clusters, T, terms, shares, units, meanWeight, clusterSums);

  const draw = (multipliers: Float64Array): Float64Array => {
    if (moments.clusters !== undefined) return clusterDraw(moments.clusters, T, terms, shares, units, meanWeight, multipliers);
    const out = new Float64Array(size);
    const sums = source.multipliedTotals(multipliers);
    cellSums(terms, sums, T, out);
    const drawn = multipliers.reduce((sum, u) => sum + u, 0);
    for (let g = 0; g < groupCount; g++) out[cells.length + g] = (sums[g * T]! / meanWeight - shares[g]! * drawn) / units;
    return out;
  };
  const influence = (): Float64Array => {
    const values = new Float64Array(units * size);
    const unit = new Float64Array(T);
    for (let u = 0; u < units; u++) {
      source.unitValues(u, unit);
      const cohort = source.cohorts[u]!;
      const row = u * size;
      for (let k = 0; k < terms.length; k++) {
        for (const term of terms[k]!) {
          if (term.cohort === cohort) values[row + k] = units * termValue(term, unit, 0);
        }
      }
      for (let g = 0; g < groupCount; g++) values[row + terms.length + g] = (g === cohort ? unit[0]! / meanWeight : 0) - shares[g]!;
    }
    return values;
  };
  return {
    att,
    problems,
    shares,
    joint,
    ...(clusterSums === undefined ? {} : { clusterSums }),
    units,
    cohortUnits: counts,
    draw,
    influence,
  };
}

function fitCell(
  { periods: T, counts, centre, totals }: CohortMoments,
  { group, time, base, controls }: GroupTimeCell,
  usesPropensity: boolean,
): { att: number; problem: string | undefined; terms: readonly CellTerm[] } {
  const none = (problem: string): { att: number; problem: string; terms: readonly CellTerm[] } => ({ att: Number.NaN, problem, terms: [] });
  if (base < 0) return none("no period before treatment");
  if (time === base) return { att: 0, problem: undefined, terms: [] };
  let [weight, change, controlUnits] = [0, 0, 0];
  for (const h of controls) {
    const w = totals[h * T]!;
    weight += w;
    controlUnits += counts[h]!;
    change += w * difference(centre, h * T, time, base) + difference(totals, h * T, time, base);
  }
  const treatedWeight = totals[group * T]!;
  if (!(treatedWeight > 0)) return none("no treated units");
  if (!(weight > 0)) return none("no control units");
  if (usesPropensity && counts[group]! / (counts[group]! + controlUnits) >= NO_OVERLAP)
    return none("no overlap: nearly all units are treated");
  const controlMean = change / weight;
  const ownMean = difference(totals, group * T, time, base) / treatedWeight;
  const att = difference(centre, group * T, time, base) + ownMean - controlMean;
  const terms: CellTerm[] = [{ cohort: group, time, base, scale: 1 / treatedWeight, shift: -ownMean }];
  for (const h of controls) {
    if (counts[h]! > 0)
      terms.push({ cohort: h, time, base, scale: -1 / weight, shift: difference(centre, h * T, time, base) - controlMean });
  }
  return { att, problem: undefined, terms };
}

/** `x_time - x_base` of a row that holds no entry for the first period, whose value is 0. */
function difference(values: Float64Array, row: number, time: number, base: number): number {
  return (time === 0 ? 0 : values[row + time]!) - (base === 0 ? 0 : values[row + base]!);
}

/** A term applied to a row of `w` and `w z_t`. */
function termValue({ time, base, scale, shift }: CellTerm, values: Float64Array, row: number): number {
  return scale * (difference(values, row, time, base) + shift * values[row]!);
}

function cellSums(terms: readonly (readonly CellTerm[])[], sums: Float64Array, T: number, out: Float64Array): void {
  for (let k = 0; k < terms.length; k++) {
    let sum = 0;
    for (const term of terms[k]!) sum += termValue(term, sums, term.cohort * T);
    out[k] = sum;
  }
}

function sumEvery(values: Float64Array, step: number): number {
  let sum = 0;
  for (let i = 0; i < values.length; i += step) sum += values[i]!;
  return sum;
}

/** Joint covariance when units are independent: quadratic forms in each cohort's second moments. */
function independentJoint(
  { periods: T, second }: CohortMoments,
  terms: readonly (readonly CellTerm[])[],
  shares: Float64Array,
  units: number,
  meanWeight: number,
): Float64Array {
  const [K, G] = [terms.length, shares.length];
  const size = K + G;
  const joint = new Float64Array(size * size);
  const entry = (h: number, a: number, b: number): number => second[h * T * T + Math.max(a, b) * T + Math.min(a, b)]!;
  // sum of w² z_a (z_t - z_b + shift) for a column a of the moments; column 0 is the constant
  const inner = (h: number, a: number, { time, base, shift }: CellTerm): number =>
    (time === 0 ? 0 : entry(h, a, time)) - (base === 0 ? 0 : entry(h, a, base)) + shift * entry(h, a, 0);
  for (let k = 0; k < K; k++) {
    for (const term of terms[k]!) {
      const h = term.cohort;
      for (let l = 0; l <= k; l++) {
        for (const other of terms[l]!) {
          if (other.cohort !== h) continue;
          const cross =
            (other.time === 0 ? 0 : inner(h, other.time, term)) -
            (other.base === 0 ? 0 : inner(h, other.base, term)) +
            other.shift * inner(h, 0, term);
          joint[k * size + l]! += term.scale * other.scale * cross;
        }
      }
      if (h < G) joint[(K + h) * size + k]! += (term.scale * inner(h, 0, term)) / (units * meanWeight);
    }
  }
  const normal = units * units * meanWeight * meanWeight;
  for (let g = 0; g < G; g++) {
    for (let h = 0; h <= g; h++) {
      joint[(K + g) * size + K + h] = (g === h ? entry(g, 0, 0) / normal : 0) - (shares[g]! * shares[h]!) / units;
    }
  }
  mirror(joint, size);
  return joint;
}

function mirror(matrix: Float64Array, size: number): void {
  for (let i = 0; i < size; i++) for (let j = 0; j < i; j++) matrix[j * size + i] = matrix[i * size + j]!;
}

/** Calls `visit` with each cluster's sum of influence values over the number of units. */
function eachCluster(
  clusters: ClusterMoments,
  T: number,
  terms: readonly (readonly CellTerm[])[],
  shares: Float64Array,
  units: number,
  meanWeight: number,
  visit: (cluster: number, values: Float64Array) => void,
): void {
  const [K, G] = [terms.length, shares.length];
  const sums = new Float64Array((G + 1) * T);
  const values = new Float64Array(K + G);
  let p = 0;
  for (let c = 0; c < clusters.clusterCount; c++) {
    sums.fill(0);
    for (; p < clusters.cluster.length && clusters.cluster[p] === c; p++) {
      sums.set(clusters.sums.subarray(p * T, (p + 1) * T), clusters.cohort[p]! * T);
    }
    cellSums(terms, sums, T, values);
    for (let g = 0; g < G; g++) values[K + g] = (sums[g * T]! / meanWeight - clusters.counts[c]! * shares[g]!) / units;
    visit(c, values);
  }
}

function clusteredJoint(
  clusters: ClusterMoments,
  T: number,
  terms: readonly (readonly CellTerm[])[],
  shares: Float64Array,
  units: number,
  meanWeight: number,
  keep: Float64Array | undefined,
): Float64Array {
  const size = terms.length + shares.length;
  const joint = new Float64Array(size * size);
  eachCluster(clusters, T, terms, shares, units, meanWeight, (c, values) => {
    keep?.set(values, c * size);
    for (let i = 0; i < size; i++) {
      const a = values[i]!;
      if (a === 0) continue;
      for (let j = 0; j <= i; j++) joint[i * size + j]! += a * values[j]!;
    }
  });
  mirror(joint, size);
  return joint;
}

function clusterDraw(
  clusters: ClusterMoments,
  T: number,
  terms: readonly (readonly CellTerm[])[],
  shares: Float64Array,
  units: number,
  meanWeight: number,
  multipliers: Float64Array,
): Float64Array {
  const out = new Float64Array(terms.length + shares.length);
  eachCluster(clusters, T, terms, shares, units, meanWeight, (c, values) => {
    for (let i = 0; i < out.length; i++) out[i]! += multipliers[c]! * values[i]!;
  });
  return out;
}
