import type { Frame } from "../data/frame.ts";
import { columnsByRole, groupRole } from "../data/roles.ts";
import type { NumericColumn } from "../data/row-types.ts";
import type { RdEstimateResult } from "./estimate-result.ts";

/**
 * Covariance of robust estimates made from the same data (each with the option `perRow`): cross-products of their influences, summed
 * within clusters on each side of the cutoff (of both, where spanning clusters are joined) first where inference is clustered. The diagonal holds the squared standard errors.
 * `undefined` with two-way clusters, whose influences do not square to the variance.
 */
export function jointCovariance<Row>(data: Frame<Row>, fits: readonly RdEstimateResult[]): number[][] | undefined {
  const { cluster, secondCluster, running, cutoff, vcov } = fits[0]!.options;
  const joined = vcov.type === "cluster" && vcov.spanning === "joined";
  if (secondCluster !== undefined || fits.some(({ perRow }) => perRow === undefined)) return undefined;
  const influences = fits.map(({ perRow }) => perRow!.robust.influence);
  const sums =
    cluster === undefined ? influences : summed(influences, groupsOf(data, cluster, running, joined ? Number.NEGATIVE_INFINITY : cutoff));
  return sums.map((a) =>
    sums.map((b) => {
      let total = 0;
      for (let i = 0; i < a.length; i++) total += a[i]! * b[i]!;
      return total;
    }),
  );
}

/** Twice the cluster, plus one on the right; -1 where the cluster is missing. */
function groupsOf<Row>(data: Frame<Row>, cluster: string, running: string, cutoff: number): Int32Array {
  const { columns, rows } = columnsByRole("rd.estimate", data, { cluster: groupRole(cluster) });
  const x = data.numbers(running as NumericColumn<Row>);
  const out = new Int32Array(data.rowCount).fill(-1);
  const { codes } = columns.cluster;
  for (let i = 0; i < codes.length; i++) {
    const row = rows === undefined ? i : rows[i]!;
    out[row] = 2 * codes[i]! + (x[row]! >= cutoff ? 1 : 0);
  }
  return out;
}

function summed(influences: readonly Float64Array[], groups: Int32Array): Float64Array[] {
  let count = 0;
  for (const group of groups) count = Math.max(count, group + 1);
  return influences.map((values) => {
    const out = new Float64Array(count);
    for (let i = 0; i < values.length; i++) if (groups[i]! >= 0) out[groups[i]!]! += values[i]!;
    return out;
  });
}
