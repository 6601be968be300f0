import { finishResult } from "../core/display.ts";
import { DataError, OptionError } from "../core/errors.ts";
import { checkChoice, checkLevel, checkNumber, resolveOptions } from "../core/options.ts";
import type { Estimate, Result } from "../core/result.ts";
import { gatherNumbers } from "../data/columns.ts";
import { type Frame, frame } from "../data/frame.ts";
import { columnsByRole, type Groups, groupRole, numberRole, numbersRole, weightRole } from "../data/roles.ts";
import type { AnyColumn, NumericColumn } from "../data/row-types.ts";
import { normalEstimate, oneSidedPValue } from "../inference/estimate.ts";
import { type Folds, givenFolds, randomFolds } from "./cross-fit.ts";
import { type Learner, linearLearner } from "./learners.ts";
import { rankAverageEffect } from "./rank-average-effect.ts";

/** Options of {@link crossFittedRanking}. */
export interface CrossFittedRankingOptions<Row> {
  /** Doubly robust scores, from `effectScores` or `doubleMl`, with nuisances learnt out of fold. */
  readonly scores: NumericColumn<Row>;
  /** Covariates the ranking is learnt from. */
  readonly covariates: readonly NumericColumn<Row>[];
  /** Learns the effect: the scores' regression on the covariates. @defaultValue linear */
  readonly learner?: Learner;
  /** Number of random folds, or a column that holds them, in the order in which they are used. @defaultValue 5 */
  readonly folds?: number | AnyColumn<Row>;
  /** Area under the targeting curve, or weighted by the share treated. @defaultValue "AUTOC" */
  readonly target?: "AUTOC" | "Qini";
  /** Sampling weights. */
  readonly weights?: NumericColumn<Row>;
  /** Column whose groups are independent of each other; random folds keep them together. */
  readonly cluster?: AnyColumn<Row>;
  /** Half-sample bootstrap draws per fold. @defaultValue 200 */
  readonly replicates?: number;
  /** @defaultValue 1 */
  readonly seed?: number;
  /** Confidence level. @defaultValue 0.95 */
  readonly level?: number;
}

/** Resolved options of {@link crossFittedRanking}. */
export interface CrossFittedRankingSettings {
  readonly scores: string;
  readonly covariates: readonly string[];
  readonly learner: string;
  readonly folds: number | string;
  readonly target: "AUTOC" | "Qini";
  readonly weights?: string;
  readonly cluster?: string;
  readonly replicates: number;
  readonly seed: number;
  readonly level: number;
}

/** Result of {@link crossFittedRanking}. */
export interface CrossFittedRankingResult extends Result<"heterogeneity.crossFittedRanking", CrossFittedRankingSettings> {
  readonly estimates: {
    /** Mean over the judged folds of the rank-weighted average effect. */
    readonly rankAverageEffect: Estimate;
  };
  /** Is there any effect heterogeneity that the learner can find? Sum of the folds' t ratios over the root of their number, standard normal if not. */
  readonly test: { readonly statistic: number; readonly pValue: number };
  /** Each judged fold's own, ranked by what the folds before it taught. */
  readonly folds: readonly Estimate[];
}

const CALLER = "heterogeneity.crossFittedRanking";

/**
 * Does the effect differ between people in a way that the covariates reveal? Folds are taken in turn: the ranking is learnt on all folds before, and judged on the next by its
 * rank-weighted average effect, so that no row is ever ranked by what was learnt from it, and the folds' t ratios add up to a valid test. Ranking and judging on the same rows
 * rejects true homogeneity far too often.
 *
 * @throws OptionError `NO_COVARIATES`, `INVALID_OPTION`; DataError `FOLDS_TOO_SMALL`, `TOO_FEW_FOLDS`.
 * @see Wager (2024), Sequential validation of treatment heterogeneity, arXiv 2405.05534; Yadlowsky et al. (2024), JASA.
 * @example
 * crossFittedRanking(scored, { scores: "score", covariates: ["age", "debts"], folds: 5 }).test.pValue;
 */
export function crossFittedRanking<Row>(data: Frame<Row>, options: CrossFittedRankingOptions<Row>): CrossFittedRankingResult {
  const { settings, learner } = resolve(options);
  const { columns, sample } = columnsByRole(CALLER, data, {
    scores: numberRole(settings.scores),
    covariates: numbersRole(settings.covariates),
    weights: weightRole(settings.weights),
    cluster: groupRole(settings.cluster),
    folds: groupRole(typeof settings.folds === "string" ? settings.folds : undefined),
  });
  const folds = foldsOf(settings, columns.folds, columns.cluster, sample.used);
  const judged = Array.from({ length: folds.count - 1 }, (_, f) => judgeFold(f + 1, folds, columns, learner, settings));
  const count = judged.length;
  const mean = judged.reduce((sum, { estimate }) => sum + estimate, 0) / count;
  const variance = judged.reduce((sum, { standardError }) => sum + standardError ** 2, 0) / (count * count);
  const statistic = judged.reduce((sum, one) => sum + one.statistic, 0) / Math.sqrt(count);
  const missing = judged.filter((one) => Number.isNaN(one.statistic));
  return finishResult<CrossFittedRankingResult>({
    kind: CALLER,
    estimates: { rankAverageEffect: normalEstimate("rankAverageEffect", mean, variance, settings.level) },
    test: { statistic, pValue: oneSidedPValue(statistic, Number.POSITIVE_INFINITY) },
    folds: judged,
    sample: columns.cluster === undefined ? sample : { ...sample, clusters: columns.cluster.count },
    warnings:
      missing.length === 0
        ? []
        : [
            {
              code: "NO_VARIANCE",
              message: `No test: in ${missing.length} folds the ranking learnt does not tell rows apart, or the scores do not vary`,
              details: { folds: missing.map(({ term }) => term) },
            },
          ],
    options: settings,
    reference: "Wager (2024), arXiv 2405.05534",
  });
}

function resolve<Row>(options: CrossFittedRankingOptions<Row>): {
  readonly settings: CrossFittedRankingSettings;
  readonly learner: Learner;
} {
  const given = resolveOptions<CrossFittedRankingSettings & { readonly learner: Learner }>(CALLER, options, {
    required: ["scores", "covariates"],
    defaults: {
      learner: linearLearner,
      folds: 5,
      target: "AUTOC",
      weights: undefined,
      cluster: undefined,
      replicates: 200,
      seed: 1,
      level: 0.95,
    },
  });
  if (given.covariates.length === 0) {
    throw new OptionError("NO_COVARIATES", `Cannot run ${CALLER} as option "covariates" must name a column: it is empty`);
  }
  if (typeof given.folds === "number") checkNumber(CALLER, "folds", given.folds, { min: 2, integer: true });
  checkChoice(CALLER, "target", given.target, ["AUTOC", "Qini"]);
  checkNumber(CALLER, "replicates", given.replicates, { min: 2, integer: true });
  checkNumber(CALLER, "seed", given.seed, { min: 0, integer: true });
  checkLevel(CALLER, given.level);
  return { settings: Object.freeze({ ...given, learner: given.learner.name }), learner: given.learner };
}

interface RankingColumns {
  readonly scores: Float64Array;
  readonly covariates: readonly Float64Array[];
  readonly weights: Float64Array | undefined;
  readonly cluster: Groups | undefined;
}

function foldsOf(settings: CrossFittedRankingSettings, given: Groups | undefined, cluster: Groups | undefined, n: number): Folds {
  const folds = given === undefined ? randomFolds(n, settings.folds as number, cluster, settings.seed, 1) : givenFolds(CALLER, given);
  const sizes = new Int32Array(folds.count);
  for (const code of folds.codes) sizes[code]!++;
  const needed = settings.covariates.length + 2;
  const smallest = Math.min(...sizes);
  if (smallest >= needed) return folds;
  throw new DataError(
    "FOLDS_TOO_SMALL",
    `Cannot run ${CALLER} with ${folds.count} folds as each needs ${needed} rows for ${settings.covariates.length} covariates: one has ${smallest}; use fewer folds`,
    { folds: folds.count, rows: smallest, needed },
  );
}

function judgeFold(
  fold: number,
  { codes }: Folds,
  { scores, covariates, weights, cluster }: RankingColumns,
  learner: Learner,
  { target, replicates, seed, level }: CrossFittedRankingSettings,
): Estimate {
  const rows = (keep: (code: number) => boolean): Int32Array => Int32Array.from(codes.keys()).filter((i) => keep(codes[i]!));
  const [before, own] = [rows((code) => code < fold), rows((code) => code === fold)];
  const take = (index: Int32Array): Float64Array[] => covariates.map((column) => gatherNumbers(column, index));
  const trained = learner.fit(
    take(before),
    gatherNumbers(scores, before),
    weights === undefined ? undefined : gatherNumbers(weights, before),
  );
  const judged = frame({
    score: gatherNumbers(scores, own),
    priority: trained(take(own)),
    ...(weights === undefined ? {} : { weight: gatherNumbers(weights, own) }),
    ...(cluster === undefined ? {} : { cluster: Float64Array.from(own, (row) => cluster.codes[row]!) }),
  }) as unknown as Frame<Record<string, number>>;
  const result = rankAverageEffect(judged, {
    scores: "score",
    priorities: ["priority"],
    target,
    replicates,
    seed: seed + fold,
    level,
    ...(weights === undefined ? {} : { weights: "weight" }),
    ...(cluster === undefined ? {} : { cluster: "cluster" }),
  });
  return { ...result.estimates[0]!, term: `fold ${fold + 1}` };
}
