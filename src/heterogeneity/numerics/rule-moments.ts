import { logGamma } from "../../distributions/index.ts";

/** An experiment's rows: outcome, 0/1 treatment, and the number of treated rows. */
export interface Trial {
  readonly outcome: Float64Array;
  readonly treatment: Float64Array;
  readonly treated: number;
}

/** An estimate with its variance. */
export interface Measured {
  readonly estimate: number;
  readonly variance: number;
}

/** Sum over rows of `a_i` times (Y W / n_1 - Y (1 - W) / n_0). */
export function weightedContrast({ outcome, treatment, treated }: Trial, a: Float64Array): number {
  const n = outcome.length;
  let one = 0;
  let zero = 0;
  for (let i = 0; i < n; i++) {
    if (treatment[i] === 1) one += a[i]! * outcome[i]!;
    else zero += a[i]! * outcome[i]!;
  }
  return one / treated - zero / (n - treated);
}

/** Neyman's variance `S_1^2 / n_1 + S_0^2 / n_0` of the products `a_i Y_i`, sample variances by arm. */
export function neymanVariance({ outcome, treatment, treated }: Trial, a: Float64Array, b: Float64Array = a): number {
  const n = outcome.length;
  const control = n - treated;
  let mean1 = 0;
  let mean0 = 0;
  for (let i = 0; i < n; i++) {
    if (treatment[i] === 1) mean1 += (a[i]! * outcome[i]!) / treated;
    else mean0 += (b[i]! * outcome[i]!) / control;
  }
  let squares1 = 0;
  let squares0 = 0;
  for (let i = 0; i < n; i++) {
    if (treatment[i] === 1) squares1 += (a[i]! * outcome[i]! - mean1) ** 2;
    else squares0 += (b[i]! * outcome[i]! - mean0) ** 2;
  }
  return squares1 / (treated - 1) / treated + squares0 / (control - 1) / control;
}

/** Difference in means among the rows with `f` equal to `value`; NaN when an arm is empty there. */
export function differenceWithin({ outcome, treatment }: Trial, f: Float64Array, value: number): number {
  const [sum, count] = [
    [0, 0],
    [0, 0],
  ];
  for (let i = 0; i < f.length; i++) {
    if (f[i] !== value) continue;
    const arm = treatment[i]!;
    sum[arm]! += outcome[i]!;
    count[arm]!++;
  }
  return sum[1]! / count[1]! - sum[0]! / count[0]!;
}

/** Rows from the highest score down, ties by row. */
export function descending(scores: Float64Array): Int32Array {
  return Int32Array.from(scores, (_, i) => i).sort((a, b) => scores[b]! - scores[a]! || a - b);
}

/**
 * Area under the prescriptive effect curve: the k rows with the highest scores are treated, k = 1 ... n, but never more than the `positive` rows the
 * rule would treat at all; averaged over k, less treating half of the rows at random.
 * Variance: Neyman's for the weights (share of the curve a row is treated in, less one half) plus the covariance that ranking among each other
 * brings between two rows, in expectation over the number treated, binomial(n, positive / n) (Imai and Li 2023, theorem on the AUPEC; the sum over the binomial is exact).
 */
export function prescriptiveArea(trial: Trial, order: Int32Array, positive: number): Measured {
  const n = order.length;
  const weight = new Float64Array(n).fill(-0.5);
  for (let r = 0; r < positive; r++) weight[order[r]!]! += (n - r) / n;
  return {
    estimate: weightedContrast(trial, weight),
    variance: neymanVariance(trial, weight) + rankingCovariance(effectsOfTop(trial, order), positive / n),
  };
}

/** Difference in means among the z rows ranked first, z = 0 ... n; 0 while an arm is empty. */
function effectsOfTop({ outcome, treatment }: Trial, order: Int32Array): Float64Array {
  const out = new Float64Array(order.length + 1);
  let sum1 = 0;
  let sum0 = 0;
  let count1 = 0;
  let count0 = 0;
  for (let r = 0; r < order.length; r++) {
    const row = order[r]!;
    if (treatment[row] === 1) {
      sum1 += outcome[row]!;
      count1++;
    } else {
      sum0 += outcome[row]!;
      count0++;
    }
    out[r + 1] = count1 > 0 && count0 > 0 ? sum1 / count1 - sum0 / count0 : 0;
  }
  return out;
}

/**
 * Covariance of two rows' contributions `A_i = (1/n) sum_z f_min(z, Z)(i) tau_i - tau_i / 2`, f_z(i) = 1 for the z rows ranked first, Z binomial(n, p):
 * `E[f_z(i) f_y(j) tau_i tau_j] = (z y k_z k_y - min(z, y) k_min^2) / (n (n - 1))` with k_z the effect among the first z.
 */
function rankingCovariance(effects: Float64Array, p: number): number {
  const n = effects.length - 1;
  const all = effects[n]!;
  let sumOfFirst = 0;
  let sumOfSquares = 0;
  let squaresByPair = 0;
  let meanProduct = 0;
  let mean = 0;
  for (let z = 0; z <= n; z++) {
    const effect = effects[z]!;
    const chance = binomial(n, z, p);
    if (chance > 0) {
      const rest = n - z + (z > 0 ? 1 : 0);
      const first = sumOfFirst + rest * z * effect;
      const pairs = squaresByPair + rest * rest * z * effect * effect;
      const squares = sumOfSquares + rest * z * effect * effect;
      const product = (first * first - pairs) / (n * (n - 1)) / (n * n) - (first * n * all - squares) / (n * n * (n - 1)) + (all * all) / 4;
      meanProduct += chance * product;
      mean += chance * (first / (n * n) - all / 2);
    }
    sumOfFirst += z * effect;
    sumOfSquares += z * effect * effect;
    squaresByPair += z * effect * effect * (2 * (n - z) + 1);
  }
  return meanProduct - mean * mean;
}

function binomial(n: number, k: number, p: number): number {
  if (p <= 0) return k === 0 ? 1 : 0;
  if (p >= 1) return k === n ? 1 : 0;
  return Math.exp(logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1) + k * Math.log(p) + (n - k) * Math.log1p(-p));
}
