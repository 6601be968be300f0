import { normalCdf, normalQuantile } from "../distributions/index.ts";

/**
 * Interval of one statistic from its sorted draws; `"bca"` needs the statistic without each unit.
 * @see Efron (1987), doi:10.1080/01621459.1987.10478410
 */
export function bootstrapInterval(
  sorted: Float64Array,
  value: number,
  without: readonly number[],
  { interval, level }: { readonly interval: "percentile" | "basic" | "bca"; readonly level: number },
): readonly [number, number] {
  const tails = [(1 - level) / 2, (1 + level) / 2] as const;
  if (interval === "bca") {
    const [low, high] = tails.map((tail) => quantile(sorted, bcaTail(sorted, value, without, tail)));
    return [low!, high!];
  }
  const [low, high] = [quantile(sorted, tails[0]), quantile(sorted, tails[1])];
  return interval === "basic" ? [2 * value - high, 2 * value - low] : [low, high];
}

/** Efron's (1987) adjusted tail: `Phi(z0 + (z0 + z) / (1 - a (z0 + z)))`. */
function bcaTail(sorted: Float64Array, value: number, without: readonly number[], tail: number): number {
  let [below, equal] = [0, 0];
  for (const draw of sorted) {
    if (draw < value) below++;
    else if (draw === value) equal++;
  }
  const bias = normalQuantile(Math.min(Math.max((below + equal / 2) / sorted.length, 0.5 / sorted.length), 1 - 0.5 / sorted.length));
  const mean = without.reduce((sum, one) => sum + one, 0) / without.length;
  const square = without.reduce((sum, one) => sum + (mean - one) ** 2, 0);
  const cube = without.reduce((sum, one) => sum + (mean - one) ** 3, 0);
  const acceleration = square > 0 ? cube / (6 * square ** 1.5) : 0;
  const z = bias + normalQuantile(tail);
  return normalCdf(bias + z / (1 - acceleration * z));
}

/** Quantile by linear interpolation at `(B + 1) p`, R's type 6, within the draws. */
function quantile(sorted: Float64Array, p: number): number {
  const at = Math.min(Math.max((sorted.length + 1) * p - 1, 0), sorted.length - 1);
  const low = Math.floor(at);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low]! + (at - low) * (sorted[high]! - sorted[low]!);
}
