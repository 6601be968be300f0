import { IdentificationError } from "../core/errors.ts";
import type { Sample, Warning } from "../core/result.ts";
import type { ClusterGroups, EstimatingEquations } from "../inference/covariance.ts";
import { isNested } from "../moments/index.ts";
import { type CellMoments, cellGroups } from "./cell-moments.ts";
import { type EffectRows, type EffectSpecification, pruneLevels, subsetEffect } from "./fixed-effects.ts";
import type { DroppedTerm } from "./linear-model.ts";
import { WITHOUT_VARIATION } from "./model-data.ts";
import { absorbEffects, type EffectAbsorber } from "./numerics/absorb-effects.ts";
import { independentColumns } from "./numerics/product-columns.ts";
import { effectWarnings } from "./warnings.ts";

/** Cells of moments and what was asked of them. */
export interface CellsInput {
  readonly cells: CellMoments;
  /** Columns of the design, without the outcome, which is the last column of the moments. */
  readonly names: readonly string[];
  readonly effects: readonly EffectSpecification[];
  readonly cluster: string | undefined;
  readonly frequency: boolean;
  readonly singletons: "drop" | "keep";
  readonly sample: Sample;
  /** Share of the rows of each cell with an outcome of 1, where levels without variation leave (only 0 and 1 matter); and whether levels of ones do. */
  readonly extremes?: { readonly shares: Float64Array; readonly ones: boolean };
}

/** Least squares with absorbed effects from cells. */
export interface CellsFit {
  /** Cells used, by position; effects and groups are over these. */
  readonly index: Int32Array;
  readonly kept: readonly number[];
  readonly dropped: readonly DroppedTerm[];
  readonly coefficients: Float64Array;
  readonly equations: EstimatingEquations;
  readonly groups: ClusterGroups | undefined;
  readonly effects: readonly EffectRows[];
  readonly absorber: EffectAbsorber;
  readonly observations: number;
  readonly weightSum: number;
  readonly logWeights: number;
  readonly sumOfSquares: number;
  readonly totalSumOfSquares: number;
  readonly withinSumOfSquares: number;
  readonly sample: Sample;
  readonly warnings: readonly Warning[];
}

/** A column that the effects leave less than this share of its squared spread is absorbed by them. */
const ABSORBED = 1e-12;

/**
 * Effects are constant within cells, so that products of columns without them are those within cells plus those of the cells' means without them,
 * cells weighing as their rows do: least squares on rows, exactly, for any number of effects.
 *
 * @throws IdentificationError `TOO_FEW_ROWS`. ConvergenceError `NOT_CONVERGED`.
 */
export function fitCells(caller: string, input: CellsInput): CellsFit {
  const k = input.names.length + 1;
  const { index, sample, singletons, effects, groups } = usedCells(input);
  const { rows, weights, logWeights, means, products } = input.cells;
  const w = Float64Array.from(index, (c) => weights[c]!);
  const absorber = absorbEffects(effects, w);
  const columns = Array.from({ length: k }, (_, j) => Float64Array.from(index, (c) => means[c * k + j]!));
  const absorbed = absorber.absorbAll(columns);
  const without = absorbed.map(({ values }) => values);
  const within = sumOfCells(products, index, (k * (k + 1)) / 2);
  const whole = new Float64Array(k * k);
  for (let a = 0, at = 0; a < k; a++) {
    for (let b = 0; b <= a; b++, at++) {
      let sum = within[at]!;
      for (let c = 0; c < w.length; c++) sum += w[c]! * without[a]![c]! * without[b]![c]!;
      whole[a * k + b] = sum;
      whole[b * k + a] = sum;
    }
  }
  const spreads = absorbed.map(({ spread }, j) => spread + within[(j * (j + 1)) / 2 + j]!);
  const hidden = input.names.map((_, j) => !(whole[j * k + j]! > ABSORBED * spreads[j]!));
  const { kept, inverse } = independentColumns(whole, k, hidden);
  const m = kept.length;
  const b = Float64Array.from({ length: m }, (_, a) => kept.reduce((sum, j, at) => sum + inverse[a * m + at]! * whole[j * k + k - 1]!, 0));
  const observations = index.reduce((sum, c) => sum + (input.frequency ? weights[c]! : rows[c]!), 0);
  if (observations <= m + absorber.rank) {
    throw new IdentificationError(
      "TOO_FEW_ROWS",
      `Cannot run ${caller} as more rows than parameters are needed: ${observations} observations for ${m} coefficients and ${absorber.rank} fixed effects`,
      { observations, coefficients: m, effects: absorber.rank },
    );
  }
  const sumOfSquares = residualSum(whole, k, kept, b);
  const scores = groups === undefined ? [] : clusterScores(input.cells, index, without, w, kept, b, groups);
  return {
    index,
    kept,
    dropped: input.names.flatMap((term, j) =>
      kept.includes(j) ? [] : [{ term, reason: hidden[j] ? ("absorbed" as const) : ("combination" as const), on: [] }],
    ),
    coefficients: b,
    equations: equationsOf(scores, inverse, effects, absorber, observations, sumOfSquares),
    groups,
    effects,
    absorber,
    observations,
    weightSum: w.reduce((sum, value) => sum + value, 0),
    logWeights: input.frequency ? 0 : index.reduce((sum, c) => sum + logWeights[c]!, 0),
    sumOfSquares,
    totalSumOfSquares: spreads[k - 1]!,
    withinSumOfSquares: whole[k * k - 1]!,
    sample,
    warnings: effectWarnings(caller, singletons, effects.length, absorber),
  };
}

interface UsedCells {
  readonly index: Int32Array;
  readonly sample: Sample;
  readonly singletons: number;
  readonly effects: readonly EffectRows[];
  readonly groups: ClusterGroups | undefined;
}

/** Cells left once levels with one observation are out. */
function usedCells({ cells, effects: specifications, cluster, frequency, singletons, sample, extremes }: CellsInput): UsedCells {
  const by = cellGroups(cells);
  const all = specifications.map((specification): EffectRows => ({ specification, ...by(specification.columns), slopes: [] }));
  const counts = frequency ? cells.weights : cells.rows;
  const outcome = extremes?.shares.map((share, c) => share * counts[c]!);
  const pruned = pruneLevels(all, { singletons: singletons === "drop", repeats: counts, outcome, ones: extremes?.ones ?? false });
  const index = pruned.rows ?? Int32Array.from({ length: cells.rows.length }, (_, c) => c);
  const effects = pruned.rows === undefined ? all : all.map((effect) => subsetEffect(effect, index));
  const used = index.reduce((sum, c) => sum + cells.rows[c]!, 0);
  // a level with one observation is one cell with one row: the rest of what left had no variation
  const alone = frequency ? sample.used - used : pruned.singletons;
  const flat = sample.used - used - alone;
  const dropped = [
    { reason: "only row of a fixed effect's level", rows: alone },
    { reason: WITHOUT_VARIATION, rows: flat },
  ].filter(({ rows }) => rows > 0);
  return {
    index,
    effects,
    singletons: alone,
    sample: dropped.length === 0 ? sample : { ...sample, used, dropped: [...sample.dropped, ...dropped] },
    groups: cluster === undefined ? undefined : groupsOf(cluster, by([cluster]).codes, index, effects),
  };
}

function groupsOf(name: string, codes: Int32Array, index: Int32Array, effects: readonly EffectRows[]): ClusterGroups {
  const known = new Map<number, number>();
  const own = Int32Array.from(index, (c) => {
    const code = codes[c]!;
    if (!known.has(code)) known.set(code, known.size);
    return known.get(code)!;
  });
  const groups = { codes: own, count: known.size };
  return { ...groups, name, nested: effects.map((effect) => effect.specification.columns.includes(name) || isNested(effect, groups)) };
}

function sumOfCells(products: Float64Array, index: Int32Array, width: number): Float64Array {
  const out = new Float64Array(width);
  for (const c of index) for (let p = 0; p < width; p++) out[p]! += products[c * width + p]!;
  return out;
}

/** `e'We` from products of columns without the effects. */
function residualSum(whole: Float64Array, k: number, kept: readonly number[], b: Float64Array): number {
  let sum = whole[k * k - 1]!;
  kept.forEach((j, a) => {
    sum -= 2 * b[a]! * whole[j * k + k - 1]!;
    kept.forEach((l, c) => {
      sum += b[a]! * b[c]! * whole[j * k + l]!;
    });
  });
  return Math.max(0, sum);
}

/** Summed scores of each cluster, one array a coefficient: within cells, and of the cells' means without the effects. */
function clusterScores(
  { products }: CellMoments,
  index: Int32Array,
  without: readonly Float64Array[],
  w: Float64Array,
  kept: readonly number[],
  b: Float64Array,
  groups: ClusterGroups,
): readonly Float64Array[] {
  const k = without.length;
  const triangle = (k * (k + 1)) / 2;
  const entry = (p: number, q: number): number => (p >= q ? (p * (p + 1)) / 2 + q : (q * (q + 1)) / 2 + p);
  const out = kept.map(() => new Float64Array(groups.count));
  index.forEach((cell, c) => {
    let residual = without[k - 1]![c]!;
    kept.forEach((j, a) => {
      residual -= b[a]! * without[j]![c]!;
    });
    const g = groups.codes[c]!;
    kept.forEach((j, a) => {
      let inside = products[cell * triangle + entry(k - 1, j)]!;
      kept.forEach((l, d) => {
        inside -= b[d]! * products[cell * triangle + entry(j, l)]!;
      });
      out[a]![g]! += inside + w[c]! * without[j]![c]! * residual;
    });
  });
  return out;
}

function equationsOf(
  scores: readonly Float64Array[],
  bread: Float64Array,
  effects: readonly EffectRows[],
  absorber: EffectAbsorber,
  observations: number,
  sumOfSquares: number,
): EstimatingEquations {
  const count = scores[0]?.length ?? 0;
  const m = Math.round(Math.sqrt(bread.length));
  return {
    scores: {
      columns: scores,
      centers: new Float64Array(m),
      multiplier: new Float64Array(count).fill(1),
      constant: false,
      repeats: undefined,
    },
    bread,
    transform: undefined,
    observations,
    counts: {
      coefficients: m,
      effects: effects.map(({ count: levels }) => ({ levels, intercept: true, slopes: 0 })),
      rank: absorber.rank,
    },
    dispersion: sumOfSquares / (observations - 1),
    normal: false,
    leverage: undefined,
    weights: undefined,
  };
}
