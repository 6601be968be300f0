import { openBlockGram, sumByGroup } from "../moments/index.ts";

/**
 * Score contributions of an estimator, held without an n by k matrix: row i, column j is
 * `multiplier[i] * (columns[j][i] - centers[j])`; with `constant` a leading column holds the multiplier alone.
 */
export interface Scores {
  /** Columns of the (projected) design, each one value a row. */
  readonly columns: readonly Float64Array[];
  readonly centers: Float64Array;
  /** Weight times residual of each row. */
  readonly multiplier: Float64Array;
  /** Whether a constant stands before the columns. */
  readonly constant: boolean;
  /** How many equal observations each row stands for; `undefined` means one. */
  readonly repeats: Float64Array | undefined;
  /** Sums over one grouping where they are known, and of which multiplier and centers they are. */
  readonly summed?: (Pick<Scores, "multiplier" | "centers"> & { readonly codes: Int32Array; readonly sums: Float64Array }) | undefined;
}

/** Number of score columns. */
export function scoreWidth(scores: Scores): number {
  return scores.centers.length + (scores.constant ? 1 : 0);
}

/** `sum_i r_i f_i^2 s_i s_i'` (k by k, row-major), f a factor a row (ones when `undefined`), r the repeats. */
export function scoreProducts(scores: Scores, factor: Float64Array | undefined): Float64Array {
  const { columns, centers, multiplier, constant, repeats } = scores;
  const k = scoreWidth(scores);
  const gram = openBlockGram(k, multiplier.length, true);
  const first = constant ? 1 : 0;
  const plain = factor === undefined && repeats === undefined;
  const u = new Float64Array(plain ? 0 : gram.length);
  for (let start = 0; start < multiplier.length; start += gram.length) {
    const count = Math.min(gram.length, multiplier.length - start);
    const own = multiplier.subarray(start, start + count);
    if (!plain) fillProducts(own, factor?.subarray(start), repeats?.subarray(start), u);
    if (constant) gram.block.set(plain ? own : u);
    gram.fill({ start, count, first }, columns, centers, plain ? own : u);
    gram.add(count);
  }
  return gram.finish();
}

/** `u = multiplier f sqrt(r)`. */
function fillProducts(
  multiplier: Float64Array,
  factor: Float64Array | undefined,
  repeats: Float64Array | undefined,
  u: Float64Array,
): void {
  for (let i = 0; i < multiplier.length; i++) {
    const value = factor === undefined ? multiplier[i]! : multiplier[i]! * factor[i]!;
    u[i] = repeats === undefined ? value : value * Math.sqrt(repeats[i]!);
  }
}

/** Sums of the scores over groups, groups by k, row-major. */
export function sumScores(scores: Scores, codes: Int32Array, count: number): Float64Array {
  const { centers, multiplier, constant, repeats, summed } = scores;
  if (summed?.codes === codes && summed.multiplier === multiplier && summed.centers === centers) return summed.sums;
  const u = repeats === undefined ? multiplier : multiplier.map((value, i) => value * repeats[i]!);
  return sumByGroup(scores.columns, centers, u, constant, { codes, count });
}

/** `sum_g s_g s_g'` of group sums (groups by k), k by k. */
export function groupProducts(sums: Float64Array, k: number): Float64Array {
  const meat = new Float64Array(k * k);
  for (let at = 0; at < sums.length; at += k) {
    for (let a = 0; a < k; a++) {
      const value = sums[at + a]!;
      for (let b = 0; b <= a; b++) meat[a * k + b]! += value * sums[at + b]!;
    }
  }
  for (let a = 0; a < k; a++) for (let b = 0; b < a; b++) meat[b * k + a] = meat[a * k + b]!;
  return meat;
}

/** The scores as a dense n by k matrix, row-major, for methods that need every row. */
export function denseScores(scores: Scores): Float64Array {
  const { columns, centers, multiplier, constant } = scores;
  const k = scoreWidth(scores);
  const first = constant ? 1 : 0;
  const out = new Float64Array(multiplier.length * k);
  for (let i = 0; i < multiplier.length; i++) {
    if (constant) out[i * k] = multiplier[i]!;
    for (let j = 0; j < columns.length; j++) out[i * k + first + j] = multiplier[i]! * (columns[j]![i]! - centers[j]!);
  }
  return out;
}
