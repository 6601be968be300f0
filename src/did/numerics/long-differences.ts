/** Outcomes by unit and period, NaN where there is no row, with the period in which each unit's treatment starts. */
export interface OutcomeTable {
  readonly values: Float64Array;
  readonly units: number;
  readonly periods: number;
  /** Rank of the first treated period; `periods` for never, -1 for units treated from the first period on. */
  readonly entries: Int32Array;
  /** Cluster of each unit. */
  readonly clusters: Int32Array;
  readonly clusterCount: number;
  /** Weights by unit and period; a row counts with the one in the period before. Default: all 1. */
  readonly weights?: Float64Array;
  /** Present where treatment switches on and off; `entries` are then first switches on, 0 where it starts with the first period. */
  readonly switches?: Switches;
}

/** Changes of treatment by unit and period (units by periods). */
export interface Switches {
  /** 1 where treatment switches on, -1 where it switches off, 0 where it stays, NaN where the period or the one before is not seen. */
  readonly changes: Float64Array;
  /** Periods in a row without change right before (after). */
  readonly before: Int32Array;
  readonly after: Int32Array;
  /** Periods without change after which a switch no longer matters. */
  readonly settled: number;
  /** Whether units treated all along are controls too. */
  readonly unchanged: boolean;
}

/** Changes from treatment by unit and period, NaN where not seen. */
export function treatmentSwitches(treated: Float64Array, periods: number, settled: number, unchanged: boolean): Switches {
  const changes = treated.map((d, i) => (i % periods === 0 ? Number.NaN : d - treated[i - 1]!));
  const before = new Int32Array(treated.length);
  const after = new Int32Array(treated.length);
  for (let i = 0; i < treated.length; i++) if (i % periods > 0 && changes[i - 1] === 0) before[i] = before[i - 1]! + 1;
  for (let i = treated.length - 1; i >= 0; i--) if (i % periods < periods - 1 && changes[i + 1] === 0) after[i] = after[i + 1]! + 1;
  return { changes, before, after, settled, unchanged };
}

/** Whether a unit's treatment starts in a period. */
export const startsIn = ({ entries, periods, switches }: OutcomeTable, u: number, t: number): boolean =>
  switches === undefined ? entries[u] === t : switches.changes[u * periods + t] === 1;

/** The weight of a unit at entry (or as a control) in period t: its own in the period before. */
export const weightIn = ({ weights, periods }: OutcomeTable, u: number, t: number): number =>
  weights === undefined ? 1 : weights[u * periods + t - 1]!;

/** Arranges a panel's rows. */
export function outcomeTable(
  outcome: Float64Array,
  { unitOffsets, timeCodes }: { readonly unitOffsets: Int32Array; readonly timeCodes: Int32Array },
  design: Omit<OutcomeTable, "values" | "units">,
): OutcomeTable {
  const units = unitOffsets.length - 1;
  const { periods } = design;
  const values = new Float64Array(units * periods).fill(Number.NaN);
  for (let u = 0; u < units; u++)
    for (let i = unitOffsets[u]!; i < unitOffsets[u + 1]!; i++) values[u * periods + timeCodes[i]!] = outcome[i]!;
  return { ...design, values, units };
}

/** Horizons that a difference averages over, and its controls and weights. */
export interface LongDifference {
  readonly first: number;
  readonly last: number;
  readonly never: boolean;
  readonly equal: boolean;
  /** Horizon that controls must be untreated up to, and all rows seen at, beside those averaged over; for one composition at every horizon. */
  readonly through?: number;
  /** Outcomes compared with: that of the period before entry, or the mean of all before. */
  readonly base?: "previous" | "mean";
}

/** One regression, as a value with each cluster's contribution to its deviation. */
export interface LongDifferenceFit {
  readonly value: number;
  /** By cluster; sums of squares are the clustered variance with G/(G-1) (n-1)/(n-K). */
  readonly contributions: Float64Array;
  readonly clusters: number;
  /** Positions of covariates that count for nothing; absent without covariates. */
  readonly collinear?: readonly number[];
}

/**
 * Least squares of the mean of `y(t+h) - y(t-1)` over horizons h on an indicator of entry in t, with period effects:
 * the weighted mean over t of the difference in means, weights `n p (1 - p)`, or `n p` when rows of t weigh `1 / (1 - p)`; with weights, n and p
 * are sums and shares of them.
 */
export function fitLongDifference(table: OutcomeTable, rules: LongDifference): LongDifferenceFit | undefined {
  const { units, periods: T } = table;
  const { equal } = rules;
  const differences = new Float64Array(units * T).fill(Number.NaN);
  const sizes = new Float64Array(2 * T);
  const sums = new Float64Array(2 * T);
  const rowsIn = new Float64Array(T);
  for (let u = 0; u < units; u++) {
    for (let t = 1; t < T; t++) {
      const difference = differenceOf(table, rules, u, t);
      if (Number.isNaN(difference)) continue;
      const side = 2 * t + (startsIn(table, u, t) ? 1 : 0);
      const weight = weightIn(table, u, t);
      differences[u * T + t] = difference;
      sizes[side]! += weight;
      sums[side]! += weight * difference;
      rowsIn[t]!++;
    }
  }
  let [numerator, denominator, rows, used] = [0, 0, 0, 0];
  for (let t = 1; t < T; t++) {
    const [controls, treated] = [sizes[2 * t]!, sizes[2 * t + 1]!];
    if (controls === 0 || treated === 0) continue;
    const weight = equal ? treated : (treated * controls) / (treated + controls);
    numerator += weight * (sums[2 * t + 1]! / treated - sums[2 * t]! / controls);
    denominator += weight;
    rows += rowsIn[t]!;
    used++;
  }
  if (!(denominator > 0)) return undefined;
  const value = numerator / denominator;
  const contributions = new Float64Array(table.clusterCount);
  const seen = new Uint8Array(table.clusterCount);
  for (let u = 0; u < units; u++) {
    const own = table.clusters[u]!;
    for (let t = 1; t < T; t++) {
      const difference = differences[u * T + t]!;
      const [controls, treated] = [sizes[2 * t]!, sizes[2 * t + 1]!];
      if (Number.isNaN(difference) || controls === 0 || treated === 0) continue;
      seen[own] = 1;
      const isTreated = startsIn(table, u, t);
      const n = treated + controls;
      const mean = (sums[2 * t]! + sums[2 * t + 1]!) / n;
      const indicator = (isTreated ? 1 : 0) - treated / n;
      const residual = difference - mean - value * indicator;
      contributions[own]! += weightIn(table, u, t) * (equal ? n / controls : 1) * indicator * residual;
    }
  }
  const clusters = seen.reduce((sum, value) => sum + value, 0);
  const parameters = 1 + used;
  const factor = Math.sqrt((clusters / (clusters - 1)) * ((rows - 1) / (rows - parameters))) / denominator;
  return { value, contributions: contributions.map((own) => own * factor), clusters };
}

/** The long difference of a unit at entry (or as a control) in period t; NaN where it does not count. */
export function differenceOf(table: OutcomeTable, rules: LongDifference, u: number, t: number): number {
  const { values, periods: T, entries } = table;
  const entry = entries[u]!;
  const { first, last, never, through = last, base = "previous" } = rules;
  const until = Math.max(0, last, through);
  const untreated = never ? entry === T : entry > t + until;
  if (
    table.switches === undefined
      ? entry !== t && !(entry >= 0 && untreated)
      : !countsAround(table.switches, first, until, untreated, u * T, t)
  )
    return Number.NaN;
  if (through > last && Number.isNaN(meanOver(values, u * T, t, 0, through, T))) return Number.NaN;
  if (weightIn(table, u, t) === 0) return Number.NaN;
  const before = base === "previous" ? values[u * T + t - 1]! : meanBefore(values, u * T, t);
  return meanOver(values, u * T, t, first, last, T) - before;
}

/** Whether a switch on (or a control) in period t has no other change from `settled` periods, or the first outcome compared, before to `until` periods after. */
function countsAround(
  { changes, before, after, settled, unchanged }: Switches,
  first: number,
  until: number,
  untreated: boolean,
  start: number,
  t: number,
): boolean {
  const change = changes[start + t]!;
  const needed = settled === Number.POSITIVE_INFINITY ? t - 1 : Math.max(settled, -first - 1);
  const calm = before[start + t]! >= needed && after[start + t]! >= until;
  if (change === 1) return calm;
  return unchanged ? change === 0 && calm : untreated;
}

/** Mean of the outcomes seen before t; NaN unless the one right before is. */
function meanBefore(values: Float64Array, start: number, t: number): number {
  if (Number.isNaN(values[start + t - 1]!)) return Number.NaN;
  let [sum, seen] = [0, 0];
  for (let s = 0; s < t; s++) {
    const value = values[start + s]!;
    if (Number.isNaN(value)) continue;
    sum += value;
    seen++;
  }
  return sum / seen;
}

function meanOver(values: Float64Array, start: number, t: number, first: number, last: number, T: number): number {
  if (t + first < 0 || t + last >= T) return Number.NaN;
  let sum = 0;
  for (let h = first; h <= last; h++) sum += values[start + t + h]!;
  return sum / (last - first + 1);
}
