import { resolveOptions } from "../core/options.ts";
import { adjustClusters } from "../inference/cluster-adjustment.ts";
import { collectClusterMoments } from "../inference/cluster-moments.ts";
import { requireTwoClusters } from "../inference/vcov-cluster.ts";
import type { ClusterBy } from "../inference/vcov-option.ts";
import { multiplyVector, toRows } from "../linalg/index.ts";
import { requireOls } from "./cluster-input.ts";
import { clusterGroups, columnsAfterwards, vcovColumns } from "./covariance.ts";
import type { AnyRow } from "./design.ts";
import { withExplicitEffects } from "./explicit-effects.ts";
import { keptModel } from "./kept-model.ts";
import type { OlsResult } from "./ols.ts";

/** Options of {@link clusterJackknife}. */
export interface ClusterJackknifeOptions<Row> {
  /** One cluster variable; a list with a nested list combines columns. */
  readonly cluster: ClusterBy<Row>;
}

/** Estimates without each cluster in turn. */
export interface ClusterJackknife {
  readonly terms: readonly string[];
  /** One row a cluster, one column a term. */
  readonly leaveOneOut: readonly (readonly number[])[];
  /** Covariance around the estimate of all rows, factor (G - 1)/G (CR3). */
  readonly vcov: readonly (readonly number[])[];
  /** Covariance around the mean of the leave-one-out estimates, factor (G - 1)/G (CR3J). */
  readonly vcovAroundMean: readonly (readonly number[])[];
}

/**
 * Least squares without each cluster in turn, from the clusters' cross-products: nothing is estimated again. Fixed effects are part of
 * the design, so that they too change with each cluster left out; coefficients that a cluster alone identifies use a pseudo-inverse.
 *
 * @throws IdentificationError `ONE_CLUSTER`. @throws DataError `MODEL_NOT_KEPT`. @throws OptionError `MODEL_UNSUPPORTED` (other than least squares), `TOO_MANY_EFFECTS`.
 * @see MacKinnon, Nielsen & Webb (2023), doi:10.1002/jae.2969
 * @example
 * clusterJackknife(result, { cluster: "region" }).leaveOneOut;
 */
export function clusterJackknife<Row = AnyRow>(result: OlsResult, options: ClusterJackknifeOptions<Row>): ClusterJackknife {
  const caller = "regression.clusterJackknife";
  const { cluster } = resolveOptions<ClusterJackknifeOptions<AnyRow>>(caller, options, { required: ["cluster"], defaults: {} });
  requireOls(caller, result);
  const model = keptModel(caller, result);
  const columns = columnsAfterwards(caller, model.data, model.rows, vcovColumns({ type: "cluster", by: cluster }));
  const groups = clusterGroups(cluster, columns, model.effects).slice(0, 1);
  requireTwoClusters(groups);
  const equations = withExplicitEffects(model.equations, model.effects, groups);
  const moments = collectClusterMoments(equations, groups[0]!);
  const width = moments.width;
  const k = model.terms.length;
  const { bread, transform } = equations;
  const changes = adjustClusters(moments, bread, "CR3").map(({ score }) => {
    const change = multiplyVector(bread, score, width, width);
    return transform === undefined ? change.slice(0, k) : multiplyVector(transform, change, k, width);
  });
  const G = changes.length;
  const mean = Float64Array.from({ length: k }, (_, j) => changes.reduce((sum, change) => sum + change[j]! / G, 0));
  const around = (center: Float64Array): readonly (readonly number[])[] => {
    const V = new Float64Array(k * k);
    for (const change of changes) {
      for (let a = 0; a < k; a++) {
        for (let b = 0; b < k; b++) V[a * k + b]! += ((G - 1) / G) * (change[a]! - center[a]!) * (change[b]! - center[b]!);
      }
    }
    return toRows(V, k);
  };
  return {
    terms: model.terms,
    leaveOneOut: changes.map((change) => Array.from(change, (value, j) => model.coefficients[j]! - value)),
    vcov: around(new Float64Array(k)),
    vcovAroundMean: around(mean),
  };
}
