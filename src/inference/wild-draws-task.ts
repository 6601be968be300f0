import { shareArray, type Task, type WorkBlock } from "../parallel/index.ts";
import { DRAWS_PER_STREAM, type DrawSource, drawSums } from "./numerics/wild-draws.ts";
import { type JointForms, jointStatistics } from "./numerics/wild-joint.ts";
import { type Multipliers, type SumTable, sumTable } from "./numerics/wild-plan.ts";
import { combineSums, drawWidth, type SumsShape } from "./numerics/wild-statistics.ts";
import { type WaysForms, waysDraws } from "./numerics/wild-ways.ts";
import type { WildForms } from "./wild-forms.ts";

/** What all blocks of draws share: plain data, so that it reaches workers. */
export type WildWork =
  | { readonly kind: "single"; readonly plan: SumTable; readonly shape: SumsShape; readonly source: DrawSource }
  | {
      readonly kind: "joint";
      readonly forms: JointForms;
      readonly factor: number;
      readonly multipliers: Multipliers;
      readonly source: DrawSource;
    }
  | {
      readonly kind: "ways";
      readonly forms: WaysForms;
      readonly multipliers: Multipliers;
      readonly source: DrawSource;
      readonly sloped: boolean;
    };

/** Draws of the wild cluster bootstrap: their numerators and denominators, or their Wald statistics. */
export const wildDraws: Task<WildWork, WorkBlock, Float64Array> = {
  name: "inference.wildDraws",
  run: (work, { start, end }) => {
    if (work.kind === "single") return drawSums(work.plan, work.source, start, end, drawWidth(work.shape), combineSums(work.shape));
    if (work.kind === "joint") return jointStatistics(work.forms, work.multipliers, work.source, start, end, work.factor);
    return waysDraws(work.forms, work.multipliers, work.source, start, end, work.sloped);
  },
};

/** Draws in a block of work: a multiple of those that share a stream. */
export const DRAWS_PER_BLOCK: number = 16 * DRAWS_PER_STREAM;

/** Up to so many clusters the clusters' parts are summed themselves, which keeps exact ties exact. */
const FEW_CLUSTERS = 20;

/**
 * Prepares the draws of one restriction: at a given distance, or at all distances at once (`undefined`).
 * Either all G parts of the variance are summed, or their projection on the m-dimensional space of the regressors' influence:
 * with `w = v a - F u`, `F = Q R`: `w'w = sum v^2 a^2 - y'y + (y - R u)'(y - R u)`, `y = Q'(v a)`; 4 m + 5 sums instead of 2 G + 2.
 */
export function singleWork(forms: WildForms, multipliers: Multipliers, source: DrawSource, distance: number | undefined): WildWork {
  const { clusters: G, width: k } = forms;
  const sloped = distance === undefined;
  const at = (affine: { readonly base: Float64Array; readonly slope: Float64Array }): Float64Array =>
    sloped ? affine.base : affine.base.map((value, i) => value + distance * affine.slope[i]!);
  const [n, a, u] = [at(forms.numerators), at(forms.parts), at(forms.shifts)];
  const projection = G <= FEW_CLUSTERS ? undefined : orthonormalColumns(forms.weights, G, k);
  const rows: Float64Array[] = sloped ? [n, forms.numerators.slope] : [n];
  const squares: Float64Array[] = [];
  let size = G;
  if (projection === undefined || 2 * projection.length > G) {
    rows.push(...clusterRows(forms.weights, a, u, G, k));
    if (sloped) rows.push(...clusterRows(forms.weights, forms.parts.slope, forms.shifts.slope, G, k));
  } else {
    size = projection.length;
    const base = projectedRows(projection, forms.weights, a, u, k);
    const slope = sloped ? projectedRows(projection, forms.weights, forms.parts.slope, forms.shifts.slope, k) : undefined;
    rows.push(...base.y, ...(slope?.y ?? []), ...base.e, ...(slope?.e ?? []));
    squares.push(a.map((value) => value * value));
    const b = forms.parts.slope;
    if (sloped)
      squares.push(
        a.map((value, g) => 2 * value * b[g]!),
        b.map((value) => value * value),
      );
  }
  const plan = sumTable(multipliers, G, byCluster(rows, G), byCluster(squares, G));
  const shape: SumsShape = { form: squares.length === 0 ? "clusters" : "projected", size, sloped };
  return { kind: "single", plan: { ...plan, table: shareArray(plan.table) }, shape, source };
}

/** Rows of the map from v to w: `w_g = v_g a_g - F_g' sum_h v_h u_h`. */
function clusterRows(F: Float64Array, a: Float64Array, u: Float64Array, G: number, k: number): Float64Array[] {
  return Array.from({ length: G }, (_, g) => {
    const row = new Float64Array(G);
    for (let h = 0; h < G; h++) {
      let sum = 0;
      for (let j = 0; j < k; j++) sum += F[g * k + j]! * u[h * k + j]!;
      row[h] = -sum;
    }
    row[g]! += a[g]!;
    return row;
  });
}

/** Rows of the maps from v to `y = Q'(v a)` and `e = y - Q'F u`. */
function projectedRows(
  Q: readonly Float64Array[],
  F: Float64Array,
  a: Float64Array,
  u: Float64Array,
  k: number,
): { readonly y: Float64Array[]; readonly e: Float64Array[] } {
  const G = a.length;
  const y = Q.map((column) => column.map((value, g) => value * a[g]!));
  const e = Q.map((column, l) => {
    const R = new Float64Array(k);
    for (let g = 0; g < G; g++) for (let j = 0; j < k; j++) R[j]! += column[g]! * F[g * k + j]!;
    return y[l]!.map((value, g) => {
      let sum = value;
      for (let j = 0; j < k; j++) sum -= R[j]! * u[g * k + j]!;
      return sum;
    });
  });
  return { y, e };
}

/** A column with less than this share of its length left is a combination of those before. */
const DEPENDENT = 1e-11;

/** An orthonormal basis of the columns of F (n by k, row-major), by Gram-Schmidt done twice. */
function orthonormalColumns(F: Float64Array, n: number, k: number): Float64Array[] {
  const basis: Float64Array[] = [];
  for (let j = 0; j < k; j++) {
    const v = Float64Array.from({ length: n }, (_, g) => F[g * k + j]!);
    const before = Math.hypot(...v);
    for (let pass = 0; pass < 2; pass++) {
      for (const b of basis) {
        let sum = 0;
        for (let g = 0; g < n; g++) sum += v[g]! * b[g]!;
        for (let g = 0; g < n; g++) v[g]! -= sum * b[g]!;
      }
    }
    const after = Math.hypot(...v);
    if (after > DEPENDENT * before) basis.push(v.map((value) => value / after));
  }
  return basis;
}

/** Rows (one value a cluster each) as clusters by rows. */
function byCluster(rows: readonly Float64Array[], G: number): Float64Array {
  const out = new Float64Array(G * rows.length);
  rows.forEach((row, r) => {
    for (let g = 0; g < G; g++) out[g * rows.length + r] = row[g]!;
  });
  return out;
}
