import { type Kernel, kernelAt } from "./kernel.ts";
import { columnOffset, crossOffset, type MomentTable, momentsWithin, momentTable } from "./moments.ts";
import { type Side, uniqueWithin } from "./side.ts";

/**
 * Windows of at most so many rows are summed row by row: kernel weights at each row keep two digits more than polynomial combinations
 * of running sums. Above it the running sums, whose cost does not depend on the window, decide.
 */
const DIRECT_ROWS = 4096;

/** Kernel-weighted sums of a window in powers of `u = distance / h`. */
export interface WindowMoments {
  /** `sum of w k(u) u^j`, j up to 2 order + 1. */
  readonly gram: Float64Array;
  /** `sum of w k(u) d u^j` of each column, j up to the order; columns by (order + 1). */
  readonly projections: Float64Array;
}

/** The sums over the first `rows` rows of a side. */
export function windowMoments(side: Side, kernel: Kernel, h: number, rows: number, order: number): WindowMoments {
  if (rows <= DIRECT_ROWS) return directMoments(side, kernel, h, rows, order);
  const table = tableOf(side);
  const sums = momentsWithin(table, uniqueWithin(side, rows));
  const ratio = side.range / h;
  const projections = new Float64Array(side.columns.length * (order + 1));
  for (let a = 0; a < side.columns.length; a++) {
    projections.set(combined(kernel, sums, columnOffset(table, a), order, ratio), a * (order + 1));
  }
  return { gram: combined(kernel, sums, 0, 2 * order + 1, ratio), projections };
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
  const degree = 2 * order + 1;
  const gram = new Float64Array(degree + 1);
  const projections = new Float64Array(side.columns.length * (order + 1));
  const { distance, weights, columns } = side;
  const first = columns[0]!;
  for (let i = 0; i < rows; i++) {
    const u = distance[i]! / h;
    let power = kernelAt(kernel, u);
    if (weights !== undefined) power *= weights[i]!;
    const d = first[i]!;
    for (let j = 0; j <= order; j++) {
      gram[j]! += power;
      projections[j]! += power * d;
      power *= u;
    }
    for (let j = order + 1; j <= degree; j++) {
      gram[j]! += power;
      power *= u;
    }
  }
  for (let a = 1; a < columns.length; a++) {
    const column = columns[a]!;
    const at = a * (order + 1);
    for (let i = 0; i < rows; i++) {
      const u = distance[i]! / h;
      let power = kernelAt(kernel, u) * column[i]!;
      if (weights !== undefined) power *= weights[i]!;
      for (let j = 0; j <= order; j++) {
        projections[at + j]! += power;
        power *= u;
      }
    }
  }
  return { gram, projections };
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
