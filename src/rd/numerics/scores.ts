import { type ClusterParts, partOf } from "./cluster-parts.ts";
import { clusterParts, squaredSums } from "./cluster-sums.ts";
import { type Kernel, kernelAt } from "./kernel.ts";
import type { LocalFit } from "./local-fit.ts";
import { sharedWindow } from "./shared-windows.ts";
import type { Side } from "./side.ts";

/** How scores are summed and scaled before their cross-product. */
export interface ScoreRule {
  /** Sum within clusters first. */
  readonly clustered: boolean;
  /** Multiply by `((n - 1) / (n - k)) (g / (g - 1))`. */
  readonly factor: boolean;
}

const EMPTY = new Int32Array(0);

/** Distinct clusters among the first `rows` rows. */
export function clustersWithin(side: Side, rows: number): number {
  const known = side.cache.clusters.get(rows);
  if (known !== undefined) return known;
  const seen = new Uint8Array(side.clusterCount);
  const clusters = side.clusters!;
  let count = 0;
  for (let i = 0; i < rows; i++) {
    const g = clusters[i]!;
    count += 1 - seen[g]!;
    seen[g] = 1;
  }
  side.cache.clusters.set(rows, count);
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
  const influence = sharedInfluence(side, kernel, fit, v);
  if (!rule.clustered)
    return influence === undefined ? squaredScores(side, kernel, fit, v, residuals) : squaredProducts(influence, residuals);
  const parts = influence === undefined ? clusterParts(side) : undefined;
  let total = 0;
  if (parts !== undefined) total = dealtScores(side, kernel, fit, v, residuals, parts);
  else {
    const sums = influence === undefined ? clusterSums(side, kernel, fit, v, residuals) : new Float64Array(side.clusterCount);
    const clusters = side.clusters ?? EMPTY;
    if (influence !== undefined) for (let i = 0; i < fit.rows; i++) sums[clusters[i]!]! += influence[i]! * residuals[i]!;
    for (let g = 0; g < sums.length; g++) total += sums[g]! * sums[g]!;
  }
  return rule.factor ? total * clusterFactor(fit.rows, fit.order + 1, clustersWithin(side, fit.rows)) : total;
}

/** Influences kept with a window that outcomes share; `undefined` when this one is not shared. */
function sharedInfluence(side: Side, kernel: Kernel, fit: LocalFit, v: number): Float64Array | undefined {
  const window = sharedWindow(side.shared, kernel.degree, fit.h);
  if (window?.basis === undefined) return undefined;
  const key = 64 * fit.order + v;
  window.influence ??= new Map();
  const known = window.influence.get(key);
  if (known !== undefined) return known;
  const influence = influenceOf(side, kernel, fit, v);
  window.influence.set(key, influence);
  return influence;
}

/** `(G^-1 R)_v k(u)` of every row of a fit. */
function influenceOf(side: Side, kernel: Kernel, fit: LocalFit, v: number): Float64Array {
  const row = coefficientRow(fit, v);
  const { distance, starts } = side;
  const out = new Float64Array(fit.rows);
  for (let m = 0; starts[m]! < fit.rows; m++) {
    out.fill(influenceAt(kernel, row, distance[starts[m]!]! / fit.h), starts[m]!, starts[m + 1]!);
  }
  return out;
}

function squaredProducts(weights: Float64Array, residuals: Float64Array): number {
  let total = 0;
  for (let i = 0; i < weights.length; i++) {
    const value = weights[i]! * residuals[i]!;
    total += value * value;
  }
  return total;
}

/** {@link squaredProducts} with the influences computed on the way, once for each distinct value. */
function squaredScores(side: Side, kernel: Kernel, fit: LocalFit, v: number, residuals: Float64Array): number {
  const row = coefficientRow(fit, v);
  if (row.length <= 4 && side.unique === side.rows) return cubicScores(side.distance, kernel, fit, row, residuals);
  const { distance, starts } = side;
  let total = 0;
  for (let m = 0; starts[m]! < fit.rows; m++) {
    const weight = influenceAt(kernel, row, distance[starts[m]!]! / fit.h);
    for (let i = starts[m]!; i < starts[m + 1]!; i++) {
      const value = weight * residuals[i]!;
      total += value * value;
    }
  }
  return total;
}

/** {@link squaredScores} of orders up to 3 when no value repeats, written out. */
function cubicScores(distance: Float64Array, kernel: Kernel, { h, rows }: LocalFit, row: Float64Array, residuals: Float64Array): number {
  const c0 = row[0]!;
  const c1 = row.length > 1 ? row[1]! : 0;
  const c2 = row.length > 2 ? row[2]! : 0;
  const c3 = row.length > 3 ? row[3]! : 0;
  const linear = kernel.degree === 1;
  let total = 0;
  for (let i = 0; i < rows; i++) {
    const u = distance[i]! / h;
    const value = (((c3 * u + c2) * u + c1) * u + c0) * (linear ? 1 - u : kernelAt(kernel, u)) * residuals[i]!;
    total += value * value;
  }
  return total;
}

/** Scores summed within clusters. */
function clusterSums(side: Side, kernel: Kernel, fit: LocalFit, v: number, residuals: Float64Array): Float64Array {
  const row = coefficientRow(fit, v);
  const { distance, starts } = side;
  const clusters = side.clusters ?? EMPTY;
  const sums = new Float64Array(side.clusterCount);
  for (let m = 0; starts[m]! < fit.rows; m++) {
    const weight = influenceAt(kernel, row, distance[starts[m]!]! / fit.h);
    for (let i = starts[m]!; i < starts[m + 1]!; i++) sums[clusters[i]!]! += weight * residuals[i]!;
  }
  return sums;
}

/** Squares of {@link clusterSums}, by parts of many clusters. */
function dealtScores(side: Side, kernel: Kernel, fit: LocalFit, v: number, residuals: Float64Array, parts: ClusterParts): number {
  const row = coefficientRow(fit, v);
  const { distance, starts } = side;
  const clusters = side.clusters!;
  const { scratch } = parts;
  const ends = parts.starts.slice(0, -1);
  for (let m = 0; starts[m]! < fit.rows; m++) {
    const weight = influenceAt(kernel, row, distance[starts[m]!]! / fit.h);
    for (let i = starts[m]!; i < starts[m + 1]!; i++) scratch[ends[partOf(clusters[i]!)]!++] = weight * residuals[i]!;
  }
  return squaredSums(parts, ends);
}

const coefficientRow = ({ inverse, order }: LocalFit, v: number): Float64Array => inverse.subarray(v * (order + 1), (v + 1) * (order + 1));

export function influenceAt(kernel: Kernel, row: Float64Array, u: number): number {
  let weight = 0;
  for (let j = row.length - 1; j >= 0; j--) weight = weight * u + row[j]!;
  return weight * kernelAt(kernel, u);
}

/** `((n - 1) / (n - k)) (g / (g - 1))`. */
export function clusterFactor(n: number, k: number, g: number): number {
  return ((n - 1) / (n - k)) * (g / (g - 1));
}

/** The bias fit that a bias-corrected estimate subtracts, and `(h / b)^(p + 1)`. */
export interface BiasPart {
  readonly fit: LocalFit;
  readonly ratio: number;
}

/**
 * Covariance of all coefficients of a fit (u units): `sum of e^2 s s'` over the first `rows` rows, or of cluster sums, where
 * `s_v = (G^-1 R)_v k(u)` is a row's influence on coefficient v, less `leakage_v ratio k(u_b) (R_q'G_q^-1)_(p+1)` when a bias part is
 * given, which makes it that of the bias-corrected estimate. `parameters` is the k of the cluster factor.
 */
export function coefficientCovariance(
  side: Side,
  kernel: Kernel,
  fit: LocalFit,
  residuals: Float64Array,
  rule: ScoreRule,
  parameters: number,
  bias?: BiasPart,
): Float64Array {
  const k = fit.order + 1;
  const rows = residuals.length;
  const { distance } = side;
  const out = new Float64Array(k * k);
  const score = new Float64Array(k);
  const sums = rule.clustered ? new Float64Array(side.clusterCount * k) : undefined;
  const kb = bias === undefined ? 0 : bias.fit.order + 1;
  const biasRow = bias === undefined ? score : bias.fit.inverse.subarray(k * kb, (k + 1) * kb);
  const hb = bias === undefined ? 1 : bias.fit.h;
  const ratio = bias === undefined ? 0 : bias.ratio;
  const { h, inverse, leakage } = fit;
  const { starts } = side;
  const clusters = side.clusters ?? EMPTY;
  for (let m = 0; starts[m]! < rows; m++) {
    const u = distance[starts[m]!]! / h;
    const weight = kernelAt(kernel, u);
    let correction = 0;
    if (kb > 0) {
      const ub = distance[starts[m]!]! / hb;
      for (let j = kb - 1; j >= 0; j--) correction = correction * ub + biasRow[j]!;
      correction *= kernelAt(kernel, ub) * ratio;
    }
    for (let v = 0; v < k; v++) {
      let value = 0;
      if (weight > 0) {
        for (let j = k - 1; j >= 0; j--) value = value * u + inverse[v * k + j]!;
        value *= weight;
      }
      score[v] = value - leakage[v]! * correction;
    }
    const end = starts[m + 1]!;
    if (sums === undefined) {
      let squares = 0;
      for (let i = starts[m]!; i < end; i++) squares += residuals[i]! * residuals[i]!;
      addOuter(out, score, 0, k, squares);
    } else {
      for (let i = starts[m]!; i < end; i++) {
        const at = clusters[i]! * k;
        for (let v = 0; v < k; v++) sums[at + v]! += score[v]! * residuals[i]!;
      }
    }
  }
  if (sums !== undefined) {
    for (let g = 0; g < side.clusterCount; g++) addOuter(out, sums, g * k, k, 1);
    if (rule.factor) {
      const factor = clusterFactor(rows, parameters, clustersWithin(side, rows));
      for (let i = 0; i < out.length; i++) out[i]! *= factor;
    }
  }
  return symmetric(out, k);
}

/**
 * {@link coefficientCovariance} of a local line and of its bias-corrected version from the same residuals in one pass: nearest neighbours
 * without clusters, the default, when no value repeats.
 */
export function lineCovariances(
  side: Side,
  kernel: Kernel,
  fit: LocalFit,
  residuals: Float64Array,
  bias: BiasPart,
): [conventional: Float64Array, robust: Float64Array] {
  const { distance } = side;
  const { h, inverse, leakage } = fit;
  const g00 = inverse[0]!;
  const g01 = inverse[1]!;
  const g11 = inverse[3]!;
  const l0 = leakage[0]!;
  const l1 = leakage[1]!;
  const { h: hb, rows: biasRows, order } = bias.fit;
  const kb = order + 1;
  const biasRow = bias.fit.inverse.subarray(2 * kb, 3 * kb);
  // the bias fit is a quadratic or higher
  const b0 = biasRow[0]!;
  const b1 = biasRow[1]!;
  const b2 = biasRow[2]!;
  const linear = kernel.degree === 1;
  const mainRows = fit.rows;
  const { ratio } = bias;
  let c00 = 0;
  let c01 = 0;
  let c11 = 0;
  let v00 = 0;
  let v01 = 0;
  let v11 = 0;
  for (let i = 0; i < residuals.length; i++) {
    const u = distance[i]! / h;
    const weight = i >= mainRows ? 0 : linear ? 1 - u : kernelAt(kernel, u);
    let correction = 0;
    if (i < biasRows) {
      const ub = distance[i]! / hb;
      for (let j = kb - 1; j >= 3; j--) correction = correction * ub + biasRow[j]!;
      correction = ((correction * ub + b2) * ub + b1) * ub + b0;
      correction *= (linear ? 1 - ub : kernelAt(kernel, ub)) * ratio;
    }
    const e = residuals[i]!;
    const p0 = (g00 + g01 * u) * weight;
    const p1 = (g01 + g11 * u) * weight;
    const e0 = p0 * e;
    const e1 = p1 * e;
    c00 += e0 * e0;
    c01 += e0 * e1;
    c11 += e1 * e1;
    const s0 = (p0 - l0 * correction) * e;
    const s1 = (p1 - l1 * correction) * e;
    v00 += s0 * s0;
    v01 += s0 * s1;
    v11 += s1 * s1;
  }
  return [Float64Array.of(c00, c01, c01, c11), Float64Array.of(v00, v01, v01, v11)];
}

function addOuter(out: Float64Array, row: Float64Array, offset: number, width: number, factor: number): void {
  for (let i = 0; i < width; i++) {
    const value = factor * row[offset + i]!;
    for (let j = 0; j <= i; j++) out[i * width + j]! += value * row[offset + j]!;
  }
}

function symmetric(out: Float64Array, width: number): Float64Array {
  for (let i = 0; i < width; i++) for (let j = i + 1; j < width; j++) out[i * width + j] = out[j * width + i]!;
  return out;
}
