import { cholesky, multiply, multiplyVector, symmetricEigen, symmetricPower, transpose } from "../linalg/index.ts";
import type { GroupCodes } from "../moments/index.ts";
import { block, collectClusterMoments } from "./cluster-moments.ts";
import type { EstimatingEquations } from "./covariance.ts";

/**
 * All that jackknife and wild bootstrap need of a linear fit: `gram[g]` is `X_g'W_gX_g` (k by k, row-major) and `scores[g]` is
 * `X_g'W_ge_g`, in the basis of the estimating equations.
 */
export interface ClusterSums {
  readonly clusters: number;
  /** Columns of the design, k. */
  readonly width: number;
  readonly gram: readonly Float64Array[];
  readonly scores: readonly Float64Array[];
}

/** The sums over clusters, one pass over the rows. */
export function clusterSums(equations: EstimatingEquations, groups: GroupCodes): ClusterSums {
  const { clusters, width: k, wide: r, products, residuals } = collectClusterMoments(equations, groups);
  if (r === k) return { clusters, width: k, gram: products, scores: residuals };
  return {
    clusters,
    width: k,
    gram: products.map((C) => block(C, r, 0, r - k, k, k)),
    scores: residuals.map((sum) => sum.slice(r - k)),
  };
}

/** `sum_g A_g`, k by k. */
export function totalGram({ gram, width }: ClusterSums): Float64Array {
  const total = new Float64Array(width * width);
  for (const A of gram) for (let p = 0; p < total.length; p++) total[p]! += A[p]!;
  return total;
}

/** N with `N N' = B`, k by k: a Cholesky factor, or a symmetric root in units of the diagonal where B is singular. */
export function breadRoot(bread: Float64Array, k: number): Float64Array {
  return cholesky(bread, k) ?? unitPower(bread, k, 0.5, (value, row) => value * row);
}

/** The (generalised) inverse of {@link breadRoot}'s N: neither depends on the regressors' units. */
export function breadRootInverse(bread: Float64Array, k: number): Float64Array {
  const L = cholesky(bread, k);
  if (L === undefined) return unitPower(bread, k, -0.5, (value, _row, column) => (column > 0 ? value / column : 0));
  const inverse = new Float64Array(k * k); // lower triangular
  for (let j = 0; j < k; j++) {
    for (let i = j; i < k; i++) {
      let sum = i === j ? 1 : 0;
      for (let p = j; p < i; p++) sum -= L[i * k + p]! * inverse[p * k + j]!;
      inverse[i * k + j] = sum / L[i * k + i]!;
    }
  }
  return inverse;
}

/** A power of B in units of its diagonal, each entry then put into units of its row or column. */
function unitPower(
  bread: Float64Array,
  k: number,
  power: number,
  scale: (value: number, row: number, column: number) => number,
): Float64Array {
  const size = Float64Array.from({ length: k }, (_, j) => Math.sqrt(bread[j * k + j]!));
  const unit = bread.map((value, p) => value / (size[Math.floor(p / k)]! * size[p % k]! || 1));
  return symmetricPower(unit, k, power).map((value, p) => scale(value, size[Math.floor(p / k)]!, size[p % k]!));
}

/**
 * The part of the root N orthogonal to q restrictions R (q by k): `N E`, E orthonormal with `R N E = 0`, so that all solutions of
 * `R b = r` are one of them plus `N E t`. k by (k - q), row-major.
 */
export function restrictedRoot(root: Float64Array, restrictions: readonly Float64Array[], k: number): Float64Array {
  const taken: Float64Array[] = restrictions.map((row) => multiplyVector(transpose(root, k, k), row, k, k));
  const basis: Float64Array[] = [];
  for (const v of taken) orthogonalise(v, basis);
  const kept: Float64Array[] = [];
  for (let j = 0; j < k && kept.length < k - restrictions.length; j++) {
    const unit = new Float64Array(k);
    unit[j] = 1;
    if (orthogonalise(unit, basis)) kept.push(unit);
  }
  const E = new Float64Array(k * kept.length);
  kept.forEach((v, c) => {
    for (let a = 0; a < k; a++) E[a * kept.length + c] = v[a]!;
  });
  return multiply(root, E, k, k, kept.length);
}

/** Below this share of its length a vector counts as a combination of the basis. */
const DEPENDENT = 1e-8;

/** Makes v orthogonal to the basis (twice, for accuracy), of length one, and part of it; false when nothing is left. */
function orthogonalise(v: Float64Array, basis: Float64Array[]): boolean {
  const before = length(v);
  for (let pass = 0; pass < 2; pass++) {
    for (const b of basis) {
      let sum = 0;
      for (let a = 0; a < v.length; a++) sum += v[a]! * b[a]!;
      for (let a = 0; a < v.length; a++) v[a]! -= sum * b[a]!;
    }
  }
  const after = length(v);
  if (!(after > DEPENDENT * before)) return false;
  for (let a = 0; a < v.length; a++) v[a]! /= after;
  basis.push(v);
  return true;
}

function length(v: Float64Array): number {
  let sum = 0;
  for (const value of v) sum += value * value;
  return Math.sqrt(sum);
}

/** Inverses without a cluster. */
export interface OmittedInverses {
  /** `N (N'(A - A_g)N)^+ N'` for each cluster, k by k. */
  readonly inverses: readonly Float64Array[];
  /** Clusters without which the rest cannot identify all coefficients. */
  readonly singular: readonly number[];
}

/** Eigenvalues of `N'(A - A_g)N`, which lie between 0 and 1, at or below this are zero. */
const SINGULAR = 1e-10;

/**
 * `(A - A_g)^-1` for each cluster g, through a root N (k by m) of the whole inverse; with a restricted root, the inverse on the
 * space where the restrictions hold.
 */
export function omittedInverses(sums: ClusterSums, root: Float64Array, m: number): OmittedInverses {
  const k = sums.width;
  const total = totalGram(sums);
  const rootT = transpose(root, k, m);
  const singular: number[] = [];
  const inverses = sums.gram.map((A, g) => {
    const rest = total.map((value, p) => value - A[p]!);
    const inner = multiply(multiply(rootT, rest, m, k, k), root, m, k, m);
    for (let a = 0; a < m; a++) for (let b = 0; b < a; b++) inner[b * m + a] = inner[a * m + b]!;
    const half = inverseRoot(inner, m);
    if (half.singular) singular.push(g);
    const wide = multiply(root, half.factor, k, m, m);
    return multiply(wide, transpose(wide, k, m), k, m, k);
  });
  return { inverses, singular };
}

/** F with `F F' = C^+`, m by m. */
function inverseRoot(C: Float64Array, m: number): { readonly factor: Float64Array; readonly singular: boolean } {
  const L = cholesky(C, m);
  if (L !== undefined) {
    const factor = new Float64Array(m * m); // L'^-1, upper triangular
    let largest = 0;
    for (let j = 0; j < m; j++) {
      factor[j * m + j] = 1 / L[j * m + j]!;
      for (let i = j + 1; i < m; i++) {
        let sum = 0;
        for (let p = j; p < i; p++) sum -= L[i * m + p]! * factor[j * m + p]!;
        factor[j * m + i] = sum / L[i * m + i]!;
      }
      let diagonal = 0;
      for (let p = j; p < m; p++) diagonal += factor[j * m + p]! ** 2;
      largest = Math.max(largest, diagonal);
    }
    if (largest < 1 / SINGULAR) return { factor, singular: false };
  }
  const { values, vectors } = symmetricEigen(C, m);
  const factor = new Float64Array(m * m);
  let zeros = 0;
  for (let p = 0; p < m; p++) {
    if (!(values[p]! > SINGULAR)) {
      zeros++;
      continue;
    }
    const scale = 1 / Math.sqrt(values[p]!);
    for (let a = 0; a < m; a++) factor[a * m + p] = vectors[a * m + p]! * scale;
  }
  return { factor, singular: zeros > 0 };
}
