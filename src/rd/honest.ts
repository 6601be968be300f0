import { finishResult } from "../core/display.ts";
import { IdentificationError, OptionError } from "../core/errors.ts";
import { checkChoice, checkLevel, checkNumber, resolveOptions } from "../core/options.ts";
import type { Estimate, Result, Warning } from "../core/result.ts";
import type { Frame } from "../data/frame.ts";
import { resolveWeights, type WeightOption } from "../data/roles.ts";
import type { AnyColumn, NumericColumn } from "../data/row-types.ts";
import { normalCdf, normalQuantile } from "../distributions/index.ts";
import { estimateFromStandardError } from "../inference/estimate.ts";
import { readDesign } from "./design.ts";
import { type HonestCriterion, honestBandwidth, preliminaryVariance, ruleOfThumb } from "./honest-bandwidth.ts";
import { honestCriticalValue } from "./honest-critical-value.ts";
import {
  biasPerUnit,
  effectiveRows,
  fittedProducts,
  type HonestFit,
  type HonestRows,
  honestFit,
  honestVariance,
  neighbourProducts,
} from "./numerics/honest-fit.ts";
import { KERNELS, type KernelName } from "./numerics/kernel.ts";

/** Options of {@link honest}. */
export interface RdHonestOptions<Row> {
  readonly outcome: NumericColumn<Row>;
  readonly running: NumericColumn<Row>;
  /** Default 0. */
  readonly cutoff?: number;
  /** Treatment received, for a fuzzy design. */
  readonly treatment?: NumericColumn<Row>;
  readonly covariates?: readonly NumericColumn<Row>[];
  readonly weights?: WeightOption<Row>;
  /** Clusters; needs `variance: "hetero"`. */
  readonly cluster?: AnyColumn<Row>;
  /** `"jump"` (default) at the cutoff, or the regression's `"value"` there. */
  readonly target?: "jump" | "value";
  /**
   * Bound on the second derivative of the regression function (fuzzy: of outcome's and treatment's), in outcome units over squared running
   * units. Default: a rule of thumb from global quartics, which no test can justify: give a bound where you can.
   */
  readonly smoothness?: number | readonly [number, number];
  /** Hölder (second derivative bounded everywhere, default) or Taylor (error of the expansion at the cutoff bounded). */
  readonly smoothnessClass?: "hoelder" | "taylor";
  readonly kernel?: KernelName;
  /** Bandwidth instead of one that minimises `criterion`. */
  readonly bandwidth?: number;
  /** Default `"meanSquaredError"`. */
  readonly criterion?: HonestCriterion;
  /** Quantile of excess length for `"oneSided"`. Default 0.8. */
  readonly quantile?: number;
  /** Effect at which the bias bound of the fuzzy criterion is evaluated. Default 0. */
  readonly initialEffect?: number;
  /** Default `"nearestNeighbour"`. */
  readonly variance?: "nearestNeighbour" | "hetero";
  /** Neighbours. Default 3. */
  readonly matches?: number;
  readonly level?: number;
}

/** Options of {@link honest} as resolved. */
export interface RdHonestSettings {
  readonly outcome: string;
  readonly running: string;
  readonly cutoff: number;
  readonly treatment?: string;
  readonly covariates: readonly string[];
  readonly weights?: string;
  readonly cluster?: string;
  readonly target: "jump" | "value";
  readonly smoothness?: number | readonly [number, number];
  readonly smoothnessClass: "hoelder" | "taylor";
  readonly kernel: KernelName;
  readonly bandwidth?: number;
  readonly criterion: HonestCriterion;
  readonly quantile: number;
  readonly initialEffect: number;
  readonly variance: "nearestNeighbour" | "hetero";
  readonly matches: number;
  readonly level: number;
}

/** Result of {@link honest}. */
export interface RdHonestResult extends Result<"rd.honest", RdHonestSettings> {
  /** Interval and p-value hold for every function within the smoothness bound. */
  readonly estimates: Readonly<Record<string, Estimate>> & { readonly honest: Estimate };
  readonly maximumBias: number;
  /** Critical value by which the standard error is multiplied. */
  readonly criticalValue: number;
  /** Ends of the one-sided intervals at the same level: lower and upper. */
  readonly oneSided: readonly [number, number];
  readonly bandwidth: number;
  /** Rows with equal weights that would give the same variance. */
  readonly effectiveRows: number;
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
  const settings = resolveHonest(options);
  const design = readDesign("rd.honest", data, { ...settings, collinearity: "keep" });
  const outcomes = design.columns.slice(0, design.outcomeColumns);
  const rows: HonestRows = {
    x: design.running.map((value) => value - settings.cutoff),
    outcomes,
    covariates: design.columns.slice(design.outcomeColumns),
    weights: design.weights ?? new Float64Array(design.rows).fill(1),
    clusters: design.clusters,
    clusterCount: design.clusterCount,
    jump: settings.target === "jump",
  };
  const { smoothness, h } = tuning(rows, settings);
  const kernel = KERNELS[settings.kernel];
  const fit = honestFit(rows, kernel, h);
  const uniform = honestFit(rows, KERNELS.uniform, h);
  if (fit === undefined || uniform === undefined) throw tooFew(settings, h);
  const warnings: Warning[] =
    settings.smoothness === undefined
      ? [
          {
            code: "RULE_OF_THUMB_SMOOTHNESS",
            message: `The smoothness bound (${smoothness.map((value) => value.toPrecision(3)).join(", ")}) is a rule of thumb from global quartics: the interval is honest only if it holds`,
            details: { smoothness },
          },
        ]
      : [];
  return finishResult({
    kind: "rd.honest",
    ...inference(rows, fit, smoothness, settings),
    bandwidth: h,
    ...renamed(effectiveRows(rows, fit, uniform)),
    ...(outcomes.length === 2 ? { smoothnessParts: smoothness as readonly [number, number] } : {}),
    sample: design.sample,
    warnings: [...design.warnings, ...warnings],
    options: settings,
    reference: "Armstrong & Kolesár (2020), Quantitative Economics 11(1) 1-39",
  });
}

const renamed = ({ effective, leverage }: { effective: number; leverage: number }): { effectiveRows: number; leverage: number } => ({
  effectiveRows: effective,
  leverage,
});

function resolveHonest(options: object): RdHonestSettings {
  const caller = "rd.honest";
  const given = resolveOptions<RdHonestSettings>(caller, options, {
    required: ["outcome", "running"],
    defaults: {
      cutoff: 0,
      treatment: undefined,
      covariates: [],
      weights: undefined,
      cluster: undefined,
      target: "jump",
      smoothness: undefined,
      smoothnessClass: "hoelder",
      kernel: "triangular",
      bandwidth: undefined,
      criterion: "meanSquaredError",
      quantile: 0.8,
      initialEffect: 0,
      variance: "nearestNeighbour",
      matches: 3,
      level: 0.95,
    },
  });
  checkNumber(caller, "cutoff", given.cutoff);
  checkChoice(caller, "target", given.target, ["jump", "value"]);
  checkChoice(caller, "smoothnessClass", given.smoothnessClass, ["hoelder", "taylor"]);
  checkChoice(caller, "kernel", given.kernel, ["triangular", "epanechnikov", "uniform"]);
  checkChoice(caller, "criterion", given.criterion, ["meanSquaredError", "length", "oneSided"]);
  checkChoice(caller, "variance", given.variance, ["nearestNeighbour", "hetero"]);
  checkNumber(caller, "matches", given.matches, { min: 1, integer: true });
  checkNumber(caller, "quantile", given.quantile, { min: 0, max: 1, open: true });
  checkLevel(caller, given.level);
  if (given.bandwidth !== undefined) checkNumber(caller, "bandwidth", given.bandwidth, { min: 0, open: true });
  if (given.smoothness !== undefined) {
    const bounds = typeof given.smoothness === "number" ? [given.smoothness] : given.smoothness;
    for (const bound of bounds) checkNumber(caller, "smoothness", bound, { min: 0 });
    const needed = given.treatment === undefined ? 1 : 2;
    if (bounds.length !== needed) {
      throw new OptionError(
        "INVALID_OPTION",
        `Cannot run ${caller} as "smoothness" needs ${needed === 1 ? "one bound" : "two bounds, for outcome and treatment"}: ${bounds.length} were given`,
        {},
      );
    }
  }
  if (given.cluster !== undefined && given.variance === "nearestNeighbour") {
    throw new OptionError(
      "VCOV_UNSUPPORTED",
      `Cannot run ${caller} with clusters and nearest-neighbour residuals as clustered scores need fitted ones: set variance: "hetero"`,
      {},
    );
  }
  if (given.target === "value" && given.treatment !== undefined) {
    throw new OptionError(
      "INVALID_OPTION",
      `Cannot run ${caller} with target "value" and a treatment as a value has no first stage: leave "treatment" out`,
      {},
    );
  }
  const weights = resolveWeights<Record<string, number>>(caller, given.weights, ["sampling", "analytic"])?.column;
  return Object.freeze({ ...given, ...(weights === undefined ? {} : { weights }) });
}

/** Smoothness bounds by outcome and the bandwidth. With covariates both are chosen on the outcome less their local effect. */
function tuning(rows: HonestRows, settings: RdHonestSettings): { smoothness: readonly number[]; h: number } {
  const plain = { ...rows, covariates: [] };
  const first = tuningWithout(plain, settings);
  if (rows.covariates.length === 0 || (settings.smoothness !== undefined && settings.bandwidth !== undefined)) return first;
  const fit = honestFit(rows, KERNELS[settings.kernel], first.h);
  if (fit === undefined) throw tooFew(settings, first.h);
  const adjusted = rows.outcomes.map((y, o) =>
    y.map((value, i) => rows.covariates.reduce((rest, z, j) => rest - fit.gamma[o]![j]! * z[i]!, value)),
  );
  return tuningWithout({ ...plain, outcomes: adjusted }, settings);
}

function tuningWithout(rows: HonestRows, settings: RdHonestSettings): { smoothness: readonly number[]; h: number } {
  const given = settings.smoothness;
  const smoothness = given === undefined ? rows.outcomes.map((_, o) => ruleOfThumb(rows, o)) : typeof given === "number" ? [given] : given;
  if (smoothness.some(Number.isNaN)) throw tooFew(settings, Number.NaN);
  if (settings.bandwidth !== undefined) return { smoothness, h: settings.bandwidth };
  const preliminary = preliminaryVariance(rows);
  if (preliminary === undefined) throw tooFew(settings, Number.NaN);
  const rules = {
    kernel: KERNELS[settings.kernel],
    criterion: settings.criterion,
    smoothnessClass: settings.smoothnessClass,
    smoothness,
    alpha: 1 - settings.level,
    quantile: settings.quantile,
    initialEffect: settings.initialEffect,
  };
  return { smoothness, h: honestBandwidth(rows, rules, preliminary) };
}

function inference(
  rows: HonestRows,
  fit: HonestFit,
  smoothness: readonly number[],
  settings: RdHonestSettings,
): Pick<RdHonestResult, "estimates" | "maximumBias" | "criticalValue" | "oneSided" | "smoothness" | "firstStage"> {
  const products = settings.variance === "hetero" ? fittedProducts(fit.residuals) : neighbourProducts(rows, fit, settings.matches);
  const v = honestVariance(rows, fit, products);
  const [outcome, treatment] = fit.estimates as readonly [number, number?];
  const t = treatment === undefined ? outcome : outcome / treatment;
  const variance = treatment === undefined ? v[0]! : (v[0]! - 2 * t * v[1]! + t * t * v[2]!) / treatment ** 2;
  const bound = treatment === undefined ? smoothness[0]! : (smoothness[0]! + smoothness[1]! * Math.abs(t)) / Math.abs(treatment);
  const maximumBias = bound * biasPerUnit(rows, fit, settings.smoothnessClass);
  const error = Math.sqrt(variance);
  const ratio = maximumBias / error;
  const alpha = 1 - settings.level;
  const criticalValue = honestCriticalValue(ratio, alpha);
  const base = estimateFromStandardError("honest", t, error, Number.POSITIVE_INFINITY, settings.level, criticalValue);
  const pValue = normalCdf(ratio - Math.abs(base.statistic)) + normalCdf(-ratio - Math.abs(base.statistic));
  const half = maximumBias + normalQuantile(alpha, "upper") * error;
  return {
    estimates: { honest: { ...base, pValue } },
    maximumBias,
    criticalValue,
    oneSided: [t - half, t + half],
    smoothness: bound,
    ...(treatment === undefined ? {} : { firstStage: treatment }),
  };
}

function tooFew({ running }: RdHonestSettings, h: number): IdentificationError {
  const where = Number.isNaN(h) ? "on each side" : `within ${h} of the cutoff`;
  return new IdentificationError(
    "TOO_FEW_POINTS",
    `Cannot run rd.honest as a local linear fit needs at least two distinct values of "${running}" ${where} (five for the rule of thumb): there are fewer; widen "bandwidth" or give "smoothness"`,
    { column: running, bandwidth: h },
  );
}
