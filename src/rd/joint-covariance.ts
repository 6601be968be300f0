import type { Frame } from "../data/frame.ts";
import { columnsByRole, groupRole } from "../data/roles.ts";
import type { NumericColumn } from "../data/row-types.ts";
import type { RdEstimateResult, RdEstimateSettings } from "./estimate-result.ts";

/** Influences of all estimates together (rows times estimates) are held up to so many. */
const MOST_INFLUENCES = 2 ** 26;

/** Whether the influences of so many estimates are held. */
export const holdsInfluences = (rows: number, estimates: number): boolean => rows * estimates <= MOST_INFLUENCES;

/** A robust estimate with its influences, one for each row of the data. */
export interface Influenced {
  readonly estimate: number;
  readonly influence: Float64Array;
}

/** What {@link jointCovariance} needs of a fit with the option `perRow`; the rest of its rows need not be kept. */
export function influenced({ estimates, perRow }: RdEstimateResult): Influenced {
  return { estimate: estimates.robust.estimate, influence: perRow!.robust.influence };
}

/**
 * Covariance of robust estimates made from the same data with the same variance options: cross-products of their influences, summed
 * within clusters on each side of the cutoff (of both, where spanning clusters are joined) first where inference is clustered. The
 * diagonal holds the squared standard errors. `undefined` with two-way clusters, whose influences do not square to the variance.
 */
export function jointCovariance<Row>(
  data: Frame<Row>,
  { cluster, secondCluster, running, cutoff, vcov }: RdEstimateSettings,
  estimates: readonly Influenced[],
): number[][] | undefined {
  if (secondCluster !== undefined) return undefined;
  const joined = vcov.type === "cluster" && vcov.spanning === "joined";
  const influences = estimates.map(({ influence }) => influence);
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
