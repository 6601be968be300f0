import { finishResult } from "../core/display.ts";
import { IdentificationError, OptionError } from "../core/errors.ts";
import { checkChoice, checkLevel, resolveOptions } from "../core/options.ts";
import type { Estimate, Result, Warning } from "../core/result.ts";
import { gatherNumbers } from "../data/columns.ts";
import { type Frame, frame } from "../data/frame.ts";
import { binaryRole, columnsByRole, groupRole, weightRole } from "../data/roles.ts";
import { normalEstimate } from "../inference/estimate.ts";
import { ols } from "../regression/index.ts";
import {
  type EffectScoresOptions,
  NUISANCE_NAMES,
  requireOverlap,
  SCORE_DEFAULTS,
  type ScoreColumns,
  type ScoreSettings,
  scoreRoles,
  scoresOf,
} from "./effect-scores.ts";
import {
  clusteredVariance,
  OBSERVATION_DEFAULTS,
  type ObservationOptions,
  type ObservationSettings,
  type Observations,
  observations,
  weightedMean,
} from "./observation-weights.ts";
import { targetedEffect } from "./targeted-effect.ts";

/** Options of {@link averageEffect}. */
export interface AverageEffectOptions<Row> extends EffectScoresOptions<Row>, ObservationOptions<Row> {
  /** Over whom the effect is averaged; `"overlap"` weights by e (1 - e). @defaultValue "all" */
  readonly target?: "all" | "treated" | "control" | "overlap";
  /** Augmented inverse-probability weighting, or targeted maximum likelihood (no clusters, no weights). @defaultValue "AIPW" */
  readonly method?: "AIPW" | "TMLE";
  /** Confidence level. @defaultValue 0.95 */
  readonly level?: number;
}

/** Resolved options of {@link averageEffect}. */
export type AverageEffectSettings = ScoreSettings &
  ObservationSettings & {
    readonly target: "all" | "treated" | "control" | "overlap";
    readonly method: "AIPW" | "TMLE";
    readonly level: number;
  };

/** Result of {@link averageEffect}. */
export interface AverageEffectResult extends Result<"heterogeneity.averageEffect", AverageEffectSettings> {
  readonly estimates: { readonly averageEffect: Estimate };
}

const CALLER = "heterogeneity.averageEffect";

/**
 * Average effect from predictions of any learner (a forest's out-of-bag ones, say), doubly robust. `"all"`: mean of the scores. `"treated"`, `"control"`: mean of tau over the
 * arm plus a residual correction with normalised weights. `"overlap"`: regression of Y - m on W - e, HC3 (clustered: CR1). Equals `average_treatment_effect` of R's
 * grf 2.6.1; inference is normal.
 *
 * @throws OptionError `INVALID_OPTION`, `TARGET_UNSUPPORTED`; IdentificationError `ONE_ARM`; DataError `PROPENSITY_AT_BOUND`, `ZERO_COMPLIANCE`.
 * @see Athey and Wager (2019), Observational Studies 5; Li, Morgan and Zaslavsky (2018), JASA 113 (overlap).
 * @example
 * averageEffect(people, { outcome: "hours", treatment: "job", outcomePrediction: "m", treatmentPrediction: "e", effect: "tau", target: "treated" });
 */
export function averageEffect<Row>(data: Frame<Row>, options: AverageEffectOptions<Row>): AverageEffectResult {
  const settings = resolveOptions<AverageEffectSettings>(CALLER, options, {
    required: NUISANCE_NAMES,
    defaults: { ...SCORE_DEFAULTS, ...OBSERVATION_DEFAULTS, target: "all", method: "AIPW", level: 0.95 },
  });
  checkChoice(CALLER, "target", settings.target, ["all", "treated", "control", "overlap"]);
  checkChoice(CALLER, "method", settings.method, ["AIPW", "TMLE"]);
  checkLevel(CALLER, settings.level);
  requireSupported(settings);
  const { columns, sample } = columnsByRole(CALLER, data, {
    ...scoreRoles(CALLER, settings),
    weights: weightRole(settings.weights),
    cluster: groupRole(settings.cluster),
    subset: binaryRole(settings.subset),
  });
  const seen = observations(CALLER, sample.used, settings, columns);
  const picked = pick(columns, seen.index);
  if (settings.target !== "overlap") {
    requireOverlap(CALLER, settings, picked, settings.target === "treated" ? "one" : settings.target === "control" ? "zero" : "both");
  }
  const [value, variance] = effectOf(settings, picked, seen);
  const estimate = normalEstimate("averageEffect", value, variance, settings.level);
  return finishResult({
    kind: CALLER,
    estimates: { averageEffect: estimate },
    sample: settings.cluster === undefined ? sample : { ...sample, clusters: seen.clusterCount },
    warnings: overlapWarnings(settings, picked),
    options: settings,
    reference: "Athey & Wager (2019), Observational Studies 5(2)",
  });
}

function requireSupported({ target, method, debiasingWeights, instrument, weights, cluster }: AverageEffectSettings): void {
  const plain = debiasingWeights === undefined && instrument === undefined;
  const arm = target === "treated" || target === "control";
  const fault =
    arm && !plain
      ? `target "${target}" needs a binary treatment without instrument`
      : method === "TMLE" && (target === "overlap" || !plain)
        ? "TMLE estimates the targets all, treated and control of a binary treatment"
        : method === "TMLE" && (weights !== undefined || cluster !== undefined)
          ? "TMLE is worked out without weights and clusters only"
          : undefined;
  if (fault !== undefined) throw new OptionError("TARGET_UNSUPPORTED", `Cannot run ${CALLER} as asked: ${fault}`);
}

function pick(columns: ScoreColumns, index: Int32Array): ScoreColumns {
  if (index.length === columns.outcome.length) return columns;
  const take = (column: Float64Array | undefined): Float64Array | undefined =>
    column === undefined ? undefined : gatherNumbers(column, index);
  return {
    outcome: take(columns.outcome)!,
    treatment: take(columns.treatment)!,
    outcomePrediction: take(columns.outcomePrediction)!,
    treatmentPrediction: take(columns.treatmentPrediction)!,
    effect: take(columns.effect)!,
    debiasingWeights: take(columns.debiasingWeights),
    instrument: take(columns.instrument),
    instrumentPrediction: take(columns.instrumentPrediction),
    compliance: take(columns.compliance),
  };
}

function effectOf(settings: AverageEffectSettings, columns: ScoreColumns, seen: Observations): readonly [number, number] {
  if (settings.target === "overlap") return overlapEffect(settings, columns, seen);
  if (settings.method === "TMLE") return targetedEffect(columns, settings.target);
  if (settings.target !== "all") return armEffect(columns, seen, settings.target);
  const scores = scoresOf(columns);
  const mean = weightedMean(scores, seen.weights);
  return [
    mean,
    clusteredVariance(
      scores.map((score) => score - mean),
      seen,
    ),
  ];
}

/** Weighted least squares of Y - m on W - e. */
function overlapEffect(settings: AverageEffectSettings, columns: ScoreColumns, seen: Observations): readonly [number, number] {
  const { outcome, treatment, outcomePrediction, treatmentPrediction } = columns;
  const data = frame({
    outcome: outcome.map((y, i) => y - outcomePrediction[i]!),
    treatment: treatment.map((w, i) => w - treatmentPrediction[i]!),
    weights: seen.weights,
    cluster: Float64Array.from(seen.clusters),
  });
  const vcov =
    settings.cluster === undefined ? ({ type: "hetero", variant: "HC3" } as const) : ({ type: "cluster", by: "cluster" } as const);
  const { estimates } = ols(data, { outcome: "outcome", regressors: ["treatment"], weights: "weights", vcov, keepModel: false });
  const { estimate, standardError } = estimates["treatment"]!;
  return [estimate, standardError * standardError];
}

/** Mean of tau over one arm, and a correction by normalised weighted residuals of both arms. */
function armEffect(columns: ScoreColumns, seen: Observations, target: "treated" | "control"): readonly [number, number] {
  const { outcome, treatment: W, outcomePrediction, treatmentPrediction, effect: tau } = columns;
  const { weights: w } = seen;
  const n = W.length;
  const arm = target === "treated" ? 1 : 0;
  let sum = 0;
  let size = 0;
  let squares = 0;
  let total = 0;
  const gammaSum = [0, 0];
  const gamma = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const e = treatmentPrediction[i]!;
    total += w[i]!;
    gamma[i] = W[i] === arm ? 1 : target === "treated" ? e / (1 - e) : (1 - e) / e;
    gammaSum[W[i]!]! += w[i]! * gamma[i]!;
    if (W[i] !== arm) continue;
    sum += w[i]! * tau[i]!;
    size += w[i]!;
  }
  requireBothArms(gammaSum);
  const raw = sum / size;
  const correction = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const e = treatmentPrediction[i]!;
    if (W[i] === arm) squares += (w[i]! * (tau[i]! - raw)) ** 2;
    const residual = outcome[i]! - outcomePrediction[i]! - tau[i]! * (W[i]! - e);
    correction[i] = ((W[i] === 1 ? 1 : -1) * gamma[i]! * residual * total) / gammaSum[W[i]!]!;
  }
  return [raw + weightedMean(correction, w), squares / (size * size) + clusteredVariance(correction, seen)];
}

/** @internal Fails unless both arms have rows. */
export function requireBothArms(size: readonly number[]): void {
  if (size[0]! > 0 && size[1]! > 0) return;
  throw new IdentificationError(
    "ONE_ARM",
    `Cannot run ${CALLER} as treated and control rows are needed: there are no ${size[0]! > 0 ? "treated" : "control"} rows`,
  );
}

/** Propensities this close to 0 or 1 make scores explode. */
const EXTREME = 0.01;

function overlapWarnings(
  { target, instrument, debiasingWeights }: AverageEffectSettings,
  { treatmentPrediction }: ScoreColumns,
): Warning[] {
  if (target === "overlap" || instrument !== undefined || debiasingWeights !== undefined) return [];
  const rows = treatmentPrediction.reduce((count, e) => (e < EXTREME || e > 1 - EXTREME ? count + 1 : count), 0);
  if (rows === 0) return [];
  const message = `${rows} rows have a treatment prediction within ${EXTREME} of 0 or 1: a few rows may decide the estimate; consider target: "overlap"`;
  return [{ code: "POOR_OVERLAP", message, details: { rows } }];
}
