import { finishResult } from "../core/display.ts";
import { DataError, IdentificationError } from "../core/errors.ts";
import { checkArgument, checkLevel, checkNumber, resolveOptions } from "../core/options.ts";
import type { Estimate, Result } from "../core/result.ts";
import { criticalValue, estimateFromStandardError } from "../inference/estimate.ts";
import { cholesky, choleskyBackSolve } from "../linalg/index.ts";
import { normalBox } from "./numerics/rectangle-probability.ts";

/** Event-study coefficients without the reference period, with their covariance. */
export interface EventStudyCoefficients {
  /** Estimates without an event time do not count. */
  readonly estimates: readonly { readonly eventTime?: number; readonly estimate: number }[];
  readonly vcov: readonly (readonly number[])[];
}

/** Options of {@link pretrendsPower}. */
export interface PretrendsPowerOptions {
  /** Slope of the linear violation of parallel trends by unit of event time. Default: the slope that is found with probability `targetPower`. */
  readonly slope?: number;
  /** Event time at which the violation is zero. @defaultValue -1 */
  readonly reference?: number;
  /** Probability of finding the trend for `slopeForPower`. @defaultValue 0.5 */
  readonly targetPower?: number;
  /** The pre-test finds a trend when an estimate before treatment is significant at 1 - level. @defaultValue 0.95 */
  readonly level?: number;
}

/** An event time under the hypothesized trend. */
export interface PretrendPoint {
  readonly eventTime: number;
  /** The trend itself: what the estimate would be without any effect. */
  readonly trend: number;
  /** Its mean over the samples in which the pre-test finds nothing. */
  readonly meanAfterPretesting: number;
}

/** Power of a pre-test. */
export interface PretrendsPowerResult extends Result<"did.pretrendsPower", Required<PretrendsPowerOptions>> {
  /** The event study's estimates, as tested. */
  readonly estimates: readonly Estimate[];
  /** Probability that the pre-test finds the trend. */
  readonly power: number;
  /** Slope that the pre-test finds with probability `targetPower`. */
  readonly slopeForPower: number;
  /** Probability of passing under the trend over that without one. */
  readonly bayesFactor: number;
  /** Density of the estimates before treatment under the trend over that without one. */
  readonly likelihoodRatio: number;
  readonly points: readonly PretrendPoint[];
}

const CALLER = "did.pretrendsPower";

/**
 * What a test of effects before treatment can find: its power against a linear violation of parallel trends, the slope it finds half the time,
 * and how far estimates are off in samples that pass. Equals `pretrends` and `slope_for_power` of R's pretrends 0.1.0.
 *
 * @throws IdentificationError `NO_PRE_PERIODS`, `SINGULAR_COVARIANCE`; DataError `VCOV_SHAPE`; OptionError.
 * @see Roth (2022), doi:10.1257/aeri.20210236
 * @example
 * pretrendsPower(eventStudy(people, { outcome: "hours", firstTreated: "firstProgramMonth" }), { slope: 0.1 }).power;
 */
export function pretrendsPower(study: EventStudyCoefficients, options: PretrendsPowerOptions = {}): PretrendsPowerResult {
  checkArgument(CALLER, study, "an event study", ["estimates", "vcov"]);
  const given = resolveOptions<Required<Omit<PretrendsPowerOptions, "slope">> & PretrendsPowerOptions>(CALLER, options, {
    required: [],
    defaults: { slope: undefined, reference: -1, targetPower: 0.5, level: 0.95 },
  });
  checkLevel(CALLER, given.level);
  checkNumber(CALLER, "reference", given.reference);
  checkNumber(CALLER, "targetPower", given.targetPower, { min: 1 - given.level, max: 1, open: true });
  if (study.vcov.length !== study.estimates.length) {
    throw new DataError(
      "VCOV_SHAPE",
      `Cannot run ${CALLER} as the covariance needs a row for each estimate: ${study.estimates.length} estimates, ${study.vcov.length} rows`,
    );
  }
  // a reference period that a table carries with variance 0 is no estimate
  const found = study.estimates
    .flatMap(({ eventTime, estimate }, k) => (eventTime !== undefined && study.vcov[k]![k]! > 0 ? [{ eventTime, estimate, k }] : []))
    .sort((a, b) => a.eventTime - b.eventTime);
  const kept = found.map(({ k }) => k);
  const times = found.map(({ eventTime }) => eventTime);
  const beta = found.map(({ estimate }) => estimate);
  const V = (i: number, j: number): number => study.vcov[kept[i]!]![kept[j]!]!;
  const m = times.filter((t) => t < given.reference).length;
  if (m === 0) {
    throw new IdentificationError(
      "NO_PRE_PERIODS",
      `Cannot run ${CALLER} as estimates before event time ${given.reference} are needed: there are none`,
      {
        reference: given.reference,
      },
    );
  }
  const pre = Float64Array.from({ length: m * m }, (_, k) => V(Math.floor(k / m), k % m));
  const L = cholesky(pre, m);
  if (L === undefined) {
    throw new IdentificationError(
      "SINGULAR_COVARIANCE",
      `Cannot run ${CALLER} as the covariance of the ${m} estimates before treatment must be regular: it is singular`,
    );
  }
  const bound = Float64Array.from({ length: m }, (_, i) => criticalValue(given.level, Number.POSITIVE_INFINITY) * Math.sqrt(V(i, i)));
  const lower = bound.map((value) => -value);
  const trendOf = (slope: number): Float64Array => Float64Array.from(times, (t) => slope * (t - given.reference));
  const passing = (slope: number): ReturnType<typeof normalBox> => normalBox(trendOf(slope).slice(0, m), L, lower, bound);
  const slopeForPower = findSlope((slope) => 1 - passing(slope).probability, given.targetPower, bound);
  const settings = { ...given, slope: given.slope ?? slopeForPower };
  checkNumber(CALLER, "slope", settings.slope);
  const trend = trendOf(settings.slope);
  const pass = passing(settings.slope);
  const deviation = pass.mean.map((value, i) => value - trend[i]!);
  const solved = choleskyBackSolve(L, m, deviation);
  const means = times.map((_, k) => (k < m ? pass.mean[k]! : trend[k]! + solved.reduce((sum, s, j) => sum + V(k, j) * s, 0)));
  const points = times.map((eventTime, k): PretrendPoint => ({ eventTime, trend: trend[k]!, meanAfterPretesting: means[k]! }));
  points.splice(m, 0, { eventTime: given.reference, trend: 0, meanAfterPretesting: 0 });
  return finishResult({
    kind: CALLER,
    estimates: times.map((t, k) =>
      estimateFromStandardError(`event time ${t}`, beta[k]!, Math.sqrt(V(k, k)), Number.POSITIVE_INFINITY, given.level),
    ),
    power: 1 - pass.probability,
    slopeForPower,
    bayesFactor: pass.probability / passing(0).probability,
    likelihoodRatio: Math.exp(logDensity(beta, trend, L, m) - logDensity(beta, new Float64Array(m), L, m)),
    points,
    sample: { rows: kept.length, used: kept.length, dropped: [] },
    warnings: [],
    options: settings,
    reference:
      "Roth (2022), Pretest with caution: event-study estimates after testing for parallel trends, American Economic Review: Insights 4(3), 305-322",
  });
}

/** Slope above zero at which an increasing power reaches its target, by false position with the Illinois correction. */
function findSlope(power: (slope: number) => number, target: number, bound: Float64Array): number {
  let [low, below] = [0, power(0) - target];
  let high = Math.max(...bound);
  let above = power(high) - target;
  for (let k = 0; k < 60 && above < 0; k++) {
    [low, below] = [high, above];
    high *= 2;
    above = power(high) - target;
  }
  for (let k = 0; k < 100 && high - low > 1e-12 * high; k++) {
    const middle = (low * above - high * below) / (above - below);
    const value = power(middle) - target;
    if (Math.abs(value) < 1e-13) return middle;
    if (value < 0) {
      [low, below] = [middle, value];
      above /= 2;
    } else {
      [high, above] = [middle, value];
      below /= 2;
    }
  }
  return (low + high) / 2;
}

/** Normal log density up to a constant. */
function logDensity(x: readonly number[], mean: Float64Array, L: Float64Array, m: number): number {
  const deviation = Float64Array.from({ length: m }, (_, i) => x[i]! - mean[i]!);
  const solved = choleskyBackSolve(L, m, deviation);
  return -0.5 * deviation.reduce((sum, d, i) => sum + d * solved[i]!, 0);
}
