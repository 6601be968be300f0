import { normalQuantile } from "../distributions/index.ts";
import { cholesky, choleskyBackSolve } from "../linalg/index.ts";
import { standardDeviation } from "./design.ts";
import { honestCriticalValue } from "./honest-critical-value.ts";
import { biasPerUnit, fittedProducts, honestFit, honestVariance } from "./numerics/honest-fit.ts";
import { type LineTable, lineSums, lineTables } from "./numerics/honest-moments.ts";
import type { HonestFit, HonestRows } from "./numerics/honest-rows.ts";
import { KERNELS, type Kernel } from "./numerics/kernel.ts";
import { lowerBound } from "./numerics/lower-bound.ts";
import { bestCandidate, brentMinimum } from "./numerics/minimize.ts";
import { polynomialFit } from "./numerics/polynomial-fit.ts";

/** What a bandwidth minimises: mean squared error, length of the two-sided interval, excess length of the one-sided one. */
export type HonestCriterion = "meanSquaredError" | "length" | "oneSided";

/** Settings of {@link honestBandwidth}. */
export interface HonestBandwidthRules {
  readonly kernel: Kernel;
  readonly criterion: HonestCriterion;
  readonly smoothnessClass: "hoelder" | "taylor";
  /** Bounds on the second derivative of each outcome. */
  readonly smoothness: readonly number[];
  readonly alpha: number;
  /** Quantile of excess length, `"oneSided"`. */
  readonly quantile: number;
  /** Effect at which the bias bound of a fuzzy criterion is evaluated. */
  readonly initialEffect: number;
}

/** Largest absolute second derivative of a global quartic on each side, over the data; the larger side. */
export function ruleOfThumb(rows: HonestRows, outcome: number): number {
  const zero = rows.jump ? lowerBound(rows.x, 0) : rows.x.length;
  const sides = rows.jump ? [[0, zero] as const, [zero, rows.x.length] as const] : [[0, zero] as const];
  return Math.max(...sides.map(([from, to]) => quarticCurvature(rows, outcome, from, to)));
}

function quarticCurvature({ x, outcomes, weights }: HonestRows, outcome: number, from: number, to: number): number {
  const b = polynomialFit(x.subarray(from, to), outcomes[outcome]!.subarray(from, to), weights.subarray(from, to), 4);
  if (b === undefined) return Number.NaN;
  const second = (t: number): number => 2 * b[2]! + 6 * b[3]! * t + 12 * b[4]! * t * t;
  const [low, high] = [x[from]!, x[to - 1]!];
  const vertex = -b[3]! / (4 * b[4]!);
  const points = vertex > low && vertex < high ? [low, high, vertex] : [low, high];
  return Math.max(...points.map((t) => Math.abs(second(t))));
}

/** Residual products per side under homoskedasticity, from a triangular local linear fit at the Imbens-Kalyanaraman bandwidth. */
export interface PreliminaryVariance {
  readonly left: readonly number[];
  readonly right: readonly number[];
  /** Correlation of residuals within clusters, 0 without clusters, by product. */
  readonly intraclass: readonly number[];
}

/** `undefined` when the pilot fit is singular. */
export function preliminaryVariance(rows: HonestRows): PreliminaryVariance | undefined {
  const plain = { ...rows, covariates: [] };
  const h = rows.jump ? imbensKalyanaraman(plain) : pointPilot(plain);
  const fit = honestFit(plain, KERNELS.triangular, h);
  if (fit === undefined) return undefined;
  const products = fittedProducts(fit.residuals);
  const zero = rows.jump ? lowerBound(rows.x, 0) - fit.from : 0;
  const average = (from: number, to: number): number[] =>
    products.map((product) => product.subarray(from, to).reduce((sum, value) => sum + value, 0) / (to - from));
  const right = average(zero, fit.a.length);
  return { left: rows.jump ? average(0, zero) : right, right, intraclass: intraclass(rows, fit) };
}

/** Mean product of residuals of two different rows of a cluster. */
function intraclass(rows: HonestRows, fit: HonestFit): number[] {
  const count = fit.residuals.length === 2 ? 3 : 1;
  if (rows.clusters === undefined) return new Array<number>(count).fill(0);
  const sums = fit.residuals.map((residuals) => {
    const out = new Float64Array(rows.clusterCount);
    residuals.forEach((value, i) => {
      out[rows.clusters![fit.from + i]!]! += value;
    });
    return out;
  });
  const sizes = new Float64Array(rows.clusterCount);
  for (let i = fit.from; i < fit.to; i++) sizes[rows.clusters[i]!]!++;
  const pairs = sizes.reduce((sum, n) => sum + n * (n - 1), 0);
  const own = fittedProducts(fit.residuals).map((product) => product.reduce((sum, value) => sum + value, 0));
  return fittedProducts(sums).map((product, k) => (pairs > 0 ? (product.reduce((sum, value) => sum + value, 0) - own[k]!) / pairs : 0));
}

/** Bandwidth of Imbens & Kalyanaraman (2012), REStud 79(3) 933-959, for a triangular kernel. */
export function imbensKalyanaraman({ x, outcomes }: HonestRows): number {
  const y = outcomes[0]!;
  const n = x.length;
  const zero = lowerBound(x, 0);
  const pilot = 1.84 * standardDeviation(x) * n ** -0.2;
  const [from, to] = [lowerBound(x, -pilot), lowerBound(x, pilot, true)];
  const density = (to - from) / (2 * n * pilot);
  const [varianceLeft, varianceRight] = [meanSquare(y, from, zero), meanSquare(y, zero, to)];
  const third = 6 * cubicWithJump(x, y);
  const curvature = (first: number, last: number, variance: number, rows: number, left: boolean): { second: number; ridge: number } => {
    const h = ((7200 * variance) / (density * third ** 2 * rows)) ** (1 / 7);
    const [a, b] = left ? [Math.max(first, lowerBound(x, -h)), last] : [first, Math.min(last, lowerBound(x, h, true))];
    const fit = polynomialFit(x.subarray(a, b), y.subarray(a, b), undefined, 2);
    return { second: fit === undefined ? 0 : 2 * fit[2]!, ridge: (2160 * variance) / ((b - a) * h ** 4) };
  };
  const left = curvature(0, zero, varianceLeft, zero, true);
  const right = curvature(zero, n, varianceRight, n - zero, false);
  const loss = (right.second - left.second) ** 2 + left.ridge + right.ridge;
  return (((4.8 / 0.01) * (varianceLeft + varianceRight)) / (density * n * loss)) ** 0.2;
}

function meanSquare(y: Float64Array, from: number, to: number): number {
  return standardDeviation(y.subarray(from, to)) ** 2;
}

/** Coefficient of the cube in a global cubic with a jump at zero, from one pass: x over its largest size, y less its first value. */
function cubicWithJump(x: Float64Array, y: Float64Array): number {
  const n = x.length;
  const size = Math.max(Math.abs(x[0]!), Math.abs(x[n - 1]!));
  const sums = new Float64Array(7);
  const products = new Float64Array(5);
  const right = new Float64Array(4);
  for (let i = 0; i < n; i++) {
    const u = x[i]! / size;
    const value = y[i]! - y[0]!;
    const after = x[i]! >= 0 ? 1 : 0;
    let power = 1;
    for (let j = 0; j < 4; j++) {
      sums[j]! += power;
      products[j]! += power * value;
      right[j]! += after * power;
      power *= u;
    }
    for (let j = 4; j < 7; j++) {
      sums[j]! += power;
      power *= u;
    }
    products[4]! += after * value;
  }
  const gram = new Float64Array(25);
  for (let i = 0; i < 4; i++) {
    for (let j = 0; j < 4; j++) gram[i * 5 + j] = sums[i + j]!;
    gram[i * 5 + 4] = gram[20 + i] = right[i]!;
  }
  gram[24] = right[0]!;
  const factor = cholesky(gram, 5);
  return factor === undefined ? Number.NaN : choleskyBackSolve(factor, 5, products)[3]! / size ** 3;
}

/** Pilot for the value at a point: the rule-of-thumb bandwidth of Fan & Gijbels (1996), 4.2, from a global quartic. */
function pointPilot({ x, outcomes, weights }: HonestRows): number {
  const y = outcomes[0]!;
  const b = polynomialFit(x, y, weights, 4)!;
  let residual = 0;
  let curvature = 0;
  for (let i = 0; i < x.length; i++) {
    const t = x[i]!;
    residual += (y[i]! - ((((b[4]! * t + b[3]!) * t + b[2]!) * t + b[1]!) * t + b[0]!)) ** 2;
    curvature += (2 * b[2]! + 6 * b[3]! * t + 12 * b[4]! * t * t) ** 2;
  }
  const variance = residual / (x.length - 5);
  const range = x[x.length - 1]! - x[0]!;
  return ((24 * variance * range) / curvature) ** 0.2;
}

/** Criterion-minimising bandwidth; local minima are possible, the search starts at the golden section of the range. */
export function honestBandwidth(rows: HonestRows, rules: HonestBandwidthRules, variance: PreliminaryVariance): number {
  const plain = { ...rows, covariates: [] };
  const fast = rows.jump && rows.clusters === undefined;
  const tables = fast ? lineTables(plain, rules.kernel) : undefined;
  const risk = (h: number): number =>
    tables === undefined ? criterion(plain, rules, variance, h) : tableCriterion(tables, rules, variance, h);
  const widest = Math.max(Math.abs(rows.x[0]!), Math.abs(rows.x[rows.x.length - 1]!));
  const narrowest = smallestBandwidth(rows);
  if (rules.kernel.closed) {
    const distances = Float64Array.from(rows.x, Math.abs).sort();
    let kept = 0;
    for (let i = 0; i < distances.length; i++) {
      if (distances[i]! < narrowest || (kept > 0 && distances[i] === distances[kept - 1])) continue;
      distances[kept++] = distances[i]!;
    }
    return bestCandidate(risk, distances.subarray(0, kept));
  }
  return brentMinimum(risk, narrowest, widest, Number.EPSILON ** 0.75);
}

/** The second-smallest distinct distance of the side where it is larger; x ascends. */
export function smallestBandwidth({ x, jump }: HonestRows): number {
  const zero = lowerBound(x, 0);
  const second = (from: number, step: 1 | -1): number => {
    let i = from;
    while (i >= 0 && i < x.length && x[i] === x[from]) i += step;
    return i < 0 || i >= x.length ? Number.POSITIVE_INFINITY : Math.abs(x[i]!);
  };
  if (jump) return Math.max(second(zero - 1, -1), second(zero, 1));
  const distances = [
    ...new Set([
      Math.abs(x[zero - 1] ?? Number.POSITIVE_INFINITY),
      Math.abs(x[zero] ?? Number.POSITIVE_INFINITY),
      second(zero - 1, -1),
      second(zero, 1),
    ]),
  ];
  return distances.sort((p, q) => p - q)[1]!;
}

/** What is minimised, of a bias bound and a standard error. */
function criterionValue({ criterion: name, alpha, quantile }: Omit<HonestBandwidthRules, "kernel">, bias: number, error: number): number {
  if (name === "meanSquaredError") return bias ** 2 + error ** 2;
  if (name === "length") return honestCriticalValue(bias / error, alpha) * error;
  return 2 * bias + (normalQuantile(alpha, "upper") + normalQuantile(quantile)) * error;
}

/** Fuzzy, in units of the reduced form: the variance is that of the ratio at this bandwidth, the bias bound takes the initial effect. */
function combined(values: readonly number[], ratio: number): number {
  return values.length === 1 ? values[0]! : values[0]! - 2 * ratio * values[1]! + ratio * ratio * values[2]!;
}

function boundOf({ smoothness, initialEffect }: HonestBandwidthRules): number {
  const [outcome, treatment = 0] = smoothness as readonly [number, number?];
  return outcome + treatment * Math.abs(initialEffect);
}

/** {@link criterion} from running sums. */
function tableCriterion(
  tables: readonly [LineTable, LineTable],
  rules: HonestBandwidthRules,
  preliminary: PreliminaryVariance,
  h: number,
): number {
  const [left, right] = [lineSums(tables[0], rules.kernel, h), lineSums(tables[1], rules.kernel, h)];
  if (left === undefined || right === undefined) return Number.POSITIVE_INFINITY;
  const jump = (o: number): number => right.levels[o]! - left.levels[o]!;
  const t = left.levels.length === 2 ? jump(0) / jump(1) : 0;
  const variance = combined(preliminary.left, t) * left.squares + combined(preliminary.right, t) * right.squares;
  const perUnit = rules.smoothnessClass === "taylor" ? (left.absolute + right.absolute) / 2 : Math.abs(left.second + right.second) / 2;
  return criterionValue(rules, boundOf(rules) * perUnit, Math.sqrt(variance));
}

function criterion(rows: HonestRows, rules: HonestBandwidthRules, preliminary: PreliminaryVariance, h: number): number {
  const fit = honestFit(rows, rules.kernel, h);
  if (fit === undefined) return Number.POSITIVE_INFINITY;
  const t = fit.estimates.length === 2 ? fit.estimates[0]! / fit.estimates[1]! : 0;
  const [left, right] = [combined(preliminary.left, t), combined(preliminary.right, t)];
  const products = [Float64Array.from(fit.a, (_, i) => (rows.x[fit.from + i]! < 0 ? left : right))];
  let variance = honestVariance({ ...rows, clusters: undefined }, { ...fit, residuals: [] }, products)[0]!;
  if (rows.clusters !== undefined) variance += combined(preliminary.intraclass, t) * crossSum(rows, fit);
  return criterionValue(rules, boundOf(rules) * biasPerUnit(rows, fit, rules.smoothnessClass), Math.sqrt(variance));
}

/** Squared cluster sums of the estimator weights less their squares. */
function crossSum(rows: HonestRows, { a, from }: HonestFit): number {
  const sums = new Float64Array(rows.clusterCount);
  let own = 0;
  a.forEach((value, i) => {
    sums[rows.clusters![from + i]!]! += value;
    own += value * value;
  });
  return sums.reduce((sum, value) => sum + value * value, 0) - own;
}
