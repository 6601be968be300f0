import type { Tail } from "../tail.ts";
import { logGamma, logGamma1p, stirlingCorrection } from "./log-gamma.ts";
import { deviance, log1pMinus } from "./log1p-minus.ts";
import type { LogTail } from "./solve-log-tail.ts";
import { tailIntegral } from "./tail-integral.ts";

const TWO_PI = 2 * Math.PI;

/** From this shape up the tails are integrated: series and fraction would take a number of terms of order √shape. */
const LARGE_SHAPE = 3000;

/** log(x^a e^-x / Γ(a + 1)) for a > 0 and x > 0 by Loader's saddle-point form, which does not cancel at x near a. */
export function logGammaKernel(a: number, x: number): number {
  return -deviance(a, x) - stirlingCorrection(a) - 0.5 * Math.log(TWO_PI * a);
}

/**
 * Tail of the gamma distribution with shape a and scale 1 at x: the regularised incomplete gamma functions
 * P(a, x) (lower) and Q(a, x) (upper), each to relative accuracy.
 */
export function gammaTail(a: number, x: number, tail: Tail): number {
  if (!(a > 0) || Number.isNaN(x)) return Number.NaN;
  if (x <= 0) return tail === "lower" ? 0 : 1;
  if (x === Number.POSITIVE_INFINITY) return tail === "lower" ? 1 : 0;
  if (tail === naturalTail(a, x)) return Math.exp(logGammaKernel(a, x)) * kernelRatio(a, x);
  if (tail === "upper" && a < 1) return upperOfSmallShape(a, x);
  return 1 - Math.exp(logGammaKernel(a, x)) * kernelRatio(a, x);
}

/**
 * Logarithm of {@link gammaTail} for 0 < x < Infinity, finite also where the tail itself underflows, and the size of
 * its derivative in log x.
 */
export function logGammaTail(a: number, x: number, tail: Tail): LogTail {
  const kernel = logGammaKernel(a, x);
  if (tail === naturalTail(a, x)) {
    const ratio = kernelRatio(a, x);
    return { logTail: kernel + Math.log(ratio), slope: a / ratio };
  }
  const probability = gammaTail(a, x, tail);
  return { logTail: Math.log(probability), slope: (a * Math.exp(kernel)) / probability };
}

/** The tail that is computed as such; the other one is then no small fraction of it, shapes below one apart. */
function naturalTail(a: number, x: number): Tail {
  return x < (a < 1 ? 1 : a) ? "lower" : "upper";
}

/** Natural tail over the kernel x^a e^-x / Γ(a + 1). */
function kernelRatio(a: number, x: number): number {
  const lower = naturalTail(a, x) === "lower";
  if (a >= LARGE_SHAPE) return lower ? lowerByIntegral(a, x) : upperByIntegral(a, x);
  return lower ? lowerSeries(a, x) : upperFraction(a, x);
}

/** Σ x^n / ((a+1)...(a+n)), DLMF 8.11.4. */
function lowerSeries(a: number, x: number): number {
  let sum = 1;
  let term = 1;
  for (let n = 1; term > 1e-17 * sum; n++) {
    term *= x / (a + n);
    sum += term;
  }
  return sum;
}

/** a times Legendre's continued fraction for Γ(a, x) x^-a e^x, DLMF 8.9.2 contracted, by the modified Lentz method. */
function upperFraction(a: number, x: number): number {
  const tiny = 1e-290;
  let b = x + 1 - a;
  let c = 1 / tiny;
  let d = 1 / (b === 0 ? tiny : b);
  let value = d;
  for (let n = 1; n < 100000; n++) {
    const numerator = n * (a - n);
    b += 2;
    d = numerator * d + b;
    c = b + numerator / c;
    d = 1 / (d === 0 ? tiny : d);
    const factor = c * d;
    value *= factor;
    if (Math.abs(factor - 1) < 2e-16) break;
  }
  return a * value;
}

/** P over the kernel: (a/x) ∫_0^x (1 - s/x)^(a-1) e^s ds. */
function lowerByIntegral(a: number, x: number): number {
  const slope = (a - 1 - x) / x;
  const exponent = (s: number): number => (a - 1) * log1pMinus(-s / x) - s * slope;
  return (a / x) * tailIntegral(exponent, slope, (a - 1) / (x * x), x);
}

/** Q over the kernel: (a/x) ∫_0^∞ (1 + s/x)^(a-1) e^-s ds. */
function upperByIntegral(a: number, x: number): number {
  const slope = (x - a + 1) / x;
  const exponent = (s: number): number => (a - 1) * log1pMinus(s / x) - s * slope;
  return (a / x) * tailIntegral(exponent, slope, (a - 1) / (x * x), Number.POSITIVE_INFINITY);
}

/** Q(a, x) = 1 - x^a/Γ(1+a) (1 + a Σ (-x)^n/(n! (a+n))) for a < 1, x < 1, relative to its size of order a. */
function upperOfSmallShape(a: number, x: number): number {
  let sum = 0;
  let power = 1;
  for (let n = 1; n < 40; n++) {
    power *= -x / n;
    sum += power / (a + n);
    if (Math.abs(power) < 1e-18) break;
  }
  const logFactorial = a <= 0.5 ? logGamma1p(a) : logGamma(1 + a);
  return -Math.expm1(a * Math.log(x) - logFactorial + Math.log1p(a * sum));
}
