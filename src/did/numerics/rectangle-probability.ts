import { normalCdf, normalQuantile } from "../../distributions/index.ts";

/** Points of the lattice rule. */
const POINTS = 1 << 12;

const PRIMES = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109, 113];

/** Probability of a box under a normal distribution and the mean inside it. */
export interface BoxMoments {
  readonly probability: number;
  readonly mean: Float64Array;
}

/**
 * Normal probability of `lower <= x <= upper` and the conditional mean of x there, by sequential conditioning over a deterministic lattice
 * (Richtmyer generators, each point used with its mirror image); error about 1e-5 in a few dimensions, 1e-4 in ten.
 *
 * @param L - lower Cholesky factor of the covariance, n by n, row-major.
 * @see Genz & Bretz (2009), Computation of Multivariate Normal and t Probabilities, 4.2
 */
export function normalBox(mean: Float64Array, L: Float64Array, lower: Float64Array, upper: Float64Array): BoxMoments {
  const n = mean.length;
  const total = new Float64Array(n);
  const z = new Float64Array(n);
  let probability = 0;
  for (let point = 1; point <= POINTS; point++) {
    for (let mirror = 0; mirror < 2; mirror++) {
      let weight = 1;
      for (let i = 0; i < n && weight > 0; i++) {
        let shift = mean[i]!;
        for (let j = 0; j < i; j++) shift += L[i * n + j]! * z[j]!;
        const scale = L[i * n + i]!;
        const low = normalCdf((lower[i]! - shift) / scale, "lower");
        const high = normalCdf((upper[i]! - shift) / scale, "lower");
        weight *= Math.max(0, high - low);
        let u = (point * Math.sqrt(PRIMES[i % PRIMES.length]!)) % 1;
        u = Math.abs(2 * u - 1); // baker's transform: the integrand becomes periodic
        if (mirror === 1) u = 1 - u;
        const p = Math.min(1 - 1e-16, Math.max(1e-300, low + u * (high - low)));
        z[i] = normalQuantile(p, "lower");
      }
      if (!(weight > 0)) continue;
      probability += weight;
      for (let i = 0; i < n; i++) {
        let x = mean[i]!;
        for (let j = 0; j <= i; j++) x += L[i * n + j]! * z[j]!;
        total[i]! += weight * x;
      }
    }
  }
  return { probability: probability / (2 * POINTS), mean: total.map((sum) => sum / probability) };
}
