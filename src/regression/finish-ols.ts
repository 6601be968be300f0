import { finishResult } from "../core/display.ts";
import { DataError, IdentificationError } from "../core/errors.ts";
import { checkArgument, checkChoice, checkLevel, resolveOptions } from "../core/options.ts";
import type { Warning } from "../core/result.ts";
import type { ClusterGroups, Covariance, EstimatingEquations } from "../inference/covariance.ts";
import { resolveSmallSample, type SmallSample, type SmallSampleOptions } from "../inference/small-sample.ts";
import { clusterCovariance } from "../inference/vcov-cluster.ts";
import { iidCovariance } from "../inference/vcov-iid.ts";
import { multiplyVector } from "../linalg/index.ts";
import type { Gram } from "../moments/index.ts";
import type { CellMoments } from "./cell-moments.ts";
import { INTERCEPT } from "./design.ts";
import { inferencePart } from "./estimates.ts";
import { fitCells } from "./finish-cells.ts";
import { fitStatistics } from "./fit-statistics.ts";
import { allCollinear } from "./linear-model.ts";
import { independentColumns } from "./numerics/product-columns.ts";
import type { OlsResult } from "./ols.ts";
import { MOMENTS, type OlsMoments } from "./ols-moments.ts";
import type { RegressionResult, RegressionSettings } from "./regression-result.ts";
import { termWarnings } from "./warnings.ts";

/** Options of {@link finishOls}. */
export interface FinishOlsOptions {
  readonly smallSample?: SmallSampleOptions;
  /** Default 0.95. */
  readonly level?: number;
  /** As in `ols`: whether rows that alone make up a level of a fixed effect are left out. Default `"drop"`. */
  readonly singletons?: "drop" | "keep";
}

/** Result of {@link finishOls}: that of `ols`, without what needs rows. */
export interface MergedOlsResult extends RegressionResult<"regression.ols", RegressionSettings> {
  readonly fit: OlsResult["fit"];
}

/**
 * Least squares from moments, with a constant or the fixed effects they were collected for: inference under equal variances, or clustered where the moments
 * hold clusters. The numbers are those of `ols` on all rows.
 * @throws DataError `CONSTANT_OUTCOME`. IdentificationError `ALL_COLLINEAR`, `TOO_FEW_ROWS`, `ONE_CLUSTER`. ConvergenceError `NOT_CONVERGED`.
 */
export function finishOls(moments: OlsMoments, options: FinishOlsOptions = {}): MergedOlsResult {
  const caller = "regression.finishOls";
  checkArgument(caller, moments, "moments of regression.collectOls", MOMENTS);
  const raw = resolveOptions<FinishOlsOptions & { level: number; singletons: "drop" | "keep" }>(caller, options, {
    required: [],
    defaults: { smallSample: undefined, level: 0.95, singletons: "drop" },
  });
  const level = checkLevel(caller, raw.level);
  const smallSample = resolveSmallSample(caller, raw.smallSample);
  const singletons = checkChoice(caller, "singletons", raw.singletons, ["drop", "keep"]);
  const spread = moments.gram.products[moments.gram.products.length - 1]!;
  if (!(spread > 0)) {
    const value = moments.gram.means[moments.gram.means.length - 1];
    throw new DataError(
      "CONSTANT_OUTCOME",
      `Cannot run ${caller} as "${moments.outcome}" must vary: it is ${value} in all ${moments.sample.used} rows used`,
      { column: moments.outcome, value },
    );
  }
  if (moments.cells !== undefined) return finishAbsorbed(caller, moments, moments.cells, { smallSample, level, singletons });
  const { gram, design, observations: n, clusters, cluster } = moments;
  const width = gram.means.length;
  const { kept, coefficients, sumOfSquares, equations } = fitGrams(caller, gram, clusters, n);
  const k = coefficients.length;
  const count = clusters === undefined ? undefined : Object.keys(clusters).length;
  const covariance = summedCovariance(equations, count === undefined ? undefined : { name: cluster ?? "", count, nested: [] }, smallSample);
  const terms = [INTERCEPT, ...kept.map((j) => design[j]!.name)];
  const inference = inferencePart(terms, coefficients, covariance, level);
  const dropped = design.filter((_, j) => !kept.includes(j)).map(({ name }) => ({ term: name, reason: "combination" as const, on: [] }));
  const total = gram.products[width * width - 1]!;
  const fit = fitStatistics({
    observations: n,
    sumOfSquares,
    totalSumOfSquares: total,
    withinSumOfSquares: total,
    weights: undefined,
    weightSum: gram.weight,
    equations,
    terms,
  });
  const logLikelihood = fit.logLikelihood + 0.5 * moments.logWeights;
  return finishResult({
    kind: "regression.ols",
    ...inference,
    sample: { ...moments.sample, ...(count === undefined ? {} : { clusters: count }) },
    warnings: [...termWarnings(dropped), ...perfectFit(sumOfSquares, total), ...inference.warnings],
    options: {
      outcome: moments.outcome,
      vcov: cluster === undefined ? { type: "iid" } : { type: "cluster", by: cluster, variant: "CR1" },
      smallSample,
      level,
    },
    reference: "Greene (2018), Econometric Analysis, 8th ed., chapters 2-4 and 9",
    fit: {
      ...fit,
      rootMeanSquaredError: Math.sqrt(sumOfSquares / gram.weight),
      logLikelihood,
      aic: 2 * k - 2 * logLikelihood,
      bic: k * Math.log(n) - 2 * logLikelihood,
    },
    droppedTerms: dropped,
    fixedEffects: [],
    design: [{ name: INTERCEPT, parts: [] }, ...kept.map((j) => design[j]!)],
  });
}

/** Least squares with a constant from sums. */
export interface GramsFit {
  readonly kept: readonly number[];
  /** The constant first. */
  readonly coefficients: Float64Array;
  readonly sumOfSquares: number;
  /** Scores are those of clusters, where there are any. */
  readonly equations: EstimatingEquations;
}

/** @throws IdentificationError `TOO_FEW_ROWS`. */
export function fitGrams(caller: string, gram: Gram, clusters: Readonly<Record<string, Gram>> | undefined, n: number): GramsFit {
  const width = gram.means.length;
  const { kept, inverse } = independentColumns(gram.products, width);
  const m = kept.length;
  const k = m + 1;
  if (n <= k)
    throw new IdentificationError(
      "TOO_FEW_ROWS",
      `Cannot run ${caller} as more rows than parameters are needed: ${n} observations for ${k} coefficients`,
      { observations: n },
    );
  const slopes = multiplyVector(
    inverse,
    Float64Array.from(kept, (j) => gram.products[j * width + width - 1]!),
    m,
    m,
  );
  const { intercept, transform, bread } = inCentredBasis(gram, kept, slopes, inverse);
  const sumOfSquares = residualSum(gram, kept, slopes, width);
  const sums = clusters === undefined ? undefined : clusterScores(gram, Object.values(clusters), kept, slopes);
  return {
    kept,
    coefficients: Float64Array.of(intercept, ...slopes),
    sumOfSquares,
    equations: {
      scores: {
        columns: sums ?? [],
        centers: new Float64Array(k),
        multiplier: new Float64Array(sums?.[0]?.length ?? 0).fill(1),
        constant: false,
        repeats: undefined,
      },
      bread,
      transform,
      observations: n,
      counts: { coefficients: k, effects: [], rank: 0 },
      dispersion: sumOfSquares / (n - 1),
      normal: false,
      leverage: undefined,
      weights: undefined,
    },
  };
}

/** Equal variances, or CR1 of scores that are clusters' sums. */
export function summedCovariance(
  equations: EstimatingEquations,
  clusters: Omit<ClusterGroups, "codes"> | undefined,
  smallSample: SmallSample,
): Covariance {
  if (clusters === undefined) return { ...iidCovariance(equations, smallSample), normal: equations.normal };
  const codes = Int32Array.from({ length: clusters.count }, (_, g) => g);
  return { ...clusterCovariance(equations, [{ ...clusters, codes }], "CR1", smallSample), normal: equations.normal };
}

/** Products leave rounding of this share where residuals are zero. */
const PERFECT = 1e-14;

function perfectFit(sumOfSquares: number, total: number): readonly Warning[] {
  if (sumOfSquares > PERFECT * total) return [];
  const message = "The regressors fit the outcome exactly: residuals are rounding, inference means nothing";
  return [{ code: "PERFECT_FIT", message }];
}

interface FinishSettings {
  readonly smallSample: SmallSample;
  readonly level: number;
  readonly singletons: "drop" | "keep";
}

function finishAbsorbed(caller: string, moments: OlsMoments, cells: CellMoments, settings: FinishSettings): MergedOlsResult {
  const { smallSample, level, singletons } = settings;
  const { design, cluster, sample, fixedEffects = [], outcome } = moments;
  const names = design.map(({ name }) => name);
  const frequency = moments.weighted === "frequency";
  const model = fitCells(caller, { cells, names, effects: fixedEffects, cluster, frequency, singletons, sample });
  const covariance = summedCovariance(model.equations, model.groups, smallSample);
  const terms = model.kept.map((j) => names[j]!);
  if (terms.length === 0 && names.length > 0) throw allCollinear(caller, names, true);
  const inference = inferencePart(terms, model.coefficients, covariance, level);
  const fit = fitStatistics({ ...model, weights: undefined, terms });
  const logLikelihood = fit.logLikelihood + 0.5 * model.logWeights;
  return finishResult({
    kind: "regression.ols",
    ...inference,
    sample: { ...model.sample, ...(model.groups === undefined ? {} : { clusters: model.groups.count }) },
    warnings: [
      ...termWarnings(model.dropped),
      ...model.warnings,
      ...perfectFit(model.sumOfSquares, model.totalSumOfSquares),
      ...inference.warnings,
    ],
    options: {
      outcome,
      vcov: cluster === undefined ? { type: "iid" } : { type: "cluster", by: cluster, variant: "CR1" },
      smallSample,
      level,
    },
    reference: "Greene (2018), Econometric Analysis, 8th ed., chapters 2-4 and 9",
    fit: {
      ...fit,
      rootMeanSquaredError: Math.sqrt(model.sumOfSquares / model.weightSum),
      logLikelihood,
      aic: 2 * fit.parameters - 2 * logLikelihood,
      bic: fit.parameters * Math.log(model.observations) - 2 * logLikelihood,
    },
    droppedTerms: model.dropped,
    fixedEffects: model.effects.map(({ specification, count }) => ({ name: specification.name, levels: count })),
    design: model.kept.map((j) => design[j]!),
  });
}

function inCentredBasis(
  { means, weight }: Gram,
  kept: readonly number[],
  slopes: Float64Array,
  inverse: Float64Array,
): { readonly intercept: number; readonly transform: Float64Array; readonly bread: Float64Array } {
  const m = kept.length;
  const k = m + 1;
  const transform = new Float64Array(k * k);
  const bread = new Float64Array(k * k);
  bread[0] = 1 / weight;
  let intercept = means[means.length - 1]!;
  for (let a = 0; a < k; a++) transform[a * k + a] = 1;
  kept.forEach((j, a) => {
    intercept -= means[j]! * slopes[a]!;
    transform[a + 1] = -means[j]!;
    for (let b = 0; b < m; b++) bread[(a + 1) * k + b + 1] = inverse[a * m + b]!;
  });
  return { intercept, transform, bread };
}

/** `(y - Xb)'W(y - Xb)` of centred columns, from products. */
function residualSum({ products }: Gram, kept: readonly number[], slopes: Float64Array, width: number): number {
  const all = [...kept, width - 1];
  const b = [...Array.from(slopes, (value) => -value), 1];
  let sum = 0;
  all.forEach((j, p) => {
    all.forEach((o, q) => {
      sum += b[p]! * b[q]! * products[j * width + o]!;
    });
  });
  return Math.max(0, sum);
}

/** Summed scores of each cluster, one array a coefficient (constant first), in the centred basis. */
function clusterScores(total: Gram, clusters: readonly Gram[], kept: readonly number[], slopes: Float64Array): readonly Float64Array[] {
  const width = total.means.length;
  const columns = Array.from({ length: kept.length + 1 }, () => new Float64Array(clusters.length));
  clusters.forEach(({ products, means, weight }, g) => {
    const shift = means.map((mean, j) => mean - total.means[j]!);
    let meanResidual = shift[width - 1]!;
    kept.forEach((j, a) => {
      meanResidual -= slopes[a]! * shift[j]!;
    });
    columns[0]![g] = weight * meanResidual;
    kept.forEach((j, a) => {
      let within = products[j * width + width - 1]!;
      kept.forEach((o, b) => {
        within -= slopes[b]! * products[j * width + o]!;
      });
      columns[a + 1]![g] = within + weight * shift[j]! * meanResidual;
    });
  });
  return columns;
}
