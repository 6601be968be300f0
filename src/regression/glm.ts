import { finishResult } from "../core/display.ts";
import { ConvergenceError, DataError } from "../core/errors.ts";
import { checkBoolean, checkChoice, checkLevel, checkNumber, resolveOptions } from "../core/options.ts";
import type { Warning } from "../core/result.ts";
import type { Frame, NumericColumn } from "../data/index.ts";
import { resolveWeights } from "../data/roles.ts";
import { resolveSmallSample } from "../inference/small-sample.ts";
import { type AnyVcov, computeCovariance, resolveVcov, vcovColumns } from "./covariance.ts";
import type { AnyRow, AnyTerm } from "./design.ts";
import { inferencePart } from "./estimates.ts";
import { effectSpecifications } from "./fixed-effects.ts";
import { binarySeparation, checkGlmFit, separationWarnings, wordsOf } from "./glm-checks.ts";
import { fitGlm, type GlmFit, type GlmInput } from "./glm-fit.ts";
import { restrictedScores } from "./glm-restricted.ts";
import { type GlmFitStatistics, glmStatistics } from "./glm-statistics.ts";
import { attachModel } from "./kept-model.ts";
import { type ModelData, modelData, WITHOUT_VARIATION } from "./model-data.ts";
import { GAMMA, type GlmFamily, LOGIT, POISSON, PROBIT } from "./numerics/glm-family.ts";
import type { OlsOptions, OlsSettings } from "./ols.ts";
import type { RegressionResult } from "./regression-result.ts";
import { countSides, findSeparation, type SeparatedRows } from "./separation.ts";
import { effectWarnings, termWarnings } from "./warnings.ts";

/** Options of {@link poisson}, {@link logit}, {@link probit} and {@link gamma}: those of `ols`, and: */
export interface GlmOptions<Row> extends Omit<OlsOptions<Row>, "offset" | "absorption"> {
  /** Numeric column added to the linear predictor with coefficient 1 (for counts: the log of the exposure). */
  readonly offset?: NumericColumn<Row>;
  /** Whether {@link poisson} looks for separated rows and leaves them out. Default true. */
  readonly separation?: boolean;
  /** Largest number of reweighting rounds. Default 100. */
  readonly maxIterations?: number;
  /** Relative change of the deviance that ends the iteration. Default 3e-13, close to what doubles allow. */
  readonly tolerance?: number;
}

/** Options as resolved. */
export interface GlmSettings extends OlsSettings {
  readonly offset?: string;
  readonly separation: boolean;
  readonly maxIterations: number;
  readonly tolerance: number;
}

/** Result of {@link poisson}, {@link logit}, {@link probit} or {@link gamma}. */
export interface GlmResult
  extends RegressionResult<"regression.poisson" | "regression.logit" | "regression.probit" | "regression.gamma", GlmSettings> {
  readonly fit: GlmFitStatistics;
  /** Rows of the data left out as separated, ascending. */
  readonly separatedRows: readonly number[];
  /** What the checks for separation found, each under its name. */
  readonly separation: readonly SeparationFinding[];
}

/** Rows that one check found to be fitted perfectly. */
export interface SeparationFinding {
  /**
   * `"fixedEffects"`: levels whose outcomes are all 0 (binary: all 0 or all 1), left out; `"simplex"`: regressors alone, by linear programming;
   * `"iterativeRectifier"`: regressors and fixed effects together. What the latter two find is left out of Poisson fits, and warned of in binary ones.
   */
  readonly check: "fixedEffects" | SeparatedRows["check"];
  readonly rows: number;
  /** Regressors that take part. */
  readonly terms: readonly string[];
}

/**
 * Poisson (pseudo-)maximum likelihood with fixed effects and a log link: for counts and for any outcome at or above zero whose mean is
 * exponential. Separated rows, for which no estimate exists, are found, reported and left out. Defaults equal `fepois` of fixest 0.14.
 *
 * @throws DataError `OUTCOME_OUT_OF_RANGE`, and what {@link ols} throws. @throws ConvergenceError `NOT_CONVERGED`.
 * @see Santos Silva & Tenreyro (2006), doi:10.1162/rest.88.4.641
 * @example
 * poisson(people, { outcome: "spells", regressors: ["program"], fixedEffects: ["person", "year"], cluster: "person" });
 */
export function poisson<Row>(data: Frame<Row>, options: GlmOptions<Row>): GlmResult {
  return run("regression.poisson", data, options, POISSON);
}

/**
 * Logit by maximum likelihood, with fixed effects as dummies (no correction of the incidental-parameter bias). Levels with outcomes all
 * 0 or all 1 are left out. Defaults equal `feglm(family = "logit")` of fixest 0.14.
 *
 * @throws DataError `OUTCOME_OUT_OF_RANGE`, and what {@link ols} throws. @throws ConvergenceError `NOT_CONVERGED`.
 * @throws IdentificationError `SEPARATED`: all outcomes are told apart; message and `details.terms` name what does so. Where some are, a warning
 * `SEPARATION` names it.
 * @example
 * logit(people, { outcome: "employed", regressors: ["age", "program"] }).estimates.program;
 */
export function logit<Row>(data: Frame<Row>, options: GlmOptions<Row>): GlmResult {
  return run("regression.logit", data, options, LOGIT);
}

/** As {@link logit} with a probit link. */
export function probit<Row>(data: Frame<Row>, options: GlmOptions<Row>): GlmResult {
  return run("regression.probit", data, options, PROBIT);
}

/**
 * Gamma regression with a log link, for positive outcomes whose standard deviation is proportional to their mean (costs, durations, incomes).
 * Coefficients are those of the log mean. The dispersion is Pearson's over n - K, so that inference is by t, as in R's `glm(family = Gamma("log"))`; AIC and BIC
 * count it as a parameter.
 *
 * @throws DataError `OUTCOME_OUT_OF_RANGE`, and what {@link ols} throws. @throws ConvergenceError `NOT_CONVERGED`.
 * @see McCullagh & Nelder (1989), Generalized Linear Models, chapter 8
 * @example
 * gamma(people, { outcome: "benefit", regressors: ["program"], fixedEffects: ["municipality", "year"], cluster: "municipality" });
 */
export function gamma<Row>(data: Frame<Row>, options: GlmOptions<Row>): GlmResult {
  return run("regression.gamma", data, options, GAMMA);
}

type Kind = GlmResult["kind"];

function run<Row>(kind: Kind, data: Frame<Row>, options: GlmOptions<Row>, family: GlmFamily): GlmResult {
  const frame = data as unknown as Frame<AnyRow>;
  const settings = resolveGlm(kind, options as unknown as GlmOptions<AnyRow>);
  let input = readData(kind, frame, settings, family, undefined);
  checkRange(kind, settings.outcome, input.outcome, family);
  const separated: SeparatedRows[] = [];
  const excluded = new Set<number>();
  const first = family === POISSON && settings.separation ? fitAtOnce(kind, glmInput(input, settings, family)) : undefined;
  while (family === POISSON && settings.separation && first?.apart !== false) {
    const { outcome, columns, design, effects } = input;
    const names = design.map(({ name }) => name);
    const found = findSeparation({ sides: countSides(outcome), columns, names, intercept: settings.intercept, effects });
    if (found === undefined) break;
    separated.push(found);
    for (const row of found.rows) excluded.add(input.rows?.[row] ?? row);
    input = readData(kind, frame, settings, family, excluded);
  }
  const glm = glmInput(input, settings, family);
  const fit = first !== undefined && separated.length === 0 ? first.fit : fitOrExplain(kind, glm);
  checkGlmFit(kind, fit, glm);
  const apart = binarySeparation(kind, fit, glm);
  return finishGlm(kind, fit, glm, input, settings, frame, {
    rows: [...excluded].sort((a, b) => a - b),
    found: apart === undefined ? separated : [apart],
  });
}

/** Rows from which a fit before any search for separation saves time. */
const MANY_ROWS = 5000;
/** Expected outcomes that no separated row has. */
const SURELY_POSITIVE = 1e-3;

/**
 * A fit of many counts, and whether rows may be separated in it. Along a separating direction the likelihood rises as long as the expected
 * outcomes of its rows are not 0: where they are far from it at the maximum, there is none. `undefined` for few rows or without a maximum.
 */
function fitAtOnce(kind: Kind, glm: GlmInput): { readonly fit: GlmFit; readonly apart: boolean } | undefined {
  const { outcome, tolerance } = glm;
  if (outcome.length < MANY_ROWS) return undefined;
  try {
    const fit = fitGlm(kind, glm);
    let smallest = Number.POSITIVE_INFINITY;
    for (let i = 0; i < outcome.length; i++) if (outcome[i] === 0 && fit.means[i]! < smallest) smallest = fit.means[i]!;
    return { fit, apart: smallest < SURELY_POSITIVE || tolerance * (0.1 + fit.deviance) > 0.1 * SURELY_POSITIVE };
  } catch {
    return undefined; // told apart, or an error that the fit after the search repeats
  }
}

/** A fit; where it does not converge as binary outcomes are told apart, that is the error. */
function fitOrExplain(kind: Kind, glm: GlmInput): GlmFit {
  try {
    return fitGlm(kind, glm);
  } catch (error) {
    if (error instanceof ConvergenceError) binarySeparation(kind, undefined, glm);
    throw error;
  }
}

/** Separated rows: those left out (numbers in the data), and what told rows apart. */
interface Separated {
  readonly rows: readonly number[];
  readonly found: readonly SeparatedRows[];
}

function resolveGlm(kind: Kind, options: GlmOptions<AnyRow>): GlmSettings {
  const raw = resolveOptions<
    GlmOptions<AnyRow> & { level: number; singletons: "drop" | "keep"; separation: boolean; maxIterations: number; tolerance: number }
  >(kind, options, {
    required: ["outcome", "regressors"],
    defaults: {
      intercept: undefined,
      fixedEffects: undefined,
      weights: undefined,
      offset: undefined,
      cluster: undefined,
      vcov: undefined,
      smallSample: undefined,
      singletons: "drop",
      separation: true,
      maxIterations: 100,
      tolerance: 3e-13,
      level: 0.95,
      keepModel: true,
    },
  });
  const { fixedEffects, weights, offset, cluster } = raw;
  const chosen = raw.vcov ?? (cluster === undefined ? { type: "iid" } : { type: "cluster", by: cluster });
  return {
    outcome: raw.outcome,
    regressors: raw.regressors as readonly AnyTerm[],
    intercept: checkBoolean(kind, "intercept", raw.intercept ?? fixedEffects === undefined),
    ...(fixedEffects === undefined ? {} : { fixedEffects }),
    ...(weights === undefined ? {} : { weights }),
    ...(offset === undefined ? {} : { offset }),
    vcov: resolveVcov(kind, chosen as AnyVcov),
    smallSample: resolveSmallSample(kind, raw.smallSample),
    singletons: checkChoice(kind, "singletons", raw.singletons, ["drop", "keep"]),
    separation: checkBoolean(kind, "separation", raw.separation),
    maxIterations: checkNumber(kind, "maxIterations", raw.maxIterations, { min: 1, integer: true }),
    tolerance: checkNumber(kind, "tolerance", raw.tolerance, { min: 0, max: 0.1, open: true }),
    level: checkLevel(kind, raw.level),
    keepModel: checkBoolean(kind, "keepModel", raw.keepModel),
  };
}

function readData(
  kind: Kind,
  data: Frame<AnyRow>,
  settings: GlmSettings,
  family: GlmFamily,
  separated: ReadonlySet<number> | undefined,
): ModelData {
  return modelData(kind, data, {
    outcome: settings.outcome,
    terms: settings.regressors,
    offset: settings.offset,
    weights: resolveWeights<AnyRow>(kind, settings.weights, ["analytic", "frequency", "sampling"]),
    effects: effectSpecifications(kind, settings.fixedEffects),
    singletons: settings.singletons,
    ...(family === GAMMA ? {} : { infinite: family === POISSON ? ("zeros" as const) : ("zerosOrOnes" as const) }),
    ...(separated === undefined ? {} : { exclude: { reason: "separated: the outcome 0 is fitted perfectly", rows: separated } }),
    vcov: vcovColumns(settings.vcov),
  });
}

function checkRange(kind: Kind, column: string, outcome: Float64Array, family: GlmFamily): void {
  let wrong = 0;
  while (wrong < outcome.length && family.allows(outcome[wrong]!)) wrong++;
  if (wrong < outcome.length) {
    throw new DataError(
      "OUTCOME_OUT_OF_RANGE",
      `Cannot run ${kind} as "${column}" must be ${family.range}: some row has ${outcome[wrong]}`,
      {
        column,
        value: outcome[wrong],
      },
    );
  }
  const first = outcome[0];
  if (outcome.every((y) => y === first)) {
    throw new DataError(
      "CONSTANT_OUTCOME",
      `Cannot run ${kind} as "${column}" must vary: it is ${first} in all ${outcome.length} rows used`,
      {
        column,
        value: first,
      },
    );
  }
}

const glmInput = (input: ModelData, settings: GlmSettings, family: GlmFamily): GlmInput => ({
  outcome: input.outcome,
  columns: input.columns,
  names: input.design.map(({ name }) => name),
  intercept: settings.intercept,
  weights: input.weights,
  offset: input.offset,
  effects: input.effects,
  family,
  maxIterations: settings.maxIterations,
  tolerance: settings.tolerance,
});

function finishGlm(
  kind: Kind,
  fit: GlmFit,
  glm: GlmInput,
  input: ModelData,
  settings: GlmSettings,
  data: Frame<AnyRow>,
  { rows: left, found }: Separated,
): GlmResult {
  const covariance = computeCovariance(fit.equations, settings.vcov, settings.smallSample, input.covariance, input.effects);
  const inference = inferencePart(fit.terms, fit.coefficients, covariance, settings.level);
  const warnings: Warning[] = [...termWarnings(fit.dropped), ...effectWarnings(kind, input.singletons, input.effects.length, fit.absorber)];
  warnings.push(...separationWarnings(fit, glm, found[0]));
  if (left.length > 0) {
    warnings.push({
      code: "SEPARATION",
      message: `${left.length} rows with outcome 0 were left out as ${found.map(wordsOf).join(", ")} predict it perfectly: no estimate exists with them`,
      details: {
        rows: left,
        terms: [...new Set(found.flatMap(({ terms }) => terms))],
        checks: [...new Set(found.map(({ check }) => check))],
      },
    });
  }
  const result: GlmResult = {
    kind,
    ...inference,
    sample: { ...input.sample, ...(covariance.clusters === undefined ? {} : { clusters: Math.min(...covariance.clusters) }) },
    warnings: [...warnings, ...inference.warnings],
    options: settings,
    reference: "McCullagh & Nelder (1989), Generalized Linear Models, 2nd ed.",
    fit: glmStatistics(fit, glm),
    droppedTerms: fit.dropped,
    fixedEffects: input.effects.map(({ specification, count }) => ({ name: specification.name, levels: count })),
    design: fit.positions.map((j) => (j < 0 ? { name: "(Intercept)", parts: [] } : input.design[j]!)),
    separatedRows: left,
    separation: [
      ...input.sample.dropped.flatMap(({ reason, rows }) =>
        reason === WITHOUT_VARIATION ? [{ check: "fixedEffects" as const, rows, terms: [] }] : [],
      ),
      ...found.map(({ check, rows, terms }) => ({ check, rows: rows.length, terms })),
    ],
  };
  if (settings.keepModel) {
    const { absorber, predictor, means, coefficients, positions } = fit;
    let residuals: Float64Array | undefined; // made when first asked for
    attachModel(result, {
      terms: fit.terms,
      coefficients,
      equations: fit.equations,
      effects: input.effects,
      likelihood: {
        predictor: () => (input.offset === undefined ? predictor : predictor.map((eta, i) => eta - input.offset![i]!)),
        mean: glm.family.mean,
        slope: glm.family.slope,
      },
      restricted: (caller, fixed) =>
        restrictedScores(
          caller,
          glm,
          positions,
          new Map(Array.from(fixed, ([term, value]) => [positions[fit.terms.indexOf(term)]!, value])),
        ),
      get residuals() {
        residuals ??= differences(input.outcome, means);
        return residuals;
      },
      fitted: () => means,
      effectTarget: () =>
        predictor.map((eta, i) => {
          let rest = eta - (input.offset?.[i] ?? 0);
          positions.forEach((j, c) => {
            rest -= coefficients[c]! * (j < 0 ? 1 : input.columns[j]![i]!);
          });
          return rest;
        }),
      effectsOf: absorber === undefined ? undefined : (x) => absorber.effects(x),
      data,
      rows: input.rows,
    });
  }
  return finishResult(result);
}

function differences(a: Float64Array, b: Float64Array): Float64Array {
  const out = new Float64Array(a.length);
  for (let i = 0; i < out.length; i++) out[i] = a[i]! - b[i]!;
  return out;
}
