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
}

/** Arranges a panel's rows. */
export function outcomeTable(
  outcome: Float64Array,
  { unitOffsets, timeCodes }: { readonly unitOffsets: Int32Array; readonly timeCodes: Int32Array },
  { periods, entries, clusters, clusterCount }: Pick<OutcomeTable, "periods" | "entries" | "clusters" | "clusterCount">,
): OutcomeTable {
  const units = unitOffsets.length - 1;
  const values = new Float64Array(units * periods).fill(Number.NaN);
  for (let u = 0; u < units; u++)
    for (let i = unitOffsets[u]!; i < unitOffsets[u + 1]!; i++) values[u * periods + timeCodes[i]!] = outcome[i]!;
  return { values, units, periods, entries, clusters, clusterCount };
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
}

/**
 * Least squares of the mean of `y(t+h) - y(t-1)` over horizons h on an indicator of entry in t, with period effects:
 * the weighted mean over t of the difference in means, weights `n p (1 - p)`, or `n p` when rows of t weigh `1 / (1 - p)`.
 */
export function fitLongDifference(table: OutcomeTable, rules: LongDifference): LongDifferenceFit | undefined {
  const { units, periods: T, entries } = table;
  const { equal } = rules;
  const differences = new Float64Array(units * T).fill(Number.NaN);
  const counts = new Float64Array(2 * T);
  const sums = new Float64Array(2 * T);
  for (let u = 0; u < units; u++) {
    for (let t = 1; t < T; t++) {
      const difference = differenceOf(table, rules, u, t);
      if (Number.isNaN(difference)) continue;
      const treated = entries[u] === t;
      differences[u * T + t] = difference;
      counts[2 * t + (treated ? 1 : 0)]!++;
      sums[2 * t + (treated ? 1 : 0)]! += difference;
    }
  }
  let [numerator, denominator, rows, used] = [0, 0, 0, 0];
  for (let t = 1; t < T; t++) {
    const [controls, treated] = [counts[2 * t]!, counts[2 * t + 1]!];
    if (controls === 0 || treated === 0) continue;
    const weight = equal ? treated : (treated * controls) / (treated + controls);
    numerator += weight * (sums[2 * t + 1]! / treated - sums[2 * t]! / controls);
    denominator += weight;
    rows += treated + controls;
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
      const [controls, treated] = [counts[2 * t]!, counts[2 * t + 1]!];
      if (Number.isNaN(difference) || controls === 0 || treated === 0) continue;
      seen[own] = 1;
      const isTreated = entries[u] === t;
      const n = treated + controls;
      const mean = (sums[2 * t]! + sums[2 * t + 1]!) / n;
      const indicator = (isTreated ? 1 : 0) - treated / n;
      const residual = difference - mean - value * indicator;
      contributions[own]! += (equal ? n / controls : 1) * indicator * residual;
    }
  }
  const clusters = seen.reduce((sum, value) => sum + value, 0);
  const parameters = 1 + used;
  const factor = Math.sqrt((clusters / (clusters - 1)) * ((rows - 1) / (rows - parameters))) / denominator;
  return { value, contributions: contributions.map((own) => own * factor), clusters };
}

/** The long difference of a unit at entry (or as a control) in period t; NaN where it does not count. */
export function differenceOf({ values, periods: T, entries }: OutcomeTable, rules: LongDifference, u: number, t: number): number {
  const entry = entries[u]!;
  if (entry < 0) return Number.NaN;
  const { first, last, never, through = last, base = "previous" } = rules;
  if (entry !== t && (never ? entry < T : entry <= t + Math.max(0, last, through))) return Number.NaN;
  if (through > last && Number.isNaN(meanOver(values, u * T, t, 0, through, T))) return Number.NaN;
  const before = base === "previous" ? values[u * T + t - 1]! : meanBefore(values, u * T, t);
  return meanOver(values, u * T, t, first, last, T) - before;
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
