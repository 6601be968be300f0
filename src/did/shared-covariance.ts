import type { AttGtData } from "./att-gt-data.ts";
import { MOST_CLUSTERS } from "./contributions.ts";
import { BLOCK, blockAt, controlLoadings, influenceBlock, residualBlock, treatedLoadings } from "./numerics/covariate-comparisons.ts";
import { addProducts } from "./numerics/pair-covariance.ts";
import type { SortedUnits } from "./ordered-units.ts";
import { emptyLoadings, type Plan } from "./shared-comparisons.ts";

/** Calls with each block of a cohort's units and its influence values: `values[slot * BLOCK + i]` for the cell `active[slot]`. */
function eachBlock(
  { units, blocks, counts }: SortedUnits,
  { fitted }: Plan,
  visit: (cohort: number, from: number, to: number, active: Int32Array, values: Float64Array) => void,
): void {
  const values = new Float64Array((fitted.length + 8) * BLOCK);
  const odds = new Float64Array(BLOCK);
  for (let h = 0; h < counts.length; h++) {
    const active = Int32Array.from(
      fitted.flatMap((cell, k) =>
        cell !== undefined && (cell.comparison.group === h || cell.comparison.set.cohorts.includes(h)) ? [k] : [],
      ),
    );
    const comparisons = [...new Set(Array.from(active, (k) => fitted[k]!.comparison))];
    const sets = [...new Set(comparisons.map(({ set }) => set))];
    const residuals = new Map(sets.map((set) => [set, new Float64Array(units.periods * BLOCK)]));
    const loadings = new Map(comparisons.map((comparison) => [comparison, emptyLoadings()]));
    const slots = Array.from(active, (k) => {
      const { comparison, treatedMean, controlMean, ...cell } = fitted[k]!;
      const mean = comparison.group === h ? treatedMean : controlMean;
      return { cell: { ...cell, mean }, r: residuals.get(comparison.set)!, own: loadings.get(comparison)! };
    });
    for (let b = blocks[h]!; b < blocks[h + 1]!; b++) {
      const block = blockAt(units, b);
      const from = b * BLOCK;
      const to = from + Math.min(BLOCK, counts[h]! - (b - blocks[h]!) * BLOCK);
      for (const [set, r] of residuals) residualBlock(block, set.B, r);
      for (const [comparison, out] of loadings) {
        if (comparison.group === h) treatedLoadings(block, comparison, out);
        else controlLoadings(block, comparison, odds, out);
      }
      for (let slot = 0; slot < slots.length; slot++) {
        const { cell, r, own } = slots[slot]!;
        influenceBlock(block, own, r, cell, values, slot * BLOCK);
      }
      visit(h, from, to, active, values);
    }
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

function independentCovariance(sorted: SortedUnits, plan: Plan): Float64Array {
  const { units, counts, shares, totalWeight, cohorts } = sorted;
  const [K, G] = [plan.att.length, shares.length];
  const size = K + G;
  const n = cohorts.length;
  // two more columns: weights, and one
  const wide = K + 2;
  const byCohort = new Float64Array(wide * wide);
  const joint = new Float64Array(size * size);
  const squares = new Float64Array(counts.length);
  let last = -1;
  const totals = new Float64Array(K); // influence values over all units
  const take = (h: number): void => {
    for (let k = 0; k < K; k++) {
      for (let l = 0; l <= k; l++) joint[k * size + l]! += byCohort[k * wide + l]!;
      totals[k]! += byCohort[(K + 1) * wide + k]!;
      if (h < G) joint[(K + h) * size + k]! += byCohort[K * wide + k]! / totalWeight;
    }
    squares[h] = byCohort[K * wide + K]!;
    byCohort.fill(0);
  };
  const slots = new Int32Array(wide);
  eachBlock(sorted, plan, (h, from, to, active, values) => {
    if (last >= 0 && h !== last) take(last);
    last = h;
    slots.set(active);
    const m = active.length;
    slots[m] = K;
    slots[m + 1] = K + 1;
    values.fill(0, m * BLOCK, (m + 2) * BLOCK);
    for (let i = 0; i < to - from; i++) {
      values[m * BLOCK + i] = units.w[from + i]!;
      values[(m + 1) * BLOCK + i] = 1;
    }
    addProducts(values, BLOCK, slots, m + 2, wide, byCohort);
  });
  if (last >= 0) take(last);
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
  const { units, order, shares, totalWeight, cohorts } = sorted;
  const K = plan.att.length;
  eachBlock(sorted, plan, (h, from, to, active, values) => {
    for (let i = 0; i < to - from; i++) {
      const row = place(order[from + i]!);
      for (let slot = 0; slot < active.length; slot++) out[row + active[slot]!]! += factor * values[slot * BLOCK + i]!;
      for (let g = 0; g < shares.length; g++) {
        out[row + K + g]! += factor * ((g === h ? units.w[from + i]! / totalWeight : 0) - shares[g]! / cohorts.length);
      }
    }
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
