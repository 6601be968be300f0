import type { AnyRow } from "./design.ts";
import { finishIv } from "./iv-finish.ts";
import { inferenceOf, keptIv } from "./iv-kept.ts";
import type { IvResult } from "./iv-result.ts";
import type { RegressionResult } from "./regression-result.ts";
import { type CovarianceOptions, withCovariance as changeCovariance } from "./with-covariance.ts";

/**
 * The same estimates of any regression with another covariance, without estimating again; for instrumental variables the tests that
 * rest on the covariance change with it.
 *
 * @throws DataError `MODEL_NOT_KEPT`, `MISSING_VALUES` (a row used lacks a column of the covariance).
 * @example
 * const robust = withCovariance(result, { vcov: { type: "hetero" } });
 */
export function withCovariance<R extends RegressionResult, Row = AnyRow>(result: R, options: CovarianceOptions<Row>): R {
  const changed = changeCovariance<R, Row>(result, options);
  if (changed.kind !== "regression.iv") return changed;
  const caller = "regression.withCovariance";
  const { options: settings } = changed as unknown as IvResult;
  const kept = keptIv(caller, result);
  return finishIv(kept, settings, inferenceOf(caller, kept, settings)) as unknown as R;
}
