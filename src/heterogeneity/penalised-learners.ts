import { DataError } from "../core/errors.ts";
import { checkNumber, resolveOptions } from "../core/options.ts";
import { createStream } from "../random/index.ts";
import type { Learner, Predictor } from "./learners.ts";
import {
  type Centred,
  centredMoments,
  type FoldMoments,
  foldMoments,
  heldOutError,
  lassoCoefficients,
  ridgeCoefficients,
} from "./numerics/penalised-path.ts";

/** Options of {@link ridgeLearner} and {@link lassoLearner}. */
export interface PenalisedLearnerOptions {
  /** Penalty on the coefficients of standardised covariates. @defaultValue chosen by cross-validation */
  readonly penalty?: number;
  /** Folds of the cross-validation. @defaultValue 10 */
  readonly folds?: number;
  /** Penalties tried, from one that leaves (almost) nothing down to a ten-thousandth of it. @defaultValue 60 */
  readonly penalties?: number;
  /** Seed of the folds. @defaultValue 1 */
  readonly seed?: number;
}

interface PenalisedSettings {
  readonly penalty?: number;
  readonly folds: number;
  readonly penalties: number;
  readonly seed: number;
}

/** Range of penalties tried. */
const LOWEST = 1e-4;
/** Ridge coefficients vanish only in the limit; this many times the lasso's largest penalty comes close. */
const RIDGE_FROM = 1000;

/**
 * Ridge regression: linear, all covariates kept but shrunk. The penalty is that with the smallest cross-validated error unless given; for many, or correlated, covariates.
 *
 * @throws OptionError `INVALID_OPTION`.
 * @see Hoerl and Kennard (1970), Technometrics 12; Friedman, Hastie and Tibshirani (2010), Journal of Statistical Software 33.
 * @example
 * doubleMl(people, { model: "partiallyLinear", outcome: "hours", treatment: "job", covariates, learners: { outcome: ridgeLearner(), treatment: ridgeLearner() } });
 */
export const ridgeLearner = (options: PenalisedLearnerOptions = {}): Learner => penalised("ridge", options);

/**
 * Lasso: linear, with the coefficients of covariates that do not help set to zero, by coordinate descent. The penalty is that with the smallest cross-validated
 * error unless given; for many covariates of which few matter.
 *
 * @throws OptionError `INVALID_OPTION`.
 * @see Tibshirani (1996), JRSS B 58; Friedman, Hastie and Tibshirani (2010), Journal of Statistical Software 33.
 * @example
 * metaLearner(people, { type: "DR", outcome: "hours", treatment: "job", covariates, learners: { outcome: lassoLearner() } });
 */
export const lassoLearner = (options: PenalisedLearnerOptions = {}): Learner => penalised("lasso", options);

function penalised(name: "ridge" | "lasso", options: PenalisedLearnerOptions): Learner {
  const caller = `heterogeneity.${name}Learner`;
  const settings = resolveOptions<PenalisedSettings>(caller, options, {
    required: [],
    defaults: { penalty: undefined, folds: 10, penalties: 60, seed: 1 },
  });
  if (settings.penalty !== undefined) checkNumber(caller, "penalty", settings.penalty, { min: 0 });
  checkNumber(caller, "folds", settings.folds, { min: 2, integer: true });
  checkNumber(caller, "penalties", settings.penalties, { min: 2, integer: true });
  checkNumber(caller, "seed", settings.seed, { min: 0, integer: true });
  return { name, minimumRows: () => 2, fit: (X, y, weights) => learn(name, settings, X, y, weights) };
}

function learn(
  name: "ridge" | "lasso",
  settings: PenalisedSettings,
  X: readonly Float64Array[],
  y: Float64Array,
  weights: Float64Array | undefined,
): Predictor {
  const n = y.length;
  if (n < 2) throw new DataError("TOO_FEW_ROWS", `Cannot learn by ${name} as at least two rows are needed: there are ${n}`, { rows: n });
  const columns = [...X, y].map((column) => standardise(column, weights));
  const folds = Math.min(settings.folds, n);
  const fold = createStream(settings.seed).shuffle(Int32Array.from({ length: n }, (_, i) => i % folds));
  const moments = foldMoments(
    columns.map(({ values }) => values),
    weights,
    fold,
    folds,
  );
  const all = centredMoments(moments, -1);
  const penalty = settings.penalty ?? bestPenalty(name, settings, moments, all);
  const b = path(name, all, [penalty])[0]!;
  const target = columns[X.length]!;
  const slopes = X.map((_, j) => (b[j]! * target.scale) / columns[j]!.scale);
  const intercept = target.center - slopes.reduce((sum, slope, j) => sum + slope * columns[j]!.center, 0);
  const predict = (at: readonly Float64Array[]): Float64Array => {
    const out = new Float64Array(at[0]?.length ?? 0).fill(intercept);
    slopes.forEach((slope, j) => {
      if (slope !== 0) for (let i = 0; i < out.length; i++) out[i]! += slope * at[j]![i]!;
    });
    return out;
  };
  return Object.assign(predict, { coefficients: [intercept, ...slopes] });
}

/** Weighted mean 0 and standard deviation 1; a constant column stays at 0. */
function standardise(
  column: Float64Array,
  weights: Float64Array | undefined,
): { readonly values: Float64Array; readonly center: number; readonly scale: number } {
  let [sum, total] = [0, 0];
  for (let i = 0; i < column.length; i++) {
    const w = weights === undefined ? 1 : weights[i]!;
    sum += w * column[i]!;
    total += w;
  }
  const center = sum / total;
  let squares = 0;
  for (let i = 0; i < column.length; i++) squares += (weights === undefined ? 1 : weights[i]!) * (column[i]! - center) ** 2;
  const deviation = Math.sqrt(squares / total);
  const scale = deviation > Math.abs(center) * 1e-12 ? deviation : 1;
  return { values: column.map((value) => (scale === deviation ? (value - center) / scale : 0)), center, scale };
}

/** Coefficients at each penalty, penalties descending. */
function path(name: "ridge" | "lasso", moments: Centred, penalties: readonly number[]): Float64Array[] {
  if (name === "ridge") return penalties.map((penalty) => ridgeCoefficients(moments, penalty));
  const b = new Float64Array(moments.means.length - 1);
  return penalties.map((penalty) => {
    lassoCoefficients(moments, penalty, b);
    return b.slice();
  });
}

/** The penalty with the smallest squared error over the folds, each predicted from the others. */
function bestPenalty(name: "ridge" | "lasso", { penalties }: PenalisedSettings, moments: readonly FoldMoments[], all: Centred): number {
  const m = all.means.length;
  let largest = 0;
  for (let j = 0; j < m - 1; j++) largest = Math.max(largest, Math.abs(all.covariance[j * m + m - 1]!));
  if (!(largest > 0)) return 1;
  const top = name === "ridge" ? RIDGE_FROM * largest : largest;
  const bottom = (name === "ridge" ? RIDGE_FROM * LOWEST : 1) * LOWEST * largest;
  const tried = Array.from({ length: penalties }, (_, k) => top * (bottom / top) ** (k / (penalties - 1)));
  const errors = tried.map(() => 0);
  moments.forEach((fold, f) => {
    const training = centredMoments(moments, f);
    path(name, training, tried).forEach((b, k) => {
      errors[k]! += heldOutError(fold, training, b);
    });
  });
  return tried[errors.indexOf(Math.min(...errors))]!;
}
