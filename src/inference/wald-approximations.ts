import { multiply, multiplyVector, symmetricEigen, symmetricPower, transpose } from "../linalg/index.ts";
import type { GroupCodes } from "../moments/index.ts";
import { formProducts } from "./cluster-adjustment.ts";
import type { ClusterMoments } from "./cluster-moments.ts";
import type { EstimatingEquations } from "./covariance.ts";
import { adjusted, contrastOf } from "./vcov-bias-reduced.ts";

/**
 * q restrictions in units of the expectation `Omega` of their estimated covariance under independent errors of equal variance:
 * D, the estimate in those units, has expectation I.
 */
export interface StandardizedRestrictions {
  readonly restrictions: number;
  /** `Omega^(-1/2)`, q by q, row-major, up to a common factor. */
  readonly root: Float64Array;
  /** `P(a, b)` over clusters, G by G, for combinations a and b of the standardized restrictions: `Cov(a'Da, b'Db) = 2 sum P(a, b)^2`. */
  readonly products: (a: Float64Array, b: Float64Array) => Float64Array;
}

/** The restrictions' linear forms under a variant of the clustered covariance. */
export function standardizedRestrictions(
  equations: EstimatingEquations,
  groups: GroupCodes,
  variant: string,
  contrasts: readonly Float64Array[],
): StandardizedRestrictions {
  const { moments, clusters } = adjusted(equations, groups, variant);
  const { bread } = equations;
  const q = contrasts.length;
  const inBasis = contrasts.map((weights) => basisOf(equations, moments, weights));
  const expected = new Float64Array(q * q);
  for (let s = 0; s < q; s++)
    for (let t = 0; t < q; t++) expected[s * q + t] = traceOf(formProducts(moments, clusters, bread, inBasis[s]!, inBasis[t]!));
  const root = symmetricPower(expected, q, -0.5);
  const standardized = (a: Float64Array): Float64Array => {
    const weights = multiplyVector(root, a, q, q);
    const c = new Float64Array(moments.width);
    for (let t = 0; t < q; t++) for (let p = 0; p < c.length; p++) c[p]! += weights[t]! * inBasis[t]![p]!;
    return c;
  };
  return { restrictions: q, root, products: (a, b) => formProducts(moments, clusters, bread, standardized(a), standardized(b)) };
}

function basisOf(equations: EstimatingEquations, { width }: ClusterMoments, weights: Float64Array): Float64Array {
  const c = new Float64Array(width);
  for (let j = 0; j < weights.length; j++) {
    if (weights[j] === 0) continue;
    const row = contrastOf(equations, j);
    for (let p = 0; p < width; p++) c[p]! += weights[j]! * row[p]!;
  }
  return c;
}

function traceOf(P: Float64Array): number {
  const G = Math.round(Math.sqrt(P.length));
  let sum = 0;
  for (let g = 0; g < G; g++) sum += P[g * G + g]!;
  return sum;
}

function innerOf(A: Float64Array, B: Float64Array): number {
  let sum = 0;
  for (let p = 0; p < A.length; p++) sum += A[p]! * B[p]!;
  return sum;
}

/** How {@link wishartDegrees} matches the distribution of D: HTZ, HTA, HTB. */
export type WishartMatch = "total" | "leastSquares" | "distinct";

/**
 * Degrees of freedom eta of the Wishart distribution that D is taken to follow, `eta D ~ W(eta, I)`, so that
 * `(eta - q + 1) / (eta q) Q ~ F(q, eta - q + 1)`. With A the covariances of D's entries and K those under `eta = 1`:
 *
 * - `"total"` (HTZ): the sum of the variances is matched, `q (q + 1) / sum Var(D_st)` over all entries;
 * - `"leastSquares"` (HTA): A is regressed on K over all pairs of entries, `sum A K / sum A^2`;
 * - `"distinct"` (HTB): over the entries on and above the diagonal, each pair once, `2 sum Var(D_st) / sum A^2`. It changes with the way the restrictions are written.
 *
 * @see Tipton & Pustejovsky (2015), doi:10.3102/1076998615606099; HTZ: Pustejovsky & Tipton (2018), doi:10.1080/07350015.2016.1247004, after Zhang (2012), Open Journal of
 * Statistics 2(1), 1-11; the regression of covariances: Pan & Wall (2002), doi:10.1002/sim.1142
 */
export function wishartDegrees(restrictions: StandardizedRestrictions, match: WishartMatch): number {
  const { restrictions: q, products } = restrictions;
  const unit = Array.from({ length: q }, (_, s) => Float64Array.from({ length: q }, (_, t) => (s === t ? 1 : 0)));
  const P = unit.map((a) => unit.map((b) => products(a, b)));
  // Cov(D_st, D_uv) = sum_gh P_su P_tv + P_sv P_tu
  const covariance = (s: number, t: number, u: number, v: number): number => innerOf(P[s]![u]!, P[t]![v]!) + innerOf(P[s]![v]!, P[t]![u]!);
  let [all, above, cross, square, distinct] = [0, 0, 0, 0, 0];
  for (let s = 0; s < q; s++) {
    for (let t = 0; t < q; t++) {
      const variance = covariance(s, t, s, t);
      all += variance;
      if (s <= t) {
        above += variance;
        distinct += (variance * variance) / 2; // the other half comes with the pairs
      }
      if (match === "total") continue;
      for (let u = 0; u < q; u++) {
        for (let v = 0; v < q; v++) {
          const value = covariance(s, t, u, v);
          square += value * value;
          cross += value * ((s === u && t === v ? 1 : 0) + (s === v && t === u ? 1 : 0));
          if (s <= t && u <= v) distinct += (value * value) / 2;
        }
      }
    }
  }
  return match === "total" ? (q * (q + 1)) / all : match === "leastSquares" ? cross / square : (2 * above) / distinct;
}

/** The quadratic form as a sum of squared independent t ratios along the eigenvectors of D, each with Satterthwaite's degrees of freedom. */
export interface SpectralRatios {
  readonly ratios: Float64Array;
  readonly degreesOfFreedom: Float64Array;
}

/**
 * Ratios along the eigenvectors of D.
 * @param distance - `R b - r`, length q.
 * @param covariance - its estimated covariance, q by q, row-major.
 * @see Fai & Cornelius (1996), doi:10.1080/00949659608811740
 */
export function spectralRatios(
  { restrictions: q, root, products }: StandardizedRestrictions,
  distance: Float64Array,
  covariance: Float64Array,
): SpectralRatios {
  const D = multiply(multiply(root, covariance, q, q, q), root, q, q, q);
  for (let a = 0; a < q; a++) for (let b = 0; b < a; b++) D[b * q + a] = D[a * q + b]!;
  const { values, vectors } = symmetricEigen(D, q);
  const along = multiplyVector(transpose(vectors, q, q), multiplyVector(root, distance, q, q), q, q);
  const degreesOfFreedom = Float64Array.from({ length: q }, (_, s) => {
    const u = Float64Array.from({ length: q }, (_, a) => vectors[a * q + s]!);
    const P = products(u, u);
    return traceOf(P) ** 2 / innerOf(P, P);
  });
  return { ratios: along.map((value, s) => value / Math.sqrt(values[s]!)), degreesOfFreedom };
}

/** An F(1, nu) has a variance only above 4 degrees of freedom: fewer count as this many, as in R's clubSandwich. */
const FEWEST = 4.1;

/**
 * F approximation of a sum of squared t ratios by its mean and variance: `factor Q / q ~ F(q, denominator)` (EDF).
 * @see Fai & Cornelius (1996), doi:10.1080/00949659608811740
 */
export function spectralF({ degreesOfFreedom }: SpectralRatios): { readonly factor: number; readonly denominator: number } {
  const q = degreesOfFreedom.length;
  let [mean, variance] = [0, 0];
  for (const own of degreesOfFreedom) {
    const nu = Math.max(own, FEWEST);
    mean += nu / (nu - 2);
    variance += (2 * nu * nu * (nu - 1)) / ((nu - 2) ** 2 * (nu - 4));
  }
  const ratio = variance / (mean * mean);
  const denominator = (4 * ratio * q + 2 * q - 4) / (ratio * q - 2);
  return { factor: (q * denominator) / ((denominator - 2) * mean), denominator };
}

/**
 * Sum of the squared ratios after each was made normal by Hill's (1970) expansion: chi-squared with q degrees of freedom (EDT).
 * @see Alexander & Govern (1994), doi:10.2307/1165140; Cai & Hayes (2008), doi:10.3102/1076998607302628
 */
export function normalizedForm({ ratios, degreesOfFreedom }: SpectralRatios): number {
  let sum = 0;
  ratios.forEach((t, s) => {
    const nu = degreesOfFreedom[s]!;
    const a = nu - 0.5;
    const b = 48 * a * a;
    const c = Math.sqrt(a * Math.log1p((t * t) / nu));
    const z = c + (c ** 3 + 3 * c) / b - (4 * c ** 7 + 33 * c ** 5 + 240 * c ** 3 + 855 * c) / (10 * b * b + 8 * b * c ** 4 + 1000 * b);
    sum += z * z;
  });
  return sum;
}
