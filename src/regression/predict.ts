import { OptionError } from "../core/errors.ts";
import { checkArgument, checkChoice, checkLevel, checkResult, resolveOptions } from "../core/options.ts";
import { estimateList } from "../core/result.ts";
import type { Frame } from "../data/index.ts";
import { criticalValue } from "../inference/estimate.ts";
import { fromRows } from "../linalg/index.ts";
import type { DesignColumn } from "./design.ts";
import type { GlmResult } from "./glm.ts";
import type { IvResult } from "./iv-result.ts";
import { keptModel } from "./kept-model.ts";
import { newDesign } from "./new-design.ts";
import type { OlsResult } from "./ols.ts";
import { type ExpectedOutcomes, predictWithEffects } from "./predict-with-effects.ts";

/** Options of {@link predict}. */
export interface PredictOptions {
  /** `"confidence"`: of the expected outcome; `"prediction"`: of a single outcome, the residual variance included. Default `"confidence"`. */
  readonly interval?: "confidence" | "prediction";
  /** Default the result's level. */
  readonly level?: number;
  /** Of likelihood models: expected outcomes, with intervals carried over from the linear predictor (the default), or that predictor. */
  readonly scale?: "response" | "link";
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
 * Instrumental variables: endogenous regressors count with the values of the new rows. Likelihood models: an offset is read from the new data; standard errors of expected outcomes are by the delta method, and there is no interval of a single outcome.
 *
 * @throws ColumnError when the new data lack a column. @throws DataError `NO_ROWS`, `MODEL_NOT_KEPT`, `UNKNOWN_LEVEL`.
 * @throws IdentificationError `LEVELS_NOT_LINKED`: nothing in the sample compares the row's levels.
 * @throws OptionError `INTERVAL_UNSUPPORTED`: prediction intervals of a likelihood model; with absorbed effects: `VCOV_UNSUPPORTED` (hac, automatic lags, Satterthwaite),
 * `FIXED_EFFECTS_UNSUPPORTED` (slopes, no regressor), `TOO_MANY_ROWS`, `TOO_MANY_EFFECTS` (CR2, CR3).
 * @example
 * predict(result, frame({ age: [30, 40] }), { interval: "prediction" }).upper;
 */
export function predict<Row>(result: OlsResult | IvResult | GlmResult, newData: Frame<Row>, options: PredictOptions = {}): Predictions {
  const caller = "regression.predict";
  checkResult(caller, result);
  checkArgument(caller, newData, "a frame of new rows", ["rowCount", "columnNames"]);
  const settings = resolveOptions<Required<PredictOptions>>(caller, options, {
    required: [],
    defaults: { interval: "confidence", level: result.options.level, scale: "response" },
  });
  checkChoice(caller, "interval", settings.interval, ["confidence", "prediction"]);
  checkChoice(caller, "scale", settings.scale, ["response", "link"]);
  checkLevel(caller, settings.level);
  const offset = "offset" in result.options ? result.options.offset : undefined;
  const beside: DesignColumn[] = offset === undefined ? [] : [{ name: offset, parts: [{ column: offset, power: 1 }] }];
  const linear =
    result.fixedEffects.length > 0 ? predictWithEffects(caller, result, newData, beside) : predictPlain(caller, result, newData, beside);
  const predictor = linear.fitted.map((value, i) => value + (linear.beside[0]?.[i] ?? 0));
  const critical = criticalValue(settings.level, estimateList(result)[0]?.degreesOfFreedom ?? Number.NaN);
  const residual = settings.interval === "prediction" ? residualVariance(caller, result) : 0;
  const half = linear.variances.map((variance) => critical * Math.sqrt(variance + residual));
  const scaled = {
    rows: linear.rows,
    fitted: predictor,
    standardErrors: linear.variances.map(Math.sqrt),
    lower: predictor.map((value, i) => value - half[i]!),
    upper: predictor.map((value, i) => value + half[i]!),
  };
  return isLinear(result) || settings.scale === "link" ? scaled : asMeans(caller, result, scaled);
}

const isLinear = (result: OlsResult | IvResult | GlmResult): result is OlsResult | IvResult =>
  result.kind === "regression.ols" || result.kind === "regression.iv";

function residualVariance(caller: string, result: OlsResult | IvResult | GlmResult): number {
  if (isLinear(result)) return result.fit.sigma ** 2;
  throw new OptionError(
    "INTERVAL_UNSUPPORTED",
    `Cannot run ${caller} for single outcomes as intervals with a residual variance are those of a linear model: the result is of ${result.kind}; use interval: "confidence"`,
    { kind: result.kind },
  );
}

/** From the linear predictor to means; the mean rises with the predictor, so that ends of intervals stay ends. */
function asMeans(caller: string, result: GlmResult, linear: Predictions): Predictions {
  const { mean, slope } = keptModel(caller, result).likelihood!;
  const fitted = linear.fitted.map(mean);
  return {
    rows: linear.rows,
    fitted,
    standardErrors: linear.standardErrors.map((error, i) => error * slope(linear.fitted[i]!, fitted[i]!)),
    lower: linear.lower.map(mean),
    upper: linear.upper.map(mean),
  };
}

function predictPlain<Row>(
  caller: string,
  result: OlsResult | IvResult | GlmResult,
  newData: Frame<Row>,
  beside: readonly DesignColumn[],
): ExpectedOutcomes {
  const { columns, rows, count } = newDesign(caller, [...result.design, ...beside], newData);
  const estimates = estimateList(result);
  const k = estimates.length;
  const V = fromRows(result.vcov);
  const out = { rows, fitted: new Float64Array(count), variances: new Float64Array(count), beside: columns.slice(k) };
  for (let i = 0; i < count; i++) {
    for (let a = 0; a < k; a++) {
      out.fitted[i]! += columns[a]![i]! * estimates[a]!.estimate;
      for (let b = 0; b < k; b++) out.variances[i]! += columns[a]![i]! * V[a * k + b]! * columns[b]![i]!;
    }
  }
  return out;
}
