import { OptionError } from "../core/errors.ts";
import type { EstimatingEquations } from "../inference/covariance.ts";
import { dot, multiplyVector } from "../linalg/index.ts";
import { type AnyVcov, clusterGroups, columnsAfterwards, computeCovariance, type RowColumns, vcovColumns } from "./covariance.ts";
import { sumByRow } from "./effect-sums.ts";
import { withExplicitEffects } from "./explicit-effects.ts";
import type { KeptModel } from "./kept-model.ts";
import type { SignedRows } from "./level-graph.ts";
import { designOfRows } from "./new-design.ts";
import type { RegressionResult } from "./regression-result.ts";
import { rowWeights } from "./row-weights.ts";

/** Rows of the model times quantities asked for: beyond it the answer takes minutes. */
const MAX_WORK = 2e9;

/** Estimates and variances of sums of regressors' parts and fixed effects, on the scale of the predictor. */
export interface EffectVariance {
  /** `x'b + d'a` for the effects' combination `d` made of rows. */
  estimate(x: Float64Array, rows: SignedRows): number;
  variance(x: Float64Array, rows: SignedRows): number;
}

/**
 * Every quantity `x0'b + d'a` with `d = sum s_r d_r` over rows r of the model is linear in the outcome. With u the fit of the
 * effects to `v = sum s_r e_r / w_r` and X~ the regressors without the effects (with instruments: as predicted) its weights are
 * `w_i c_i`, `c = u + X~ B (x0 - sum_i w_i u_i x_i)`,
 * so that the covariance estimator applied to the single score `c_i w_i e_i` gives its variance (Frisch-Waugh-Lovell).
 *
 * @throws OptionError `VCOV_UNSUPPORTED`, `FIXED_EFFECTS_UNSUPPORTED`, `TOO_MANY_ROWS`, `TOO_MANY_EFFECTS`.
 */
export function effectVariance(caller: string, result: RegressionResult, model: KeptModel, quantities: number): EffectVariance {
  refuse(caller, result, model, quantities);
  const { equations, coefficients, effectsOf } = model;
  const { vcov, smallSample } = result.options;
  const raw = designOfRows(caller, result.design, model);
  const without = equations.scores.columns;
  const k = coefficients.length;
  const n = model.residuals.length;
  const fitted = model.likelihood?.predictor() ?? model.fitted().map((value, i) => value - (model.offset?.[i] ?? 0));
  const weights = rowWeights(equations);
  const columns: RowColumns = columnsAfterwards(caller, model.data, model.rows, vcovColumns(vcov));
  const scale =
    vcov.type === "iid" ? computeCovariance(equations, vcov, smallSample, columns, model.effects).matrix[0]! / equations.bread[0]! : 0;
  const u = new Float64Array(n);
  const written = writtenOut(vcov) ? writtenOutVariance(result, model, columns) : undefined;
  /** The regressors' own effects, summed over the combination. */
  const taken = new Float64Array(k);
  let last: SignedRows | undefined;

  const weightedProduct = (a: Float64Array, b: Float64Array): number => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += (weights === undefined ? 1 : weights[i]!) * a[i]! * b[i]!;
    return sum;
  };
  const fitEffects = (rows: SignedRows): void => {
    if (rows === last) return;
    last = rows;
    const v = new Float64Array(n);
    for (const [row, sign] of rows) v[row] = sign / (weights === undefined ? 1 : weights[row]!);
    u.set(sumByRow(model, effectsOf!(v)));
    for (let j = 0; j < k; j++) taken[j] = weightedProduct(u, raw[j]!);
  };
  return {
    estimate: (x, rows) => {
      let sum = 0;
      for (let j = 0; j < k; j++) sum += x[j]! * coefficients[j]!;
      for (const [row, sign] of rows) {
        let part = fitted[row]!;
        for (let j = 0; j < k; j++) part -= raw[j]![row]! * coefficients[j]!;
        sum += sign * part;
      }
      return sum;
    },
    variance: (x, rows) => {
      fitEffects(rows);
      const rest = x.map((value, j) => value - taken[j]!);
      if (written !== undefined) return written(rest, rows);
      const slopes = multiplyVector(equations.bread, rest, k, k);
      // the effects are orthogonal to the regressors without them
      if (vcov.type === "iid") return scale * (weightedProduct(u, u) + dot(rest, slopes));
      const c = u.slice();
      for (let j = 0; j < k; j++) for (let i = 0; i < n; i++) c[i]! += slopes[j]! * without[j]![i]!;
      return computeCovariance(alone(equations, c), vcov, smallSample, columns, model.effects).matrix[0]!;
    },
  };
}

/** Corrections for leverage look at all scores of a cluster together: the effects are columns then. */
const writtenOut = (vcov: AnyVcov): boolean =>
  vcov.type === "cluster" && vcov.variant !== undefined && vcov.variant !== "CR0" && vcov.variant !== "CR1";

/**
 * Variances under CR2 and CR3 from the covariance of `[X~, D]`, whose coefficients are b and `a + P b`, P the effects' fit to the regressors: the quantity is
 * `(x0 - d'P)'b + d'(a + P b)`. @throws OptionError `TOO_MANY_EFFECTS`.
 */
function writtenOutVariance(
  { options: { vcov, smallSample } }: RegressionResult,
  { equations, effects }: KeptModel,
  columns: RowColumns,
): (rest: Float64Array, rows: SignedRows) => number {
  const groups = clusterGroups((vcov as Extract<AnyVcov, { type: "cluster" }>).by, columns, effects);
  const explicit = withExplicitEffects(
    equations,
    effects,
    groups.map((group) => ({ ...group, nested: effects.map(() => false) })),
  );
  const width = explicit.scores.columns.length;
  const whole = { ...explicit, counts: { ...explicit.counts, coefficients: width } };
  const { matrix } = computeCovariance(whole, vcov, smallSample, columns, []);
  const k = equations.scores.columns.length;
  return (rest, rows) => {
    const c = new Float64Array(width);
    c.set(rest);
    for (const [row, sign] of rows) for (let j = k; j < width; j++) c[j]! += sign * explicit.scores.columns[j]![row]!;
    let sum = 0;
    for (let a = 0; a < width; a++) {
      if (c[a] === 0) continue;
      for (let b = 0; b < width; b++) sum += c[a]! * matrix[a * width + b]! * c[b]!;
    }
    return sum;
  };
}

/** The equations with one score, whose variance comes first; parameters are counted as before. */
function alone(equations: EstimatingEquations, column: Float64Array): EstimatingEquations {
  const transform = new Float64Array(equations.counts.coefficients);
  transform[0] = 1;
  const { scores } = equations;
  return {
    ...equations,
    scores: { ...scores, columns: [column], centers: new Float64Array(1), constant: false },
    bread: Float64Array.of(1),
    transform,
  };
}

function refuse(caller: string, result: RegressionResult, model: KeptModel, quantities: number): void {
  const { vcov, smallSample } = result.options;
  const reason = unsupported(vcov, smallSample.degreesOfFreedom === "satterthwaite");
  if (reason !== undefined) {
    throw new OptionError(
      "VCOV_UNSUPPORTED",
      `Cannot run ${caller} with absorbed fixed effects under ${reason}: choose iid, hetero, cluster, or a kernel with a given bandwidth by withCovariance()`,
      { vcov: vcov.type },
    );
  }
  const slopes = model.effects.filter((effect) => effect.slopes.length > 0).map(({ specification }) => specification.name);
  if (slopes.length > 0 || model.coefficients.length === 0) {
    const found =
      slopes.length > 0
        ? `${slopes.map((name) => `"${name}"`).join(", ")} ${slopes.length === 1 ? "has" : "have"} slopes`
        : "there is no regressor";
    throw new OptionError(
      "FIXED_EFFECTS_UNSUPPORTED",
      `Cannot run ${caller} as standard errors of fixed effects need intercepts alone and a regressor: ${found}; write the effects out as factor() terms`,
      { effects: slopes },
    );
  }
  if (quantities * model.residuals.length <= MAX_WORK) return;
  throw new OptionError(
    "TOO_MANY_ROWS",
    `Cannot run ${caller} for ${quantities} quantities at once as each reads the model's ${model.residuals.length} rows: at most ${Math.floor(MAX_WORK / model.residuals.length)} can be asked for`,
    { quantities, rows: model.residuals.length, limit: Math.floor(MAX_WORK / model.residuals.length) },
  );
}

/** Covariances that choose by looking at all scores together. */
function unsupported(vcov: AnyVcov, satterthwaite: boolean): string | undefined {
  if (satterthwaite) return "Satterthwaite degrees of freedom, which belong to single coefficients";
  if (vcov.type === "hac") return "hac, whose bandwidth and prewhitening depend on all scores";
  if (vcov.type === "neweyWest" && vcov.unit === undefined && vcov.lag === undefined) return "neweyWest without a given lag";
  return undefined;
}
