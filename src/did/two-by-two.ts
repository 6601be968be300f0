import { finishResult } from "../core/display.ts";
import { DataError, IdentificationError, OptionError } from "../core/errors.ts";
import { checkArgument, checkBoolean, checkChoice, checkLevel, checkNumber, resolveOptions } from "../core/options.ts";
import type { DroppedRows, Estimate, Result, Sample, Warning } from "../core/result.ts";
import { factorize } from "../data/factorize.ts";
import { type AnyColumn, type Frame, type NumericColumn, Panel, type WeightOption } from "../data/index.ts";
import { binaryRole, columnsByRole, type Groups, groupRole, numberRole, resolveWeights, weightRole } from "../data/roles.ts";
import { normalEstimate } from "../inference/estimate.ts";
import { requireTwoClusters } from "../inference/vcov-cluster.ts";
import type { AnyTerm } from "../regression/design.ts";
import type { Term } from "../regression/index.ts";
import { fewClusterWarnings } from "./contributions.ts";
import { covariateColumns, covariateRoles, covariateTerms, gatherDesign } from "./covariates.ts";
import type { InfluenceValues } from "./group-time-result.ts";
import { fitCrossSectionPair } from "./numerics/two-by-two-cross-sections.ts";
import { fitPanelPair, fitTwoWayRegression, meanOne, type TwoByTwoFailure, type TwoByTwoFit } from "./numerics/two-by-two-panel.ts";
import { NO_OVERLAP } from "./overlap.ts";

/** Options of {@link twoByTwo}. */
export interface TwoByTwoOptions<Row> {
  /** Numeric outcome; the effect is in its unit. */
  readonly outcome: NumericColumn<Row>;
  /** 0/1: 1 on every row of a unit (or member of a group) that is treated in the later period. */
  readonly treated: NumericColumn<Row>;
  /** Period column of two values, for repeated cross-sections handed in as a frame; a panel knows its own. */
  readonly time?: NumericColumn<Row>;
  /** Covariates that parallel trends condition on, as in `attGt`; a panel's are taken from the earlier period. @defaultValue [] */
  readonly covariates?: readonly (AnyColumn<Row> | Term<Row>)[];
  /**
   * `"doublyRobust"` with a logit and least squares; `"improvedDoublyRobust"` with inverse probability tilting and weighted least squares,
   * doubly robust for inference too; `"regression"`; `"ipw"` with normalized weights; `"horvitzThompson"`; `"twoWayRegression"`, which is
   * biased when effects or trends vary with covariates. @defaultValue "improvedDoublyRobust"
   */
  readonly method?: "doublyRobust" | "improvedDoublyRobust" | "regression" | "ipw" | "horvitzThompson" | "twoWayRegression";
  /** Sampling weights; a panel's are taken from the earlier period. */
  readonly weights?: WeightOption<Row>;
  /** Controls at or above this propensity do not count; a warning says how many. @defaultValue 0.995 */
  readonly trim?: number;
  /** Repeated cross-sections: whether doubly robust methods use regressions of the treated too. @defaultValue true */
  readonly locallyEfficient?: boolean;
  /** As in `attGt`. @defaultValue "derived" */
  readonly baseRegressionSign?: "derived" | "DRDID";
  /** One column whose groups are independent of each other. */
  readonly cluster?: AnyColumn<Row>;
  /** Whether to keep influence values by unit (row of repeated cross-sections). @defaultValue false */
  readonly keepInfluence?: boolean;
  /** Confidence level. @defaultValue 0.95 */
  readonly level?: number;
}

/** {@link TwoByTwoOptions} with defaults filled in. */
export type TwoByTwoSettings<Row = never> = TwoByTwoOptions<Row> & Required<Omit<TwoByTwoOptions<Row>, "time" | "weights" | "cluster">>;

/** The average effect on the treated. */
export interface TwoByTwoResult extends Result<"did.twoByTwo", TwoByTwoSettings> {
  readonly estimates: { readonly att: Estimate };
  /** Present with `keepInfluence`; of `"twoWayRegression"` in a panel all rows of the earlier period, then all of the later. */
  readonly influence?: InfluenceValues;
}

const CALLER = "did.twoByTwo";
const METHODS = ["doublyRobust", "improvedDoublyRobust", "regression", "ipw", "horvitzThompson", "twoWayRegression"] as const;
const REFERENCE = "Sant'Anna & Zhao (2020), Doubly robust difference-in-differences estimators, Journal of Econometrics 219(1), 101-122";

/**
 * Average effect on the treated with two groups and two periods, under parallel trends given covariates. A {@link Panel} of two periods is
 * compared by unit; a frame with option `time` is read as repeated cross-sections. Equals the estimators of R's DRDID 1.2.3. Variance from
 * influence functions, independent across units or, given `cluster`, across clusters; normal inference.
 *
 * @throws OptionError `INVALID_OPTION`, `UNKNOWN_OPTION`, `MISSING_OPTION`, `TIME_OPTION`.
 * @throws DataError `NOT_TWO_PERIODS`, `TREATED_VARIES`, `CLUSTER_VARIES`.
 * @throws IdentificationError `NO_TREATED_UNITS`, `NO_CONTROL_UNITS`, `COLLINEAR_COVARIATES`, `NO_CALIBRATION`, `ONE_CLUSTER`.
 * @see Sant'Anna & Zhao (2020), doi:10.1016/j.jeconom.2020.06.003
 * @example
 * twoByTwo(people, { outcome: "hours", treated: "eligible", covariates: ["age"], method: "doublyRobust" }).estimates.att;
 */
export function twoByTwo<Row>(data: Panel<Row> | Frame<Row>, options: TwoByTwoOptions<Row>): TwoByTwoResult {
  checkArgument(CALLER, data, "a panel or a frame", ["columnNames"]);
  const settings = twoByTwoSettings(options);
  const isPanel = data instanceof Panel;
  if (isPanel === (settings.time !== undefined)) {
    throw new OptionError(
      "TIME_OPTION",
      isPanel
        ? `Cannot run ${CALLER} as option "time" belongs to repeated cross-sections: the panel has its own time "${data.time}"`
        : `Cannot run ${CALLER} as a frame is read as repeated cross-sections and needs option "time": it was not given`,
      { option: "time" },
    );
  }
  const read = readPair(data, settings);
  const { fit, units } = data instanceof Panel ? fitPanel(data, read, settings) : fitRows(read, settings);
  if ("failure" in fit) throw failureError(fit.failure, settings);
  const regression = settings.method === "twoWayRegression";
  const variance = varianceOf(fit.influence, units.clusters, regression);
  const att = normalEstimate("att", fit.att, variance, settings.level);
  const warnings: Warning[] = [...units.warnings, ...fewClusterWarnings(units.clusters?.count)];
  if (!fit.converged) {
    warnings.push({
      code: "PROPENSITY_NOT_CONVERGED",
      message: "The propensity model stopped before it converged: check overlap of the covariates",
    });
  }
  if (fit.largestPropensity >= NO_OVERLAP) {
    warnings.push({
      code: "NO_OVERLAP",
      message: `No overlap: propensities reach ${fit.largestPropensity.toPrecision(6)}, so that treated units have no controls like them; attGt would give no estimate`,
      details: { largest: fit.largestPropensity },
    });
  }
  if (fit.trimmed > 0) {
    warnings.push({
      code: "CONTROLS_TRIMMED",
      message: `Weak overlap: ${fit.trimmed} controls with a propensity of ${settings.trim} or more were left out`,
      details: { controls: fit.trimmed, trim: settings.trim },
    });
  }
  if (!(variance > 0)) warnings.push({ code: "NO_VARIANCE", message: "No standard error: outcomes do not vary within groups" });
  return finishResult({
    kind: "did.twoByTwo",
    estimates: { att },
    sample: units.clusters === undefined ? units.sample : { ...units.sample, clusters: units.clusters.count },
    ...(settings.keepInfluence ? { influence: { units: fit.influence.length, values: fit.influence } } : {}),
    warnings,
    options: settings as unknown as TwoByTwoSettings,
    reference: REFERENCE,
  });
}

function twoByTwoSettings<Row>(options: TwoByTwoOptions<Row>): TwoByTwoSettings<Row> {
  const settings = resolveOptions<TwoByTwoSettings<Row>>(CALLER, options, {
    required: ["outcome", "treated"],
    defaults: {
      time: undefined,
      covariates: [],
      method: "improvedDoublyRobust",
      weights: undefined,
      trim: 0.995,
      locallyEfficient: true,
      baseRegressionSign: "derived",
      cluster: undefined,
      keepInfluence: false,
      level: 0.95,
    },
  });
  checkChoice(CALLER, "method", settings.method, METHODS);
  checkChoice(CALLER, "baseRegressionSign", settings.baseRegressionSign, ["derived", "DRDID"]);
  checkNumber(CALLER, "trim", settings.trim, { min: 0, max: 1 });
  checkBoolean(CALLER, "locallyEfficient", settings.locallyEfficient);
  checkBoolean(CALLER, "keepInfluence", settings.keepInfluence);
  checkLevel(CALLER, settings.level);
  return settings;
}

/** Columns over the used rows. */
interface PairRows {
  readonly outcome: Float64Array;
  readonly treated: Float64Array;
  readonly time: Float64Array | undefined;
  readonly weights: Float64Array | undefined;
  readonly cluster: Groups | undefined;
  readonly covariates: readonly Float64Array[];
  readonly rows: Int32Array | undefined;
  readonly sample: Sample;
}

function readPair<Row>(data: Frame<Row>, settings: TwoByTwoSettings<Row>): PairRows {
  const terms: readonly AnyTerm[] = covariateTerms(data, settings.covariates);
  const weights = resolveWeights(CALLER, settings.weights, ["sampling", "analytic"]);
  const { columns, rows, sample } = columnsByRole(CALLER, data, {
    outcome: numberRole(settings.outcome as string),
    treated: binaryRole(settings.treated as string),
    time: numberRole(settings.time as string | undefined),
    weights: weightRole(weights?.column),
    cluster: groupRole(settings.cluster as string | undefined),
    ...covariateRoles(terms),
  });
  const covariates = covariateColumns(CALLER, terms, columns, columns.outcome.length);
  return { ...columns, cluster: columns.cluster, covariates, rows, sample };
}

interface PairUnits {
  readonly clusters: { readonly codes: Int32Array; readonly count: number } | undefined;
  readonly sample: Sample;
  readonly warnings: readonly Warning[];
}

function checkPeriods(times: readonly number[]): void {
  if (times.length === 2) return;
  throw new DataError(
    "NOT_TWO_PERIODS",
    `Cannot run ${CALLER} as exactly two periods are needed: the used rows have ${times.length} (${times.slice(0, 5).join(", ")}); filter them, or use attGt`,
    { periods: times },
  );
}

function fitPanel<Row>(data: Panel<Row>, read: PairRows, settings: TwoByTwoSettings<Row>): { fit: TwoByTwoFit; units: PairUnits } {
  const view = read.rows === undefined ? data : data.take(read.rows);
  checkPeriods(Array.from(view.times));
  const early: number[] = [];
  let incomplete = 0;
  for (let u = 0; u < view.unitCount; u++) {
    const [begin, end] = [view.unitOffsets[u]!, view.unitOffsets[u + 1]!];
    if (end - begin !== 2) incomplete += end - begin;
    else early.push(begin);
    if (end - begin === 2) requireSame(data, read, begin);
  }
  const first = Int32Array.from(early);
  const n = first.length;
  const dropped: DroppedRows[] = incomplete > 0 ? [{ reason: "unit not seen in both periods", rows: incomplete }] : [];
  const warnings: Warning[] =
    incomplete > 0
      ? [
          {
            code: "UNBALANCED_UNITS_DROPPED",
            message: `${incomplete} units not seen in both periods were left out`,
            details: { units: incomplete },
          },
        ]
      : [];
  const take = (column: Float64Array, shift: number): Float64Array => Float64Array.from(first, (row) => column[row + shift]!);
  const X = gatherDesign(read.covariates, first);
  const p = read.covariates.length + 1;
  const D = take(read.treated, 0);
  const [y0, y1] = [take(read.outcome, 0), take(read.outcome, 1)];
  const w = meanOne(read.weights === undefined ? new Float64Array(n).fill(1) : take(read.weights, 0));
  const clusters = clustersAmong(read.cluster, first);
  const sample = { ...read.sample, used: 2 * n, units: n, dropped: [...read.sample.dropped, ...dropped] };
  if (settings.method === "twoWayRegression") {
    const twice = (a: Float64Array, b: Float64Array = a): Float64Array => Float64Array.from([...a, ...b]);
    const post = twice(new Float64Array(n), new Float64Array(n).fill(1));
    const fit = fitTwoWayRegression(twice(X), twice(y0, y1), twice(D), post, twice(w), 2 * n, p);
    const both =
      clusters === undefined ? undefined : { codes: Int32Array.from([...clusters.codes, ...clusters.codes]), count: clusters.count };
    return { fit, units: { clusters: both, sample, warnings } };
  }
  const change = y1.map((value, i) => value - y0[i]!);
  return { fit: fitPanelPair({ n, p, X, D, change, w }, settings.method, settings.trim), units: { clusters, sample, warnings } };
}

/** The clusters of some rows, those without any left out. @throws IdentificationError `ONE_CLUSTER`. */
function clustersAmong(groups: Groups | undefined, rows: Int32Array): PairUnits["clusters"] {
  if (groups === undefined) return undefined;
  const { codes, values } = factorize(Float64Array.from(rows, (row) => groups.codes[row]!));
  requireTwoClusters([{ name: groups.column, count: values.length }]);
  return { codes, count: values.length };
}

function requireSame<Row>(data: Panel<Row>, { treated, cluster }: PairRows, begin: number): void {
  const varies = (code: string, what: string): DataError =>
    new DataError(code, `Cannot run ${CALLER} as ${what} must be one value a unit: a "${data.unit}" has two`, { row: begin });
  if (treated[begin] !== treated[begin + 1]) throw varies("TREATED_VARIES", "the treated group");
  if (cluster !== undefined && cluster.codes[begin] !== cluster.codes[begin + 1]) throw varies("CLUSTER_VARIES", `"${cluster.column}"`);
}

function fitRows<Row>(read: PairRows, settings: TwoByTwoSettings<Row>): { fit: TwoByTwoFit; units: PairUnits } {
  const { codes, values } = factorize(read.time!);
  checkPeriods(Array.from(values));
  const n = read.outcome.length;
  const p = read.covariates.length + 1;
  const all = Int32Array.from({ length: n }, (_, i) => i);
  const X = gatherDesign(read.covariates, all);
  const w = meanOne(read.weights ?? new Float64Array(n).fill(1));
  const post = Float64Array.from(codes);
  const units: PairUnits = {
    clusters: clustersAmong(read.cluster, all),
    sample: read.sample,
    warnings: [],
  };
  const fit =
    settings.method === "twoWayRegression"
      ? fitTwoWayRegression(X, read.outcome, read.treated, post, w, n, p)
      : fitCrossSectionPair({ n, p, X, D: read.treated, post, y: read.outcome, w }, settings.method, settings);
  return { fit, units };
}

/** Variance of the mean of influence values, by unit or by cluster; the regression's with n - 1, as in DRDID. */
function varianceOf(influence: Float64Array, clusters: PairUnits["clusters"], regression: boolean): number {
  const n = influence.length;
  if (clusters !== undefined) {
    const sums = new Float64Array(clusters.count);
    for (let i = 0; i < n; i++) sums[clusters.codes[i]!]! += influence[i]!;
    return sums.reduce((sum, value) => sum + value * value, 0) / (n * n);
  }
  const mean = influence.reduce((sum, value) => sum + value, 0) / n;
  const square = influence.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return regression ? square / ((n - 1) * n) : square / (n * n);
}

function failureError<Row>(failure: TwoByTwoFailure, settings: TwoByTwoSettings<Row>): IdentificationError {
  const found: Readonly<Record<TwoByTwoFailure, readonly [string, string]>> = {
    noTreated: ["NO_TREATED_UNITS", `rows with "${settings.treated}" = 1 are needed in each period: there are none`],
    noControls: [
      "NO_CONTROL_UNITS",
      `rows with "${settings.treated}" = 0 are needed in each period: there are none, or trimming leaves none`,
    ],
    singular: [
      "COLLINEAR_COVARIATES",
      "covariates must be linearly independent within the groups: they are collinear, or determine the treatment",
    ],
    notConverged: [
      "NO_CALIBRATION",
      'the treated means of the covariates must lie inside those of the controls: they do not; try method "doublyRobust"',
    ],
  };
  const [code, text] = found[failure];
  return new IdentificationError(code, `Cannot run ${CALLER} as ${text}`, { method: settings.method });
}
