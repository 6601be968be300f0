import type { CombineSums } from "./wild-draws.ts";

/** How sums become a numerator and a denominator: see {@link combineSums}. */
export interface SumsShape {
  /** `"clusters"`: the terms are all clusters' parts; `"projected"`: their projections. */
  readonly form: "clusters" | "projected";
  /** Number of clusters, or rank of the projection. */
  readonly size: number;
  /** Whether terms come with slopes in the distance. */
  readonly sloped: boolean;
}

/** Numbers a draw leaves: numerator and squared denominator, as polynomials in the distance when sloped. */
export const drawWidth = ({ sloped }: SumsShape): number => (sloped ? 5 : 2);

/**
 * From the sums of a draw to `n, d` or, sloped, `n0, n1, d0, d1, d2`: the numerator is `n0 + x n1`, the squared denominator (without
 * small-sample factor) `d0 + x d1 + x^2 d2`, x the distance.
 *
 * - clusters: terms `n, w_1 .. w_G`; the denominator is `sum_g w_g^2`;
 * - projected: with `w = v a - F u` and `F = Q R`, `y = Q'(v a)`, `e = y - R u`: terms `n, y, e, sum_g v_g^2 a_g^2`; the denominator is
 *   `sum v^2 a^2 - y'y + e'e`.
 *
 * Sloped terms: `n0, n1`, then each vector's base and slope in turn, then the squares `a0^2, 2 a0 a1, a1^2`.
 */
export function combineSums({ form, size, sloped }: SumsShape): CombineSums {
  if (form === "clusters") return sloped ? clustersSloped(size) : clustersPlain(size);
  return sloped ? projectedSloped(size) : projectedPlain(size);
}

const clustersPlain =
  (size: number): CombineSums =>
  (sums, out, at) => {
    let d = 0;
    for (let g = 1; g <= size; g++) d += sums[g]! * sums[g]!;
    out[at] = sums[0]!;
    out[at + 1] = d;
  };

const clustersSloped =
  (size: number): CombineSums =>
  (sums, out, at) => {
    let [d0, d1, d2] = [0, 0, 0];
    for (let g = 0; g < size; g++) {
      const base = sums[2 + g]!;
      const slope = sums[2 + size + g]!;
      d0 += base * base;
      d1 += base * slope;
      d2 += slope * slope;
    }
    out[at] = sums[0]!;
    out[at + 1] = sums[1]!;
    out[at + 2] = d0;
    out[at + 3] = 2 * d1;
    out[at + 4] = d2;
  };

const projectedPlain =
  (size: number): CombineSums =>
  (sums, out, at) => {
    let d = sums[1 + 2 * size]!;
    for (let l = 1; l <= size; l++) {
      const y = sums[l]!;
      const e = sums[size + l]!;
      d += e * e - y * y;
    }
    out[at] = sums[0]!;
    out[at + 1] = d;
  };

const projectedSloped =
  (size: number): CombineSums =>
  (sums, out, at) => {
    const squares = 2 + 4 * size;
    let [d0, d1, d2] = [sums[squares]!, sums[squares + 1]!, sums[squares + 2]!];
    for (let l = 2; l < 2 + size; l++) {
      const y0 = sums[l]!;
      const y1 = sums[l + size]!;
      const e0 = sums[l + 2 * size]!;
      const e1 = sums[l + 3 * size]!;
      d0 += e0 * e0 - y0 * y0;
      d1 += 2 * (e0 * e1 - y0 * y1);
      d2 += e1 * e1 - y1 * y1;
    }
    out[at] = sums[0]!;
    out[at + 1] = sums[1]!;
    out[at + 2] = d0;
    out[at + 3] = d1;
    out[at + 4] = d2;
  };

/** Draws whose statistic is larger than, equal to (within rounding) and smaller than the observed one; `larger + equal + smaller` are those with one. */
export interface Comparison {
  larger: number;
  equal: number;
  smaller: number;
}

/**
 * Compares `t*` (or its absolute value) at a distance with a statistic. `factor` multiplies the squared denominator. Squares with their
 * signs are compared, so that no root is taken: `t > c` where `n |n| > c |c| factor d`.
 */
export function compareDraws(
  draws: Float64Array,
  sloped: boolean,
  x: number,
  factor: number,
  floor: number,
  statistic: number,
  absolute: boolean,
): Comparison {
  const margin = 1e-9 * Math.max(1, Math.abs(statistic));
  const upper = factor * (statistic + margin) * Math.abs(statistic + margin);
  const lower = factor * (statistic - margin) * Math.abs(statistic - margin);
  const sign = absolute ? 1 : -1;
  let [larger, smaller, none] = [0, 0, 0];
  const width = sloped ? 5 : 2;
  for (let at = 0; at < draws.length; at += width) {
    let n: number;
    let d: number;
    if (sloped) {
      n = draws[at]! + x * draws[at + 1]!;
      d = draws[at + 2]! + x * (draws[at + 3]! + x * draws[at + 4]!);
    } else {
      n = draws[at]!;
      d = draws[at + 1]!;
    }
    if (!(d > floor)) {
      none++;
      continue;
    }
    const square = n < 0 ? sign * n * n : n * n;
    if (square > upper * d) larger++;
    else if (square < lower * d) smaller++;
  }
  return { larger, equal: draws.length / width - none - larger - smaller, smaller };
}

/** `t*` of all draws at a distance; NaN where the denominator is zero. */
export function drawnStatistics(draws: Float64Array, sloped: boolean, x: number, factor: number, floor: number): Float64Array {
  const width = sloped ? 5 : 2;
  const out = new Float64Array(draws.length / width);
  for (let b = 0, at = 0; b < out.length; b++, at += width) {
    const n = sloped ? draws[at]! + x * draws[at + 1]! : draws[at]!;
    const d = sloped ? draws[at + 2]! + x * (draws[at + 3]! + x * draws[at + 4]!) : draws[at + 1]!;
    out[b] = d > floor ? n / Math.sqrt(factor * d) : Number.NaN;
  }
  return out;
}
