import { checkChoice, checkLevel, resolveOptions } from "../core/options.ts";
import { estimateList } from "../core/result.ts";
import type { Frame } from "../data/index.ts";
import { criticalValue } from "../inference/estimate.ts";
import { fromRows } from "../linalg/index.ts";
import { newDesign } from "./new-design.ts";
import type { OlsResult } from "./ols.ts";
import { type ExpectedOutcomes, predictWithEffects } from "./predict-with-effects.ts";

/** Options of {@link predict}. */
export interface PredictOptions {
  /** `"confidence"`: of the expected outcome; `"prediction"`: of a single outcome, the residual variance included. Default `"confidence"`. */
  readonly interval?: "confidence" | "prediction";
  /** Default the result's level. */
  readonly level?: number;
}

/** Predictions, one a row of the new data that has all columns. */
export interface Predictions {
  /** Row numbers in the new data; `undefined` when none was left out. */
  readonly rows: Int32Array | undefined;
  readonly fitted: Float64Array;
  /** Standard error of the expected outcome. */
  readonly standardErrors: Float64Array;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

/**
 * Expected outcomes of new rows with their standard errors under the result's covariance. Rows with a missing regressor are left out.
 * Where fixed effects were absorbed, a row's effects are part of its expected outcome and of its standard error, as if the effects
 * had been written out: for one effect, two effects whose levels are linked, and combinations of more effects that the sample holds.
 *
 * @throws ColumnError when the new data lack a column. @throws DataError `NO_ROWS`, `MODEL_NOT_KEPT`, `UNKNOWN_LEVEL`.
 * @throws IdentificationError `LEVELS_NOT_LINKED`: nothing in the sample compares the row's levels.
 * @throws OptionError with absorbed effects: `VCOV_UNSUPPORTED` (CR2, CR3, hac, automatic lags, Satterthwaite),
 * `FIXED_EFFECTS_UNSUPPORTED` (slopes, no regressor), `TOO_MANY_ROWS`.
 * @example
 * predict(result, frame({ age: [30, 40] }), { interval: "prediction" }).upper;
 */
export function predict<Row>(result: OlsResult, newData: Frame<Row>, options: PredictOptions = {}): Predictions {
  const caller = "regression.predict";
  const settings = resolveOptions<Required<PredictOptions>>(caller, options, {
    required: [],
    defaults: { interval: "confidence", level: result.options.level },
  });
  checkChoice(caller, "interval", settings.interval, ["confidence", "prediction"]);
  checkLevel(caller, settings.level);
  const { fitted, variances, rows } =
    result.fixedEffects.length > 0 ? predictWithEffects(caller, result, newData) : predictPlain(caller, result, newData);
  const critical = criticalValue(settings.level, estimateList(result)[0]?.degreesOfFreedom ?? Number.NaN);
  const residual = settings.interval === "prediction" ? result.fit.sigma ** 2 : 0;
  const half = variances.map((variance) => critical * Math.sqrt(variance + residual));
  return {
    rows,
    fitted,
    standardErrors: variances.map(Math.sqrt),
    lower: fitted.map((value, i) => value - half[i]!),
    upper: fitted.map((value, i) => value + half[i]!),
  };
}

function predictPlain<Row>(caller: string, result: OlsResult, newData: Frame<Row>): ExpectedOutcomes {
  const { columns, rows, count } = newDesign(caller, result.design, newData);
  const estimates = estimateList(result);
  const k = estimates.length;
  const V = fromRows(result.vcov);
  const out = { rows, fitted: new Float64Array(count), variances: new Float64Array(count) };
  for (let i = 0; i < count; i++) {
    for (let a = 0; a < k; a++) {
      out.fitted[i]! += columns[a]![i]! * estimates[a]!.estimate;
      for (let b = 0; b < k; b++) out.variances[i]! += columns[a]![i]! * V[a * k + b]! * columns[b]![i]!;
    }
  }
  return out;
}
