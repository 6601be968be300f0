import type { SortedEffects } from "./sorted-effects.ts";

/** A pivot at or below this share of the level's own weight means that the level is determined by the others. */
const PIVOT_FLOOR = 1e-10;

/**
 * Dense Schur complement `S = G - C' N^-1 C` of the units in the normal equations of the effects
 * (m by m, row-major, lower triangle). Units that repeat the pattern of the one before are counted, not recomputed.
 *
 * @param levelWeights - out, length m: the weight of each level.
 */
export function denseSchur(
  { offsets, levels, otherEffects, levelCount: m }: SortedEffects,
  weights: Float64Array | undefined,
  unitWeights: Float64Array,
  levelWeights: Float64Array,
): Float64Array {
  const q = otherEffects.length;
  const S = new Float64Array(m * m);
  const cell = new Float64Array(m);
  const touched = new Int32Array(m);
  for (let u = 0; u + 1 < offsets.length; ) {
    const [from, to] = [offsets[u]! * q, offsets[u + 1]! * q];
    const repeats = weights === undefined ? countRepeats(offsets, levels, q, u) : 1;
    let count = 0;
    for (let at = from; at < to; at += q) {
      const weight = repeats * (weights === undefined ? 1 : weights[at / q]!);
      for (let p = 0; p < q; p++) {
        const level = levels[at + p]!;
        if (cell[level] === 0) touched[count++] = level;
        cell[level]! += weight;
        levelWeights[level]! += weight;
        for (let o = 0; o < p; o++) S[level * m + levels[at + o]!]! += weight; // later effects have larger indices
      }
    }
    const scale = 1 / (unitWeights[u]! * repeats);
    for (let a = 0; a < count; a++) {
      const row = touched[a]!;
      const share = cell[row]! * scale;
      for (let b = 0; b < count; b++) {
        const column = touched[b]!;
        if (column <= row) S[row * m + column]! -= share * cell[column]!;
      }
    }
    for (let a = 0; a < count; a++) cell[touched[a]!] = 0;
    u += repeats;
  }
  for (let l = 0; l < m; l++) S[l * m + l]! += levelWeights[l]!;
  return S;
}

/** How many units from u on have the same levels row by row. */
function countRepeats(offsets: Int32Array, levels: Int32Array, q: number, u: number): number {
  const from = offsets[u]! * q;
  const length = offsets[u + 1]! * q - from;
  let next = u + 1;
  while (next + 1 < offsets.length) {
    const other = offsets[next]! * q;
    if (offsets[next + 1]! * q - other !== length) break;
    let same = 0;
    while (same < length && levels[from + same] === levels[other + same]) same++;
    if (same < length) break;
    next++;
  }
  return next - u;
}

/** A Cholesky factor that leaves out dependent levels. */
export interface PartialCholesky {
  /** m by m, row-major, lower; rows of dependent levels are zero. */
  readonly L: Float64Array;
  readonly kept: Uint8Array;
  readonly rank: number;
  /** Smallest kept pivot beside its level's weight. */
  readonly smallestPivot: number;
}

/** Factors `S` (m by m, row-major, lower triangle; overwritten), leaving out levels whose pivot vanishes beside their weight. */
export function partialCholesky(S: Float64Array, m: number, levelWeights: Float64Array): PartialCholesky {
  const kept = new Uint8Array(m);
  let rank = 0;
  let smallestPivot = 1;
  for (let i = 0; i < m; i++) {
    const row = i * m;
    for (let j = 0; j < i; j++) {
      if (kept[j] === 0) {
        S[row + j] = 0;
        continue;
      }
      const other = j * m;
      let [s0, s1, s2, s3] = [0, 0, 0, 0];
      let p = 0;
      for (; p + 3 < j; p += 4) {
        s0 += S[row + p]! * S[other + p]!;
        s1 += S[row + p + 1]! * S[other + p + 1]!;
        s2 += S[row + p + 2]! * S[other + p + 2]!;
        s3 += S[row + p + 3]! * S[other + p + 3]!;
      }
      for (; p < j; p++) s0 += S[row + p]! * S[other + p]!;
      S[row + j] = (S[row + j]! - (s0 + s1 + s2 + s3)) / S[other + j]!;
    }
    let pivot = S[row + i]!;
    for (let p = 0; p < i; p++) pivot -= S[row + p]! * S[row + p]!;
    if (pivot > PIVOT_FLOOR * levelWeights[i]!) {
      S[row + i] = Math.sqrt(pivot);
      kept[i] = 1;
      rank++;
      smallestPivot = Math.min(smallestPivot, pivot / levelWeights[i]!);
    } else {
      for (let p = 0; p <= i; p++) S[row + p] = 0;
    }
  }
  return { L: S, kept, rank, smallestPivot };
}

/** Solves in place; dependent levels get 0. */
export function solvePartial({ L, kept }: PartialCholesky, m: number, x: Float64Array): void {
  for (let i = 0; i < m; i++) {
    if (kept[i] === 0) {
      x[i] = 0;
      continue;
    }
    let sum = x[i]!;
    for (let p = 0; p < i; p++) sum -= L[i * m + p]! * x[p]!;
    x[i] = sum / L[i * m + i]!;
  }
  for (let i = m - 1; i >= 0; i--) {
    if (kept[i] === 0) continue;
    const value = x[i]! / L[i * m + i]!;
    x[i] = value;
    for (let p = 0; p < i; p++) x[p]! -= L[i * m + p]! * value;
  }
}
