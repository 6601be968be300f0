import type { Warning } from "../core/result.ts";
import { normalQuantile } from "../distributions/index.ts";
import { criticalValue, estimateFromStandardError } from "../inference/estimate.ts";
import type { BandedEstimate } from "./group-time-result.ts";
import { largestStandardized } from "./numerics/largest-standardized.ts";

/** Interquartile range of a standard normal. */
const NORMAL_IQR = 2 * normalQuantile(0.25, "upper");

/** Above this many standard errors a simultaneous band says little. */
const WIDE_BAND = 7;

/** Order statistic `⌈p n⌉` of ascending values: R's quantile type 1. */
export function orderStatistic(sorted: Float64Array, p: number): number {
  const position = Math.ceil(p * sorted.length - 1e-9);
  return sorted[Math.max(1, Math.min(sorted.length, position)) - 1]!;
}

/** Robust standard errors from draws (rows) of `size` terms: interquartile range over that of a standard normal; NaN for terms that never move. */
export function standardErrorsFromDraws(draws: Float64Array, count: number, size: number): Float64Array {
  const errors = new Float64Array(size);
  const column = new Float64Array(count);
  for (let k = 0; k < size; k++) {
    for (let b = 0; b < count; b++) column[b] = draws[b * size + k]!;
    column.sort();
    const spread = (orderStatistic(column, 0.75) - orderStatistic(column, 0.25)) / NORMAL_IQR;
    errors[k] = spread > 0 ? spread : Number.NaN;
  }
  return errors;
}

/** The `level` quantile over draws of the largest |draw / standard error| over terms with one; `undefined` when no term has one. */
export function criticalValueFromDraws(
  draws: Float64Array,
  count: number,
  size: number,
  standardErrors: Float64Array,
  level: number,
): number | undefined {
  const largest = new Float64Array(count);
  let used = 0;
  for (let k = 0; k < size; k++) {
    const error = standardErrors[k]!;
    if (!(error > 0)) continue;
    used++;
    for (let b = 0; b < count; b++) {
      const ratio = Math.abs(draws[b * size + k]!) / error;
      if (ratio > largest[b]!) largest[b] = ratio;
    }
  }
  return used === 0 ? undefined : orderStatistic(largest.sort(), level);
}

/**
 * Critical value of a simultaneous band for estimates that are jointly normal with this covariance: the `level` quantile of the largest
 * absolute standardized term, from seeded normal draws. With Gaussian multipliers a multiplier bootstrap has exactly this distribution.
 */
export function criticalValueFromCovariance(
  covariance: readonly (readonly number[])[],
  standardErrors: Float64Array,
  level: number,
  draws: number,
  seed: number,
): number | undefined {
  const used: number[] = [];
  standardErrors.forEach((error, k) => {
    if (error > 0) used.push(k);
  });
  const n = used.length;
  if (n === 0) return undefined;
  if (n === 1) return criticalValue(level, Number.POSITIVE_INFINITY);
  const correlation = new Float64Array(n * n);
  for (let a = 0; a < n; a++) {
    for (let b = 0; b < n; b++) {
      const [k, l] = [used[a]!, used[b]!];
      correlation[a * n + b] = covariance[k]![l]! / (standardErrors[k]! * standardErrors[l]!);
    }
  }
  return orderStatistic(largestStandardized(correlation, n, draws, seed).sort(), level);
}

/** One term's place in a banded table. */
export interface TableTerm<Extra extends object> {
  readonly term: string;
  readonly estimate: number;
  readonly standardError: number;
  readonly extra: Extra;
}

/** Estimates with pointwise and, given a critical value, simultaneous intervals. */
export function bandedEstimates<Extra extends object>(
  terms: readonly TableTerm<Extra>[],
  level: number,
  critical: number | undefined,
): (BandedEstimate & Extra)[] {
  return terms.map(({ term, estimate, standardError, extra }) => {
    const base = estimateFromStandardError(term, estimate, standardError, Number.POSITIVE_INFINITY, level);
    const half = (critical ?? Number.NaN) * standardError;
    const band = Number.isNaN(half) ? {} : { uniformBand: [estimate - half, estimate + half] as const };
    return { ...base, ...extra, ...band };
  });
}

/** Warns of a band so wide that it says little. */
export function bandWarnings(critical: number | undefined): Warning[] {
  if (critical === undefined || critical <= WIDE_BAND) return [];
  return [
    {
      code: "WIDE_UNIFORM_BAND",
      message: `Simultaneous intervals are ${critical.toFixed(1)} standard errors wide on each side: some groups are very small or the draws few`,
      details: { criticalValue: critical },
    },
  ];
}
