import { cholesky, choleskyBackSolve } from "../linalg/index.ts";
import { weightedRegression } from "./numerics/interacted-fit.ts";

/** Effect with its variance. */
export interface EffectWithVariance {
  readonly effect: number;
  readonly variance: number;
}

/** Jump at zero of polynomials fitted on each side, HC2 variance. */
export function interactedEffect(
  y: Float64Array,
  x: Float64Array,
  side: Uint8Array,
  weights: Float64Array | undefined,
  order: number,
): EffectWithVariance {
  const k = 2 * (order + 1);
  const X = new Float64Array(y.length * k);
  for (let i = 0; i < y.length; i++) {
    let power = 1;
    for (let j = 0; j <= order; j++) {
      X[i * k + j] = power;
      X[i * k + order + 1 + j] = side[i]! * power;
      power *= x[i]!;
    }
  }
  const fit = weightedRegression(
    { X, columns: k, y, weights: weights ?? new Float64Array(y.length).fill(1), clusters: undefined },
    [order + 1],
    "HC2",
    0,
  );
  if (fit === undefined) return { effect: Number.NaN, variance: Number.NaN };
  return { effect: fit.coefficients[order + 1]!, variance: fit.influence.reduce((sum, value) => sum + value * value, 0) };
}

/** The outcome less each side's polynomial, plus its intercept: what it would be at the cutoff. */
export function adjustedOutcome(
  y: Float64Array,
  x: Float64Array,
  side: Uint8Array,
  weights: Float64Array | undefined,
  order: number,
): Float64Array {
  const out = y.slice();
  for (const which of [0, 1]) {
    const k = order + 1;
    const gram = new Float64Array(k * k);
    const right = new Float64Array(k);
    for (let i = 0; i < y.length; i++) {
      if (side[i] !== which) continue;
      const w = weights === undefined ? 1 : weights[i]!;
      for (let a = 0; a < k; a++) {
        right[a]! += w * x[i]! ** a * y[i]!;
        for (let b = 0; b < k; b++) gram[a * k + b]! += w * x[i]! ** (a + b);
      }
    }
    const factor = cholesky(gram, k);
    if (factor === undefined) return out.fill(Number.NaN);
    const b = choleskyBackSolve(factor, k, right);
    for (let i = 0; i < y.length; i++) {
      if (side[i] !== which) continue;
      for (let a = 1; a < k; a++) out[i]! -= b[a]! * x[i]! ** a;
    }
  }
  return out;
}

/** Effect of a treatment with the side as its instrument; HC1 variance. */
export function twoStage(y: Float64Array, d: Float64Array, side: Uint8Array): EffectWithVariance {
  const n = y.length;
  const share = side.reduce((sum, value) => sum + value, 0) / n;
  let meanY = 0;
  let meanD = 0;
  for (let i = 0; i < n; i++) {
    meanY += y[i]! / n;
    meanD += d[i]! / n;
  }
  let zy = 0;
  let zd = 0;
  for (let i = 0; i < n; i++) {
    zy += (side[i]! - share) * y[i]!;
    zd += (side[i]! - share) * d[i]!;
  }
  const effect = zy / zd;
  let meat = 0;
  for (let i = 0; i < n; i++) meat += ((side[i]! - share) * (y[i]! - meanY - effect * (d[i]! - meanD))) ** 2;
  return { effect, variance: ((n / (n - 2)) * meat) / zd ** 2 };
}
