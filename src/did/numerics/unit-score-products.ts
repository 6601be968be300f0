import { blockKernels } from "./block-kernels.ts";
import { BLOCK } from "./block-size.ts";

/** Rows by unit, and how their residuals and effects enter the scores of averages over sets of rows that do not overlap. */
export interface ScoredRows {
  readonly unitOffsets: Int32Array;
  readonly timeCodes: Int32Array;
  readonly periods: number;
  readonly covariates: readonly Float64Array[];
  /** 1 for rows that the first stage is fitted on. */
  readonly untreated: Uint8Array;
  readonly weights: Float64Array;
  /** Residuals of untreated rows, effects of others. */
  readonly effects: Float64Array;
  /** Set of each row, -1 for none, and the weight of each set. */
  readonly codes: Int32Array;
  readonly totals: Float64Array;
  /** What a row's effect is compared with: `centers[centerCodes[i]]`. */
  readonly centerCodes: Int32Array;
  readonly centers: Float64Array;
  /** The first stage's part: coefficients of `w u` by period, then covariate (rows), and set (columns). */
  readonly table: Float64Array;
}

/**
 * `sum over units of s_a s_b` for the scores of all pairs of sets, units in blocks, so that nothing of the size units by sets is kept:
 * `s_a = sum of w (effect - center) over the unit's rows in set a, less sum of w u (table_t + x'table) over its untreated rows, over the set's weight`.
 */
export function unitScoreProducts(rows: ScoredRows): Float64Array {
  const { unitOffsets, timeCodes, periods: T, covariates, untreated, weights, effects, codes, totals, centerCodes, centers, table } = rows;
  const [size, count] = [T + covariates.length, totals.length];
  const width = 4 * Math.ceil(count / 4);
  const base = size * BLOCK;
  const out = base + count * BLOCK;
  const coefficients = out + (width + 4) * BLOCK;
  const products = coefficients + 2 * Math.ceil((count * size) / 2);
  const kernels = blockKernels();
  const M = kernels.memory(products + width * width);
  const divisors = totals.map((total) => (total > 0 ? 1 / total : 0));
  for (let a = 0; a < count; a++) for (let p = 0; p < size; p++) M[coefficients + a * size + p] = -table[p * count + a]! * divisors[a]!;
  const units = unitOffsets.length - 1;
  for (let from = 0; from < units; from += BLOCK) {
    M.fill(0, 0, out);
    const m = Math.min(BLOCK, units - from);
    for (let u = 0; u < m; u++) {
      for (let i = unitOffsets[from + u]!; i < unitOffsets[from + u + 1]!; i++) {
        const w = weights[i]!;
        if (w === 0) continue; // such a row may have no prediction
        const code = codes[i]!;
        if (code >= 0) M[base + code * BLOCK + u]! += w * (effects[i]! - centers[centerCodes[i]!]!) * divisors[code]!;
        if (untreated[i] === 0) continue;
        const score = w * effects[i]!;
        M[timeCodes[i]! * BLOCK + u] = score;
        for (let j = 0; j < covariates.length; j++) M[(T + j) * BLOCK + u]! += score * covariates[j]![i]!;
      }
    }
    kernels.linear(out, base, 0, coefficients, size, count);
    kernels.products(out, count, width, products);
  }
  const result = new Float64Array(count * count);
  for (let a = 0; a < count; a++) {
    for (let b = 0; b <= a; b++) {
      const sum = M[products + a * width + b]!;
      result[a * count + b] = sum;
      result[b * count + a] = sum;
    }
  }
  return result;
}
