import { cholesky, choleskyBackSolve } from "../../linalg/index.ts";
import { type DrawSource, multiplierValues } from "./wild-draws.ts";
import type { Multipliers } from "./wild-plan.ts";

/** Sums over clusters of q restrictions; the forms of `wild-forms.ts` at their distance. */
export interface JointForms {
  readonly clusters: number;
  readonly width: number;
  readonly restrictions: number;
  readonly numerators: Float64Array;
  readonly parts: Float64Array;
  readonly weights: Float64Array;
  readonly shifts: Float64Array;
}

/** Wald statistics `n' V^-1 n / factor` of draws `start` to `end`; NaN where V is singular. */
export function jointStatistics(
  forms: JointForms,
  multipliers: Multipliers,
  source: DrawSource,
  start: number,
  end: number,
  factor: number,
): Float64Array {
  const { clusters: G, width: k, restrictions: q, numerators, parts, weights, shifts } = forms;
  const values = multiplierValues(multipliers, G, source, start, end);
  const out = new Float64Array(end - start);
  const n = new Float64Array(q);
  const u = new Float64Array(k);
  const w = new Float64Array(q);
  const V = new Float64Array(q * q);
  for (let b = 0; b < out.length; b++) {
    n.fill(0);
    u.fill(0);
    V.fill(0);
    for (let g = 0; g < G; g++) {
      const v = values[b * G + g]!;
      for (let j = 0; j < q; j++) n[j]! += v * numerators[g * q + j]!;
      for (let a = 0; a < k; a++) u[a]! += v * shifts[g * k + a]!;
    }
    for (let g = 0; g < G; g++) {
      const v = values[b * G + g]!;
      for (let j = 0; j < q; j++) {
        let sum = v * parts[g * q + j]!;
        const at = (g * q + j) * k;
        for (let a = 0; a < k; a++) sum -= weights[at + a]! * u[a]!;
        w[j] = sum;
        for (let i = 0; i <= j; i++) V[j * q + i]! += sum * w[i]!;
      }
    }
    out[b] = waldForm(V, n, q) / factor;
  }
  return out;
}

/** `n' V^-1 n`; only V's lower triangle is read. */
export function waldForm(V: Float64Array, n: Float64Array, q: number): number {
  const L = cholesky(V, q);
  if (L === undefined) return Number.NaN;
  const solved = choleskyBackSolve(L, q, n);
  let sum = 0;
  for (let j = 0; j < q; j++) sum += n[j]! * solved[j]!;
  return sum;
}
