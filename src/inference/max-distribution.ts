import { chiSquaredQuantile } from "../distributions/index.ts";
import { criticalValue } from "./estimate.ts";
import { fastNormalCdf, fastNormalQuantile } from "./numerics/fast-normal.ts";

/** The distribution of max |T_i| of a multivariate t, prepared for many evaluations. */
export interface MaxDistribution {
  /** Rows grouped by the last factor they load on: loadings on factors 0 to k, row-major per group. */
  readonly steps: readonly { readonly loadings: readonly Float64Array[] }[];
  /** Lattice points, one array per integrated factor. */
  readonly points: readonly Float64Array[];
  /** Scale sqrt(chi^2 / df) at each point; `undefined` for normal. */
  readonly scale: Float64Array | undefined;
  readonly count: number;
}

/** Squared loadings below this are zero: the statistic is a combination of earlier ones. */
const DEPENDENT = 1e-12;
const PRIMES = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109, 113];

/**
 * Factors the correlation (pivoted Cholesky, rank kept) and lays a lattice over all factors but the last and the scale: the first axis evenly spaced, the others Richtmyer's, folded by the tent map.
 */
export function latticeOf(
  correlation: readonly (readonly number[])[],
  degreesOfFreedom: number,
  points: number,
  scale: Float64Array | undefined = scaleOf(degreesOfFreedom, points),
): MaxDistribution {
  const loadings = pivotedCholesky(correlation);
  const rank = Math.max(...loadings.map((row) => row.length));
  const steps = Array.from({ length: rank }, (_, k) => ({ loadings: loadings.filter((row) => row.length === k + 1) }));
  const scaled = Number.isFinite(degreesOfFreedom);
  const axis = (dimension: number): Float64Array => {
    const root = Math.sqrt(PRIMES[dimension % PRIMES.length]! + Math.floor(dimension / PRIMES.length));
    if (dimension === (scaled ? 0 : 1)) return Float64Array.from({ length: points }, (_, i) => (i + 0.5) / points); // evenly spaced: Hammersley
    return Float64Array.from({ length: points }, (_, i) => {
      const x = ((i + 0.5) * root) % 1;
      return Math.min(Math.max(1 - Math.abs(2 * x - 1), 1e-15), 1 - 1e-15);
    });
  };
  return {
    steps,
    points: Array.from({ length: rank - 1 }, (_, k) => axis(k + 1)),
    scale,
    count: scaled || rank > 1 ? points : 1,
  };
}

/** Scales sqrt(chi^2 / df) at evenly spaced probabilities; `undefined` for normal. Costly, and the same for all correlations. */
export function scaleOf(degreesOfFreedom: number, points: number): Float64Array | undefined {
  if (!Number.isFinite(degreesOfFreedom)) return undefined;
  return Float64Array.from({ length: points }, (_, i) =>
    Math.sqrt(chiSquaredQuantile((i + 0.5) / points, degreesOfFreedom) / degreesOfFreedom),
  );
}

/** Loadings L with L L' = R, each row up to its last nonzero factor. */
function pivotedCholesky(correlation: readonly (readonly number[])[]): Float64Array[] {
  const n = correlation.length;
  const L = Array.from({ length: n }, () => new Float64Array(n));
  const left = Float64Array.from({ length: n }, () => 1);
  const done = new Uint8Array(n);
  let rank = 0;
  for (; rank < n; rank++) {
    let pivot = -1;
    for (let i = 0; i < n; i++) if (done[i] === 0 && (pivot < 0 || left[i]! > left[pivot]!)) pivot = i;
    if (pivot < 0 || left[pivot]! < DEPENDENT) break;
    done[pivot] = 1;
    const root = Math.sqrt(left[pivot]!);
    L[pivot]![rank] = root;
    for (let i = 0; i < n; i++) {
      if (done[i] === 1) continue;
      let sum = correlation[i]![pivot]!;
      for (let k = 0; k < rank; k++) sum -= L[i]![k]! * L[pivot]![k]!;
      L[i]![rank] = sum / root;
      left[i]! -= L[i]![rank]! ** 2;
    }
  }
  return L.map((row) => {
    let length = rank;
    while (length > 1 && row[length - 1]! ** 2 < DEPENDENT) length--;
    return row.slice(0, length);
  });
}

/**
 * P(max |T_i| <= c): factor by factor, each one's range cut by every statistic that ends on it (Genz's sequential conditioning), averaged over the lattice.
 */
export function maxProbability({ steps, points, scale, count }: MaxDistribution, c: number): number {
  const rank = steps.length;
  const u = new Float64Array(rank);
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const bound = scale === undefined ? c : c * scale[i]!;
    let probability = 1;
    for (let k = 0; k < rank; k++) {
      const { loadings } = steps[k]!;
      let low = Number.NEGATIVE_INFINITY;
      let high = Number.POSITIVE_INFINITY;
      for (let r = 0; r < loadings.length; r++) {
        const row = loadings[r]!;
        let part = 0;
        for (let j = 0; j < k; j++) part += row[j]! * u[j]!;
        const size = Math.abs(row[k]!);
        const middle = -part / row[k]!;
        const half = bound / size;
        if (middle - half > low) low = middle - half;
        if (middle + half < high) high = middle + half;
      }
      if (!(high > low)) {
        probability = 0;
        break;
      }
      const below = fastNormalCdf(low);
      const inside = fastNormalCdf(high) - below;
      probability *= inside;
      if (probability === 0) break;
      if (k < rank - 1) u[k] = fastNormalQuantile(Math.min(Math.max(below + points[k]![i]! * inside, 1e-300), 1 - 1e-16));
    }
    sum += probability;
  }
  return sum / count;
}

/**
 * Where P(max |T| <= c) = level: between one test's critical value and Bonferroni's, by false position with halving of a stuck end's value
 * (Illinois), as probabilities rise smoothly.
 */
export function maxCriticalValue(distribution: MaxDistribution, statistics: number, degreesOfFreedom: number, level: number): number {
  if (statistics === 1) return criticalValue(level, degreesOfFreedom);
  // The lattice's own error may put the crossing just outside the exact bounds.
  let low = 0.99 * criticalValue(level, degreesOfFreedom);
  let high = 1.01 * criticalValue(1 - (1 - level) / statistics, degreesOfFreedom);
  let [below, above] = [maxProbability(distribution, low) - level, maxProbability(distribution, high) - level];
  if (!(below < 0 && above > 0)) return below >= 0 ? low : high;
  for (let step = 0, side = 0; step < 60 && high - low > 1e-9 * high; step++) {
    const middle = (low * above - high * below) / (above - below);
    const value = maxProbability(distribution, middle) - level;
    if (Math.abs(value) < 1e-11) return middle;
    if (value < 0) {
      low = middle;
      below = value;
      if (side < 0) above /= 2;
      side = -1;
    } else {
      high = middle;
      above = value;
      if (side > 0) below /= 2;
      side = 1;
    }
  }
  return (low + high) / 2;
}
