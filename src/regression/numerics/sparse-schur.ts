import type { EffectCells } from "./effect-cells.ts";
import { type PartialCholesky, PIVOT_FLOOR, partialCholesky, solvePartial } from "./schur.ts";

/** Pairs of distinct levels within units, for each level, beyond which the Schur complement is not formed. */
const MAX_PAIRS = 200;
const FEW_PAIRS = 100_000;
/** Entries a level may have on average, before and after elimination, for a direct solve to pay. */
const MAX_DEGREE = 14;
const MAX_FILL = 60;
/** Elimination ends, and what is left is solved densely, when each level left has more neighbours than this, and few are left. */
const CORE_DEGREE = 40;
const CORE_LEVELS = 1000;
/** With more neighbours than this, or as many as before a core and levels in plenty, the graph has no structure: iterations are few. */
const LAST_DEGREE = 80;
const PLENTY = 4000;
/** An effect of at most so many levels is eliminated last: its levels are neighbours of nearly all others. */
const BORDER_LEVELS = 400;
/** Entries of the border's rows, and multiplications with them, that are worth it. */
const BORDER_SIZE = 1.6e7;
const BORDER_WORK = 2e9;

/** `S = L D L'` with few entries, columns in the order of elimination, and a dense core last. */
export interface SparseFactor {
  /** Levels eliminated one by one, in order. */
  readonly order: Int32Array;
  /** Their pivots; 0 for dependent levels. */
  readonly pivots: Float64Array;
  /** Entries of column p: `starts[p]` to `starts[p + 1]`. */
  readonly starts: Int32Array;
  readonly rows: Int32Array;
  readonly values: Float64Array;
  /** Entries of column p in the border's rows: `border` from `p * borderCount`. */
  readonly border: Float64Array;
  readonly borderCount: number;
  /** Levels of the core, the border's at the end. */
  readonly coreLevels: Int32Array;
  readonly core: PartialCholesky;
  readonly rank: number;
}

/**
 * Exact sparse factor of the Schur complement of the units, levels eliminated in order of least degree: levels with one neighbour vanish
 * without fill. Effects with few levels come last. `undefined` where the graph is too dense for it to pay.
 *
 * @see George & Liu (1989), doi:10.1137/1031001
 */
export function sparseSchurFactor(
  cells: EffectCells,
  weights: Float64Array | undefined,
  unitWeights: Float64Array,
  diagonal: Float64Array,
): SparseFactor | undefined {
  const border = chooseBorder(cells);
  const interior = cells.levelCount - border.levels.length;
  if (interior * border.levels.length > BORDER_SIZE || interior * border.levels.length ** 2 > BORDER_WORK) return undefined;
  const parts = collectParts(cells, weights, unitWeights, border);
  if (parts === undefined) return undefined;
  const graph = mergePairs(parts, cells.levelCount);
  return graph === undefined ? undefined : eliminate(graph, parts, diagonal, border);
}

interface Border {
  /** Position of each level in the border; -1 inside. */
  readonly position: Int32Array;
  readonly levels: Int32Array;
}

/** The levels of effects with few levels, unless it is the effect with most. */
function chooseBorder({ starts, otherEffects, levelCount }: EffectCells): Border {
  const position = new Int32Array(levelCount).fill(-1);
  const levels: number[] = [];
  const sizes = otherEffects.map((_, p) => starts[p + 1]! - starts[p]!);
  const largest = sizes.indexOf(Math.max(...sizes));
  sizes.forEach((size, p) => {
    if (p === largest || size > BORDER_LEVELS) return;
    for (let l = starts[p]!; l < starts[p + 1]!; l++) position[l] = levels.push(l) - 1;
  });
  return { position, levels: Int32Array.from(levels) };
}

/** Off-diagonal entries of the complement: pairs inside, rows of the border, and the border's own corner (lower triangle). */
interface Parts {
  readonly low: Int32Array;
  readonly high: Int32Array;
  readonly value: Float64Array;
  readonly rows: Float64Array;
  readonly corner: Float64Array;
}

function collectParts(
  { offsets, levels, otherEffects, levelCount: m, units }: EffectCells,
  weights: Float64Array | undefined,
  unitWeights: Float64Array,
  { position, levels: borderLevels }: Border,
): Parts | undefined {
  const q = otherEffects.length;
  const most = MAX_PAIRS * m + FEW_PAIRS;
  const bound = countPairs(offsets, levels, q, position, most);
  if (bound > most) return undefined;
  const b = borderLevels.length;
  const low = new Int32Array(bound);
  const high = new Int32Array(bound);
  const value = new Float64Array(bound);
  const rows = new Float64Array(m * b);
  const corner = new Float64Array(b * b);
  const cell = new Float64Array(m);
  const touched = new Int32Array(m);
  let count = 0;
  const add = (x: number, y: number, amount: number): void => {
    const px = position[x]!;
    const py = position[y]!;
    if (px < 0 && py < 0) {
      low[count] = x < y ? x : y;
      high[count] = x < y ? y : x;
      value[count++] = amount;
    } else if (px < 0) rows[x * b + py]! += amount;
    else if (py < 0) rows[y * b + px]! += amount;
    else corner[px > py ? px * b + py : py * b + px]! += amount;
  };
  for (let u = 0; u < units; u++) {
    const from = offsets[u]!;
    const to = offsets[u + 1]!;
    if (q === 1 && to - from === 1) continue;
    let distinct = 0;
    for (let c = from; c < to; c++) {
      const weight = weights === undefined ? 1 : weights[c]!;
      for (let p = 0; p < q; p++) {
        const level = levels[c * q + p]!;
        if (cell[level] === 0) touched[distinct++] = level;
        cell[level]! += weight;
        for (let o = 0; o < p; o++) add(level, levels[c * q + o]!, weight);
      }
    }
    for (let x = 0; x < distinct; x++) {
      const share = cell[touched[x]!]! / unitWeights[u]!;
      for (let y = 0; y < x; y++) add(touched[x]!, touched[y]!, -share * cell[touched[y]!]!);
    }
    for (let x = 0; x < distinct; x++) cell[touched[x]!] = 0;
  }
  return { low: low.subarray(0, count), high: high.subarray(0, count), value: value.subarray(0, count), rows, corner };
}

/** Bound on the entries, up to `most`: pairs of distinct inner levels in all units, of different effects in all cells. */
function countPairs(offsets: Int32Array, levels: Int32Array, q: number, position: Int32Array, most: number): number {
  const seen = new Int32Array(position.length).fill(-1);
  let pairs = 0;
  for (let u = 0; u + 1 < offsets.length && pairs <= most; u++) {
    let distinct = 0;
    for (let c = offsets[u]!; c < offsets[u + 1]!; c++) {
      let inner = 0;
      for (let p = 0; p < q; p++) {
        const level = levels[c * q + p]!;
        if (position[level]! >= 0) continue;
        pairs += inner++;
        if (seen[level] === u) continue;
        seen[level] = u;
        pairs += distinct++;
      }
    }
  }
  return pairs;
}

/** Repeated pairs added up; the neighbours of each level with their entries. */
function mergePairs({ low, high, value }: Parts, m: number): Map<number, number>[] | undefined {
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

/** Right-looking elimination; `graph`, `parts` and a copy of the diagonal are worked on. */
function eliminate(
  graph: Map<number, number>[],
  { rows: borderRows, corner }: Parts,
  sizes: Float64Array,
  { position, levels: borderLevels }: Border,
): SparseFactor | undefined {
  const m = sizes.length;
  const b = borderLevels.length;
  const inside = m - b;
  const diagonal = sizes.slice();
  const queue = new DegreeQueue();
  const done = new Uint8Array(m);
  for (let l = 0; l < m; l++) {
    if (position[l]! < 0) queue.push(l, graph[l]!.size);
    else done[l] = 1;
  }
  const order = new Int32Array(inside);
  const pivots = new Float64Array(inside);
  const starts = new Int32Array(inside + 1);
  const border = new Float64Array(inside * b);
  const rows: number[] = [];
  const values: number[] = [];
  let [rank, count] = [0, 0];
  for (; count < inside; count++) {
    const level = queue.take(graph, done);
    const neighbours = graph[level]!;
    const left = inside - count + b;
    if (neighbours.size > CORE_DEGREE && left <= CORE_LEVELS) break;
    if (neighbours.size > (left > PLENTY ? CORE_DEGREE : LAST_DEGREE)) return undefined;
    done[level] = 1;
    order[count] = level;
    const pivot = diagonal[level]!;
    for (const other of neighbours.keys()) graph[other]!.delete(level);
    if (pivot > PIVOT_FLOOR * sizes[level]!) {
      rank++;
      pivots[count] = pivot;
      const ids = [...neighbours.keys()];
      const entries = ids.map((other) => neighbours.get(other)! / pivot);
      for (let x = 0; x < ids.length; x++) {
        const own = graph[ids[x]!]!;
        diagonal[ids[x]!]! -= entries[x]! * entries[x]! * pivot;
        for (let y = 0; y < x; y++) {
          const amount = (own.get(ids[y]!) ?? 0) - entries[x]! * entries[y]! * pivot;
          own.set(ids[y]!, amount);
          graph[ids[y]!]!.set(ids[x]!, amount);
        }
        rows.push(ids[x]!);
        values.push(entries[x]!);
        for (let c = 0; c < b; c++) borderRows[ids[x]! * b + c]! -= entries[x]! * borderRows[level * b + c]!;
      }
      eliminateBorder(borderRows, level, pivot, b, border, count, corner);
      if (rows.length > MAX_FILL * m) return undefined;
    }
    for (const other of neighbours.keys()) queue.push(other, graph[other]!.size);
    graph[level] = EMPTY;
    starts[count + 1] = rows.length;
  }
  const inner = Int32Array.from({ length: m }, (_, l) => l).filter((l) => done[l] === 0);
  const coreLevels = Int32Array.of(...inner, ...borderLevels);
  const core = factorCore(coreLevels, inner.length, graph, borderRows, corner, diagonal, sizes, borderLevels);
  return {
    order: order.subarray(0, count),
    pivots,
    starts,
    rows: Int32Array.from(rows),
    values: Float64Array.from(values),
    border,
    borderCount: b,
    coreLevels,
    core,
    rank: rank + core.rank,
  };
}

const EMPTY: Map<number, number> = new Map();

/** The border's part of one elimination: its column entries, and the corner less their products. */
function eliminateBorder(
  borderRows: Float64Array,
  level: number,
  pivot: number,
  b: number,
  border: Float64Array,
  column: number,
  corner: Float64Array,
): void {
  for (let x = 0; x < b; x++) {
    const value = borderRows[level * b + x]!;
    if (value === 0) continue;
    const entry = value / pivot;
    border[column * b + x] = entry;
    for (let y = 0; y <= x; y++) corner[x * b + y]! -= entry * borderRows[level * b + y]!;
  }
}

function factorCore(
  coreLevels: Int32Array,
  left: number,
  graph: readonly Map<number, number>[],
  borderRows: Float64Array,
  corner: Float64Array,
  diagonal: Float64Array,
  sizes: Float64Array,
  borderLevels: Int32Array,
): PartialCholesky {
  const [size, b] = [coreLevels.length, borderLevels.length];
  const S = new Float64Array(size * size);
  for (let x = 0; x < left; x++) {
    const level = coreLevels[x]!;
    S[x * size + x] = diagonal[level]!;
    for (let y = 0; y < x; y++) S[x * size + y] = graph[level]!.get(coreLevels[y]!) ?? 0;
    for (let c = 0; c < b; c++) S[(left + c) * size + x] = borderRows[level * b + c]!;
  }
  for (let x = 0; x < b; x++) {
    for (let y = 0; y < x; y++) S[(left + x) * size + left + y] = corner[x * b + y]!;
    S[(left + x) * size + left + x] = sizes[borderLevels[x]!]! + corner[x * b + x]!;
  }
  const own = Float64Array.from(coreLevels, (level) => sizes[level]!);
  return partialCholesky(S, size, own);
}

/** Solves in place for four right-hand sides, four entries a level; dependent levels get 0. */
export function solveSparse(factor: SparseFactor, x: Float64Array): void {
  const { order, pivots, starts, rows, values, border, borderCount: b, coreLevels, core } = factor;
  const size = coreLevels.length;
  const y = new Float64Array(4 * size);
  for (let p = 0; p < order.length; p++) {
    const at = 4 * order[p]!;
    if (pivots[p] === 0) {
      x.fill(0, at, at + 4);
      continue;
    }
    const v0 = x[at]!;
    const v1 = x[at + 1]!;
    const v2 = x[at + 2]!;
    const v3 = x[at + 3]!;
    for (let e = starts[p]!; e < starts[p + 1]!; e++) subtractMultiples(x, 4 * rows[e]!, values[e]!, v0, v1, v2, v3);
    for (let c = 0; c < b; c++) subtractMultiples(y, 4 * (size - b + c), border[p * b + c]!, v0, v1, v2, v3);
  }
  for (let c = 0; c < size; c++) for (let lane = 0; lane < 4; lane++) y[4 * c + lane]! += x[4 * coreLevels[c]! + lane]!;
  solvePartial(core, size, y);
  for (let c = 0; c < size; c++) for (let lane = 0; lane < 4; lane++) x[4 * coreLevels[c]! + lane] = y[4 * c + lane]!;
  for (let p = order.length - 1; p >= 0; p--) {
    if (pivots[p] === 0) continue;
    const at = 4 * order[p]!;
    const scale = 1 / pivots[p]!;
    let v0 = x[at]! * scale;
    let v1 = x[at + 1]! * scale;
    let v2 = x[at + 2]! * scale;
    let v3 = x[at + 3]! * scale;
    for (let e = starts[p]!; e < starts[p + 1]!; e++) {
      const other = 4 * rows[e]!;
      const value = values[e]!;
      v0 -= value * x[other]!;
      v1 -= value * x[other + 1]!;
      v2 -= value * x[other + 2]!;
      v3 -= value * x[other + 3]!;
    }
    for (let c = 0; c < b; c++) {
      const other = 4 * (size - b + c);
      const value = border[p * b + c]!;
      v0 -= value * y[other]!;
      v1 -= value * y[other + 1]!;
      v2 -= value * y[other + 2]!;
      v3 -= value * y[other + 3]!;
    }
    x[at] = v0;
    x[at + 1] = v1;
    x[at + 2] = v2;
    x[at + 3] = v3;
  }
}

function subtractMultiples(x: Float64Array, at: number, value: number, v0: number, v1: number, v2: number, v3: number): void {
  x[at]! -= value * v0;
  x[at + 1]! -= value * v1;
  x[at + 2]! -= value * v2;
  x[at + 3]! -= value * v3;
}
