import { finishResult } from "../core/display.ts";
import { OptionError } from "../core/errors.ts";
import { resolveOptions } from "../core/options.ts";
import type { Estimate, Result } from "../core/result.ts";
import type { AnyColumn } from "../data/index.ts";
import { invertTest } from "./invert-test.ts";
import type { DrawSource } from "./numerics/wild-draws.ts";
import { instrumentalDraws } from "./numerics/wild-instrumental-draws.ts";
import type { Comparison } from "./numerics/wild-statistics.ts";
import { termFactor } from "./wild-factor.ts";
import { restrictionRow } from "./wild-hypothesis.ts";
import { type InstrumentalProblem, instrumentalProblem } from "./wild-instrumental-sums.ts";
import { type WildColumns, type WildFit, wildFit } from "./wild-source.ts";
import {
  checkWildSettings,
  clusterWarnings,
  degenerate,
  pValues,
  type ResamplingPValues,
  WILD_DEFAULTS,
  type WildAlternative,
  type WildSettings,
} from "./wild-test.ts";

/** Row type of data whose columns are known by name only. */
type AnyRow = Record<string, number | string>;

/** A result of `regression.iv` with its rows. */
export interface InstrumentalResult {
  readonly kind: "regression.iv";
  readonly estimates: Readonly<Record<string, Estimate>>;
}

/** Options of {@link wildInstrumentalBootstrap}. */
export interface WildInstrumentalBootstrapOptions<Row = AnyRow> {
  /** The coefficient tested, of an endogenous or an exogenous regressor. */
  readonly term: string;
  /** Its value under the hypothesis. Default 0. */
  readonly value?: number;
  /** Column to cluster by, or several that are combined; their clusters share a multiplier. Default: that of the result. */
  readonly cluster?: AnyColumn<Row> | readonly AnyColumn<Row>[];
  /** Whether residuals are those under the hypothesis (restricted, efficient: WRE), which holds size better, or not. Default true. */
  readonly imposeNull?: boolean;
  /** Multipliers; `"webb"` for fewer than about 12 clusters. Default `"rademacher"`. */
  readonly multipliers?: "rademacher" | "mammen" | "webb" | "normal";
  /** Bootstrap draws. With Rademacher multipliers and 2^G at most this, all sign patterns are used once instead. Default 9999. */
  readonly draws?: number;
  /** Default 1. */
  readonly seed?: number;
  /** Level of the interval. Default 0.95. */
  readonly level?: number;
  /** What counts as extreme, in the p-value and the interval. Default `"twoSided"`. */
  readonly alternative?: WildAlternative;
  /** Whether draws equal to the data's statistic count as extreme: not (`"strict"`) or yes. Default `"strict"`. */
  readonly ties?: "strict" | "counted";
  /** Whether to invert the test to an interval, which takes some 50 bootstraps. Default true. */
  readonly interval?: boolean;
  /** Whether the result lists the drawn statistics. Default false. */
  readonly keepDraws?: boolean;
}

/** Options of {@link wildInstrumentalBootstrap} as resolved. */
export interface WildInstrumentalBootstrapSettings extends Omit<WildSettings, "variant"> {
  readonly term: string;
  readonly value: number;
  readonly cluster: string;
}

/** Result of {@link wildInstrumentalBootstrap}. */
export interface WildInstrumentalBootstrapResult extends Result<"inference.wildInstrumentalBootstrap", WildInstrumentalBootstrapSettings> {
  /** The tested coefficient: its statistic and p-value are those of the hypothesis, its interval the inverted test. */
  readonly estimates: Readonly<Record<string, Estimate>>;
  readonly statistic: number;
  /** By `alternative` and `ties`. */
  readonly pValue: number;
  readonly pValues: { readonly strict: ResamplingPValues; readonly tiesCounted: ResamplingPValues };
  /** Draws used. */
  readonly draws: number;
  /** Whether these are all sign patterns. */
  readonly enumerated: boolean;
  readonly drawnStatistics?: Float64Array;
}

const CALLER = "inference.wildInstrumentalBootstrap";
const REFERENCE =
  "Davidson & MacKinnon (2010), doi:10.1198/jbes.2009.07221; Roodman, MacKinnon, Nielsen & Webb (2019), doi:10.1177/1536867X19830877";

/**
 * Wild bootstrap test of a coefficient of two-stage least squares with clustered errors, with an interval by inversion: the wild restricted efficient bootstrap of Davidson
 * and MacKinnon, which is far closer to its size than t where instruments are weak. The structural residuals under the hypothesis and those of first stages that use them are
 * multiplied by one number a cluster, and both stages are estimated again; the statistic is t with the clustered (CR1) covariance. Works on sums over clusters.
 *
 * @throws OptionError `UNKNOWN_TERM`, `CLUSTER_NEEDED` (several variables in the result: name one), `INVALID_OPTION`, `MODEL_UNSUPPORTED`, `ESTIMATOR_UNSUPPORTED` (other
 * estimators than two-stage least squares), `FIXED_EFFECTS_UNSUPPORTED` (absorbed effects not nested in the clusters).
 * @throws IdentificationError `ONE_CLUSTER`, `INSTRUMENTS_UNRELATED`. @throws DataError `MODEL_NOT_KEPT`, `MISSING_VALUES`.
 * @example
 * const result = iv(people, { outcome: "wage", endogenous: "training", instruments: ["offer", "distance"], cluster: "city" });
 * wildInstrumentalBootstrap(result, { term: "training" }).estimates.training.confidenceInterval;
 */
export function wildInstrumentalBootstrap<Row = AnyRow>(
  result: InstrumentalResult,
  options: WildInstrumentalBootstrapOptions<Row>,
): WildInstrumentalBootstrapResult {
  const given = resolveOptions<WildSettings & WildInstrumentalBootstrapOptions & { readonly value: number }>(
    CALLER,
    options as WildInstrumentalBootstrapOptions,
    { required: ["term"], defaults: { ...WILD_DEFAULTS, value: 0, cluster: undefined } },
  );
  const { variant: _, cluster, ...rest } = given;
  if ("variant" in options) {
    throw new OptionError("UNKNOWN_OPTION", `Cannot run ${CALLER} with option "variant": jackknifed residuals are for least squares`, {
      option: "variant",
    });
  }
  checkWildSettings(CALLER, given);
  const request = {
    clusters: cluster === undefined ? undefined : ([[cluster].flat()] as WildColumns),
    drawn: undefined,
    jackknifed: false,
  };
  const fit = wildFit(CALLER, result, request);
  const { instrumental, clusters } = fit;
  if (instrumental === undefined) {
    throw new OptionError(
      "MODEL_UNSUPPORTED",
      `Cannot run ${CALLER} as it needs a result of regression.iv: use inference.wildClusterBootstrap`,
      {},
    );
  }
  if (clusters.length > 1) {
    throw new OptionError(
      "CLUSTER_NEEDED",
      `Cannot run ${CALLER} as it clusters by one variable: the result has ${clusters.length}; name one in "cluster"`,
      {
        option: "cluster",
      },
    );
  }
  const group = clusters[0]!;
  const factor = termFactor(fit)(group.count);
  const position = restrictionRow(CALLER, { [given.term]: 1 }, fit.terms).indexOf(1);
  const tested = instrumental.positions[position]!;
  const problemAt = (value: number): InstrumentalProblem =>
    instrumentalProblem(instrumental, group, tested, given.imposeNull ? value : undefined, factor);
  const enumerated = given.multipliers === "rademacher" && 2 ** group.count <= given.draws;
  const source: DrawSource = enumerated ? "enumerate" : { seed: given.seed };
  const draws = enumerated ? 2 ** group.count : given.draws;
  const drawnAt = (problem: InstrumentalProblem): Float64Array => instrumentalDraws(problem.sums, given.multipliers, source, 0, draws);

  const problem = problemAt(given.value);
  const drawn = drawnAt(problem);
  const statistic = (problem.estimate - given.value) / problem.standardError;
  const compared = compare(drawn, statistic);
  const pOf = (value: number): number => {
    const at = given.imposeNull ? drawnAt(problemAt(value)) : drawn;
    const { strict, tiesCounted } = compare(at, (problem.estimate - value) / problem.standardError);
    return (given.ties === "counted" ? tiesCounted : strict)[given.alternative];
  };
  const settings: WildInstrumentalBootstrapSettings = { ...rest, cluster: group.name };
  return finish(fit, settings, { problem, statistic, compared, drawn, enumerated, draws, interval: intervalOf(settings, problem, pOf) });
}

interface Compared {
  readonly strict: ResamplingPValues;
  readonly tiesCounted: ResamplingPValues;
  /** Draws with a statistic. */
  readonly made: number;
}

function compare(drawn: Float64Array, statistic: number): Compared {
  const margin = 1e-9 * Math.max(1, Math.abs(statistic));
  const count = (absolute: boolean): Comparison => {
    const at = absolute ? Math.abs(statistic) : statistic;
    const counts: Comparison = { larger: 0, equal: 0, smaller: 0 };
    for (const t of drawn) {
      const value = absolute ? Math.abs(t) : t;
      if (value > at + margin) counts.larger++;
      else if (value < at - margin) counts.smaller++;
      else if (!Number.isNaN(value)) counts.equal++;
    }
    return counts;
  };
  const [sizes, signed] = [count(true), count(false)];
  return {
    strict: pValues(sizes, signed, false),
    tiesCounted: pValues(sizes, signed, true),
    made: signed.larger + signed.equal + signed.smaller,
  };
}

/** Ends are found to this share of a standard error. */
const PRECISION = 1e-6;

function intervalOf(
  { interval, alternative, level }: WildInstrumentalBootstrapSettings,
  { estimate, standardError }: InstrumentalProblem,
  pValue: (value: number) => number,
): readonly [number, number] | undefined {
  if (!interval) return undefined;
  const inversion = { pValue, estimate, step: standardError, alpha: 1 - level, precision: PRECISION };
  return [
    alternative === "less" ? Number.NEGATIVE_INFINITY : invertTest(inversion, -1),
    alternative === "greater" ? Number.POSITIVE_INFINITY : invertTest(inversion, 1),
  ];
}

interface Found {
  readonly problem: InstrumentalProblem;
  readonly statistic: number;
  readonly compared: Compared;
  readonly drawn: Float64Array;
  readonly enumerated: boolean;
  readonly draws: number;
  readonly interval: readonly [number, number] | undefined;
}

function finish(fit: WildFit, settings: WildInstrumentalBootstrapSettings, found: Found): WildInstrumentalBootstrapResult {
  const { problem, statistic, compared, drawn, enumerated, draws, interval } = found;
  const { strict, tiesCounted, made } = compared;
  const group = fit.clusters[0]!;
  const pValue = (settings.ties === "counted" ? tiesCounted : strict)[settings.alternative];
  const bounded = settings.alternative === "twoSided" || settings.alternative === "equalTailed";
  const warnings = [
    ...clusterWarnings({ drawn: group.count, source: enumerated ? "enumerate" : { seed: settings.seed } }),
    ...(made < draws ? [degenerate(draws - made, draws)] : []),
    ...(interval === undefined ? [{ code: "INTERVAL_NOT_ASKED", message: "No interval: option interval is false" }] : []),
    ...(bounded && interval?.some((end) => Math.abs(end) === Number.POSITIVE_INFINITY)
      ? [
          {
            code: "UNBOUNDED_INTERVAL",
            message: "No value far from the estimate is rejected: the interval has no end on that side, as with weak instruments",
          },
        ]
      : []),
  ];
  return finishResult<WildInstrumentalBootstrapResult>({
    kind: CALLER,
    estimates: {
      [settings.term]: {
        term: settings.term,
        estimate: problem.estimate,
        standardError: problem.standardError,
        statistic,
        pValue,
        confidenceInterval: interval ?? [Number.NaN, Number.NaN],
        degreesOfFreedom: group.count - 1,
      },
    },
    sample: { ...fit.sample, clusters: group.count },
    warnings,
    options: settings,
    reference: REFERENCE,
    statistic,
    pValue,
    pValues: { strict, tiesCounted },
    draws,
    enumerated,
    ...(settings.keepDraws ? { drawnStatistics: drawn } : {}),
  });
}
