import type { Tail } from "../tail.ts";
import { logGamma, logGamma1p, logGammaRatio, stirlingCorrection } from "./log-gamma.ts";
import { deviance, log1pMinus } from "./log1p-minus.ts";
import type { LogTail } from "./solve-log-tail.ts";
import { tailIntegral } from "./tail-integral.ts";

const TWO_PI = 2 * Math.PI;

/** With both shapes from here up the tails are integrated: the fraction would take of order √shape terms. */
const LARGE_SHAPE = 3000;

/** A point of (0, 1) with its complement, x + y = 1, both given so that neither end loses digits. */
export interface UnitPoint {
  readonly x: number;
  readonly y: number;
}

/** log(x^a y^b / B(a, b)) by Loader's saddle-point form: the deviances at the mean cancel nothing. */
export function logBetaKernel({ x, y }: UnitPoint, a: number, b: number): number {
  const n = a + b;
  const corrections = stirlingCorrection(n) - stirlingCorrection(a) - stirlingCorrection(b);
  const scale = a < b ? a / (1 + a / b) : b / (1 + b / a);
  return corrections - deviance(a, n * x) - deviance(b, n * y) + 0.5 * Math.log(scale / TWO_PI);
}

/** Tail of the beta distribution: the regularised incomplete beta I_x(a, b) (lower) or I_y(b, a) (upper). */
export function betaTail(point: UnitPoint, [a, b]: readonly [number, number], tail: Tail): number {
  const { x, y } = point;
  if (!(a > 0 && b > 0) || Number.isNaN(x)) return Number.NaN;
  if (x <= 0) return tail === "lower" ? 0 : 1;
  if (y <= 0) return tail === "lower" ? 1 : 0;
  const natural = naturalTail(point, a, b);
  const value = Math.exp(logBetaKernel(point, a, b)) * kernelRatio(point, a, b);
  if (tail === natural) return value;
  if (natural === "lower" && a < 1) return complementOfSmallShape(x, a, b);
  if (natural === "upper" && b < 1) return complementOfSmallShape(y, b, a);
  return 1 - value;
}

/**
 * Logarithm of {@link betaTail} for 0 < x < 1, finite also where the tail itself underflows, and the size of its
 * derivative in log(x/y).
 */
export function logBetaTail(point: UnitPoint, shapes: readonly [number, number], tail: Tail): LogTail {
  const [a, b] = shapes;
  const kernel = logBetaKernel(point, a, b);
  if (tail === naturalTail(point, a, b)) {
    const ratio = kernelRatio(point, a, b);
    return { logTail: kernel + Math.log(ratio), slope: 1 / ratio };
  }
  const probability = betaTail(point, shapes, tail);
  return { logTail: Math.log(probability), slope: Math.exp(kernel) / probability };
}

/**
 * The tail on the point's side of the mean a/(a+b), shapes below one counted as one: there fraction and integral are
 * well conditioned, and the other tail is either no small fraction or, for a small shape, has a series of its own.
 */
function naturalTail({ x, y }: UnitPoint, a: number, b: number): Tail {
  return Math.max(a, 1) * y >= Math.max(b, 1) * x ? "lower" : "upper";
}

/** Natural tail over the kernel x^a y^b / B(a, b). */
function kernelRatio(point: UnitPoint, a: number, b: number): number {
  const { x, y } = point;
  const ratio = Math.min(a, b) >= LARGE_SHAPE ? lowerByIntegral : lowerFraction;
  return naturalTail(point, a, b) === "lower" ? ratio(x, y, [a, b]) : ratio(y, x, [b, a]);
}

/**
 * I_x(a, b) over the kernel on the lower side of the mean: the even part of the continued fraction DLMF 8.17.22,
 * Didonato & Morris (1992), doi:10.1145/131766.131776, by the modified Lentz method.
 */
function lowerFraction(x: number, y: number, [a, b]: readonly [number, number]): number {
  const tiny = 1e-290;
  const lambda = a * y - b * x;
  let value = (a / (a + 1)) * (lambda + 1);
  let c = value;
  let d = 0;
  for (let n = 1; n < 100000; n++) {
    const e = 2 * n - 1 + a;
    const numerator = ((((n - 1 + a) / e) * (n - 1 + (a + b))) / e) * n * (b - n) * x * x;
    const denominator = n + (n * (b - n) * x) / e + ((a + n) / (e + 2)) * (lambda + 1 + n * (1 + y));
    d = denominator + numerator * d;
    d = 1 / (d === 0 ? tiny : d);
    c = denominator + numerator / c;
    if (c === 0) c = tiny;
    const factor = c * d;
    value *= factor;
    if (Math.abs(factor - 1) < 2e-16) break;
  }
  return 1 / value;
}

/** I_x(a, b) over the kernel: 1/(xy) ∫_0^x (1 - s/x)^(a-1) (1 + s/y)^(b-1) ds. */
function lowerByIntegral(x: number, y: number, [a, b]: readonly [number, number]): number {
  const slope = ((a - 1) * y - (b - 1) * x) / (x * y);
  const curvature = (a - 1) / (x * x) + (b - 1) / (y * y);
  const exponent = (s: number): number => (a - 1) * log1pMinus(-s / x) + (b - 1) * log1pMinus(s / y) - s * slope;
  return tailIntegral(exponent, slope, curvature, x) / (x * y);
}

/**
 * 1 - I_x(a, b) for a < 1 and x on the lower side, relative to its size of order a:
 * I_x = x^a/(a B(a, b)) (1 + a Σ (1-b)_n x^n/(n! (a+n))), where bx <= 1 keeps the series short.
 */
function complementOfSmallShape(x: number, a: number, b: number): number {
  let sum = 0;
  let coefficient = 1;
  for (let n = 1; n < 1000; n++) {
    coefficient *= ((n - b) / n) * x;
    const term = coefficient / (a + n);
    sum += term;
    if (Math.abs(term) < 1e-18) break;
  }
  const logFactorial = a <= 0.5 ? logGamma1p(a) : logGamma(1 + a);
  return -Math.expm1(a * Math.log(x) - logFactorial + logGammaRatio(a, b) + Math.log1p(a * sum));
}
