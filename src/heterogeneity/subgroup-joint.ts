import { factorize } from "../data/factorize.ts";
import type { Frame } from "../data/frame.ts";
import { crossGroups, type GroupCodes } from "../moments/index.ts";
import type { AnyRow } from "../regression/design.ts";
import type { RowInfluence } from "./subgroup-effects.ts";

/** Clusters of all rows of the data (-1 = missing), with the sign of their part in a multiway covariance. */
export interface Clustering {
  readonly codes: Int32Array;
  readonly count: number;
  readonly sign: 1 | -1;
}

/** A clustering with the codes of each group's rows, in the order of the group's data. */
export interface GroupedClustering {
  readonly codes: readonly Int32Array[];
  readonly count: number;
  readonly sign: 1 | -1;
}

/** Cells of a table of clusters by groups that is worth its memory. */
const MOST_CELLS = 1 << 22;

/** Clusterings of all non-empty subsets of the cluster variables, as in a multiway covariance. */
export function clusterings(data: Frame<AnyRow>, variables: readonly (readonly string[])[]): readonly Clustering[] {
  const single = variables.map((names) => joinCodes(names.map((name) => codesOf(data, name))));
  const subsets: (GroupCodes & { readonly size: number })[] = [];
  for (const one of single) {
    const joined = subsets.map((subset) => ({ ...joinCodes([subset, one]), size: subset.size + 1 }));
    subsets.push({ ...one, size: 1 }, ...joined);
  }
  return subsets.map(({ codes, count, size }) => ({ codes, count, sign: size % 2 === 1 ? 1 : -1 }));
}

function codesOf(data: Frame<AnyRow>, name: string): GroupCodes {
  const column = data.column(name);
  if (column.type === "category") return { codes: column.codes, count: column.levels.length };
  const { codes, values } = factorize(column.values);
  return { codes, count: values.length };
}

/** Combinations of several codings; missing where any is. */
function joinCodes(parts: readonly GroupCodes[]): GroupCodes {
  if (parts.length === 1) return parts[0]!;
  // One more group in each part stands for missing, so that codes stay dense.
  const shifted = parts.map(({ codes, count }) => ({ codes: codes.map((code) => code + 1), count: count + 1 }));
  const joined = shifted.slice(1).reduce<GroupCodes>((left, right) => crossGroups(left, right), shifted[0]!);
  const codes = joined.codes.map((code, i) => (parts.every((part) => part.codes[i]! >= 0) ? code : -1));
  return { codes, count: joined.count };
}

/** Whether some cluster has rows in two of the groups. */
export function clustersSpan({ codes, count }: Clustering, group: Int32Array): boolean {
  const home = new Int32Array(count).fill(-1);
  for (let i = 0; i < codes.length; i++) {
    const cluster = codes[i]!;
    const g = group[i]!;
    if (cluster < 0 || g < 0) continue;
    if (home[cluster] === -1) home[cluster] = g;
    else if (home[cluster] !== g) return true;
  }
  return false;
}

/**
 * Covariance of group estimates from their rows' contributions, summed over the rows of each cluster across groups. The correlations are those of the
 * cluster sums; each variance stays the group's own, small-sample factor included: `V_gh = se_g se_h S_gh / sqrt(S_gg S_hh)`.
 *
 * @param clusterSets - Clusterings, each with the codes of every group's rows.
 * @returns G by G, row-major; `undefined` when a group's own sum is not positive.
 */
export function jointCovariance(
  influence: readonly RowInfluence[],
  variances: readonly number[],
  clusterSets: readonly GroupedClustering[],
): Float64Array | undefined {
  const G = influence.length;
  const sums = new Float64Array(G * G);
  for (const set of clusterSets) {
    if (set.count * G <= MOST_CELLS) addTabledProducts(influence, set, sums);
    else addClusterProducts(influence, set, sums);
  }
  for (let g = 0; g < G; g++) if (!(sums[g * G + g]! > 0)) return undefined;
  const out = new Float64Array(G * G);
  for (let g = 0; g < G; g++) {
    for (let h = 0; h < G; h++) {
      const correlation = sums[g * G + h]! / Math.sqrt(sums[g * G + g]! * sums[h * G + h]!);
      out[g * G + h] = g === h ? variances[g]! : correlation * Math.sqrt(variances[g]! * variances[h]!);
    }
  }
  return out;
}

/** Adds `sign * S'S`, S the table of clusters by groups of summed contributions. */
function addTabledProducts(influence: readonly RowInfluence[], { codes, count, sign }: GroupedClustering, out: Float64Array): void {
  const G = influence.length;
  const table = new Float64Array(count * G);
  for (let g = 0; g < G; g++) {
    const { rows: used, values } = influence[g]!;
    const own = codes[g]!;
    for (let i = 0; i < values.length; i++) {
      const cluster = own[used === undefined ? i : used[i]!]!;
      if (cluster >= 0) table[cluster * G + g]! += values[i]!;
    }
  }
  for (let at = 0; at < table.length; at += G) {
    for (let g = 0; g < G; g++) {
      const sum = sign * table[at + g]!;
      if (sum === 0) continue;
      for (let h = 0; h < G; h++) out[g * G + h]! += sum * table[at + h]!;
    }
  }
}

/** Adds `sign * sum_c s_gc s_hc` to the G by G matrix; s_gc is the sum of group g's contributions in cluster c. */
function addClusterProducts(influence: readonly RowInfluence[], { codes, count, sign }: GroupedClustering, out: Float64Array): void {
  const G = influence.length;
  const own = new Float64Array(count);
  // Groups met in each cluster as linked lists: entries hold a group, its sum and the next entry.
  const head = new Int32Array(count).fill(-1);
  const [groupOf, sumOf, next]: [number[], number[], number[]] = [[], [], []];
  for (let g = 0; g < G; g++) {
    const { rows: used, values } = influence[g]!;
    const touched: number[] = [];
    const seen = new Set<number>();
    for (let i = 0; i < values.length; i++) {
      const cluster = codes[g]![used === undefined ? i : used[i]!]!;
      if (cluster < 0) continue;
      if (!seen.has(cluster)) {
        seen.add(cluster);
        touched.push(cluster);
      }
      own[cluster]! += values[i]!;
    }
    for (const cluster of touched) {
      const sum = own[cluster]!;
      own[cluster] = 0;
      out[g * G + g]! += sign * sum * sum;
      for (let e = head[cluster]!; e >= 0; e = next[e]!) {
        const product = sign * sum * sumOf[e]!;
        out[g * G + groupOf[e]!]! += product;
        out[groupOf[e]! * G + g]! += product;
      }
      next.push(head[cluster]!);
      head[cluster] = groupOf.push(g) - 1;
      sumOf.push(sum);
    }
  }
}
