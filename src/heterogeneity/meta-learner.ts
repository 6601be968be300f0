import { finishResult } from "../core/display.ts";
import { DataError } from "../core/errors.ts";
import { checkArgument } from "../core/options.ts";
import type { Estimate, Result, Warning } from "../core/result.ts";
import { gatherNumbers } from "../data/columns.ts";
import type { Frame } from "../data/frame.ts";
import { numericData } from "../data/frame.ts";
import { binaryRole, columnsByRole, type Groups, groupRole, numberRole, numbersRole, weightRole } from "../data/roles.ts";
import { normalEstimate } from "../inference/estimate.ts";
import { crossFit, type Folds, givenFolds, randomFolds, requireRows } from "./cross-fit.ts";
import type { Learner, Predictor } from "./learners.ts";
import {
  type MetaLearnerOptions,
  type MetaLearnerSettings,
  type MetaLearners,
  type MetaLearnerType,
  resolveMetaLearner,
  type SuppliedNuisance,
} from "./meta-learner-options.ts";

/** Result of {@link metaLearner}. */
export interface MetaLearnerResult extends Result<"heterogeneity.metaLearner", MetaLearnerSettings> {
  /** DR: the average effect from the scores; otherwise empty. */
  readonly estimates: { readonly averageEffect?: Estimate };
  /** Predicted effect of each row of the data the model was learnt from (NaN where a covariate is missing). */
  readonly effects: Float64Array;
  /** Coefficients of linear effect models: intercept, then `effectCovariates` (S: treatment, covariates and products). */
  readonly coefficients: Readonly<Record<string, readonly number[]>>;
  /** R: mean squared loss on the training rows. */
  readonly rLoss?: number;
  /** R, DR, IPW, U: the transformed outcome, over the rows used. */
  readonly pseudoOutcomes?: Float64Array;
}

const CALLER = "heterogeneity.metaLearner";
const PREDICTOR = Symbol("whatworks.heterogeneity.predictor");

/**
 * Conditional average effects by any learner. `predictEffects` applies the model to other rows. Nuisances of R, DR, IPW and U are cross-fitted.
 * Predictions are point estimates: for inference use `bestLinearProjection`, `groupEffects` or `rankAverageEffect` on doubly robust scores.
 *
 * @throws OptionError `INVALID_OPTION`; DataError `NOT_BINARY`, `TOO_FEW_FOLDS`, `FOLDS_TOO_SMALL`; IdentificationError and ConvergenceError of the learners.
 * @see Kunzel, Sekhon, Bickel and Yu (2019), PNAS 116 (S, T, X); Nie and Wager (2021), Biometrika 108 (R); Kennedy (2023), EJS 17 (DR).
 * @example
 * const model = metaLearner(people, { type: "R", outcome: "hours", treatment: "job", covariates: ["age", "debts"] });
 * predictEffects(model, others);
 */
export function metaLearner<Row>(data: Frame<Row>, options: MetaLearnerOptions<Row>): MetaLearnerResult {
  const { settings, learners } = resolveMetaLearner(CALLER, options);
  const { columns, sample } = columnsByRole(CALLER, data, {
    outcome: numberRole(settings.outcome),
    treatment: binaryRole(settings.treatment),
    covariates: numbersRole(settings.covariates),
    effectCovariates: numbersRole(settings.effectCovariates),
    weights: weightRole(settings.weights),
    cluster: groupRole(settings.cluster),
    supplied: numbersRole(Object.values(settings.predictions)),
    folds: groupRole(typeof settings.folds === "string" ? settings.folds : undefined),
  });
  const folds: Folds =
    columns.folds === undefined
      ? randomFolds(sample.used, Number(settings.folds), columns.cluster, settings.seed, 1)
      : givenFolds(CALLER, columns.folds);
  const input: Inputs = {
    y: columns.outcome,
    w: columns.treatment,
    X: columns.covariates,
    Z: columns.effectCovariates,
    weights: columns.weights,
    folds,
    supplied: Object.fromEntries(Object.keys(settings.predictions).map((name, k) => [name, columns.supplied[k]!])),
  };
  const fitted = LEARN[settings.type](input, learners, settings);
  const result: MetaLearnerResult = {
    kind: CALLER,
    estimates:
      fitted.scores === undefined ? {} : { averageEffect: meanOf(fitted.scores, columns.weights, columns.cluster, settings.level) },
    effects: effectsOn(data as unknown as Frame<Record<string, number>>, settings, fitted.predict),
    coefficients: fitted.coefficients,
    ...(fitted.rLoss === undefined ? {} : { rLoss: fitted.rLoss }),
    ...(fitted.pseudoOutcomes === undefined ? {} : { pseudoOutcomes: fitted.pseudoOutcomes }),
    sample,
    warnings: fitted.warnings ?? [],
    options: settings,
    reference: REFERENCES[settings.type],
  };
  Object.defineProperty(result, PREDICTOR, { value: fitted.predict, enumerable: false });
  return finishResult(result);
}

/**
 * Effects that a model predicts for other rows, one a row (NaN where a covariate is missing).
 *
 * @throws DataError `MODEL_NOT_KEPT`: the result is a copy.
 */
export function predictEffects<Row>(model: MetaLearnerResult, data: Frame<Row>): Float64Array {
  checkArgument("heterogeneity.predictEffects", model, "a result of heterogeneity.metaLearner", ["options"]);
  const predict = (model as { readonly [PREDICTOR]?: EffectPredictor })[PREDICTOR];
  if (predict === undefined) {
    throw new DataError("MODEL_NOT_KEPT", "Cannot predict effects as the result must carry its model: a copy does not; learn it again");
  }
  return effectsOn(data as unknown as Frame<Record<string, number>>, model.options, predict);
}

/** Predicts from covariates and effect covariates. */
type EffectPredictor = (X: readonly Float64Array[], Z: readonly Float64Array[]) => Float64Array;

function effectsOn(data: Frame<Record<string, number>>, settings: MetaLearnerSettings, predict: EffectPredictor): Float64Array {
  const columns = (names: readonly string[]): Float64Array[] => names.map((name) => numericData(data, name).values);
  return predict(columns(settings.covariates), columns(settings.effectCovariates));
}

const REFERENCES: Readonly<Record<MetaLearnerType, string>> = {
  S: "Kunzel, Sekhon, Bickel & Yu (2019), PNAS 116(10)",
  T: "Kunzel, Sekhon, Bickel & Yu (2019), PNAS 116(10)",
  X: "Kunzel, Sekhon, Bickel & Yu (2019), PNAS 116(10)",
  R: "Nie & Wager (2021), Biometrika 108(2)",
  DR: "Kennedy (2023), Electronic Journal of Statistics 17(2)",
  IPW: "Athey & Imbens (2016), PNAS 113(27)",
  U: "Kunzel, Sekhon, Bickel & Yu (2019), PNAS 116(10)",
};

interface Inputs {
  readonly y: Float64Array;
  readonly w: Float64Array;
  readonly X: readonly Float64Array[];
  readonly Z: readonly Float64Array[];
  readonly weights: Float64Array | undefined;
  readonly folds: Folds;
  readonly supplied: Readonly<Partial<Record<SuppliedNuisance, Float64Array>>>;
}

interface Fitted {
  readonly predict: EffectPredictor;
  readonly coefficients: Readonly<Record<string, readonly number[]>>;
  readonly rLoss?: number;
  readonly pseudoOutcomes?: Float64Array;
  /** Doubly robust scores. */
  readonly scores?: Float64Array;
  readonly warnings?: readonly Warning[];
}

type Learn = (input: Inputs, learners: MetaLearners, settings: MetaLearnerSettings) => Fitted;

const coefficientsOf = (name: string, predictor: Predictor): Readonly<Record<string, readonly number[]>> =>
  predictor.coefficients === undefined ? {} : { [name]: predictor.coefficients };

const inArm = (w: Float64Array, arm: number): Int32Array => Int32Array.from(w.keys()).filter((i) => w[i] === arm);

function fitRows(
  learner: Learner,
  X: readonly Float64Array[],
  y: Float64Array,
  weights: Float64Array | undefined,
  rows: Int32Array,
): Predictor {
  const own = weights === undefined ? undefined : gatherNumbers(weights, rows);
  requireRows(learner, X.length, rows.length, `an arm has ${rows.length}; use fewer covariates`);
  return learner.fit(
    X.map((column) => gatherNumbers(column, rows)),
    gatherNumbers(y, rows),
    own,
  );
}

const single: Learn = ({ y, w, X, weights }, { outcome }, { interacted }) => {
  const features = (at: readonly Float64Array[], treatment: (row: number) => number): Float64Array[] => {
    const assigned = Float64Array.from({ length: at[0]?.length ?? w.length }, (_, i) => treatment(i));
    return [assigned, ...at, ...(interacted ? at.map((column) => column.map((v, i) => v * assigned[i]!)) : [])];
  };
  const model = outcome.fit(
    features(X, (i) => w[i]!),
    y,
    weights,
  );
  const predict: EffectPredictor = (at) => {
    const untreated = model(features(at, () => 0));
    return model(features(at, () => 1)).map((v, i) => v - untreated[i]!);
  };
  return { predict, coefficients: coefficientsOf("outcome", model) };
};

const two: Learn = ({ y, w, X, weights }, { outcome }) => {
  const [control, treated] = [0, 1].map((arm) => fitRows(outcome, X, y, weights, inArm(w, arm))) as [Predictor, Predictor];
  const predict: EffectPredictor = (at) => {
    const untreated = control(at);
    return treated(at).map((v, i) => v - untreated[i]!);
  };
  return { predict, coefficients: { ...coefficientsOf("control", control), ...coefficientsOf("treated", treated) } };
};

const crossed: Learn = ({ y, w, X, Z, weights }, { outcome, propensity, effect }, { trimming }) => {
  const [control, treated] = [0, 1].map((arm) => fitRows(outcome, X, y, weights, inArm(w, arm))) as [Predictor, Predictor];
  const [under, over] = [control(X), treated(X)];
  const imputed = y.map((value, i) => (w[i] === 1 ? value - under[i]! : over[i]! - value));
  const [tau0, tau1] = [0, 1].map((arm) => fitRows(effect, Z, imputed, weights, inArm(w, arm))) as [Predictor, Predictor];
  const e = propensity.fit(X, w, weights);
  const predict: EffectPredictor = (at, effectAt) => {
    const share = clip(e(at), trimming);
    const [low, high] = [tau0(effectAt), tau1(effectAt)];
    return share.map((p, i) => p * low[i]! + (1 - p) * high[i]!);
  };
  return { predict, coefficients: { ...coefficientsOf("control", tau0), ...coefficientsOf("treated", tau1) } };
};

const clip = (e: Float64Array, bound: number): Float64Array => e.map((p) => Math.min(1 - bound, Math.max(bound, p)));

/** Regression of a transformed outcome on the effect covariates. */
function regress({ Z, weights }: Inputs, effect: Learner, pseudo: Float64Array, extra?: Float64Array): Fitted {
  const own = extra === undefined ? weights : extra.map((v, i) => v * (weights === undefined ? 1 : weights[i]!));
  const model = effect.fit(Z, pseudo, own);
  return { predict: (_, at) => model(at), coefficients: coefficientsOf("effect", model), pseudoOutcomes: pseudo };
}

/** Propensities inside their bounds, with a warning where they were not. */
function propensities(input: Inputs, { propensity }: MetaLearners, { trimming }: MetaLearnerSettings): Propensities {
  const raw = input.supplied.treatment ?? crossFit(propensity, input.X, input.w, input.folds, undefined, input.weights);
  const e = clip(raw, trimming);
  let rows = 0;
  for (let i = 0; i < e.length; i++) if (e[i] !== raw[i]) rows++;
  const message = `${rows} propensities were moved to ${trimming} or ${1 - trimming}: effects there rest on hardly any comparison`;
  return { e, warnings: rows === 0 ? [] : [{ code: "PROPENSITIES_TRIMMED", message, details: { rows } }] };
}

interface Propensities {
  readonly e: Float64Array;
  readonly warnings: readonly Warning[];
}

const outcomeOf = ({ X, y, folds, weights, supplied }: Inputs, { outcome }: MetaLearners): Float64Array =>
  supplied.outcome ?? crossFit(outcome, X, y, folds, undefined, weights);

const residual: Learn = (input, learners, settings) => {
  const { y, w, X, Z, weights } = input;
  const { e, warnings } = propensities(input, learners, settings);
  const m = outcomeOf(input, learners);
  const rest = w.map((value, i) => value - e[i]!);
  const fitted = regress(
    input,
    learners.effect,
    y.map((value, i) => (value - m[i]!) / rest[i]!),
    rest.map((v) => v * v),
  );
  const tau = fitted.predict(X, Z);
  let [loss, total] = [0, 0];
  for (let i = 0; i < y.length; i++) {
    const weight = weights === undefined ? 1 : weights[i]!;
    loss += weight * (y[i]! - m[i]! - rest[i]! * tau[i]!) ** 2;
    total += weight;
  }
  return { ...fitted, rLoss: loss / total, warnings };
};

const doublyRobust: Learn = (input, learners, settings) => {
  const { y, w, X, weights, folds, supplied } = input;
  const { e, warnings } = propensities(input, learners, settings);
  const arm = (own: 0 | 1): Float64Array => crossFit(learners.outcome, X, y, folds, (i) => w[i] === own, weights);
  const g0 = supplied.outcomeControl ?? arm(0);
  const g1 = supplied.outcomeTreated ?? arm(1);
  const scores = y.map((value, i) => {
    const own = w[i] === 1 ? g1[i]! : g0[i]!;
    return g1[i]! - g0[i]! + ((w[i]! - e[i]!) / (e[i]! * (1 - e[i]!))) * (value - own);
  });
  return { ...regress(input, learners.effect, scores), scores, warnings };
};

const weightedOutcome: Learn = (input, learners, settings) => {
  const { e, warnings } = propensities(input, learners, settings);
  const transformed = input.y.map((value, i) => (value * (input.w[i]! - e[i]!)) / (e[i]! * (1 - e[i]!)));
  return { ...regress(input, learners.effect, transformed), warnings };
};

const ratio: Learn = (input, learners, settings) => {
  const { y, w } = input;
  const { e, warnings } = propensities(input, learners, settings);
  const m = outcomeOf(input, learners);
  const transformed = y.map((value, i) => (value - m[i]!) / (w[i]! - e[i]!));
  return { ...regress(input, learners.effect, transformed), warnings };
};

const LEARN: Readonly<Record<MetaLearnerType, Learn>> = {
  S: single,
  T: two,
  X: crossed,
  R: residual,
  DR: doublyRobust,
  IPW: weightedOutcome,
  U: ratio,
};

/** Weighted mean of the scores with the variance of a mean, by cluster where there are clusters. */
function meanOf(scores: Float64Array, weights: Float64Array | undefined, cluster: Groups | undefined, level: number): Estimate {
  const n = scores.length;
  const weight = (i: number): number => (weights === undefined ? 1 : weights[i]!);
  let [sum, total] = [0, 0];
  for (let i = 0; i < n; i++) {
    sum += weight(i) * scores[i]!;
    total += weight(i);
  }
  const mean = sum / total;
  const units = cluster?.count ?? n;
  const deviations = new Float64Array(units);
  for (let i = 0; i < n; i++) deviations[cluster === undefined ? i : cluster.codes[i]!]! += weight(i) * (scores[i]! - mean);
  const squares = deviations.reduce((all, v) => all + v * v, 0);
  return normalEstimate("averageEffect", mean, ((squares / (total * total)) * units) / (units - 1), level);
}
