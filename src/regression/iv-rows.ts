import { OptionError } from "../core/errors.ts";
import type { ClusterGroups } from "../inference/covariance.ts";
import type { InstrumentalRows } from "../inference/wild-source.ts";
import type { IvFit } from "./iv-estimator.ts";
import type { IvModel } from "./iv-model.ts";

/**
 * The rows of two-stage least squares for the wild bootstrap: multipliers by cluster leave means within levels alone where these are nested in clusters.
 * @throws OptionError `ESTIMATOR_UNSUPPORTED`, `FIXED_EFFECTS_UNSUPPORTED`.
 */
export function instrumentalRows(caller: string, iv: IvModel, { kappa }: IvFit, groups: readonly ClusterGroups[]): InstrumentalRows {
  if (kappa !== 1) {
    throw new OptionError("ESTIMATOR_UNSUPPORTED", `Cannot run ${caller} as it is for two-stage least squares: kappa is ${kappa}`, {
      kappa,
    });
  }
  const { input, intercept, endogenous, exogenous, instruments, outcome } = iv;
  const apart = input.effects
    .filter((_, e) => groups.some(({ nested }) => nested[e] !== true))
    .map(({ specification }) => specification.name);
  if (apart.length > 0) {
    throw new OptionError(
      "FIXED_EFFECTS_UNSUPPORTED",
      `Cannot run ${caller} as absorbed fixed effects must be nested in the clusters: ${apart.join(", ")} are not; estimate with factor() terms among the regressors instead`,
      { effects: apart },
    );
  }
  const names = endogenous.names.length + exogenous.names.length;
  const m = endogenous.names.length;
  return {
    outcome,
    endogenous: endogenous.values,
    exogenous: intercept ? [new Float64Array(outcome.length).fill(1), ...exogenous.values] : exogenous.values,
    instruments: instruments.values,
    weights: input.weights?.values,
    // terms: the constant, the endogenous, the exogenous regressors
    positions: intercept
      ? [m, ...Array.from({ length: names }, (_, j) => (j < m ? j : j + 1))]
      : Array.from({ length: names }, (_, j) => j),
  };
}
