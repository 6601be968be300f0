import { finishResult } from "../core/display.ts";
import { DataError } from "../core/errors.ts";
import { checkChoice, checkLevel, checkNumber, resolveOptions } from "../core/options.ts";
import type { Estimate, Result, Warning } from "../core/result.ts";
import { gatherNumbers } from "../data/columns.ts";
import type { Frame } from "../data/frame.ts";
import { numericData } from "../data/frame.ts";
import { binaryRole, columnsByRole, groupRole, numberRole, numbersRole, weightRole } from "../data/roles.ts";
import type { AnyColumn, NumericColumn } from "../data/row-types.ts";
import { normalEstimate } from "../inference/estimate.ts";
import { crossFit, type Folds, givenFolds, randomFolds } from "./cross-fit.ts";
import { type Learner, linearLearner, logisticLearner, type Predictor } from "./learners.ts";

/** Meta-learners by the letter of the literature. */
export type MetaLearnerType = "S" | "T" | "X" | "R" | "DR" | "IPW" | "U";

/** Options of {@link metaLearner}. */
export interface MetaLearnerOptions<Row> {
  /**
   * S: one model with the treatment among the covariates. T: one model per arm. X: imputed effects, combined by propensity. R: weighted regression of residual on residual. DR: regression of doubly robust
   * scores. IPW, U: regressions of transformed outcomes. @defaultValue "DR"
   */
  readonly type?: MetaLearnerType;
  /** Numeric outcome. */
  readonly outcome: NumericColumn<Row>;
  /** 0/1 treatment. */
  readonly treatment: NumericColumn<Row>;
  /** Covariates of outcome and propensity models. */
  readonly covariates: readonly NumericColumn<Row>[];
  /** Covariates the effect may depend on. @defaultValue `covariates` */
  readonly effectCovariates?: readonly NumericColumn<Row>[];
  /** S: whether the model also sees treatment times covariate (a linear model gives one effect for all without). @defaultValue true */
  readonly interacted?: boolean;
  /** Number of random folds, or a column, for the cross-fitted nuisances of R, DR, IPW and U. @defaultValue 5 */
  readonly folds?: number | AnyColumn<Row>;
  /** Learners of outcome, propensity and effect. @defaultValue linear, logistic, linear */
  readonly learners?: { readonly outcome?: Learner; readonly propensity?: Learner; readonly effect?: Learner };
  /** Case weights of every model. */
  readonly weights?: NumericColumn<Row>;
  /** Propensities are kept inside [trimming, 1 - trimming]. @defaultValue 0.01 */
  readonly trimming?: number;
  /** @defaultValue 1 */
  readonly seed?: number;
  /** Confidence level. @defaultValue 0.95 */
  readonly level?: number;
}

/** Resolved options of {@link metaLearner}; learners by name. */
export interface MetaLearnerSettings {
  readonly type: MetaLearnerType;
  readonly outcome: string;
  readonly treatment: string;
  readonly covariates: readonly string[];
  readonly effectCovariates: readonly string[];
  readonly interacted: boolean;
  readonly folds: number | string;
  readonly learners: { readonly outcome: string; readonly propensity: string; readonly effect: string };
  readonly weights?: string;
  readonly trimming: number;
  readonly seed: number;
  readonly level: number;
}

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
 * @throws OptionError `INVALID_OPTION`; DataError `NOT_BINARY`, `TOO_FEW_FOLDS`; IdentificationError and ConvergenceError of the learners.
 * @see Kunzel, Sekhon, Bickel and Yu (2019), PNAS 116 (S, T, X); Nie and Wager (2021), Biometrika 108 (R); Kennedy (2023), EJS 17 (DR).
 * @example
 * const model = metaLearner(people, { type: "R", outcome: "hours", treatment: "job", covariates: ["age", "debts"] });
 * predictEffects(model, others);
 */
export function metaLearner<Row>(data: Frame<Row>, options: MetaLearnerOptions<Row>): MetaLearnerResult {
  const { settings, learners } = resolve(options);
  const { columns, sample } = columnsByRole(CALLER, data, {
    outcome: numberRole(settings.outcome),
    treatment: binaryRole(settings.treatment),
    covariates: numbersRole(settings.covariates),
    effectCovariates: numbersRole(settings.effectCovariates),
    weights: weightRole(settings.weights),
    folds: groupRole(typeof settings.folds === "string" ? settings.folds : undefined),
  });
  const folds: Folds =
    columns.folds === undefined
      ? randomFolds(sample.used, Number(settings.folds), undefined, settings.seed, 1)
      : givenFolds(CALLER, columns.folds);
  const input: Inputs = {
    y: columns.outcome,
    w: columns.treatment,
    X: columns.covariates,
    Z: columns.effectCovariates,
    weights: columns.weights,
    folds,
  };
  const fitted = LEARN[settings.type](input, learners, settings);
  const result: MetaLearnerResult = {
    kind: CALLER,
    estimates: fitted.scores === undefined ? {} : { averageEffect: meanOf(fitted.scores, columns.weights, settings.level) },
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

interface Learners {
  readonly outcome: Learner;
  readonly propensity: Learner;
  readonly effect: Learner;
}

function resolve<Row>(options: MetaLearnerOptions<Row>): { readonly settings: MetaLearnerSettings; readonly learners: Learners } {
  const given = resolveOptions<Omit<MetaLearnerSettings, "learners"> & { readonly learners: Partial<Learners> }>(CALLER, options, {
    required: ["outcome", "treatment", "covariates"],
    defaults: {
      type: "DR",
      effectCovariates: undefined,
      interacted: true,
      folds: 5,
      learners: {},
      weights: undefined,
      trimming: 0.01,
      seed: 1,
      level: 0.95,
    },
  });
  checkChoice(CALLER, "type", given.type, ["S", "T", "X", "R", "DR", "IPW", "U"]);
  checkLevel(CALLER, given.level);
  checkNumber(CALLER, "trimming", given.trimming, { min: 0, max: 0.5 });
  checkNumber(CALLER, "seed", given.seed, { min: 0, integer: true });
  if (typeof given.folds === "number") checkNumber(CALLER, "folds", given.folds, { min: 2, integer: true });
  const learners = {
    outcome: given.learners.outcome ?? linearLearner,
    propensity: given.learners.propensity ?? logisticLearner,
    effect: given.learners.effect ?? linearLearner,
  };
  const names = { outcome: learners.outcome.name, propensity: learners.propensity.name, effect: learners.effect.name };
  const settings = { ...given, learners: names, effectCovariates: given.effectCovariates ?? given.covariates };
  return { settings: Object.freeze(settings), learners };
}

interface Inputs {
  readonly y: Float64Array;
  readonly w: Float64Array;
  readonly X: readonly Float64Array[];
  readonly Z: readonly Float64Array[];
  readonly weights: Float64Array | undefined;
  readonly folds: Folds;
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

type Learn = (input: Inputs, learners: Learners, settings: MetaLearnerSettings) => Fitted;

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
  const model = outcome.fit(features(X, (i) => w[i]!), y, weights); // biome-ignore format: one line
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

const crossFitted = (input: Inputs, { propensity }: Learners, { trimming }: MetaLearnerSettings): Float64Array =>
  clip(crossFit(propensity, input.X, input.w, input.folds, undefined, input.weights), trimming);

const residual: Learn = (input, learners, settings) => {
  const { y, w, X, Z, weights, folds } = input;
  const e = crossFitted(input, learners, settings);
  const m = crossFit(learners.outcome, X, y, folds, undefined, weights);
  const rest = w.map((value, i) => value - e[i]!);
  const fitted = regress(input, learners.effect, y.map((value, i) => (value - m[i]!) / rest[i]!), rest.map((v) => v * v)); // biome-ignore format: one line
  const tau = fitted.predict(X, Z);
  let [loss, total] = [0, 0];
  for (let i = 0; i < y.length; i++) {
    const weight = weights === undefined ? 1 : weights[i]!;
    loss += weight * (y[i]! - m[i]! - rest[i]! * tau[i]!) ** 2;
    total += weight;
  }
  return { ...fitted, rLoss: loss / total };
};

const doublyRobust: Learn = (input, learners, settings) => {
  const { y, w, X, weights, folds } = input;
  const e = crossFitted(input, learners, settings);
  const [g0, g1] = [0, 1].map((arm) => crossFit(learners.outcome, X, y, folds, (i) => w[i] === arm, weights)) as [
    Float64Array,
    Float64Array,
  ];
  const scores = y.map((value, i) => {
    const own = w[i] === 1 ? g1[i]! : g0[i]!;
    return g1[i]! - g0[i]! + ((w[i]! - e[i]!) / (e[i]! * (1 - e[i]!))) * (value - own);
  });
  return { ...regress(input, learners.effect, scores), scores };
};

const weightedOutcome: Learn = (input, learners, settings) => {
  const e = crossFitted(input, learners, settings);
  return regress(
    input,
    learners.effect,
    input.y.map((value, i) => (value * (input.w[i]! - e[i]!)) / (e[i]! * (1 - e[i]!))),
  );
};

const ratio: Learn = (input, learners, settings) => {
  const { y, w, X, weights, folds } = input;
  const e = crossFitted(input, learners, settings);
  const m = crossFit(learners.outcome, X, y, folds, undefined, weights);
  return regress(
    input,
    learners.effect,
    y.map((value, i) => (value - m[i]!) / (w[i]! - e[i]!)),
  );
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

/** Weighted mean of the scores with the variance of a mean. */
function meanOf(scores: Float64Array, weights: Float64Array | undefined, level: number): Estimate {
  const weight = (i: number): number => (weights === undefined ? 1 : weights[i]!);
  let [sum, total, squares] = [0, 0, 0];
  for (let i = 0; i < scores.length; i++) {
    sum += weight(i) * scores[i]!;
    total += weight(i);
  }
  const mean = sum / total;
  for (let i = 0; i < scores.length; i++) squares += (weight(i) * (scores[i]! - mean)) ** 2;
  const n = scores.length;
  return normalEstimate("averageEffect", mean, ((squares / (total * total)) * n) / (n - 1), level);
}
