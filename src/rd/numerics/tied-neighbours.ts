import type { Side } from "./side.ts";

/**
 * Residuals of the first `rows` rows of a side against the rows at their `matches` smallest distinct distances, both of two equally distant
 * values counting as one: `sqrt(m / (m + 1))` times the difference to the mean of those m rows. Rows of the same value are no neighbours.
 *
 * @returns undefined where a row has no neighbour.
 */
export function tiedNeighbourResiduals(side: Side, rows: number, matches: number): Float64Array | undefined {
  const { distance, starts } = side;
  const y = side.columns[0]!;
  let values = 0;
  while (starts[values]! < rows) values++;
  if (values < 2) return undefined;
  const sums = new Float64Array(values);
  for (let g = 0; g < values; g++) for (let i = starts[g]!; i < starts[g + 1]!; i++) sums[g]! += y[i]!;
  const gap = (a: number, b: number): number => distance[starts[b]!]! - distance[starts[a]!]!;
  const out = new Float64Array(rows);
  for (let g = 0; g < values; g++) {
    let [low, high, sum, count] = [g, g, 0, 0];
    for (let taken = 0; taken < matches && (low > 0 || high < values - 1); taken++) {
      const below = low > 0 ? gap(low - 1, g) : Number.POSITIVE_INFINITY;
      const above = high < values - 1 ? gap(g, high + 1) : Number.POSITIVE_INFINITY;
      if (below <= above) {
        low--;
        sum += sums[low]!;
        count += starts[low + 1]! - starts[low]!;
      }
      if (above <= below) {
        high++;
        sum += sums[high]!;
        count += starts[high + 1]! - starts[high]!;
      }
    }
    const factor = Math.sqrt(count / (count + 1));
    for (let i = starts[g]!; i < starts[g + 1]!; i++) out[i] = factor * (y[i]! - sum / count);
  }
  return out;
}
