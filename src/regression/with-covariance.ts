import { finishResult } from "../core/display.ts";
import { checkLevel, resolveOptions } from "../core/options.ts";
import { resolveSmallSample, type SmallSampleOptions } from "../inference/small-sample.ts";
import type { ClusterBy, VcovOption } from "../inference/vcov-option.ts";
import { type AnyVcov, columnsAfterwards, computeCovariance, resolveVcov, vcovColumns } from "./covariance.ts";
import type { AnyRow } from "./design.ts";
import { inferencePart } from "./estimates.ts";
import { attachModel, keptModel } from "./kept-model.ts";
import type { RegressionResult } from "./regression-result.ts";

/** Options of {@link withCovariance}; what is not given stays as it was. */
export interface CovarianceOptions<Row> {
  readonly cluster?: ClusterBy<Row>;
  readonly vcov?: VcovOption<Row>;
  readonly smallSample?: SmallSampleOptions;
  readonly level?: number;
}

/**
 * The same estimates with another covariance, without estimating again.
 * @throws DataError `MODEL_NOT_KEPT`, `MISSING_VALUES` (a row used lacks a column of the covariance).
 * @example
 * const robust = withCovariance(result, { vcov: { type: "hetero" } });
 */
export function withCovariance<R extends RegressionResult, Row = AnyRow>(result: R, options: CovarianceOptions<Row>): R {
  const caller = "regression.withCovariance";
  const model = keptModel(caller, result);
  const given = resolveOptions<CovarianceOptions<Row>>(caller, options, {
    required: [],
    defaults: { cluster: undefined, vcov: undefined, smallSample: undefined, level: undefined },
  });
  const chosen = given.vcov ?? (given.cluster === undefined ? result.options.vcov : { type: "cluster", by: given.cluster });
  const vcov = resolveVcov(caller, chosen as AnyVcov);
  const smallSample = given.smallSample === undefined ? result.options.smallSample : resolveSmallSample(caller, given.smallSample);
  const level = given.level === undefined ? result.options.level : checkLevel(caller, given.level);
  const columns = columnsAfterwards(caller, model.data, model.rows, vcovColumns(vcov));
  const covariance = computeCovariance(model.equations, vcov, smallSample, columns, model.effects);
  const inference = inferencePart(model.terms, model.coefficients, covariance, level);
  const { clusters: _, ...sample } = result.sample;
  const kept = result.warnings.filter(({ code }) => !COVARIANCE_WARNINGS.includes(code));
  const next: R = {
    ...result,
    ...inference,
    warnings: [...kept, ...inference.warnings],
    sample: covariance.clusters === undefined ? sample : { ...sample, clusters: Math.min(...covariance.clusters) },
    options: { ...result.options, vcov, smallSample, level },
  };
  return finishResult(attachModel(next, model));
}

const COVARIANCE_WARNINGS: readonly string[] = ["COVARIANCE_NOT_DEFINITE", "NO_VARIANCE"];
