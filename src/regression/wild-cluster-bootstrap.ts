import { finishResult } from "../core/display.ts";
import { OptionError } from "../core/errors.ts";
import { nearestName } from "../core/nearest.ts";
import { resolveOptions } from "../core/options.ts";
import type { Estimate, Result } from "../core/result.ts";
import type { AnyColumn } from "../data/index.ts";
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
} from "../inference/wild-cluster-bootstrap.ts";
import type { WildVariant } from "../inference/wild-forms.ts";
import type { ParallelOptions } from "../parallel/index.ts";
import { type ClusterInput, clusterInput } from "./cluster-input.ts";
import type { AnyRow } from "./design.ts";
import type { OlsResult } from "./ols.ts";

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
  /** Column (several are combined) whose levels are the clusters. Default: the cluster variable of the result. */
  readonly cluster?: AnyColumn<Row> | readonly AnyColumn<Row>[];
  /**
   * First digit: the residuals that are multiplied, as they are (1) or jackknifed (3); second: the variance in t, CR1 (1) or CR3 (3).
   * MacKinnon, Nielsen and Webb call "31" S, "13" V, "33" B. Default `"11"`.
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
  readonly cluster: string;
}

/** Result of {@link wildClusterBootstrap}. */
export interface WildClusterBootstrapResult extends Result<"regression.wildClusterBootstrap", WildClusterBootstrapSettings> {
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

const CALLER = "regression.wildClusterBootstrap";
const REFERENCE =
  "Cameron, Gelbach & Miller (2008), doi:10.1162/rest.90.3.414; Roodman, MacKinnon, Nielsen & Webb (2019), doi:10.1177/1536867X19830877; MacKinnon, Nielsen & Webb (2023), doi:10.1002/jae.2969";

/**
 * Wild cluster bootstrap test of linear hypotheses on a least-squares fit, with an interval by inversion: residuals of each cluster are
 * multiplied by one random number, with the hypothesis imposed. Works on sums over clusters (k by k), so that its cost does not grow with rows.
 * Absorbed effects not nested in the clusters are written out as dummies (at most 600).
 *
 * @throws OptionError `UNKNOWN_TERM`, `HYPOTHESIS_NEEDED`, `CLUSTER_NEEDED`, `INVALID_OPTION`, `MODEL_UNSUPPORTED`, `TOO_MANY_EFFECTS`.
 * @throws IdentificationError `ONE_CLUSTER`, `SINGULAR_RESTRICTIONS`.
 * @throws DataError `MODEL_NOT_KEPT`, `MISSING_VALUES`.
 * @example
 * const result = ols(people, { outcome: "hours", regressors: ["program", "age"], cluster: "municipality" });
 * wildClusterBootstrap(result, { term: "program" }).estimates.program.confidenceInterval;
 */
export function wildClusterBootstrap<Row = AnyRow>(
  result: OlsResult,
  options: WildClusterBootstrapOptions<Row>,
): WildClusterBootstrapResult {
  const { input, settings, clusters } = prepare(result, options as WildClusterBootstrapOptions);
  return finish(result, settings, clusters, input, wildClusterTest(input, settings));
}

/**
 * {@link wildClusterBootstrap} on workers, with the same bits: for very many draws.
 *
 * @throws as {@link wildClusterBootstrap}, and the signal's reason.
 * @example
 * await wildClusterBootstrapAsync(result, { term: "program", draws: 9_999_999 }, { workers: 4 });
 */
export async function wildClusterBootstrapAsync<Row = AnyRow>(
  result: OlsResult,
  options: WildClusterBootstrapOptions<Row>,
  parallel: ParallelOptions = {},
): Promise<WildClusterBootstrapResult> {
  const { input, settings, clusters } = prepare(result, options as WildClusterBootstrapOptions);
  return finish(result, settings, clusters, input, await wildClusterTestAsync(input, settings, parallel));
}

interface Prepared {
  readonly input: WildInput;
  readonly settings: WildClusterBootstrapSettings;
  readonly clusters: ClusterInput;
}

function prepare(result: OlsResult, options: WildClusterBootstrapOptions): Prepared {
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
    },
  });
  checkWildSettings(CALLER, given);
  const { restrictions, values } = hypothesis(given);
  const clusters = clusterInput(CALLER, result, given.cluster);
  const terms = clusters.model.terms;
  const rows = restrictions.map((weights) => restrictionRow(weights, terms));
  const combined = rows.map((row) => row.reduce((sum, weight, j) => sum + weight * clusters.model.coefficients[j]!, 0));
  const { term: _t, terms: _ts, value: _v, ...rest } = given;
  return {
    input: {
      problem: {
        sums: clusters.sums,
        bread: clusters.equations.bread,
        restrictions: rows.map(clusters.inBasis),
        distances: Float64Array.from(combined, (value, j) => value - values[j]!),
      },
      factor: clusters.factor,
      estimate: combined[0]!,
    },
    settings: { ...rest, restrictions, values, cluster: clusters.groups.name },
    clusters,
  };
}

function hypothesis(given: WildClusterBootstrapOptions): Pick<WildClusterBootstrapSettings, "restrictions" | "values"> {
  const named = given.term === undefined ? given.terms : [given.term];
  const restrictions = given.restrictions ?? named?.map((term) => ({ [term]: 1 }));
  const ways = [given.term, given.terms, given.restrictions].filter((way) => way !== undefined).length;
  if (restrictions === undefined || restrictions.length === 0 || ways !== 1) {
    throw new OptionError(
      "HYPOTHESIS_NEEDED",
      `Cannot run ${CALLER} as exactly one of "term", "terms" and "restrictions" must say what is tested: ${ways} given, or empty`,
      { options: ["term", "terms", "restrictions"] },
    );
  }
  const values = given.values ?? (given.value === undefined ? restrictions.map(() => 0) : [given.value]);
  if (values.length !== restrictions.length || !values.every(Number.isFinite)) {
    throw new OptionError(
      "INVALID_OPTION",
      `Cannot run ${CALLER} as each restriction needs one finite value: ${values.length} for ${restrictions.length}`,
      { option: "values" },
    );
  }
  return { restrictions, values };
}

function restrictionRow(weights: Readonly<Record<string, number>>, terms: readonly string[]): Float64Array {
  const row = new Float64Array(terms.length);
  for (const [term, weight] of Object.entries(weights)) {
    const at = terms.indexOf(term);
    if (at < 0) {
      const near = nearestName(term, terms);
      const hint = near === undefined ? `the terms are ${terms.map((name) => `"${name}"`).join(", ")}` : `did you mean "${near}"?`;
      throw new OptionError("UNKNOWN_TERM", `Cannot run ${CALLER} as the estimates have no term "${term}": ${hint}`, {
        term,
        known: terms,
      });
    }
    row[at] = weight;
  }
  return row;
}

function finish(
  result: OlsResult,
  settings: WildClusterBootstrapSettings,
  { groups }: ClusterInput,
  { estimate }: WildInput,
  test: WildTest,
): WildClusterBootstrapResult {
  const name = restrictionName(settings.restrictions[0]!);
  const { statistic, standardError, pValue, strict, tiesCounted, confidenceInterval, draws, enumerated, drawnStatistics, warnings } = test;
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
          degreesOfFreedom: groups.count - 1,
        };
  const missing = single !== undefined && confidenceInterval === undefined;
  return finishResult<WildClusterBootstrapResult>({
    kind: CALLER,
    estimates: single === undefined ? {} : { [name]: single },
    sample: { ...result.sample, clusters: groups.count },
    warnings: missing ? [...warnings, { code: "INTERVAL_NOT_ASKED", message: "No interval: option interval is false" }] : warnings,
    options: settings,
    reference: REFERENCE,
    statistic,
    pValue,
    pValues: { strict, tiesCounted },
    draws,
    enumerated,
    ...(drawnStatistics === undefined ? {} : { drawnStatistics }),
  });
}

/** `program`, or `program - 2*age` of a combination. */
function restrictionName(weights: Readonly<Record<string, number>>): string {
  return Object.entries(weights)
    .map(([term, weight], i) => {
      const size = Math.abs(weight) === 1 ? term : `${Math.abs(weight)}*${term}`;
      return weight < 0 ? `${i === 0 ? "-" : " - "}${size}` : `${i === 0 ? "" : " + "}${size}`;
    })
    .join("");
}
