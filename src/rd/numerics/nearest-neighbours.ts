/**
 * Nearest-neighbour residuals of one side, computed outward from the cutoff and only as far as some window needs.
 * They do not depend on order, bandwidth or kernel, except for values whose neighbours lie beyond a window's outer edge.
 */
export interface NeighbourResiduals {
  readonly x: Float64Array;
  readonly starts: Int32Array;
  readonly matches: number;
  readonly columns: readonly Float64Array[];
  /** Sum of each column over each distinct value. */
  readonly groupSums: readonly Float64Array[];
  /** Residuals of each column in the whole side, valid up to `done` distinct values, but for its edge. */
  readonly residuals: readonly Float64Array[];
  readonly edges: readonly WindowEdge[];
  /** Outermost distinct value used by any value up to this one. */
  readonly reach: Int32Array;
  done: number;
}

/** Rows of a column's residuals that are those of a window, whose outermost values lack neighbours, and what they are in the whole side. */
export interface WindowEdge {
  /** Distinct values of the window; -1 for the whole side. */
  window: number;
  from: number;
  whole: Float64Array;
}

const NO_ROWS = new Float64Array(0);

const noEdge = (): WindowEdge => ({ window: -1, from: 0, whole: NO_ROWS });

/** Prepares the residuals; nothing is computed before {@link extendResiduals}. */
export function neighbourResiduals(
  x: Float64Array,
  columns: readonly Float64Array[],
  starts: Int32Array,
  matches: number,
): NeighbourResiduals {
  const groups = starts.length - 1;
  const groupSums = columns.map((column) => (groups === x.length ? column : sumByGroup(column, starts, new Float64Array(groups))));
  const residuals = columns.map(() => new Float64Array(x.length));
  const edges = columns.map(noEdge);
  return { x, starts, matches, columns, groupSums, residuals, edges, reach: new Int32Array(groups), done: 0 };
}

/**
 * Residuals of other columns, the first of which changes from call to call while the others stay: who is compared with whom in the whole
 * side is looked up once, and the residuals of a call use the memory of the one before.
 */
export function neighboursOfColumns(
  { x, starts, matches }: NeighbourResiduals,
  columns: readonly Float64Array[],
): () => NeighbourResiduals {
  const table = neighbourResiduals(x, columns, starts, matches);
  const groups = starts.length - 1;
  const compared = lookUp(table, 0, groups, groups, table.reach);
  for (let a = 1; a < columns.length; a++) columnResiduals(columns[a]!, table.groupSums[a]!, table.residuals[a]!, starts, 0, compared);
  return () => {
    const sums = table.groupSums[0]!;
    if (sums !== columns[0]) sumByGroup(columns[0]!, starts, sums);
    columnResiduals(columns[0]!, sums, table.residuals[0]!, starts, 0, compared);
    return { ...table, edges: [noEdge(), ...table.edges.slice(1)], done: groups };
  };
}

function sumByGroup(column: Float64Array, starts: Int32Array, sums: Float64Array): Float64Array {
  for (let g = 0; g < sums.length; g++) {
    let sum = 0;
    for (let i = starts[g]!; i < starts[g + 1]!; i++) sum += column[i]!;
    sums[g] = sum;
  }
  return sums;
}

/** Computes the residuals of the whole side for the first `groups` distinct values. */
export function extendResiduals(table: NeighbourResiduals, groups: number): void {
  if (groups <= table.done) return;
  const all = table.starts.length - 1;
  const { columns, groupSums, residuals } = table;
  residualsOf(table, table.done, groups, all, columns, groupSums, residuals, table.reach);
  table.done = groups;
}

/**
 * Residuals of `columns` for the distinct values `from` to `to` when only the first `limit` values exist, written to `out`:
 * `e = sqrt((m + 1) / m) (d - mean of all m + 1)`, the same as `sqrt(m / (m + 1))` times the difference to the mean of the `m` others.
 * `reach`, when given, receives the running maximum of the outermost value used.
 */
function residualsOf(
  table: NeighbourResiduals,
  from: number,
  to: number,
  limit: number,
  columns: readonly Float64Array[],
  groupSums: readonly Float64Array[],
  out: readonly Float64Array[],
  reach?: Int32Array,
): void {
  const { x, starts, matches } = table;
  if (columns.length === 1 && groupSums[0] === columns[0]) {
    singleResiduals(x, columns[0]!, out[0]!, from, to, limit, Math.min(matches, starts[limit]! - 1), reach);
    return;
  }
  const compared = lookUp(table, from, to, limit, reach);
  for (let a = 0; a < columns.length; a++) columnResiduals(columns[a]!, groupSums[a]!, out[a]!, starts, from, compared);
}

/** First and last distinct value that each value is compared with, itself among them, and what the difference is multiplied by. */
interface Compared {
  readonly lows: Int32Array;
  readonly highs: Int32Array;
  readonly factors: Float64Array;
  /** Whether no value repeats and all are compared with three others, the usual case. */
  readonly four: boolean;
}

/**
 * A value's own mass point enters whole; then the next distinct value on the nearer side, both when equally far, until `matches` others
 * (or all) are in.
 */
function lookUp({ x, starts, matches }: NeighbourResiduals, from: number, to: number, limit: number, reach?: Int32Array): Compared {
  const needed = Math.min(matches, starts[limit]! - 1);
  const count = to - from;
  const [lows, highs, factors] = [new Int32Array(count), new Int32Array(count), new Float64Array(count)];
  for (let g = from; g < to; g++) {
    const here = x[starts[g]!]!;
    let low = g;
    let high = g;
    while (starts[high + 1]! - starts[low]! - 1 < needed) {
      const below = low > 0 ? Math.abs(here - x[starts[low - 1]!]!) : Number.POSITIVE_INFINITY;
      const above = high + 1 < limit ? Math.abs(x[starts[high + 1]!]! - here) : Number.POSITIVE_INFINITY;
      if (below <= above) low--;
      if (above <= below) high++;
    }
    if (reach !== undefined) reach[g] = g > 0 && reach[g - 1]! > high ? reach[g - 1]! : high;
    lows[g - from] = low;
    highs[g - from] = high;
    const size = starts[high + 1]! - starts[low]!;
    factors[g - from] = size > 1 ? Math.sqrt(size / (size - 1)) : 0;
  }
  return { lows, highs, factors, four: to - from > 0 && starts.length - 1 === x.length && ofFour(lows, highs) };
}

/** Residuals of one column. */
function columnResiduals(
  column: Float64Array,
  sums: Float64Array,
  out: Float64Array,
  starts: Int32Array,
  from: number,
  { lows, highs, factors, four }: Compared,
): void {
  if (sums === column) {
    if (four) fourResiduals(column, out, from, lows);
    else distinctResiduals(column, out, from, lows, highs, factors);
    return;
  }
  for (let at = 0; at < lows.length; at++) {
    const low = lows[at]!;
    const high = highs[at]!;
    let sum = sums[low]!;
    for (let k = low + 1; k <= high; k++) sum += sums[k]!;
    const factor = factors[at]!;
    const mean = sum / (starts[high + 1]! - starts[low]!);
    const end = starts[from + at + 1]!;
    for (let i = starts[from + at]!; i < end; i++) out[i] = factor * (column[i]! - mean);
  }
}

function ofFour(lows: Int32Array, highs: Int32Array): boolean {
  for (let at = 0; at < lows.length; at++) if (highs[at]! - lows[at]! !== 3) return false;
  return true;
}

function fourResiduals(column: Float64Array, out: Float64Array, from: number, lows: Int32Array): void {
  const factor = Math.sqrt(4 / 3);
  for (let at = 0; at < lows.length; at++) {
    const low = lows[at]!;
    out[from + at] = factor * (column[from + at]! - (column[low]! + column[low + 1]! + column[low + 2]! + column[low + 3]!) / 4);
  }
}

/** {@link columnResiduals} when no value repeats. */
function distinctResiduals(
  column: Float64Array,
  out: Float64Array,
  from: number,
  lows: Int32Array,
  highs: Int32Array,
  factors: Float64Array,
): void {
  for (let at = 0; at < lows.length; at++) {
    const low = lows[at]!;
    const high = highs[at]!;
    let sum = column[low]!;
    for (let k = low + 1; k <= high; k++) sum += column[k]!;
    out[from + at] = factors[at]! * (column[from + at]! - sum / (high - low + 1));
  }
}

/**
 * {@link residualsOf} for one column when no value repeats: rows are their own groups. The window of a row, itself and its `needed`
 * nearest, moves outward with the row; the next row outward belongs to it when it is as far as the innermost (which is then the furthest).
 */
function singleResiduals(
  x: Float64Array,
  column: Float64Array,
  out: Float64Array,
  from: number,
  to: number,
  limit: number,
  needed: number,
  reach: Int32Array | undefined,
): void {
  const size = needed + 1;
  const factor = size > 1 ? Math.sqrt(size / needed) : 0;
  const tied = Math.sqrt((size + 1) / size);
  const last = limit - size;
  let low = Math.max(0, from - needed);
  let furthest = from > 0 && reach !== undefined ? reach[from - 1]! : 0;
  for (let i = from; i < to; i++) {
    const here = x[i]!;
    let below = Math.abs(here - x[low]!);
    let above = low < last ? outwardDistance(x, i, low + size) : Number.POSITIVE_INFINITY;
    while (above < below) {
      low++;
      below = Math.abs(here - x[low]!);
      above = low < last ? outwardDistance(x, i, low + size) : Number.POSITIVE_INFINITY;
    }
    let sum = column[low]!;
    if (size === 4) sum = sum + column[low + 1]! + column[low + 2]! + column[low + 3]!;
    else for (let j = 1; j < size; j++) sum += column[low + j]!;
    const tie = above === below;
    const high = low + (tie ? size : needed);
    if (high > furthest) furthest = high;
    if (reach !== undefined) reach[i] = furthest;
    out[i] = tie ? tied * (column[i]! - (sum + column[high]!) / (size + 1)) : factor * (column[i]! - sum / size);
  }
}

/** How much further out row `j` lies than row `i`; rows at or inside it are nearer than anything. */
function outwardDistance(x: Float64Array, i: number, j: number): number {
  return j > i ? Math.abs(x[j]! - x[i]!) : -1;
}

/** First distinct value whose neighbours may lie beyond the first `limit` values. */
function firstAffected(table: NeighbourResiduals, limit: number): number {
  let low = 0;
  let high = limit;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (table.reach[middle]! < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Residuals of the columns when the first `groups` distinct values are all there are: those of the whole side with the edge of the
 * window put in. Read-only; good for the window's rows and until the next window is asked for.
 */
export function residualsWithin(table: NeighbourResiduals, groups: number): readonly Float64Array[] {
  extendResiduals(table, groups);
  const { starts, columns, groupSums, residuals, edges } = table;
  let known = true;
  for (let a = 0; a < edges.length; a++) known &&= edges[a]!.window === groups;
  if (known) return residuals;
  const affected = groups === starts.length - 1 ? groups : firstAffected(table, groups);
  const from = starts[affected]!;
  const to = starts[groups]!;
  for (let a = 0; a < edges.length; a++) {
    const edge = edges[a]!;
    const values = residuals[a]!;
    if (edge.whole.length > 0) values.set(edge.whole, edge.from);
    edge.window = groups;
    edge.from = from;
    edge.whole = from === to ? NO_ROWS : values.slice(from, to);
  }
  if (from < to) residualsOf(table, affected, groups, groups, columns, groupSums, residuals);
  return residuals;
}
