import type { Warning } from "../core/result.ts";
import { type AnyColumn, Panel } from "../data/index.ts";
import { requireColumn } from "../data/roles.ts";
import { sumScores } from "../inference/scores.ts";
import type { ClusterBy, VcovOption } from "../inference/vcov-option.ts";
import { clusterGroups, columnsAfterwards } from "../regression/covariance.ts";
import type { GlmResult, OlsResult } from "../regression/index.ts";
import { keptModel } from "../regression/kept-model.ts";

/** What each cluster adds to the deviations of the estimates, clusters by estimates: their products sum to the covariance. */
export type Contributions = readonly (readonly number[])[];

/** With so many clusters or fewer a result keeps what each contributes. */
export const MOST_CLUSTERS = 100;

/** Below so many clusters inference that lets their number grow is doubtful. */
const FEW_CLUSTERS = 30;

/** Warns of few clusters. */
export function fewClusterWarnings(clusters: number | undefined): Warning[] {
  if (clusters === undefined || clusters >= FEW_CLUSTERS) return [];
  return [
    {
      code: "FEW_CLUSTERS",
      message: `Standard errors from ${clusters} clusters are too small as a rule: did.wildBootstrap and did.randomizationInference suit few clusters`,
      details: { clusters },
    },
  ];
}

/** The one column a regression on a panel clusters by, if it has few levels. */
export function fewClustersColumn<Row>(
  data: Panel<Row>,
  { cluster, vcov }: { readonly cluster?: ClusterBy<Row>; readonly vcov?: VcovOption<Row> },
  clusterBy: string,
): string | undefined {
  const by = vcov === undefined ? (cluster ?? clusterBy) : vcov.type === "cluster" ? vcov.by : undefined;
  const list = (by === undefined ? [] : [by].flat(2)) as readonly string[];
  if (list.length !== 1) return undefined;
  const name = list[0]!;
  if (data instanceof Panel && name === data.unit) return data.unitCount <= MOST_CLUSTERS ? name : undefined;
  requireColumn(data, name);
  const column = data.column(name as AnyColumn<Row>);
  const values = column.type === "category" ? column.codes : data.numbers(name as never);
  const found = new Set<number>();
  for (let i = 0; i < values.length && found.size <= MOST_CLUSTERS; i++) found.add(values[i]!);
  return found.size <= MOST_CLUSTERS ? name : undefined;
}

/** Contributions to the coefficients of a regression whose model is kept, by cluster. */
export function regressionContributions(caller: string, result: OlsResult | GlmResult, cluster: string): Contributions {
  const { data, rows, effects } = keptModel(caller, result);
  const { codes, count } = clusterGroups(cluster, columnsAfterwards(caller, data, rows, { groups: [cluster], numbers: [] }), effects)[0]!;
  const sums = contributionsByTerm(caller, result, codes, count);
  return Array.from({ length: count }, (_, c) => sums.map((own) => own[c]!));
}

/** The same by coefficient, one value a cluster; `codes` name the clusters of the rows used. Scaled like the covariance. */
export function contributionsByTerm(
  caller: string,
  result: OlsResult | GlmResult,
  codes: Int32Array,
  count: number,
): readonly Float64Array[] {
  const { scores, bread, transform, counts } = keptModel(caller, result).equations;
  const sums = sumScores(scores, codes, count);
  const width = Math.round(Math.sqrt(bread.length));
  const out = Array.from({ length: counts.coefficients }, () => new Float64Array(count));
  for (let c = 0; c < count; c++) {
    const inner = times(bread, sums.subarray(c * width, (c + 1) * width), width, width);
    const own = transform === undefined ? inner : times(transform, inner, out.length, width);
    out.forEach((values, k) => {
      values[c] = own[k]!;
    });
  }
  const square = out[0]?.reduce((sum, value) => sum + value * value, 0) ?? 0;
  const factor = square > 0 ? Math.sqrt(result.vcov[0]![0]! / square) : 1; // the small-sample factor is one for all
  return out.map((values) => values.map((value) => value * factor));
}

function times(A: Float64Array, v: Float64Array, n: number, m: number): Float64Array {
  const out = new Float64Array(n);
  for (let i = 0; i < n; i++) for (let j = 0; j < m; j++) out[i]! += A[i * m + j]! * v[j]!;
  return out;
}

/** Contributions to linear combinations of the estimates; weights may end before the contributions, which hold cohort shares after the effects. */
export function combineContributions(contributions: Contributions, weights: readonly ArrayLike<number>[]): Contributions {
  return contributions.map((own) => weights.map((w) => own.reduce((sum, value, k) => (k < w.length ? sum + value * w[k]! : sum), 0)));
}

/** Rows by cluster from one array a term. */
export function contributionsFromSums(sums: readonly Float64Array[]): { readonly contributions?: Contributions } {
  const clusters = sums[0]?.length ?? 0;
  if (clusters === 0 || clusters > MOST_CLUSTERS) return {};
  return { contributions: Array.from({ length: clusters }, (_, c) => sums.map((own) => own[c]!)) };
}
