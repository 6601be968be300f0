import { finishResult } from "../core/display.ts";
import type { Estimate, Result, Warning } from "../core/result.ts";
import type { Frame } from "../data/frame.ts";
import { binaryRole, columnsByRole, type Groups, groupRole, groupsRole, numberRole, numbersRole } from "../data/roles.ts";
import { criticalValue, normalEstimate } from "../inference/estimate.ts";
import { crossFit, type Folds, givenFolds, randomFolds } from "./cross-fit.ts";
import { type DoubleMlOptions, type DoubleMlSettings, resolveDoubleMl } from "./double-ml-options.ts";
import type { Learner } from "./learners.ts";
import {
  armWeights,
  foldScaledSolution,
  type InteractivePredictions,
  instrumentScore,
  interactiveScore,
  type LinearScore,
  median,
  partialledScore,
  type Solution,
  scoreVariance,
  solveScore,
  treatedScore,
} from "./orthogonal-scores.ts";

/** How far propensities overlap. */
export interface OverlapSummary {
  /** Rows whose propensity was moved to the bound. */
  readonly trimmed: number;
  readonly lowest: number;
  readonly highest: number;
  /** Rows that equally weighted ones would be worth, `(sum h)^2 / sum h^2`, by arm. */
  readonly effectiveTreated: number;
  readonly effectiveControl: number;
}

/** Result of {@link doubleMl}. */
export interface DoubleMlResult extends Result<"heterogeneity.doubleMl", DoubleMlSettings> {
  readonly estimates: { readonly effect: Estimate };
  /** Each repetition's estimate. */
  readonly repetitions: readonly Estimate[];
  /** Interactive model: overlap of the first repetition. */
  readonly overlap?: OverlapSummary;
  /** Out-of-fold predictions of the first repetition, by name, over the rows used. */
  readonly predictions?: Readonly<Record<string, Float64Array>>;
  /** `-psi_b / mean(psi_a)` of the first repetition, over the rows used: with "ate" the doubly robust scores. */
  readonly scores?: Float64Array;
}

const CALLER = "heterogeneity.doubleMl";
/**
 * Double machine learning: an effect from orthogonal scores with nuisances learnt out of fold by any learner, so that their slow convergence does not bias it.
 * Standard error `sqrt(mean psi^2 / (mean psi_a)^2 / n)`, summed by cluster where there are clusters; normal inference. Equals DoubleML 1.0.2 of R with `aggregation: "doubleMlR"`.
 *
 * @throws OptionError `INVALID_OPTION`, `MISSING_INSTRUMENT`, `MISSING_PREDICTIONS`; DataError `NOT_BINARY`, `TOO_FEW_FOLDS`, `FOLDS_TOO_SMALL`.
 * @see Chernozhukov et al. (2018), Econometrics Journal 21, C1-C68.
 * @example
 * doubleMl(people, { model: "interactive", outcome: "hours", treatment: "job", covariates: ["age", "debts"], score: "att" }).estimates.effect;
 */
export function doubleMl<Row>(data: Frame<Row>, options: DoubleMlOptions<Row>): DoubleMlResult {
  const { settings, learners } = resolveDoubleMl(options);
  const binary = settings.model === "interactive" || settings.model === "interactiveIv";
  const supplied = settings.predictions;
  const { columns, sample } = columnsByRole(CALLER, data, {
    outcome: numberRole(settings.outcome),
    treatment: binary ? binaryRole(settings.treatment) : numberRole(settings.treatment),
    instrument: settings.model === "interactiveIv" ? binaryRole(settings.instrument) : numberRole(settings.instrument),
    covariates: numbersRole(settings.covariates),
    cluster: groupRole(settings.cluster),
    folds: groupsRole(typeof settings.folds === "number" ? [] : settings.folds),
    supplied: numbersRole(supplied === undefined ? [] : Object.values(supplied)),
  });
  const input: Inputs = { ...columns, X: columns.covariates, learners, suppliedNames: Object.keys(supplied ?? {}) };
  const n = sample.used;
  const foldSets = foldsOf(settings, columns.folds, columns.cluster, n);
  const fits = foldSets.map((folds) => fitRepetition(input, folds, settings));
  const solutions = fits.map(({ score }, r) => solution(score, foldSets[r]!, columns.cluster, settings));
  const repetitions = solutions.map(({ estimate, variance }, r) =>
    normalEstimate(`repetition ${r + 1}`, estimate, variance, settings.level),
  );
  const pooled = aggregateRepetitions(solutions, settings, n);
  const first = fits[0]!;
  const overlap = first.raw === undefined ? undefined : overlapOf(columns.treatment, first.raw, settings);
  const slope = first.score.a.reduce((sum, v) => sum + v, 0) / n;
  return finishResult<DoubleMlResult>({
    kind: CALLER,
    estimates: { effect: normalEstimate("effect", pooled.estimate, pooled.variance, settings.level) },
    repetitions,
    ...(overlap === undefined ? {} : { overlap }),
    ...(settings.keepPredictions ? { predictions: first.predictions, scores: first.score.b.map((v) => -v / slope) } : {}),
    sample: columns.cluster === undefined ? sample : { ...sample, clusters: columns.cluster.count },
    warnings: overlapWarnings(overlap, settings),
    options: settings,
    reference: "Chernozhukov et al. (2018), Econometrics Journal 21(1), C1-C68",
  });
}

function foldsOf(settings: DoubleMlSettings, columns: readonly Groups[], cluster: Groups | undefined, n: number): readonly Folds[] {
  if (settings.predictions !== undefined) return [{ codes: new Int32Array(n), count: 1 }];
  const { folds } = settings;
  if (typeof folds !== "number") return columns.map((groups) => givenFolds(CALLER, groups));
  return Array.from({ length: settings.repetitions }, (_, r) => randomFolds(n, folds, cluster, settings.seed, r + 1));
}

interface Inputs {
  readonly outcome: Float64Array;
  readonly treatment: Float64Array;
  readonly instrument: Float64Array | undefined;
  readonly X: readonly Float64Array[];
  readonly learners: { readonly outcome: Learner; readonly treatment: Learner; readonly instrument: Learner };
  readonly supplied: readonly Float64Array[];
  readonly suppliedNames: readonly string[];
}

interface Repetition {
  readonly score: LinearScore;
  readonly predictions: Readonly<Record<string, Float64Array>>;
  /** Propensity before trimming, in the interactive model. */
  readonly raw?: Float64Array;
}

function fitRepetition(input: Inputs, folds: Folds, settings: DoubleMlSettings): Repetition {
  switch (settings.model) {
    case "partiallyLinear":
    case "partiallyLinearIv":
      return partiallyLinear(input, folds, settings);
    case "interactive":
      return interactive(input, folds, settings);
    case "interactiveIv":
      return interactiveIv(input, folds, settings);
  }
}

const suppliedColumn = ({ supplied, suppliedNames }: Inputs, name: string): Float64Array | undefined =>
  supplied[suppliedNames.indexOf(name)];

function partiallyLinear(input: Inputs, folds: Folds, { score: type }: DoubleMlSettings): Repetition {
  const { outcome: y, treatment: d, instrument: z, X, learners } = input;
  const l = suppliedColumn(input, "outcome") ?? crossFit(learners.outcome, X, y, folds);
  if (z !== undefined) {
    const m = crossFit(learners.instrument, X, z, folds);
    const r = crossFit(learners.treatment, X, d, folds);
    return {
      score: partialledScore(
        y,
        l,
        d,
        r,
        z.map((v, i) => v - m[i]!),
      ),
      predictions: { outcome: l, instrument: m, treatment: r },
    };
  }
  const m = suppliedColumn(input, "treatment") ?? crossFit(learners.treatment, X, d, folds);
  const v = d.map((value, i) => value - m[i]!);
  const score = partialledScore(y, l, d, m, v);
  if (type === "partiallingOut") return { score, predictions: { outcome: l, treatment: m } };
  // The IV-type score learns g from Y minus the treatment's part at a first estimate.
  const theta = solveScore(score, folds, "dml2");
  const g = crossFit(
    learners.outcome,
    X,
    y.map((value, i) => value - theta * d[i]!),
    folds,
  );
  const ivType = { a: v.map((value, i) => -value * d[i]!), b: v.map((value, i) => value * (y[i]! - g[i]!)) };
  return { score: ivType, predictions: { outcome: l, treatment: m, outcomeLessTreatment: g } };
}

function interactive(input: Inputs, folds: Folds, { score, trimming, normalizeWeights }: DoubleMlSettings): Repetition {
  const { outcome: y, treatment: w, X, learners } = input;
  const raw = suppliedColumn(input, "treatment") ?? crossFit(learners.treatment, X, w, folds);
  const needsTreated = score !== "att" && score !== "controlMean";
  const control = suppliedColumn(input, "outcomeControl") ?? crossFit(learners.outcome, X, y, folds, (i) => w[i] === 0);
  const own = suppliedColumn(input, "outcomeTreated");
  const treated = own ?? (needsTreated ? crossFit(learners.outcome, X, y, folds, (i) => w[i] === 1) : control);
  const propensity = trimmed(raw, trimming);
  const made: InteractivePredictions = { control, treated, propensity };
  return {
    score:
      score === "att" ? treatedScore(y, w, made, folds, normalizeWeights) : interactiveScore(y, w, made, normalizeWeights, score as "ate"),
    predictions: { outcomeControl: control, ...(needsTreated ? { outcomeTreated: treated } : {}), treatment: raw },
    raw,
  };
}

function interactiveIv(input: Inputs, folds: Folds, { trimming, normalizeWeights }: DoubleMlSettings): Repetition {
  const { outcome: y, treatment: d, instrument, X, learners } = input;
  const z = instrument!;
  const raw = crossFit(learners.instrument, X, z, folds);
  const propensity = trimmed(raw, trimming);
  const arm = (value: 0 | 1) => (i: number) => z[i] === value;
  const g = [0, 1].map((value) => crossFit(learners.outcome, X, y, folds, arm(value as 0)));
  const r = [0, 1].map((value) => crossFit(learners.treatment, X, d, folds, arm(value as 0)));
  const part = (values: Float64Array, [control, treated]: readonly Float64Array[]): LinearScore =>
    interactiveScore(values, z, { control: control!, treated: treated!, propensity }, normalizeWeights, "ate");
  const predictions = { outcomeControl: g[0]!, outcomeTreated: g[1]!, treatmentControl: r[0]!, treatmentTreated: r[1]!, instrument: raw };
  return { score: instrumentScore(part(y, g), part(d, r)), predictions };
}

const trimmed = (e: Float64Array, bound: number): Float64Array => e.map((p) => Math.min(1 - bound, Math.max(bound, p)));

function solution(
  score: LinearScore,
  folds: Folds,
  cluster: Groups | undefined,
  { procedure, clusterVariance }: DoubleMlSettings,
): Solution {
  if (cluster !== undefined && clusterVariance === "foldScaled") return foldScaledSolution(score, folds, cluster);
  const estimate = solveScore(score, folds, procedure);
  const factor = cluster !== undefined && clusterVariance === "pooled" ? cluster.count / (cluster.count - 1) : 1;
  return { estimate, variance: factor * scoreVariance(score, estimate, cluster) };
}

function aggregateRepetitions(solutions: readonly Solution[], { aggregation }: DoubleMlSettings, n: number): Solution {
  const estimate = median(solutions.map((one) => one.estimate));
  if (solutions.length === 1) return solutions[0]!;
  if (aggregation === "upperBound") {
    const z = criticalValue(0.95, Number.POSITIVE_INFINITY);
    const rounded = Math.round(z * 100) / 100; // 1.96 in the package
    const upper = median(solutions.map((one) => one.estimate + rounded * Math.sqrt(one.variance)));
    return { estimate, variance: ((upper - estimate) / rounded) ** 2 };
  }
  const scale = aggregation === "doubleMlR" ? 1 / n : 1;
  return { estimate, variance: median(solutions.map((one) => one.variance + scale * (one.estimate - estimate) ** 2)) };
}

function overlapOf(w: Float64Array, raw: Float64Array, { trimming }: DoubleMlSettings): OverlapSummary {
  const propensity = trimmed(raw, trimming);
  const { treated, control } = armWeights(w, propensity, false);
  const effective = (h: Float64Array): number => {
    const [sum, squares] = h.reduce(([s, q], v) => [s! + v, q! + v * v], [0, 0] as number[]);
    return (sum! * sum!) / squares!;
  };
  return {
    trimmed: raw.reduce((count, e, i) => (e === propensity[i] ? count : count + 1), 0),
    lowest: raw.reduce((low, e) => Math.min(low, e), Number.POSITIVE_INFINITY),
    highest: raw.reduce((high, e) => Math.max(high, e), Number.NEGATIVE_INFINITY),
    effectiveTreated: effective(treated),
    effectiveControl: effective(control),
  };
}

function overlapWarnings(overlap: OverlapSummary | undefined, { trimming }: DoubleMlSettings): Warning[] {
  if (overlap === undefined || overlap.trimmed === 0) return [];
  const message = `${overlap.trimmed} propensities were moved to ${trimming} or ${1 - trimming}: the effect of those rows is hardly identified`;
  return [{ code: "PROPENSITIES_TRIMMED", message, details: { rows: overlap.trimmed, lowest: overlap.lowest, highest: overlap.highest } }];
}
