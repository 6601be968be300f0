import type { SortedEffects } from "./sorted-effects.ts";

/** Pairs of distinct levels within units, for each level, beyond which the Schur complement is not formed. */
const MAX_PAIRS = 200;
const FEW_PAIRS = 100_000;
/** Entries a level may have on average, before and after elimination, for a direct solve to pay. */
const MAX_DEGREE = 14;
const MAX_FILL = 60;
/** A pivot at or below this share of the level's own weight means that the level is determined by the others. */
const PIVOT_FLOOR = 1e-10;

/** `S = L D L'` with few entries, columns in the order of elimination. */
export interface SparseFactor {
  readonly order: Int32Array;
  /** Pivot of each eliminated level, in order; 0 for dependent levels. */
  readonly pivots: Float64Array;
  /** Entries of column p: `starts[p]` to `starts[p + 1]`. */
  readonly starts: Int32Array;
  readonly rows: Int32Array;
  readonly values: Float64Array;
  readonly rank: number;
}

/**
 * Exact sparse factor of the Schur complement of the units, levels eliminated in order of least degree: levels with one neighbour vanish
 * without fill. `undefined` where the graph is too dense for it to pay.
 *
 * @see George & Liu (1989), doi:10.1137/1031001
 */
export function sparseSchurFactor(
  sorted: SortedEffects,
  weights: Float64Array | undefined,
  unitWeights: Float64Array,
  levelWeights: Float64Array,
): SparseFactor | undefined {
  const pairs = collectPairs(sorted, weights, unitWeights);
  if (pairs === undefined) return undefined;
  const m = sorted.levelCount;
  const diagonal = pairs.diagonal.map((value, l) => levelWeights[l]! - value);
  const graph = mergePairs(pairs, m);
  return graph === undefined ? undefined : eliminate(graph, diagonal, levelWeights, m);
}

interface Pairs {
  readonly low: Int32Array;
  readonly high: Int32Array;
  readonly value: Float64Array;
  /** `sum_u C_ul^2 / N_u`. */
  readonly diagonal: Float64Array;
}

/** Off-diagonal contributions of every unit, and the diagonal's. */
function collectPairs(
  { offsets, levels, otherEffects, levelCount: m }: SortedEffects,
  weights: Float64Array | undefined,
  unitWeights: Float64Array,
): Pairs | undefined {
  const q = otherEffects.length;
  const units = offsets.length - 1;
  const bound = countPairs(offsets, levels, q, m);
  if (bound > MAX_PAIRS * m + FEW_PAIRS) return undefined;
  const low = new Int32Array(bound);
  const high = new Int32Array(bound);
  const value = new Float64Array(bound);
  const diagonal = new Float64Array(m);
  const cell = new Float64Array(m);
  const touched: number[] = [];
  let count = 0;
  const add = (a: number, b: number, amount: number): void => {
    low[count] = Math.min(a, b);
    high[count] = Math.max(a, b);
    value[count++] = amount;
  };
  for (let u = 0; u < units; u++) {
    touched.length = 0;
    for (let i = offsets[u]!; i < offsets[u + 1]!; i++) {
      const weight = weights === undefined ? 1 : weights[i]!;
      for (let p = 0; p < q; p++) {
        const level = levels[i * q + p]!;
        if (cell[level] === 0) touched.push(level);
        cell[level]! += weight;
        for (let o = 0; o < p; o++) add(level, levels[i * q + o]!, weight);
      }
    }
    for (let a = 0; a < touched.length; a++) {
      const share = cell[touched[a]!]! / unitWeights[u]!;
      diagonal[touched[a]!]! += share * cell[touched[a]!]!;
      for (let b = 0; b < a; b++) add(touched[a]!, touched[b]!, -share * cell[touched[b]!]!);
    }
    for (const level of touched) cell[level] = 0;
  }
  return { low: low.subarray(0, count), high: high.subarray(0, count), value: value.subarray(0, count), diagonal };
}

/** Pairs of distinct levels in all units, and the pairs of different effects in all rows. */
function countPairs(offsets: Int32Array, levels: Int32Array, q: number, m: number): number {
  const seen = new Int32Array(m).fill(-1);
  const units = offsets.length - 1;
  let pairs = (offsets[units]! * q * (q - 1)) / 2;
  for (let u = 0; u < units; u++) {
    let distinct = 0;
    for (let at = offsets[u]! * q; at < offsets[u + 1]! * q; at++) {
      if (seen[levels[at]!] === u) continue;
      seen[levels[at]!] = u;
      pairs += distinct++;
    }
  }
  return pairs;
}

/** Repeated pairs added up; the neighbours of each level with their entries. */
function mergePairs({ low, high, value }: Pairs, m: number): Map<number, number>[] | undefined {
  const starts = new Int32Array(m + 1);
  for (let e = 0; e < low.length; e++) starts[low[e]! + 1]!++;
  for (let l = 0; l < m; l++) starts[l + 1]! += starts[l]!;
  const next = starts.slice();
  const order = new Int32Array(low.length);
  for (let e = 0; e < low.length; e++) order[next[low[e]!]!++] = e;
  const sum = new Float64Array(m);
  const seen = new Int32Array(m).fill(-1);
  const graph: Map<number, number>[] = Array.from({ length: m }, () => new Map<number, number>());
  let edges = 0;
  const neighbours: number[] = [];
  for (let l = 0; l < m; l++) {
    neighbours.length = 0;
    for (let p = starts[l]!; p < starts[l + 1]!; p++) {
      const e = order[p]!;
      const other = high[e]!;
      if (seen[other] !== l) {
        seen[other] = l;
        sum[other] = 0;
        neighbours.push(other);
      }
      sum[other]! += value[e]!;
    }
    edges += neighbours.length;
    if (edges > MAX_DEGREE * m) return undefined;
    for (const other of neighbours) {
      graph[l]!.set(other, sum[other]!);
      graph[other]!.set(l, sum[other]!);
    }
  }
  return graph;
}

/** Levels by their current degree; a level may stand in an old bucket, which is noticed when it is taken. */
class DegreeQueue {
  private readonly buckets: number[][] = [];
  private lowest = 0;

  push(level: number, degree: number): void {
    while (this.buckets.length <= degree) this.buckets.push([]);
    this.buckets[degree]!.push(level);
    if (degree < this.lowest) this.lowest = degree;
  }

  /** A level of least degree that is still there. */
  take(graph: readonly Map<number, number>[], done: Uint8Array): number {
    for (;;) {
      const bucket = this.buckets[this.lowest];
      const level = bucket?.pop();
      if (level === undefined) this.lowest++;
      else if (done[level] === 0 && graph[level]!.size === this.lowest) return level;
    }
  }
}

function eliminate(graph: Map<number, number>[], diagonal: Float64Array, levelWeights: Float64Array, m: number): SparseFactor | undefined {
  const queue = new DegreeQueue();
  for (let l = 0; l < m; l++) queue.push(l, graph[l]!.size);
  const done = new Uint8Array(m);
  const order = new Int32Array(m);
  const pivots = new Float64Array(m);
  const starts = new Int32Array(m + 1);
  const rows: number[] = [];
  const values: number[] = [];
  let rank = 0;
  for (let p = 0; p < m; p++) {
    const level = queue.take(graph, done);
    done[level] = 1;
    order[p] = level;
    const neighbours = graph[level]!;
    const pivot = diagonal[level]!;
    const independent = pivot > PIVOT_FLOOR * levelWeights[level]!;
    for (const other of neighbours.keys()) graph[other]!.delete(level);
    if (independent) {
      rank++;
      pivots[p] = pivot;
      const ids = [...neighbours.keys()];
      const entries = ids.map((other) => neighbours.get(other)! / pivot);
      for (let a = 0; a < ids.length; a++) {
        const own = graph[ids[a]!]!;
        diagonal[ids[a]!]! -= entries[a]! * entries[a]! * pivot;
        for (let b = 0; b < a; b++) {
          const amount = (own.get(ids[b]!) ?? 0) - entries[a]! * entries[b]! * pivot;
          own.set(ids[b]!, amount);
          graph[ids[b]!]!.set(ids[a]!, amount);
        }
        rows.push(ids[a]!);
        values.push(entries[a]!);
      }
      if (rows.length > MAX_FILL * m) return undefined;
    }
    for (const other of neighbours.keys()) queue.push(other, graph[other]!.size);
    graph[level] = EMPTY;
    starts[p + 1] = rows.length;
  }
  return { order, pivots, starts, rows: Int32Array.from(rows), values: Float64Array.from(values), rank };
}

const EMPTY: Map<number, number> = new Map();

/** Solves in place; dependent levels get 0. */
export function solveSparse({ order, pivots, starts, rows, values }: SparseFactor, x: Float64Array): void {
  for (let p = 0; p < order.length; p++) {
    const level = order[p]!;
    if (pivots[p] === 0) {
      x[level] = 0;
      continue;
    }
    const value = x[level]!;
    for (let e = starts[p]!; e < starts[p + 1]!; e++) x[rows[e]!]! -= values[e]! * value;
  }
  for (let p = order.length - 1; p >= 0; p--) {
    if (pivots[p] === 0) continue;
    const level = order[p]!;
    let value = x[level]! / pivots[p]!;
    for (let e = starts[p]!; e < starts[p + 1]!; e++) value -= values[e]! * x[rows[e]!]!;
    x[level] = value;
  }
}
