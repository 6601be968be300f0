import { multiply, multiplyVector, symmetricEigen, transpose } from "../linalg/index.ts";
import { block, type ClusterMoments, totalProducts } from "./cluster-moments.ts";
import { breadRoot, breadRootInverse } from "./cluster-sums.ts";

/** Residual adjustments of cluster-robust covariances. */
export type Adjustment = "CR0" | "CR2" | "CR3";

/**
 * One cluster's adjusted scores and the linear form behind them: with `b_g = Z_g F_g B c` the coefficient contrast c has
 * `V_c = sum_g (b_g' e_g)^2`.
 */
export interface AdjustedCluster {
  /** `X_g' W_g A_g e_g`, length k. */
  readonly score: Float64Array;
  /** `F_g`, r by k, row-major. */
  readonly form: Float64Array;
}

/** Eigenvalues of `I - H_gg` at or below this are zero: the cluster's rows fit exactly in that direction. */
const SINGULAR = 1e-10;
const NULL_SPACE = 1e-13;

/**
 * Adjusted scores of all clusters by k by k algebra, never an n_g by n_g matrix.
 * CR2: A_g is the symmetric (Moore-Penrose) inverse root of the residuals' covariance under independent errors of equal variance,
 * `I + Z_g M Z_g'`; CR3: `(I - H_gg)^-1`.
 *
 * @param bread - `(X'WX)^-1`, k by k.
 * @see Bell & McCaffrey (2002); Pustejovsky & Tipton (2018), doi:10.1080/07350015.2016.1247004
 */
export function adjustClusters(moments: ClusterMoments, bread: Float64Array, adjustment: Adjustment): readonly AdjustedCluster[] {
  const { width: k, wide: r } = moments;
  const J = weightedSelector(moments);
  const M = residualForm(moments, bread);
  const [root, back] = adjustment === "CR3" ? [breadRoot(bread, k), breadRootInverse(bread, k)] : [bread, bread];
  return moments.products.map((C, g) => {
    const Ze = moments.residuals[g]!;
    if (adjustment === "CR3") return jackknifeCluster(C, Ze, J, root, back, k, r);
    const T = adjustment === "CR0" ? undefined : inverseRootForm(C, M, r);
    const form = T === undefined ? J : add(J, multiply(multiply(T, C, r, r, r), J, r, r, k));
    return { score: multiplyVector(transpose(form, r, k), Ze, k, r), form };
  });
}

/** `W_g X_g = Z_g J`. */
function weightedSelector({ width: k, wide: r }: ClusterMoments): Float64Array {
  const J = new Float64Array(r * k);
  for (let j = 0; j < k; j++) J[(r - k + j) * k + j] = 1;
  return J;
}

/** M with `Var(e_g) = I + Z_g M Z_g'`: `-B` without weights, else `[[B X'W^2X B, -B], [-B, 0]]`. */
export function residualForm(moments: ClusterMoments, bread: Float64Array): Float64Array {
  const { width: k, wide: r } = moments;
  if (r === k) return bread.map((value) => -value);
  const squared = block(totalProducts(moments), r, k, k, k, k); // X'W^2X
  const S = multiply(multiply(bread, squared, k, k, k), bread, k, k, k);
  const M = new Float64Array(r * r);
  for (let a = 0; a < k; a++) {
    for (let b = 0; b < k; b++) {
      M[a * r + b] = S[a * k + b]!;
      M[a * r + k + b] = -bread[a * k + b]!;
      M[(k + a) * r + b] = -bread[a * k + b]!;
    }
  }
  return M;
}

/** T with `(I + Z M Z')^(-1/2) = I + Z T Z'`, zero eigenvalues inverted to zero. */
function inverseRootForm(C: Float64Array, M: Float64Array, r: number): Float64Array {
  const size = Float64Array.from({ length: r }, (_, j) => Math.sqrt(C[j * r + j]!) || 1);
  const scaled = C.map((value, p) => value / (size[Math.floor(p / r)]! * size[p % r]!));
  const { values, vectors } = symmetricEigen(scaled, r);
  const largest = values[r - 1]!;
  const kept = Array.from({ length: r }, (_, j) => j).filter((j) => values[j]! > NULL_SPACE * largest);
  const m = kept.length;
  const R = new Float64Array(m * r); // Z = U R, U orthonormal
  const inverse = new Float64Array(r * m); // R^+
  kept.forEach((j, p) => {
    const root = Math.sqrt(values[j]!);
    for (let a = 0; a < r; a++) {
      R[p * r + a] = root * vectors[a * r + j]! * size[a]!;
      inverse[a * m + p] = vectors[a * r + j]! / (root * size[a]!);
    }
  });
  const inner = multiply(multiply(R, M, m, r, r), transpose(R, m, r), m, r, m);
  for (let a = 0; a < m; a++) for (let b = 0; b < a; b++) inner[b * m + a] = inner[a * m + b]!;
  const eigen = symmetricEigen(inner, m);
  const change = eigen.values.map((value) => (1 + value > SINGULAR ? 1 / Math.sqrt(1 + value) : 0) - 1);
  const left = multiply(inverse, eigen.vectors, r, m, m);
  const T = new Float64Array(r * r);
  for (let a = 0; a < r; a++) {
    for (let b = 0; b < r; b++) for (let p = 0; p < m; p++) T[a * r + b]! += left[a * m + p]! * change[p]! * left[b * m + p]!;
  }
  return T;
}

/** `(I - B C_g)^+ = N (I - N'C_g N)^+ N^+` through a root N of the bread, whatever the regressors' units. */
function jackknifeCluster(
  C: Float64Array,
  Ze: Float64Array,
  J: Float64Array,
  root: Float64Array,
  back: Float64Array,
  k: number,
  r: number,
): AdjustedCluster {
  const own = block(C, r, 0, r - k, k, k); // X_g'W_gX_g
  const left = multiply(multiply(transpose(root, k, k), own, k, k, k), root, k, k, k).map(
    (value, p) => (p % (k + 1) === 0 ? 1 : 0) - value,
  );
  for (let a = 0; a < k; a++) for (let b = 0; b < a; b++) left[b * k + a] = left[a * k + b]!;
  const { values, vectors } = symmetricEigen(left, k);
  const inverse = new Float64Array(k * k);
  for (let p = 0; p < k; p++) {
    if (!(values[p]! > SINGULAR)) continue;
    for (let a = 0; a < k; a++) for (let b = 0; b < k; b++) inverse[a * k + b]! += (vectors[a * k + p]! * vectors[b * k + p]!) / values[p]!;
  }
  const form = multiply(J, multiply(multiply(root, inverse, k, k, k), back, k, k, k), r, k, k);
  return { score: multiplyVector(transpose(form, r, k), Ze, k, r), form };
}

const add = (A: Float64Array, B: Float64Array): Float64Array => A.map((value, p) => value + B[p]!);

/**
 * Inner products of the linear forms of two contrasts over clusters, `P_gh = p_g' p_h` under independent errors of equal variance:
 * G by G, row-major.
 */
export function formProducts(
  moments: ClusterMoments,
  clusters: readonly AdjustedCluster[],
  bread: Float64Array,
  first: Float64Array,
  second: Float64Array,
): Float64Array {
  const { width: k, wide: r, products } = moments;
  const M = residualForm(moments, bread);
  const G = clusters.length;
  const [left, right] = [first, second].map((c) =>
    clusters.map(({ form }) => multiplyVector(form, multiplyVector(bread, c, k, k), r, k)),
  ) as [Float64Array[], Float64Array[]];
  const imageLeft = left.map((a, g) => multiplyVector(products[g]!, a, r, r));
  const imageRight = right.map((a, g) => multiplyVector(products[g]!, a, r, r));
  const out = new Float64Array(G * G);
  for (let g = 0; g < G; g++) {
    const through = multiplyVector(M, imageLeft[g]!, r, r);
    for (let h = 0; h < G; h++) out[g * G + h] = inner(through, imageRight[h]!);
    out[g * G + g]! += inner(left[g]!, imageRight[g]!);
  }
  return out;
}

function inner(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
