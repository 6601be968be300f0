/**
 * Loops over rows sorted by unit. Shapes: `x`, `weights` one a row (sorted); `offsets` units + 1; `levels` q a row;
 * `unitWeights` one a unit; `sums`, `beta` one a level. `weights` undefined means ones.
 */

/** Subtracts each unit's weighted mean from its rows. The mean is taken around the unit's first value, so that size loses no digits. */
export function removeUnitMeans(x: Float64Array, offsets: Int32Array, weights: Float64Array | undefined, unitWeights: Float64Array): void {
  for (let u = 0; u + 1 < offsets.length; u++) {
    const [from, to] = [offsets[u]!, offsets[u + 1]!];
    if (from === to) continue;
    const origin = x[from]!;
    let sum = 0;
    if (weights === undefined) for (let i = from + 1; i < to; i++) sum += x[i]! - origin;
    else for (let i = from + 1; i < to; i++) sum += weights[i]! * (x[i]! - origin);
    const mean = origin + sum / unitWeights[u]!;
    for (let i = from; i < to; i++) x[i]! -= mean;
  }
}

/** `sums[l] = sum of w x over the rows of level l`. */
export function levelSums(x: Float64Array, levels: Int32Array, q: number, weights: Float64Array | undefined, sums: Float64Array): void {
  sums.fill(0);
  if (q === 1 && weights === undefined) {
    for (let i = 0; i < x.length; i++) sums[levels[i]!]! += x[i]!;
    return;
  }
  for (let i = 0, at = 0; i < x.length; i++) {
    const value = weights === undefined ? x[i]! : weights[i]! * x[i]!;
    for (let p = 0; p < q; p++) sums[levels[at++]!]! += value;
  }
}

/** Subtracts the levels' effects from the rows, and the unit means of those effects with the opposite sign: `x -= M D beta`. */
export function subtractLevels(
  x: Float64Array,
  offsets: Int32Array,
  levels: Int32Array,
  q: number,
  weights: Float64Array | undefined,
  unitWeights: Float64Array,
  beta: Float64Array,
): void {
  for (let u = 0; u + 1 < offsets.length; u++) {
    const [from, to] = [offsets[u]!, offsets[u + 1]!];
    let mean = 0;
    if (q === 1 && weights === undefined) {
      for (let i = from; i < to; i++) mean += beta[levels[i]!]!;
      mean /= to - from;
      for (let i = from; i < to; i++) x[i]! += mean - beta[levels[i]!]!;
      continue;
    }
    for (let i = from, at = from * q; i < to; i++) {
      let effect = 0;
      for (let p = 0; p < q; p++) effect += beta[levels[at++]!]!;
      mean += weights === undefined ? effect : weights[i]! * effect;
    }
    mean /= unitWeights[u]!;
    for (let i = from, at = from * q; i < to; i++) {
      let effect = 0;
      for (let p = 0; p < q; p++) effect += beta[levels[at++]!]!;
      x[i]! += mean - effect;
    }
  }
}

/** `out = D' W M D beta`: the Schur complement of the units times a vector, in one pass. */
export function schurTimes(
  beta: Float64Array,
  offsets: Int32Array,
  levels: Int32Array,
  q: number,
  weights: Float64Array | undefined,
  unitWeights: Float64Array,
  out: Float64Array,
): void {
  out.fill(0);
  for (let u = 0; u + 1 < offsets.length; u++) {
    const [from, to] = [offsets[u]!, offsets[u + 1]!];
    let mean = 0;
    for (let i = from, at = from * q; i < to; i++) {
      let effect = 0;
      for (let p = 0; p < q; p++) effect += beta[levels[at++]!]!;
      mean += weights === undefined ? effect : weights[i]! * effect;
    }
    mean /= unitWeights[u]!;
    for (let i = from, at = from * q; i < to; i++) {
      let effect = -mean;
      for (let p = 0; p < q; p++) effect += beta[levels[at + p]!]!;
      if (weights !== undefined) effect *= weights[i]!;
      for (let p = 0; p < q; p++) out[levels[at++]!]! += effect;
    }
  }
}

/** {@link removeUnitMeans} and {@link levelSums} in one pass, for one other effect and no weights: rows of a unit are still in the cache. */
export function removeMeansAndSum(x: Float64Array, offsets: Int32Array, levels: Int32Array, sums: Float64Array): void {
  sums.fill(0);
  for (let u = 0; u + 1 < offsets.length; u++) {
    const [from, to] = [offsets[u]!, offsets[u + 1]!];
    if (from === to) continue;
    const origin = x[from]!;
    let [sum, other] = [0, 0];
    let i = from + 1;
    for (; i + 1 < to; i += 2) {
      sum += x[i]! - origin;
      other += x[i + 1]! - origin;
    }
    if (i < to) sum += x[i]! - origin;
    const mean = origin + (sum + other) / (to - from);
    for (i = from; i < to; i++) {
      const value = x[i]! - mean;
      x[i] = value;
      sums[levels[i]!]! += value;
    }
  }
}

/** Weighted sum of squares around the mean, in one pass around the first value. */
export function spreadOf(x: Float64Array, weights: Float64Array | undefined): number {
  const origin = x[0] ?? 0;
  let [weight, sum, square] = [x.length, 0, 0];
  if (weights === undefined) {
    let [sum1, square1] = [0, 0];
    let i = 0;
    for (; i + 1 < x.length; i += 2) {
      const [a, b] = [x[i]! - origin, x[i + 1]! - origin];
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
  const around = square - (sum * sum) / weight;
  return around > 1e-6 * square ? around : spreadAround(x, weights, origin + sum / weight);
}

/** The two-pass form, where the first value lies far from the mean beside the spread. */
function spreadAround(x: Float64Array, weights: Float64Array | undefined, mean: number): number {
  let square = 0;
  for (let i = 0; i < x.length; i++) {
    const a = x[i]! - mean;
    square += (weights === undefined ? 1 : weights[i]!) * a * a;
  }
  return square;
}

/** Sum of weights of each unit. */
export function sumByUnit(offsets: Int32Array, weights: Float64Array | undefined): Float64Array {
  const out = new Float64Array(offsets.length - 1);
  for (let u = 0; u < out.length; u++) {
    if (weights === undefined) out[u] = offsets[u + 1]! - offsets[u]!;
    else for (let i = offsets[u]!; i < offsets[u + 1]!; i++) out[u]! += weights[i]!;
  }
  return out;
}
