import type { Frame } from "../data/index.ts";
import { collectGram, type Gram, mergeGrams, subsetGroups } from "../moments/index.ts";
import { type CellMoments, cellCodes, mergeCellMoments } from "./cell-moments.ts";
import type { AnyRow, AnyTerm } from "./design.ts";
import type { EffectSpecification } from "./fixed-effects.ts";
import { type ModelData, modelData } from "./model-data.ts";
import { cellProducts } from "./numerics/cell-products.ts";
import type { GlmFamily } from "./numerics/glm-family.ts";

/** What every pass reads of a part. */
export interface PassRequest {
  readonly caller: string;
  readonly outcome: string;
  readonly regressors: readonly AnyTerm[];
  readonly offset: string | undefined;
  readonly weights: { readonly column: string; readonly kind: "analytic" | "sampling" } | undefined;
  readonly effects: readonly EffectSpecification[];
  readonly cluster: string | undefined;
  readonly family: GlmFamily;
}

/** A linear predictor: coefficients of the design's columns, a constant, and each effect's levels by their key. */
export interface Predictor {
  readonly constant: number;
  readonly slopes: Float64Array;
  readonly effects: readonly ReadonlyMap<string, number>[];
}

/** How a pass gets its predictor: the family's start around the mean outcome, or that of the round before. */
export interface PassState {
  readonly predictor: Predictor | undefined;
  /** Cells left out, by key; `undefined` in the first pass. */
  readonly left: ReadonlySet<string> | undefined;
  /** Dispersions for the likelihood and for that of a constant alone: those of the pass before. */
  readonly dispersion: number;
  readonly nullDispersion: number;
  /** Mean outcome, once known. */
  readonly mean: number;
}

/** What a pass finds of a part; parts merge by {@link mergePasses}. Columns are the design's, then the working response. */
export interface Pass {
  readonly data: Pick<ModelData, "sample" | "design">;
  readonly gram: Gram;
  /** Without effects: sums of each cluster. */
  readonly clusters: Readonly<Record<string, Gram>> | undefined;
  /** With effects: sums of cells; and the unweighted share of each cell's outcomes, weighted by rows. */
  readonly cells: CellMoments | undefined;
  readonly shares: Float64Array | undefined;
  /** Outcomes and means, by the data's own weights. */
  readonly outcomes: Gram;
  readonly deviance: number;
  readonly nullDeviance: number;
  readonly logLikelihood: number;
  readonly nullLogLikelihood: number;
}

/** Columns whose levels make cells. */
export const groupingOf = ({ effects, cluster }: Pick<PassRequest, "effects" | "cluster">): readonly string[] => [
  ...new Set([...effects.flatMap(({ columns }) => columns), ...(cluster === undefined ? [] : [cluster])]),
];

/** One pass over a part. */
export function glmPass(request: PassRequest, part: Frame<AnyRow>, state: PassState): Pass {
  const { caller, family, effects, cluster } = request;
  const grouping = groupingOf(request);
  const data = modelData(caller, part, {
    outcome: request.outcome,
    terms: request.regressors,
    offset: request.offset,
    weights: request.weights,
    effects: [],
    singletons: "keep",
    vcov: { groups: grouping, numbers: [] },
  });
  const cells = grouping.length === 0 ? undefined : cellCodes(grouping, data.covariance.groups);
  const kept = cells === undefined || effects.length === 0 ? undefined : rowsOutside(cells, state.left);
  const take = (x: Float64Array): Float64Array => (kept === undefined ? x : Float64Array.from(kept, (row) => x[row]!));
  const own = cells && (kept === undefined ? cells : cellsOfRows(cells, kept));
  const [y, columns] = [take(data.outcome), data.columns.map(take)];
  const w = data.weights === undefined ? undefined : take(data.weights.values);
  const offset = data.offset === undefined ? undefined : take(data.offset);
  const eta = predictorOf(request, state, y, columns, offset, own);
  const working = workingColumns(family, state, y, w, offset, eta);
  const all = [...columns, working.response];
  const sums = {
    data: { sample: data.sample, design: data.design },
    outcomes: collectGram([y, working.means], w),
    ...working.sums,
  };
  if (effects.length === 0) {
    const clusters = own === undefined ? undefined : grams(all, working.weights, own);
    return {
      ...sums,
      gram: collectGram(all, working.weights),
      clusters: cluster === undefined ? undefined : clusters,
      cells: undefined,
      shares: undefined,
    };
  }
  const { codes, count, keys } = own!;
  const products = cellProducts(all, working.weights, codes, count);
  return {
    ...sums,
    gram: collectGram(all, working.weights),
    clusters: undefined,
    cells: { columns: grouping, keys, ...products },
    shares: sharesOf(y, codes, products.rows),
  };
}

/** The passes over two parts together. @throws when designs differ: see `mergeOls`. */
export function mergePasses(a: Pass, b: Pass): Pass {
  const clusters: Record<string, Gram> = { ...a.clusters };
  for (const [label, gram] of Object.entries(b.clusters ?? {})) {
    clusters[label] = clusters[label] === undefined ? gram : mergeGrams(clusters[label], gram);
  }
  const cells = a.cells === undefined || b.cells === undefined ? undefined : mergeCellMoments(a.cells, b.cells, a.gram.means.length);
  return {
    data: { design: a.data.design, sample: mergeSamples(a.data.sample, b.data.sample) },
    gram: mergeGrams(a.gram, b.gram),
    clusters: a.clusters === undefined ? undefined : clusters,
    cells,
    shares: cells === undefined ? undefined : mergedShares(a, b, cells),
    outcomes: mergeGrams(a.outcomes, b.outcomes),
    deviance: a.deviance + b.deviance,
    nullDeviance: a.nullDeviance + b.nullDeviance,
    logLikelihood: a.logLikelihood + b.logLikelihood,
    nullLogLikelihood: a.nullLogLikelihood + b.nullLogLikelihood,
  };
}

function mergeSamples(a: ModelData["sample"], b: ModelData["sample"]): ModelData["sample"] {
  const dropped = new Map(a.dropped.map(({ reason, rows }) => [reason, rows]));
  for (const { reason, rows } of b.dropped) dropped.set(reason, (dropped.get(reason) ?? 0) + rows);
  return { rows: a.rows + b.rows, used: a.used + b.used, dropped: [...dropped].map(([reason, rows]) => ({ reason, rows })) };
}

function mergedShares(a: Pass, b: Pass, cells: CellMoments): Float64Array {
  const place = new Map(cells.keys.map((key, c) => [key, c]));
  const sums = new Float64Array(cells.keys.length);
  for (const { cells: own, shares } of [a, b]) {
    for (const [c, key] of own!.keys.entries()) sums[place.get(key)!]! += shares![c]! * own!.rows[c]!;
  }
  return sums.map((sum, c) => sum / cells.rows[c]!);
}

/** Share of a cell's outcomes that is 1: 0 where all are 0, 1 where all are 1, between for others. */
function sharesOf(y: Float64Array, codes: Int32Array, rows: Float64Array): Float64Array {
  const sums = new Float64Array(rows.length);
  for (let i = 0; i < y.length; i++) sums[codes[i]!]! += y[i] === 0 ? 0 : y[i] === 1 ? 1 : 0.5;
  return sums.map((sum, c) => sum / rows[c]!);
}

interface Cells {
  readonly codes: Int32Array;
  readonly count: number;
  readonly keys: readonly string[];
}

function rowsOutside({ codes, keys }: Cells, left: ReadonlySet<string> | undefined): Int32Array | undefined {
  if (left === undefined || left.size === 0) return undefined;
  const out = keys.map((key) => left.has(key));
  if (!out.includes(true)) return undefined;
  const rows: number[] = [];
  for (let i = 0; i < codes.length; i++) if (!out[codes[i]!]) rows.push(i);
  return Int32Array.from(rows);
}

/** The cells that some rows are in. */
function cellsOfRows({ codes, keys }: Cells, rows: Int32Array): Cells {
  const { codes: own, count, kept } = subsetGroups({ codes, count: keys.length }, rows);
  return { codes: own, count, keys: Array.from(kept, (cell) => keys[cell]!) };
}

function predictorOf(
  { family, effects, cluster }: PassRequest,
  { predictor, mean }: PassState,
  y: Float64Array,
  columns: readonly Float64Array[],
  offset: Float64Array | undefined,
  cells: Cells | undefined,
): Float64Array {
  if (predictor === undefined) return y.map((value, i) => family.link(family.start(value, mean)) + (offset?.[i] ?? 0));
  const eta = Float64Array.from(y, (_, i) => predictor.constant + (offset?.[i] ?? 0));
  columns.forEach((x, j) => {
    const b = predictor.slopes[j]!;
    if (b !== 0) for (let i = 0; i < eta.length; i++) eta[i]! += b * x[i]!;
  });
  if (effects.length === 0 || cells === undefined) return eta;
  const columnsOfCells = groupingOf({ effects, cluster });
  const levels = cells.keys.map((key) => JSON.parse(key) as readonly string[]);
  const sums = Float64Array.from(levels, (cell) =>
    effects.reduce((sum, effect, e) => sum + (predictor.effects[e]!.get(levelKey(effect, columnsOfCells, cell)) ?? 0), 0),
  );
  for (let i = 0; i < eta.length; i++) eta[i]! += sums[cells.codes[i]!]!;
  return eta;
}

/** An effect's level in a cell as text. */
export function levelKey({ columns }: EffectSpecification, grouping: readonly string[], cell: readonly string[]): string {
  return JSON.stringify(columns.map((name) => cell[grouping.indexOf(name)]!));
}

interface WorkingColumns {
  readonly weights: Float64Array;
  readonly response: Float64Array;
  readonly means: Float64Array;
  readonly sums: Pick<Pass, "deviance" | "nullDeviance" | "logLikelihood" | "nullLogLikelihood">;
}

function workingColumns(
  family: GlmFamily,
  { dispersion, nullDispersion, mean }: PassState,
  y: Float64Array,
  w: Float64Array | undefined,
  offset: Float64Array | undefined,
  eta: Float64Array,
): WorkingColumns {
  const { dispersed } = family;
  const likelihood = (v: number, mu: number, scale: number): number =>
    dispersed === undefined ? family.logLikelihood(v, mu) : dispersed(v, mu, scale);
  const [weights, response, means] = [new Float64Array(y.length), new Float64Array(y.length), new Float64Array(y.length)];
  let [deviance, nullDeviance, logLikelihood, nullLogLikelihood] = [0, 0, 0, 0];
  for (let i = 0; i < y.length; i++) {
    const own = w === undefined ? 1 : w[i]!;
    const value = y[i]!;
    const mu = family.mean(eta[i]!);
    const slope = family.slope(eta[i]!, mu);
    means[i] = mu;
    weights[i] = (own * slope * slope) / family.variance(mu);
    response[i] = eta[i]! - (offset === undefined ? 0 : offset[i]!) + (value - mu) / slope;
    const best = family.saturated(value);
    deviance += 2 * own * (best - family.logLikelihood(value, mu));
    nullDeviance += 2 * own * (best - family.logLikelihood(value, mean));
    logLikelihood += own * likelihood(value, mu, dispersion);
    nullLogLikelihood += own * likelihood(value, mean, nullDispersion);
  }
  return { weights, response, means, sums: { deviance, nullDeviance, logLikelihood, nullLogLikelihood } };
}

function grams(columns: readonly Float64Array[], weights: Float64Array, { codes, keys, count }: Cells): Record<string, Gram> {
  const rows = Array.from({ length: count }, (): number[] => []);
  for (let i = 0; i < codes.length; i++) rows[codes[i]!]!.push(i);
  return Object.fromEntries(
    rows.map((own, c) => [
      keys[c]!,
      collectGram(
        columns.map((x) => Float64Array.from(own, (i) => x[i]!)),
        Float64Array.from(own, (i) => weights[i]!),
      ),
    ]),
  );
}
