import type { Kernel } from "./kernel.ts";
import type { MomentTable } from "./moments.ts";
import { type NeighbourResiduals, neighbourResiduals } from "./nearest-neighbours.ts";
import type { SideArrays } from "./side-arrays.ts";

/** One side of the cutoff with what every fit in it shares. */
export interface Side extends SideArrays {
  readonly rows: number;
  /** Largest distance. */
  readonly range: number;
  /** First row of each distinct value; one more entry with `rows`. */
  readonly starts: Int32Array;
  /** Distinct values. */
  readonly unique: number;
  /** What running sums over the side must cover; they are made when a wide window first asks for them. */
  readonly maximumOrder: number;
  readonly kernelDegree: number;
  readonly outcomeColumns: number;
  readonly cache: { moments?: MomentTable; readonly clusters: Map<number, number> };
  /** Nearest-neighbour residuals, when the variance uses them. */
  readonly neighbours: NeighbourResiduals | undefined;
}

/** What {@link buildSide} needs besides the sorted arrays. */
export interface SidePlan {
  readonly kernel: Kernel;
  /** Highest polynomial order that will be fitted. */
  readonly maximumOrder: number;
  /** Columns before the covariates: 1 sharp, 2 fuzzy. */
  readonly outcomeColumns: number;
  /** Neighbours of the nearest-neighbour variance; 0 for none. */
  readonly matches: number;
}

/** A side with its running sums and neighbours. */
export function buildSide(arrays: SideArrays, plan: SidePlan): Side {
  const rows = arrays.x.length;
  const starts = distinctStarts(arrays.x);
  const range = rows === 0 ? 0 : arrays.distance[rows - 1]!;
  return {
    ...arrays,
    rows,
    range,
    starts,
    unique: starts.length - 1,
    maximumOrder: plan.maximumOrder,
    kernelDegree: plan.kernel.degree,
    outcomeColumns: plan.outcomeColumns,
    cache: { clusters: new Map() },
    neighbours: plan.matches > 0 ? neighbourResiduals(arrays.x, arrays.columns, starts, plan.matches) : undefined,
  };
}

/** First row of each run of equal values, then the number of rows. */
export function distinctStarts(x: Float64Array): Int32Array {
  const starts = new Int32Array(x.length + 1);
  let g = 0;
  let previous = Number.NaN;
  for (let i = 0; i < x.length; i++) {
    const value = x[i]!;
    if (value !== previous) starts[g++] = i;
    previous = value;
  }
  starts[g] = x.length;
  return g === x.length ? starts : starts.slice(0, g + 1);
}

/** Rows whose kernel weight at bandwidth `h` is positive. */
export function windowRows(side: Side, h: number, closed: boolean): number {
  const { distance } = side;
  let low = 0;
  let high = side.rows;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const inside = closed ? distance[middle]! <= h : distance[middle]! < h;
    if (inside) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Distinct values among the first `rows` rows of a side; a window never splits a value. */
export function uniqueWithin(side: Side, rows: number): number {
  let low = 0;
  let high = side.unique;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (side.starts[middle]! < rows) low = middle + 1;
    else high = middle;
  }
  return low;
}
