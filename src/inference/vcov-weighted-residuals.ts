import { sandwich, symmetricEigen, transpose } from "../linalg/index.ts";
import type { GroupCodes } from "../moments/index.ts";
import { breadRoot } from "./cluster-sums.ts";
import { type ClusterGroups, type Covariance, covarianceFrom, type EstimatingEquations, positiveSemiDefinite } from "./covariance.ts";
import { groupProducts } from "./scores.ts";
import { countParameters, type SmallSample } from "./small-sample.ts";
import { type BiasReducedOptions, leverageTerm } from "./vcov-bias-reduced.ts";
import { requireTwoClusters, subsetsOf } from "./vcov-cluster.ts";
import { residualDegreesOfFreedom } from "./vcov-iid.ts";

/** An eigenvalue of `R' N_g R` this close to 1: the cluster alone determines a coefficient. */
const FULL = 1 - 1e-10;
const ZERO = 1e-14;

/**
 * Cluster-robust covariance of a weighted regression whose leverage correction is applied to the weighted residuals: scores
 * `X_g' (I - H_gg)^(-p) W_g e_g` with `H_gg = X_g (X'WX)^-1 X_g' W_g`, p = 1/2 (CR2) or 1 (CR3), no factor. This is what R's sandwich does; it is
 * the cluster jackknife only when weights are constant within clusters (`CR3` proper is always). By k by k algebra:
 * `(I - H_gg)^(-p) = I + X_g M_g X_g' W_g`, `M_g = R f(R' N_g R) R'`, `R R' = B`, `f(λ) = ((1 - λ)^-p - 1)/λ`, `N_g = X_g' W_g X_g`.
 *
 * @throws IdentificationError `ONE_CLUSTER`.
 */
export function weightedResidualCovariance(
  equations: EstimatingEquations,
  groups: readonly ClusterGroups[],
  variant: "CR2" | "CR3",
  settings: SmallSample,
  options: BiasReducedOptions,
): Covariance {
  requireTwoClusters(groups);
  const { counts, bread } = equations;
  const width = Math.round(Math.sqrt(bread.length));
  const meat = new Float64Array(width * width);
  for (const subset of subsetsOf(groups)) {
    const { own, factor } = leverageTerm(subset, groups.length, options);
    const products = groupProducts(adjustedScores(equations, own, variant === "CR2" ? 0.5 : 1, width), width);
    for (let p = 0; p < meat.length; p++) meat[p]! += factor * products[p]!;
  }
  const nested = counts.effects.map((_, e) => groups.some((group) => group.nested[e] === true));
  const parameters = countParameters(counts, settings, nested);
  const fewest = Math.min(...groups.map(({ count }) => count));
  const degreesOfFreedom = residualDegreesOfFreedom(equations, settings, parameters, fewest - 1);
  return {
    ...positiveSemiDefinite(covarianceFrom(equations, meat), counts.coefficients),
    degreesOfFreedom,
    jointDegreesOfFreedom: degreesOfFreedom,
    parameters,
    clusters: groups.map(({ count }) => count),
  };
}

/** Per cluster: `X'We + (X'X) M (X'W We)`; clusters by k. */
function adjustedScores(
  { scores, weights, bread }: EstimatingEquations,
  { codes, count }: GroupCodes,
  power: number,
  k: number,
): Float64Array {
  const { columns, centers, multiplier, constant, repeats } = scores;
  const first = constant ? 1 : 0;
  const [plain, weighted] = [new Float64Array(count * k * k), new Float64Array(count * k * k)];
  const [score, again] = [new Float64Array(count * k), new Float64Array(count * k)];
  const x = new Float64Array(k);
  for (let i = 0; i < codes.length; i++) {
    const g = codes[i]!;
    if (constant) x[0] = 1;
    for (let j = 0; j < columns.length; j++) x[first + j] = columns[j]![i]! - centers[j]!;
    const times = repeats === undefined ? 1 : repeats[i]!;
    const w = weights === undefined ? 1 : weights[i]!;
    const u = times * multiplier[i]!;
    for (let a = 0; a < k; a++) {
      score[g * k + a]! += x[a]! * u;
      again[g * k + a]! += x[a]! * w * u;
      for (let b = 0; b < k; b++) {
        const product = times * x[a]! * x[b]!;
        plain[g * k * k + a * k + b]! += product;
        weighted[g * k * k + a * k + b]! += w * product;
      }
    }
  }
  const root = breadRoot(bread, k);
  const turned = transpose(root, k, k);
  for (let g = 0; g < count; g++) {
    const at = g * k * k;
    const M = correction(sandwich(turned, weighted.subarray(at, at + k * k), k, k), root, power, k);
    for (let a = 0; a < k; a++) {
      let sum = 0;
      for (let b = 0; b < k; b++) {
        let inner = 0;
        for (let c = 0; c < k; c++) inner += M[b * k + c]! * again[g * k + c]!;
        sum += plain[at + a * k + b]! * inner;
      }
      score[g * k + a]! += sum;
    }
  }
  return score;
}

function correction(S: Float64Array, root: Float64Array, power: number, k: number): Float64Array {
  for (let a = 0; a < k; a++) for (let b = 0; b < a; b++) S[b * k + a] = S[a * k + b]!;
  const { values, vectors } = symmetricEigen(S, k);
  const inner = new Float64Array(k * k);
  for (let p = 0; p < k; p++) {
    const lambda = values[p]!;
    if (lambda > FULL) continue; // as the pseudo-inverse: nothing is left of the residuals in that direction
    const f = lambda < ZERO ? power : ((1 - lambda) ** -power - 1) / lambda;
    for (let a = 0; a < k; a++) for (let b = 0; b < k; b++) inner[a * k + b]! += f * vectors[a * k + p]! * vectors[b * k + p]!;
  }
  return sandwich(root, inner, k, k);
}
