import { finishResult } from "../core/display.ts";
import { DataError } from "../core/errors.ts";
import { checkArgument, checkChoice, checkLevel, checkNumber, resolveOptions } from "../core/options.ts";
import { type Estimate, estimateList, type Result, type Warning } from "../core/result.ts";
import { estimateFromStandardError } from "../inference/estimate.ts";
import { substream } from "../random/index.ts";
import { orderStatistic } from "./bands.ts";
import type { CombinedTable } from "./combine.ts";
import { varianceWarnings } from "./design-warnings.ts";

/** Options of {@link wildBootstrap}. */
export interface WildBootstrapOptions {
  /**
   * Multipliers of clusters: signs, or six values of Webb (2023), which give more distinct draws with few clusters. Default: signs, Webb's values below
   * 12 clusters.
   */
  readonly multiplier?: "rademacher" | "webb";
  /** Draws; all sign patterns are used in their place where there are no more. @defaultValue 9999 */
  readonly draws?: number;
  /** @defaultValue 1 */
  readonly seed?: number;
  /** Confidence level of the intervals. @defaultValue 0.95 */
  readonly level?: number;
}

/** {@link WildBootstrapOptions} with defaults filled in. */
export type WildBootstrapSettings = Required<WildBootstrapOptions>;

/** What {@link wildBootstrap} reads of a result. */
export type ClusteredTable = Omit<CombinedTable, "estimates"> & {
  readonly estimates: readonly Estimate[] | Readonly<Record<string, Estimate>>;
};

/** Estimates with p-values and intervals of the bootstrap, pointwise and simultaneous. */
export interface WildBootstrapResult extends Result<"did.wildBootstrap", WildBootstrapSettings> {
  readonly estimates: readonly (Estimate & { readonly uniformBand: readonly [number, number] })[];
  /** p-value of all estimates being zero, by the largest |t|. */
  readonly jointPValue: number;
  readonly clusters: number;
  readonly draws: number;
  /** Whether the draws are all sign patterns. */
  readonly enumerated: boolean;
}

const CALLER = "did.wildBootstrap";
/** Below so many clusters Webb's six values are the default: 2^11 sign patterns are few. */
const SIGNS_SUFFICE = 12;
/** Below so many clusters the result warns. */
const FEW = 10;
const WEBB = [-Math.sqrt(1.5), -1, -Math.sqrt(0.5), Math.sqrt(0.5), 1, Math.sqrt(1.5)] as const;

/**
 * Wild cluster bootstrap of any table with cluster contributions: each cluster's contribution to the deviations is multiplied by one random number, the
 * t ratio formed again with the variance of the draw (score bootstrap). For tests of many event times at once, and any estimator; a single coefficient of
 * a regression is better served by `wildClusterBootstrap`, which imposes the hypothesis. With 4 clusters no test of this kind has much power: 16 sign
 * patterns give p-values of 1/8 at the least.
 *
 * @param table - from an estimator given `cluster` with at most 100 clusters, `aggregate` or `combine`.
 * @throws DataError `NO_CONTRIBUTIONS`; OptionError.
 * @see Kline & Santos (2012), doi:10.1515/2156-6674.1006; Webb (2023), doi:10.1111/caje.12661
 * @example
 * wildBootstrap(aggregate(attGt(people, { outcome: "y", firstTreated: "g", cluster: "city" }), { type: "dynamic" })).estimates;
 */
export function wildBootstrap(table: ClusteredTable, options: WildBootstrapOptions = {}): WildBootstrapResult {
  checkArgument(CALLER, table, "a result clustered by few clusters", ["kind", "estimates"]);
  const { contributions } = table;
  if (contributions === undefined || contributions.length < 2) {
    throw new DataError(
      "NO_CONTRIBUTIONS",
      `Cannot run ${CALLER} as the result must hold what 2 to 100 clusters contribute: "${table.kind}" holds none; estimate it with option "cluster"`,
      { kind: table.kind },
    );
  }
  const G = contributions.length;
  const settings = resolveOptions<WildBootstrapSettings>(CALLER, options, {
    required: [],
    defaults: { multiplier: G < SIGNS_SUFFICE ? "webb" : "rademacher", draws: 9999, seed: 1, level: 0.95 },
  });
  checkChoice(CALLER, "multiplier", settings.multiplier, ["rademacher", "webb"]);
  checkNumber(CALLER, "draws", settings.draws, { min: 1, integer: true });
  checkNumber(CALLER, "seed", settings.seed, { min: 0, integer: true });
  checkLevel(CALLER, settings.level);
  const enumerated = settings.multiplier === "rademacher" && 2 ** G <= settings.draws;
  const draws = enumerated ? 2 ** G : settings.draws;
  const rows = estimateList(table as Result);
  const K = rows.length;
  const ratios = Array.from({ length: K }, () => new Float64Array(draws));
  const multipliers = new Float64Array(G);
  for (let b = 0; b < draws; b++) {
    fillMultipliers(multipliers, b, enumerated, settings);
    for (let k = 0; k < K; k++) ratios[k]![b] = drawnRatio(contributions, multipliers, k);
  }
  const observed = rows.map(({ estimate }, k) => Math.abs(estimate) / Math.sqrt(table.vcov[k]![k]!));
  const used = observed.flatMap((value, k) => (Number.isFinite(value) ? [k] : []));
  const largest = Float64Array.from({ length: draws }, (_, b) => Math.max(...used.map((k) => ratios[k]![b]!)));
  const both = (a: number, half: number): readonly [number, number] => [a - half, a + half];
  const bandWidth = used.length === 0 ? Number.NaN : orderStatistic(largest.slice().sort(), settings.level);
  const estimates = rows.map((row, k) => {
    const error = Math.sqrt(table.vcov[k]![k]!);
    const base = estimateFromStandardError(
      row.term,
      row.estimate,
      error > 0 ? error : Number.NaN,
      Number.POSITIVE_INFINITY,
      settings.level,
    );
    const isUsed = Number.isFinite(observed[k]!);
    const width = isUsed ? orderStatistic(ratios[k]!.slice().sort(), settings.level) : Number.NaN;
    return {
      ...row,
      ...base,
      pValue: isUsed ? share(ratios[k]!, observed[k]!, enumerated) : Number.NaN,
      confidenceInterval: both(row.estimate, width * error),
      uniformBand: both(row.estimate, bandWidth * error),
    };
  });
  const warnings: Warning[] =
    G >= FEW
      ? []
      : [
          {
            code: "FEW_CLUSTERS",
            message: `${G} clusters: the bootstrap's p-values rest on few distinct draws; compare did.randomizationInference`,
            details: { clusters: G },
          },
        ];
  return finishResult({
    kind: CALLER,
    estimates,
    jointPValue: used.length === 0 ? Number.NaN : share(largest, Math.max(...used.map((k) => observed[k]!)), enumerated),
    clusters: G,
    draws,
    enumerated,
    sample: table.sample,
    warnings: [
      ...table.warnings.filter(({ code }) => code !== "FEW_CLUSTERS" && code !== "NO_VARIANCE"),
      ...warnings,
      ...varianceWarnings(estimates),
    ],
    options: settings,
    reference: "Kline & Santos (2012), A score based approach to wild bootstrap inference, Journal of Econometric Methods 1(1), 23-41",
  });
}

function fillMultipliers(out: Float64Array, draw: number, enumerated: boolean, { multiplier, seed }: WildBootstrapSettings): void {
  if (enumerated) for (let g = 0; g < out.length; g++) out[g] = Math.floor(draw / 2 ** g) % 2 === 0 ? 1 : -1;
  else if (multiplier === "rademacher") substream(seed, draw).fillSigns(out);
  else {
    const stream = substream(seed, draw);
    for (let g = 0; g < out.length; g++) out[g] = WEBB[Math.floor(6 * stream.uniform())]!;
  }
}

/** |sum v s| over the root of the draw's own variance, the mean contribution taken out. */
function drawnRatio(contributions: readonly (readonly number[])[], v: Float64Array, k: number): number {
  const G = contributions.length;
  let sum = 0;
  for (let g = 0; g < G; g++) sum += v[g]! * contributions[g]![k]!;
  let square = 0;
  for (let g = 0; g < G; g++) square += (v[g]! * contributions[g]![k]! - sum / G) ** 2;
  return square > 0 ? Math.abs(sum) / Math.sqrt(square) : sum === 0 ? 0 : Number.POSITIVE_INFINITY;
}

/** Share of draws at least as large, up to rounding; the observed value counts as one where draws are random. */
function share(draws: Float64Array, observed: number, enumerated: boolean): number {
  let count = 0;
  for (let b = 0; b < draws.length; b++) if (draws[b]! >= observed * (1 - 1e-12)) count++;
  return enumerated ? count / draws.length : (count + 1) / (draws.length + 1);
}
