import type { EffectCells } from "./effect-cells.ts";
import { isFullTable, unitProducts } from "./unit-products.ts";

/** A pivot at or below this share of the level's diagonal means that the level is determined by the others. */
export const PIVOT_FLOOR: number = 1e-10;

/**
 * Dense Schur complement `S = G - C' N^-1 C` of the units in the normal equations of the effects
 * (m by m, row-major, lower triangle). Units that repeat the cells of the one before are counted, not recomputed.
 *
 * @param weights - one a cell, `undefined` for ones.
 * @param diagonal - the complement's diagonal.
 */
export function denseSchur(
  cells: EffectCells,
  weights: Float64Array | undefined,
  unitWeights: Float64Array,
  diagonal: Float64Array,
): Float64Array {
  const { offsets, levels, counts, otherEffects, repeated, units, levelCount: m } = cells;
  const q = otherEffects.length;
  const S = new Float64Array(m * m);
  if (isFullTable(cells)) {
    const products = unitProducts(cells, weights, { totals: unitWeights, width: 1, own: 0 });
    for (let l = 0; l < m; l++) {
      for (let other = 0; other < l; other++) S[l * m + other] = -products[l * m + other]!;
      S[l * m + l] = diagonal[l]!;
    }
    return S;
  }
  const cell = new Float64Array(m);
  const touched = new Int32Array(m);
  for (let u = 0, next = 1; u < units; u = next++) {
    if (weights === counts) while (next < units && repeated[next] === 1) next++;
    const repeats = next - u;
    const from = offsets[u]! * q;
    const to = offsets[u + 1]! * q;
    let count = 0;
    for (let at = from; at < to; at += q) {
      const weight = weights === undefined ? 1 : weights[at / q]!;
      for (let p = 0; p < q; p++) {
        const level = levels[at + p]!;
        if (cell[level] === 0) touched[count++] = level;
        cell[level]! += weight;
        for (let o = 0; o < p; o++) S[level * m + levels[at + o]!]! += repeats * weight; // later effects have larger indices
      }
    }
    const scale = repeats / unitWeights[u]!;
    for (let a = 0; a < count; a++) {
      const level = touched[a]!;
      const share = cell[level]! * scale;
      for (let b = 0; b < count; b++) {
        const other = touched[b]!;
        if (other < level) S[level * m + other]! -= share * cell[other]!;
      }
    }
    for (let a = 0; a < count; a++) cell[touched[a]!] = 0;
  }
  for (let l = 0; l < m; l++) S[l * m + l] = diagonal[l]!;
  return S;
}

/** A Cholesky factor that leaves out dependent levels. */
export interface PartialCholesky {
  /** m by m, row-major, lower; rows of dependent levels are zero. */
  readonly L: Float64Array;
  readonly kept: Uint8Array;
  readonly rank: number;
}

/** Factors `S` (m by m, row-major, lower triangle; overwritten), leaving out levels whose pivot vanishes beside their own size. */
export function partialCholesky(S: Float64Array, m: number, sizes: Float64Array): PartialCholesky {
  const kept = new Uint8Array(m);
  let rank = 0;
  for (let i = 0; i < m; i++) {
    const row = i * m;
    for (let j = 0; j < i; j++) {
      if (kept[j] === 0) {
        S[row + j] = 0;
        continue;
      }
      const other = j * m;
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
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
    if (pivot > PIVOT_FLOOR * sizes[i]!) {
      S[row + i] = Math.sqrt(pivot);
      kept[i] = 1;
      rank++;
    } else {
      for (let p = 0; p <= i; p++) S[row + p] = 0;
    }
  }
  return { L: S, kept, rank };
}

/** Solves in place for four right-hand sides, four entries a level; dependent levels get 0. */
export function solvePartial({ L, kept }: PartialCholesky, m: number, x: Float64Array): void {
  for (let i = 0; i < m; i++) {
    const at = 4 * i;
    if (kept[i] === 0) {
      x.fill(0, at, at + 4);
      continue;
    }
    let s0 = x[at]!;
    let s1 = x[at + 1]!;
    let s2 = x[at + 2]!;
    let s3 = x[at + 3]!;
    for (let p = 0; p < i; p++) {
      const value = L[i * m + p]!;
      s0 -= value * x[4 * p]!;
      s1 -= value * x[4 * p + 1]!;
      s2 -= value * x[4 * p + 2]!;
      s3 -= value * x[4 * p + 3]!;
    }
    const scale = 1 / L[i * m + i]!;
    x[at] = s0 * scale;
    x[at + 1] = s1 * scale;
    x[at + 2] = s2 * scale;
    x[at + 3] = s3 * scale;
  }
  for (let i = m - 1; i >= 0; i--) {
    if (kept[i] === 0) continue;
    const at = 4 * i;
    const scale = 1 / L[i * m + i]!;
    const v0 = x[at]! * scale;
    const v1 = x[at + 1]! * scale;
    const v2 = x[at + 2]! * scale;
    const v3 = x[at + 3]! * scale;
    x[at] = v0;
    x[at + 1] = v1;
    x[at + 2] = v2;
    x[at + 3] = v3;
    for (let p = 0; p < i; p++) {
      const value = L[i * m + p]!;
      x[4 * p]! -= value * v0;
      x[4 * p + 1]! -= value * v1;
      x[4 * p + 2]! -= value * v2;
      x[4 * p + 3]! -= value * v3;
    }
  }
}
