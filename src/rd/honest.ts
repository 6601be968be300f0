import { finishResult } from "../core/display.ts";
import { IdentificationError, OptionError } from "../core/errors.ts";
import type { Estimate, Result, Warning } from "../core/result.ts";
import type { Frame } from "../data/frame.ts";
import { normalCdf, normalQuantile } from "../distributions/index.ts";
import { estimateFromStandardError } from "../inference/estimate.ts";
import { checkCall } from "./check-call.ts";
import { independentCovariates } from "./covariates.ts";
import { type RdDesign, readDesign } from "./design.ts";
import {
  type HonestBandwidthRules,
  honestBandwidth,
  type PreliminaryVariance,
  preliminaryVariance,
  ruleOfThumb,
} from "./honest-bandwidth.ts";
import { honestCriticalValue } from "./honest-critical-value.ts";
import { bestPoint, frontierOf } from "./honest-optimal.ts";
import { type RdHonestOptions, type RdHonestSettings, resolveHonest } from "./honest-options.ts";
import {
  biasPerUnit,
  effectiveRows,
  fittedProducts,
  honestFit,
  honestVariance,
  neighbourProducts,
  type ResidualProducts,
} from "./numerics/honest-fit.ts";
import { fitOfWeights } from "./numerics/honest-optimal.ts";
import type { HonestFit, HonestRows } from "./numerics/honest-rows.ts";
import { KERNELS, type Kernel, type KernelName } from "./numerics/kernel.ts";
import type { Pair } from "./numerics/selectors.ts";

/** A first-stage F statistic below it is called weak. */
const WEAK_F = 10;
/** A jump in the treatment below this share of its largest value is rounding. */
const ROUNDING = 1e-11;

/** Result of {@link honest}. */
export interface RdHonestResult extends Result<"rd.honest", RdHonestSettings> {
  /** Interval and p-value hold for every function within the smoothness bound. */
  readonly estimates: Readonly<Record<string, Estimate>> & { readonly honest: Estimate };
  readonly maximumBias: number;
  /** Critical value by which the standard error is multiplied. */
  readonly criticalValue: number;
  /** Ends of the one-sided intervals at the same level: lower and upper. */
  readonly oneSided: readonly [number, number];
  /** With the optimal kernel the wider of both sides' reach. */
  readonly bandwidth: number;
  /** How far each side's weights reach, with the optimal kernel: the root of the side's level over half the bound. */
  readonly bandwidths?: Pair;
  /** Rows with equal weights that would give the same variance; absent with the optimal kernel. */
  readonly effectiveRows?: number;
  /** Largest share of one row in the variance. */
  readonly leverage: number;
  /** Bound used, in units of the effect. */
  readonly smoothness: number;
  /** Bounds of outcome and treatment, in a fuzzy design. */
  readonly smoothnessParts?: readonly [number, number];
  /** Jump in the treatment, in a fuzzy design. */
  readonly firstStage?: number;
}

/**
 * Bias-aware inference for a regression discontinuity: a local linear estimate whose interval is widened by the largest bias that a
 * bound on curvature allows. Valid for discrete running variables and in finite samples of regressors. Equals `RDHonest` of R.
 *
 * @throws IdentificationError `CUTOFF_OUTSIDE`, `TOO_FEW_ROWS`, `TOO_FEW_POINTS`; OptionError, ColumnError, DataError.
 * @see Armstrong & Kolesár (2018), Econometrica 86(2) 655-683; (2020), Quantitative Economics 11(1) 1-39; Kolesár & Rothe (2018), AER 108(8) 2277-2304
 * @example
 * rd.honest(people, { outcome: "hours", running: "age", cutoff: 60, smoothness: 0.05 }).estimates.honest.confidenceInterval;
 */
export function honest<Row>(data: Frame<Row>, options: RdHonestOptions<Row>): RdHonestResult {
  checkCall("rd.honest", data, options, ["covariates"]);
  const settings = resolveHonest(options);
  const { rows, supplied, design, warnings } = honestRows(data, settings);
  const { fit, smoothness, bandwidth, bandwidths, uniform } =
    settings.kernel === "optimal" ? minimax(rows, settings) : local(rows, settings);
  const found = inference(rows, fit, smoothness, supplied, settings);
  const { effective, leverage } = effectiveRows(rows, fit, uniform);
  return finishResult({
    kind: "rd.honest",
    ...found.numbers,
    bandwidth,
    ...(bandwidths === undefined ? {} : { bandwidths }),
    ...(effective === undefined ? {} : { effectiveRows: effective }),
    leverage,
    ...(rows.outcomes.length === 2 ? { smoothnessParts: smoothness as readonly [number, number] } : {}),
    sample: design.sample,
    warnings: [...design.warnings, ...warnings, ...ruleOfThumbWarning(settings, smoothness), ...found.warnings],
    options: settings,
    reference: "Armstrong & Kolesár (2020), Quantitative Economics 11(1) 1-39",
  });
}

/** Rows in order with the supplied residual variances, which were read as further columns. */
export function honestRows<Row>(
  data: Frame<Row>,
  settings: RdHonestSettings,
): { rows: HonestRows; supplied: readonly Float64Array[] | undefined; design: RdDesign; warnings: readonly Warning[] } {
  const { variance } = settings;
  const names =
    typeof variance === "string" ? [] : [variance.outcome, variance.covariance, variance.treatment].filter((name) => name !== undefined);
  const covariates = [...settings.covariates, ...names];
  const design = readDesign("rd.honest", data, { ...settings, covariates, collinearity: "keep" });
  const first = design.outcomeColumns;
  const last = first + settings.covariates.length;
  const kept = independentCovariates(settings.covariates, design.columns.slice(first, last), "dropWithConstant");
  const rows: HonestRows = {
    x: design.running.map((value) => value - settings.cutoff),
    outcomes: design.columns.slice(0, first),
    covariates: kept.columns,
    weights: design.weights ?? new Float64Array(design.rows).fill(1),
    clusters: design.clusters,
    clusterCount: design.clusterCount,
    jump: settings.target === "jump",
  };
  return { rows, supplied: names.length === 0 ? undefined : design.columns.slice(last), design, warnings: kept.warnings };
}

function ruleOfThumbWarning({ smoothness: given }: RdHonestSettings, smoothness: readonly number[]): Warning[] {
  if (given !== undefined) return [];
  const bounds = smoothness.map((value) => value.toPrecision(3)).join(", ");
  const message = `The smoothness bound (${bounds}) is a rule of thumb from global quartics: the interval is honest only if it holds`;
  return [{ code: "RULE_OF_THUMB_SMOOTHNESS", message, details: { smoothness } }];
}

/** A fit with its tuning; `uniform` is the fit of equal weights that effective rows are counted by. */
interface TunedFit {
  readonly fit: HonestFit;
  readonly smoothness: readonly number[];
  readonly bandwidth: number;
  readonly bandwidths?: Pair;
  readonly uniform: HonestFit | undefined;
}

function local(rows: HonestRows, settings: RdHonestSettings): TunedFit {
  const kernel = KERNELS[settings.kernel as KernelName];
  const { smoothness, h } = tuning(rows, settings, kernel);
  const fit = honestFit(rows, kernel, h);
  const uniform = kernel === KERNELS.uniform ? fit : honestFit(rows, KERNELS.uniform, h);
  if (fit === undefined || uniform === undefined) throw tooFew(settings, h);
  return { fit, smoothness, bandwidth: h, uniform };
}

/** Neighbours are looked for among the rows of positive kernel weight; the minimax weights have no kernel: among all rows. */
function nearestProducts(rows: HonestRows, fit: HonestFit, { kernel, matches }: RdHonestSettings): ResidualProducts {
  if (kernel !== "optimal") return neighbourProducts(rows, fit, matches);
  const whole = { ...fit, from: 0, to: rows.x.length, gamma: rows.outcomes.map(() => new Float64Array(0)) };
  return neighbourProducts(rows, whole, matches).map((product) => product.slice(fit.from, fit.to));
}

/** The minimax weights of the Taylor class. */
function minimax(rows: HonestRows, settings: RdHonestSettings): TunedFit {
  const smoothness = boundsOf(rows, settings);
  if (smoothness[0] === 0) throw flatBound("rd.honest with the optimal kernel");
  const frontier = frontierOf(rows, smoothness[0]!, pilotVariance(rows, settings));
  const weights = bestPoint(frontier, rulesOf(settings, smoothness))?.weights;
  if (weights === undefined) throw tooFew(settings, Number.NaN);
  const bandwidth = Math.max(...weights.reach);
  return { fit: fitOfWeights(rows, weights), smoothness, bandwidth, bandwidths: weights.reach, uniform: undefined };
}

/** Without curvature no point of the frontier is least favourable. */
export function flatBound(what: string): OptionError {
  return new OptionError("INVALID_OPTION", `Cannot run ${what} as its weights need a "smoothness" above zero: 0 was given`, {
    option: "smoothness",
  });
}

/** Smoothness bounds by outcome and the bandwidth. With covariates both are chosen on the outcome less their local effect. */
function tuning(rows: HonestRows, settings: RdHonestSettings, kernel: Kernel): { smoothness: readonly number[]; h: number } {
  const plain = { ...rows, covariates: [] };
  const first = tuningWithout(plain, settings, kernel);
  if (rows.covariates.length === 0 || (settings.smoothness !== undefined && settings.bandwidth !== undefined)) return first;
  const fit = honestFit(rows, kernel, first.h);
  if (fit === undefined) throw tooFew(settings, first.h);
  const adjusted = rows.outcomes.map((y, o) =>
    y.map((value, i) => rows.covariates.reduce((rest, z, j) => rest - fit.gamma[o]![j]! * z[i]!, value)),
  );
  return tuningWithout({ ...plain, outcomes: adjusted }, settings, kernel);
}

function tuningWithout(rows: HonestRows, settings: RdHonestSettings, kernel: Kernel): { smoothness: readonly number[]; h: number } {
  const smoothness = boundsOf(rows, settings);
  if (settings.bandwidth !== undefined) return { smoothness, h: settings.bandwidth };
  return { smoothness, h: honestBandwidth(rows, { ...rulesOf(settings, smoothness), kernel }, pilotVariance(rows, settings)) };
}

export function boundsOf(rows: HonestRows, settings: RdHonestSettings): readonly number[] {
  const given = settings.smoothness;
  const smoothness = given === undefined ? rows.outcomes.map((_, o) => ruleOfThumb(rows, o)) : typeof given === "number" ? [given] : given;
  if (smoothness.some(Number.isNaN)) throw tooFew(settings, Number.NaN);
  return smoothness;
}

export function pilotVariance(rows: HonestRows, settings: RdHonestSettings): PreliminaryVariance {
  const preliminary = preliminaryVariance(rows);
  if (preliminary === undefined) throw tooFew(settings, Number.NaN);
  return preliminary;
}

function rulesOf(settings: RdHonestSettings, smoothness: readonly number[]): Omit<HonestBandwidthRules, "kernel"> {
  const { criterion, smoothnessClass, level, quantile, initialEffect } = settings;
  return { criterion, smoothnessClass, smoothness, alpha: 1 - level, quantile, initialEffect };
}

interface Inference {
  readonly numbers: Pick<RdHonestResult, "estimates" | "maximumBias" | "criticalValue" | "oneSided" | "smoothness" | "firstStage">;
  readonly warnings: readonly Warning[];
}

function inference(
  rows: HonestRows,
  fit: HonestFit,
  smoothness: readonly number[],
  supplied: readonly Float64Array[] | undefined,
  settings: RdHonestSettings,
): Inference {
  const products =
    supplied !== undefined
      ? supplied.map((column) => column.slice(fit.from, fit.to))
      : settings.variance === "hetero"
        ? fittedProducts(fit.residuals)
        : nearestProducts(rows, fit, settings);
  const v = honestVariance(rows, fit, products);
  const [outcome, treatment] = fit.estimates as readonly [number, number?];
  if (treatment !== undefined && !(Math.abs(treatment) > ROUNDING * largestIn(rows.outcomes[1]!))) throw noFirstStage(settings, treatment);
  const t = treatment === undefined ? outcome : outcome / treatment;
  const variance = treatment === undefined ? v[0]! : (v[0]! - 2 * t * v[1]! + t * t * v[2]!) / treatment ** 2;
  const bound = treatment === undefined ? smoothness[0]! : (smoothness[0]! + smoothness[1]! * Math.abs(t)) / Math.abs(treatment);
  const maximumBias = bound * biasPerUnit(rows, fit, settings.smoothnessClass);
  const error = Math.sqrt(variance);
  const alpha = 1 - settings.level;
  const shared = { maximumBias, smoothness: bound, ...(treatment === undefined ? {} : { firstStage: treatment }) };
  if (!(error > 0)) {
    const none = estimateFromStandardError("honest", t, Number.NaN, Number.POSITIVE_INFINITY, settings.level);
    const message = "No standard error: residuals within the bandwidth are zero";
    return {
      numbers: { ...shared, estimates: { honest: none }, criticalValue: Number.NaN, oneSided: [Number.NaN, Number.NaN] },
      warnings: [{ code: "NO_VARIANCE", message }],
    };
  }
  const ratio = maximumBias / error;
  const criticalValue = honestCriticalValue(ratio, alpha);
  const base = estimateFromStandardError("honest", t, error, Number.POSITIVE_INFINITY, settings.level, criticalValue);
  const pValue = normalCdf(ratio - Math.abs(base.statistic)) + normalCdf(-ratio - Math.abs(base.statistic));
  const half = maximumBias + normalQuantile(alpha, "upper") * error;
  return {
    numbers: { ...shared, estimates: { honest: { ...base, pValue } }, criticalValue, oneSided: [t - half, t + half] },
    warnings: treatment === undefined ? [] : weakFirstStage(treatment, v[2]!),
  };
}

function largestIn(values: Float64Array): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i]!);
    if (size > largest) largest = size;
  }
  return largest;
}

function weakFirstStage(jump: number, variance: number): Warning[] {
  const F = jump ** 2 / variance;
  if (!(F < WEAK_F)) return [];
  const message = `Weak first stage: F = ${F.toFixed(1)}; the ratio and its interval are unreliable when treatment hardly jumps at the cutoff`;
  return [{ code: "WEAK_FIRST_STAGE", message, details: { F } }];
}

function noFirstStage({ treatment }: RdHonestSettings, jump: number): IdentificationError {
  return new IdentificationError(
    "NO_FIRST_STAGE",
    `Cannot run rd.honest as the treatment "${treatment}" must change at the cutoff: its jump is ${jump}`,
    { column: treatment, jump },
  );
}

function tooFew({ running, covariates }: RdHonestSettings, h: number): IdentificationError {
  const others = covariates.length === 0 ? "" : `, or leave out covariates that are constant there or follow from "${running}"`;
  const where = Number.isNaN(h) ? "on each side" : `within ${h} of the cutoff`;
  return new IdentificationError(
    "TOO_FEW_POINTS",
    `Cannot run rd.honest as a local linear fit needs at least two distinct values of "${running}" ${where} (five for the rule of thumb)${covariates.length === 0 ? "" : " and independent covariates"}: there are fewer; widen "bandwidth" or give "smoothness"${others}`,
    { column: running, bandwidth: h },
  );
}
