import { type DrawSource, multiplierValues } from "./wild-draws.ts";
import { waldForm } from "./wild-joint.ts";
import type { Multipliers } from "./wild-plan.ts";

/** One term of a multiway variance: groups of cells, with its sign and small-sample factor. */
export interface WaysTerm {
  /** Group of each cell. */
  readonly groupOf: Int32Array;
  readonly count: number;
  readonly factor: number;
}

/** A term with the sums its groups are made of; `base` and `slope` as in {@link WaysForms}. */
export interface WaysTermForms extends WaysTerm {
  /** Cells by q: `Z_g s_c`, g being the cell's group; the same for all terms unless these are jackknifed. */
  readonly parts: readonly [base: Float64Array, slope: Float64Array];
  /** Groups by (q k): `Z_g A_g`. */
  readonly weights: Float64Array;
}

/**
 * Sums over cells, the smallest groups of rows that neither a cluster variable nor the multipliers split. `base` and `slope` (for one restriction with the
 * null imposed; else zeros): entries are `base + distance * slope`.
 */
export interface WaysForms {
  readonly cells: number;
  readonly width: number;
  readonly restrictions: number;
  /** Number of multipliers, and the one of each cell. */
  readonly drawn: number;
  readonly drawnOf: Int32Array;
  readonly terms: readonly WaysTermForms[];
  /** Cells by q: parts of numerators. */
  readonly numerators: readonly [base: Float64Array, slope: Float64Array];
  /** Cells by k. */
  readonly shifts: readonly [base: Float64Array, slope: Float64Array];
}

/** Forms summed over the cells of each multiplier: multipliers by q, and by k. */
interface Prepared {
  readonly numerators: readonly Float64Array[];
  readonly shifts: readonly Float64Array[];
}

/** Numbers a draw leaves: `n, d`, sloped `n0, n1, d0, d1, d2` as in `combineSums`; of several restrictions the Wald statistic over q. */
export const waysWidth = (restrictions: number, sloped: boolean): number => (restrictions > 1 ? 1 : sloped ? 5 : 2);

/** Draws `start` to `end`: work per draw is linear in cells. Small-sample factors are inside; a draw without variance is NaN (several restrictions). */
export function waysDraws(
  forms: WaysForms,
  multipliers: Multipliers,
  source: DrawSource,
  start: number,
  end: number,
  sloped: boolean,
): Float64Array {
  const { restrictions: q, drawn, width: k } = forms;
  const width = waysWidth(q, sloped);
  const out = new Float64Array((end - start) * width);
  const prepared = prepare(forms, sloped ? 2 : 1);
  const most = Math.max(...forms.terms.map(({ count }) => count));
  const w = Array.from({ length: sloped ? 2 : 1 }, () => new Float64Array(most * q));
  const n = w.map(() => new Float64Array(q));
  const u = w.map(() => new Float64Array(k));
  const V = new Float64Array(q * q);
  const AT_ONCE = 1024;
  for (let from = start; from < end; from += AT_ONCE) {
    const to = Math.min(end, from + AT_ONCE);
    const values = multiplierValues(multipliers, drawn, source, from, to);
    for (let b = from; b < to; b++) {
      const v = values.subarray((b - from) * drawn, (b - from + 1) * drawn);
      prepared.numerators.forEach((rows, s) => {
        weigh(rows, v, q, n[s]!);
      });
      prepared.shifts.forEach((rows, s) => {
        weigh(rows, v, k, u[s]!);
      });
      const at = (b - start) * width;
      if (q === 1) {
        out[at] = n[0]![0]!;
        if (sloped) out[at + 1] = n[1]![0]!;
      } else V.fill(0);
      forms.terms.forEach((term) => {
        w.forEach((into, s) => {
          termParts(forms, term, term.parts[s]!, v, u[s]!, into);
        });
        const { factor, count } = term;
        if (q > 1) addProducts(w[0]!, count, q, factor, V);
        else if (sloped) {
          out[at + 2]! += factor * inner(w[0]!, w[0]!, count);
          out[at + 3]! += 2 * factor * inner(w[0]!, w[1]!, count);
          out[at + 4]! += factor * inner(w[1]!, w[1]!, count);
        } else out[at + 1]! += factor * inner(w[0]!, w[0]!, count);
      });
      if (q > 1) out[at] = waldForm(V, n[0]!, q) / q;
    }
  }
  return out;
}

function prepare({ restrictions: q, width: k, drawn, drawnOf, numerators, shifts }: WaysForms, parts: number): Prepared {
  return {
    numerators: numerators.slice(0, parts).map((values) => gatherCells(values, q, drawnOf, drawn)),
    shifts: shifts.slice(0, parts).map((values) => gatherCells(values, k, drawnOf, drawn)),
  };
}

/** Sums over the cells of each group, `width` numbers each. */
export function gatherCells(values: Float64Array, width: number, groupOf: Int32Array, count: number): Float64Array {
  const out = new Float64Array(count * width);
  for (let c = 0; c < groupOf.length; c++) for (let j = 0; j < width; j++) out[groupOf[c]! * width + j]! += values[c * width + j]!;
  return out;
}

function weigh(rows: Float64Array, v: Float64Array, width: number, out: Float64Array): void {
  out.fill(0);
  for (let g = 0; g < v.length; g++) for (let j = 0; j < width; j++) out[j]! += v[g]! * rows[g * width + j]!;
}

/** `w_g = sum_c v_c parts_c - weights_g u` for the groups of one term, groups by q. */
function termParts(
  { restrictions: q, width: k, drawnOf, cells }: WaysForms,
  { groupOf, count, weights }: WaysTermForms,
  parts: Float64Array,
  v: Float64Array,
  u: Float64Array,
  out: Float64Array,
): void {
  for (let g = 0; g < count * q; g++) {
    let sum = 0;
    for (let a = 0; a < k; a++) sum -= weights[g * k + a]! * u[a]!;
    out[g] = sum;
  }
  for (let c = 0; c < cells; c++) {
    const value = v[drawnOf[c]!]!;
    for (let j = 0; j < q; j++) out[groupOf[c]! * q + j]! += value * parts[c * q + j]!;
  }
}

function inner(a: Float64Array, b: Float64Array, count: number): number {
  let sum = 0;
  for (let g = 0; g < count; g++) sum += a[g]! * b[g]!;
  return sum;
}

/** Adds `factor sum_g w_g w_g'`. */
export function addProducts(w: Float64Array, count: number, q: number, factor: number, V: Float64Array): void {
  for (let g = 0; g < count; g++) {
    for (let a = 0; a < q; a++) for (let b = 0; b < q; b++) V[a * q + b]! += factor * w[g * q + a]! * w[g * q + b]!;
  }
}
