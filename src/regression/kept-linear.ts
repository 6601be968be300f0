import type { KeptModel } from "./kept-model.ts";
import type { LinearModel } from "./linear-model.ts";

type LinearPart = Pick<KeptModel, "terms" | "coefficients" | "equations" | "effects" | "residuals" | "effectTarget" | "effectsOf">;

/** What least squares and instrumental variables keep alike. */
export function linearPart(
  model: Pick<
    LinearModel,
    "terms" | "coefficients" | "equations" | "effects" | "residuals" | "outcome" | "absorber" | "positions" | "columns"
  >,
): LinearPart {
  const { terms, coefficients, equations, effects, residuals, outcome, absorber, positions, columns } = model;
  return {
    terms,
    coefficients,
    equations,
    effects,
    residuals,
    effectTarget: () => {
      const target = outcome.slice();
      positions.forEach((j, c) => {
        if (j < 0) for (let i = 0; i < target.length; i++) target[i]! -= coefficients[c]!;
        else for (let i = 0; i < target.length; i++) target[i]! -= coefficients[c]! * columns[j]![i]!;
      });
      return target;
    },
    effectsOf: absorber === undefined ? undefined : (x) => absorber.effects(x),
  };
}
