import type { ClusterPartsCache } from "./cluster-parts.ts";
import type { Kernel } from "./kernel.ts";
import type { MomentTable } from "./moments.ts";
import { type NeighbourResiduals, neighbourResiduals, neighboursOfColumns } from "./nearest-neighbours.ts";
import type { SharedWindows } from "./shared-windows.ts";
import type { SideArrays } from "./side-arrays.ts";

/** Kernel-weighted sums of a window in powers of `u = distance / h`. */
export interface WindowMoments {
  /** `sum of w k(u) u^j`, j up to 2 order + 1. */
  readonly gram: Float64Array;
  /** `sum of w k(u) d u^j` of each column, j up to the order; columns by (order + 1). */
  readonly projections: Float64Array;
}

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
  readonly cache: {
    moments?: MomentTable;
    readonly clusters: Map<number, number>;
    readonly parts: ClusterPartsCache;
    readonly windows: Map<number, WindowMoments>[];
  };
  /** Set when several outcomes share this side's rows. */
  readonly shared: SharedWindows | undefined;
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
  const starts = distinctStarts(arrays.x);
  const neighbours = plan.matches > 0 ? neighbourResiduals(arrays.x, arrays.columns, starts, plan.matches) : undefined;
  return makeSide(
    arrays,
    plan.maximumOrder,
    plan.kernel.degree,
    plan.outcomeColumns,
    starts,
    emptyCache(new Map(), {}),
    undefined,
    neighbours,
  );
}

/** Every side comes from this one literal, so that the loops over sides see one shape. */
function makeSide(
  { sign, x, distance, columns, shifts, weights, clusters, clusterCount }: SideArrays,
  maximumOrder: number,
  kernelDegree: number,
  outcomeColumns: number,
  starts: Int32Array,
  cache: Side["cache"],
  shared: SharedWindows | undefined,
  neighbours: NeighbourResiduals | undefined,
): Side {
  const rows = x.length;
  const range = rows === 0 ? 0 : distance[rows - 1]!;
  const unique = starts.length - 1;
  return {
    sign,
    x,
    distance,
    columns,
    shifts,
    weights,
    clusters,
    clusterCount,
    rows,
    range,
    starts,
    unique,
    maximumOrder,
    kernelDegree,
    outcomeColumns,
    cache,
    shared,
    neighbours,
  };
}

function emptyCache(clusters: Map<number, number>, parts: ClusterPartsCache): Side["cache"] {
  return { clusters, parts, windows: [new Map(), new Map(), new Map()] };
}

/** Room for one outcome after another on the rows of a side. */
export interface OutcomeSlot {
  /** The outcome outward from the cutoff, less its shift: to be written before {@link sideOf}. */
  readonly values: Float64Array;
  /** The side of that outcome, good until the next one is written. */
  readonly sideOf: (shift: number) => Side;
}

/**
 * The same side for each outcome of a batch: neighbours are looked up once, and windows that outcomes have in common are kept. The
 * outcomes use the same memory one after another, so that it stays in the cache. Columns after the outcome stay.
 */
export function outcomeSlot(side: Side): OutcomeSlot {
  const shared: SharedWindows = new Map();
  const values = new Float64Array(side.rows);
  const columns = [values, ...side.columns.slice(1)];
  const neighboursOf = side.neighbours && neighboursOfColumns(side.neighbours, columns);
  const { maximumOrder, kernelDegree, outcomeColumns, starts } = side;
  const sideOf = (shift: number): Side => {
    const shifts = side.shifts.slice();
    shifts[0] = shift;
    const cache = emptyCache(side.cache.clusters, side.cache.parts);
    return makeSide({ ...side, columns, shifts }, maximumOrder, kernelDegree, outcomeColumns, starts, cache, shared, neighboursOf?.());
  };
  return { values, sideOf };
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
  if (side.unique === side.rows) return rows;
  let low = 0;
  let high = side.unique;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (side.starts[middle]! < rows) low = middle + 1;
    else high = middle;
  }
  return low;
}
