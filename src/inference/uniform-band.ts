import { OptionError } from "../core/errors.ts";
import { checkLevel, checkNumber, resolveOptions } from "../core/options.ts";
import type { Estimate, Warning } from "../core/result.ts";
import { criticalValue, tEstimate } from "./estimate.ts";
import { latticeOf, type MaxDistribution, maxProbability } from "./max-distribution.ts";

/** Options of {@link uniformBand}. */
export interface UniformBandOptions {
  /** Degrees of freedom of the multivariate t; `Infinity` for normal. Default `Infinity`. */
  readonly degreesOfFreedom?: number;
  /** Joint level of the bands, and level of the pointwise intervals. Default 0.95. */
  readonly level?: number;
  /** Names of the estimates. Default their positions from 1. */
  readonly labels?: readonly string[];
  /** Points of the lattice behind the probabilities. Default 20011. */
  readonly points?: number;
}

/** What {@link uniformBand} finds. */
export interface UniformBandResult {
  /** With pointwise intervals and simultaneous ones. */
  readonly estimates: readonly (Estimate & { readonly uniformBand: readonly [number, number] })[];
  /** Half-width of the bands in standard errors. */
  readonly criticalValue: number;
  readonly warnings: readonly Warning[];
}

/**
 * Simultaneous intervals: all true values lie inside theirs with probability `level`, from the joint normal (or t) distribution of the estimates. The same
 * number every time: probabilities come from a fixed lattice rule. Estimates without a variance get no band.
 *
 * @param estimates - One number per parameter.
 * @param covariance - Their covariance, by rows.
 * @throws OptionError `UNKNOWN_OPTION`, `INVALID_OPTION`, `COVARIANCE_SIZE`.
 * @see Montiel Olea & Plagborg-Møller (2019), doi:10.1002/jae.2656 (sup-t bands)
 * @example
 * uniformBand([0.1, 0.4, 0.3], covariance).criticalValue;
 */
export function uniformBand(
  estimates: ArrayLike<number>,
  covariance: readonly ArrayLike<number>[],
  options: UniformBandOptions = {},
): UniformBandResult {
  const caller = "inference.uniformBand";
  const settings = resolveOptions<Required<Omit<UniformBandOptions, "labels">> & Pick<UniformBandOptions, "labels">>(caller, options, {
    required: [],
    defaults: { degreesOfFreedom: Number.POSITIVE_INFINITY, level: 0.95, labels: undefined, points: 20011 },
  });
  checkLevel(caller, settings.level);
  checkNumber(caller, "points", settings.points, { min: 100, integer: true });
  if (!(settings.degreesOfFreedom > 0)) checkNumber(caller, "degreesOfFreedom", settings.degreesOfFreedom, { min: 0, open: true });
  const J = estimates.length;
  if (covariance.length !== J || covariance.some((row) => row.length !== J)) {
    throw new OptionError(
      "COVARIANCE_SIZE",
      `Cannot run ${caller} as the covariance needs ${J} rows and columns: it has ${covariance.length}`,
      {
        estimates: J,
        rows: covariance.length,
      },
    );
  }
  const used = Array.from({ length: J }, (_, j) => j).filter((j) => covariance[j]![j]! > 0);
  const { level, degreesOfFreedom } = settings;
  const correlation = used.map((a) =>
    used.map((b) => (a === b ? 1 : covariance[a]![b]! / Math.sqrt(covariance[a]![a]! * covariance[b]![b]!))),
  );
  const critical = used.length === 0 ? Number.NaN : jointCriticalValue(correlation, degreesOfFreedom, level, settings.points);
  return {
    estimates: Array.from({ length: J }, (_, j) => {
      const value = estimates[j]!;
      const own = tEstimate(settings.labels?.[j] ?? String(j + 1), value, covariance[j]![j]!, degreesOfFreedom, level);
      const half = critical * own.standardError;
      return { ...own, uniformBand: [value - half, value + half] as const };
    }),
    criticalValue: critical,
    warnings:
      used.length === J
        ? []
        : [
            {
              code: "NO_VARIANCE",
              message: `${J - used.length} of ${J} estimates have no positive variance: they have no interval and no band`,
              details: { estimates: J - used.length },
            },
          ],
  };
}

/** Where P(max |T| <= c) = level, between one test's critical value and Bonferroni's. */
function jointCriticalValue(correlation: readonly (readonly number[])[], degreesOfFreedom: number, level: number, points: number): number {
  const n = correlation.length;
  if (n === 1) return criticalValue(level, degreesOfFreedom);
  const distribution: MaxDistribution = latticeOf(correlation, degreesOfFreedom, points);
  // The lattice's own error may put the crossing just outside the exact bounds.
  let low = 0.99 * criticalValue(level, degreesOfFreedom);
  let high = 1.01 * criticalValue(1 - (1 - level) / n, degreesOfFreedom);
  let [below, above] = [maxProbability(distribution, low) - level, maxProbability(distribution, high) - level];
  if (!(below < 0 && above > 0)) return below >= 0 ? low : high;
  // False position with halving of a stuck end's value (Illinois): probabilities rise smoothly.
  for (let step = 0, side = 0; step < 60 && high - low > 1e-9 * high; step++) {
    const middle = (low * above - high * below) / (above - below);
    const value = maxProbability(distribution, middle) - level;
    if (Math.abs(value) < 1e-12) return middle;
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
