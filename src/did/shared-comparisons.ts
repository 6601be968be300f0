import { cholesky, choleskyBackSolve } from "../linalg/index.ts";
import type { AttGtSettings } from "./att-gt-options.ts";
import type { GroupTimeCell } from "./group-time-cells.ts";
import {
  addBlockMoments,
  BLOCK,
  type BlockLoadings,
  blockAt,
  controlLoadings,
  residualBlock,
  type SharedComparison,
} from "./numerics/covariate-comparisons.ts";
import { addLogitBlock, iterateLogit, newLogitRows, type PropensityFit } from "./numerics/weighted-fits.ts";
import { type CohortCross, type SortedUnits, weightedCovariates } from "./ordered-units.ts";

/** What two-by-two comparisons say when they fail, and their thresholds. */
export interface ComparisonRules {
  readonly trim: number;
  readonly nearestOne: number;
  readonly noOverlap: number;
  readonly failures: { readonly singular: string; readonly overlap: string; readonly noTreated: string; readonly noControls: string };
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
export interface FittedCell {
  readonly comparison: Comparison;
  readonly time: number;
  readonly base: number;
  readonly treatedMean: number;
  readonly controlMean: number;
  /** Of the propensity's estimation. */
  readonly d: Float64Array;
}

export interface Plan {
  readonly att: Float64Array;
  readonly problems: readonly (string | undefined)[];
  readonly fitted: readonly (FittedCell | undefined)[];
}

export function comparisonsOf<Row>(
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

/** Room for the loadings of a block. */
export const emptyLoadings = (): BlockLoadings => ({
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
