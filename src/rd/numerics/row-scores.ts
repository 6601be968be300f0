import { type Kernel, kernelAt } from "./kernel.ts";
import type { LocalFit } from "./local-fit.ts";
import type { BiasPart } from "./scores.ts";
import type { Side } from "./side.ts";

/**
 * Weight of each of the first `rows` rows in coefficient `v` of a fit (powers of `x - c`), user weights included; with a bias part the
 * weights of the bias-corrected coefficient. The coefficient is their sum with the outcome.
 */
export function rowWeights(side: Side, kernel: Kernel, fit: LocalFit, v: number, rows: number, bias?: BiasPart): Float64Array {
  const k = fit.order + 1;
  const row = fit.inverse.subarray(v * k, (v + 1) * k);
  const kb = bias === undefined ? 0 : bias.fit.order + 1;
  const biasRow = bias?.fit.inverse.subarray(k * kb, (k + 1) * kb) ?? row;
  const unit = (side.sign / fit.h) ** v;
  const out = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    const distance = side.distance[i]!;
    let value = i < fit.rows ? horner(row, distance / fit.h) * kernelAt(kernel, distance / fit.h) : 0;
    if (bias !== undefined && i < bias.fit.rows) {
      const u = distance / bias.fit.h;
      value -= fit.leakage[v]! * bias.ratio * horner(biasRow, u) * kernelAt(kernel, u);
    }
    out[i] = value * unit * (side.weights === undefined ? 1 : side.weights[i]!);
  }
  return out;
}

function horner(coefficients: Float64Array, u: number): number {
  let value = 0;
  for (let j = coefficients.length - 1; j >= 0; j--) value = value * u + coefficients[j]!;
  return value;
}
