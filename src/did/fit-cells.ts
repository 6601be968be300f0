import type { AttGtData } from "./att-gt-data.ts";
import type { AttGtSettings } from "./att-gt-options.ts";
import { gatherDesign } from "./covariates.ts";
import type { GroupTimeCell } from "./group-time-cells.ts";
import { type CellResult, fitFromInfluences, type GroupTimeFit } from "./group-time-fit.ts";
import { fitCrossSectionPair } from "./numerics/two-by-two-cross-sections.ts";
import {
  controlsIndependent,
  fitPanelPair,
  largestPropensity,
  type TwoByTwoFailure,
  type TwoByTwoFit,
} from "./numerics/two-by-two-panel.ts";
import { type PropensityFit, weightedLogit } from "./numerics/weighted-fits.ts";

/** Controls at or above this propensity do not count. */
const TRIM = 0.995;

/** Largest fitted propensity from which a comparison counts as having no overlap. */
const NO_OVERLAP = 0.999;

const FAILURES: Readonly<Record<TwoByTwoFailure, string>> = {
  singular: "covariates collinear",
  noTreated: "no treated units",
  noControls: "no control units",
  notConverged: "propensity model did not converge",
};

/** Group-time effects cell by cell, each a comparison of two groups and two periods with its influence values. */
export function fitCells<Row>(data: AttGtData, cells: readonly GroupTimeCell[], settings: AttGtSettings<Row>): GroupTimeFit {
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
    return fitComparison(data, cell, units, settings);
  });
  return fitFromInfluences(results, data, unitWeights(data));
}

/** A comparison of two sets of units, by unit where all are seen in all periods, else by row. */
export function fitComparison<Row>(data: AttGtData, cell: GroupTimeCell, units: ComparedUnits, settings: AttGtSettings<Row>): CellResult {
  return byRows(data) ? fitRows(data, cell, units, settings) : fitUnits(data, cell, units, settings);
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

/** Units of a comparison, treated first, and what periods with the same units, covariates and weights share. */
export interface ComparedUnits {
  readonly units: Int32Array;
  readonly D: Float64Array;
  /** Design and propensity of the last comparison and the rows and weights they belong to. */
  cached?: { readonly X: Float64Array; readonly w: Float64Array; readonly logit: PropensityFit | undefined; readonly noOverlap: boolean };
}

/** Units of a comparison from lists of treated and control units, each ascending. */
export function comparedUnits(treated: readonly Int32Array[], controls: readonly Int32Array[]): ComparedUnits {
  const total = [...treated, ...controls].reduce((sum, list) => sum + list.length, 0);
  const units = new Int32Array(total);
  const isTreated = new Uint8Array(total === 0 ? 0 : 1 + Math.max(...[...treated, ...controls].map((list) => list[list.length - 1] ?? 0)));
  let next = 0;
  for (const list of treated) {
    for (let i = 0; i < list.length; i++) isTreated[list[i]!] = 1;
    units.set(list, next);
    next += list.length;
  }
  for (const list of controls) {
    units.set(list, next);
    next += list.length;
  }
  units.sort();
  return { units, D: Float64Array.from(units, (u) => isTreated[u]!) };
}

/** One weight per row, divided by their mean. */
function meanOne(weights: Float64Array): Float64Array {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) sum += weights[i]!;
  const mean = sum / weights.length;
  return weights.map((w) => w / mean);
}

function sameNumbers(a: Float64Array, b: Float64Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** A comparison of units seen in both periods. */
function fitUnits<Row>(data: AttGtData, cell: GroupTimeCell, shared: ComparedUnits, settings: AttGtSettings<Row>): CellResult {
  const { units, D } = shared;
  const { starts } = data.sample;
  const n = units.length;
  const p = data.covariates.length + 1;
  const rowsAt = (period: number): Int32Array => units.map((u) => starts[u]! + period);
  const [later, base] = [rowsAt(cell.time), rowsAt(cell.base)];
  const earlier = Math.min(cell.time, cell.base);
  const X = gatherDesign(data.covariates, rowsAt(earlier));
  if (settings.fixedWeights === "varying" && data.weights !== undefined) return fitStacked(data, cell, shared, X, settings);
  const from = settings.fixedWeights === "basePeriod" ? cell.postBase : settings.fixedWeights === "firstPeriod" ? 0 : earlier;
  const w = data.weights === undefined ? new Float64Array(n).fill(1) : meanOne(gather(data.weights, rowsAt(from)));
  const change = new Float64Array(n);
  for (let i = 0; i < n; i++) change[i] = data.outcome[later[i]!]! - data.outcome[base[i]!]!;
  if (settings.method !== "regression") {
    const cached = shared.cached;
    if (cached === undefined || !sameNumbers(cached.X, X) || !sameNumbers(cached.w, w)) {
      const logit = weightedLogit(X, D, w, n, p);
      shared.cached = { X, w, logit, noOverlap: lacksOverlap(X, D, w, n, p, logit) };
    }
  }
  const problem = guard(X, D, n, p, shared.cached?.noOverlap ?? false, settings);
  if (problem !== undefined) return { att: Number.NaN, problem };
  return cellResult(fitPanelPair({ n, p, X, D, change, w }, settings.method, TRIM, shared.cached?.logit), units);
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
  n: number,
  p: number,
  noOverlap: boolean,
  settings: AttGtSettings<Row>,
): string | undefined {
  if (settings.method !== "regression" && noOverlap) return "no overlap: propensities reach one";
  if (settings.method !== "ipw" && !controlsIndependent(X, D, n, p)) return FAILURES.singular;
  return undefined;
}

function cellResult(fit: TwoByTwoFit, units: Int32Array): CellResult {
  if ("failure" in fit) return { att: Number.NaN, problem: FAILURES[fit.failure] };
  if (!Number.isFinite(fit.att)) return { att: Number.NaN, problem: "no finite estimate" };
  return { att: fit.att, problem: undefined, influence: { units, values: fit.influence }, scaleRows: units.length };
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
  const noOverlap = settings.method !== "regression" && (largestPropensity(X, D, n, p) ?? 0) >= NO_OVERLAP;
  const problem = guard(X, D, n, p, noOverlap, settings);
  if (problem !== undefined) return { att: Number.NaN, problem };
  const fit = fitCrossSectionPair(stacked, settings.method, rulesOf(settings));
  if ("failure" in fit) return { att: Number.NaN, problem: FAILURES[fit.failure] };
  const values = new Float64Array(n);
  for (let i = 0; i < n; i++) values[i] = (fit.influence[i]! + fit.influence[n + i]!) / 2;
  return cellResult({ ...fit, influence: values }, units);
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
  const noOverlap = settings.method !== "regression" && (largestPropensity(pair.X, pair.D, pair.n, pair.p) ?? 0) >= NO_OVERLAP;
  const problem = guard(pair.X, pair.D, pair.n, pair.p, noOverlap, settings);
  if (problem !== undefined) return { att: Number.NaN, problem };
  return cellResult(fitCrossSectionPair(pair, settings.method, rulesOf(settings)), Int32Array.from(units));
}
