import { cholesky, choleskyBackSolve, pseudoInverse } from "../../linalg/index.ts";
import type { Kernel } from "./kernel.ts";
import { type LocalFit, rawCoefficient } from "./local-fit.ts";
import type { Side } from "./side.ts";
import { crossMoment } from "./window-moments.ts";

/** Share of a covariate's sum of squares left after the others below which the pseudo-inverse takes over. */
const COLLINEAR = 1e-12;

/** Share of a covariate's sum of squares below which what the polynomials leave of it is rounding. */
const ROUNDING = 1e-11;

/** Which effect a linear combination of the columns gives. */
export type EffectKind = "sharp" | "fuzzy" | "firstStage";

/** Coefficients of covariates on outcome and treatment: covariates by outcome columns, row-major. */
export type Adjustment = Float64Array;

/**
 * Covariate coefficients common to the given sides: `(sum of Z~'W Z~)^+ sum of Z~'W D~`, the tilde marking residuals of the
 * polynomial fit within each side (Calonico, Cattaneo, Farrell & Titiunik 2019, equation 4). Zero for covariates that the polynomials
 * fit exactly. Empty without covariates.
 */
export function covariateAdjustment(sides: readonly Side[], fits: readonly LocalFit[], kernel: Kernel, outcomeColumns: number): Adjustment {
  const columns = sides[0]!.columns.length;
  const nz = columns - outcomeColumns;
  const gram = new Float64Array(nz * nz);
  const right = new Float64Array(nz * outcomeColumns);
  if (nz === 0) return right;
  const totals = new Float64Array(nz);
  sides.forEach((side, s) => {
    const fit = fits[s]!;
    const k = fit.order + 1;
    for (let z = 0; z < nz; z++) {
      for (let a = 0; a < columns; a++) {
        let value = crossMoment(side, kernel, fit.h, fit.rows, z, a);
        const at = (outcomeColumns + z) * k;
        if (a === outcomeColumns + z) totals[z]! += value / fit.h;
        for (let j = 0; j < k; j++) value -= fit.projections[at + j]! * fit.coefficients[a * k + j]!;
        value /= fit.h; // kernel weights are K(u)/h: it matters when the two sides have different bandwidths
        if (a < outcomeColumns) right[z * outcomeColumns + a]! += value;
        else gram[z * nz + a - outcomeColumns]! += value;
      }
    }
  });
  for (let z = 0; z < nz; z++) {
    if (gram[z * nz + z]! > ROUNDING * totals[z]!) continue;
    for (let j = 0; j < nz; j++) gram[z * nz + j] = gram[j * nz + z] = 0;
    right.fill(0, z * outcomeColumns, (z + 1) * outcomeColumns);
  }
  return solveColumns(gram, nz, right, outcomeColumns);
}

function solveColumns(gram: Float64Array, nz: number, right: Float64Array, count: number): Float64Array {
  const factor = wellConditioned(gram, cholesky(gram, nz), nz);
  const inverse = factor === undefined ? pseudoInverse(gram, nz) : undefined;
  const out = new Float64Array(nz * count);
  for (let a = 0; a < count; a++) {
    const r = Float64Array.from({ length: nz }, (_, z) => right[z * count + a]!);
    const solved = factor === undefined ? new Float64Array(nz) : choleskyBackSolve(factor, nz, r);
    if (inverse !== undefined) for (let i = 0; i < nz; i++) for (let j = 0; j < nz; j++) solved[i]! += inverse[i * nz + j]! * r[j]!;
    for (let z = 0; z < nz; z++) out[z * count + a] = solved[z]!;
  }
  return out;
}

/** A factor none of whose pivots has lost nearly all of its column: else covariates are collinear within the window. */
function wellConditioned(gram: Float64Array, factor: Float64Array | undefined, n: number): Float64Array | undefined {
  if (factor === undefined) return undefined;
  for (let i = 0; i < n; i++) if (factor[i * n + i]! ** 2 < COLLINEAR * gram[i * n + i]!) return undefined;
  return factor;
}

/** Outcome and first-stage effect that a fuzzy combination is linearised around. */
export interface RatioPoint {
  readonly outcome: number;
  readonly treatment: number;
}

/**
 * Weights of the columns whose residuals make the variance: `(1, -gamma_y)` sharp; `(1, -gamma_T)` on the treatment for the first
 * stage; the linearised ratio `(1/t_T, -t_Y/t_T^2)` with the same combination of the covariates for fuzzy.
 */
export function effectContrast(
  kind: EffectKind,
  columns: number,
  outcomeColumns: number,
  gamma: Adjustment,
  at?: RatioPoint,
): Float64Array {
  const contrast = new Float64Array(columns);
  if (kind === "sharp") contrast[0] = 1;
  else if (kind === "firstStage") contrast[1] = 1;
  else {
    contrast[0] = 1 / at!.treatment;
    contrast[1] = -at!.outcome / at!.treatment ** 2;
  }
  for (let z = 0; z < columns - outcomeColumns; z++) {
    let value = 0;
    for (let a = 0; a < outcomeColumns; a++) value -= contrast[a]! * gamma[z * outcomeColumns + a]!;
    contrast[outcomeColumns + z] = value;
  }
  return contrast;
}

/** Coefficient of `(x - c)^v` of `sum of contrast_a d_a`, shifts included. */
export function contrastCoefficient(side: Side, fit: LocalFit, contrast: Float64Array, v: number): number {
  let value = 0;
  for (let a = 0; a < contrast.length; a++) if (contrast[a] !== 0) value += contrast[a]! * rawCoefficient(side, fit, a, v);
  return value;
}

/** `v!` for small v. */
export function factorial(v: number): number {
  let value = 1;
  for (let i = 2; i <= v; i++) value *= i;
  return value;
}
