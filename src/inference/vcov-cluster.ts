import { IdentificationError } from "../core/errors.ts";
import { crossGroups, type GroupCodes } from "../moments/index.ts";
import { type ClusterGroups, type Covariance, covarianceFrom, type EstimatingEquations, positiveSemiDefinite } from "./covariance.ts";
import { groupProducts, scoreProducts, scoreWidth, sumScores } from "./scores.ts";
import { countParameters, type SmallSample } from "./small-sample.ts";
import { residualDegreesOfFreedom } from "./vcov-iid.ts";

/** How the terms of several cluster variables are put together. */
export interface MultiwayOptions {
  /** Use single rows, without a cluster factor, for the intersection of all cluster variables. Default false. */
  readonly rowsForIntersection?: boolean;
}

/**
 * Cluster-robust covariance, one or several cluster variables: `B (sum_g s_g s_g') B'` summed over all non-empty subsets of the
 * variables with sign (-1)^(size + 1), clusters of a subset being the observed combinations.
 * CR1 multiplies by G/(G-1) and (n-1)/(n-K), CR0 by nothing.
 *
 * @throws IdentificationError `ONE_CLUSTER`.
 * @see Cameron, Gelbach & Miller (2011), doi:10.1198/jbes.2010.07136
 */
export function clusterCovariance(
  equations: EstimatingEquations,
  groups: readonly ClusterGroups[],
  variant: "CR0" | "CR1",
  settings: SmallSample,
  { rowsForIntersection = false }: MultiwayOptions = {},
): Covariance {
  requireTwoClusters(groups);
  const { scores, observations: n, counts } = equations;
  const k = scoreWidth(scores);
  const nested = counts.effects.map((_, e) => groups.some((group) => group.nested[e] === true));
  const parameters = countParameters(counts, settings, nested);
  const fewest = Math.min(...groups.map(({ count }) => count));
  const adjusted = variant === "CR1";
  // G/(G-K) has no meaning without more clusters than parameters
  const ratio = (count: number): number => {
    if (!adjusted || settings.adjustClusters === false) return 1;
    const left = count - (settings.adjustClusters === "parameters" ? parameters : 1);
    return left > 0 ? count / left : Number.NaN;
  };
  const own = settings.clusterFactor === "conventional";
  const parameterFactor = adjusted && settings.adjustParameters ? (n - 1) / (n - parameters) : 1;

  const meat = new Float64Array(k * k);
  for (const { codes, count, size } of subsetsOf(groups)) {
    const rows = rowsForIntersection && size > 1 && size === groups.length;
    const products = rows ? scoreProducts(scores, undefined) : groupProducts(sumScores(scores, codes, count), k);
    const factor = (size % 2 === 1 ? 1 : -1) * (rows ? 1 / parameterFactor : own ? ratio(count) : ratio(fewest)) * parameterFactor;
    for (let p = 0; p < meat.length; p++) meat[p]! += factor * products[p]!;
  }
  const degreesOfFreedom = residualDegreesOfFreedom(equations, settings, parameters, fewest - 1);
  return {
    ...positiveSemiDefinite(covarianceFrom(equations, meat), k),
    degreesOfFreedom,
    jointDegreesOfFreedom: degreesOfFreedom,
    parameters,
    clusters: groups.map(({ count }) => count),
  };
}

/** @throws IdentificationError `ONE_CLUSTER`. */
export function requireTwoClusters(groups: readonly { readonly name: string; readonly count: number }[]): void {
  for (const { name, count } of groups) {
    if (count < 2)
      throw new IdentificationError(
        "ONE_CLUSTER",
        `Cannot cluster by "${name}" as at least 2 clusters are needed: the rows used have ${count}`,
        {
          column: name,
          clusters: count,
        },
      );
  }
}

/** All non-empty subsets of the cluster variables, as groups of observed combinations. */
export function subsetsOf(groups: readonly GroupCodes[]): readonly (GroupCodes & { readonly size: number })[] {
  const subsets: (GroupCodes & { size: number })[] = [];
  for (const group of groups) {
    const joined = subsets.map((subset) => ({ ...crossGroups(subset, group), size: subset.size + 1 }));
    subsets.push({ codes: group.codes, count: group.count, size: 1 }, ...joined);
  }
  return subsets;
}
