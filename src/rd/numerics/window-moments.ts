import { type Kernel, kernelAt } from "./kernel.ts";
import { columnOffset, crossOffset, type MomentTable, momentsWithin, momentTable } from "./moments.ts";
import { projectOnBasis, rememberWindow, sharedWindow, windowBasis } from "./shared-windows.ts";
import { type Side, uniqueWithin, type WindowMoments } from "./side.ts";
import { smallArray } from "./small-arrays.ts";

/**
 * Windows of at most so many rows are summed row by row: kernel weights at each row keep two digits more than polynomial combinations
 * of running sums. Above it the running sums, whose cost does not depend on the window, decide.
 */
const DIRECT_ROWS = 4096;

/** The sums over the first `rows` rows of a side, which are those within `h`. */
export function windowMoments(side: Side, kernel: Kernel, h: number, rows: number, order: number): WindowMoments {
  if (rows <= DIRECT_ROWS) return keptMoments(side, kernel, h, rows, order);
  const table = tableOf(side);
  const sums = momentsWithin(table, uniqueWithin(side, rows));
  const ratio = side.range / h;
  const projections = new Float64Array(side.columns.length * (order + 1));
  for (let a = 0; a < side.columns.length; a++) {
    projections.set(combined(kernel, sums, columnOffset(table, a), order, ratio), a * (order + 1));
  }
  return { gram: combined(kernel, sums, 0, 2 * order + 1, ratio), projections };
}

/** Sums of a window asked for before, at this order or a higher one; else row by row. */
function keptMoments(side: Side, kernel: Kernel, h: number, rows: number, order: number): WindowMoments {
  const known = side.cache.windows[kernel.degree]!.get(h);
  if (known !== undefined && known.gram.length >= 2 * order + 2) return lowerOrder(known, side.columns.length, order);
  const { shared } = side;
  const window = sharedWindow(shared, kernel.degree, h);
  let moments: WindowMoments;
  if (window === undefined || window.order < order) {
    moments = directMoments(side, kernel, h, rows, order);
    if (shared !== undefined) rememberWindow(shared, kernel.degree, h, order, moments.gram);
  } else {
    if (window.basis === undefined) windowBasis(window, side.distance, kernelWeights(side, kernel, h, rows), h);
    const k = window.order + 1;
    const full = smallArray(side.columns.length * k);
    for (let a = 0; a < side.columns.length; a++) projectOnBasis(window, side.columns[a]!, window.order, full, a * k);
    moments = { gram: window.gram, projections: full };
  }
  side.cache.windows[kernel.degree]!.set(h, moments);
  return lowerOrder(moments, side.columns.length, order);
}

function lowerOrder(moments: WindowMoments, columns: number, order: number): WindowMoments {
  const own = moments.projections.length / columns;
  const k = order + 1;
  if (own === k) return moments;
  if (columns === 1) return { gram: moments.gram.subarray(0, 2 * k), projections: moments.projections.subarray(0, k) };
  const projections = smallArray(columns * k);
  for (let a = 0; a < columns; a++) for (let j = 0; j < k; j++) projections[a * k + j] = moments.projections[a * own + j]!;
  return { gram: moments.gram.subarray(0, 2 * k), projections };
}

function kernelWeights(side: Side, kernel: Kernel, h: number, rows: number): Float64Array {
  const out = new Float64Array(rows);
  for (let i = 0; i < rows; i++) out[i] = kernelAt(kernel, side.distance[i]! / h) * (side.weights === undefined ? 1 : side.weights[i]!);
  return out;
}

/** `sum of w k(u) z d` over the window, covariate `z` with column `a`. */
export function crossMoment(side: Side, kernel: Kernel, h: number, rows: number, z: number, a: number): number {
  if (rows > DIRECT_ROWS) {
    const table = tableOf(side);
    return combined(kernel, momentsWithin(table, uniqueWithin(side, rows)), crossOffset(table, z, a), 0, side.range / h)[0]!;
  }
  const covariate = side.columns[side.outcomeColumns + z]!;
  const column = side.columns[a]!;
  let sum = 0;
  for (let i = 0; i < rows; i++) {
    const weight = kernelAt(kernel, side.distance[i]! / h) * (side.weights === undefined ? 1 : side.weights[i]!);
    sum += weight * covariate[i]! * column[i]!;
  }
  return sum;
}

function tableOf(side: Side): MomentTable {
  side.cache.moments ??= momentTable(side, side.starts, side.range, side.maximumOrder, side.kernelDegree, side.outcomeColumns);
  return side.cache.moments;
}

function directMoments(side: Side, kernel: Kernel, h: number, rows: number, order: number): WindowMoments {
  const k = order + 1;
  const sums = smallArray(3 * k);
  const { distance, weights, columns } = side;
  if (order <= 2) lowSums(distance, columns[0]!, weights, kernel, h, rows, sums);
  else if (order <= 4) highSums(distance, columns[0]!, weights, kernel, h, rows, sums);
  else anySums(distance, columns[0]!, weights, kernel, h, rows, sums);
  const gram = sums.subarray(0, 2 * k);
  if (columns.length === 1) return { gram, projections: sums.subarray(2 * k) };
  const projections = smallArray(columns.length * k);
  for (let j = 0; j < k; j++) projections[j] = sums[2 * k + j]!;
  for (let a = 1; a < columns.length; a++) {
    const column = columns[a]!;
    const at = a * k;
    for (let i = 0; i < rows; i++) {
      const u = distance[i]! / h;
      let power = kernelAt(kernel, u) * column[i]!;
      if (weights !== undefined) power *= weights[i]!;
      for (let j = 0; j < k; j++) {
        projections[at + j]! += power;
        power *= u;
      }
    }
  }
  return { gram, projections };
}

/** `sum of w k(u) u^j`, j up to 2 order + 1, then `sum of w k(u) d u^j`, j up to order, for orders up to 2. */
function lowSums(
  distance: Float64Array,
  column: Float64Array,
  weights: Float64Array | undefined,
  kernel: Kernel,
  h: number,
  rows: number,
  out: Float64Array,
): void {
  let g0 = 0;
  let g1 = 0;
  let g2 = 0;
  let g3 = 0;
  let g4 = 0;
  let g5 = 0;
  let d0 = 0;
  let d1 = 0;
  let d2 = 0;
  const linear = kernel.degree === 1;
  for (let i = 0; i < rows; i++) {
    const u = distance[i]! / h;
    const d = column[i]!;
    // rows within the window: u is below one, or at it under the uniform kernel
    let power = linear ? 1 - u : kernelAt(kernel, u);
    if (weights !== undefined) power *= weights[i]!;
    g0 += power;
    d0 += power * d;
    power *= u;
    g1 += power;
    d1 += power * d;
    power *= u;
    g2 += power;
    d2 += power * d;
    power *= u;
    g3 += power;
    power *= u;
    g4 += power;
    power *= u;
    g5 += power;
  }
  fillSums([g0, g1, g2, g3, g4, g5], [d0, d1, d2], out);
}

/** {@link lowSums} for orders 3 and 4. */
function highSums(
  distance: Float64Array,
  column: Float64Array,
  weights: Float64Array | undefined,
  kernel: Kernel,
  h: number,
  rows: number,
  out: Float64Array,
): void {
  let g0 = 0;
  let g1 = 0;
  let g2 = 0;
  let g3 = 0;
  let g4 = 0;
  let g5 = 0;
  let g6 = 0;
  let g7 = 0;
  let g8 = 0;
  let g9 = 0;
  let d0 = 0;
  let d1 = 0;
  let d2 = 0;
  let d3 = 0;
  let d4 = 0;
  const linear = kernel.degree === 1;
  for (let i = 0; i < rows; i++) {
    const u = distance[i]! / h;
    const d = column[i]!;
    // rows within the window: u is below one, or at it under the uniform kernel
    let power = linear ? 1 - u : kernelAt(kernel, u);
    if (weights !== undefined) power *= weights[i]!;
    g0 += power;
    d0 += power * d;
    power *= u;
    g1 += power;
    d1 += power * d;
    power *= u;
    g2 += power;
    d2 += power * d;
    power *= u;
    g3 += power;
    d3 += power * d;
    power *= u;
    g4 += power;
    d4 += power * d;
    power *= u;
    g5 += power;
    power *= u;
    g6 += power;
    power *= u;
    g7 += power;
    power *= u;
    g8 += power;
    power *= u;
    g9 += power;
  }
  fillSums([g0, g1, g2, g3, g4, g5, g6, g7, g8, g9], [d0, d1, d2, d3, d4], out);
}

function fillSums(gram: readonly number[], projections: readonly number[], out: Float64Array): void {
  const k = out.length / 3;
  for (let j = 0; j < 2 * k; j++) out[j] = gram[j]!;
  for (let j = 0; j < k; j++) out[2 * k + j] = projections[j]!;
}

/** {@link lowSums} for any order. */
function anySums(
  distance: Float64Array,
  column: Float64Array,
  weights: Float64Array | undefined,
  kernel: Kernel,
  h: number,
  rows: number,
  out: Float64Array,
): void {
  const k = out.length / 3;
  for (let i = 0; i < rows; i++) {
    const u = distance[i]! / h;
    const d = column[i]!;
    let power = kernelAt(kernel, u);
    if (weights !== undefined) power *= weights[i]!;
    for (let j = 0; j < k; j++) {
      out[j]! += power;
      out[2 * k + j]! += power * d;
      power *= u;
    }
    for (let j = k; j < 2 * k; j++) {
      out[j]! += power;
      power *= u;
    }
  }
}

/** The same from running sums in powers of distance over range: kernels are polynomials in u. */
function combined(kernel: Kernel, sums: Float64Array, offset: number, degree: number, ratio: number): Float64Array {
  const out = new Float64Array(degree + 1);
  const { polynomial } = kernel;
  let power = 1;
  for (let j = 0; j <= degree; j++) {
    let inner = power;
    let sum = 0;
    for (let m = 0; m < polynomial.length; m++) {
      sum += polynomial[m]! * sums[offset + j + m]! * inner;
      inner *= ratio;
    }
    out[j] = sum;
    power *= ratio;
  }
  return out;
}
