import type { EstimatingEquations } from "../inference/covariance.ts";

/** Weights of rows: those inside the bread times the observations that a row stands for; `undefined` for ones. */
export function rowWeights({ weights, scores: { repeats } }: EstimatingEquations): Float64Array | undefined {
  return weights === undefined ? repeats : repeats === undefined ? weights : weights.map((w, i) => w * repeats[i]!);
}
