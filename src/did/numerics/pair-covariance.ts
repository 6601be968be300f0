/** Units in one block of {@link blockedCovariance}. */
const BLOCK = 256;

/** Influence values of one estimate: ascending unit numbers and a value for each; all other units have 0. */
export interface SparseInfluence {
  readonly units: Int32Array;
  readonly values: Float64Array;
}

/**
 * `sum over units of IF_k IF_l` for all pairs of estimates (K by K, row-major, symmetric), by blocks of units so that no units by K matrix
 * is formed.
 */
export function blockedCovariance(influences: readonly SparseInfluence[], unitCount: number): Float64Array {
  const K = influences.length;
  const out = new Float64Array(K * K);
  const block = new Float64Array(K * BLOCK);
  const next = new Int32Array(K);
  const active = new Int32Array(K);
  for (let from = 0; from < unitCount; from += BLOCK) {
    const to = Math.min(unitCount, from + BLOCK);
    let count = 0;
    for (let k = 0; k < K; k++) {
      if (fillColumn(influences[k]!, k, from, to, next, block, count * BLOCK)) active[count++] = k;
    }
    for (let a = 0; a < count; a++) {
      const k = active[a]!;
      for (let b = 0; b <= a; b++) out[k * K + active[b]!]! += dot(block, a * BLOCK, b * BLOCK);
    }
  }
  for (let k = 0; k < K; k++) for (let l = 0; l < k; l++) out[l * K + k] = out[k * K + l]!;
  return out;
}

/** Writes the block's values of one estimate; false when it has none there. */
function fillColumn(
  { units, values }: SparseInfluence,
  k: number,
  from: number,
  to: number,
  next: Int32Array,
  block: Float64Array,
  at: number,
): boolean {
  let i = next[k]!;
  if (i >= units.length || units[i]! >= to) return false;
  block.fill(0, at, at + BLOCK);
  for (; i < units.length; i++) {
    const unit = units[i]!;
    if (unit >= to) break;
    block[at + unit - from]! += values[i]!;
  }
  next[k] = i;
  return true;
}

function dot(x: Float64Array, a: number, b: number): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  for (let i = 0; i < BLOCK; i += 4) {
    s0 += x[a + i]! * x[b + i]!;
    s1 += x[a + i + 1]! * x[b + i + 1]!;
    s2 += x[a + i + 2]! * x[b + i + 2]!;
    s3 += x[a + i + 3]! * x[b + i + 3]!;
  }
  return s0 + s1 + (s2 + s3);
}
