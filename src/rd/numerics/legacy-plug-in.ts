import { cholesky, choleskyBackSolve } from "../../linalg/index.ts";
import { factorial } from "./contrast.ts";
import { KERNELS, type Kernel } from "./kernel.ts";
import { localFit } from "./local-fit.ts";
import { polynomialFit } from "./polynomial-fit.ts";
import { weightedResiduals } from "./residuals.ts";
import { coefficientVariance } from "./scores.ts";
import { type Side, windowRows } from "./side.ts";
import { tiedNeighbourResiduals } from "./tied-neighbours.ts";

/** Main and bias bandwidth. */
export interface LegacyBandwidths {
  readonly h: number;
  readonly b: number;
}

/** Which polynomials the bandwidths are for, and how their pilots are made. */
export interface LegacyPlan {
  /** Orders of the estimate and of its bias correction, the latter larger. */
  readonly order: number;
  readonly biasOrder: number;
  readonly derivative: number;
  /** Factor of the variances of estimated derivatives. */
  readonly regularization: number;
  /** Residuals of the pilot variances, direct plug-in. */
  readonly residuals: "nearestNeighbour" | "fitted";
  /** Distinct distances of the nearest neighbours. */
  readonly matches: number;
}

type Sides = readonly [Side, Side];

/** In powers of the distance from the cutoff the left side's coefficients enter an effect on derivative `v` with the sign `-(-1)^v`. */
const jumpOf = ({ derivative }: LegacyPlan, left: number, right: number): number => right - (derivative % 2 === 0 ? left : -left);

const CONTRAST = Float64Array.of(1);

/** Constants of coefficient `v` of a boundary polynomial of order `p`: `e_v' G^-1 Psi G^-1 e_v` and `e_v' G^-1 theta`. */
function boundaryConstants({ polynomial: K }: Kernel, v: number, p: number): { readonly variance: number; readonly bias: number } {
  const k = p + 1;
  const moment = (coefficients: ArrayLike<number>, j: number): number => {
    let sum = 0;
    for (let m = 0; m < coefficients.length; m++) sum += coefficients[m]! / (j + m + 1);
    return sum;
  };
  const square = new Float64Array(2 * K.length - 1);
  for (let i = 0; i < K.length; i++) for (let j = 0; j < K.length; j++) square[i + j]! += K[i]! * K[j]!;
  const gram = Float64Array.from({ length: k * k }, (_, at) => moment(K, Math.floor(at / k) + (at % k)));
  const factor = cholesky(gram, k)!;
  const row = choleskyBackSolve(
    factor,
    k,
    Float64Array.from({ length: k }, (_, j) => (j === v ? 1 : 0)),
  );
  let variance = 0;
  let bias = 0;
  for (let i = 0; i < k; i++) {
    bias += row[i]! * moment(K, i + p + 1);
    for (let j = 0; j < k; j++) variance += row[i]! * row[j]! * moment(square, i + j);
  }
  return { variance, bias };
}

/**
 * Imbens & Kalyanaraman (2012), section 4.2, and the same three steps for the derivative that corrects the bias: density and variances within
 * `1.84 S n^(-1/5)`; derivative m of order p + 2 from a global polynomial with a jump between the sides' medians; that gives the pilot
 * of a local polynomial of order p + 1 (uniform kernel) whose top derivative enters the bandwidth, with three times its variance added.
 */
export function curvatureBandwidths(sides: Sides, kernel: Kernel, deviation: number, plan: LegacyPlan): LegacyBandwidths | undefined {
  const n = sides[0].rows + sides[1].rows;
  const pilot = 1.84 * deviation * n ** -0.2;
  const near = sides.map((side) => windowRows(side, pilot, true)) as [number, number];
  const density = (near[0] + near[1]) / (2 * n * pilot);
  const variances = sides.map((side, s) => sampleVariance(side.columns[0]!, near[s]!)) as [number, number];
  const h = curvatureStep(sides, kernel, density, variances, plan, plan.derivative, plan.order);
  const b = curvatureStep(sides, kernel, density, variances, plan, plan.order + 1, plan.biasOrder);
  return h === undefined || b === undefined ? undefined : { h, b };
}

/** Bandwidth for derivative `v` of a local polynomial of order `p`. */
function curvatureStep(
  sides: Sides,
  kernel: Kernel,
  density: number,
  variances: readonly number[],
  plan: LegacyPlan,
  v: number,
  p: number,
): number | undefined {
  const next = p + 1;
  const top = boundaryConstants(KERNELS.uniform, next, next);
  const topVariance = factorial(next) ** 2 * top.variance;
  const topBias = (factorial(next) * top.bias) / factorial(next + 1);
  const higher = factorial(next + 1) * jumpPolynomialTop(sides, next + 1);
  const found = sides.map((side, s) => {
    const width = (((2 * next + 1) / 2) * topVariance * variances[s]!) / (topBias ** 2 * density * higher ** 2 * side.rows);
    const reach = width ** (1 / (2 * next + 3));
    const rows = windowRows(side, reach, true);
    const b = polynomialFit(side.distance.subarray(0, rows), side.columns[0]!.subarray(0, rows), undefined, next);
    if (b === undefined) return undefined;
    return { derivative: factorial(next) * b[next]!, ridge: (3 * topVariance * variances[s]!) / (rows * reach ** (2 * next)) };
  });
  const [left, right] = found;
  if (left === undefined || right === undefined) return undefined;
  const { variance, bias } = boundaryConstants(kernel, v, p);
  const constant = (((2 * v + 1) / (2 * (next - v))) * factorial(v) ** 2 * variance) / ((factorial(v) * bias) / factorial(next)) ** 2;
  const loss = jumpOf(plan, left.derivative, right.derivative) ** 2 + plan.regularization * (left.ridge + right.ridge);
  const n = sides[0].rows + sides[1].rows;
  return ((constant * (variances[0]! + variances[1]!)) / (density * n * loss)) ** (1 / (2 * p + 3));
}

function sampleVariance(values: Float64Array, rows: number): number {
  let mean = 0;
  for (let i = 0; i < rows; i++) mean += values[i]! / rows;
  let sum = 0;
  for (let i = 0; i < rows; i++) sum += (values[i]! - mean) ** 2;
  return sum / (rows - 1);
}

/** Top coefficient of a polynomial with a jump at the cutoff among the rows between the medians of both sides. */
function jumpPolynomialTop(sides: Sides, order: number): number {
  const rows = sides.map((side) => {
    const half = side.rows >> 1;
    const median = side.rows % 2 === 1 ? side.distance[half]! : (side.distance[half - 1]! + side.distance[half]!) / 2;
    return windowRows(side, median, true);
  }) as [number, number];
  const x = new Float64Array(rows[0] + rows[1]);
  const y = new Float64Array(x.length);
  const jump = new Float64Array(x.length);
  sides.forEach((side, s) => {
    for (let i = 0; i < rows[s]!; i++) {
      const at = s * rows[0] + i;
      x[at] = side.sign * side.distance[i]!;
      y[at] = side.columns[0]![i]!;
      jump[at] = s;
    }
  });
  // the jump is partialled out of outcome and top power (Frisch & Waugh)
  const [fitY, fitJ] = [polynomialFit(x, y, undefined, order), polynomialFit(x, jump, undefined, order)];
  if (fitY === undefined || fitJ === undefined) return Number.NaN;
  const at = (b: Float64Array, t: number): number => b.reduceRight((value, coefficient) => value * t + coefficient, 0);
  let [cross, own] = [0, 0];
  for (let i = 0; i < x.length; i++) {
    const rest = jump[i]! - at(fitJ, x[i]!);
    cross += rest * (y[i]! - at(fitY, x[i]!));
    own += rest * rest;
  }
  return fitY[order]! - (cross / own) * fitJ[order]!;
}

/**
 * Direct plug-in of Calonico, Cattaneo & Titiunik (2014), supplement S.2.6, for a polynomial of order p and its correction of order q:
 * variances at the pilot `v`; a bandwidth for derivative q + 1 from global polynomials of order q + 2 on each side; with it one for
 * derivative p + 1; with that the main one. Bias constants are those of the kernel; three times the variance of each estimated derivative
 * is added, times `regularization`.
 */
export function directPlugIn(sides: Sides, kernel: Kernel, pilot: number, plan: LegacyPlan): LegacyBandwidths | undefined {
  const { order: p, biasOrder: q } = plan;
  const tools: PlugIn = { sides, kernel, pilot, plan };
  const global = sides.map((side) => {
    const b = polynomialFit(side.distance, side.columns[0]!, undefined, q + 2);
    return b && { coefficient: b[q + 2]!, variance: 0 };
  });
  const c = plugInStep(tools, q + 1, q + 1, global);
  if (c === undefined) return undefined;
  const b = plugInStep(tools, p + 1, q, topCoefficients(tools, c, q + 1, q + 1));
  if (b === undefined) return undefined;
  const h = plugInStep(tools, plan.derivative, p, topCoefficients(tools, b, q, p + 1));
  return h === undefined ? undefined : { h, b };
}

interface PlugIn {
  readonly sides: Sides;
  readonly kernel: Kernel;
  readonly pilot: number;
  readonly plan: LegacyPlan;
}

/** A coefficient of an outward power with its variance. */
interface Top {
  readonly coefficient: number;
  readonly variance: number;
}

/** Coefficient `v` of each side's polynomial. */
function topCoefficients({ sides, kernel, plan }: PlugIn, width: number, order: number, v: number): (Top | undefined)[] {
  return sides.map((side) => {
    const fit = localFit(side, kernel, width, order);
    if (fit === undefined) return undefined;
    const unit = width ** v;
    return { coefficient: fit.coefficients[v]! / unit, variance: pilotVariance(side, kernel, width, order, v, plan)! / unit ** 2 };
  });
}

function pilotVariance(
  side: Side,
  kernel: Kernel,
  width: number,
  order: number,
  v: number,
  { residuals: rule, matches }: LegacyPlan,
): number | undefined {
  const fit = localFit(side, kernel, width, order);
  const residuals =
    fit === undefined
      ? undefined
      : rule === "fitted"
        ? weightedResiduals(side, kernel, "HC0", fit, CONTRAST, fit.rows)
        : tiedNeighbourResiduals(side, fit.rows, matches);
  if (fit === undefined || residuals === undefined) return undefined;
  return coefficientVariance(side, kernel, fit, v, residuals, { clustered: false, factor: false });
}

function plugInStep({ sides, kernel, pilot, plan }: PlugIn, v: number, p: number, tops: readonly (Top | undefined)[]): number | undefined {
  const [left, right] = tops;
  const variances = sides.map((side) => pilotVariance(side, kernel, pilot, p, v, plan));
  if (left === undefined || right === undefined || variances[0] === undefined || variances[1] === undefined) return undefined;
  const { bias } = boundaryConstants(kernel, v, p);
  // each step serves the next one's bias, so all combine the sides as the effect on the derivative does
  const jump = jumpOf(plan, left.coefficient, right.coefficient);
  const loss = bias ** 2 * (jump ** 2 + 3 * plan.regularization * (left.variance + right.variance));
  // variances are of coefficients in distance over pilot: times pilot they are the constants of the expansion
  const total = (2 * v + 1) * pilot * (variances[0] + variances[1]);
  return (total / (2 * (p + 1 - v) * loss)) ** (1 / (2 * p + 3));
}
