import { DataError, OptionError } from "../core/errors.ts";
import { checkChoice, checkLevel, resolveOptions } from "../core/options.ts";
import { estimateList } from "../core/result.ts";
import type { Frame } from "../data/index.ts";
import { columnsByRole, type Groups, groupsRole, numbersRole } from "../data/roles.ts";
import { criticalValue } from "../inference/estimate.ts";
import { fromRows } from "../linalg/index.ts";
import { type DesignColumn, designValues } from "./design.ts";
import type { OlsResult } from "./ols.ts";

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
 *
 * @throws OptionError `FIXED_EFFECTS_UNSUPPORTED` for results with absorbed effects, whose new levels have no estimate.
 * @throws ColumnError when the new data lack a column.
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
  if (result.fixedEffects.length > 0) {
    throw new OptionError(
      "FIXED_EFFECTS_UNSUPPORTED",
      `Cannot predict as new rows need a coefficient for each level: the result absorbs fixed effects; use augment() for the rows it was fitted to, or factor() terms`,
      { effects: result.fixedEffects.map(({ name }) => name) },
    );
  }
  const { columns, rows } = newDesign(caller, result.design, newData);
  const estimates = estimateList(result);
  const k = estimates.length;
  const V = fromRows(result.vcov);
  const n = columns[0]?.length ?? 0;
  const out = { fitted: new Float64Array(n), standardErrors: new Float64Array(n), lower: new Float64Array(n), upper: new Float64Array(n) };
  const critical = criticalValue(settings.level, estimates[0]?.degreesOfFreedom ?? Number.NaN);
  const residual = settings.interval === "prediction" ? result.fit.sigma ** 2 : 0;
  for (let i = 0; i < n; i++) {
    let [fitted, variance] = [0, 0];
    for (let a = 0; a < k; a++) {
      fitted += columns[a]![i]! * estimates[a]!.estimate;
      for (let b = 0; b < k; b++) variance += columns[a]![i]! * V[a * k + b]! * columns[b]![i]!;
    }
    const half = critical * Math.sqrt(variance + residual);
    out.fitted[i] = fitted;
    out.standardErrors[i] = Math.sqrt(variance);
    out.lower[i] = fitted - half;
    out.upper[i] = fitted + half;
  }
  return { rows, ...out };
}

/** The design of new rows, by the recipes of a result. */
function newDesign<Row>(
  caller: string,
  design: readonly DesignColumn[],
  data: Frame<Row>,
): { readonly columns: readonly Float64Array[]; readonly rows: Int32Array | undefined } {
  const parts = design.flatMap((column) => column.parts);
  const numeric = [...new Set(parts.filter((part) => "power" in part).map((part) => part.column))];
  const factors = [...new Set(parts.filter((part) => "level" in part).map((part) => part.column))];
  const found = columnsByRole(caller, data, { numeric: numbersRole(numeric), factors: groupsRole(factors) });
  const source = {
    rows: found.sample.used,
    numeric: (name: string): Float64Array => found.columns.numeric[numeric.indexOf(name)]!,
    groups: (name: string): Groups => found.columns.factors[factors.indexOf(name)]!,
  };
  if (source.rows === 0) throw new DataError("NO_ROWS", `Cannot run ${caller} as at least one row is needed: the new data have none`);
  return { columns: design.map((column) => designValues(column, source)), rows: found.rows };
}
