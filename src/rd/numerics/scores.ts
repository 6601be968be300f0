import { type Kernel, kernelAt } from "./kernel.ts";
import type { LocalFit } from "./local-fit.ts";
import type { Side } from "./side.ts";

/** How scores are summed and scaled before their cross-product. */
export interface ScoreRule {
  /** Sum within clusters first. */
  readonly clustered: boolean;
  /** Multiply by `((n - 1) / (n - k)) (g / (g - 1))`. */
  readonly factor: boolean;
}

/** Rows of `scores` per row of data: see {@link coefficientScores}. Row-major, rows by `width`. */
export interface Scores {
  readonly width: number;
  readonly rows: number;
  readonly values: Float64Array;
}

/** Distinct clusters among the first `rows` rows. */
export function clustersWithin(side: Side, rows: number): number {
  const seen = new Uint8Array(side.clusterCount);
  let count = 0;
  for (let i = 0; i < rows; i++) {
    const g = side.clusters![i]!;
    if (seen[g] === 0) {
      seen[g] = 1;
      count++;
    }
  }
  return count;
}

/** Variance of one coefficient (u units): `sum of (G^-1 R)_v^2 (k w e)^2`, or over clusters. `residuals` carry the user weight. */
export function coefficientVariance(
  side: Side,
  kernel: Kernel,
  fit: LocalFit,
  v: number,
  residuals: Float64Array,
  rule: ScoreRule,
): number {
  const k = fit.order + 1;
  const row = fit.inverse.subarray(v * k, (v + 1) * k);
  const { distance } = side;
  const rows = fit.rows;
  const sums = rule.clustered ? new Float64Array(side.clusterCount) : undefined;
  let total = 0;
  for (let i = 0; i < rows; i++) {
    const u = distance[i]! / fit.h;
    let value = row[k - 1]!;
    for (let j = k - 2; j >= 0; j--) value = value * u + row[j]!;
    value *= kernelAt(kernel, u) * residuals[i]!;
    if (sums === undefined) total += value * value;
    else sums[side.clusters![i]!]! += value;
  }
  if (sums === undefined) return total;
  for (let g = 0; g < sums.length; g++) total += sums[g]! * sums[g]!;
  return rule.factor ? total * clusterFactor(rows, k, clustersWithin(side, rows)) : total;
}

/** `((n - 1) / (n - k)) (g / (g - 1))`. */
export function clusterFactor(n: number, k: number, g: number): number {
  return ((n - 1) / (n - k)) * (g / (g - 1));
}

/**
 * Influence of each of the first `rows` rows on each coefficient of the fit: `(G^-1 R)_v k(u)`, before the residual;
 * less `leakage_v ratio k(u_b) (R_q'G_q^-1)_(p+1)` when a bias fit is given, which makes it that of the bias-corrected estimate.
 */
export function coefficientScores(
  side: Side,
  kernel: Kernel,
  fit: LocalFit,
  rows: number,
  bias?: { fit: LocalFit; ratio: number },
): Scores {
  const k = fit.order + 1;
  const values = new Float64Array(rows * k);
  const { distance } = side;
  const kb = bias === undefined ? 0 : bias.fit.order + 1;
  const biasRow = bias?.fit.inverse.subarray(k * kb, (k + 1) * kb);
  for (let i = 0; i < rows; i++) {
    const u = distance[i]! / fit.h;
    const weight = kernelAt(kernel, u);
    let correction = 0;
    if (bias !== undefined && biasRow !== undefined) {
      const ub = distance[i]! / bias.fit.h;
      for (let j = kb - 1; j >= 0; j--) correction = correction * ub + biasRow[j]!;
      correction *= kernelAt(kernel, ub) * bias.ratio;
    }
    for (let v = 0; v < k; v++) {
      let value = 0;
      if (weight > 0) {
        for (let j = k - 1; j >= 0; j--) value = value * u + fit.inverse[v * k + j]!;
        value *= weight;
      }
      values[i * k + v] = value - fit.leakage[v]! * correction;
    }
  }
  return { width: k, rows, values };
}

/** `sum of e^2 s s'` over rows, or of cluster sums; `parameters` is the k of the cluster factor. */
export function scoreVariance(side: Side, scores: Scores, residuals: Float64Array, rule: ScoreRule, parameters: number): Float64Array {
  const { width, rows, values } = scores;
  const out = new Float64Array(width * width);
  if (!rule.clustered) {
    const row = new Float64Array(width);
    for (let i = 0; i < rows; i++) {
      for (let v = 0; v < width; v++) row[v] = values[i * width + v]! * residuals[i]!;
      addOuter(out, row, 0, width);
    }
    return symmetric(out, width);
  }
  const sums = new Float64Array(side.clusterCount * width);
  for (let i = 0; i < rows; i++) {
    const at = side.clusters![i]! * width;
    for (let v = 0; v < width; v++) sums[at + v]! += values[i * width + v]! * residuals[i]!;
  }
  for (let g = 0; g < side.clusterCount; g++) addOuter(out, sums, g * width, width);
  if (rule.factor) {
    const factor = clusterFactor(rows, parameters, clustersWithin(side, rows));
    for (let i = 0; i < out.length; i++) out[i]! *= factor;
  }
  return symmetric(out, width);
}

function addOuter(out: Float64Array, row: Float64Array, offset: number, width: number): void {
  for (let i = 0; i < width; i++) {
    const value = row[offset + i]!;
    for (let j = 0; j <= i; j++) out[i * width + j]! += value * row[offset + j]!;
  }
}

function symmetric(out: Float64Array, width: number): Float64Array {
  for (let i = 0; i < width; i++) for (let j = i + 1; j < width; j++) out[i * width + j] = out[j * width + i]!;
  return out;
}
