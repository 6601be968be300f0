import { choleskyInverse, multiplyVector } from "../../linalg/index.ts";
import { collectGram, type Gram, type GroupCodes, rawProducts } from "../../moments/index.ts";
import type { AbsorbedRegression } from "./absorbed.ts";
import {
  backSubstitute,
  dotOf,
  exactResiduals,
  forwardSubstitute,
  type OrthogonalColumns,
  orthogonalize,
} from "./orthogonal-least-squares.ts";
import { fillResiduals } from "./residuals.ts";

/** A column left out of a regression, and what makes it redundant. */
export interface DependentColumn {
  readonly column: number;
  /** Kept columns whose combination it is; empty when it is constant, zero or absorbed. */
  readonly on: readonly number[];
}

/** The rows of a regression, read when they are asked for. */
export interface FitRows {
  readonly count: number;
  readonly y: () => Float64Array;
  readonly columns: () => readonly Float64Array[];
  /** How many columns. */
  readonly width: number;
  /** Residuals on all columns, around zero and without weights, where they are to be had without the columns' values. */
  readonly regress?: AbsorbedRegression | undefined;
}

/** A weighted least-squares fit of centred columns. */
export interface LeastSquares {
  readonly kept: readonly number[];
  readonly dependent: readonly DependentColumn[];
  /** Coefficients of the kept columns. */
  readonly coefficients: Float64Array;
  /** Centres of the kept columns (zeros without an intercept). */
  readonly centers: Float64Array;
  /** Coefficient of the constant at the centres: the mean of y; 0 without an intercept. */
  readonly level: number;
  /** `(X'WX)^-1` of the kept centred columns. */
  readonly inverse: Float64Array;
  /** Sum of the weights. */
  readonly weight: number;
  readonly residuals: Float64Array;
  /** `sum w e^2`. */
  readonly sumOfSquares: number;
  /** `sum w (y - mean)^2`, or `sum w y^2` without an intercept. */
  readonly total: number;
  /** Sums of the weighted residuals, and their products with the centred columns, over the groups asked for, where they came along. */
  readonly groupSums?: Float64Array;
  /** Whether the orthogonal path was needed: some column is nearly a combination of others. */
  readonly nearlyDependent: boolean;
}

/** A pivot (share of a column's squared norm that the others leave) below this is too small for cross-products. */
const SAFE_PIVOT = 1e-4;
const EPSILON = Number.EPSILON;
const MAX_REFINEMENTS = 4;
/** Corrections below this share of the coefficients are rounding. */
const REFINED = 1e-13;
const MAX_EXACT_REFINEMENTS = 12;

/**
 * Least squares by cross-products of centred columns with iterative refinement; columns that are nearly dependent go through
 * orthogonalisation with residuals in twice the working precision. Dependent columns are left out, the later ones first.
 * Every rule is relative to a column's own size.
 *
 * @param floors - for each column, the norm below which it counts as zero (what absorbed effects leave); zeros when nothing is absorbed.
 */
export function leastSquares(
  y: Float64Array,
  columns: readonly Float64Array[],
  weights: Float64Array | undefined,
  intercept: boolean,
  floors: Float64Array,
): LeastSquares {
  const rows: FitRows = { count: y.length, y: () => y, columns: () => columns, width: columns.length };
  return leastSquaresOf(rows, weights, intercept, floors, undefined, undefined);
}

/**
 * {@link leastSquares} of rows that may not be stored.
 *
 * @param known - moments of the columns followed by y, where they are known; without an intercept around zero.
 * @param groups - groups over which residuals and their products with the columns are summed along the way.
 */
export function leastSquaresOf(
  rows: FitRows,
  weights: Float64Array | undefined,
  intercept: boolean,
  floors: Float64Array,
  known: Gram | undefined,
  groups: GroupCodes | undefined,
): LeastSquares {
  const k = rows.width;
  const all = (): readonly Float64Array[] => [...rows.columns(), rows.y()];
  const gram = known ?? (intercept ? collectGram(all(), weights) : rawGram(all(), weights));
  const width = k + 1;
  const zero: DependentColumn[] = [];
  const candidates: number[] = [];
  for (let j = 0; j < k; j++) {
    const square = gram.products[j * width + j]!;
    const noise = 4 * EPSILON * Math.abs(gram.means[j]!) * Math.sqrt(gram.weight);
    if (Math.sqrt(square) > Math.max(noise, floors[j]!)) candidates.push(j);
    else zero.push({ column: j, on: [] });
  }
  const inverse = safeInverse(gram, width, candidates);
  return inverse === undefined
    ? orthogonalFit(rows.y(), rows.columns(), weights, intercept, gram, candidates, zero)
    : gramFit(rows, weights, intercept, gram, candidates, zero, inverse, groups);
}

/** Cross-products without centring, in the shape of a centred Gram. */
function rawGram(columns: readonly Float64Array[], weights: Float64Array | undefined): Gram {
  const rows = columns[0]!.length;
  let weight = rows;
  if (weights !== undefined) {
    weight = 0;
    for (let i = 0; i < rows; i++) weight += weights[i]!;
  }
  return { rows, weight, means: new Float64Array(columns.length), products: rawProducts(columns, weights) };
}

/** Inverse of the candidates' cross-products, or `undefined` when a pivot is not safe. */
function safeInverse({ products }: Gram, width: number, columns: readonly number[]): Float64Array | undefined {
  const m = columns.length;
  const norms = columns.map((j) => Math.sqrt(products[j * width + j]!));
  const scaled = new Float64Array(m * m);
  for (let a = 0; a < m; a++) {
    for (let b = 0; b < m; b++) scaled[a * m + b] = products[columns[a]! * width + columns[b]!]! / (norms[a]! * norms[b]!);
  }
  const inverse = choleskyInverse(scaled, m);
  if (inverse === undefined && m > 0) return undefined;
  const out = inverse ?? scaled;
  for (let j = 0; j < m; j++) if (out[j * m + j]! * SAFE_PIVOT > 1) return undefined; // 1 / (1 - R^2) of the column on all others
  for (let a = 0; a < m; a++) for (let b = 0; b < m; b++) out[a * m + b]! /= norms[a]! * norms[b]!;
  return out;
}

function gramFit(
  rows: FitRows,
  weights: Float64Array | undefined,
  intercept: boolean,
  gram: Gram,
  kept: readonly number[],
  dependent: readonly DependentColumn[],
  inverse: Float64Array,
  groups: GroupCodes | undefined,
): LeastSquares {
  const m = kept.length;
  const width = rows.width + 1;
  const centers = Float64Array.from(kept, (j) => gram.means[j]!);
  const moments = Float64Array.from(kept, (j) => gram.products[j * width + width - 1]!);
  const coefficients = multiplyVector(inverse, moments, m, m);
  const norms = kept.map((j) => Math.sqrt(gram.products[j * width + j]!));
  const total = gram.products[width * width - 1]!;
  let level = intercept ? gram.means[width - 1]! : 0;
  const residuals = new Float64Array(rows.count);
  const unstored = m === rows.width ? rows.regress : undefined;
  const used = unstored === undefined ? kept.map((j) => rows.columns()[j]!) : [];
  let sumOfSquares = 0;
  let groupSums: Float64Array | undefined;
  const along = groups === undefined ? undefined : { ...groups, constant: intercept };
  for (let round = 0; round < MAX_REFINEMENTS; round++) {
    const sums =
      unstored === undefined
        ? fillResiduals(rows.y(), used, centers, level, coefficients, weights, residuals, along)
        : unstored(coefficients, residuals, groups);
    ({ sumOfSquares, groupSums } = sums);
    const step = multiplyVector(inverse, sums.gradient, m, m);
    let [moved, size] = [0, EPSILON * Math.sqrt(total)];
    for (let j = 0; j < m; j++) {
      moved = Math.max(moved, Math.abs(step[j]! * norms[j]!));
      size = Math.max(size, Math.abs(coefficients[j]! * norms[j]!));
      coefficients[j]! += step[j]!;
    }
    if (intercept) level += sums.total / gram.weight;
    if (moved <= REFINED * size) break;
  }
  return {
    kept,
    dependent,
    coefficients,
    centers,
    level,
    inverse,
    weight: gram.weight,
    residuals,
    sumOfSquares,
    total,
    ...(groupSums === undefined ? {} : { groupSums }),
    nearlyDependent: false,
  };
}

function orthogonalFit(
  y: Float64Array,
  columns: readonly Float64Array[],
  weights: Float64Array | undefined,
  intercept: boolean,
  gram: Gram,
  candidates: readonly number[],
  zero: readonly DependentColumn[],
): LeastSquares {
  const noise = Float64Array.from(candidates, (j) => 8 * EPSILON * Math.abs(gram.means[j]!) * Math.sqrt(gram.weight));
  const copies = candidates.map((j) => rootWeighted(columns[j]!, gram.means[j]!, weights));
  const factor = orthogonalize(copies, noise);
  const kept = factor.kept.map((c) => candidates[c]!);
  const dependent = [...zero, ...factor.dependent.map((one) => nameDependence(one, candidates, gram, columns.length + 1))];
  const used = kept.map((j) => columns[j]!);
  const centers = Float64Array.from(kept, (j) => gram.means[j]!);
  const start = intercept ? gram.means[columns.length]! : 0;
  const solved = refineExactly(y, used, centers, weights, intercept, gram.weight, start, factor);
  const m = kept.length;
  const root = new Float64Array(m * m); // R^-1
  for (let j = 0; j < m; j++) {
    const unit = new Float64Array(m);
    unit[j] = 1;
    backSubstitute(factor.R, m, unit).forEach((value, i) => {
      root[i * m + j] = value;
    });
  }
  const inverse = new Float64Array(m * m);
  for (let a = 0; a < m; a++)
    for (let b = 0; b < m; b++) for (let p = Math.max(a, b); p < m; p++) inverse[a * m + b]! += root[a * m + p]! * root[b * m + p]!;
  const total = gram.products[gram.products.length - 1]!;
  const sorted = dependent.sort((a, b) => a.column - b.column);
  return {
    ...solved,
    kept,
    dependent: sorted,
    centers,
    inverse,
    weight: gram.weight,
    total,
    nearlyDependent: factor.smallestPivot ** 2 < SAFE_PIVOT,
  };
}

/** Residuals in double-double, corrections through R (well enough conditioned) or Q'e. */
function refineExactly(
  y: Float64Array,
  used: readonly Float64Array[],
  centers: Float64Array,
  weights: Float64Array | undefined,
  intercept: boolean,
  weight: number,
  start: number,
  factor: OrthogonalColumns,
): { coefficients: Float64Array; level: number; residuals: Float64Array; sumOfSquares: number } {
  const m = used.length;
  const high = new Float64Array(m + 1);
  const low = new Float64Array(m + 1);
  high[0] = start;
  const residuals = new Float64Array(y.length);
  let previous = Number.POSITIVE_INFINITY;
  for (let round = 0; round < MAX_EXACT_REFINEMENTS; round++) {
    const { gradient, total } = exactResiduals(y, used, centers, high, low, weights, residuals);
    const first = round === 0 || factor.smallestPivot < 1e-7;
    const projected = first
      ? Float64Array.from(factor.Q, (q) => dotOf(q, rootWeighted(residuals, 0, weights)))
      : forwardSubstitute(factor.R, m, gradient);
    const step = backSubstitute(factor.R, m, projected);
    let moved = 0;
    for (let j = 0; j < m; j++) {
      moved = Math.max(moved, Math.abs(step[j]! / (Math.abs(high[j + 1]!) + Number.MIN_VALUE)));
      addStep(high, low, j + 1, step[j]!);
    }
    if (intercept) addStep(high, low, 0, total / weight);
    if (round > 0 && (moved < EPSILON || moved > previous / 2)) break;
    previous = moved;
  }
  exactResiduals(y, used, centers, high, low, weights, residuals);
  const scaled = rootWeighted(residuals, 0, weights);
  return { coefficients: high.slice(1), level: high[0]!, residuals, sumOfSquares: dotOf(scaled, scaled) };
}

function addStep(high: Float64Array, low: Float64Array, j: number, step: number): void {
  const sum = high[j]! + (low[j]! + step);
  low[j] = high[j]! - sum + (low[j]! + step);
  high[j] = sum;
}

function rootWeighted(x: Float64Array, center: number, weights: Float64Array | undefined): Float64Array {
  return weights === undefined ? x.map((value) => value - center) : x.map((value, i) => Math.sqrt(weights[i]!) * (value - center));
}

/** A combination counts only columns that matter for it beyond rounding. */
function nameDependence(
  { column, on, coefficients }: OrthogonalColumns["dependent"][number],
  candidates: readonly number[],
  { products }: Gram,
  width: number,
): DependentColumn {
  const norm = (j: number): number => Math.sqrt(products[j * width + j]!);
  const own = candidates[column]!;
  const named = on.map((c) => candidates[c]!).filter((j, p) => Math.abs(coefficients[p]!) * norm(j) > 1e-6 * norm(own));
  return { column: own, on: named };
}
