import { IdentificationError, OptionError } from "../core/errors.ts";
import { checkResult } from "../core/options.ts";
import { type ClusterSums, clusterSums } from "../inference/cluster-sums.ts";
import type { ClusterGroups, EstimatingEquations } from "../inference/covariance.ts";
import { countParameters } from "../inference/small-sample.ts";
import { requireTwoClusters } from "../inference/vcov-cluster.ts";
import { clusterGroups, clusterLists, columnsAfterwards } from "./covariance.ts";
import { withExplicitEffects } from "./explicit-effects.ts";
import { combineGroups } from "./fixed-effects.ts";
import { type KeptModel, keptModel } from "./kept-model.ts";
import type { OlsResult } from "./ols.ts";

/** A least-squares result as resampling by clusters sees it. */
export interface ClusterInput {
  readonly model: KeptModel;
  /** Equations whose clusters are independent of each other given the design: effects not nested in clusters as dummies. */
  readonly equations: EstimatingEquations;
  readonly sums: ClusterSums;
  readonly groups: ClusterGroups;
  /** A cluster's value as text. */
  readonly label: (cluster: number) => string;
  /** CR1's factor under the result's small-sample options. */
  readonly factor: number;
  /** A combination of the coefficients in the basis of the equations. */
  readonly inBasis: (weights: Float64Array) => Float64Array;
}

/** @throws OptionError `NOT_A_RESULT`, `MODEL_UNSUPPORTED`. */
export function requireOls(caller: string, result: OlsResult): void {
  checkResult(caller, result);
  if ((result.kind as string) === "regression.ols") return;
  throw new OptionError("MODEL_UNSUPPORTED", `Cannot run ${caller} as it needs a result of regression.ols: "${result.kind}" was given`, {
    kind: result.kind,
  });
}

/**
 * Sums over clusters of a result; the cluster variable is that of its covariance unless given.
 *
 * @throws OptionError `MODEL_UNSUPPORTED`, `CLUSTER_NEEDED`, `TOO_MANY_EFFECTS`.
 * @throws IdentificationError `ONE_CLUSTER`. DataError `MODEL_NOT_KEPT`, `MISSING_VALUES`.
 */
export function clusterInput(caller: string, result: OlsResult, cluster: string | readonly string[] | undefined): ClusterInput {
  requireOls(caller, result);
  const model = keptModel(caller, result);
  const names = clusterColumns(caller, result, cluster);
  const columns = columnsAfterwards(caller, model.data, model.rows, { groups: names, numbers: [] });
  const groups = clusterGroups([names], columns, model.effects)[0]!;
  requireTwoClusters([groups]);
  const inside = groups.nested.every((nested) => nested);
  const equations = inside ? model.equations : withExplicitEffects(model.equations, model.effects, [groups]);
  const width = Math.round(Math.sqrt(equations.bread.length));
  const { transform } = equations;
  return {
    model,
    equations,
    sums: clusterSums(equations, groups),
    groups,
    label: combineGroups(names.map((name) => columns.groups(name))).label,
    factor: clusterFactor(result, equations, groups),
    inBasis: (weights) => {
      const c = new Float64Array(width);
      for (let j = 0; j < weights.length; j++) {
        if (transform === undefined) c[j]! += weights[j]!;
        else for (let p = 0; p < width; p++) c[p]! += weights[j]! * transform[j * width + p]!;
      }
      return c;
    },
  };
}

function clusterColumns(
  caller: string,
  { options: { vcov } }: OlsResult,
  cluster: string | readonly string[] | undefined,
): readonly string[] {
  if (cluster !== undefined && cluster.length > 0) return typeof cluster === "string" ? [cluster] : cluster;
  const lists = vcov.type === "cluster" ? clusterLists(vcov.by) : [];
  if (lists.length === 1) return lists[0]!;
  throw new OptionError(
    "CLUSTER_NEEDED",
    `Cannot run ${caller} as one cluster variable is needed: the result has ${lists.length === 0 ? "none" : `${lists.length} of them`}; give option "cluster"`,
    { option: "cluster" },
  );
}

/** `G/(G-1) (n-1)/(n-K)`, as the result's small-sample options have it. */
function clusterFactor(
  { options: { smallSample } }: OlsResult,
  { observations: n, counts }: EstimatingEquations,
  groups: ClusterGroups,
): number {
  const K = countParameters(counts, smallSample, groups.nested);
  const G = groups.count;
  if (n <= K) {
    throw new IdentificationError(
      "TOO_FEW_ROWS",
      `Cannot cluster by "${groups.name}" as more rows than parameters are needed: ${n} for ${K}`,
      {
        observations: n,
        parameters: K,
      },
    );
  }
  const clusters = smallSample.adjustClusters === false ? 1 : G / (G - (smallSample.adjustClusters === "parameters" ? K : 1));
  return clusters * (smallSample.adjustParameters ? (n - 1) / (n - K) : 1);
}
