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

/** Values in the order of the ranks. */
export function inRankOrder({ order }: RankOrder, values: Float64Array): Float64Array {
  const out = new Float64Array(order.length);
  for (let i = 0; i < out.length; i++) out[i] = values[order[i]!]!;
  return out;
}

/**
 * TOC over the ranks: mean score of the rows ranked first less the mean of all; tied rows count with their common mean. AUTOC is its weighted mean, QINI weights it
 * by the share treated. Rows of weight zero are passed over. A quantile is a share of the weight; the row it falls into counts in part.
 *
 * @param ends - Position after the last row tied with each position.
 * @param scores - By rank.
 * @param weights - By rank.
 */
export function rankCurve(ends: Int32Array, scores: Float64Array, weights: Float64Array, quantiles: readonly number[]): RankCurve {
  const n = ends.length;
  let total = 0;
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const weight = weights[i]!;
    total += weight;
    sum += weight * scores[i]!;
  }
  const mean = sum / total;
  const toc = quantiles.map((q) => (q >= 1 ? 0 : Number.NaN)); // everybody: zero by construction
  const ascending = quantiles.map((_, q) => q).sort((a, b) => quantiles[a]! - quantiles[b]!);
  const bounds = Float64Array.from(ascending, (q) => (quantiles[q]! >= 1 ? Number.POSITIVE_INFINITY : quantiles[q]! * total));
  // One declaration each: sums taken apart from an array stay boxed in the loop.
  let weightSoFar = 0;
  let sumSoFar = 0;
  let autoc = 0;
  let qini = 0;
  let next = 0;
  let bound = bounds.length === 0 ? Number.POSITIVE_INFINITY : bounds[0]!;
  let first = 0;
  while (first < n && weights[first] === 0) first++;
  for (let i = 0; i < n; ) {
    const end = ends[i]!;
    // Rows of weight zero add nothing once there is weight; before that the mean so far does not exist.
    if (end <= first) {
      i = end;
      continue;
    }
    let own = scores[i]!;
    if (end > i + 1) {
      let tieWeight = 0;
      let tieSum = 0;
      for (let j = i; j < end; j++) {
        tieWeight += weights[j]!;
        tieSum += weights[j]! * scores[j]!;
      }
      own = tieWeight === 0 ? 0 : tieSum / tieWeight;
    }
    for (let j = i < first ? first : i; j < end; j++) {
      const weight = weights[j]!;
      while (bound <= weightSoFar + weight) {
        toc[ascending[next]!] = (sumSoFar + (bound - weightSoFar) * own) / bound - mean;
        next++;
        bound = next < bounds.length ? bounds[next]! : Number.POSITIVE_INFINITY;
      }
      weightSoFar += weight;
      sumSoFar += weight * own;
      const value = sumSoFar / weightSoFar - mean;
      autoc += weight * value;
      qini += weight * weightSoFar * value;
    }
    i = end;
  }
  return { autoc: autoc / total, qini: qini / total / total, toc };
}
