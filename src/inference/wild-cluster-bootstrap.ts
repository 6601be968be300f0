import { finishResult } from "../core/display.ts";
import { ConvergenceError, IdentificationError, OptionError } from "../core/errors.ts";
import { resolveOptions } from "../core/options.ts";
import type { Estimate, Result } from "../core/result.ts";
import type { AnyColumn } from "../data/index.ts";
import { crossGroups, type GroupCodes } from "../moments/index.ts";
import type { ParallelOptions } from "../parallel/index.ts";
import { clusterSums } from "./cluster-sums.ts";
import type { EstimatingEquations } from "./covariance.ts";
import { invertTest } from "./invert-test.ts";
import type { WaysTerm } from "./numerics/wild-ways.ts";
import { subsetsOf } from "./vcov-cluster.ts";
import type { ClusterBy } from "./vcov-option.ts";
import { termFactor } from "./wild-factor.ts";
import type { WildProblem, WildVariant } from "./wild-forms.ts";
import { hypothesis, restrictionName, restrictionRow } from "./wild-hypothesis.ts";
import { scoreProblem } from "./wild-scores.ts";
import { type WildColumns, type WildFit, wildFit } from "./wild-source.ts";
import {
  checkWildSettings,
  type ResamplingPValues,
  WILD_DEFAULTS,
  type WildAlternative,
  type WildInput,
  type WildSettings,
  type WildTest,
  wildClusterTest,
  wildClusterTestAsync,
} from "./wild-test.ts";
import type { WildWays } from "./wild-ways-forms.ts";

/** Row type of data whose columns are known by name only. */
type AnyRow = Record<string, number | string>;

/** A least-squares or likelihood result with its rows: of `regression.ols`, `poisson`, `logit`, `probit` or `gamma`. */
export interface WildResult {
  readonly kind: "regression.ols" | "regression.poisson" | "regression.logit" | "regression.probit" | "regression.gamma";
  readonly estimates: Readonly<Record<string, Estimate>>;
}

/** Options of {@link wildClusterBootstrap}; one of `term`, `terms` and `restrictions` says what is tested. */
export interface WildClusterBootstrapOptions<Row = AnyRow> {
  /** One coefficient, tested against `value`. */
  readonly term?: string;
  /** Several coefficients, tested together. */
  readonly terms?: readonly string[];
  /** Rows of R in `R b = values`: weights by term; terms not named have weight 0. */
  readonly restrictions?: readonly Readonly<Record<string, number>>[];
  /** Right-hand side of one restriction. Default 0. */
  readonly value?: number;
  /** Right-hand sides of several. Default zeros. */
  readonly values?: readonly number[];
  /** Columns to cluster by, as in a covariance: several give a multiway variance, a nested list one variable of combinations. Default: those of the result. */
  readonly cluster?: ClusterBy<Row>;
  /**
   * Column (several are combined) whose levels share a multiplier: finer than the clusters for the subcluster bootstrap, one of several cluster variables. Default:
   * the clusters, of several variables their intersection (as `boottest`).
   */
  readonly bootstrapCluster?: AnyColumn<Row> | readonly AnyColumn<Row>[];
  /**
   * First digit: the residuals that are multiplied, as they are (1) or jackknifed (3); second: the variance in t, CR1 (1) or CR3 (3).
   * MacKinnon, Nielsen and Webb call "31" S, "13" V, "33" B. With several cluster variables, or other groups drawn, residuals are jackknifed by the groups that share a
   * multiplier, and CR3 is the signed sum of each term's own jackknife. Of likelihoods `"11"` alone. Default `"11"`.
   */
  readonly variant?: WildVariant;
  /** Whether residuals are those of the restricted model (WCR), which holds size better, or not (WCU). Default true. */
  readonly imposeNull?: boolean;
  /** Multipliers; `"webb"` for fewer than about 12 clusters. Default `"rademacher"`. */
  readonly multipliers?: "rademacher" | "mammen" | "webb" | "normal";
  /** Bootstrap draws. With Rademacher multipliers and 2^G at most this, all sign patterns are used once instead. Default 9999. */
  readonly draws?: number;
  /** Seed; the result does not depend on the number of workers. Default 1. */
  readonly seed?: number;
  /** Level of the interval. Default 0.95. */
  readonly level?: number;
  /** What counts as extreme, in the p-value and the interval. Default `"twoSided"`. */
  readonly alternative?: WildAlternative;
  /** Whether draws equal to the data's statistic count as extreme: not (`"strict"`, as in `boottest`) or yes. Default `"strict"`. */
  readonly ties?: "strict" | "counted";
  /** Whether to invert the test of one restriction to an interval. Default true. */
  readonly interval?: boolean;
  /** Whether the result lists the drawn statistics. Default false. */
  readonly keepDraws?: boolean;
}

/** Options of {@link wildClusterBootstrap} as resolved. */
export interface WildClusterBootstrapSettings extends WildSettings {
  readonly restrictions: readonly Readonly<Record<string, number>>[];
  readonly values: readonly number[];
  /** Names of the cluster variables. */
  readonly cluster: readonly string[];
  /** Name of the groups that share a multiplier. */
  readonly bootstrapCluster: string;
}

/** Result of {@link wildClusterBootstrap}. */
export interface WildClusterBootstrapResult extends Result<"inference.wildClusterBootstrap", WildClusterBootstrapSettings> {
  /**
   * The tested combination: its statistic and p-value are those of the hypothesis (`value`, not necessarily zero), its interval the inverted
   * test. Empty for several restrictions.
   */
  readonly estimates: Readonly<Record<string, Estimate>>;
  /** t, or Wald F of several restrictions. */
  readonly statistic: number;
  /** By `alternative` and `ties`. */
  readonly pValue: number;
  /** All p-values, ties not counted and counted. */
  readonly pValues: { readonly strict: ResamplingPValues; readonly tiesCounted: ResamplingPValues };
  /** Draws used. */
  readonly draws: number;
  /** Whether these are all sign patterns. */
  readonly enumerated: boolean;
  readonly drawnStatistics?: Float64Array;
}

const CALLER = "inference.wildClusterBootstrap";
const REFERENCE =
  "Cameron, Gelbach & Miller (2008), doi:10.1162/rest.90.3.414; Roodman, MacKinnon, Nielsen & Webb (2019), doi:10.1177/1536867X19830877; MacKinnon, Nielsen & Webb (2023), doi:10.1002/jae.2969; with several cluster variables MacKinnon, Nielsen & Webb (2021), doi:10.1080/07350015.2019.1677473";

const SCORE_REFERENCE = "Kline & Santos (2012), doi:10.1515/2156-6674.1006";

/**
 * Wild cluster bootstrap test of linear hypotheses on a least-squares fit, with an interval by inversion: residuals of each cluster are
 * multiplied by one random number, with the hypothesis imposed. Works on sums over clusters (k by k), so that its cost does not grow with rows.
 * Absorbed effects not nested in the groups that share a multiplier are written out as dummies (at most 600). The statistic is that of the result's covariance with its
 * small-sample corrections, also when it is multiway.
 *
 * Of likelihood fits it is the score bootstrap (Kline & Santos 2012): clusters' scores are multiplied, at the estimate under the hypothesis (single terms; the statistic is
 * then the score statistic) or, with `imposeNull: false`, at the estimate. With the hypothesis imposed the interval takes some 50 fits; `interval: false` does without.
 *
 * @throws OptionError `UNKNOWN_TERM`, `HYPOTHESIS_NEEDED`, `CLUSTER_NEEDED`, `INVALID_OPTION`, `MODEL_UNSUPPORTED`, `VARIANT_UNSUPPORTED`, `RESTRICTION_UNSUPPORTED`, `TOO_MANY_EFFECTS`.
 * @throws IdentificationError `ONE_CLUSTER`, `SINGULAR_RESTRICTIONS`.
 * @throws DataError `MODEL_NOT_KEPT`, `MISSING_VALUES`.
 * @example
 * const result = ols(people, { outcome: "hours", regressors: ["program", "age"], cluster: "municipality" });
 * wildClusterBootstrap(result, { term: "program" }).estimates.program.confidenceInterval;
 */
export function wildClusterBootstrap<Row = AnyRow>(
  result: WildResult,
  options: WildClusterBootstrapOptions<Row>,
): WildClusterBootstrapResult {
  const prepared = prepare(result, options as WildClusterBootstrapOptions);
  return finish(prepared, wildClusterTest(prepared.input, engineSettings(prepared)));
}

/**
 * {@link wildClusterBootstrap} on workers, with the same bits: for very many draws.
 *
 * @throws as {@link wildClusterBootstrap}, and the signal's reason.
 * @example
 * await wildClusterBootstrapAsync(result, { term: "program", draws: 9_999_999 }, { workers: 4 });
 */
export async function wildClusterBootstrapAsync<Row = AnyRow>(
  result: WildResult,
  options: WildClusterBootstrapOptions<Row>,
  parallel: ParallelOptions = {},
): Promise<WildClusterBootstrapResult> {
  const prepared = prepare(result, options as WildClusterBootstrapOptions);
  return finish(prepared, await wildClusterTestAsync(prepared.input, engineSettings(prepared), parallel));
}

interface Prepared {
  readonly input: WildInput;
  readonly settings: WildClusterBootstrapSettings;
  readonly fit: WildFit;
  /** Of likelihoods with the hypothesis imposed: the input under another value. */
  readonly at: ((value: number) => WildInput) | undefined;
}

function prepare(result: WildResult, options: WildClusterBootstrapOptions): Prepared {
  const given = resolveOptions<WildSettings & WildClusterBootstrapOptions>(CALLER, options, {
    required: [],
    defaults: {
      ...WILD_DEFAULTS,
      term: undefined,
      terms: undefined,
      restrictions: undefined,
      value: undefined,
      values: undefined,
      cluster: undefined,
      bootstrapCluster: undefined,
    },
  });
  const { term: _t, terms: _ts, value: _v, cluster, bootstrapCluster, ...rest } = given;
  checkWildSettings(CALLER, given);
  const { restrictions, values } = hypothesis(CALLER, given);
  const drawn = bootstrapCluster === undefined ? undefined : ([[bootstrapCluster].flat()] as WildColumns);
  const fit = leastSquaresOrLikelihood(
    wildFit(CALLER, result, { clusters: cluster as WildColumns | undefined, drawn, jackknifed: given.variant !== "11" }),
  );
  const rows = restrictions.map((weights) => restrictionRow(CALLER, weights, fit.terms));
  const combined = rows.map((row) => row.reduce((sum, weight, j) => sum + weight * fit.coefficients[j]!, 0));
  const simple = fit.clusters.length === 1 && fit.clusters[0] === fit.drawn;
  if (fit.restricted !== undefined && given.variant !== "11") {
    throw new OptionError(
      "VARIANT_UNSUPPORTED",
      `Cannot run ${CALLER} with variant "${given.variant}" as the score bootstrap of a likelihood multiplies scores as they are: jackknifed residuals and variances are for least squares; use "11"`,
      { variant: given.variant },
    );
  }
  const { cells, ways } = simple ? { cells: fit.drawn, ways: {} } : cellsOf(fit);
  const { imposeNull } = given;
  const { restricted } = fit;
  const problemAt = (tested: readonly number[]): WildProblem =>
    restricted === undefined
      ? {
          sums: clusterSums(fit.equations, cells),
          bread: fit.equations.bread,
          restrictions: rows.map((row) => inBasis(fit.equations, row)),
          distances: Float64Array.from(combined, (value, j) => value - tested[j]!),
        }
      : scoreProblem(CALLER, fit, restricted, cells, { restrictions, values: tested, imposeNull }, inBasis);
  const inputAt = (tested: readonly number[]): WildInput => ({
    problem: problemAt(tested),
    factor: termFactor(fit)(fit.clusters[0]!.count),
    estimate: combined[0]!,
    ...ways,
  });
  return {
    input: inputAt(values),
    at: restricted === undefined || !imposeNull ? undefined : (value) => inputAt([value]),
    settings: {
      ...rest,
      restrictions,
      values,
      cluster: fit.clusters.map(({ name }) => name),
      bootstrapCluster: fit.drawn.name,
    },
    fit,
  };
}

function leastSquaresOrLikelihood(fit: WildFit): WildFit {
  if (fit.instrumental === undefined) return fit;
  throw new OptionError(
    "MODEL_UNSUPPORTED",
    `Cannot run ${CALLER} as a fit with instruments is bootstrapped together with its first stages: use inference.wildInstrumentalBootstrap`,
    { kind: "regression.iv" },
  );
}

/** The score bootstrap multiplies scores as they are, the hypothesis being in them: an interval with the hypothesis imposed is found by {@link scoreInterval}. */
function engineSettings({ settings, fit: { restricted } }: Pick<Prepared, "settings" | "fit">): WildSettings {
  if (restricted === undefined) return settings;
  return { ...settings, imposeNull: false, interval: settings.interval && !settings.imposeNull };
}

/** Ends of intervals that take a fit for every value are found to this share of a standard error. */
const PRECISION = 1e-6;

/** All values whose score test has a p-value above 1 - level. Values at which no restricted estimate exists are outside. */
function scoreInterval(prepared: Prepared, test: WildTest): readonly [number, number] | undefined {
  const { at, input, settings } = prepared;
  if (at === undefined || !settings.interval || settings.restrictions.length > 1 || test.standardError === undefined) return undefined;
  const engine = { ...engineSettings(prepared), keepDraws: false };
  const inversion = {
    estimate: input.estimate,
    step: test.standardError,
    alpha: 1 - settings.level,
    precision: PRECISION,
    pValue: (value: number): number => {
      try {
        return wildClusterTest(at(value), engine).pValue;
      } catch (error) {
        if (error instanceof ConvergenceError || error instanceof IdentificationError) return 0;
        throw error;
      }
    },
  };
  return [
    settings.alternative === "less" ? Number.NEGATIVE_INFINITY : invertTest(inversion, -1),
    settings.alternative === "greater" ? Number.POSITIVE_INFINITY : invertTest(inversion, 1),
  ];
}

/** Groups of rows that neither a cluster variable nor the multipliers split, and how they make up the clusters of each term. */
function cellsOf(fit: WildFit): { readonly cells: GroupCodes; readonly ways: { readonly ways: WildWays } } {
  const cells = fit.clusters.reduce<GroupCodes>((joined, group) => crossGroups(joined, group), fit.drawn);
  const groupOf = ({ codes }: GroupCodes): Int32Array => {
    const of = new Int32Array(cells.count);
    for (let i = 0; i < codes.length; i++) of[cells.codes[i]!] = codes[i]!;
    return of;
  };
  const factor = termFactor(fit);
  const terms = subsetsOf(fit.clusters).map(
    (subset): WaysTerm => ({
      groupOf: groupOf(subset),
      count: subset.count,
      factor: (subset.size % 2 === 1 ? 1 : -1) * factor(subset.count),
    }),
  );
  return { cells, ways: { ways: { drawn: fit.drawn.count, drawnOf: groupOf(fit.drawn), terms } } };
}

/** A combination of the coefficients in the basis of the equations. */
function inBasis({ bread, transform }: EstimatingEquations, weights: Float64Array): Float64Array {
  const width = Math.round(Math.sqrt(bread.length));
  const c = new Float64Array(width);
  for (let j = 0; j < weights.length; j++) {
    if (transform === undefined) c[j]! += weights[j]!;
    else for (let p = 0; p < width; p++) c[p]! += weights[j]! * transform[j * width + p]!;
  }
  return c;
}

function finish(prepared: Prepared, test: WildTest): WildClusterBootstrapResult {
  const {
    settings,
    fit: { clusters, sample, restricted },
    input: { estimate },
  } = prepared;
  const fewest = Math.min(...clusters.map(({ count }) => count));
  const name = restrictionName(settings.restrictions[0]!);
  const { statistic, standardError, pValue, strict, tiesCounted, draws, enumerated, drawnStatistics, warnings } = test;
  const confidenceInterval = test.confidenceInterval ?? scoreInterval(prepared, test);
  const single: Estimate | undefined =
    standardError === undefined
      ? undefined
      : {
          term: name,
          estimate,
          standardError,
          statistic,
          pValue,
          confidenceInterval: confidenceInterval ?? [Number.NaN, Number.NaN],
          degreesOfFreedom: fewest - 1,
        };
  const missing = single !== undefined && confidenceInterval === undefined;
  return finishResult<WildClusterBootstrapResult>({
    kind: CALLER,
    estimates: single === undefined ? {} : { [name]: single },
    sample: { ...sample, clusters: fewest },
    warnings: missing ? [...warnings, { code: "INTERVAL_NOT_ASKED", message: "No interval: option interval is false" }] : warnings,
    options: settings,
    reference: restricted === undefined ? REFERENCE : SCORE_REFERENCE,
    statistic,
    pValue,
    pValues: { strict, tiesCounted },
    draws,
    enumerated,
    ...(drawnStatistics === undefined ? {} : { drawnStatistics }),
  });
}
