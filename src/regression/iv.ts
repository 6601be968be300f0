import { DataError, OptionError } from "../core/errors.ts";
import { checkBoolean, checkChoice, checkLevel, resolveOptions } from "../core/options.ts";
import type { Frame, NumericColumn } from "../data/index.ts";
import { resolveWeights } from "../data/roles.ts";
import { resolveSmallSample } from "../inference/small-sample.ts";
import { resolveAbsorption } from "./absorption.ts";
import { type AnyVcov, resolveVcov, vcovColumns } from "./covariance.ts";
import type { AnyRow, AnyTerm } from "./design.ts";
import { effectSpecifications } from "./fixed-effects.ts";
import { fitEstimator, type IvEstimator, type IvFit, resolveEstimator } from "./iv-estimator.ts";
import { finishIv } from "./iv-finish.ts";
import type { KeptIv } from "./iv-kept.ts";
import { fitIvModel, type IvModel } from "./iv-model.ts";
import type { IvResult, IvSettings } from "./iv-result.ts";
import { instrumentalRows } from "./iv-rows.ts";
import { linearPart } from "./kept-linear.ts";
import { type ModelData, modelData } from "./model-data.ts";
import type { OlsOptions } from "./ols.ts";
import type { Term } from "./terms.ts";

/** Options of {@link iv}: those of `ols`, and: */
export interface IvOptions<Row> extends Omit<OlsOptions<Row>, "outcome" | "regressors" | "offset"> {
  /** Numeric outcome. */
  readonly outcome: NumericColumn<Row>;
  /** Exogenous regressors: they are their own instruments. Default none. */
  readonly regressors?: readonly Term<Row>[];
  /** Regressors that may be correlated with the errors. */
  readonly endogenous: Term<Row> | readonly Term<Row>[];
  /** Columns that move the endogenous regressors and are uncorrelated with the errors; at least as many as those. */
  readonly instruments: Term<Row> | readonly Term<Row>[];
  /** Default `"twoStageLeastSquares"`. */
  readonly estimator?: IvEstimator;
}

const CALLER = "regression.iv";

/**
 * Instrumental variables with absorbed fixed effects: two-stage least squares, LIML, Fuller or a given k-class, with first stages,
 * tests of the instruments' strength and validity, and inference that stays right when they are weak. Two-stage least squares, its
 * covariances and small-sample corrections equal `feols(y ~ x | effects | endogenous ~ instruments)` of R's fixest 0.14.
 *
 * @throws ColumnError for unknown or non-numeric columns.
 * @throws OptionError `UNKNOWN_OPTION`, `INVALID_OPTION`, `UNKNOWN_LEVEL`, `REPEATED_TERM`, `VCOV_UNSUPPORTED` (covariances that need
 * the leverage of rows, and of clusters unless by two-stage least squares).
 * @throws DataError `ALL_MISSING`, `NO_ROWS_LEFT`, `NEGATIVE_WEIGHT`, `CONSTANT_OUTCOME`.
 * @throws IdentificationError `TOO_FEW_INSTRUMENTS`, `INSTRUMENTS_UNRELATED`, `ENDOGENOUS_COLLINEAR`, `TOO_FEW_ROWS`, `ONE_CLUSTER`,
 * `KAPPA_TOO_LARGE`, `PERFECT_FIT`.
 * @see Wooldridge (2010), Econometric Analysis of Cross Section and Panel Data, chapter 5; Anderson & Rubin (1949),
 * doi:10.1214/aoms/1177730090 (LIML); Fuller (1977), doi:10.2307/1912683
 * @example
 * const result = iv(people, {
 *   outcome: "wage", endogenous: "training", instruments: ["offer", "distance"], regressors: ["age"], fixedEffects: ["city", "year"], cluster: "city",
 * });
 * result.estimates.training;
 * result.weakInstruments.effectiveF;
 * result.andersonRubin.robustSet;
 */
export function iv<Row>(data: Frame<Row>, options: IvOptions<Row>): IvResult {
  const frame = data as unknown as Frame<AnyRow>;
  const settings = resolveIv(options as unknown as IvOptions<AnyRow>);
  const input = collectIv(frame, settings);
  const model = fitIvModel(CALLER, input, settings.intercept, settings.absorption);
  const fit = fitEstimator(CALLER, model, settings.estimator);
  const { vcov, smallSample, level } = settings;
  return finishIv(toKeep(model, fit, frame), settings, { vcov, smallSample, level, columns: input.covariance, known: new Map() });
}

function resolveIv(options: IvOptions<AnyRow>): IvSettings {
  const raw = resolveOptions<IvOptions<AnyRow> & { readonly level: number; readonly estimator: IvEstimator }>(CALLER, options, {
    required: ["outcome", "endogenous", "instruments"],
    defaults: {
      regressors: [],
      estimator: "twoStageLeastSquares",
      intercept: undefined,
      fixedEffects: undefined,
      weights: undefined,
      absorption: undefined,
      cluster: undefined,
      vcov: undefined,
      smallSample: undefined,
      singletons: "drop",
      level: 0.95,
      keepModel: true,
    },
  });
  const { fixedEffects, weights, absorption, cluster } = raw;
  const chosen = raw.vcov ?? (cluster === undefined ? { type: "iid" } : { type: "cluster", by: cluster });
  return {
    outcome: raw.outcome,
    regressors: raw.regressors as readonly AnyTerm[],
    endogenous: someTerms("endogenous", raw.endogenous),
    instruments: someTerms("instruments", raw.instruments),
    estimator: resolveEstimator(CALLER, raw.estimator),
    intercept: checkBoolean(CALLER, "intercept", raw.intercept ?? fixedEffects === undefined),
    ...(fixedEffects === undefined ? {} : { fixedEffects }),
    ...(weights === undefined ? {} : { weights }),
    ...(absorption === undefined ? {} : { absorption: resolveAbsorption(CALLER, absorption) }),
    vcov: resolveVcov(CALLER, chosen as AnyVcov),
    smallSample: resolveSmallSample(CALLER, raw.smallSample),
    singletons: checkChoice(CALLER, "singletons", raw.singletons, ["drop", "keep"]),
    level: checkLevel(CALLER, raw.level),
    keepModel: checkBoolean(CALLER, "keepModel", raw.keepModel),
  };
}

function someTerms(option: string, terms: Term<AnyRow> | readonly Term<AnyRow>[]): readonly AnyTerm[] {
  const list = [terms].flat() as readonly AnyTerm[];
  if (list.length > 0) return list;
  throw new OptionError("INVALID_OPTION", `Cannot run ${CALLER} as option "${option}" must name at least one column: none was given`, {
    option,
  });
}

function collectIv(data: Frame<AnyRow>, settings: IvSettings): ModelData {
  const { outcome } = settings;
  const input = modelData(CALLER, data, {
    outcome,
    terms: settings.regressors,
    moreTerms: [settings.endogenous, settings.instruments],
    weights: resolveWeights<AnyRow>(CALLER, settings.weights, ["analytic", "frequency", "sampling"]),
    effects: effectSpecifications(CALLER, settings.fixedEffects),
    singletons: settings.singletons,
    vcov: vcovColumns(settings.vcov),
  });
  const first = input.outcome[0];
  if (input.outcome.every((value) => value === first)) {
    throw new DataError(
      "CONSTANT_OUTCOME",
      `Cannot run ${CALLER} as "${outcome}" must vary: it is ${first} in all ${input.outcome.length} rows used`,
      { column: outcome, value: first },
    );
  }
  return input;
}

function toKeep(iv: IvModel, fit: IvFit, data: Frame<AnyRow>): KeptIv {
  const { absorber, input } = iv;
  const { outcome, residuals } = fit.model;
  return {
    ...linearPart({ ...fit.model, absorber }),
    fitted: () => outcome.map((y, i) => y - residuals[i]!),
    data,
    rows: input.rows,
    iv,
    fit,
    instrumental: (caller, groups) => instrumentalRows(caller, iv, fit, groups),
  };
}
