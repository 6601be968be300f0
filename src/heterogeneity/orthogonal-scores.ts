import type { Folds } from "./cross-fit.ts";

/** A linear score `psi_a theta + psi_b` by row. */
export interface LinearScore {
  readonly a: Float64Array;
  readonly b: Float64Array;
}

/** Partially linear: `psi_a = -(D - m) V`, `psi_b = (Y - l) V` with V = D - m, or Z - m with an instrument and D - r in place of D - m. */
export function partialledScore(y: Float64Array, l: Float64Array, d: Float64Array, r: Float64Array, v: Float64Array): LinearScore {
  return { a: v.map((value, i) => -value * (d[i]! - r[i]!)), b: v.map((value, i) => value * (y[i]! - l[i]!)) };
}

/** Predictions of the interactive model. */
export interface InteractivePredictions {
  /** Outcome without and with treatment. */
  readonly control: Float64Array;
  readonly treated: Float64Array;
  /** Propensity, trimmed. */
  readonly propensity: Float64Array;
}

/** Inverse-probability weights of both arms, divided by their means where asked. */
export function armWeights(
  w: Float64Array,
  e: Float64Array,
  normalize: boolean,
): { readonly treated: Float64Array; readonly control: Float64Array } {
  const scaled = (values: Float64Array): Float64Array => {
    if (!normalize) return values;
    const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
    return values.map((v) => v / mean);
  };
  return { treated: scaled(w.map((one, i) => one / e[i]!)), control: scaled(w.map((one, i) => (1 - one) / (1 - e[i]!))) };
}

/** Augmented inverse-probability score of the average effect, or of one arm's mean outcome. */
export function interactiveScore(
  y: Float64Array,
  w: Float64Array,
  { control, treated, propensity }: InteractivePredictions,
  normalize: boolean,
  target: "ate" | "treatedMean" | "controlMean",
): LinearScore {
  const h = armWeights(w, propensity, normalize);
  const b = new Float64Array(y.length);
  for (let i = 0; i < y.length; i++) {
    const one = treated[i]! + h.treated[i]! * (y[i]! - treated[i]!);
    const zero = control[i]! + h.control[i]! * (y[i]! - control[i]!);
    b[i] = target === "ate" ? one - zero : target === "treatedMean" ? one : zero;
  }
  return { a: new Float64Array(y.length).fill(-1), b };
}

/** Score of the average effect on the treated; the share of treated is that of the row's fold. */
export function treatedScore(
  y: Float64Array,
  w: Float64Array,
  { control, propensity }: InteractivePredictions,
  folds: Folds,
  normalize: boolean,
): LinearScore {
  const [rows, ones] = [new Float64Array(folds.count), new Float64Array(folds.count)];
  for (let i = 0; i < y.length; i++) {
    rows[folds.codes[i]!]! += 1;
    ones[folds.codes[i]!]! += w[i]!;
  }
  const odds = w.map((one, i) => (propensity[i]! * (1 - one)) / (1 - propensity[i]!));
  const mean = odds.reduce((sum, v) => sum + v, 0) / odds.length;
  const a = new Float64Array(y.length);
  const b = new Float64Array(y.length);
  for (let i = 0; i < y.length; i++) {
    const p = ones[folds.codes[i]!]! / rows[folds.codes[i]!]!;
    const residual = y[i]! - control[i]!;
    a[i] = -w[i]! / p;
    b[i] = (w[i]! / p) * residual - (normalize ? odds[i]! / mean : odds[i]! / p) * residual;
  }
  return { a, b };
}

/** Local average effect: AIPW difference of the outcome over that of the treatment, both in the instrument. */
export function instrumentScore(outcome: LinearScore, treatment: LinearScore): LinearScore {
  return { a: treatment.b.map((v) => -v), b: outcome.b };
}

/** How a score is solved and its variance taken. */
export interface Solution {
  readonly estimate: number;
  readonly variance: number;
}

/** dml2 solves the score over all rows; dml1 averages the folds' solutions. */
export function solveScore({ a, b }: LinearScore, folds: Folds, procedure: "dml1" | "dml2"): number {
  const [sumA, sumB] = [new Float64Array(folds.count), new Float64Array(folds.count)];
  for (let i = 0; i < a.length; i++) {
    sumA[folds.codes[i]!]! += a[i]!;
    sumB[folds.codes[i]!]! += b[i]!;
  }
  const total = (values: Float64Array): number => values.reduce((sum, v) => sum + v, 0);
  if (procedure === "dml2") return -total(sumB) / total(sumA);
  return sumA.reduce((sum, value, f) => sum - sumB[f]! / value, 0) / folds.count;
}

/** `sum_g (sum psi)^2 / (sum psi_a)^2`, each row its own group without clusters. */
export function scoreVariance(
  { a, b }: LinearScore,
  theta: number,
  cluster: { readonly codes: Int32Array; readonly count: number } | undefined,
): number {
  const groups = cluster === undefined ? a.length : cluster.count;
  const sums = new Float64Array(groups);
  let slope = 0;
  for (let i = 0; i < a.length; i++) {
    sums[cluster === undefined ? i : cluster.codes[i]!]! += a[i]! * theta + b[i]!;
    slope += a[i]!;
  }
  return sums.reduce((sum, v) => sum + v * v, 0) / (slope * slope);
}

/** Folds weighted equally: sums of each fold divided by its number of clusters (DoubleML's rule for clusters drawn into folds). */
export function foldScaledSolution(
  { a, b }: LinearScore,
  folds: Folds,
  cluster: { readonly codes: Int32Array; readonly count: number },
): Solution {
  const K = folds.count;
  const seen = new Set<number>();
  const size = new Float64Array(K);
  for (let i = 0; i < a.length; i++) {
    const key = cluster.codes[i]! * K + folds.codes[i]!;
    if (seen.has(key)) continue;
    seen.add(key);
    size[folds.codes[i]!]! += 1;
  }
  let [meanA, meanB] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    meanA += a[i]! / size[folds.codes[i]!]! / K;
    meanB += b[i]! / size[folds.codes[i]!]! / K;
  }
  const estimate = -meanB / meanA;
  const sums = new Map<number, number>();
  for (let i = 0; i < a.length; i++) {
    const key = cluster.codes[i]! * K + folds.codes[i]!;
    sums.set(key, (sums.get(key) ?? 0) + a[i]! * estimate + b[i]!);
  }
  let meat = 0;
  for (const [key, sum] of sums) meat += (sum * sum) / size[key % K]! / K;
  return { estimate, variance: meat / (meanA * meanA) / cluster.count };
}

/** Median of the values. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((x, y) => x - y);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
