/** Distribution of the multipliers, one a cluster. */
export type Multipliers = "rademacher" | "mammen" | "webb" | "normal";

const SQRT_5 = Math.sqrt(5);

/** The values multipliers take, in the order of their indices; none for continuous ones. */
export const MULTIPLIER_VALUES: Readonly<Record<Multipliers, readonly number[]>> = {
  rademacher: [1, -1],
  mammen: [(1 - SQRT_5) / 2, (1 + SQRT_5) / 2],
  webb: [-Math.sqrt(1.5), -1, -Math.sqrt(0.5), Math.sqrt(0.5), 1, Math.sqrt(1.5)],
  normal: [],
};

/** Clusters whose multipliers share one table look-up, by the number of values; fewer when the table would not stay in cache. */
const SHARED: Readonly<Record<number, readonly number[]>> = { 2: [8, 4, 2, 1], 6: [3, 2, 1] };
const CACHE_VALUES = 1 << 18;
/** Beyond this size nothing is tabulated: with very many clusters each one's multiplier is looked up. */
const TABLE_VALUES = 1 << 22;

/**
 * Draws of sums over clusters, prepared for fast repetition. A draw of the multipliers v gives `terms` sums: of `v_g linear[g]` and
 * `v_g^2 square[g]`. For multipliers with few values the sums over `perBlock` clusters are tabulated for all their patterns.
 */
export interface SumTable {
  readonly multipliers: Multipliers;
  readonly clusters: number;
  readonly terms: number;
  /** Clusters to a block; 0 where nothing is tabulated: continuous multipliers, or very many clusters. */
  readonly perBlock: number;
  /** Blocks by patterns by terms; where nothing is tabulated clusters by terms (linear first). */
  readonly table: Float64Array;
  /** How many of the terms are linear. */
  readonly linearTerms: number;
}

/**
 * @param linear - clusters by number of linear terms.
 * @param square - clusters by number of square terms.
 */
export function sumTable(multipliers: Multipliers, clusters: number, linear: Float64Array, square: Float64Array): SumTable {
  const L = linear.length / clusters;
  const S = square.length / clusters;
  const terms = L + S;
  const values = MULTIPLIER_VALUES[multipliers];
  const p = values.length;
  const sizeOf = (perBlock: number): number => Math.ceil(clusters / perBlock) * p ** perBlock * terms;
  const sizes = SHARED[p] ?? [];
  const perBlock = sizes.find((size) => sizeOf(size) <= CACHE_VALUES) ?? sizes.find((size) => size <= 4 && sizeOf(size) <= TABLE_VALUES);
  if (perBlock === undefined) {
    const table = new Float64Array(clusters * terms);
    for (let g = 0; g < clusters; g++) {
      for (let l = 0; l < L; l++) table[g * terms + l] = linear[g * L + l]!;
      for (let s = 0; s < S; s++) table[g * terms + L + s] = square[g * S + s]!;
    }
    return { multipliers, clusters, terms, perBlock: 0, table, linearTerms: L };
  }
  const blocks = Math.ceil(clusters / perBlock);
  const patterns = p ** perBlock;
  const table = new Float64Array(blocks * patterns * terms);
  for (let block = 0; block < blocks; block++) {
    // Pattern numbers have the block's first cluster as their lowest digit; the highest digit's share is added to the rest's sums.
    for (let digit = 0, unit = 1; digit < perBlock; digit++, unit *= p) {
      const g = block * perBlock + digit;
      for (let value = p - 1; value >= 0; value--) {
        const v = g < clusters ? values[value]! : 0;
        for (let rest = 0; rest < unit; rest++) {
          const from = (block * patterns + rest) * terms;
          const to = (block * patterns + value * unit + rest) * terms;
          for (let l = 0; l < L; l++) table[to + l] = table[from + l]! + (v === 0 ? 0 : v * linear[g * L + l]!);
          for (let s = 0; s < S; s++) table[to + L + s] = table[from + L + s]! + (v === 0 ? 0 : v * v * square[g * S + s]!);
        }
      }
    }
  }
  return { multipliers, clusters, terms, perBlock, table, linearTerms: L };
}
