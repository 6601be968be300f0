/** Rows by priority, highest first; `ends[i]` is the position after the last row tied with position i. */
export interface RankOrder {
  readonly order: Int32Array;
  readonly ends: Int32Array;
}

/** Sorts once; every curve and every bootstrap draw is then a linear pass. */
export function rankOrder(priority: Float64Array): RankOrder {
  const order = Int32Array.from(priority, (_, i) => i).sort((a, b) => priority[b]! - priority[a]! || a - b);
  const ends = new Int32Array(order.length);
  for (let i = order.length - 1; i >= 0; i--) {
    const tied = i + 1 < order.length && priority[order[i]!] === priority[order[i + 1]!];
    ends[i] = tied ? ends[i + 1]! : i + 1;
  }
  return { order, ends };
}

/** The targeting operator characteristic and its areas. */
export interface RankCurve {
  readonly autoc: number;
  readonly qini: number;
  /** TOC at each quantile. */
  readonly toc: readonly number[];
}

/**
 * TOC over the ranks: mean score of the rows ranked first less the mean of all; tied rows count with their common mean. AUTOC is its weighted mean, QINI weights it
 * by the share treated. Rows of weight zero are passed over. A quantile is a share of the weight; the row it falls into counts in part.
 */
export function rankCurve(
  { order, ends }: RankOrder,
  scores: Float64Array,
  weights: Float64Array,
  quantiles: readonly number[],
): RankCurve {
  const n = order.length;
  let [total, sum] = [0, 0];
  for (let i = 0; i < n; i++) {
    const weight = weights[i]!;
    total += weight;
    sum += weight * scores[i]!;
  }
  const mean = sum / total;
  let [weightSoFar, sumSoFar, autoc, qini] = [0, 0, 0, 0];
  const toc = quantiles.map(() => Number.NaN);
  const bounds = quantiles.map((q) => q * total);
  for (let i = 0; i < n; ) {
    const end = ends[i]!;
    let [tieWeight, tieSum] = [0, 0];
    for (let j = i; j < end; j++) {
      const row = order[j]!;
      tieWeight += weights[row]!;
      tieSum += weights[row]! * scores[row]!;
    }
    const tieMean = tieSum / tieWeight;
    for (let j = i; j < end; j++) {
      const weight = weights[order[j]!]!;
      if (weight === 0) continue;
      for (let q = 0; q < bounds.length; q++) {
        const taken = bounds[q]! - weightSoFar;
        if (taken > 0 && taken <= weight) toc[q] = (sumSoFar + taken * tieMean) / bounds[q]! - mean;
      }
      weightSoFar += weight;
      sumSoFar += weight * tieMean;
      const value = sumSoFar / weightSoFar - mean;
      autoc += weight * value;
      qini += ((weight * weightSoFar) / total) * value;
    }
    i = end;
  }
  for (let q = 0; q < bounds.length; q++) if (quantiles[q]! >= 1) toc[q] = 0; // everybody: zero by construction
  return { autoc: autoc / total, qini: qini / total, toc };
}
