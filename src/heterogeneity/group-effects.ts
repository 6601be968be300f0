import { finishResult } from "../core/display.ts";
import { checkLevel, resolveOptions } from "../core/options.ts";
import type { Estimate, JointTest, Result, Warning } from "../core/result.ts";
import type { Frame } from "../data/frame.ts";
import { columnsByRole, type Groups, groupRole, numberRole, weightRole } from "../data/roles.ts";
import type { AnyColumn, NumericColumn } from "../data/row-types.ts";
import { chiSquaredTest, normalEstimate, waldStatistic } from "../inference/estimate.ts";
import { requireTwoClusters } from "../inference/vcov-cluster.ts";

/** Options of {@link groupEffects}. */
export interface GroupEffectsOptions<Row> {
  /** Doubly robust scores, from `effectScores`. */
  readonly scores: NumericColumn<Row>;
  /** Column whose values form the groups. */
  readonly by: AnyColumn<Row>;
  /** Sampling weights. */
  readonly weights?: NumericColumn<Row>;
  /** Column whose groups are independent of each other. */
  readonly cluster?: AnyColumn<Row>;
  /** Confidence level. @defaultValue 0.95 */
  readonly level?: number;
}

/** Resolved options of {@link groupEffects}. */
export interface GroupEffectsSettings {
  readonly scores: string;
  readonly by: string;
  readonly weights?: string;
  readonly cluster?: string;
  readonly level: number;
}

/** Result of {@link groupEffects}. */
export interface GroupEffectsResult extends Result<"heterogeneity.groupEffects", GroupEffectsSettings> {
  readonly estimates: readonly Estimate[];
  readonly vcov: readonly (readonly number[])[];
  /** Rows by group. */
  readonly rows: readonly number[];
  /** Test that all groups have one effect; absent with one group. */
  readonly equality?: JointTest;
}

const CALLER = "heterogeneity.groupEffects";

/**
 * Average effect by group from doubly robust scores: the regression of the scores on group indicators, HC0, or summed by cluster and times G/(G-1), so that
 * groups that share clusters are compared rightly. Normal inference, chi-squared test of equality.
 *
 * @throws IdentificationError `ONE_CLUSTER`.
 * @see Semenova and Chernozhukov (2021), Econometrics Journal 24.
 * @example
 * groupEffects(scored, { scores: "score", by: "education" }).equality;
 */
export function groupEffects<Row>(data: Frame<Row>, options: GroupEffectsOptions<Row>): GroupEffectsResult {
  const settings = resolveOptions<GroupEffectsSettings>(CALLER, options, {
    required: ["scores", "by"],
    defaults: { weights: undefined, cluster: undefined, level: 0.95 },
  });
  checkLevel(CALLER, settings.level);
  const { columns, sample } = columnsByRole(CALLER, data, {
    scores: numberRole(settings.scores),
    by: groupRole(settings.by),
    weights: weightRole(settings.weights),
    cluster: groupRole(settings.cluster),
  });
  const { scores, by, weights, cluster } = columns;
  const G = by.count;
  const [sums, totals, rows] = [new Float64Array(G), new Float64Array(G), new Float64Array(G)];
  const weight = (i: number): number => (weights === undefined ? 1 : weights[i]!);
  for (let i = 0; i < scores.length; i++) {
    const g = by.codes[i]!;
    sums[g]! += weight(i) * scores[i]!;
    totals[g]! += weight(i);
    rows[g]! += 1;
  }
  const means = sums.map((sum, g) => sum / totals[g]!);
  if (cluster !== undefined) requireTwoClusters([{ name: cluster.column, count: cluster.count }]);
  const part = (i: number): number => (weight(i) * (scores[i]! - means[by.codes[i]!]!)) / totals[by.codes[i]!]!;
  const V = cluster === undefined ? rowCovariance(by, part) : clusterCovariance(by, cluster, part);
  const estimates = Array.from(means, (mean, g) => normalEstimate(`${settings.by}: ${by.label(g)}`, mean, V[g * G + g]!, settings.level));
  const { equality, warnings } = equalityOf(means, V);
  return finishResult<GroupEffectsResult>({
    kind: CALLER,
    estimates,
    vcov: Array.from({ length: G }, (_, a) => Array.from(V.subarray(a * G, (a + 1) * G))),
    rows: Array.from(rows),
    ...(equality === undefined ? {} : { equality }),
    sample: cluster === undefined ? sample : { ...sample, clusters: cluster.count },
    warnings,
    options: settings,
    reference: "Semenova & Chernozhukov (2021), Econometrics Journal 24(2)",
  });
}

/** Independent rows: groups are independent. */
function rowCovariance({ codes, count }: Groups, part: (row: number) => number): Float64Array {
  const V = new Float64Array(count * count);
  for (let i = 0; i < codes.length; i++) V[codes[i]! * (count + 1)]! += part(i) ** 2;
  return V;
}

/** Parts summed by cluster and group, G/(G-1) times their products. */
function clusterCovariance({ codes, count }: Groups, cluster: Groups, part: (row: number) => number): Float64Array {
  const sums = new Float64Array(cluster.count * count);
  for (let i = 0; i < codes.length; i++) sums[cluster.codes[i]! * count + codes[i]!]! += part(i);
  const factor = cluster.count / (cluster.count - 1);
  const V = new Float64Array(count * count);
  for (let c = 0; c < cluster.count; c++) {
    for (let a = 0; a < count; a++) {
      const value = sums[c * count + a]!;
      if (value !== 0) for (let b = 0; b < count; b++) V[a * count + b]! += factor * value * sums[c * count + b]!;
    }
  }
  return V;
}

function equalityOf(means: Float64Array, V: Float64Array): { readonly equality?: JointTest; readonly warnings: readonly Warning[] } {
  const G = means.length;
  if (G < 2) return { warnings: [] };
  const m = G - 1;
  const difference = Float64Array.from({ length: m }, (_, i) => means[i + 1]! - means[0]!);
  const matrix = new Float64Array(m * m);
  for (let i = 0; i < m; i++) for (let j = 0; j < m; j++) matrix[i * m + j] = V[(i + 1) * G + j + 1]! - V[(i + 1) * G]! - V[j + 1]! + V[0]!;
  const statistic = waldStatistic(difference, matrix);
  if (statistic !== undefined) return { equality: chiSquaredTest(statistic, m), warnings: [] };
  return { warnings: [{ code: "NO_EQUALITY_TEST", message: "No test of equality: the covariance of the group effects is singular" }] };
}
