import { cholesky, choleskyBackSolve } from "../linalg/index.ts";
import type { AttGtData } from "./att-gt-data.ts";
import type { AttGtSettings } from "./att-gt-options.ts";
import type { GroupTimeCell } from "./group-time-cells.ts";
import type { GroupTimeFit } from "./group-time-fit.ts";
import {
  addBlockMoments,
  BLOCK,
  type BlockedUnits,
  type BlockLoadings,
  blockAt,
  controlLoadings,
  influenceBlock,
  placeUnit,
  residualBlock,
  type SharedComparison,
  treatedLoadings,
} from "./numerics/covariate-comparisons.ts";
import { addProducts } from "./numerics/pair-covariance.ts";
import { addLogitBlock, iterateLogit, newLogitRows, type PropensityFit } from "./numerics/weighted-fits.ts";

/** What two-by-two comparisons say when they fail, and their thresholds. */
export interface ComparisonRules {
  readonly trim: number;
  readonly nearestOne: number;
  readonly noOverlap: number;
  readonly failures: { readonly singular: string; readonly overlap: string; readonly noTreated: string; readonly noControls: string };
}

/**
 * Group-time effects with covariates and weights that do not change within units of a balanced panel. Per set of control cohorts one
 * regression of all periods at once, per cohort and set one propensity model, per cell only small vectors: influence values are linear in
 * residuals and covariates, so that their covariance is summed block by block and nothing of size units by cells is kept.
 */
export function fitSharedCovariates<Row>(
  data: AttGtData,
  cells: readonly GroupTimeCell[],
  settings: AttGtSettings<Row>,
  rules: ComparisonRules,
): GroupTimeFit {
  const sorted = orderByCohort(data);
  const moments = cohortMoments(sorted);
  const plan = comparisonsOf(sorted, moments, cells, settings, rules);
  const { att, problems } = plan;
  const covariance = jointCovariance(sorted, plan, data);
  const dense = (): Float64Array => influenceValues(sorted, plan, data);
  let stored: Float64Array | undefined;
  return {
    att,
    problems,
    shares: sorted.shares,
    joint: covariance,
    units: sorted.cohorts.length,
    cohortUnits: Float64Array.from(sorted.counts),
    influence: dense,
    draw: (multipliers) => {
      stored ??= dense();
      return multiplied(stored, multipliers, data, cells.length + sorted.shares.length);
    },
  };
}

/** Units in order of cohort, each cohort starting with a block of its own. */
interface SortedUnits {
  readonly units: BlockedUnits;
  /** Unit of the data at each place, -1 at places without. */
  readonly order: Int32Array;
  /** Blocks of cohort h: `blocks[h]` to `blocks[h + 1]`. */
  readonly blocks: Int32Array;
  readonly counts: Int32Array;
  readonly cohorts: Int32Array;
  readonly shares: Float64Array;
  readonly totalWeight: number;
  readonly equalWeights: boolean;
}

function orderByCohort(data: AttGtData): SortedUnits {
  const { cohorts, groups, starts, times } = data.sample;
  const [n, H] = [cohorts.length, groups.length + 1];
  const counts = new Int32Array(H);
  for (let u = 0; u < n; u++) counts[cohorts[u]!]!++;
  const blocks = new Int32Array(H + 1);
  for (let h = 0; h < H; h++) blocks[h + 1] = blocks[h]! + Math.ceil(counts[h]! / BLOCK);
  const next = blocks.map((block) => block * BLOCK);
  const places = blocks[H]! * BLOCK;
  const [p, periods] = [data.covariates.length + 1, times.length];
  const units: BlockedUnits = {
    p,
    periods,
    w: new Float64Array(places),
    x: new Float64Array(places * p),
    z: new Float64Array(places * periods),
  };
  const order = new Int32Array(places).fill(-1);
  const sums = new Float64Array(H);
  let equalWeights = true;
  for (let u = 0; u < n; u++) {
    const h = cohorts[u]!;
    const place = next[h]!++;
    const row = starts[u]!;
    const w = data.weights?.[row] ?? 1;
    order[place] = u;
    sums[h]! += w;
    if (w !== (data.weights?.[starts[0]!] ?? 1)) equalWeights = false;
    placeUnit(units, place, data.outcome, row, data.covariates, w);
  }
  const totalWeight = sums.reduce((sum, value) => sum + value, 0);
  const shares = sums.slice(0, groups.length).map((value) => value / totalWeight);
  return { units, order, blocks, counts, cohorts, totalWeight, shares, equalWeights };
}

/** Cross-products by cohort. */
interface CohortCross {
  readonly gram: Float64Array;
  readonly cross: Float64Array;
}

function cohortMoments({ units, blocks, counts }: SortedUnits): readonly CohortCross[] {
  return Array.from(counts, (_, h) => {
    const moments = { gram: new Float64Array(units.p ** 2), cross: new Float64Array(units.p * units.periods) };
    for (let b = blocks[h]!; b < blocks[h + 1]!; b++) {
      const block = blockAt(units, b);
      addBlockMoments(block, block.w, block.z, moments.gram, moments.cross);
    }
    return moments;
  });
}

/** A set of control cohorts: factor of its Gram matrix and regression coefficients of all periods (T by p). */
interface ControlSet {
  readonly cohorts: readonly number[];
  readonly factor: Float64Array | undefined;
  readonly B: Float64Array;
}

/** A cohort against a control set. */
interface Comparison extends SharedComparison {
  readonly group: number;
  readonly set: ControlSet;
  /** `sum w_c x r_t` over controls, p by T; row 0 are sums of `w_c r_t`. */
  readonly oddsCross: Float64Array;
  /** `sum w_c x`. */
  readonly oddsSums: Float64Array;
  /** Factor of the propensity's information, with weights of mean 1, and that mean. */
  readonly logitFactor: Float64Array | undefined;
  readonly meanWeight: number;
}

/** What one cell needs beside its comparison. */
interface FittedCell {
  readonly comparison: Comparison;
  readonly time: number;
  readonly base: number;
  readonly treatedMean: number;
  readonly controlMean: number;
  /** Of the propensity's estimation. */
  readonly d: Float64Array;
}

interface Plan {
  readonly att: Float64Array;
  readonly problems: readonly (string | undefined)[];
  readonly fitted: readonly (FittedCell | undefined)[];
}

function comparisonsOf<Row>(
  sorted: SortedUnits,
  moments: readonly CohortCross[],
  cells: readonly GroupTimeCell[],
  settings: AttGtSettings<Row>,
  rules: ComparisonRules,
): Plan {
  const sets = new Map<string, ControlSet>();
  const comparisons = new Map<string, Comparison | string>();
  const att = new Float64Array(cells.length).fill(Number.NaN);
  const problems: (string | undefined)[] = [];
  const fitted = cells.map((cell, k): FittedCell | undefined => {
    problems.push(undefined);
    if (cell.base < 0) problems[k] = "no period before treatment";
    else if (cell.time === cell.base) att[k] = 0;
    if (cell.base < 0 || cell.time === cell.base) return undefined;
    const key = cell.controls.join();
    const set = sets.get(key) ?? controlSet(sorted, moments, cell.controls, settings.method);
    sets.set(key, set);
    const name = `${cell.group}:${key}`;
    const comparison = comparisons.get(name) ?? compareGroups(sorted, moments, cell.group, set, settings.method, rules);
    comparisons.set(name, comparison);
    if (typeof comparison === "string") {
      problems[k] = comparison;
      return undefined;
    }
    const result = fitCell(sorted, moments, comparison, cell);
    att[k] = result.treatedMean - result.controlMean;
    return result;
  });
  return { att, problems, fitted };
}

function controlSet<Row>(
  { units, blocks }: SortedUnits,
  moments: readonly CohortCross[],
  cohorts: readonly number[],
  method: AttGtSettings<Row>["method"],
): ControlSet {
  const { p, periods: T } = units;
  const B = new Float64Array(T * p);
  if (method === "ipw") return { cohorts, factor: undefined, B };
  const gram = new Float64Array(p * p);
  const cross = new Float64Array(p * T);
  for (const h of cohorts) {
    moments[h]!.gram.forEach((value, i) => {
      gram[i]! += value;
    });
    moments[h]!.cross.forEach((value, i) => {
      cross[i]! += value;
    });
  }
  const factor = cholesky(gram, p);
  if (factor === undefined) return { cohorts, factor, B };
  addSolutions(factor, cross, p, T, B);
  // one step of refinement with the residuals themselves
  cross.fill(0);
  const r = new Float64Array(T * BLOCK);
  for (const h of cohorts) {
    for (let b = blocks[h]!; b < blocks[h + 1]!; b++) {
      const block = blockAt(units, b);
      residualBlock(block, B, r);
      addBlockMoments(block, block.w, r, gram, cross); // the Gram matrix is no longer needed
    }
  }
  addSolutions(factor, cross, p, T, B);
  return { cohorts, factor, B };
}

/** Adds the solutions for the columns of `cross` (p by T) to `B` (T by p). */
function addSolutions(factor: Float64Array, cross: Float64Array, p: number, T: number, B: Float64Array): void {
  const right = new Float64Array(p);
  for (let t = 0; t < T; t++) {
    for (let a = 0; a < p; a++) right[a] = cross[a * T + t]!;
    const solved = choleskyBackSolve(factor, p, right);
    for (let a = 0; a < p; a++) B[t * p + a]! += solved[a]!;
  }
}

/** Sums of `w x` of a cohort. */
const weightedCovariates = ({ gram }: CohortCross, p: number): Float64Array => Float64Array.from({ length: p }, (_, a) => gram[a * p]!);

function compareGroups<Row>(
  sorted: SortedUnits,
  moments: readonly CohortCross[],
  group: number,
  set: ControlSet,
  method: AttGtSettings<Row>["method"],
  rules: ComparisonRules,
): Comparison | string {
  const { units, counts } = sorted;
  const { p, periods: T } = units;
  const byTreated = weightedCovariates(moments[group]!, p);
  const controlTotal = set.cohorts.reduce((sum, h) => sum + moments[h]!.gram[0]!, 0);
  const meanWeight = (byTreated[0]! + controlTotal) / set.cohorts.reduce((sum, h) => sum + counts[h]!, counts[group]!);
  const logit = method === "regression" ? undefined : propensityModel(sorted, group, set, meanWeight, rules);
  if (logit === "overlap") return rules.failures.overlap;
  if (method !== "ipw" && set.factor === undefined) return rules.failures.singular;
  if (!(byTreated[0]! > 0)) return rules.failures.noTreated;
  if (!(controlTotal > 0) || set.cohorts.every((h) => counts[h] === 0)) return rules.failures.noControls;
  if (method !== "regression" && logit === undefined) return rules.failures.singular;
  const shared = {
    group,
    set,
    logit: logit?.coefficients,
    logitFactor: logit?.factor,
    meanWeight,
    trim: rules.trim,
    nearestOne: rules.nearestOne,
    treatedWeight: byTreated[0]!,
  };
  const none = new Float64Array(p);
  const odds = oddsMoments(sorted, { ...shared, controlWeight: 1, regression: none, oddsCross: none, oddsSums: none }, T);
  if (method !== "regression" && !(odds.sums[0]! > 0)) return rules.failures.noControls;
  const controlWeight = method === "regression" ? 1 : odds.sums[0]!;
  const direction = byTreated.map((value, a) => value / byTreated[0]! - odds.sums[a]! / controlWeight);
  const regression = set.factor === undefined ? none : choleskyBackSolve(set.factor, p, direction);
  return { ...shared, controlWeight, regression, oddsCross: odds.cross, oddsSums: odds.sums };
}

/** A fitted propensity, and its largest probability. */
type BlockedLogit = Omit<PropensityFit, "probabilities"> & { readonly largest: number };

/** The cohort's propensity against the control set, `"overlap"` where it comes too near one. */
function propensityModel(
  sorted: SortedUnits,
  group: number,
  { cohorts }: ControlSet,
  meanWeight: number,
  { noOverlap }: ComparisonRules,
): BlockedLogit | undefined | "overlap" {
  const logit = blockedLogit(sorted, group, cohorts, meanWeight);
  // the guard is an unweighted model's; equal weights make it the propensity itself
  const guard = sorted.equalWeights ? logit : blockedLogit(sorted, group, cohorts, undefined);
  return guard !== undefined && guard.largest >= noOverlap ? "overlap" : logit;
}

/** A logit of the cohort against others with weights over their mean, or with none. */
function blockedLogit(
  { units, blocks, counts }: SortedUnits,
  group: number,
  controls: readonly number[],
  meanWeight: number | undefined,
): BlockedLogit | undefined {
  const rows = newLogitRows(units.p);
  const members = [group, ...controls];
  let largest = 0;
  const fit = iterateLogit(rows, (b) => {
    let deviance = 0;
    largest = 0;
    for (const h of members) {
      rows.D.fill(h === group ? 1 : 0);
      for (let k = blocks[h]!; k < blocks[h + 1]!; k++) {
        const { x, w } = blockAt(units, k);
        const m = Math.min(BLOCK, counts[h]! - (k - blocks[h]!) * BLOCK);
        for (let i = 0; i < m; i++) rows.w[i] = meanWeight === undefined ? 1 : w[i]! / meanWeight;
        deviance += addLogitBlock(rows, x, m, b);
        for (let i = 0; i < m; i++) if (rows.probabilities[i]! > largest) largest = rows.probabilities[i]!;
      }
    }
    return deviance;
  });
  return fit === undefined ? undefined : { ...fit, largest };
}

function oddsMoments(
  { units, blocks }: SortedUnits,
  comparison: Comparison,
  T: number,
): { readonly sums: Float64Array; readonly cross: Float64Array } {
  const { p } = units;
  const gram = new Float64Array(p * p);
  const cross = new Float64Array(p * T);
  if (comparison.logit === undefined) return { sums: new Float64Array(p), cross };
  const odds = new Float64Array(BLOCK);
  const loadings = emptyLoadings();
  const r = new Float64Array(T * BLOCK);
  for (const h of comparison.set.cohorts) {
    for (let b = blocks[h]!; b < blocks[h + 1]!; b++) {
      const block = blockAt(units, b);
      controlLoadings(block, comparison, odds, loadings);
      residualBlock(block, comparison.set.B, r);
      addBlockMoments(block, odds, r, gram, cross);
    }
  }
  return { sums: weightedCovariates({ gram, cross }, p), cross };
}

const emptyLoadings = (): BlockLoadings => ({
  slope: new Float64Array(BLOCK),
  centre: new Float64Array(BLOCK),
  propensity: new Float64Array(BLOCK),
});

function fitCell(
  { units }: SortedUnits,
  moments: readonly CohortCross[],
  comparison: Comparison,
  { group, time, base }: GroupTimeCell,
): FittedCell {
  const { p, periods: T } = units;
  const { set, treatedWeight, controlWeight, oddsCross, oddsSums, logit, logitFactor } = comparison;
  const { gram, cross } = moments[group]!;
  const treatedAt = (t: number): number => {
    let sum = cross[t]!;
    for (let a = 0; a < p; a++) sum -= gram[a * p]! * set.B[t * p + a]!;
    return sum / treatedWeight;
  };
  const treatedMean = treatedAt(time) - treatedAt(base);
  if (logit === undefined) return { comparison, time, base, treatedMean, controlMean: 0, d: new Float64Array(p) };
  const controlMean = (oddsCross[time]! - oddsCross[base]!) / controlWeight;
  const derivative = oddsSums.map(
    (sum, a) => (oddsCross[a * T + time]! - oddsCross[a * T + base]! - controlMean * sum) / (controlWeight * comparison.meanWeight),
  );
  return { comparison, time, base, treatedMean, controlMean, d: choleskyBackSolve(logitFactor!, p, derivative) };
}

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

/** Covariance of effects and shares, units or clusters being independent. */
function jointCovariance(sorted: SortedUnits, plan: Plan, data: AttGtData): Float64Array {
  return data.clusters === undefined ? independentCovariance(sorted, plan) : clusteredCovariance(sorted, plan, data.clusters);
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

function clusteredCovariance(sorted: SortedUnits, plan: Plan, { codes, count }: NonNullable<AttGtData["clusters"]>): Float64Array {
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
  return joint;
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
function influenceValues(sorted: SortedUnits, plan: Plan, data: AttGtData): Float64Array {
  const size = plan.att.length + sorted.shares.length;
  const n = data.sample.cohorts.length;
  const out = new Float64Array(n * size);
  addInfluence(sorted, plan, (unit) => unit * size, n, out);
  return out;
}

/** Sums of influence values times one multiplier per unit or cluster, over the number of units. */
function multiplied(values: Float64Array, multipliers: Float64Array, { clusters }: AttGtData, size: number): Float64Array {
  const n = values.length / size;
  const out = new Float64Array(size);
  for (let u = 0; u < n; u++) {
    const multiplier = multipliers[clusters === undefined ? u : clusters.codes[u]!]! / n;
    for (let k = 0; k < size; k++) out[k]! += multiplier * values[u * size + k]!;
  }
  return out;
}
