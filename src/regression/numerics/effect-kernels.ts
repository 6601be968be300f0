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

/** Sum of weights of each unit. */
export function sumByUnit(offsets: Int32Array, weights: Float64Array | undefined): Float64Array {
  const out = new Float64Array(offsets.length - 1);
  for (let u = 0; u < out.length; u++) {
    if (weights === undefined) out[u] = offsets[u + 1]! - offsets[u]!;
    else for (let i = offsets[u]!; i < offsets[u + 1]!; i++) out[u]! += weights[i]!;
  }
  return out;
}
