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
