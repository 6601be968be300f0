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
  const block = new Float64Array((K + TILE) * BLOCK);
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

/** Estimates in one tile of {@link addProducts}. */
const TILE = 4;

/**
 * Adds `sum_i block[a][i] block[b][i]` to `out` (K by K) at `(active[a], active[b])` for `b <= a < count`, `active` ascending.
 * Rows of the block have `length` entries (a multiple of what is in use is zero); it has room for {@link TILE} rows more than are in use.
 */
export function addProducts(block: Float64Array, length: number, active: Int32Array, count: number, K: number, out: Float64Array): void {
  block.fill(0, count * length, (count + TILE) * length);
  for (let a = 0; a < count; a += TILE) {
    for (let b = 0; b <= a; b += TILE) {
      let [s00, s01, s02, s03, s10, s11, s12, s13] = [0, 0, 0, 0, 0, 0, 0, 0];
      let [s20, s21, s22, s23, s30, s31, s32, s33] = [0, 0, 0, 0, 0, 0, 0, 0];
      let [i, j] = [a * length, b * length];
      for (const end = i + length; i < end; i++, j++) {
        const x0 = block[i]!;
        const x1 = block[i + length]!;
        const x2 = block[i + 2 * length]!;
        const x3 = block[i + 3 * length]!;
        const z0 = block[j]!;
        const z1 = block[j + length]!;
        const z2 = block[j + 2 * length]!;
        const z3 = block[j + 3 * length]!;
        s00 += x0 * z0;
        s01 += x0 * z1;
        s02 += x0 * z2;
        s03 += x0 * z3;
        s10 += x1 * z0;
        s11 += x1 * z1;
        s12 += x1 * z2;
        s13 += x1 * z3;
        s20 += x2 * z0;
        s21 += x2 * z1;
        s22 += x2 * z2;
        s23 += x2 * z3;
        s30 += x3 * z0;
        s31 += x3 * z1;
        s32 += x3 * z2;
        s33 += x3 * z3;
      }
      addTile([s00, s01, s02, s03, s10, s11, s12, s13, s20, s21, s22, s23, s30, s31, s32, s33], a, b, active, count, K, out);
    }
  }
}

function addTile(sums: readonly number[], a: number, b: number, active: Int32Array, count: number, K: number, out: Float64Array): void {
  for (let r = 0; r < TILE && a + r < count; r++)
    for (let c = 0; c < TILE && b + c <= a + r; c++) out[active[a + r]! * K + active[b + c]!]! += sums[r * TILE + c]!;
}
