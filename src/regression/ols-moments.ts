import { finishResult } from "../core/display.ts";
import { IdentificationError, OptionError } from "../core/errors.ts";
import { checkLevel, resolveOptions } from "../core/options.ts";
import type { DroppedRows, Sample } from "../core/result.ts";
import type { AnyColumn, Frame, NumericColumn, WeightOption } from "../data/index.ts";
import { resolveWeights } from "../data/roles.ts";
import type { EstimatingEquations } from "../inference/covariance.ts";
import { resolveSmallSample, type SmallSampleOptions } from "../inference/small-sample.ts";
import { clusterCovariance } from "../inference/vcov-cluster.ts";
import { iidCovariance } from "../inference/vcov-iid.ts";
import { cholesky, inverseFromFactor, multiplyVector } from "../linalg/index.ts";
import { collectGram, type Gram, mergeGrams } from "../moments/index.ts";
import { type AnyRow, type AnyTerm, type DesignColumn, INTERCEPT } from "./design.ts";
import { inferencePart } from "./estimates.ts";
import { fitStatistics } from "./fit-statistics.ts";
import { modelData } from "./model-data.ts";
import type { OlsResult } from "./ols.ts";
import type { RegressionResult, RegressionSettings } from "./regression-result.ts";
import type { Term } from "./terms.ts";
import { termWarnings } from "./warnings.ts";

/** Options of {@link collectOls}. */
export interface CollectOlsOptions<Row> {
  readonly outcome: NumericColumn<Row>;
  /** Factors must show the same levels in every part of the data: give their `reference`. */
  readonly regressors: readonly Term<Row>[];
  readonly weights?: WeightOption<Row>;
  /** Column whose levels are the clusters; moments are kept for each. */
  readonly cluster?: AnyColumn<Row>;
}

/** All that least squares with a constant needs of the data: mergeable, plain, small. */
export interface OlsMoments {
  readonly outcome: string;
  readonly design: readonly DesignColumn[];
  /** Of the design's columns and, last, the outcome. */
  readonly gram: Gram;
  /** Observations: rows, or the sum of frequency weights. */
  readonly observations: number;
  readonly weighted: "no" | "analytic" | "frequency";
  /** The same of each cluster, by its label; absent without clusters. */
  readonly clusters?: Readonly<Record<string, Gram>>;
  readonly cluster?: string;
  /** Sum of log weights, for the likelihood. */
  readonly logWeights: number;
  readonly sample: Sample;
}

/**
 * One pass over the rows. Moments of parts, merged by {@link mergeOls}, equal those of the whole.
 * @throws what reading columns throws.
 * @example
 * finishOls(mergeOls(collectOls(first, options), collectOls(second, options)));
 */
export function collectOls<Row>(data: Frame<Row>, options: CollectOlsOptions<Row>): OlsMoments {
  const caller = "regression.collectOls";
  const settings = resolveOptions<CollectOlsOptions<AnyRow>>(caller, options, {
    required: ["outcome", "regressors"],
    defaults: { weights: undefined, cluster: undefined },
  });
  const weights = resolveWeights<AnyRow>(caller, settings.weights, ["analytic", "frequency", "sampling"]);
  const input = modelData(caller, data, {
    outcome: settings.outcome,
    terms: settings.regressors as readonly AnyTerm[],
    weights,
    effects: [],
    singletons: "keep",
    vcov: { groups: settings.cluster === undefined ? [] : [settings.cluster], numbers: [] },
  });
  const columns = [...input.columns, input.outcome];
  const w = input.weights?.values;
  const gram = collectGram(columns, w);
  const kind = weights === undefined ? "no" : weights.kind === "frequency" ? "frequency" : "analytic";
  const clusters =
    settings.cluster === undefined
      ? {}
      : { cluster: settings.cluster, clusters: byCluster(columns, w, input.covariance.groups(settings.cluster)) };
  let logWeights = 0;
  if (w !== undefined && kind === "analytic") for (let i = 0; i < w.length; i++) logWeights += Math.log(w[i]!);
  const observations = kind === "frequency" ? gram.weight : gram.rows;
  return {
    outcome: settings.outcome,
    design: input.design,
    gram,
    observations,
    weighted: kind,
    ...clusters,
    logWeights,
    sample: input.sample,
  };
}

function byCluster(
  columns: readonly Float64Array[],
  w: Float64Array | undefined,
  { codes, count, label }: { readonly codes: Int32Array; readonly count: number; readonly label: (code: number) => string },
): Record<string, Gram> {
  const offsets = new Int32Array(count + 1);
  for (let i = 0; i < codes.length; i++) offsets[codes[i]! + 1]! += 1;
  for (let code = 0; code < count; code++) offsets[code + 1]! += offsets[code]!;
  const next = offsets.slice();
  const place = new Int32Array(codes.length);
  for (let i = 0; i < codes.length; i++) place[i] = next[codes[i]!]!++;
  const sorted = columns.map((x) => scatter(x, place));
  const weights = w === undefined ? undefined : scatter(w, place);
  return Object.fromEntries(
    Array.from({ length: count }, (_, code) => {
      const [from, to] = [offsets[code]!, offsets[code + 1]!];
      const own = sorted.map((x) => x.subarray(from, to));
      return [label(code), collectGram(own, weights?.subarray(from, to))];
    }),
  );
}

function scatter(x: Float64Array, place: Int32Array): Float64Array {
  const out = new Float64Array(x.length);
  for (let i = 0; i < x.length; i++) out[place[i]!] = x[i]!;
  return out;
}

/** The moments of two parts of the data together. @throws OptionError `DIFFERENT_DESIGN`. */
export function mergeOls(a: OlsMoments, b: OlsMoments): OlsMoments {
  const shape = ({ outcome, design, weighted, cluster }: OlsMoments): string => JSON.stringify([outcome, design, weighted, cluster]);
  if (shape(a) !== shape(b)) {
    throw new OptionError(
      "DIFFERENT_DESIGN",
      "Cannot merge moments as both parts need the same outcome, design, weights and cluster: they differ",
      {
        first: a.design.map(({ name }) => name),
        second: b.design.map(({ name }) => name),
      },
    );
  }
  const clusters: Record<string, Gram> = { ...a.clusters };
  for (const [label, gram] of Object.entries(b.clusters ?? {})) {
    const own = clusters[label];
    clusters[label] = own === undefined ? gram : mergeGrams(own, gram);
  }
  return {
    ...a,
    gram: mergeGrams(a.gram, b.gram),
    observations: a.observations + b.observations,
    logWeights: a.logWeights + b.logWeights,
    ...(a.clusters === undefined ? {} : { clusters }),
    sample: {
      rows: a.sample.rows + b.sample.rows,
      used: a.sample.used + b.sample.used,
      dropped: droppedTogether(a.sample.dropped, b.sample.dropped),
    },
  };
}

/** Counts by reason, so that their number does not grow with the parts. */
function droppedTogether(a: readonly DroppedRows[], b: readonly DroppedRows[]): readonly DroppedRows[] {
  const rows = new Map(a.map((one) => [one.reason, one.rows]));
  for (const one of b) rows.set(one.reason, (rows.get(one.reason) ?? 0) + one.rows);
  return [...rows].map(([reason, count]) => ({ reason, rows: count }));
}

/** Options of {@link finishOls}. */
export interface FinishOlsOptions {
  readonly smallSample?: SmallSampleOptions;
  /** Default 0.95. */
  readonly level?: number;
}

/** Result of {@link finishOls}: that of `ols`, without what needs rows. */
export interface MergedOlsResult extends RegressionResult<"regression.ols", RegressionSettings> {
  readonly fit: OlsResult["fit"];
}

/** Columns that keep less than this of their squared norm beside the others are left out: products alone cannot tell more. */
const DEPENDENT = 1e-9;

/**
 * Least squares with a constant from moments: inference under equal variances, or clustered where the moments hold clusters.
 * @throws IdentificationError `TOO_FEW_ROWS`, `ONE_CLUSTER`.
 */
export function finishOls(moments: OlsMoments, options: FinishOlsOptions = {}): MergedOlsResult {
  const caller = "regression.finishOls";
  const raw = resolveOptions<FinishOlsOptions & { level: number }>(caller, options, {
    required: [],
    defaults: { smallSample: undefined, level: 0.95 },
  });
  const level = checkLevel(caller, raw.level);
  const smallSample = resolveSmallSample(caller, raw.smallSample);
  const { gram, design, observations: n, clusters, cluster } = moments;
  const width = gram.means.length;
  const { kept, inverse } = independent(gram, width);
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
  const equations: EstimatingEquations = {
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
  };
  const count = sums?.[0]?.length ?? 0;
  const groups = { name: cluster ?? "", codes: Int32Array.from({ length: count }, (_, g) => g), count, nested: [] };
  const covariance =
    sums === undefined ? iidCovariance(equations, smallSample) : clusterCovariance(equations, [groups], "CR1", smallSample);
  const terms = [INTERCEPT, ...kept.map((j) => design[j]!.name)];
  const inference = inferencePart(terms, Float64Array.of(intercept, ...slopes), covariance, level);
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
    sample: { ...moments.sample, ...(sums === undefined ? {} : { clusters: count }) },
    warnings: [...termWarnings(dropped), ...inference.warnings],
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

/** Design columns kept in order, and the inverse of their centred products. */
function independent({ products }: Gram, width: number): { readonly kept: readonly number[]; readonly inverse: Float64Array } {
  let kept: number[] = [];
  let inverse: Float64Array = new Float64Array(0);
  for (let j = 0; j + 1 < width; j++) {
    const square = products[j * width + j]!;
    if (!(square > 0)) continue;
    const next = [...kept, j];
    const norm = next.map((a) => Math.sqrt(products[a * width + a]!));
    const size = next.length;
    const scaled = new Float64Array(size * size);
    next.forEach((a, p) => {
      next.forEach((b, q) => {
        scaled[p * size + q] = products[a * width + b]! / (norm[p]! * norm[q]!);
      });
    });
    const L = cholesky(scaled, size);
    if (L === undefined || !(L[size * size - 1]! ** 2 > DEPENDENT)) continue;
    kept = next;
    inverse = inverseFromFactor(L, size).map((value, at) => value / (norm[Math.floor(at / size)]! * norm[at % size]!));
  }
  return { kept, inverse };
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
