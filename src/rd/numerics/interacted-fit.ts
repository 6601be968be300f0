import { cholesky, choleskyBackSolve, inverseFromFactor, symmetricEigen } from "../../linalg/index.ts";

/** Rows of one weighted regression; `X` is rows by `columns`, row-major. */
export interface RegressionRows {
  readonly X: Float64Array;
  readonly columns: number;
  readonly y: Float64Array;
  readonly weights: Float64Array;
  readonly clusters: Int32Array | undefined;
}

/** How residuals enter the variance; small-sample factors are the caller's. */
export type ScoreKind = "plain" | "HC2" | "HC3";

/** Coefficients, and for each target coefficient its influence by row or by cluster (targets by units). */
export interface RegressionFit {
  readonly coefficients: Float64Array;
  readonly influence: Float64Array;
  readonly units: number;
}

const FULL_LEVERAGE = 1e-10;

/** Weighted least squares; `undefined` when the design is singular. `clusterCount` is the number of units when clustered. */
export function weightedRegression(
  rows: RegressionRows,
  targets: readonly number[],
  kind: ScoreKind,
  clusterCount: number,
): RegressionFit | undefined {
  const { X, columns: k, y, weights, clusters } = rows;
  const n = y.length;
  const gram = new Float64Array(k * k);
  const right = new Float64Array(k);
  for (let i = 0; i < n; i++) {
    const w = weights[i]!;
    for (let a = 0; a < k; a++) {
      const value = w * X[i * k + a]!;
      right[a]! += value * y[i]!;
      for (let b = 0; b <= a; b++) gram[a * k + b]! += value * X[i * k + b]!;
    }
  }
  for (let a = 0; a < k; a++) for (let b = a + 1; b < k; b++) gram[a * k + b] = gram[b * k + a]!;
  const factor = cholesky(gram, k);
  if (factor === undefined) return undefined;
  const coefficients = choleskyBackSolve(factor, k, right);
  const inverse = inverseFromFactor(factor, k);
  const residuals = residualsOf(rows, coefficients);
  if (clusters !== undefined) {
    const influence = clusterInfluence(rows, clusters, clusterCount, residuals, factor, inverse, targets, kind);
    return { coefficients, influence, units: clusterCount };
  }
  const influence = new Float64Array(targets.length * n);
  for (let i = 0; i < n; i++) {
    const score = weights[i]! * residuals[i]! * leverageFactor(X, k, i, weights[i]!, inverse, kind);
    targets.forEach((target, t) => {
      influence[t * n + i] = score * dotRow(inverse, target, X, i, k);
    });
  }
  return { coefficients, influence, units: n };
}

function residualsOf({ X, columns: k, y }: RegressionRows, coefficients: Float64Array): Float64Array {
  const out = new Float64Array(y.length);
  for (let i = 0; i < y.length; i++) {
    let fitted = 0;
    for (let a = 0; a < k; a++) fitted += X[i * k + a]! * coefficients[a]!;
    out[i] = y[i]! - fitted;
  }
  return out;
}

function dotRow(A: Float64Array, row: number, X: Float64Array, i: number, k: number): number {
  let sum = 0;
  for (let a = 0; a < k; a++) sum += A[row * k + a]! * X[i * k + a]!;
  return sum;
}

function leverageFactor(X: Float64Array, k: number, i: number, w: number, inverse: Float64Array, kind: ScoreKind): number {
  if (kind === "plain") return 1;
  let leverage = 0;
  for (let a = 0; a < k; a++) leverage += X[i * k + a]! * dotRow(inverse, a, X, i, k);
  const left = 1 - w * leverage;
  return kind === "HC3" ? 1 / left : 1 / Math.sqrt(left);
}

/**
 * Cluster sums of scores. HC2 and HC3 take `X_g'(I - H_g)^f W e` with `H_g = X_g S^-1 X_g'W_g` (R's sandwich), which equals
 * `X'We + X'X C'^-1 phi(M) C^-1 X'W^2 e` where `S = CC'`, `M = C^-1 X'WX C'^-1` and `phi(m) = ((1 - m)^f - 1) / m`.
 */
function clusterInfluence(
  { X, columns: k, weights }: RegressionRows,
  clusters: Int32Array,
  count: number,
  residuals: Float64Array,
  factor: Float64Array,
  inverse: Float64Array,
  targets: readonly number[],
  kind: ScoreKind,
): Float64Array {
  const n = residuals.length;
  const scores = new Float64Array(count * k);
  for (let i = 0; i < n; i++) {
    const value = weights[i]! * residuals[i]!;
    const at = clusters[i]! * k;
    for (let a = 0; a < k; a++) scores[at + a]! += value * X[i * k + a]!;
  }
  if (kind !== "plain")
    for (const members of membersByCluster(clusters, count)) adjust(X, k, weights, residuals, members, factor, scores, clusters, kind);
  const influence = new Float64Array(targets.length * count);
  targets.forEach((target, t) => {
    for (let g = 0; g < count; g++) influence[t * count + g] = dotRow(inverse, target, scores, g, k);
  });
  return influence;
}

function membersByCluster(clusters: Int32Array, count: number): number[][] {
  const members: number[][] = Array.from({ length: count }, () => []);
  clusters.forEach((g, i) => {
    members[g]!.push(i);
  });
  return members.filter((rows) => rows.length > 0);
}

function adjust(
  X: Float64Array,
  k: number,
  weights: Float64Array,
  residuals: Float64Array,
  members: readonly number[],
  C: Float64Array,
  scores: Float64Array,
  clusters: Int32Array,
  kind: "HC2" | "HC3",
): void {
  const weighted = new Float64Array(k * k);
  const plain = new Float64Array(k * k);
  const t = new Float64Array(k);
  for (const i of members) {
    const w = weights[i]!;
    for (let a = 0; a < k; a++) {
      t[a]! += X[i * k + a]! * w * w * residuals[i]!;
      for (let b = 0; b < k; b++) {
        const product = X[i * k + a]! * X[i * k + b]!;
        plain[a * k + b]! += product;
        weighted[a * k + b]! += w * product;
      }
    }
  }
  for (let j = 0; j < k; j++) solveLower(C, k, weighted, j, k);
  for (let i = 0; i < k; i++) solveLower(C, k, weighted, i * k, 1);
  solveLower(C, k, t, 0, 1);
  const { values, vectors } = symmetricEigen(weighted, k);
  const z = new Float64Array(k);
  for (let v = 0; v < k; v++) {
    let dot = 0;
    for (let i = 0; i < k; i++) dot += vectors[i * k + v]! * t[i]!;
    const scale = dot * phi(values[v]!, kind);
    for (let i = 0; i < k; i++) z[i]! += scale * vectors[i * k + v]!;
  }
  for (let i = k - 1; i >= 0; i--) {
    let sum = z[i]!;
    for (let p = i + 1; p < k; p++) sum -= C[p * k + i]! * z[p]!;
    z[i] = sum / C[i * k + i]!;
  }
  const at = clusters[members[0]!]! * k;
  for (let a = 0; a < k; a++) for (let b = 0; b < k; b++) scores[at + a]! += plain[a * k + b]! * z[b]!;
}

function phi(m: number, kind: "HC2" | "HC3"): number {
  const left = 1 - m;
  if (left < FULL_LEVERAGE) return -1 / m;
  if (kind === "HC3") return 1 / left;
  return Math.abs(m) < 1e-8 ? 0.5 + 0.375 * m : (1 / Math.sqrt(left) - 1) / m;
}

function solveLower(C: Float64Array, k: number, values: Float64Array, offset: number, stride: number): void {
  for (let i = 0; i < k; i++) {
    let sum = values[offset + i * stride]!;
    for (let p = 0; p < i; p++) sum -= C[i * k + p]! * values[offset + p * stride]!;
    values[offset + i * stride] = sum / C[i * k + i]!;
  }
}
