import { IdentificationError } from "../core/errors.ts";
import { choleskyInverse, multiply, sandwich, symmetricEigen, transpose } from "../linalg/index.ts";
import type { GroupCodes } from "../moments/index.ts";
import { andrewsBandwidth, kernelWeight, neweyWestBandwidth, type SerialKernel } from "./bandwidth.ts";
import { type Covariance, covarianceFrom, type EstimatingEquations } from "./covariance.ts";
import { denseScores, scoreWidth } from "./scores.ts";
import { countParameters, type SmallSample } from "./small-sample.ts";
import { residualDegreesOfFreedom } from "./vcov-iid.ts";

/** Choices of {@link hacCovariance}. */
export interface HacOptions {
  /** Order of the rows in time, one row a period. */
  readonly time: GroupCodes;
  readonly kernel: SerialKernel;
  /** In periods; or a plug-in rule. With Bartlett and `"neweyWest"` it is the whole part of the rule plus 1. */
  readonly bandwidth: number | "andrews" | "neweyWest";
  /** Order of the vector autoregression that is fitted to the scores first; 0 for none. */
  readonly prewhiten: number;
}

/** Weights of lags below this are left out (they still alternate in sign under the quadratic spectral kernel). */
const NEGLIGIBLE = 1e-7;

/**
 * Kernel covariance of a single time series, robust to heteroskedasticity and serial correlation; times n/(n-K), n - K degrees of freedom.
 * @throws IdentificationError `DUPLICATE_TIME`: several rows in one period.
 * @see Andrews (1991), doi:10.2307/2938229; Andrews & Monahan (1992), doi:10.2307/2951574
 */
export function hacCovariance(
  equations: EstimatingEquations,
  options: HacOptions,
  settings: SmallSample,
): Covariance & { readonly bandwidth: number } {
  const { time, kernel, prewhiten } = options;
  const { scores: sorted, width: k } = orderedScores(equations, time);
  const white = prewhiten > 0 ? whiten(sorted, k, prewhiten) : undefined;
  const u = white?.residuals ?? sorted;
  const constant = equations.scores.constant;
  const bandwidth = bandwidthOf(options, u, k, constant);
  const meat = kernelSum(u, k, kernel, bandwidth);
  const coloured = white === undefined ? meat : sandwich(white.recolour, meat, k, k);
  const { observations: n, counts } = equations;
  const parameters = countParameters(counts, settings, undefined);
  const factor = settings.adjustParameters ? n / (n - parameters) : 1;
  const degreesOfFreedom = residualDegreesOfFreedom(equations, settings, parameters, n - parameters);
  const matrix = covarianceFrom(
    { ...equations, bread: plainBread(equations, k), transform: undefined },
    coloured.map((value) => value * factor),
  );
  return { matrix, degreesOfFreedom, jointDegreesOfFreedom: degreesOfFreedom, parameters, warnings: [], bandwidth };
}

/** Scores in the coefficients' basis, row-major, in order of time. @throws IdentificationError `DUPLICATE_TIME`. */
export function orderedScores(equations: EstimatingEquations, time: GroupCodes): { readonly scores: Float64Array; readonly width: number } {
  if (time.count < time.codes.length) {
    throw new IdentificationError(
      "DUPLICATE_TIME",
      `Cannot order the rows in time as each needs its own period: ${time.codes.length} rows have ${time.count}`,
      { rows: time.codes.length, periods: time.count },
    );
  }
  const k = scoreWidth(equations.scores);
  const dense = inCoefficients(equations, denseScores(equations.scores), k);
  const scores = new Float64Array(dense.length);
  time.codes.forEach((t, i) => {
    scores.set(dense.subarray(i * k, (i + 1) * k), t * k);
  });
  return { scores, width: k };
}

/**
 * Scores in the basis of the coefficients (not centred): rules and prewhitening depend on the basis.
 * With `b = T a` the scores transform by `T^-T`: here only the constant's row of T differs from the identity.
 */
function inCoefficients({ scores, transform }: EstimatingEquations, dense: Float64Array, k: number): Float64Array {
  if (transform === undefined) return dense;
  const out = dense.slice();
  for (let i = 0; i < scores.multiplier.length; i++) {
    for (let j = 1; j < k; j++) out[i * k + j]! -= transform[j]! * dense[i * k]!;
  }
  return out;
}

function plainBread({ bread, transform }: EstimatingEquations, k: number): Float64Array {
  return transform === undefined ? bread : sandwich(transform, bread, k, k);
}

function bandwidthOf({ bandwidth, kernel, prewhiten }: HacOptions, u: Float64Array, k: number, constant: boolean): number {
  if (typeof bandwidth === "number") return bandwidth;
  if (bandwidth === "andrews" || kernel === "tukeyHanning" || kernel === "truncated") return andrewsBandwidth(u, k, constant, kernel);
  const plugIn = neweyWestBandwidth(u, k, constant, kernel, prewhiten);
  return kernel === "bartlett" ? Math.floor(plugIn) + 1 : plugIn;
}

function kernelSum(u: Float64Array, k: number, kernel: SerialKernel, bandwidth: number): Float64Array {
  const n = u.length / k;
  const weights: number[] = [];
  for (let lag = 0; lag < n; lag++) weights.push(kernelWeight(kernel, lag / bandwidth));
  while (weights.length > 1 && Math.abs(weights[weights.length - 1]!) <= NEGLIGIBLE) weights.pop();
  const meat = new Float64Array(k * k);
  weights.forEach((weight, lag) => {
    const part = new Float64Array(k * k);
    for (let t = lag; t < n; t++) {
      for (let a = 0; a < k; a++) for (let b = 0; b < k; b++) part[a * k + b]! += u[t * k + a]! * u[(t - lag) * k + b]!;
    }
    const back = transpose(part, k, k);
    for (let p = 0; p < part.length; p++) meat[p]! += lag === 0 ? weight * part[p]! : weight * (part[p]! + back[p]!);
  });
  return meat;
}

/**
 * Residuals of `u_t = A_1 u_(t-1) + ... + A_p u_(t-p) + v_t`, fitted by least squares, and `(I - A_1 - ... - A_p)^-1`.
 * @throws IdentificationError `TOO_FEW_ROWS`: no more rows than coefficients of one equation.
 */
export function whiten(u: Float64Array, k: number, order: number): { readonly residuals: Float64Array; readonly recolour: Float64Array } {
  const rows = u.length / k - order;
  const width = k * order;
  if (rows <= width) {
    throw new IdentificationError(
      "TOO_FEW_ROWS",
      `Cannot prewhiten the scores by an autoregression of order ${order} as more periods than coefficients are needed: ${rows} for ${width}`,
      { periods: rows, coefficients: width },
    );
  }
  const before = new Float64Array(rows * width);
  for (let t = 0; t < rows; t++) {
    for (let lag = 1; lag <= order; lag++)
      before.set(u.subarray((t + order - lag) * k, (t + order - lag + 1) * k), t * width + (lag - 1) * k);
  }
  const now = u.subarray(order * k);
  const square = multiply(transpose(before, rows, width), before, width, rows, width);
  const cross = multiply(transpose(now, rows, k), before, k, rows, width);
  const A = multiply(cross, choleskyInverse(square, width) ?? new Float64Array(width * width), k, width, width);
  const fitted = multiply(before, transpose(A, k, width), rows, width, k);
  const residuals = now.map((value, p) => value - fitted[p]!);
  const difference = new Float64Array(k * k);
  for (let a = 0; a < k; a++) {
    difference[a * k + a] = 1;
    for (let p = 0; p < width; p++) difference[a * k + (p % k)]! -= A[a * width + p]!;
  }
  return { residuals, recolour: generalInverse(difference, k) };
}

/** `M^-1 = (M'M)^-1 M'`. */
function generalInverse(M: Float64Array, k: number): Float64Array {
  const Mt = transpose(M, k, k);
  const { values, vectors } = symmetricEigen(multiply(Mt, M, k, k, k), k);
  const inverse = multiply(
    vectors.map((value, p) => value / values[p % k]!),
    transpose(vectors, k, k),
    k,
    k,
    k,
  );
  return multiply(inverse, Mt, k, k, k);
}
