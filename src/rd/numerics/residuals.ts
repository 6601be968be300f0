import { adjustForClusters } from "./cluster-leverage.ts";
import { type Kernel, kernelAt } from "./kernel.ts";
import { combinedCoefficients, type LocalFit } from "./local-fit.ts";
import { residualsWithin } from "./nearest-neighbours.ts";
import { type Side, uniqueWithin } from "./side.ts";

/** How the residuals of a variance are made. CR1 residuals are plain ones; its factor belongs to the sums. */
export type ResidualRule = "nearestNeighbour" | "HC0" | "HC1" | "HC2" | "HC3" | "CR1" | "CR2" | "CR3";

/**
 * User weight times residual of `sum of contrast_a d_a` for the first `rows` rows of a side, by `rule`; `fit` gives fitted values and
 * leverages where the rule needs them. `rows` may exceed the rows of the fit: those have leverage zero. Read-only, and good until
 * residuals of another window of the side are asked for.
 */
export function weightedResiduals(
  side: Side,
  kernel: Kernel,
  rule: ResidualRule,
  fit: LocalFit,
  contrast: Float64Array,
  rows: number,
): Float64Array {
  // with nearest neighbours and one column the residuals of a window do not depend on the fit
  if (rule === "nearestNeighbour" && contrast.length === 1 && contrast[0] === 1 && side.weights === undefined) {
    return residualsWithin(side.neighbours!, uniqueWithin(side, rows))[0]!.subarray(0, rows);
  }
  const out = new Float64Array(rows);
  if (rule === "nearestNeighbour") neighbourPart(side, contrast, rows, out);
  else {
    fittedPart(side, fit, contrast, rows, out);
    if (rule === "HC1") scale(out, Math.sqrt(rows / (rows - fit.order - 1)));
    else if (rule === "HC2" || rule === "HC3") leveragePart(side, kernel, fit, rule === "HC3", out);
    else if (rule === "CR2" || rule === "CR3") adjustForClusters(side, kernel, fit, rule, out);
  }
  const { weights } = side;
  if (weights !== undefined) for (let i = 0; i < rows; i++) out[i]! *= weights[i]!;
  return out;
}

function neighbourPart(side: Side, contrast: Float64Array, rows: number, out: Float64Array): void {
  const residuals = residualsWithin(side.neighbours!, uniqueWithin(side, rows));
  for (let a = 0; a < residuals.length; a++) addScaled(residuals[a]!, contrast[a]!, 0, rows, out);
}

/** Rows whose residuals stay in the first-level cache while the columns are added up. */
const BLOCK_ROWS = 1024;

function fittedPart(side: Side, fit: LocalFit, contrast: Float64Array, rows: number, out: Float64Array): void {
  const b = combinedCoefficients(fit, contrast);
  const { distance, starts, columns } = side;
  const distinct = side.unique === side.rows;
  for (let from = 0; from < rows; from += BLOCK_ROWS) {
    const to = Math.min(rows, from + BLOCK_ROWS);
    for (let a = 0; a < contrast.length; a++) {
      if (a === 0) scaledColumn(columns[a]!, contrast[a]!, from, to, out);
      else if (contrast[a] !== 0) addScaled(columns[a]!, contrast[a]!, from, to, out);
    }
    if (distinct) subtractFitted(distance, b, fit.h, from, to, out);
  }
  if (distinct) return;
  for (let g = 0; starts[g]! < rows; g++) {
    const u = distance[starts[g]!]! / fit.h;
    let fitted = b[fit.order]!;
    for (let j = fit.order - 1; j >= 0; j--) fitted = fitted * u + b[j]!;
    for (let i = starts[g]!; i < starts[g + 1]!; i++) out[i]! -= fitted;
  }
}

function scaledColumn(column: Float64Array, factor: number, from: number, to: number, out: Float64Array): void {
  for (let i = from; i < to; i++) out[i] = factor * column[i]!;
}

function addScaled(column: Float64Array, factor: number, from: number, to: number, out: Float64Array): void {
  for (let i = from; i < to; i++) out[i]! += factor * column[i]!;
}

/** Less the polynomial with coefficients `b` in `distance / h`; cubics and lower, the usual case, without an inner loop. */
function subtractFitted(distance: Float64Array, b: Float64Array, h: number, from: number, to: number, out: Float64Array): void {
  const order = b.length - 1;
  if (order > 3) {
    for (let i = from; i < to; i++) {
      const u = distance[i]! / h;
      let fitted = b[order]!;
      for (let j = order - 1; j >= 0; j--) fitted = fitted * u + b[j]!;
      out[i]! -= fitted;
    }
    return;
  }
  const b0 = b[0]!;
  const b1 = order > 0 ? b[1]! : 0;
  const b2 = order > 1 ? b[2]! : 0;
  const b3 = order > 2 ? b[3]! : 0;
  for (let i = from; i < to; i++) {
    const u = distance[i]! / h;
    out[i]! -= ((b3 * u + b2) * u + b1) * u + b0;
  }
}

/** Divides by `sqrt(1 - leverage)` (HC2) or `1 - leverage` (HC3); the leverage `w k(u) R'G^-1 R` is a polynomial in u. */
function leveragePart(side: Side, kernel: Kernel, fit: LocalFit, squared: boolean, out: Float64Array): void {
  const k = fit.order + 1;
  const polynomial = new Float64Array(2 * k - 1);
  for (let i = 0; i < k; i++) for (let j = 0; j < k; j++) polynomial[i + j]! += fit.inverse[i * k + j]!;
  for (let i = 0; i < fit.rows && i < out.length; i++) {
    const u = side.distance[i]! / fit.h;
    let leverage = polynomial[2 * k - 2]!;
    for (let j = 2 * k - 3; j >= 0; j--) leverage = leverage * u + polynomial[j]!;
    leverage *= kernelAt(kernel, u) * (side.weights === undefined ? 1 : side.weights[i]!);
    out[i]! /= squared ? 1 - leverage : Math.sqrt(1 - leverage);
  }
}

function scale(values: Float64Array, factor: number): void {
  for (let i = 0; i < values.length; i++) values[i]! *= factor;
}
