/** Units that are alike, by one of each kind and their number. */
export interface UnitPatterns {
  readonly representatives: readonly number[];
  readonly counts: readonly number[];
}

/** With more kinds than this, further ones stand for themselves. */
const MOST_PATTERNS = 4096;

/** Units whose rows have the same periods and marks: rows of a staggered panel follow few patterns, so that what depends on these alone is done once for each. */
export function unitPatterns(unitOffsets: Int32Array, timeCodes: Int32Array, marks: Int32Array): UnitPatterns {
  const representatives: number[] = [];
  const counts: number[] = [];
  const byHash = new Map<number, number[]>();
  let last = -1;
  for (let u = 0; u + 1 < unitOffsets.length; u++) {
    if (last >= 0 && isAlike(unitOffsets, timeCodes, marks, representatives[last]!, u)) {
      counts[last]!++;
      continue;
    }
    const hash = hashOf(unitOffsets[u]!, unitOffsets[u + 1]!, timeCodes, marks);
    const found = byHash.get(hash) ?? [];
    const own = found.find((pattern) => isAlike(unitOffsets, timeCodes, marks, representatives[pattern]!, u));
    if (own !== undefined) {
      counts[own]!++;
      last = own;
      continue;
    }
    last = representatives.push(u) - 1;
    counts.push(1);
    if (representatives.length <= MOST_PATTERNS) byHash.set(hash, [...found, last]);
  }
  return { representatives, counts };
}

/** A number that units alike share, from two sums that do not wait for each other. */
function hashOf(begin: number, end: number, timeCodes: Int32Array, marks: Int32Array): number {
  let [a, b] = [end - begin, 0];
  for (let i = begin; i < end; i++) {
    a = (a + Math.imul(timeCodes[i]!, timeCodes[i]! + 7)) | 0;
    b = (b + Math.imul(marks[i]!, i - begin + 13)) | 0;
  }
  return (Math.imul(a, 40_503) + b) | 0;
}

function isAlike(unitOffsets: Int32Array, timeCodes: Int32Array, marks: Int32Array, a: number, b: number): boolean {
  const [from, length] = [unitOffsets[a]!, unitOffsets[a + 1]! - unitOffsets[a]!];
  const other = unitOffsets[b]!;
  if (unitOffsets[b + 1]! - other !== length) return false;
  for (let i = 0; i < length; i++) if (timeCodes[from + i] !== timeCodes[other + i] || marks[from + i] !== marks[other + i]) return false;
  return true;
}
