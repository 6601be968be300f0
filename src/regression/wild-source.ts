import { OptionError } from "../core/errors.ts";
import type { Sample } from "../core/result.ts";
import type { Frame } from "../data/index.ts";
import type { ClusterGroups, EstimatingEquations } from "../inference/covariance.ts";
import type { SmallSample } from "../inference/small-sample.ts";
import { requireTwoClusters } from "../inference/vcov-cluster.ts";
import type { InstrumentalRows, WildSource } from "../inference/wild-source.ts";
import { type AnyVcov, clusterGroups, clusterLists, columnsAfterwards } from "./covariance.ts";
import type { AnyRow } from "./design.ts";
import { withExplicitEffects } from "./explicit-effects.ts";
import type { EffectRows } from "./fixed-effects.ts";

/** What of a result and of its model the wild bootstrap needs. */
interface Fitted {
  readonly options: { readonly vcov: AnyVcov; readonly smallSample: SmallSample };
  readonly sample: Sample;
}
interface FittedModel {
  readonly terms: readonly string[];
  readonly coefficients: Float64Array;
  readonly equations: EstimatingEquations;
  readonly effects: readonly EffectRows[];
  readonly data: Frame<AnyRow>;
  readonly rows: Int32Array | undefined;
  readonly restricted?: (caller: string, fixed: ReadonlyMap<string, number>) => EstimatingEquations;
  readonly instrumental?: (caller: string, groups: readonly ClusterGroups[]) => InstrumentalRows;
}

/**
 * A least-squares or likelihood result as the wild bootstrap sees it. Clusters are those of its covariance unless others are asked for; rows of their intersection share a
 * multiplier unless told otherwise.
 */
export function wildSource({ options, sample }: Fitted, model: FittedModel): WildSource {
  const { terms, coefficients, equations, effects, restricted, instrumental } = model;
  return (caller, request) => {
    const by = request.clusters ?? (options.vcov.type === "cluster" ? options.vcov.by : []);
    const lists = clusterLists(by);
    if (lists.length === 0) {
      throw new OptionError(
        "CLUSTER_NEEDED",
        `Cannot run ${caller} as clusters are needed: the result's covariance has none; give option "cluster"`,
        { option: "cluster" },
      );
    }
    const together = [...new Set((request.drawn === undefined ? lists : clusterLists(request.drawn)).flat())];
    const columns = columnsAfterwards(caller, model.data, model.rows, {
      groups: [...new Set([...lists.flat(), ...together])],
      numbers: [],
    });
    const clusters = clusterGroups(by, columns, effects);
    const drawn = same(lists, together) ? clusters[0]! : clusterGroups([together], columns, effects)[0]!;
    requireTwoClusters([...clusters, drawn]);
    // scores of a likelihood are multiplied as they are, without the effects' share
    const apart = request.jackknifed ? [drawn, ...clusters] : [drawn];
    const inside = restricted !== undefined || instrumental !== undefined || apart.every(({ nested }) => nested.every((own) => own));
    return {
      terms,
      coefficients,
      equations: inside ? equations : withExplicitEffects(equations, effects, apart),
      clusters,
      drawn,
      smallSample: options.smallSample,
      sample,
      ...(restricted === undefined ? {} : { restricted }),
      ...(instrumental === undefined ? {} : { instrumental: instrumental(caller, [drawn, ...clusters]) }),
    };
  };
}

const same = (lists: readonly (readonly string[])[], names: readonly string[]): boolean =>
  lists.length === 1 && lists[0]!.length === names.length && lists[0]!.every((name, j) => name === names[j]);
