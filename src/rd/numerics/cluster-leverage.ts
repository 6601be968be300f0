import { symmetricEigen } from "../../linalg/index.ts";
import { type Kernel, kernelAt } from "./kernel.ts";
import type { LocalFit } from "./local-fit.ts";
import type { Side } from "./side.ts";

/** Directions in which a cluster alone determines the fit: nothing is left of its residuals there. */
const FULL_LEVERAGE = 1e-10;

/**
 * Replaces the residuals of each cluster by `W^-1/2 (I - H_g)^(-1/2 or -1) W^1/2 e` (CR2 or CR3) without forming `H_g`.
 * With `B = W^1/2 R C'^-1` (C the factor of the Gram matrix) and `M = B'B` (k by k), `(I - BB')^f = I + B phi(M) B'` where
 * `phi(m) = ((1 - m)^f - 1) / m`, so the adjusted residual is `e + R z_g` with `z_g = C'^-1 phi(M) C^-1 R'We`.
 *
 * @see Bell & McCaffrey (2002); Pustejovsky & Tipton (2018), doi:10.1080/07350015.2016.1247004
 */
export function adjustForClusters(side: Side, kernel: Kernel, fit: LocalFit, rule: "CR2" | "CR3", residuals: Float64Array): void {
  const k = fit.order + 1;
  const clusters = side.clusters!;
  const { grams, products } = clusterMoments(side, kernel, fit, residuals);
  for (let g = 0; g < side.clusterCount; g++) {
    if (grams[g * (2 * k - 1)] === 0) continue;
    products.set(shiftOf(fit.factor, k, grams, g, rule, products.slice(g * k, (g + 1) * k)), g * k);
  }
  for (let i = 0; i < residuals.length; i++) {
    const u = side.distance[i]! / fit.h;
    const at = clusters[i]! * k;
    let shift = products[at + k - 1]!;
    for (let j = k - 2; j >= 0; j--) shift = shift * u + products[at + j]!;
    residuals[i]! += shift;
  }
}

/** The symmetric k by k matrices `Phi_g = C'^-1 phi(M_g) C^-1` with which `z_g = Phi_g R'We`, one after another. */
export function leverageAdjustments(side: Side, kernel: Kernel, fit: LocalFit, rule: "CR2" | "CR3"): Float64Array {
  const k = fit.order + 1;
  const { grams } = clusterMoments(side, kernel, fit, new Float64Array(fit.rows));
  const out = new Float64Array(side.clusterCount * k * k);
  for (let g = 0; g < side.clusterCount; g++) {
    if (grams[g * (2 * k - 1)] === 0) continue;
    for (let j = 0; j < k; j++) {
      const unit = new Float64Array(k);
      unit[j] = 1;
      out.set(shiftOf(fit.factor, k, grams, g, rule, unit), (g * k + j) * k);
    }
  }
  return out;
}

/** By cluster: `sum of w k(u) u^j`, j up to 2 (k - 1), and `R'We`. */
function clusterMoments(
  side: Side,
  kernel: Kernel,
  fit: LocalFit,
  residuals: Float64Array,
): { readonly grams: Float64Array; readonly products: Float64Array } {
  const k = fit.order + 1;
  const grams = new Float64Array(side.clusterCount * (2 * k - 1));
  const products = new Float64Array(side.clusterCount * k);
  const clusters = side.clusters!;
  const rows = Math.min(fit.rows, residuals.length);
  for (let i = 0; i < rows; i++) {
    const u = side.distance[i]! / fit.h;
    const weight = kernelAt(kernel, u) * (side.weights === undefined ? 1 : side.weights[i]!);
    const g = clusters[i]!;
    let power = weight;
    for (let j = 0; j < 2 * k - 1; j++) {
      grams[g * (2 * k - 1) + j]! += power;
      if (j < k) products[g * k + j]! += power * residuals[i]!;
      power *= u;
    }
  }
  return { grams, products };
}

/** `Phi_g t`. */
function shiftOf(C: Float64Array, k: number, grams: Float64Array, g: number, rule: "CR2" | "CR3", t: Float64Array): Float64Array {
  const M = new Float64Array(k * k);
  for (let i = 0; i < k; i++) for (let j = 0; j < k; j++) M[i * k + j] = grams[g * (2 * k - 1) + i + j]!;
  for (let j = 0; j < k; j++) solveLower(C, k, M, j, k);
  for (let i = 0; i < k; i++) solveLower(C, k, M, i * k, 1);
  solveLower(C, k, t, 0, 1);
  const { values, vectors } = symmetricEigen(M, k);
  const z = new Float64Array(k);
  for (let v = 0; v < k; v++) {
    const m = values[v]!;
    const left = 1 - m;
    let phi = rule === "CR3" ? 1 / left : m < 1e-8 ? 0.5 + 0.375 * m : (1 / Math.sqrt(left) - 1) / m;
    if (left < FULL_LEVERAGE) phi = -1 / m;
    let dot = 0;
    for (let i = 0; i < k; i++) dot += vectors[i * k + v]! * t[i]!;
    for (let i = 0; i < k; i++) z[i]! += phi * dot * vectors[i * k + v]!;
  }
  for (let i = k - 1; i >= 0; i--) {
    let sum = z[i]!;
    for (let p = i + 1; p < k; p++) sum -= C[p * k + i]! * z[p]!;
    z[i] = sum / C[i * k + i]!;
  }
  return z;
}

/** Solves `C s = r` in place for the vector at `offset` with the given stride. */
function solveLower(C: Float64Array, k: number, values: Float64Array, offset: number, stride: number): void {
  for (let i = 0; i < k; i++) {
    let sum = values[offset + i * stride]!;
    for (let p = 0; p < i; p++) sum -= C[i * k + p]! * values[offset + p * stride]!;
    values[offset + i * stride] = sum / C[i * k + i]!;
  }
}
