import { cholesky, choleskyBackSolve, inverseFromFactor } from "../../linalg/index.ts";
import { type DensityConstants, densityConstants } from "./density-constants.ts";
import { type Kernel, kernelAt } from "./kernel.ts";
import type { Pair } from "./selectors.ts";
import { type Side, uniqueWithin, type WindowMoments, windowRows } from "./side.ts";
import { windowMoments } from "./window-moments.ts";

/** How densities are fitted; the only column of the sides is the empirical distribution function. */
export interface DensityRules {
  readonly kernel: Kernel;
  readonly restricted: boolean;
  readonly variance: "jackknife" | "plugin";
  /** Rows of one value share their jackknife term. */
  readonly massPoints: boolean;
  /** Rows of both sides. */
  readonly total: number;
}

/** Densities at the cutoff with their covariance. */
export interface DensityFit {
  readonly density: Pair;
  readonly variance: Pair;
  readonly covariance: number;
}

/** Slopes and highest coefficients of one design in powers of `u = |x - c| / h`. */
interface Solution {
  /** Polynomials in u (order + 1 entries) whose kernel-weighted sums give the left and the right slope: [target][side]. */
  readonly influence: readonly [readonly [Float64Array, Float64Array], readonly [Float64Array, Float64Array]];
  readonly slopes: Pair;
  readonly tops: Pair;
}

/** Fits order `order` with bandwidths `h`; `undefined` when a window has too few distinct values. */
export function fitDensity(sides: readonly [Side, Side], rules: DensityRules, h: Pair, order: number): DensityFit | undefined {
  const solution = solve(sides, rules, h, order, order);
  if (solution === undefined) return undefined;
  const density: Pair = [-solution.slopes[0] / h[0], solution.slopes[1] / h[1]];
  if (rules.variance === "plugin") return { density, ...plugIn(density, rules, h, order) };
  const [left, right, cross] = jackknife(sides, rules, h, solution);
  return { density, variance: [left / h[0] ** 2, right / h[1] ** 2], covariance: -cross / (h[0] * h[1]) };
}

/** Coefficient of `(x - c)^power` of a fit of order `order` on each side. */
export function densityCoefficient(
  sides: readonly [Side, Side],
  rules: DensityRules,
  h: Pair,
  order: number,
  power: number,
): Pair | undefined {
  const solution = solve(sides, rules, h, order, power);
  return solution && [solution.tops[0] * (-1 / h[0]) ** power, solution.tops[1] / h[1] ** power];
}

function solve(sides: readonly [Side, Side], rules: DensityRules, h: Pair, order: number, power: number): Solution | undefined {
  if (!(h[0] > 0 && h[1] > 0)) return undefined;
  return rules.restricted ? solveRestricted(sides, rules.kernel, h, order, power) : solveSeparate(sides, rules.kernel, h, order, power);
}

function moments(side: Side, kernel: Kernel, h: number, order: number): WindowMoments {
  return windowMoments(side, kernel, h, windowRows(side, h, kernel.closed), order);
}

function solveSeparate(sides: readonly [Side, Side], kernel: Kernel, h: Pair, order: number, power: number): Solution | undefined {
  const k = order + 1;
  const parts = sides.map((side, s) => {
    if (uniqueWithin(side, windowRows(side, h[s]!, kernel.closed)) < k) return undefined;
    const { gram, projections: projected } = moments(side, kernel, h[s]!, order);
    const matrix = new Float64Array(k * k);
    for (let i = 0; i < k; i++) for (let j = 0; j < k; j++) matrix[i * k + j] = gram[i + j]!;
    const factor = cholesky(matrix, k);
    if (factor === undefined) return undefined;
    return { coefficients: choleskyBackSolve(factor, k, projected), row: inverseFromFactor(factor, k).slice(k, 2 * k) };
  });
  const [left, right] = parts;
  if (left === undefined || right === undefined) return undefined;
  const none = new Float64Array(k);
  return {
    influence: [
      [left.row, none],
      [none, right.row],
    ],
    slopes: [left.coefficients[1]!, right.coefficients[1]!],
    tops: [left.coefficients[power]!, right.coefficients[power]!],
  };
}

/** Common intercept and higher powers, own slopes: columns 1, left slope, right slope, x^2, ..., in signed units of a common h. */
function solveRestricted(sides: readonly [Side, Side], kernel: Kernel, h: Pair, order: number, power: number): Solution | undefined {
  const k = order + 2;
  const matrix = new Float64Array(k * k);
  const right = new Float64Array(k);
  let unique = 0;
  sides.forEach((side, s) => {
    unique += uniqueWithin(side, windowRows(side, h[s]!, kernel.closed));
    const { gram, projections: projected } = moments(side, kernel, h[s]!, order);
    const shift = side.shifts[0]!;
    for (let i = 0; i <= order; i++) {
      const a = columnOf(i, s);
      const sign = signOf(side, i);
      right[a]! += (sign * (projected[i]! + shift * gram[i]!)) / h[s]!;
      for (let j = 0; j <= order; j++) matrix[a * k + columnOf(j, s)]! += (sign * signOf(side, j) * gram[i + j]!) / h[s]!;
    }
  });
  const factor = unique < k ? undefined : cholesky(matrix, k);
  if (factor === undefined) return undefined;
  const coefficients = choleskyBackSolve(factor, k, right);
  const inverse = inverseFromFactor(factor, k);
  const row = (target: 1 | 2, s: 0 | 1): Float64Array =>
    Float64Array.from({ length: order + 1 }, (_, j) => (inverse[target * k + columnOf(j, s)]! * signOf(sides[s], j)) / h[s]);
  const top = coefficients[columnOf(power, 0)]!;
  return {
    // slopes are with respect to signed x: the left one changes sign to be that of u
    influence: [
      [row(1, 0).map((v) => -v), row(1, 1).map((v) => -v)],
      [row(2, 0), row(2, 1)],
    ],
    slopes: [-coefficients[1]!, coefficients[2]!],
    tops: [top * (-1) ** power, top],
  };
}

/** Column of power `j` on side `s` in the restricted design. */
const columnOf = (j: number, s: number): number => (j === 0 ? 0 : j === 1 ? 1 + s : j + 1);
const signOf = (side: Side, j: number): number => (side.sign < 0 && j % 2 === 1 ? -1 : 1);

/**
 * Sums over rows of products of `L_i = sum over rows after i of the slope's influence`, divided by (N - 1)^2: left-left, right-right
 * and left-right, in u units: `S^-1 (L'L) S^-1` with `L_i` the influence of row i on the averages of the distribution function. Rows are
 * visited from the right end inward, then from the cutoff to the left end; tied rows all take the sum after the first of them.
 *
 * @see Cattaneo, Jansson & Ma (2020), JASA 115(531) 1449-1455, jackknife variance
 */
function jackknife(
  sides: readonly [Side, Side],
  { kernel, massPoints, total }: DensityRules,
  h: Pair,
  { influence }: Solution,
): [number, number, number] {
  const start: RunningSums = { after: [0, 0], sums: [0, 0, 0] };
  const right = addSide(sides[1], kernel, massPoints, h[1], [influence[0][1], influence[1][1]], start);
  const [l, r, cross] = addSide(sides[0], kernel, massPoints, h[0], [influence[0][0], influence[1][0]], right).sums;
  const scale = (total - 1) ** 2;
  return [l / scale, r / scale, cross / scale];
}

interface RunningSums {
  /** Influence of all rows visited, on the left and on the right slope. */
  readonly after: Pair;
  /** Left-left, right-right, left-right. */
  readonly sums: readonly [number, number, number];
}

/** One side's rows, inward on the right and outward on the left; a target without influence from this side keeps its sum. */
function addSide(
  side: Side,
  kernel: Kernel,
  massPoints: boolean,
  h: number,
  polynomials: readonly [Float64Array, Float64Array],
  { after, sums }: RunningSums,
): RunningSums {
  const { starts, distance } = side;
  const groups = uniqueWithin(side, windowRows(side, h, true));
  const [first, second] = polynomials.map((p) => p.some((value) => value !== 0));
  const [forLeft, forRight] = polynomials;
  const inward = side.sign > 0;
  let l = after[0];
  let r = after[1];
  let ll = sums[0];
  let rr = sums[1];
  let lr = sums[2];
  for (let step = 0; step < groups; step++) {
    const group = inward ? groups - 1 - step : step;
    const row = starts[group]!;
    const rows = starts[group + 1]! - row;
    const u = distance[row]! / h;
    const weight = kernelAt(kernel, u);
    const a = first ? weight * horner(forLeft, u) : 0;
    const b = second ? weight * horner(forRight, u) : 0;
    if (massPoints) {
      const onLeft = l + (rows - 1) * a;
      const onRight = r + (rows - 1) * b;
      ll += rows * onLeft * onLeft;
      rr += rows * onRight * onRight;
      lr += rows * onLeft * onRight;
      l += rows * a;
      r += rows * b;
      continue;
    }
    for (let i = 0; i < rows; i++) {
      ll += l * l;
      rr += r * r;
      lr += l * r;
      l += a;
      r += b;
    }
  }
  return { after: [l, r], sums: [ll, rr, lr] };
}

function horner(polynomial: Float64Array, u: number): number {
  let value = 0;
  for (let j = polynomial.length - 1; j >= 0; j--) value = value * u + polynomial[j]!;
  return value;
}

function plugIn(
  density: Pair,
  { kernel, restricted, total }: DensityRules,
  h: Pair,
  p: number,
): Pick<DensityFit, "variance" | "covariance"> {
  const constants = densityConstants(kernel.name, p);
  if (!restricted) {
    const k = p + 1;
    const factor = cholesky(constants.gamma, k)!;
    const row = choleskyBackSolve(
      factor,
      k,
      Float64Array.from({ length: k }, (_, j) => (j === 1 ? 1 : 0)),
    );
    const value = quadratic(row, constants.meat, row);
    return { variance: [(density[0] * value) / (total * h[0]), (density[1] * value) / (total * h[1])], covariance: 0 };
  }
  const bread = restrictedBread(constants, density, p);
  const k = p + 2;
  const meatRight = embed(constants.meat, p);
  const meatLeft = mirror(meatRight, p);
  const meat = meatRight.map((v, i) => density[1] ** 3 * v + density[0] ** 3 * meatLeft[i]!);
  const factor = cholesky(bread, k);
  if (factor === undefined) return { variance: [Number.NaN, Number.NaN], covariance: Number.NaN };
  const unit = (a: number): Float64Array =>
    choleskyBackSolve(
      factor,
      k,
      Float64Array.from({ length: k }, (_, j) => (j === a ? 1 : 0)),
    );
  const [l, r] = [unit(1), unit(2)];
  const scale = total * h[0];
  return { variance: [quadratic(l, meat, l) / scale, quadratic(r, meat, r) / scale], covariance: quadratic(l, meat, r) / scale };
}

function quadratic(a: Float64Array, M: Float64Array, b: Float64Array): number {
  const k = a.length;
  let sum = 0;
  for (let i = 0; i < k; i++) for (let j = 0; j < k; j++) sum += a[i]! * M[i * k + j]! * b[j]!;
  return sum;
}

/** A (p + 1) square matrix at intercept, right slope, x^2, ... of the restricted design. */
function embed(matrix: Float64Array, p: number): Float64Array {
  const k = p + 2;
  const out = new Float64Array(k * k);
  for (let i = 0; i <= p; i++) for (let j = 0; j <= p; j++) out[columnOf(i, 1) * k + columnOf(j, 1)] = matrix[i * (p + 1) + j]!;
  return out;
}

/** `Psi M Psi`: the same design seen from the other side. */
function mirror(matrix: Float64Array, p: number): Float64Array {
  const k = p + 2;
  const out = new Float64Array(k * k);
  for (let i = 0; i < k; i++) {
    for (let j = 0; j < k; j++) out[i * k + j] = mirrorSign(i) * mirrorSign(j) * matrix[mirrored(i) * k + mirrored(j)]!;
  }
  return out;
}

const mirrored = (i: number): number => (i === 1 ? 2 : i === 2 ? 1 : i);
const mirrorSign = (i: number): number => (i === 0 ? 1 : i <= 2 ? -1 : (i - 1) % 2 === 0 ? 1 : -1);

function restrictedBread(constants: DensityConstants, density: Pair, p: number): Float64Array {
  const gamma = embed(constants.gamma, p);
  const mirroredGamma = mirror(gamma, p);
  return gamma.map((v, i) => density[1] * v + density[0] * mirroredGamma[i]!);
}

/** Leading bias of the left and the right density per unit `h^p`, `tops` being the coefficients of `x^(p+1)`. */
export function densityBias(rules: DensityRules, density: Pair, tops: Pair, p: number): Pair {
  const constants = densityConstants(rules.kernel.name, p);
  if (!rules.restricted) {
    const k = p + 1;
    const solved = choleskyBackSolve(cholesky(constants.gamma, k)!, k, constants.next);
    return [(-1) ** p * tops[0] * solved[1]!, tops[1] * solved[1]!];
  }
  const k = p + 2;
  const bread = restrictedBread(constants, density, p);
  const right = new Float64Array(k);
  for (let i = 0; i <= p; i++) right[columnOf(i, 1)] = constants.next[i]!;
  const rhs = right.map((v, i) => tops[1] * (density[1] * v + (-1) ** (p + 1) * density[0] * mirrorSign(i) * right[mirrored(i)]!));
  const factor = cholesky(bread, k);
  if (factor === undefined) return [Number.NaN, Number.NaN];
  const solved = choleskyBackSolve(factor, k, rhs);
  return [solved[1]!, solved[2]!];
}
