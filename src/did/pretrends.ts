import { finishResult } from "../core/display.ts";
import { IdentificationError } from "../core/errors.ts";
import { checkArgument, checkLevel, checkNumber, resolveOptions } from "../core/options.ts";
import type { Estimate, JointTest, Result } from "../core/result.ts";
import { chiSquaredCdf, chiSquaredQuantile } from "../distributions/index.ts";
import { chiSquaredTest, normalEstimate, waldStatistic } from "../inference/estimate.ts";
import type { EventStudyCoefficients } from "./pretrends-power.ts";

/** Options of {@link pretrends}. */
export interface PretrendsOptions {
  /** Event time of the reference period; estimates before it are tested. @defaultValue -1 */
  readonly reference?: number;
  /** Slope of a linear violation of parallel trends, by unit of event time, to give the test's power against. Default: none. */
  readonly slope?: number;
  /** The test rejects at 1 - level. @defaultValue 0.95 */
  readonly level?: number;
}

/** A joint test of all estimates before treatment. */
export interface PretrendsResult extends Result<"did.pretrends", PretrendsOptions> {
  /** The estimates tested, with normal inference. */
  readonly estimates: readonly (Estimate & { readonly eventTime: number })[];
  /** Wald test that all of them are zero. */
  readonly test: JointTest;
  /** Probability that the test rejects under the linear violation; absent without `slope`. */
  readonly power?: number;
}

const CALLER = "did.pretrends";

/**
 * Joint Wald test that all effects before treatment are zero, and its power against a linear violation: the statistic is then non-central
 * chi-squared with non-centrality `d' V^-1 d`, d the violation at the event times tested. A test that passes with little power says little.
 *
 * @param study - any event study; estimates with variance 0 (a reference period) do not count.
 * @throws IdentificationError `NO_PRE_PERIODS`, `SINGULAR_COVARIANCE`; OptionError.
 * @see Roth (2022), doi:10.1257/aeri.20210236
 * @example
 * pretrends(sunAbraham(people, { outcome: "hours", firstTreated: "firstProgramMonth" }), { slope: 0.1 }).test.pValue;
 */
export function pretrends(study: EventStudyCoefficients, options: PretrendsOptions = {}): PretrendsResult {
  checkArgument(CALLER, study, "an event study", ["estimates", "vcov"]);
  const settings = resolveOptions<PretrendsOptions & { readonly reference: number; readonly level: number }>(CALLER, options, {
    required: [],
    defaults: { reference: -1, slope: undefined, level: 0.95 },
  });
  checkLevel(CALLER, settings.level);
  checkNumber(CALLER, "reference", settings.reference);
  const tested = study.estimates
    .flatMap(({ eventTime }, k) =>
      eventTime !== undefined && eventTime < settings.reference && study.vcov[k]![k]! > 0 ? [{ eventTime, k }] : [],
    )
    .sort((a, b) => a.eventTime - b.eventTime);
  const q = tested.length;
  if (q === 0) {
    throw new IdentificationError(
      "NO_PRE_PERIODS",
      `Cannot run ${CALLER} as estimates before event time ${settings.reference} are needed: there are none`,
      { reference: settings.reference },
    );
  }
  const V = Float64Array.from({ length: q * q }, (_, p) => study.vcov[tested[Math.floor(p / q)]!.k]![tested[p % q]!.k]!);
  const statistic = waldStatistic(
    Float64Array.from(tested, ({ k }) => study.estimates[k]!.estimate),
    V,
  );
  if (statistic === undefined) {
    throw new IdentificationError(
      "SINGULAR_COVARIANCE",
      `Cannot run ${CALLER} as the covariance of the ${q} estimates before treatment must be regular: it is singular`,
    );
  }
  const { slope } = settings;
  const violation = (size: number): Float64Array => Float64Array.from(tested, ({ eventTime }) => size * (eventTime - settings.reference));
  if (slope !== undefined) checkNumber(CALLER, "slope", slope);
  const power = slope === undefined ? undefined : rejection(q, waldStatistic(violation(slope), V)!, settings.level);
  return finishResult({
    kind: CALLER,
    estimates: tested.map(({ eventTime, k }) => ({
      ...normalEstimate(`event time ${eventTime}`, study.estimates[k]!.estimate, study.vcov[k]![k]!, settings.level),
      eventTime,
    })),
    test: chiSquaredTest(statistic, q),
    ...(power === undefined ? {} : { power }),
    sample: { rows: study.estimates.length, used: q, dropped: [] },
    warnings: [],
    options: settings,
    reference:
      "Roth (2022), Pretest with caution: event-study estimates after testing for parallel trends, American Economic Review: Insights 4(3), 305-322",
  });
}

/** P(non-central chi-squared > critical value): a Poisson mixture of central ones, summed outwards from its largest term. */
function rejection(degreesOfFreedom: number, nonCentrality: number, level: number): number {
  const critical = chiSquaredQuantile(1 - level, degreesOfFreedom, "upper");
  const half = nonCentrality / 2;
  const mode = Math.floor(half);
  let logFactorial = 0;
  for (let j = 2; j <= mode; j++) logFactorial += Math.log(j);
  const largest = Math.exp(-half + (mode === 0 ? 0 : mode * Math.log(half)) - logFactorial);
  const tail = (j: number): number => chiSquaredCdf(critical, degreesOfFreedom + 2 * j, "upper");
  let sum = largest * tail(mode);
  for (let j = mode + 1, p = largest; p > 1e-18; j++) {
    p *= half / j;
    sum += p * tail(j);
  }
  for (let j = mode, p = largest; j > 0 && p > 1e-18; j--) {
    p *= j / half;
    sum += p * tail(j - 1);
  }
  return Math.min(1, sum);
}
