/** First row with `x >= value` (or `>` when `strict`). */
export function lowerBound(x: Float64Array, value: number, strict = false): number {
  let low = 0;
  let high = x.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (strict ? x[middle]! <= value : x[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
