import { type Covariance, type EstimatingEquations, scaledBread } from "./covariance.ts";
import { countParameters, type SmallSample } from "./small-sample.ts";

/** Covariance under independent errors of equal variance: `B e'We / (n - 1)`, times (n - 1) / (n - K). */
export function iidCovariance(equations: EstimatingEquations, settings: SmallSample): Covariance {
  const { observations: n, counts, dispersion } = equations;
  const parameters = countParameters(counts, settings, undefined);
  const factor = settings.adjustParameters ? (n - 1) / (n - parameters) : 1;
  const degreesOfFreedom = residualDegreesOfFreedom(equations, settings, parameters, n - parameters);
  return {
    matrix: scaledBread(equations, dispersion * factor),
    degreesOfFreedom,
    jointDegreesOfFreedom: degreesOfFreedom,
    parameters,
    warnings: [],
  };
}

/** Degrees of freedom: a given number, n - K, or what the covariance suggests. Likelihoods report them, but infer by the normal. */
export function residualDegreesOfFreedom(
  { observations }: EstimatingEquations,
  { degreesOfFreedom }: SmallSample,
  parameters: number,
  suggested: number,
): number {
  if (typeof degreesOfFreedom === "number") return degreesOfFreedom;
  return degreesOfFreedom === "conventional" ? observations - parameters : suggested;
}
