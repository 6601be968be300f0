import { cholesky, choleskyBackSolve } from "../linalg/index.ts";
import type { AttGtSettings } from "./att-gt-options.ts";
import type { GroupTimeCell } from "./group-time-cells.ts";
import { BLOCK } from "./numerics/block-size.ts";
import { blockPlaces, linearIndex, oddsWeights, openWorkplace, type SharedComparison } from "./numerics/covariate-comparisons.ts";
import { type CohortCross, type SortedUnits, weightedCovariates } from "./ordered-units.ts";
import { propensityModel } from "./shared-propensity.ts";

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
  /** Controls left out as their propensity is at or above `trim`. */
  readonly trimmed: number;
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
  const pairs = new Map<string, Pair>();
  const nameOf = ({ group, controls }: GroupTimeCell): string => `${group}:${controls.join()}`;
  for (const cell of cells) {
    if (cell.base < 0 || cell.time === cell.base || pairs.has(nameOf(cell))) continue;
    const key = cell.controls.join();
    const set = sets.get(key) ?? controlSet(sorted, moments, cell.controls, settings.method);
    sets.set(key, set);
    pairs.set(nameOf(cell), { group: cell.group, set });
  }
  const comparisons = comparePairs(sorted, moments, pairs, settings.method, rules);
  const att = new Float64Array(cells.length).fill(Number.NaN);
  const problems: (string | undefined)[] = [];
  const fitted = cells.map((cell, k): FittedCell | undefined => {
    problems.push(undefined);
    if (cell.base < 0) problems[k] = "no period before treatment";
    else if (cell.time === cell.base) att[k] = 0;
    const comparison = comparisons.get(nameOf(cell));
    if (cell.base < 0 || cell.time === cell.base || comparison === undefined) return undefined;
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

/** A cohort and what it is compared with. */
interface Pair {
  readonly group: number;
  readonly set: ControlSet;
}

/** Comparisons by name, or why there is none; those with one control set share the passes over its units. */
function comparePairs<Row>(
  sorted: SortedUnits,
  moments: readonly CohortCross[],
  pairs: ReadonlyMap<string, Pair>,
  method: AttGtSettings<Row>["method"],
  rules: ComparisonRules,
): ReadonlyMap<string, Comparison | string> {
  const out = new Map<string, Comparison | string>();
  const bySet = new Map<ControlSet, (readonly [string, Draft])[]>();
  for (const [name, pair] of pairs) {
    const draft = draftComparison(sorted, moments, pair, method, rules);
    if (typeof draft === "string") out.set(name, draft);
    else bySet.set(pair.set, [...(bySet.get(pair.set) ?? []), [name, draft]]);
  }
  for (const [set, drafts] of bySet) {
    const odds = oddsMoments(
      sorted,
      set,
      drafts.map(([, draft]) => draft),
    );
    drafts.forEach(([name, draft], k) => {
      out.set(name, finishComparison(moments, draft, odds[k]!, method, rules));
    });
  }
  return out;
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
  const work = openWorkplace(units, T * p + p * T);
  const { kernels, M, at } = work;
  const [coefficients, sums] = [at.free, at.free + T * p];
  M.set(
    B.map((value) => -value),
    coefficients,
  );
  for (const h of cohorts) {
    for (let b = blocks[h]!; b < blocks[h + 1]!; b++) {
      const { w, z, x } = blockPlaces(units, b);
      kernels.linear(at.r, z, x, coefficients, p, T);
      kernels.moments(w, x, p, at.r, T, at.product, sums);
    }
  }
  addSolutions(factor, M.subarray(sums, sums + p * T), p, T, B);
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

/** A comparison before the sums over its controls are known. */
type Draft = Omit<Comparison, "controlWeight" | "regression" | "oddsCross" | "oddsSums" | "trimmed">;

function draftComparison<Row>(
  sorted: SortedUnits,
  moments: readonly CohortCross[],
  { group, set }: Pair,
  method: AttGtSettings<Row>["method"],
  rules: ComparisonRules,
): Draft | string {
  const { counts } = sorted;
  const treatedWeight = moments[group]!.gram[0]!;
  const controlTotal = set.cohorts.reduce((sum, h) => sum + moments[h]!.gram[0]!, 0);
  const meanWeight = (treatedWeight + controlTotal) / set.cohorts.reduce((sum, h) => sum + counts[h]!, counts[group]!);
  const logit = method === "regression" ? undefined : propensityModel(sorted, group, set.cohorts, meanWeight, rules.noOverlap);
  if (logit === "overlap") return rules.failures.overlap;
  if (method !== "ipw" && set.factor === undefined) return rules.failures.singular;
  if (!(treatedWeight > 0)) return rules.failures.noTreated;
  if (!(controlTotal > 0) || set.cohorts.every((h) => counts[h] === 0)) return rules.failures.noControls;
  if (method !== "regression" && logit === undefined) return rules.failures.singular;
  return {
    group,
    set,
    logit: logit?.coefficients,
    logitFactor: logit?.factor,
    meanWeight,
    trim: rules.trim,
    nearestOne: rules.nearestOne,
    treatedWeight,
  };
}

function finishComparison<Row>(
  moments: readonly CohortCross[],
  draft: Draft,
  odds: OddsMoments,
  method: AttGtSettings<Row>["method"],
  rules: ComparisonRules,
): Comparison | string {
  const p = odds.sums.length;
  if (method !== "regression" && !(odds.sums[0]! > 0)) return rules.failures.noControls;
  const controlWeight = method === "regression" ? 1 : odds.sums[0]!;
  const direction = weightedCovariates(moments[draft.group]!, p).map(
    (value, a) => value / draft.treatedWeight - odds.sums[a]! / controlWeight,
  );
  const { factor } = draft.set;
  const regression = factor === undefined ? new Float64Array(p) : choleskyBackSolve(factor, p, direction);
  return { ...draft, controlWeight, regression, oddsCross: odds.cross, oddsSums: odds.sums, trimmed: odds.trimmed };
}

/** Sums over controls with odds weights: `sum w_c x`, and `sum w_c x r_t` (p by T); and the number of those trimmed. */
interface OddsMoments {
  readonly trimmed: number;
  readonly sums: Float64Array;
  readonly cross: Float64Array;
}

/** One pass over the control set's units for all comparisons with it. */
function oddsMoments({ units, blocks }: SortedUnits, set: ControlSet, drafts: readonly Draft[]): readonly OddsMoments[] {
  const { p, periods: T } = units;
  const own = 2 * Math.ceil((p + p + p * T) / 2); // coefficients, sums, cross-products of a comparison
  const work = openWorkplace(units, 2 * T * p + BLOCK + own * drafts.length);
  const { kernels, M, at } = work;
  const odds = at.free;
  const coefficients = odds + BLOCK;
  const place = (k: number): number => coefficients + 2 * T * p + k * own;
  M.set(
    set.B.map((value) => -value),
    coefficients,
  );
  const active = drafts.flatMap(({ logit }, k) => (logit === undefined ? [] : [k]));
  for (const k of active) M.set(drafts[k]!.logit!, place(k));
  const trimmed = new Int32Array(drafts.length);
  for (const h of active.length === 0 ? [] : set.cohorts) {
    for (let b = blocks[h]!; b < blocks[h + 1]!; b++) {
      const { w, z, x } = blockPlaces(units, b);
      kernels.linear(at.r, z, x, coefficients, p, T);
      for (const k of active) {
        linearIndex(work, x, p, place(k));
        trimmed[k]! += oddsWeights(work, w, drafts[k]!, odds);
        kernels.moments(odds, x, 1, x, p, at.product, place(k) + p);
        kernels.moments(odds, x, p, at.r, T, at.product, place(k) + 2 * p);
      }
    }
  }
  return drafts.map((_, k) => ({
    trimmed: trimmed[k]!,
    sums: M.slice(place(k) + p, place(k) + 2 * p),
    cross: M.slice(place(k) + 2 * p, place(k) + 2 * p + p * T),
  }));
}

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
