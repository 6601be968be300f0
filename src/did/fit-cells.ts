import type { AttGtData } from "./att-gt-data.ts";
import type { AttGtSettings } from "./att-gt-options.ts";
import { gatherDesign } from "./covariates.ts";
import { fitSharedCovariates } from "./fit-shared-covariates.ts";
import type { GroupTimeCell } from "./group-time-cells.ts";
import type { GroupTimeFit } from "./group-time-fit.ts";
import { type CellResult, fitFromInfluences } from "./influence-fit.ts";
import { fitCrossSectionPair } from "./numerics/two-by-two-cross-sections.ts";
import {
  controlGramFactor,
  fitPanelPair,
  largestPropensity,
  meanOne,
  NEAREST_ONE,
  type TrimmedPropensity,
  type TwoByTwoFailure,
  type TwoByTwoFit,
  trimPropensity,
} from "./numerics/two-by-two-panel.ts";
import { type PropensityFit, weightedLogit } from "./numerics/weighted-fits.ts";
import { NO_OVERLAP, TRIM } from "./overlap.ts";
import type { ComparisonRules } from "./shared-comparisons.ts";

const FAILURES: Readonly<Record<TwoByTwoFailure, string>> = {
  singular: "covariates collinear",
  noTreated: "no treated units",
  noControls: "no control units",
  notConverged: "propensity model did not converge",
};

const RULES: ComparisonRules = {
  trim: TRIM,
  nearestOne: 1 - NEAREST_ONE,
  noOverlap: NO_OVERLAP,
  failures: { ...FAILURES, overlap: "no overlap: propensities reach one" },
};

/** Group-time effects cell by cell, each a comparison of two groups and two periods with its influence values. */
export function fitCells<Row>(data: AttGtData, cells: readonly GroupTimeCell[], settings: AttGtSettings<Row>): GroupTimeFit {
  const fixed = fixedWithinUnits(data);
  if (fixed && !byRows(data) && !(settings.fixedWeights === "varying" && data.weights !== undefined)) {
    return fitSharedCovariates(data, cells, settings, RULES);
  }
  const byCohort = unitsByCohort(data);
  const shared = new Map<string, ComparedUnits>();
  const results = cells.map((cell): CellResult => {
    if (cell.base < 0) return { att: Number.NaN, problem: "no period before treatment" };
    if (cell.time === cell.base) return { att: 0, problem: undefined };
    const key = `${cell.group}:${cell.controls.join()}`;
    const units =
      shared.get(key) ??
      comparedUnits(
        [byCohort[cell.group]!],
        cell.controls.map((h) => byCohort[h]!),
      );
    shared.set(key, units);
    return fitComparison(data, cell, units, settings, fixed);
  });
  return fitFromInfluences(results, data, unitWeights(data));
}

/** A comparison of two sets of units, by unit where all are seen in all periods, else by row. */
export function fitComparison<Row>(
  data: AttGtData,
  cell: GroupTimeCell,
  units: ComparedUnits,
  settings: AttGtSettings<Row>,
  fixed = false,
): CellResult {
  return byRows(data) ? fitRows(data, cell, units, settings) : fitUnits(data, cell, units, settings, fixed);
}

const byRows = ({ sample, design }: AttGtData): boolean => !sample.balanced || design === "crossSections";

/** Weights of units in the cohort shares: a balanced panel's first weights, others' mean weights. */
export function unitWeights(data: AttGtData): Float64Array {
  const { starts, ends, cohorts } = data.sample;
  const weights = new Float64Array(cohorts.length).fill(1);
  if (data.weights === undefined) return weights;
  for (let u = 0; u < weights.length; u++) {
    const stop = byRows(data) ? ends[u]! : starts[u]! + 1;
    let sum = 0;
    for (let i = starts[u]!; i < stop; i++) sum += data.weights[i]!;
    weights[u] = sum / (stop - starts[u]!);
  }
  return weights;
}

/** Units of each cohort, ascending. */
export function unitsByCohort({ sample: { cohorts, groups } }: AttGtData): readonly Int32Array[] {
  const counts = new Int32Array(groups.length + 1);
  for (let u = 0; u < cohorts.length; u++) counts[cohorts[u]!]!++;
  const lists = Array.from(counts, (count) => new Int32Array(count));
  counts.fill(0);
  for (let u = 0; u < cohorts.length; u++) lists[cohorts[u]!]![counts[cohorts[u]!]!++] = u;
  return lists;
}

/** Units of a comparison, and what periods with the same units, covariates and weights share. */
export interface ComparedUnits {
  readonly units: Int32Array;
  readonly D: Float64Array;
  /** Design, weights and fits of the last comparison. */
  cached?: SharedFits;
}

interface SharedFits {
  readonly X: Float64Array;
  readonly w: Float64Array;
  readonly logit: PropensityFit | undefined;
  readonly propensity: TrimmedPropensity | undefined;
  readonly controlFactor: Float64Array | undefined;
  readonly problem: string | undefined;
}

/** Units of a comparison from lists of treated and control units, each ascending; lists are joined in their order. */
export function comparedUnits(treated: readonly Int32Array[], controls: readonly Int32Array[], treatedAt = 0): ComparedUnits {
  const lists = [
    ...controls.slice(0, treatedAt).map((list) => [list, 0] as const),
    ...treated.map((list) => [list, 1] as const),
    ...controls.slice(treatedAt).map((list) => [list, 0] as const),
  ];
  const total = lists.reduce((sum, [list]) => sum + list.length, 0);
  const units = new Int32Array(total);
  const D = new Float64Array(total);
  let next = 0;
  for (const [list, d] of lists) {
    units.set(list, next);
    D.fill(d, next, next + list.length);
    next += list.length;
  }
  return { units, D };
}

/** Whether covariates and weights are the same in all periods of each unit. */
function fixedWithinUnits({ sample: { starts, ends }, covariates, weights }: AttGtData): boolean {
  for (const column of weights === undefined ? covariates : [...covariates, weights]) {
    for (let u = 0; u < starts.length; u++) {
      const first = column[starts[u]!]!;
      let [even, odd] = [0, 0]; // without branches; finite numbers are equal where their differences add up to 0
      let i = starts[u]! + 1;
      for (const end = ends[u]! - 1; i < end; i += 2) {
        even += Math.abs(column[i]! - first);
        odd += Math.abs(column[i + 1]! - first);
      }
      if (i < ends[u]!) even += Math.abs(column[i]! - first);
      if (even + odd !== 0) return false;
    }
  }
  return true;
}

/** A comparison of units seen in both periods. */
function fitUnits<Row>(
  data: AttGtData,
  cell: GroupTimeCell,
  shared: ComparedUnits,
  settings: AttGtSettings<Row>,
  fixed: boolean,
): CellResult {
  const { units, D } = shared;
  const { starts } = data.sample;
  const n = units.length;
  const p = data.covariates.length + 1;
  const earlier = Math.min(cell.time, cell.base);
  if (settings.fixedWeights === "varying" && data.weights !== undefined) {
    return fitStacked(data, cell, shared, gatherDesign(data.covariates, rowsAt(starts, units, earlier)), settings);
  }
  if (shared.cached === undefined || !fixed) {
    const from = settings.fixedWeights === "basePeriod" ? cell.postBase : settings.fixedWeights === "firstPeriod" ? 0 : earlier;
    const X = gatherDesign(data.covariates, rowsAt(starts, units, earlier));
    const w = data.weights === undefined ? new Float64Array(n).fill(1) : meanOne(gather(data.weights, rowsAt(starts, units, from)));
    shared.cached = sharedFits(X, D, w, n, p, settings);
  }
  const { X, w, logit, propensity, controlFactor, problem } = shared.cached;
  if (problem !== undefined) return { att: Number.NaN, problem };
  const change = new Float64Array(n);
  const { outcome } = data;
  for (let i = 0; i < n; i++) {
    const at = starts[units[i]!]!;
    change[i] = outcome[at + cell.time]! - outcome[at + cell.base]!;
  }
  return cellResult(fitPanelPair({ n, p, X, D, change, w }, settings.method, TRIM, { logit, propensity, controlFactor }), units);
}

function rowsAt(starts: Int32Array, units: Int32Array, period: number): Int32Array {
  const rows = new Int32Array(units.length);
  for (let i = 0; i < rows.length; i++) rows[i] = starts[units[i]!]! + period;
  return rows;
}

function sharedFits<Row>(
  X: Float64Array,
  D: Float64Array,
  w: Float64Array,
  n: number,
  p: number,
  settings: AttGtSettings<Row>,
): SharedFits {
  const logit = settings.method === "regression" ? undefined : weightedLogit(X, D, w, n, p);
  const controlFactor = settings.method === "ipw" ? undefined : controlGramFactor(X, D, w, n, p);
  const noOverlap = settings.method !== "regression" && lacksOverlap(X, D, w, n, p, logit);
  const problem = noOverlap
    ? "no overlap: propensities reach one"
    : settings.method !== "ipw" && controlFactor === undefined
      ? FAILURES.singular
      : undefined;
  const propensity = logit === undefined ? undefined : trimPropensity(logit, D, TRIM);
  return { X, w, logit, propensity, controlFactor, problem };
}

function gather(values: Float64Array, rows: Int32Array): Float64Array {
  const out = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) out[i] = values[rows[i]!]!;
  return out;
}

/** Whether the unweighted logit fits a probability so near one that no controls compare; equal weights make it the propensity itself. */
function lacksOverlap(X: Float64Array, D: Float64Array, w: Float64Array, n: number, p: number, logit: PropensityFit | undefined): boolean {
  const equal = w.every((value) => value === w[0]);
  const largest =
    equal && logit !== undefined ? logit.probabilities.reduce((max, value) => Math.max(max, value), 0) : largestPropensity(X, D, n, p);
  return largest === undefined ? false : largest >= NO_OVERLAP;
}

function guard<Row>(
  X: Float64Array,
  D: Float64Array,
  w: Float64Array,
  n: number,
  p: number,
  settings: AttGtSettings<Row>,
): string | undefined {
  if (settings.method !== "regression" && (largestPropensity(X, D, n, p) ?? 0) >= NO_OVERLAP) return "no overlap: propensities reach one";
  if (settings.method !== "ipw" && controlGramFactor(X, D, w, n, p) === undefined) return FAILURES.singular;
  return undefined;
}

function cellResult(fit: TwoByTwoFit, units: Int32Array): CellResult {
  if ("failure" in fit) return { att: Number.NaN, problem: FAILURES[fit.failure] };
  if (!Number.isFinite(fit.att)) return { att: Number.NaN, problem: "no finite estimate" };
  return { att: fit.att, problem: undefined, influence: { units, values: fit.influence }, scaleRows: units.length, trimmed: fit.trimmed };
}

/** Both periods of each unit as rows with their own weights, influence values folded by unit. */
function fitStacked<Row>(
  data: AttGtData,
  cell: GroupTimeCell,
  { units, D }: ComparedUnits,
  X: Float64Array,
  settings: AttGtSettings<Row>,
): CellResult {
  const { starts } = data.sample;
  const n = units.length;
  const p = data.covariates.length + 1;
  const rows = new Int32Array(2 * n);
  for (let i = 0; i < n; i++) {
    rows[i] = starts[units[i]!]! + cell.base;
    rows[n + i] = starts[units[i]!]! + cell.time;
  }
  const twice = (x: Float64Array): Float64Array => {
    const out = new Float64Array(2 * x.length);
    out.set(x);
    out.set(x, x.length);
    return out;
  };
  const stacked = {
    n: 2 * n,
    p,
    X: twice(X),
    D: twice(D),
    post: Float64Array.from({ length: 2 * n }, (_, i) => (i < n ? 0 : 1)),
    y: gather(data.outcome, rows),
    w: meanOne(gather(data.weights!, rows)),
  };
  const problem = guard(X, D, new Float64Array(n).fill(1), n, p, settings);
  if (problem !== undefined) return { att: Number.NaN, problem };
  const fit = fitCrossSectionPair(stacked, settings.method, rulesOf(settings));
  if ("failure" in fit) return { att: Number.NaN, problem: FAILURES[fit.failure] };
  const values = new Float64Array(n);
  for (let i = 0; i < n; i++) values[i] = (fit.influence[i]! + fit.influence[n + i]!) / 2;
  return cellResult({ ...fit, influence: values, trimmed: fit.trimmed / 2 }, units);
}

const rulesOf = <Row>(settings: AttGtSettings<Row>): Parameters<typeof fitCrossSectionPair>[2] => ({
  trim: TRIM,
  locallyEfficient: true,
  baseRegressionSign: settings.baseRegressionSign,
});

/** A comparison of rows of two periods, whoever they are; influence values are summed by unit. */
function fitRows<Row>(data: AttGtData, cell: GroupTimeCell, compared: ComparedUnits, settings: AttGtSettings<Row>): CellResult {
  const { starts, ends, timeCodes } = data.sample;
  const units: number[] = [];
  const rows: number[] = [];
  const [D, post]: [number[], number[]] = [[], []];
  for (let m = 0; m < compared.units.length; m++) {
    const u = compared.units[m]!;
    for (let i = starts[u]!; i < ends[u]!; i++) {
      const t = timeCodes[i]!;
      if (t !== cell.time && t !== cell.base) continue;
      units.push(u);
      rows.push(i);
      D.push(compared.D[m]!);
      post.push(t === cell.time ? 1 : 0);
    }
  }
  const index = Int32Array.from(rows);
  const pair = {
    n: rows.length,
    p: data.covariates.length + 1,
    X: gatherDesign(data.covariates, index),
    D: Float64Array.from(D),
    post: Float64Array.from(post),
    y: gather(data.outcome, index),
    w: data.weights === undefined ? new Float64Array(rows.length).fill(1) : meanOne(gather(data.weights, index)),
  };
  for (const d of [0, 1]) {
    for (const s of [0, 1]) {
      if (!pair.D.some((value, i) => value === d && pair.post[i] === s)) {
        return { att: Number.NaN, problem: `no ${d === 1 ? "treated" : "control"} rows in the ${s === 1 ? "period" : "base period"}` };
      }
    }
  }
  const problem = guard(pair.X, pair.D, pair.w, pair.n, pair.p, settings);
  if (problem !== undefined) return { att: Number.NaN, problem };
  return cellResult(fitCrossSectionPair(pair, settings.method, rulesOf(settings)), Int32Array.from(units));
}
