/** Units in one block of {@link blockedCovariance}. */
const BLOCK = 128;

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
  const block = new Float64Array((K + WIDE) * BLOCK);
  const next = new Int32Array(K);
  const active = new Int32Array(K);
  for (let from = 0; from < unitCount; from += BLOCK) {
    const to = Math.min(unitCount, from + BLOCK);
    let count = 0;
    for (let k = 0; k < K; k++) {
      if (fillColumn(influences[k]!, k, from, to, next, block, count * BLOCK)) active[count++] = k;
    }
    addProducts(block, BLOCK, active, count, K, out);
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

/** Rows and columns of one tile of {@link addProducts}. */
const [TILE, WIDE] = [2, 4];

/**
 * Adds `sum_i block[a][i] block[b][i]` to `out` (K by K) at `(active[a], active[b])` for `b <= a < count`, `active` ascending.
 * Rows of the block have `length` entries, those not in use zero; it has room for {@link WIDE} rows more than are in use.
 */
export function addProducts(block: Float64Array, length: number, active: Int32Array, count: number, K: number, out: Float64Array): void {
  block.fill(0, count * length, (count + WIDE) * length);
  for (let a = 0; a < count; a += TILE) {
    const [top, bottom] = [active[a]! * K, a + 1 < count ? active[a + 1]! * K : -1];
    for (let b = 0; b <= a + 1; b += WIDE) {
      let [s0, s1, s2, s3, t0, t1, t2, t3] = [0, 0, 0, 0, 0, 0, 0, 0];
      let [i, j] = [a * length, b * length];
      for (const end = i + length; i < end; i++, j++) {
        const x = block[i]!;
        const y = block[i + length]!;
        const z0 = block[j]!;
        const z1 = block[j + length]!;
        const z2 = block[j + 2 * length]!;
        const z3 = block[j + 3 * length]!;
        s0 += x * z0;
        s1 += x * z1;
        s2 += x * z2;
        s3 += x * z3;
        t0 += y * z0;
        t1 += y * z1;
        t2 += y * z2;
        t3 += y * z3;
      }
      out[top + active[b]!]! += s0;
      if (b + 1 <= a) out[top + active[b + 1]!]! += s1;
      if (b + 2 <= a) out[top + active[b + 2]!]! += s2;
      if (b + 3 <= a) out[top + active[b + 3]!]! += s3;
      if (bottom < 0) continue;
      out[bottom + active[b]!]! += t0;
      if (b + 1 <= a + 1) out[bottom + active[b + 1]!]! += t1;
      if (b + 2 <= a + 1) out[bottom + active[b + 2]!]! += t2;
      if (b + 3 <= a + 1) out[bottom + active[b + 3]!]! += t3;
    }
  }
}
