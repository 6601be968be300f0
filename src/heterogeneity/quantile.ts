/** Sample quantile of ascending values by linear interpolation between order statistics (type 7 of Hyndman and Fan 1996, R's default). */
export function quantileType7(sorted: Float64Array, probability: number): number {
  const position = (sorted.length - 1) * probability;
  const low = Math.floor(position + 4 * Number.EPSILON);
  const high = Math.min(low + 1, sorted.length - 1);
  const weight = position - low;
  const [below, above] = [sorted[low]!, sorted[high]!];
  // Equal neighbours are the quantile, to the last bit: as a bound it must keep their rows together.
  return below === above || weight <= 4 * Number.EPSILON * position ? below : (1 - weight) * below + weight * above;
}
