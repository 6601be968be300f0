/** Columns of a basis are padded to a multiple of it, so that projections run in blocks of local sums. */
const BLOCK = 5;

/**
 * A window that several outcomes have in common: its Gram sums, and, once a second outcome asks, the weighted powers and the
 * influences that do not depend on the outcome.
 */
export interface SharedWindow {
  readonly order: number;
  readonly gram: Float64Array;
  /** `w k(u) u^j` row by row, `stride` entries a row. */
  basis?: { readonly values: Float64Array; readonly stride: number };
  /** Influence of each row on coefficient `v` of an order, by `64 order + v`. */
  influence?: Map<number, Float64Array>;
  /** What fits of an order have in common, by order. */
  readonly designs: SharedDesign[];
}

/** The parts of a fit that do not depend on the outcome. */
export interface SharedDesign {
  readonly factor: Float64Array;
  readonly inverse: Float64Array;
  readonly leakage: Float64Array;
}

/** Shared windows by bandwidth, then kernel degree. */
export type SharedWindows = Map<number, SharedWindow[]>;

/** The window of bandwidth `h` under the kernel of degree `degree`, if any outcome asked for it. */
export function sharedWindow(shared: SharedWindows | undefined, degree: number, h: number): SharedWindow | undefined {
  return shared?.get(h)?.[degree];
}

/** Remembers the Gram sums of a window. */
export function rememberWindow(shared: SharedWindows, degree: number, h: number, order: number, gram: Float64Array): void {
  const byDegree = shared.get(h) ?? [];
  byDegree[degree] = { order, gram, designs: [] };
  shared.set(h, byDegree);
}

/** The basis of a window, from weights `w k(u)` and `u` row by row. */
export function windowBasis(window: SharedWindow, distance: Float64Array, weight: Float64Array, h: number): void {
  const stride = BLOCK * Math.ceil((window.order + 1) / BLOCK);
  const values = new Float64Array(weight.length * stride);
  for (let i = 0; i < weight.length; i++) {
    const u = distance[i]! / h;
    let power = weight[i]!;
    for (let j = 0; j <= window.order; j++) {
      values[i * stride + j] = power;
      power *= u;
    }
  }
  window.basis = { values, stride };
}

/** `sum of basis_j d` for j up to `order`, into `out` at `offset`. */
export function projectOnBasis(window: SharedWindow, column: Float64Array, order: number, out: Float64Array, offset: number): void {
  const { values, stride } = window.basis!;
  const rows = values.length / stride;
  for (let block = 0; block <= order; block += BLOCK) {
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    let s4 = 0;
    for (let i = 0, at = block; i < rows; i++, at += stride) {
      const d = column[i]!;
      s0 += values[at]! * d;
      s1 += values[at + 1]! * d;
      s2 += values[at + 2]! * d;
      s3 += values[at + 3]! * d;
      s4 += values[at + 4]! * d;
    }
    const sums = [s0, s1, s2, s3, s4];
    for (let j = block; j <= order && j < block + BLOCK; j++) out[offset + j] = sums[j - block]!;
  }
}
