/** Weighted sum of squares around the mean, in one pass around the first value. */
export function spreadOf(x: Float64Array, weights: Float64Array | undefined): number {
  const origin = x[0] ?? 0;
  let [weight, sum, square] = [x.length, 0, 0];
  if (weights === undefined) {
    let sum1 = 0;
    let square1 = 0;
    let i = 0;
    for (; i + 1 < x.length; i += 2) {
      const a = x[i]! - origin;
      const b = x[i + 1]! - origin;
      sum += a;
      sum1 += b;
      square += a * a;
      square1 += b * b;
    }
    if (i < x.length) {
      const a = x[i]! - origin;
      sum += a;
      square += a * a;
    }
    sum += sum1;
    square += square1;
  } else {
    weight = 0;
    for (let i = 0; i < x.length; i++) {
      const a = x[i]! - origin;
      weight += weights[i]!;
      sum += weights[i]! * a;
      square += weights[i]! * a * a;
    }
  }
  return spreadFrom(square, sum, weight) ?? spreadAround(x, weights, origin + sum / weight);
}

/** The sum of squares around the mean from sums around another point; `undefined` where that point is too far from the mean. */
export function spreadFrom(square: number, sum: number, weight: number): number | undefined {
  const around = square - (sum * sum) / weight;
  return around > 1e-6 * square ? around : undefined;
}

/** The two-pass form, where the first value lies far from the mean beside the spread. */
export function spreadAround(x: Float64Array, weights: Float64Array | undefined, mean: number): number {
  let square = 0;
  for (let i = 0; i < x.length; i++) {
    const a = x[i]! - mean;
    square += (weights === undefined ? 1 : weights[i]!) * a * a;
  }
  return square;
}

/** Sums over all units, and weighted sums of squares of the unit means around the mean, of four variables from their sums by unit. */
export function unitSpreads(
  unitSums: Float64Array,
  unitWeights: Float64Array,
  weightSum: number,
): { readonly sums: Float64Array; readonly between: Float64Array } {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  for (let at = 0; at < unitSums.length; at += 4) {
    s0 += unitSums[at]!;
    s1 += unitSums[at + 1]!;
    s2 += unitSums[at + 2]!;
    s3 += unitSums[at + 3]!;
  }
  const [m0, m1, m2, m3] = [s0 / weightSum, s1 / weightSum, s2 / weightSum, s3 / weightSum];
  const between = new Float64Array(4);
  for (let u = 0, at = 0; u < unitWeights.length; u++, at += 4) {
    const weight = unitWeights[u]!;
    if (weight === 0) continue;
    const scale = 1 / weight;
    const d0 = unitSums[at]! * scale - m0;
    const d1 = unitSums[at + 1]! * scale - m1;
    const d2 = unitSums[at + 2]! * scale - m2;
    const d3 = unitSums[at + 3]! * scale - m3;
    between[0]! += weight * d0 * d0;
    between[1]! += weight * d1 * d1;
    between[2]! += weight * d2 * d2;
    between[3]! += weight * d3 * d3;
  }
  return { sums: Float64Array.of(s0, s1, s2, s3), between };
}
