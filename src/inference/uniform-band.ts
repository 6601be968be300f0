import { OptionError } from "../core/errors.ts";
import { checkLevel, checkNumber, resolveOptions } from "../core/options.ts";
import type { Estimate, Warning } from "../core/result.ts";
import { checkNumberLists, checkNumbers } from "./check-lists.ts";
import { tEstimate } from "./estimate.ts";
import { latticeOf, maxCriticalValue } from "./max-distribution.ts";

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
  checkNumbers(caller, "estimates", estimates);
  checkNumberLists(caller, "their covariance", covariance);
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
  const critical =
    used.length === 0
      ? Number.NaN
      : maxCriticalValue(latticeOf(correlation, degreesOfFreedom, settings.points), used.length, degreesOfFreedom, level);
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
