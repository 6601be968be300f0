import { IdentificationError } from "../core/errors.ts";
import { countParameters } from "./small-sample.ts";
import type { WildFit } from "./wild-source.ts";

/** `G/(G-1) (n-1)/(n-K)` of a term with G groups, as the result's small-sample options have it. @throws IdentificationError `TOO_FEW_ROWS`. */
export function termFactor({ equations, clusters, smallSample }: WildFit): (groups: number) => number {
  const { observations: n, counts } = equations;
  const nested = counts.effects.map((_, e) => clusters.some((group) => group.nested[e] === true));
  const K = countParameters(counts, smallSample, nested);
  if (n <= K) {
    throw new IdentificationError(
      "TOO_FEW_ROWS",
      `Cannot cluster by "${clusters[0]!.name}" as more rows than parameters are needed: ${n} for ${K}`,
      { observations: n, parameters: K },
    );
  }
  const rows = smallSample.adjustParameters ? (n - 1) / (n - K) : 1;
  const fewest = Math.min(...clusters.map(({ count }) => count));
  return (groups) => {
    const G = smallSample.clusterFactor === "conventional" ? groups : fewest;
    if (smallSample.adjustClusters === false) return rows;
    const left = G - (smallSample.adjustClusters === "parameters" ? K : 1);
    return left > 0 ? (rows * G) / left : Number.NaN;
  };
}
