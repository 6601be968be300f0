import { finishResult } from "../core/display.ts";
import { OptionError } from "../core/errors.ts";
import { checkChoice, checkLevel, checkNumber, resolveOptions } from "../core/options.ts";
import type { Estimate, Result } from "../core/result.ts";
import { gatherCodes, gatherNumbers } from "../data/columns.ts";
import type { Frame } from "../data/frame.ts";
import { binaryRole, columnsByRole, groupRole, numberRole, numbersRole, weightRole } from "../data/roles.ts";
import type { NumericColumn } from "../data/row-types.ts";
import { normalEstimate } from "../inference/estimate.ts";
import { substream } from "../random/index.ts";
import { halfSample } from "./half-sample.ts";
import { inRankOrder, type RankCurve, rankCurve, rankOrder } from "./numerics/rank-curve.ts";
import { OBSERVATION_DEFAULTS, type ObservationOptions, type ObservationSettings, observations } from "./observation-weights.ts";

/** Options of {@link rankAverageEffect}. */
export interface RankAverageEffectOptions<Row> extends ObservationOptions<Row> {
  /** Doubly robust scores, from `effectScores`. */
  readonly scores: NumericColumn<Row>;
  /** One priority (higher is treated first), or two to compare. They must not have been learnt from these rows' outcomes. */
  readonly priorities: readonly NumericColumn<Row>[];
  /** Area under the curve (`"AUTOC"`, sensitive to a few who gain much) or area weighted by share (`"Qini"`). @defaultValue "AUTOC" */
  readonly target?: "AUTOC" | "Qini";
  /** Shares at which the curve is given. @defaultValue 0.1, 0.2 ... 1 */
  readonly quantiles?: readonly number[];
  /** Half-sample bootstrap draws. @defaultValue 200 */
  readonly replicates?: number;
  /** @defaultValue 1 */
  readonly seed?: number;
  /** Confidence level. @defaultValue 0.95 */
  readonly level?: number;
}

/** Resolved options of {@link rankAverageEffect}. */
export interface RankAverageEffectSettings extends ObservationSettings {
  readonly scores: string;
  readonly priorities: readonly string[];
  readonly target: "AUTOC" | "Qini";
  readonly quantiles: readonly number[];
  readonly replicates: number;
  readonly seed: number;
  readonly level: number;
}

/** The targeting operator characteristic at one share. */
export interface TargetingPoint {
  /** Share of the rows (of weight) treated first. */
  readonly quantile: number;
  /** Mean score of those treated first, less the mean of all, by priority, then their difference. */
  readonly estimates: readonly Estimate[];
}

/** Result of {@link rankAverageEffect}. */
export interface RankAverageEffectResult extends Result<"heterogeneity.rankAverageEffect", RankAverageEffectSettings> {
  /** One per priority; with two also the first minus the second. */
  readonly estimates: readonly Estimate[];
  /** The curve. */
  readonly curve: readonly TargetingPoint[];
}

const CALLER = "heterogeneity.rankAverageEffect";
const TENTHS = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];

/**
 * Rank-weighted average effect: does a priority rank people by how much they gain? The curve TOC(q) is the mean score of the share q with the highest priority less the
 * overall mean; AUTOC averages it over q, Qini weights it by q. Zero when the priority says nothing about the effect. Tied priorities share their mean score.
 * Standard errors: half-sample bootstrap of rows (or clusters), one substream per draw; normal inference. Equals `rank_average_treatment_effect` of R's grf 2.6.1.
 *
 * @throws OptionError `PRIORITY_COUNT`, `INVALID_OPTION`.
 * @see Yadlowsky, Fleming, Shah, Brunskill and Wager (2024), JASA.
 * @example
 * rankAverageEffect(scored, { scores: "score", priorities: ["predictedGain"], target: "Qini" }).estimates[0];
 */
export function rankAverageEffect<Row>(data: Frame<Row>, options: RankAverageEffectOptions<Row>): RankAverageEffectResult {
  const settings = resolve(options);
  const { columns, sample } = columnsByRole(CALLER, data, {
    scores: numberRole(settings.scores),
    priorities: numbersRole(settings.priorities),
    weights: weightRole(settings.weights),
    cluster: groupRole(settings.cluster),
    subset: binaryRole(settings.subset),
  });
  const { index, weights, clusters, clusterCount } = observations(CALLER, sample.used, settings, columns);
  const scores = gatherNumbers(columns.scores, index);
  const orders = columns.priorities.map((priority) => rankOrder(gatherNumbers(priority, index)));
  // Rows on their own may be numbered at will: by the first ranking, in which draws are then read from front to back.
  const dense = settings.cluster === undefined ? positionsIn(orders[0]!.order) : denseClusters(clusters, clusterCount);
  const ranked = orders.map((order): Ranked => {
    return {
      ends: order.ends,
      scores: inRankOrder(order, scores),
      weights: inRankOrder(order, weights),
      units: gatherCodes(dense, order.order),
    };
  });
  const all = ranked.map((one) => rankCurve(one.ends, one.scores, one.weights, settings.quantiles));
  const chosen = new Uint8Array(clusterCount);
  const signs = new Float64Array(clusterCount);
  const drawn = new Float64Array(weights.length);
  const draws = Array.from({ length: settings.replicates }, (_, b) => {
    halfSample(substream(settings.seed, b + 1), chosen, signs);
    const curves = ranked.map(({ ends, scores: own, weights: full, units }) => {
      for (let i = 0; i < drawn.length; i++) drawn[i] = full[i]! * chosen[units[i]!]!;
      return rankCurve(ends, own, drawn, settings.quantiles);
    });
    return flat(curves, settings.target);
  });
  const deviations = standardDeviations(draws);
  const values = flat(all, settings.target);
  const names = [...settings.priorities, ...(ranked.length === 2 ? [`${settings.priorities[0]} - ${settings.priorities[1]}`] : [])];
  const estimate = (name: string, at: number): Estimate => normalEstimate(name, values[at]!, deviations[at]! ** 2, settings.level);
  const estimates = names.map((name, k) => estimate(`${settings.target}: ${name}`, k));
  return finishResult<RankAverageEffectResult>({
    kind: CALLER,
    estimates,
    curve: settings.quantiles.map((quantile, q) => ({
      quantile,
      estimates: names.map((name, k) => estimate(`TOC(${quantile}): ${name}`, names.length * (q + 1) + k)),
    })),
    sample: settings.cluster === undefined ? sample : { ...sample, clusters: clusterCount },
    warnings: estimates.some(({ standardError }) => Number.isNaN(standardError))
      ? [{ code: "NO_VARIANCE", message: "No standard error: the bootstrap draws do not vary" }]
      : [],
    options: settings,
    reference: "Yadlowsky, Fleming, Shah, Brunskill & Wager (2024), JASA",
  });
}

function resolve(options: object): RankAverageEffectSettings {
  const settings = resolveOptions<RankAverageEffectSettings>(CALLER, options, {
    required: ["scores", "priorities"],
    defaults: { ...OBSERVATION_DEFAULTS, target: "AUTOC", quantiles: TENTHS, replicates: 200, seed: 1, level: 0.95 },
  });
  if (settings.priorities.length < 1 || settings.priorities.length > 2) {
    throw new OptionError(
      "PRIORITY_COUNT",
      `Cannot run ${CALLER} as one priority or two to compare are needed: ${settings.priorities.length} given`,
    );
  }
  checkChoice(CALLER, "target", settings.target, ["AUTOC", "Qini"]);
  for (const q of settings.quantiles) if (!(q > 0 && q <= 1)) checkNumber(CALLER, "quantiles", q, { min: 0, max: 1, open: true });
  checkNumber(CALLER, "replicates", settings.replicates, { min: 2, integer: true });
  checkNumber(CALLER, "seed", settings.seed, { min: 0, integer: true });
  checkLevel(CALLER, settings.level);
  return settings;
}

/** One priority's rows by rank. */
interface Ranked {
  readonly ends: Int32Array;
  readonly scores: Float64Array;
  readonly weights: Float64Array;
  /** Independent unit of each row. */
  readonly units: Int32Array;
}

/** Area by priority (and difference), then the same at each quantile. */
function flat(list: readonly RankCurve[], target: "AUTOC" | "Qini"): Float64Array {
  const withDifference = (values: readonly number[]): readonly number[] =>
    values.length === 2 ? [...values, values[0]! - values[1]!] : values;
  const areas = withDifference(list.map((curve) => (target === "AUTOC" ? curve.autoc : curve.qini)));
  const points = list[0]!.toc.map((_, q) => withDifference(list.map(({ toc }) => toc[q]!)));
  return Float64Array.from([...areas, ...points.flat()]);
}

function standardDeviations(draws: readonly Float64Array[]): Float64Array {
  const B = draws.length;
  return Float64Array.from(draws[0]!, (_, k) => {
    const mean = draws.reduce((sum, draw) => sum + draw[k]!, 0) / B;
    return Math.sqrt(draws.reduce((sum, draw) => sum + (draw[k]! - mean) ** 2, 0) / (B - 1));
  });
}

/** Position of each row in an order. */
function positionsIn(order: Int32Array): Int32Array {
  const out = new Int32Array(order.length);
  for (let i = 0; i < order.length; i++) out[order[i]!] = i;
  return out;
}

/** Codes 0, 1 ... of the clusters that occur. */
function denseClusters(clusters: Int32Array, count: number): Int32Array {
  let largest = -1;
  for (let i = 0; i < clusters.length; i++) if (clusters[i]! > largest) largest = clusters[i]!;
  if (largest + 1 === count) return clusters;
  const rank = new Int32Array(largest + 1).fill(-1);
  let next = 0;
  return clusters.map((cluster) => {
    if (rank[cluster] === -1) rank[cluster] = next++;
    return rank[cluster]!;
  });
}
