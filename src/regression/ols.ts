import { finishResult } from "../core/display.ts";
import { DataError } from "../core/errors.ts";
import { checkArgument, checkBoolean, checkChoice, checkLevel, resolveOptions } from "../core/options.ts";
import type { Warning } from "../core/result.ts";
import type { Frame, NumericColumn, WeightOption } from "../data/index.ts";
import { resolveWeights } from "../data/roles.ts";
import { resolveSmallSample, type SmallSampleOptions } from "../inference/small-sample.ts";
import type { ClusterBy, VcovOption } from "../inference/vcov-option.ts";
import { collectGram, type Gram, type GroupCodes } from "../moments/index.ts";
import { type AbsorptionOptions, resolveAbsorption } from "./absorption.ts";
import { type AnyVcov, clusterLists, computeCovariance, resolveVcov, vcovColumns } from "./covariance.ts";
import type { AnyRow, AnyTerm } from "./design.ts";
import { inferencePart } from "./estimates.ts";
import { type FitStatistics, fitStatistics } from "./fit-statistics.ts";
import { effectSpecifications, type FixedEffectsOption } from "./fixed-effects.ts";
import { linearPart } from "./kept-linear.ts";
import { attachModel, type KeptModel } from "./kept-model.ts";
import { fitLinearModel, type LinearModel } from "./linear-model.ts";
import { type ModelData, modelData } from "./model-data.ts";
import type { RegressionResult } from "./regression-result.ts";
import type { Term } from "./terms.ts";
import { effectWarnings, fitWarnings, termWarnings } from "./warnings.ts";

/** Options of {@link ols}. */
export interface OlsOptions<Row> {
  /** Numeric outcome. */
  readonly outcome: NumericColumn<Row>;
  /** Numeric columns, and terms made by `factor`, `power`, `interaction`. */
  readonly regressors: readonly Term<Row>[];
  /** Whether to estimate a constant. Default true without fixed effects; with them it is part of them. */
  readonly intercept?: boolean;
  /** Fixed effects to absorb. */
  readonly fixedEffects?: FixedEffectsOption<Row>;
  /** Weights: analytic (default), frequency (each row stands for so many equal rows), or sampling. */
  readonly weights?: WeightOption<Row>;
  /** Columns to cluster by: short for `vcov: { type: "cluster", by }`. */
  readonly cluster?: ClusterBy<Row>;
  /** Covariance of the estimates. Default `{ type: "iid" }`, or clustered when `cluster` is given. */
  readonly vcov?: VcovOption<Row>;
  /** Small-sample corrections; defaults as in fixest. */
  readonly smallSample?: SmallSampleOptions;
  /** Numeric column with coefficient 1: the outcome less this column is explained, and fitted values hold it. */
  readonly offset?: NumericColumn<Row>;
  /** Limits of the iteration that removes fixed effects, where one is made. */
  readonly absorption?: AbsorptionOptions;
  /** Whether rows that alone make up a level of a fixed effect are left out, recursively. Default `"drop"`. */
  readonly singletons?: "drop" | "keep";
  /** Confidence level of the intervals. Default 0.95. */
  readonly level?: number;
  /** Whether the result carries the fitted rows for `withCovariance`, `predict`, `fixedEffectEstimates`. Default true. */
  readonly keepModel?: boolean;
}

/** {@link OlsOptions} as resolved, columns by name. */
export interface OlsSettings {
  readonly outcome: string;
  readonly regressors: readonly AnyTerm[];
  readonly intercept: boolean;
  readonly fixedEffects?: FixedEffectsOption<AnyRow>;
  readonly weights?: WeightOption<AnyRow>;
  readonly offset?: string;
  readonly absorption?: AbsorptionOptions;
  readonly vcov: AnyVcov;
  readonly smallSample: Required<SmallSampleOptions>;
  readonly singletons: "drop" | "keep";
  readonly level: number;
  readonly keepModel: boolean;
}

/** Result of {@link ols}. */
export interface OlsResult extends RegressionResult<"regression.ols", OlsSettings> {
  readonly fit: FitStatistics;
}

const CALLER = "regression.ols";
const REFERENCE = "Greene (2018), Econometric Analysis, 8th ed., chapters 2-4 and 9";

/**
 * Least squares with fixed effects, weights and a choice of covariances; defaults and small-sample corrections equal `feols` of R's
 * fixest 0.14. Regressors that others or the fixed effects determine are left out, the later ones first, by a rule relative to each
 * column's own size, and listed in `droppedTerms` with a warning.
 *
 * @throws ColumnError for unknown or non-numeric columns.
 * @throws OptionError `UNKNOWN_OPTION`, `INVALID_OPTION`, `UNKNOWN_LEVEL`, `REPEATED_TERM`, `VCOV_UNSUPPORTED`.
 * @throws DataError `ALL_MISSING`, `NO_ROWS_LEFT`, `NEGATIVE_WEIGHT`, `CONSTANT_OUTCOME`.
 * @throws IdentificationError `ALL_COLLINEAR`, `TOO_FEW_ROWS`, `ONE_CLUSTER`, `FULL_LEVERAGE`.
 * @throws ConvergenceError `NOT_CONVERGED`: removing the fixed effects did not come to its end; `details` hold iterations and residual.
 * @example
 * const result = ols(people, { outcome: "hours", regressors: ["program", "age"], fixedEffects: ["person", "month"], cluster: "person" });
 * result.estimates.program;
 */
export function ols<Row>(data: Frame<Row>, options: OlsOptions<Row>): OlsResult {
  const frame = data as unknown as Frame<AnyRow>;
  checkArgument(CALLER, data, "a frame or a panel", ["rowCount", "columnNames"]);
  const settings = resolveOls(options as unknown as OlsOptions<AnyRow>);
  const { input, gram } = collectMoments(frame, settings);
  const model = fitLinearModel(CALLER, {
    outcome: explained(input),
    columns: input.columns,
    names: input.design.map(({ name }) => name),
    intercept: settings.intercept,
    weights: input.weights,
    effects: input.effects,
    maxIterations: settings.absorption?.maxIterations,
    gram,
    groups: summedGroups(settings.vcov, input),
  });
  return finishModel(model, input, settings, frame);
}

function resolveOls(options: OlsOptions<AnyRow>): OlsSettings {
  const raw = resolveOptions<OlsOptions<AnyRow> & { level: number }>(CALLER, options, {
    required: ["outcome", "regressors"],
    defaults: {
      intercept: undefined,
      fixedEffects: undefined,
      weights: undefined,
      offset: undefined,
      absorption: undefined,
      cluster: undefined,
      vcov: undefined,
      smallSample: undefined,
      singletons: "drop",
      level: 0.95,
      keepModel: true,
    },
  });
  const { outcome, regressors, fixedEffects, weights, offset, absorption, cluster, vcov } = raw;
  checkLevel(CALLER, raw.level);
  const chosen = vcov ?? (cluster === undefined ? { type: "iid" } : { type: "cluster", by: cluster });
  return {
    outcome: outcome as string,
    regressors: regressors as readonly AnyTerm[],
    intercept: checkBoolean(CALLER, "intercept", raw.intercept ?? fixedEffects === undefined),
    ...(fixedEffects === undefined ? {} : { fixedEffects: fixedEffects as NonNullable<OlsSettings["fixedEffects"]> }),
    ...(weights === undefined ? {} : { weights: weights as NonNullable<OlsSettings["weights"]> }),
    ...(offset === undefined ? {} : { offset }),
    ...(absorption === undefined ? {} : { absorption: resolveAbsorption(CALLER, absorption) }),
    vcov: resolveVcov(CALLER, chosen as AnyVcov),
    smallSample: resolveSmallSample(CALLER, raw.smallSample),
    singletons: checkChoice(CALLER, "singletons", raw.singletons, ["drop", "keep"]),
    level: raw.level,
    keepModel: checkBoolean(CALLER, "keepModel", raw.keepModel),
  };
}

/** Rows from which a pass that only looks for missing values is worth saving. */
const MANY_ROWS = 10_000;

/** The rows used; of plain columns with their moments, which also show whether every number is finite. */
function collectMoments(data: Frame<AnyRow>, settings: OlsSettings): { readonly input: ModelData; readonly gram: Gram | undefined } {
  const { intercept, fixedEffects, weights, offset, regressors, vcov } = settings;
  const plain = regressors.every((term) => typeof term === "string") && vcovColumns(vcov).numbers.length === 0;
  if (plain && intercept && fixedEffects === undefined && weights === undefined && offset === undefined && data.rowCount >= MANY_ROWS) {
    const input = collectModel(CALLER, data, settings, true);
    const gram = collectGram([...input.columns, input.outcome], undefined);
    if (gram.products.every(Number.isFinite)) return { input, gram };
  }
  return { input: collectModel(CALLER, data, settings, false), gram: undefined };
}

/** The groups over which the covariance sums scores, where it does so once. */
function summedGroups(vcov: AnyVcov, { covariance }: ModelData): GroupCodes | undefined {
  if (vcov.type !== "cluster" || (vcov.variant !== "CR0" && vcov.variant !== "CR1")) return undefined;
  const [list, ...more] = clusterLists(vcov.by);
  return list?.length === 1 && more.length === 0 ? covariance.groups(list[0]!) : undefined;
}

function collectModel(caller: string, data: Frame<AnyRow>, settings: OlsSettings, finite: boolean): ModelData {
  const input = modelData(caller, data, {
    outcome: settings.outcome,
    terms: settings.regressors,
    offset: settings.offset,
    weights: resolveWeights<AnyRow>(caller, settings.weights, ["analytic", "frequency", "sampling"]),
    effects: effectSpecifications(caller, settings.fixedEffects),
    singletons: settings.singletons,
    vcov: vcovColumns(settings.vcov),
    finite,
  });
  const values = explained(input);
  const first = values[0];
  if (values.every((value) => value === first)) {
    throw new DataError(
      "CONSTANT_OUTCOME",
      `Cannot run ${caller} as "${settings.outcome}" must vary: it is ${first}${settings.offset === undefined ? "" : ` beyond "${settings.offset}"`} in all ${input.outcome.length} rows used`,
      {
        column: settings.outcome,
        value: first,
      },
    );
  }
  return input;
}

function finishModel(model: LinearModel, input: ModelData, settings: OlsSettings, data: Frame<AnyRow>): OlsResult {
  const covariance = computeCovariance(model.equations, settings.vcov, settings.smallSample, input.covariance, model.effects);
  const inference = inferencePart(model.terms, model.coefficients, covariance, settings.level);
  const clusters = covariance.clusters === undefined ? {} : { clusters: Math.min(...covariance.clusters) };
  const result: OlsResult = {
    kind: CALLER,
    ...inference,
    sample: { ...input.sample, ...clusters },
    warnings: [...modelWarnings(model, input, settings), ...inference.warnings],
    options: settings,
    reference: REFERENCE,
    fit: fitStatistics(model),
    droppedTerms: model.dropped,
    fixedEffects: model.effects.map(({ specification, count }) => ({ name: specification.name, levels: count })),
    design: model.positions.map((j) => (j < 0 ? { name: "(Intercept)", parts: [] } : input.design[j]!)),
  };
  if (settings.keepModel) attachModel(result, modelToKeep(model, input, data));
  return finishResult(result);
}

/** The outcome less the offset. */
const explained = ({ outcome, offset }: ModelData): Float64Array =>
  offset === undefined ? outcome : outcome.map((y, i) => y - offset[i]!);

function modelToKeep(model: LinearModel, input: ModelData, data: Frame<AnyRow>): KeptModel {
  const { outcome, residuals } = model;
  return {
    ...linearPart(model),
    fitted: () => outcome.map((y, i) => y - residuals[i]! + (input.offset?.[i] ?? 0)),
    offset: input.offset,
    data,
    rows: input.rows,
  };
}

function modelWarnings(model: LinearModel, input: ModelData, { absorption }: OlsSettings): readonly Warning[] {
  return [
    ...termWarnings(model.dropped),
    ...effectWarnings(CALLER, input.singletons, model.effects.length, model.absorber, absorption?.tolerance),
    ...fitWarnings(model, "regressor"),
  ];
}
