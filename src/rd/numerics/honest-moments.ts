import type { HonestRows } from "./honest-rows.ts";
import type { Kernel } from "./kernel.ts";
import { lowerBound } from "./lower-bound.ts";
import { columnOffset, type MomentTable, momentsWithin, momentTable } from "./moments.ts";
import { distinctStarts } from "./side.ts";

/** What a bandwidth criterion needs of one side's local line: sums over its estimator weights `a` of the level at the cutoff. */
export interface LineSums {
  /** Level of each outcome. */
  readonly levels: readonly number[];
  /** `sum of a^2`. */
  readonly squares: number;
  /** `sum of a x^2`. */
  readonly second: number;
  /** `sum of |a| x^2`. */
  readonly absolute: number;
}

/**
 * Running sums of one side, outward, for local lines of any bandwidth: `a = w k(u) (T2 - T1 u) / (T0 T2 - T1^2)` with
 * `T_j = sum of w k(u) u^j`, so every criterion is a few look-ups. Weights enter `sum of a^2` squared: they have a table of their own.
 */
export interface LineTable {
  readonly distance: Float64Array;
  readonly starts: Int32Array;
  readonly plain: MomentTable;
  readonly squared: MomentTable;
  readonly outcomes: number;
}

/** The two sides' tables. */
export function lineTables(rows: HonestRows, kernel: Kernel): [LineTable, LineTable] {
  const zero = lowerBound(rows.x, 0);
  return [lineTable(rows, kernel, zero - 1, zero, -1), lineTable(rows, kernel, zero, rows.x.length - zero, 1)];
}

function lineTable({ x, outcomes, weights }: HonestRows, kernel: Kernel, first: number, count: number, step: 1 | -1): LineTable {
  const outward = (values: Float64Array): Float64Array => {
    const out = new Float64Array(count);
    for (let i = 0; i < count; i++) out[i] = values[first + step * i]!;
    return out;
  };
  const distance = outward(x);
  if (step < 0) for (let i = 0; i < count; i++) distance[i] = -distance[i]!;
  const starts = distinctStarts(distance);
  const weight = outward(weights);
  const even = allOnes(weight);
  const shared = {
    sign: step,
    x: distance,
    distance,
    shifts: new Float64Array(outcomes.length),
    clusters: undefined,
    clusterCount: 0,
  } as const;
  const range = distance[count - 1]!;
  const columns = outcomes.map(outward);
  const plain = momentTable(
    { ...shared, columns, weights: even ? undefined : weight },
    starts,
    range,
    2,
    2 * kernel.degree,
    outcomes.length,
  );
  const squared = even
    ? plain
    : momentTable({ ...shared, columns, weights: weight.map((w) => w * w) }, starts, range, 2, 2 * kernel.degree, outcomes.length);
  return { distance, starts, plain, squared, outcomes: outcomes.length };
}

function allOnes(values: Float64Array): boolean {
  for (let i = 0; i < values.length; i++) if (values[i] !== 1) return false;
  return true;
}

/** The sums at bandwidth `h`; `undefined` with fewer than two distinct values. */
export function lineSums(table: LineTable, kernel: Kernel, h: number): LineSums | undefined {
  const values = valuesWithin(table, h, kernel.closed);
  if (values < 2) return undefined;
  const ratio = table.plain.range / h;
  const sums = momentsWithin(table.plain, values);
  const T = kernelSums(kernel.polynomial, sums, 0, 3, ratio);
  const V = kernelSums(squareOf(kernel.polynomial), momentsWithin(table.squared, values), 0, 2, ratio);
  const [t0, t1, t2, t3] = [T[0]!, T[1]!, T[2]!, T[3]!];
  const det = t0 * t2 - t1 * t1;
  if (!(det > 0)) return undefined;
  const levels = Array.from({ length: table.outcomes }, (_, o) => {
    const D = kernelSums(kernel.polynomial, sums, columnOffset(table.plain, o), 1, ratio);
    return (t2 * D[0]! - t1 * D[1]!) / det;
  });
  const second = ((t2 * t2 - t1 * t3) / det) * h * h;
  // the weights change sign at u = T2 / T1
  const inner = momentsWithin(table.plain, Math.min(values, valuesWithin(table, (t2 / t1) * h, true)));
  const P = kernelSums(kernel.polynomial, inner, 0, 3, ratio);
  const positive = ((t2 * P[2]! - t1 * P[3]!) / det) * h * h;
  const squares = (t2 * t2 * V[0]! - 2 * t1 * t2 * V[1]! + t1 * t1 * V[2]!) / (det * det);
  return { levels, squares, second, absolute: 2 * positive - second };
}

/** Distinct distances at most `h`, or below it when the window is open. */
function valuesWithin({ distance, starts }: LineTable, h: number, closed: boolean): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const value = distance[starts[middle]!]!;
    if (closed ? value <= h : value < h) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** `sum of w k(u) u^j`, j up to `degree`, from running sums in powers of distance over range; `ratio` is range over bandwidth. */
function kernelSums(polynomial: Float64Array, sums: Float64Array, offset: number, degree: number, ratio: number): Float64Array {
  const out = new Float64Array(degree + 1);
  for (let j = 0; j <= degree; j++) {
    for (let m = 0; m < polynomial.length; m++) out[j]! += polynomial[m]! * sums[offset + j + m]! * ratio ** (j + m);
  }
  return out;
}

function squareOf(polynomial: Float64Array): Float64Array {
  const out = new Float64Array(2 * polynomial.length - 1);
  for (let i = 0; i < polynomial.length; i++) for (let j = 0; j < polynomial.length; j++) out[i + j]! += polynomial[i]! * polynomial[j]!;
  return out;
}
