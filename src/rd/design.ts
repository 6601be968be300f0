import { DataError, IdentificationError } from "../core/errors.ts";
import type { Sample, Warning } from "../core/result.ts";
import { gatherCodes } from "../data/columns.ts";
import type { Frame } from "../data/frame.ts";
import { columnsByRole, type Groups, groupRole, numberRole, numbersRole, type Role, weightRole } from "../data/roles.ts";
import { mean } from "../linalg/index.ts";
import { independentCovariates, type KeptCovariates } from "./covariates.ts";
import { buildSide, outcomeSlot, type Side, type SidePlan } from "./numerics/side.ts";
import type { SideArrays } from "./numerics/side-arrays.ts";
import { codesInOrder, columnInOrder, type SortedRows, sortPairs, sortWithRows } from "./numerics/sort.ts";
import type { RdDesignSettings } from "./options.ts";

/** The used rows of a design, sorted by the running variable. */
export interface RdDesign {
  readonly rows: number;
  /** Rows left of the cutoff. */
  readonly left: number;
  /** Ascending. */
  readonly running: Float64Array;
  /** Outcome, treatment (fuzzy), covariates. */
  readonly columns: readonly Float64Array[];
  readonly outcomeColumns: number;
  /** Names of the covariates in use. */
  readonly covariates: readonly string[];
  readonly weights: Float64Array | undefined;
  readonly clusters: Int32Array | undefined;
  readonly clusterCount: number;
  /** Second dimension of two-way clusters. */
  readonly secondClusters?: { readonly codes: Int32Array; readonly count: number };
  /** Row of the data behind each row here, where asked for. */
  readonly source?: Int32Array;
  readonly sample: Sample;
  readonly warnings: readonly Warning[];
}

/** The settings that say what is read. */
export type DesignColumns = Pick<
  RdDesignSettings,
  "outcome" | "running" | "cutoff" | "treatment" | "covariates" | "collinearity" | "weights" | "cluster" | "secondCluster"
>;

/** Everything of a design but its outcome and cutoff, sorted by the running variable. */
export interface SortedColumns {
  readonly running: Float64Array;
  /** Rows in order; absent when outcome and running variable are all there is. */
  readonly order?: Int32Array;
  /** Another column's values of these rows, in `out` when it is given. */
  readonly take?: (column: Float64Array, out?: Float64Array) => Float64Array;
  readonly treatment: readonly Float64Array[];
  readonly covariates: KeptCovariates;
  readonly weights: Float64Array | undefined;
  readonly clusters: Int32Array | undefined;
  readonly clusterCount: number;
  readonly secondClusters?: { readonly codes: Int32Array; readonly count: number };
  readonly sample: Sample;
}

/** Columns of a design as read, besides the outcome. */
export interface ReadColumns {
  readonly running: Float64Array;
  readonly treatment: Float64Array | undefined;
  readonly covariates: readonly Float64Array[];
  readonly weights: Float64Array | undefined;
  readonly cluster: Groups | undefined;
  readonly second: Groups | undefined;
}

/**
 * Reads, checks and sorts the columns of a design.
 *
 * @throws IdentificationError `CUTOFF_OUTSIDE`, `TOO_FEW_ROWS`, `NO_FIRST_STAGE`.
 * @throws DataError `NO_VARIATION`, `NO_WEIGHT`, and those of the columns.
 */
export function readDesign<Row>(caller: string, data: Frame<Row>, settings: DesignColumns, keepSource = false): RdDesign {
  const { columns, sample, rows } = columnsByRole(caller, data, { outcome: numberRole(settings.outcome), ...designRoles(settings) });
  const { weights, treatment, cluster, covariates } = columns;
  if (!keepSource && weights === undefined && treatment === undefined && cluster === undefined && covariates.length === 0) {
    const { values, tags } = sortPairs(columns.running, columns.outcome);
    const none = { treatment: [], covariates: { names: [], columns: [], warnings: [] }, weights, clusters: undefined, clusterCount: 0 };
    return designAt(caller, { running: values, ...none, sample }, tags, settings);
  }
  const sorted = sortColumns(caller, columns, settings, sample);
  const design = designAt(caller, sorted, sorted.take!(columns.outcome), settings);
  return keepSource ? { ...design, source: rows === undefined ? sorted.order! : gatherCodes(rows, sorted.order!) } : design;
}

/** What is received for all columns of a design but the outcome. */
export interface DesignRoles {
  readonly running: Role<Float64Array>;
  readonly treatment: Role<Float64Array | undefined>;
  readonly covariates: Role<readonly Float64Array[]>;
  readonly weights: Role<Float64Array | undefined>;
  readonly cluster: Role<Groups | undefined>;
  readonly second: Role<Groups | undefined>;
}

/** Roles of all columns of a design but the outcome. */
export function designRoles(settings: Omit<DesignColumns, "outcome">): DesignRoles {
  return {
    running: numberRole(settings.running),
    treatment: numberRole(settings.treatment),
    covariates: numbersRole(settings.covariates),
    weights: weightRole(settings.weights),
    cluster: groupRole(settings.cluster),
    second: groupRole(settings.secondCluster),
  };
}

/** Sorts by the running variable, without the rows of weight zero, and leaves out collinear covariates. */
export function sortColumns(
  caller: string,
  columns: ReadColumns,
  settings: Omit<DesignColumns, "outcome" | "cutoff">,
  sample: Sample,
): SortedColumns {
  const { weights } = columns;
  const all = sortWithRows(columns.running);
  const { values, order } = all;
  const positive = (_: number, i: number): boolean => weights![order[i]!]! > 0;
  const kept = weights === undefined ? order : order.filter(positive);
  if (kept.length === 0) {
    throw new DataError("NO_WEIGHT", `Cannot run ${caller} as "${settings.weights}" must be above zero somewhere: all weights are zero`, {
      column: settings.weights,
    });
  }
  const dropped = order.length - kept.length;
  const used = dropped === 0 ? sample : withDropped(sample, dropped, settings.weights!);
  const rows: SortedRows = dropped === 0 ? all : { values, order: kept };
  const take = (column: Float64Array, out?: Float64Array): Float64Array => columnInOrder(column, rows, out);
  return {
    running: dropped === 0 ? values : values.filter(positive),
    order: kept,
    take,
    treatment: columns.treatment === undefined ? [] : [take(columns.treatment)],
    covariates: independentCovariates(
      settings.covariates,
      columns.covariates.map((column) => take(column)),
      settings.collinearity,
    ),
    weights: weights === undefined ? undefined : take(weights),
    clusters: columns.cluster === undefined ? undefined : codesInOrder(columns.cluster.codes, rows),
    clusterCount: columns.cluster?.count ?? 0,
    ...(columns.second === undefined
      ? {}
      : { secondClusters: { codes: codesInOrder(columns.second.codes, rows), count: columns.second.count } }),
    sample: columns.cluster === undefined ? used : { ...used, clusters: columns.cluster.count },
  };
}

/** The design of one outcome (sorted alike) at one cutoff. @throws As {@link readDesign}. */
export function designAt(caller: string, sorted: SortedColumns, outcome: Float64Array, settings: DesignColumns): RdDesign {
  const { running, treatment, covariates } = sorted;
  const left = checkedSplit(caller, running, settings);
  requireVariation(caller, settings.outcome, outcome);
  if (treatment[0] !== undefined && isConstant(treatment[0], 0, running.length)) throw noFirstStage(caller, settings, treatment[0][0]!);
  return {
    rows: running.length,
    left,
    running,
    columns: [outcome, ...treatment, ...covariates.columns],
    outcomeColumns: 1 + treatment.length,
    covariates: covariates.names,
    weights: sorted.weights,
    clusters: sorted.clusters,
    clusterCount: sorted.clusterCount,
    ...(sorted.secondClusters === undefined ? {} : { secondClusters: sorted.secondClusters }),
    sample: sorted.sample,
    warnings: covariates.warnings,
  };
}

function withDropped(sample: Sample, rows: number, weights: string): Sample {
  return { ...sample, used: sample.used - rows, dropped: [...sample.dropped, { reason: `weight "${weights}" is zero`, rows }] };
}

/** Rows left of the cutoff among ascending values, once both sides have rows. @throws IdentificationError, DataError as above. */
export function checkedSplit(
  caller: string,
  running: Float64Array,
  { cutoff, running: name }: Pick<DesignColumns, "cutoff" | "running">,
): number {
  const n = running.length;
  const [lowest, highest] = [running[0]!, running[n - 1]!];
  if (lowest === highest) {
    throw new DataError("NO_VARIATION", `Cannot run ${caller} as "${name}" must vary: all ${n} rows have ${lowest}`, { column: name });
  }
  if (!(lowest < cutoff && cutoff < highest)) {
    throw new IdentificationError(
      "CUTOFF_OUTSIDE",
      `Cannot run ${caller} as the cutoff must lie inside the range of "${name}": ${cutoff} is not strictly between ${lowest} and ${highest}`,
      { column: name, cutoff, lowest, highest },
    );
  }
  let low = 0;
  let high = n;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (running[middle]! < cutoff) low = middle + 1;
    else high = middle;
  }
  for (const [side, rows] of [["left", low] as const, ["right", n - low] as const]) {
    if (rows > 1) continue;
    throw new IdentificationError(
      "TOO_FEW_ROWS",
      `Cannot run ${caller} as each side of the cutoff ${cutoff} of "${name}" needs several rows: the ${side} has ${rows}`,
      { column: name, cutoff, side, rows },
    );
  }
  return low;
}

function requireVariation(caller: string, name: string, values: Float64Array): void {
  if (!isConstant(values, 0, values.length)) return;
  throw new DataError("NO_VARIATION", `Cannot run ${caller} as "${name}" must vary: all ${values.length} rows have ${values[0]}`, {
    column: name,
  });
}

function noFirstStage(caller: string, { treatment }: DesignColumns, value: number): IdentificationError {
  return new IdentificationError(
    "NO_FIRST_STAGE",
    `Cannot run ${caller} as the treatment "${treatment}" must change at the cutoff: all rows have ${value}; leave "treatment" out for a sharp design`,
    { column: treatment, value },
  );
}

/** Whether `values[from..to)` are all equal. */
export function isConstant(values: Float64Array, from: number, to: number): boolean {
  for (let i = from + 1; i < to; i++) if (values[i] !== values[from]) return false;
  return true;
}

/** Units of the running variable and the outcome in which bandwidths are chosen. */
export interface Units {
  readonly running: number;
  readonly outcome: number;
}

/** The two sides of a design, outward from the cutoff, in the given units. */
export function sidesOf(design: RdDesign, cutoff: number, plan: SidePlan, units: Units = { running: 1, outcome: 1 }): [Side, Side] {
  const shifts = Float64Array.from(design.columns, (column, a) => mean(column) / (a === 0 ? units.outcome : 1));
  return [buildSide(sideArrays(design, cutoff, -1, shifts, units), plan), buildSide(sideArrays(design, cutoff, 1, shifts, units), plan)];
}

/** {@link sidesOf} for designs that differ from `first` in their outcome only, one after another: good until the next is asked for. */
export function sidesInTurn(first: RdDesign, cutoff: number, plan: SidePlan): (design: RdDesign) => [Side, Side] {
  const [left, right] = sidesOf(first, cutoff, plan);
  const slots = [outcomeSlot(left), outcomeSlot(right)] as const;
  const split = first.left;
  return ({ columns }) => {
    const outcome = columns[0]!;
    const shift = mean(outcome);
    shiftOutward(outcome, split - 1, -1, shift, slots[0].values);
    shiftOutward(outcome, split, 1, shift, slots[1].values);
    return [slots[0].sideOf(shift), slots[1].sideOf(shift)];
  };
}

function sideArrays(design: RdDesign, cutoff: number, sign: -1 | 1, shifts: Float64Array, units: Units): SideArrays {
  const first = sign < 0 ? design.left - 1 : design.left;
  const rows = sign < 0 ? design.left : design.rows - design.left;
  const origin = cutoff / units.running;
  const x = outward(design.running, first, sign, rows, 0, units.running);
  const distance = new Float64Array(rows);
  for (let i = 0; i < rows; i++) distance[i] = Math.abs(x[i]! - origin);
  let clusters: Int32Array | undefined;
  if (design.clusters !== undefined) {
    clusters = new Int32Array(rows);
    for (let i = 0; i < rows; i++) clusters[i] = design.clusters[first + sign * i]!;
  }
  return {
    sign,
    x,
    distance,
    columns: design.columns.map((column, a) => outward(column, first, sign, rows, shifts[a]!, a === 0 ? units.outcome : 1)),
    shifts,
    weights: design.weights === undefined ? undefined : outward(design.weights, first, sign, rows, 0, 1),
    clusters,
    clusterCount: design.clusterCount,
  };
}

function outward(values: Float64Array, first: number, sign: number, rows: number, shift: number, unit: number): Float64Array {
  const out = new Float64Array(rows);
  if (unit === 1) shiftOutward(values, first, sign, shift, out);
  else for (let i = 0; i < rows; i++) out[i] = values[first + sign * i]! / unit - shift;
  return out;
}

function shiftOutward(values: Float64Array, first: number, sign: number, shift: number, out: Float64Array): void {
  for (let i = 0; i < out.length; i++) out[i] = values[first + sign * i]! - shift;
}

/** Standard deviation with n - 1. */
export function standardDeviation(values: Float64Array): number {
  const centre = mean(values);
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    const deviation = values[i]! - centre;
    sum += deviation * deviation;
  }
  return Math.sqrt(sum / (values.length - 1));
}

/** Interquartile range of ascending values: order statistics `ceil(np)`, averaged with the next when `np` is an integer. */
export function interquartileRange(sorted: Float64Array): number {
  return averagedQuantile(sorted, 0.75) - averagedQuantile(sorted, 0.25);
}

function averagedQuantile(sorted: Float64Array, p: number): number {
  const position = sorted.length * p;
  const whole = Math.floor(position);
  if (whole !== position) return sorted[whole]!;
  return (sorted[whole - 1]! + sorted[whole]!) / 2;
}
