import type { Warning } from "../core/result.ts";
import type { Frame } from "../data/frame.ts";
import type { AnyRow } from "../regression/design.ts";
import { clusterVariables } from "./cluster-columns.ts";
import { MOST_DEPENDENT_GROUPS } from "./group-contrasts.ts";
import type { Partition } from "./subgroup-cells.ts";
import type { GroupEffect, NoEffect } from "./subgroup-effects.ts";
import { clusterings, clustersSpan, jointCovariance } from "./subgroup-joint.ts";
import type { SubgroupDesign } from "./subgroup-options.ts";
import type { GroupedRows } from "./subgroup-rows.ts";

/** How the groups of a partition depend on each other. */
export interface Dependence {
  /** Covariance of the groups with an effect, row-major; `undefined` when they are independent. */
  readonly covariance: Float64Array | undefined;
  /** Of the test of equality. */
  readonly degreesOfFreedom: number;
  readonly warnings: readonly Warning[];
}

/** Whether groups share clusters, and their covariance if so. */
export function dependence(
  data: Frame<AnyRow>,
  partition: Partition,
  grouped: GroupedRows,
  effects: readonly (GroupEffect | NoEffect)[],
  design: SubgroupDesign<AnyRow>,
): Dependence {
  const estimated = effects.flatMap((effect, g) => ("estimate" in effect ? [{ effect, group: g }] : []));
  const finite = estimated.filter(({ effect }) => effect.estimate.degreesOfFreedom < Number.POSITIVE_INFINITY);
  const normal = finite.length < estimated.length;
  const clusters = clusterings(data, clusterVariables(design));
  const kept = keptCodes(partition.codes, effects);
  const residual = finite.reduce((sum, { effect }) => sum + effect.estimate.degreesOfFreedom, 0);
  const clustered = Math.min(
    ...clusters.filter(({ sign }) => sign === 1).map(({ codes, count }) => presentClusters(codes, count, kept) - 1),
  );
  const degreesOfFreedom = normal ? Number.POSITIVE_INFINITY : clusters.length === 0 ? residual : clustered;
  const independent = { covariance: undefined, degreesOfFreedom, warnings: otherDependence(design, partition.by) };
  if (estimated.length < 2 || !clusters.some((clustering) => clustersSpan(clustering, kept))) return independent;
  const influence = estimated.map(({ effect }) => effect.influence);
  if (estimated.length > MOST_DEPENDENT_GROUPS || influence.some((one) => one === undefined)) {
    const reason =
      estimated.length > MOST_DEPENDENT_GROUPS
        ? `${estimated.length} groups are too many to combine`
        : "the design gives no row contributions";
    return {
      ...independent,
      warnings: [...independent.warnings, assumed(partition.by, `clusters have rows in several groups, and ${reason}`)],
    };
  }
  const covariance = jointCovariance(
    influence.map((one) => one!()),
    estimated.map(({ effect }) => effect.estimate.standardError ** 2),
    clusters.map(({ codes, count, sign }) => {
      const sorted = grouped.sorted(codes);
      const { offsets } = partition;
      return { count, sign, codes: estimated.map(({ group }) => sorted.subarray(offsets[group]!, offsets[group + 1]!)) };
    }),
  );
  return covariance === undefined ? independent : { covariance, degreesOfFreedom, warnings: [] };
}

/** Codes of groups with an effect; -1 elsewhere. */
function keptCodes(codes: Int32Array, effects: readonly (GroupEffect | NoEffect)[]): Int32Array {
  if (effects.every((effect) => "estimate" in effect)) return codes;
  const kept = Uint8Array.from(effects, (effect) => ("estimate" in effect ? 1 : 0));
  const out = new Int32Array(codes.length);
  for (let i = 0; i < codes.length; i++) out[i] = codes[i]! >= 0 && kept[codes[i]!] === 1 ? codes[i]! : -1;
  return out;
}

function presentClusters(codes: Int32Array, count: number, group: Int32Array): number {
  const seen = new Uint8Array(count);
  let present = 0;
  for (let i = 0; i < codes.length; i++) {
    const cluster = codes[i]!;
    if (cluster < 0 || group[i]! < 0 || seen[cluster] === 1) continue;
    seen[cluster] = 1;
    present++;
  }
  return present;
}

/** Covariances over time and space reach across groups without any cluster. */
function otherDependence(design: SubgroupDesign<AnyRow>, by: string): Warning[] {
  const type = "vcov" in design ? design.vcov?.type : undefined;
  if (type === undefined || !["neweyWest", "driscollKraay", "conley"].includes(type)) return [];
  return [assumed(by, `errors are dependent across rows (${type})`)];
}

const assumed = (by: string, cause: string): Warning => ({
  code: "INDEPENDENCE_ASSUMED",
  message: `The test of equality and the differences over "${by}" treat groups as independent although ${cause}`,
  details: { by },
});
