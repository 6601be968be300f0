import type { WeightOption } from "../data/roles.ts";
import { clusterLists } from "../regression/covariance.ts";
import type { AnyRow } from "../regression/design.ts";
import type { SubgroupDesign } from "./subgroup-options.ts";

/** Cluster variables of a design, each a list of columns combined; empty without clustering. */
export function clusterVariables(
  design: Pick<SubgroupDesign<AnyRow>, "cluster"> & { readonly vcov?: unknown },
): readonly (readonly string[])[] {
  const vcov = design.vcov as { readonly by?: string | readonly (string | readonly string[])[] } | undefined;
  const by = vcov === undefined ? design.cluster : vcov.by;
  return by === undefined ? [] : clusterLists(by as string);
}

/** All columns that the cluster variables are made of. */
export function clusterColumns(design: Parameters<typeof clusterVariables>[0]): readonly string[] {
  return [...new Set(clusterVariables(design).flat())];
}

/** The column behind a weights option. */
export function weightColumn(weights: WeightOption<AnyRow> | undefined): string | undefined {
  return typeof weights === "object" ? (weights.column as string) : weights;
}
