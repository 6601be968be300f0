import { IdentificationError } from "../core/errors.ts";
import type { EstimatingEquations } from "../inference/covariance.ts";
import { fitGlm, type GlmInput } from "./glm-fit.ts";
import { equationsFrom } from "./linear-model.ts";
import { absorbEffects } from "./numerics/absorb-effects.ts";
import { leastSquares } from "./numerics/least-squares.ts";
import { likelihoodRows } from "./numerics/likelihood-rows.ts";

/**
 * Scores and information of all terms at the estimate under the restriction that some have given values.
 *
 * @param positions - columns of the terms, -1 for the constant.
 * @param fixed - value by position.
 * @throws ConvergenceError `NOT_CONVERGED`. IdentificationError `ALL_COLLINEAR`.
 */
export function restrictedScores(
  caller: string,
  glm: GlmInput,
  positions: readonly number[],
  fixed: ReadonlyMap<number, number>,
): EstimatingEquations {
  const { outcome: y, effects, weights, family } = glm;
  const n = y.length;
  const offset = glm.offset === undefined ? new Float64Array(n) : glm.offset.slice();
  for (const [position, value] of fixed) {
    for (let i = 0; i < n; i++) offset[i]! += value * (position < 0 ? 1 : glm.columns[position]![i]!);
  }
  const free = positions.filter((position) => position >= 0 && !fixed.has(position));
  const { predictor } = fitGlm(caller, {
    ...glm,
    columns: free.map((j) => glm.columns[j]!),
    names: free.map((j) => glm.names[j]!),
    intercept: glm.intercept && !fixed.has(-1),
    offset,
  });
  const [mu, weight, residual] = [new Float64Array(n), new Float64Array(n), new Float64Array(n)];
  const rows = likelihoodRows(family, y, weights?.values);
  rows.means(predictor, mu, 0, n);
  rows.responses(predictor, mu, weight, residual);
  const own = positions.filter((position) => position >= 0).map((j) => glm.columns[j]!);
  const absorber = effects.length === 0 ? undefined : absorbEffects(effects, weight);
  const columns = absorber === undefined ? own : absorber.absorbAll(own).map(({ values }) => values);
  const intercept = positions.includes(-1);
  const step = leastSquares(residual, columns, weight, intercept, new Float64Array(columns.length));
  if (step.kept.length < columns.length) {
    throw new IdentificationError(
      "ALL_COLLINEAR",
      `Cannot run ${caller} as all terms must vary under the hypothesis: some no longer do`,
      {},
    );
  }
  const repeats = weights?.kind === "frequency" ? weights.values : undefined;
  const observations = repeats === undefined ? n : repeats.reduce((sum, value) => sum + value, 0);
  const each = repeats === undefined ? weight : weight.map((w, i) => w / repeats[i]!);
  return equationsFrom(step, columns, {
    intercept,
    effects,
    absorber,
    observations,
    multiplier: residual.map((e, i) => e * each[i]!),
    repeats,
    weights: each,
    dispersion: 1,
    normal: true,
  });
}
