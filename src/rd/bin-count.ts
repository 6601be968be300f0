import { standardDeviation } from "./design.ts";
import { KERNELS } from "./numerics/kernel.ts";
import { type LocalFit, localFit } from "./numerics/local-fit.ts";
import { buildSide } from "./numerics/side.ts";

/** Highest order of the polynomial behind the number of bins; lower when a side has too few distinct values. */
const PILOT_ORDER = 4;

/** Bins of equal width or of equal counts; variance from differences of neighbours or from polynomials. */
export interface BinRule {
  readonly spacing: "even" | "quantile";
  readonly estimator: "spacings" | "polynomial";
}

/** Numbers of bins on one side: minimising the integrated mean squared error, and mimicking the variability of the data. */
export interface BinCounts {
  readonly imse: number;
  readonly mimicking: number;
}

/** One side, ascending in `x`. */
export interface BinSide {
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** Length of the side's support. */
  readonly length: number;
}

interface Curves {
  /** Squared slope of the regression function. */
  readonly slopeSquared: (x: number) => number;
  /** Conditional variance. */
  readonly variance: (x: number) => number;
}

/**
 * Numbers of bins of one side from global polynomials of outcome and squared outcome.
 *
 * @see Calonico, Cattaneo & Titiunik (2015), JASA 110(512) 1753-1769, theorems 1-4
 */
export function binCounts(side: BinSide, total: number, rule: BinRule): BinCounts | undefined {
  const curves = globalCurves(side);
  if (curves === undefined) return undefined;
  const bias = rule.spacing === "even" ? evenBias(side, total, curves) : quantileBias(side, total, curves);
  const variance = rule.spacing === "even" ? evenVariance(side, rule, curves) : quantileVariance(side, rule, curves);
  const spread = standardDeviation(side.y) ** 2;
  return {
    imse: Math.ceil(((2 * bias * total) / variance) ** (1 / 3)),
    mimicking: Math.ceil(((spread / variance) * total) / Math.log(total) ** 2),
  };
}

function globalCurves({ x, y }: BinSide): Curves | undefined {
  const rows = x.length;
  const range = x[rows - 1]! - x[0]!;
  const squares = y.map((value) => value * value);
  const arrays = {
    sign: 1 as const,
    x,
    distance: x.map((value) => value - x[0]!),
    columns: [y, squares],
    shifts: new Float64Array(2),
    weights: undefined,
    clusters: undefined,
    clusterCount: 0,
  };
  const side = buildSide(arrays, { kernel: KERNELS.uniform, maximumOrder: PILOT_ORDER, outcomeColumns: 2, matches: 0 });
  let fit: LocalFit | undefined;
  for (let order = PILOT_ORDER; order >= 2 && fit === undefined; order--) fit = localFit(side, KERNELS.uniform, range, order);
  if (fit === undefined) return undefined;
  const { coefficients, order } = fit;
  const value = (a: number, u: number): number => {
    let sum = 0;
    for (let j = order; j >= 0; j--) sum = sum * u + coefficients[a * (order + 1) + j]!;
    return sum;
  };
  const overall = standardDeviation(y) ** 2;
  return {
    slopeSquared: (at) => {
      const u = (at - x[0]!) / range;
      let slope = 0;
      for (let j = order; j >= 1; j--) slope = slope * u + j * coefficients[j]!;
      return (slope / range) ** 2;
    },
    variance: (at) => {
      const u = (at - x[0]!) / range;
      const conditional = value(1, u) - value(0, u) ** 2;
      return conditional < 0 ? overall : conditional;
    },
  };
}

function evenBias({ x, length }: BinSide, total: number, { slopeSquared }: Curves): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += slopeSquared(x[i]!);
  return (length ** 2 / (12 * total)) * sum;
}

function evenVariance({ x, y, length }: BinSide, { estimator }: BinRule, { variance }: Curves): number {
  let sum = 0;
  for (let i = 1; i < x.length; i++) {
    const step = x[i]! - x[i - 1]!;
    sum += step * (estimator === "spacings" ? (y[i]! - y[i - 1]!) ** 2 / 2 : variance((x[i]! + x[i - 1]!) / 2));
  }
  return sum / length;
}

function quantileBias({ x }: BinSide, total: number, { slopeSquared }: Curves): number {
  let sum = 0;
  for (let i = 1; i < x.length; i++) sum += (x[i]! - x[i - 1]!) ** 2 * slopeSquared((x[i]! + x[i - 1]!) / 2);
  return (x.length ** 2 / (24 * total)) * sum;
}

function quantileVariance({ x, y }: BinSide, { estimator }: BinRule, { variance }: Curves): number {
  let sum = 0;
  if (estimator === "spacings") for (let i = 1; i < y.length; i++) sum += (y[i]! - y[i - 1]!) ** 2 / 2;
  else for (let i = 0; i < x.length; i++) sum += variance(x[i]!);
  return sum / x.length;
}
