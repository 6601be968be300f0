/** Kernels of long-run covariances. */
export type SerialKernel = "bartlett" | "parzen" | "tukeyHanning" | "quadraticSpectral" | "truncated";

/** Weight of a lag at `x` bandwidths. @see Andrews (1991), doi:10.2307/2938229 */
export function kernelWeight(kernel: SerialKernel, x: number): number {
  const size = Math.abs(x);
  if (size === 0) return 1;
  if (kernel === "quadraticSpectral") {
    const y = (6 * Math.PI * size) / 5;
    return (3 / (y * y)) * (Math.sin(y) / y - Math.cos(y));
  }
  if (size > 1) return 0;
  switch (kernel) {
    case "bartlett":
      return 1 - size;
    case "parzen":
      return size < 0.5 ? 1 - 6 * size ** 2 + 6 * size ** 3 : 2 * (1 - size) ** 3;
    case "tukeyHanning":
      return (1 + Math.cos(Math.PI * size)) / 2;
    default:
      return 1;
  }
}

/** Constant, order of the kernel at zero, and exponent of the growth of the optimal lag, by kernel. */
const PLUG_IN = {
  bartlett: { constant: 1.1447, order: 1, exponent: 2 / 9 },
  parzen: { constant: 2.6614, order: 2, exponent: 4 / 25 },
  quadraticSpectral: { constant: 1.3221, order: 2, exponent: 2 / 25 },
  tukeyHanning: { constant: 1.7462, order: 2, exponent: 2 / 9 },
  truncated: { constant: 0.6611, order: 2, exponent: 2 / 9 },
} as const;

/**
 * Newey and West's (1994) plug-in bandwidth from autocovariances of the summed scores; a leading constant has weight 0.
 *
 * @param scores - n by k, row-major, in order of time.
 * @see Newey & West (1994), doi:10.2307/2297912
 */
export function neweyWestBandwidth(
  scores: Float64Array,
  k: number,
  constantFirst: boolean,
  kernel: "bartlett" | "parzen" | "quadraticSpectral" = "bartlett",
  prewhitened = 0,
): number {
  const n = scores.length / k;
  const { constant, order, exponent } = PLUG_IN[kernel];
  const lags = Math.floor((prewhitened > 0 ? 3 : 4) * (n / 100) ** exponent);
  const first = constantFirst && k > 1 ? 1 : 0;
  const h = new Float64Array(n);
  for (let t = 0; t < n; t++) for (let j = first; j < k; j++) h[t]! += scores[t * k + j]!;
  let [s0, sq] = [0, 0];
  for (let lag = 0; lag <= lags; lag++) {
    let sigma = 0;
    for (let t = lag; t < n; t++) sigma += h[t]! * h[t - lag]!;
    sigma /= n;
    s0 += lag === 0 ? sigma : 2 * sigma;
    sq += 2 * lag ** order * sigma;
  }
  const power = 1 / (2 * order + 1);
  return constant * ((sq / s0) ** 2) ** power * (n + prewhitened) ** power;
}

/**
 * Andrews' (1991) bandwidth from first-order autoregressions of the scores, fitted by least squares with an intercept; a leading
 * constant has weight 0.
 */
export function andrewsBandwidth(scores: Float64Array, k: number, constantFirst: boolean, kernel: SerialKernel): number {
  const n = scores.length / k;
  let [numerator, denominator] = [0, 0];
  for (let j = constantFirst && k > 1 ? 1 : 0; j < k; j++) {
    const { rho, variance } = autoregression(scores, k, j);
    const size = variance * variance;
    denominator += size / (1 - rho) ** 4;
    numerator += (4 * rho * rho * size) / (kernel === "bartlett" ? (1 - rho) ** 6 * (1 + rho) ** 2 : (1 - rho) ** 8);
  }
  const { constant, order } = PLUG_IN[kernel];
  return constant * ((numerator / denominator) * n) ** (1 / (2 * order + 1));
}

function autoregression(scores: Float64Array, k: number, j: number): { readonly rho: number; readonly variance: number } {
  const n = scores.length / k;
  let [meanNow, meanBefore] = [0, 0];
  for (let t = 1; t < n; t++) {
    meanNow += scores[t * k + j]! / (n - 1);
    meanBefore += scores[(t - 1) * k + j]! / (n - 1);
  }
  let [cross, square] = [0, 0];
  for (let t = 1; t < n; t++) {
    const before = scores[(t - 1) * k + j]! - meanBefore;
    cross += (scores[t * k + j]! - meanNow) * before;
    square += before * before;
  }
  const rho = cross / square;
  let variance = 0;
  for (let t = 1; t < n; t++) {
    const residual = scores[t * k + j]! - meanNow - rho * (scores[(t - 1) * k + j]! - meanBefore);
    variance += (residual * residual) / (n - 1);
  }
  return { rho, variance };
}
