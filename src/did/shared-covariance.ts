import type { AttGtData } from "./att-gt-data.ts";
import { MOST_CLUSTERS } from "./contributions.ts";
import { BLOCK } from "./numerics/block-size.ts";
import {
  blockPlaces,
  controlLoadings,
  linearIndex,
  loadingsAt,
  openWorkplace,
  treatedLoadings,
  type Workplace,
} from "./numerics/covariate-comparisons.ts";
import type { SortedUnits } from "./ordered-units.ts";
import type { Plan } from "./shared-comparisons.ts";

/** The blocks of one cohort, and where their influence values stand: `M[values + slot * BLOCK + i]` for the cell `active[slot]`. */
interface CohortPass {
  readonly cohort: number;
  readonly active: Int32Array;
  readonly work: Workplace;
  readonly values: number;
  /** Room of the caller. */
  readonly own: number;
}

/** What a caller does with a cohort: room it needs in the kernels' memory, then each block's places, then the end. */
interface Visitor {
  readonly room: (active: number) => number;
  readonly block: (pass: CohortPass, weights: number, from: number, to: number) => void;
  readonly end?: (pass: CohortPass) => void;
}

/** Columns kept free after a cohort's values: two of the caller's, and three that complete a tile. */
const SPARE = 5;

function eachBlock({ units, blocks, counts }: SortedUnits, { fitted }: Plan, visitor: Visitor): void {
  const { p, periods: T } = units;
  for (let h = 0; h < counts.length; h++) {
    const active = Int32Array.from(
      fitted.flatMap((cell, k) =>
        cell !== undefined && (cell.comparison.group === h || cell.comparison.set.cohorts.includes(h)) ? [k] : [],
      ),
    );
    const comparisons = [...new Set(Array.from(active, (k) => fitted[k]!.comparison))];
    const sets = [...new Set(comparisons.map(({ set }) => set))];
    const even = 2 * Math.ceil(p / 2);
    // by set: coefficients and residuals; by comparison: two directions and three loadings; by cell: its direction and values
    const [bySet, byComparison, byCell] = [2 * Math.ceil((T * p) / 2) + T * BLOCK, 2 * even + 3 * BLOCK, even];
    const extra = sets.length * bySet + comparisons.length * byComparison + active.length * byCell + (active.length + SPARE) * BLOCK;
    const work = openWorkplace(units, extra + visitor.room(active.length));
    const { kernels, M, at } = work;
    let next = at.free;
    const take = (size: number): number => {
      next += size;
      return next - size;
    };
    const values = take((active.length + SPARE) * BLOCK);
    const regressions = sets.map((set) => {
      const place = take(bySet);
      M.set(
        set.B.map((value) => -value),
        place,
      );
      return { coefficients: place, r: place + bySet - T * BLOCK };
    });
    const sides = comparisons.map((comparison) => {
      const place = take(byComparison);
      if (comparison.logit !== undefined) M.set(comparison.logit, place);
      M.set(comparison.regression, place + even);
      return { comparison, logit: place, regression: place + even, loadings: loadingsAt(place + 2 * even) };
    });
    const slots = Array.from(active, (k) => {
      const { comparison, treatedMean, controlMean, time, base, d } = fitted[k]!;
      const direction = take(byCell);
      M.set(d, direction);
      const { r } = regressions[sets.indexOf(comparison.set)]!;
      return {
        direction,
        late: r + time * BLOCK,
        early: r + base * BLOCK,
        mean: comparison.group === h ? treatedMean : controlMean,
        loadings: sides[comparisons.indexOf(comparison)]!.loadings,
      };
    });
    const pass: CohortPass = { cohort: h, active, work, values, own: next };
    for (let b = blocks[h]!; b < blocks[h + 1]!; b++) {
      const places = blockPlaces(units, b);
      const { z, x } = places;
      for (const { coefficients, r } of regressions) kernels.linear(r, z, x, coefficients, p, T);
      for (const side of sides) {
        if (side.comparison.group === h) treatedLoadings(work, places, p, side);
        else controlLoadings(work, places, p, side);
      }
      for (let slot = 0; slot < slots.length; slot++) {
        const { direction, late, early, mean, loadings } = slots[slot]!;
        linearIndex(work, x, p, direction);
        kernels.influence(values + slot * BLOCK, loadings.slope, loadings.centre, loadings.propensity, late, early, at.index, mean);
      }
      const from = b * BLOCK;
      visitor.block(pass, places.w, from, from + Math.min(BLOCK, counts[h]! - (b - blocks[h]!) * BLOCK));
    }
    visitor.end?.(pass);
  }
}

/** Covariance of effects and shares, units or clusters being independent, and the sums over clusters where there are few. */
export function jointCovariance(
  sorted: SortedUnits,
  plan: Plan,
  data: AttGtData,
): { readonly joint: Float64Array; readonly clusterSums?: Float64Array } {
  return data.clusters === undefined ? { joint: independentCovariance(sorted, plan) } : clusteredCovariance(sorted, plan, data.clusters);
}

/** Effects and two columns more: weights, and one. */
const productWidth = (active: number): number => 4 * Math.ceil((active + 2) / 4);

function independentCovariance(sorted: SortedUnits, plan: Plan): Float64Array {
  const { counts, shares, totalWeight, cohorts } = sorted;
  const [K, G] = [plan.att.length, shares.length];
  const size = K + G;
  const n = cohorts.length;
  const joint = new Float64Array(size * size);
  const squares = new Float64Array(counts.length);
  const totals = new Float64Array(K); // influence values over all units
  eachBlock(sorted, plan, {
    room: (active) => productWidth(active) ** 2,
    block: ({ active: { length: m }, work, values, own }, weights, from, to) => {
      const { kernels, M } = work;
      M.copyWithin(values + m * BLOCK, weights, weights + BLOCK);
      M.fill(1, values + (m + 1) * BLOCK, values + (m + 1) * BLOCK + to - from);
      M.fill(0, values + (m + 1) * BLOCK + to - from, values + (m + 2) * BLOCK);
      kernels.products(values, m + 2, productWidth(m), own);
    },
    end: ({ cohort: h, active, work: { M }, own }) => {
      const m = active.length;
      const row = (k: number): number => own + k * productWidth(m);
      active.forEach((k, a) => {
        for (let b = 0; b <= a; b++) joint[k * size + active[b]!]! += M[row(a) + b]!;
        totals[k]! += M[row(m + 1) + a]!;
        if (h < G) joint[(K + h) * size + k]! += M[row(m) + a]! / totalWeight;
      });
      squares[h] = M[row(m) + m]!;
    },
  });
  for (let g = 0; g < G; g++) {
    for (let k = 0; k < K; k++) joint[(K + g) * size + k]! -= (shares[g]! * totals[k]!) / n;
    for (let h = 0; h <= g; h++) {
      joint[(K + g) * size + K + h] = (g === h ? squares[g]! / totalWeight ** 2 : 0) - (shares[g]! * shares[h]!) / n;
    }
  }
  mirror(joint, size);
  return joint;
}

function clusteredCovariance(
  sorted: SortedUnits,
  plan: Plan,
  { codes, count }: NonNullable<AttGtData["clusters"]>,
): { readonly joint: Float64Array; readonly clusterSums?: Float64Array } {
  const size = plan.att.length + sorted.shares.length;
  const sums = new Float64Array(count * size);
  addInfluence(sorted, plan, (unit) => codes[unit]! * size, 1, sums);
  const joint = new Float64Array(size * size);
  for (let c = 0; c < count; c++) {
    for (let a = 0; a < size; a++) {
      const x = sums[c * size + a]!;
      if (x === 0) continue;
      for (let b = 0; b <= a; b++) joint[a * size + b]! += x * sums[c * size + b]!;
    }
  }
  mirror(joint, size);
  return count <= MOST_CLUSTERS ? { joint, clusterSums: sums } : { joint };
}

function mirror(matrix: Float64Array, size: number): void {
  for (let i = 0; i < size; i++) for (let j = 0; j < i; j++) matrix[j * size + i] = matrix[i * size + j]!;
}

/** Adds `factor` times each unit's influence values (over the number of units) to the row of `out` that starts at `place(unit)`. */
function addInfluence(sorted: SortedUnits, plan: Plan, place: (unit: number) => number, factor: number, out: Float64Array): void {
  const { order, shares, totalWeight, cohorts } = sorted;
  const K = plan.att.length;
  eachBlock(sorted, plan, {
    room: () => 0,
    block: ({ cohort: h, active, work: { M }, values }, weights, from, to) => {
      for (let i = 0; i < to - from; i++) {
        const row = place(order[from + i]!);
        for (let slot = 0; slot < active.length; slot++) out[row + active[slot]!]! += factor * M[values + slot * BLOCK + i]!;
        for (let g = 0; g < shares.length; g++) {
          out[row + K + g]! += factor * ((g === h ? M[weights + i]! / totalWeight : 0) - shares[g]! / cohorts.length);
        }
      }
    },
  });
}

/** Influence values, units by effects and shares. */
export function influenceValues(sorted: SortedUnits, plan: Plan, data: AttGtData): Float64Array {
  const size = plan.att.length + sorted.shares.length;
  const n = data.sample.cohorts.length;
  const out = new Float64Array(n * size);
  addInfluence(sorted, plan, (unit) => unit * size, n, out);
  return out;
}

/** Sums of influence values times one multiplier per unit or cluster, over the number of units. */
export function multiplied(values: Float64Array, multipliers: Float64Array, { clusters }: AttGtData, size: number): Float64Array {
  const n = values.length / size;
  const out = new Float64Array(size);
  for (let u = 0; u < n; u++) {
    const multiplier = multipliers[clusters === undefined ? u : clusters.codes[u]!]! / n;
    for (let k = 0; k < size; k++) out[k]! += multiplier * values[u * size + k]!;
  }
  return out;
}
