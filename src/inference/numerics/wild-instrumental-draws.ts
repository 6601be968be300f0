import { cholesky, choleskyBackSolve, multiply } from "../../linalg/index.ts";
import { type DrawSource, multiplierValues } from "./wild-draws.ts";
import type { Multipliers } from "./wild-plan.ts";

/** Sums over clusters behind two-stage least squares with L instruments (p exogenous regressors first), m endogenous regressors, k = m + p. */
export interface InstrumentalSums {
  readonly clusters: number;
  readonly endogenous: number;
  readonly exogenous: number;
  /** L. */
  readonly instruments: number;
  /** `F_g'W_gF_g`, clusters by L by L. */
  readonly gram: Float64Array;
  /** `(F'WF)^-1`, L by L. */
  readonly inverse: Float64Array;
  /** First-stage coefficients of the bootstrap's data, L by m. */
  readonly firstStage: Float64Array;
  /** `F_g'W_gu_g` of the structural residuals, clusters by L. */
  readonly structural: Float64Array;
  /** `F_g'W_gV_g` of the first stages' residuals, clusters by L by m. */
  readonly reduced: Float64Array;
  /** Position of the tested coefficient among the k: endogenous regressors first. */
  readonly tested: number;
  /** Of the variance. */
  readonly factor: number;
}

/**
 * t statistics of draws `start` to `end`: `Y* = F Pi + v V` and `y* = [Y* Z] b + v u`, the multiplier v of each cluster the same in both, and two-stage least squares again,
 * in deviations from b. NaN without a variance.
 */
export function instrumentalDraws(
  sums: InstrumentalSums,
  multipliers: Multipliers,
  source: DrawSource,
  start: number,
  end: number,
): Float64Array {
  const { clusters: G, instruments: L, endogenous: m, exogenous: p, firstStage, structural, reduced, inverse, tested, factor } = sums;
  const k = m + p;
  const whole = wholeGram(sums);
  const fitted = multiply(whole, firstStage, L, L, m);
  const values = multiplierValues(multipliers, G, source, start, end);
  const out = new Float64Array(end - start);
  const FX = new Float64Array(L * k);
  for (let a = 0; a < L; a++) for (let j = 0; j < p; j++) FX[a * k + m + j] = whole[a * L + j]!;
  const Fu = new Float64Array(L);
  const unit = new Float64Array(k);
  unit[tested] = 1;
  for (let b = 0; b < out.length; b++) {
    const v = values.subarray(b * G, (b + 1) * G);
    Fu.fill(0);
    for (let a = 0; a < L; a++) for (let j = 0; j < m; j++) FX[a * k + j] = fitted[a * m + j]!;
    for (let g = 0; g < G; g++) {
      for (let a = 0; a < L; a++) {
        Fu[a]! += v[g]! * structural[g * L + a]!;
        for (let j = 0; j < m; j++) FX[a * k + j]! += v[g]! * reduced[(g * L + a) * m + j]!;
      }
    }
    const PFX = multiply(inverse, FX, L, L, k);
    const H = cholesky(crossProduct(FX, PFX, L, k, k), k);
    if (H === undefined) {
      out[b] = Number.NaN;
      continue;
    }
    const d = choleskyBackSolve(H, k, crossProduct(PFX, Fu, L, k, 1));
    const h = multiply(PFX, choleskyBackSolve(H, k, unit), L, k, 1);
    const variance = factor * squaredParts(sums, v, d, h);
    out[b] = variance > 0 ? d[tested]! / Math.sqrt(variance) : Number.NaN;
  }
  return out;
}

/** `sum_g (h'F_g'W_g e_g)^2` of the draw's residuals `e = v u - [Y* Z] d`. */
function squaredParts(sums: InstrumentalSums, v: Float64Array, d: Float64Array, h: Float64Array): number {
  const { clusters: G, instruments: L, endogenous: m, exogenous: p, gram, firstStage, structural, reduced } = sums;
  const along = new Float64Array(L); // coefficients of the fitted part of [Y* Z] d
  for (let a = 0; a < L; a++) {
    if (a < p) along[a] = d[m + a]!;
    for (let j = 0; j < m; j++) along[a]! += firstStage[a * m + j]! * d[j]!;
  }
  let sum = 0;
  for (let g = 0; g < G; g++) {
    let [own, fitted] = [0, 0];
    for (let a = 0; a < L; a++) {
      let residual = structural[g * L + a]!;
      for (let j = 0; j < m; j++) residual -= reduced[(g * L + a) * m + j]! * d[j]!;
      own += h[a]! * residual;
      let row = 0;
      for (let c = 0; c < L; c++) row += gram[(g * L + a) * L + c]! * along[c]!;
      fitted += h[a]! * row;
    }
    sum += (v[g]! * own - fitted) ** 2;
  }
  return sum;
}

/** `F'WF`, L by L. */
export function wholeGram({ gram, clusters, instruments: L }: Pick<InstrumentalSums, "gram" | "clusters" | "instruments">): Float64Array {
  const whole = new Float64Array(L * L);
  for (let g = 0; g < clusters; g++) for (let q = 0; q < L * L; q++) whole[q]! += gram[g * L * L + q]!;
  return whole;
}

/** A' (r by n) times B (r by c). */
function crossProduct(A: Float64Array, B: Float64Array, r: number, n: number, c: number): Float64Array {
  const out = new Float64Array(n * c);
  for (let q = 0; q < r; q++) {
    for (let i = 0; i < n; i++) {
      const value = A[q * n + i]!;
      for (let j = 0; j < c; j++) out[i * c + j]! += value * B[q * c + j]!;
    }
  }
  return out;
}
