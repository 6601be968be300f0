import type { EffectCells } from "./effect-cells.ts";

/**
 * Passes over the cells, four variables at once: sums and coefficients stand four to a level (or unit). `weights` are one a cell,
 * `undefined` means ones; `unitWeights` are sums over units.
 */

/** Units whose sums are added up before they join the others. */
const UNITS_TOGETHER = 256;

/** `sums[l] -= sum_u C_ul unitSums[u] / N_u`: right-hand side once the units are eliminated. */
export function eliminateUnits(
  { offsets, levels, counts, otherEffects, repeated, units }: EffectCells,
  weights: Float64Array | undefined,
  unitWeights: Float64Array,
  unitSums: Float64Array,
  sums: Float64Array,
): void {
  const q = otherEffects.length;
  const apart = sums.length <= 4 * UNITS_TOGETHER; // many units alike would add up their rounding, so that it looks like a residual
  const part = apart ? new Float64Array(sums.length) : sums;
  let [m0, m1, m2, m3] = [0, 0, 0, 0];
  for (let u = 0; u < units; u++) {
    const scale = 1 / unitWeights[u]!;
    m0 += unitSums[4 * u]! * scale;
    m1 += unitSums[4 * u + 1]! * scale;
    m2 += unitSums[4 * u + 2]! * scale;
    m3 += unitSums[4 * u + 3]! * scale;
    const last = (u + 1) % UNITS_TOGETHER === 0 || u + 1 === units;
    if (weights === counts && !last && repeated[u + 1] === 1) continue; // equal cells take the sum of the means at once
    for (let c = offsets[u]!; c < offsets[u + 1]!; c++) {
      const w = weights === undefined ? 1 : weights[c]!;
      for (let p = 0; p < q; p++) {
        const at = 4 * levels[c * q + p]!;
        part[at]! -= w * m0;
        part[at + 1]! -= w * m1;
        part[at + 2]! -= w * m2;
        part[at + 3]! -= w * m3;
      }
    }
    m0 = m1 = m2 = m3 = 0;
    if (!apart || !last) continue;
    for (let at = 0; at < sums.length; at++) {
      sums[at]! += part[at]!;
      part[at] = 0;
    }
  }
}

/** `shifts[u] = -sum_l C_ul beta[l]`: what the levels' coefficients add to the units' sums. */
export function unitShifts(
  { offsets, levels, counts, otherEffects, repeated, units }: EffectCells,
  weights: Float64Array | undefined,
  beta: Float64Array,
  shifts: Float64Array,
): void {
  const q = otherEffects.length;
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  for (let u = 0; u < units; u++) {
    if (repeated[u] === 0 || weights !== counts) {
      s0 = s1 = s2 = s3 = 0;
      for (let c = offsets[u]!; c < offsets[u + 1]!; c++) {
        const w = weights === undefined ? 1 : weights[c]!;
        for (let p = 0; p < q; p++) {
          const at = 4 * levels[c * q + p]!;
          s0 -= w * beta[at]!;
          s1 -= w * beta[at + 1]!;
          s2 -= w * beta[at + 2]!;
          s3 -= w * beta[at + 3]!;
        }
      }
    }
    shifts[4 * u] = s0;
    shifts[4 * u + 1] = s1;
    shifts[4 * u + 2] = s2;
    shifts[4 * u + 3] = s3;
  }
}

/** `alpha[u] = (unitSums[u] + shift) / N_u`, the shifts standing in `alpha`. */
export function unitCoefficients(unitWeights: Float64Array, unitSums: Float64Array, alpha: Float64Array): void {
  for (let u = 0, at = 0; u < unitWeights.length; u++, at += 4) {
    const scale = 1 / unitWeights[u]!;
    alpha[at] = (unitSums[at]! + alpha[at]!) * scale;
    alpha[at + 1] = (unitSums[at + 1]! + alpha[at + 1]!) * scale;
    alpha[at + 2] = (unitSums[at + 2]! + alpha[at + 2]!) * scale;
    alpha[at + 3] = (unitSums[at + 3]! + alpha[at + 3]!) * scale;
  }
}

/** `out = S beta`, S the Schur complement of the units: `D' W M D beta`. */
export function schurTimes(
  cells: EffectCells,
  weights: Float64Array | undefined,
  unitWeights: Float64Array,
  levelWeights: Float64Array,
  beta: Float64Array,
  out: Float64Array,
): void {
  if (cells.otherEffects.length === 1) timesOne(cells, weights, unitWeights, levelWeights, beta, out);
  else timesSeveral(cells, weights, unitWeights, beta, out);
}

function timesOne(
  { offsets, levels, units }: EffectCells,
  weights: Float64Array | undefined,
  unitWeights: Float64Array,
  levelWeights: Float64Array,
  beta: Float64Array,
  out: Float64Array,
): void {
  for (let l = 0, at = 0; l < levelWeights.length; l++) {
    const w = levelWeights[l]!;
    for (let lane = 0; lane < 4; lane++, at++) out[at] = w * beta[at]!;
  }
  for (let u = 0; u < units; u++) {
    const from = offsets[u]!;
    const to = offsets[u + 1]!;
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (let c = from; c < to; c++) {
      const at = 4 * levels[c]!;
      const w = weights === undefined ? 1 : weights[c]!;
      s0 += w * beta[at]!;
      s1 += w * beta[at + 1]!;
      s2 += w * beta[at + 2]!;
      s3 += w * beta[at + 3]!;
    }
    const scale = 1 / unitWeights[u]!;
    s0 *= scale;
    s1 *= scale;
    s2 *= scale;
    s3 *= scale;
    for (let c = from; c < to; c++) {
      const at = 4 * levels[c]!;
      const w = weights === undefined ? 1 : weights[c]!;
      out[at]! -= w * s0;
      out[at + 1]! -= w * s1;
      out[at + 2]! -= w * s2;
      out[at + 3]! -= w * s3;
    }
  }
}

function timesSeveral(
  { offsets, levels, otherEffects, units }: EffectCells,
  weights: Float64Array | undefined,
  unitWeights: Float64Array,
  beta: Float64Array,
  out: Float64Array,
): void {
  const q = otherEffects.length;
  out.fill(0);
  for (let u = 0; u < units; u++) {
    const from = offsets[u]!;
    const to = offsets[u + 1]!;
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (let c = from; c < to; c++) {
      const w = weights === undefined ? 1 : weights[c]!;
      for (let p = 0; p < q; p++) {
        const at = 4 * levels[c * q + p]!;
        s0 += w * beta[at]!;
        s1 += w * beta[at + 1]!;
        s2 += w * beta[at + 2]!;
        s3 += w * beta[at + 3]!;
      }
    }
    const scale = 1 / unitWeights[u]!;
    for (let c = from; c < to; c++) {
      let v0 = -s0 * scale;
      let v1 = -s1 * scale;
      let v2 = -s2 * scale;
      let v3 = -s3 * scale;
      for (let p = 0; p < q; p++) {
        const at = 4 * levels[c * q + p]!;
        v0 += beta[at]!;
        v1 += beta[at + 1]!;
        v2 += beta[at + 2]!;
        v3 += beta[at + 3]!;
      }
      const w = weights === undefined ? 1 : weights[c]!;
      for (let p = 0; p < q; p++) {
        const at = 4 * levels[c * q + p]!;
        out[at]! += w * v0;
        out[at + 1]! += w * v1;
        out[at + 2]! += w * v2;
        out[at + 3]! += w * v3;
      }
    }
  }
}

/**
 * Weight of each level, and the diagonal of the Schur complement, `sum_u C_ul (1 - C_ul / N_u)`, without subtraction of large numbers:
 * units inside one level add nothing. Units that repeat the cells of the one before are counted, not summed again.
 */
export function levelDiagonals(
  { offsets, levels, counts, otherEffects, repeated, levelCount, units }: EffectCells,
  weights: Float64Array | undefined,
  unitWeights: Float64Array,
): { readonly levelWeights: Float64Array; readonly diagonal: Float64Array } {
  const q = otherEffects.length;
  const levelWeights = new Float64Array(levelCount);
  const diagonal = new Float64Array(levelCount);
  const share = new Float64Array(levelCount);
  for (let u = 0, next = 1; u < units; u = next++) {
    if (weights === counts) while (next < units && repeated[next] === 1) next++;
    const repeats = next - u;
    const from = offsets[u]!;
    const to = offsets[u + 1]!;
    if (to - from === 1) {
      const w = weights === undefined ? repeats : repeats * weights[from]!;
      for (let at = from * q; at < to * q; at++) levelWeights[levels[at]!]! += w;
      continue;
    }
    for (let c = from; c < to; c++) {
      const w = weights === undefined ? 1 : weights[c]!;
      for (let at = c * q; at < (c + 1) * q; at++) share[levels[at]!]! += w;
    }
    const total = unitWeights[u]!;
    for (let at = from * q; at < to * q; at++) {
      const level = levels[at]!;
      const own = share[level]!;
      if (own === 0) continue;
      levelWeights[level]! += repeats * own;
      const rest = total - own;
      if (rest > 1e-14 * own) diagonal[level]! += (repeats * own * rest) / total;
      share[level] = 0;
    }
  }
  return { levelWeights, diagonal };
}
