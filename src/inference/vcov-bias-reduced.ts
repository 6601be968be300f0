import type { GroupCodes } from "../moments/index.ts";
import { type AdjustedCluster, type Adjustment, adjustClusters, formProducts } from "./cluster-adjustment.ts";
import { type ClusterMoments, collectClusterMoments } from "./cluster-moments.ts";
import { type ClusterGroups, type Covariance, covarianceFrom, type EstimatingEquations, positiveSemiDefinite } from "./covariance.ts";
import { countParameters, type SmallSample } from "./small-sample.ts";
import { requireTwoClusters, subsetsOf } from "./vcov-cluster.ts";
import { residualDegreesOfFreedom } from "./vcov-iid.ts";

/** Choices of {@link biasReducedCovariance}. */
export interface BiasReducedOptions {
  readonly rowsForIntersection: boolean;
  readonly jackknifeFactor: boolean;
}

/**
 * Cluster-robust covariance with residuals corrected for leverage: CR2 (unbiased under independent errors of equal variance),
 * CR3 (close to the jackknife, no factor) or CR3J (the jackknife around the mean of the leave-one-cluster-out estimates, factor
 * (G - 1)/G). Degrees of freedom: G - 1, or Satterthwaite's for each coefficient when the settings ask for them.
 *
 * @throws IdentificationError `ONE_CLUSTER`.
 * @see Bell & McCaffrey (2002); Pustejovsky & Tipton (2018), doi:10.1080/07350015.2016.1247004; MacKinnon, Nielsen & Webb (2023), doi:10.1002/jae.2969
 */
export function biasReducedCovariance(
  equations: EstimatingEquations,
  groups: readonly ClusterGroups[],
  variant: "CR0" | "CR1" | "CR2" | "CR3" | "CR3J",
  settings: SmallSample,
  options: BiasReducedOptions,
): Covariance {
  requireTwoClusters(groups);
  const { counts, bread } = equations;
  const k = counts.coefficients;
  const width = Math.round(Math.sqrt(bread.length));
  const meat = new Float64Array(width * width);
  for (const subset of subsetsOf(groups)) {
    const { own, factor } = leverageTerm(subset, groups.length, options);
    const products = adjustedMeat(equations, own, variant === "CR1" ? "CR0" : variant);
    for (let p = 0; p < meat.length; p++) meat[p]! += factor * products[p]!;
  }
  const nested = counts.effects.map((_, e) => groups.some((group) => group.nested[e] === true));
  const parameters = countParameters(counts, settings, nested);
  const fewest = Math.min(...groups.map(({ count }) => count));
  const joint = residualDegreesOfFreedom(equations, settings, parameters, fewest - 1);
  const satterthwaite = settings.degreesOfFreedom === "satterthwaite" && groups.length === 1;
  return {
    ...positiveSemiDefinite(covarianceFrom(equations, meat), k),
    degreesOfFreedom: satterthwaite ? satterthwaiteDegrees(equations, groups[0]!, variant) : joint,
    jointDegreesOfFreedom: joint,
    parameters,
    clusters: groups.map(({ count }) => count),
  };
}

/**
 * The clusters of one term of a multiway covariance with leverage corrections, and its factor. Where single rows stand for the intersection, each is a
 * cluster of its own with the jackknife's (n - 1)/n, as in R's sandwich.
 */
export function leverageTerm(
  subset: GroupCodes & { readonly size: number },
  ways: number,
  { rowsForIntersection, jackknifeFactor }: BiasReducedOptions,
): { readonly own: GroupCodes; readonly factor: number } {
  const rows = rowsForIntersection && subset.size > 1 && subset.size === ways;
  const n = subset.codes.length;
  const own = rows ? { codes: Int32Array.from({ length: n }, (_, i) => i), count: n } : subset;
  const sign = subset.size % 2 === 1 ? 1 : -1;
  return { own, factor: sign * (rows || jackknifeFactor ? (own.count - 1) / own.count : 1) };
}

function adjustedMeat(equations: EstimatingEquations, groups: GroupCodes, variant: Adjustment | "CR3J"): Float64Array {
  const moments = collectClusterMoments(equations, groups);
  const clusters = adjustClusters(moments, equations.bread, variant === "CR3J" ? "CR3" : variant);
  const k = moments.width;
  const mean = new Float64Array(k);
  const scale = variant === "CR3J" ? (groups.count - 1) / groups.count : 1;
  if (variant === "CR3J") for (const { score } of clusters) for (let j = 0; j < k; j++) mean[j]! += score[j]! / groups.count;
  const meat = new Float64Array(k * k);
  for (const { score } of clusters) {
    for (let a = 0; a < k; a++) for (let b = 0; b < k; b++) meat[a * k + b]! += scale * (score[a]! - mean[a]!) * (score[b]! - mean[b]!);
  }
  return meat;
}

/** Row j of the coefficients' transform: which combination of the scores' basis coefficient j is. */
export function contrastOf({ transform, bread }: EstimatingEquations, j: number): Float64Array {
  const width = Math.round(Math.sqrt(bread.length));
  if (transform !== undefined) return transform.slice(j * width, (j + 1) * width);
  const unit = new Float64Array(width);
  unit[j] = 1;
  return unit;
}

/** `(sum_g P_gg)^2 / sum_gh P_gh^2` for each coefficient. */
export function satterthwaiteDegrees(equations: EstimatingEquations, groups: GroupCodes, variant: string): Float64Array {
  const { moments, clusters } = adjusted(equations, groups, variant);
  return Float64Array.from({ length: equations.counts.coefficients }, (_, j) => {
    const c = contrastOf(equations, j);
    const P = formProducts(moments, clusters, equations.bread, c, c);
    let [trace, square] = [0, 0];
    for (let g = 0; g < groups.count; g++) trace += P[g * groups.count + g]!;
    for (let p = 0; p < P.length; p++) square += P[p]! * P[p]!;
    return (trace * trace) / square;
  });
}

/** Sums and adjusted scores of the clusters under a variant. */
export function adjusted(
  equations: EstimatingEquations,
  groups: GroupCodes,
  variant: string,
): { readonly moments: ClusterMoments; readonly clusters: readonly AdjustedCluster[] } {
  const moments = collectClusterMoments(equations, groups);
  const adjustment: Adjustment = variant === "CR2" ? "CR2" : variant.startsWith("CR3") ? "CR3" : "CR0";
  return { moments, clusters: adjustClusters(moments, equations.bread, adjustment) };
}
