/** Rows of a panel by unit; 1 in `untreated` for those that count. */
export interface CountedRows {
  readonly outcome: Float64Array;
  readonly unitOffsets: Int32Array;
  readonly timeCodes: Int32Array;
  readonly untreated: Uint8Array;
}

/** By unit numbers and means of counted rows; adds by period their numbers and the outcomes less their unit's mean. */
export function addUnitMeans(
  { outcome, unitOffsets, timeCodes, untreated }: CountedRows,
  counts: Float64Array,
  means: Float64Array,
  periodCounts: Float64Array,
  periodSums: Float64Array,
): void {
  for (let u = 0; u < counts.length; u++) {
    const [begin, end] = [unitOffsets[u]!, unitOffsets[u + 1]!];
    let [count, sum] = [0, 0];
    for (let i = begin; i < end; i++) {
      const one = untreated[i]!;
      count += one;
      sum += one === 0 ? 0 : outcome[i]!;
    }
    counts[u] = count;
    if (count === 0) continue;
    const mean = sum / count;
    means[u] = mean;
    for (let i = begin; i < end; i++) {
      if (untreated[i] === 0) continue;
      periodCounts[timeCodes[i]!]! += 1;
      periodSums[timeCodes[i]!]! += outcome[i]! - mean;
    }
  }
}

/** Outcomes less unit and period effects, NaN where a unit or period has no counted row; returns how many are. */
export function twoWayResiduals(
  { outcome, unitOffsets, timeCodes, untreated }: CountedRows,
  counts: Float64Array,
  means: Float64Array,
  periodCounts: Float64Array,
  periodEffects: Float64Array,
  out: Float64Array,
): number {
  let missing = 0;
  const effects = periodEffects.map((value, t) => (periodCounts[t]! > 0 ? value : Number.NaN));
  for (let t = 0; t < periodCounts.length; t++) if (!(periodCounts[t]! > 0)) missing++;
  const complete = missing === 0;
  missing = 0;
  for (let u = 0; u < counts.length; u++) {
    const [begin, end] = [unitOffsets[u]!, unitOffsets[u + 1]!];
    if (counts[u] === 0) {
      out.fill(Number.NaN, begin, end);
      missing += end - begin;
      continue;
    }
    let sum = 0;
    for (let i = begin; i < end; i++) if (untreated[i] === 1) sum += effects[timeCodes[i]!]!;
    const level = means[u]! - sum / counts[u]!;
    for (let i = begin; i < end; i++) out[i] = outcome[i]! - (level + effects[timeCodes[i]!]!);
    if (!complete) for (let i = begin; i < end; i++) if (!(periodCounts[timeCodes[i]!]! > 0)) missing++;
  }
  return missing;
}
