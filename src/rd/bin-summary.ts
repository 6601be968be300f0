import { criticalValue } from "../inference/estimate.ts";

/** One bin with rows. */
export interface BinSummary {
  readonly side: "left" | "right";
  /** Position among the side's bins, empty ones counted, from 0 in ascending order. */
  readonly index: number;
  readonly from: number;
  readonly to: number;
  readonly midpoint: number;
  readonly rows: number;
  /** Mean of the running variable. */
  readonly running: number;
  /** Mean of the outcome. */
  readonly outcome: number;
  /** Standard deviation over root n; 0 for a single row. */
  readonly standardError: number;
  readonly confidenceInterval: readonly [number, number];
}

/** Edges of `number` bins over `ends` (equal width) or over the quantiles of ascending `x` (R's type 7). */
export function binEdges(
  spacing: "even" | "quantile",
  x: Float64Array,
  [from, to]: readonly [number, number],
  number: number,
): Float64Array {
  const count = Math.ceil(number - 1e-9);
  const edges = new Float64Array(count + 1);
  for (let i = 0; i <= count; i++) {
    edges[i] = spacing === "even" ? Math.min(from + (i * (to - from)) / number, to) : quantile(x, Math.min(i / number, 1));
  }
  if (spacing === "even") edges[count] = to;
  return edges;
}

/** R's default (type 7): linear interpolation between order statistics. */
function quantile(sorted: Float64Array, p: number): number {
  const position = (sorted.length - 1) * p;
  const below = Math.floor(position + 4 * Number.EPSILON);
  const rest = position - below;
  const low = sorted[below]!;
  if (Math.abs(rest) < 1e-12 || below + 1 >= sorted.length) return low;
  return (1 - rest) * low + rest * sorted[below + 1]!;
}

/** Means of the rows in each bin; intervals are closed on the left, the last one on both sides. */
export function summarizeBins(side: "left" | "right", x: Float64Array, y: Float64Array, edges: Float64Array, level: number): BinSummary[] {
  const out: BinSummary[] = [];
  const count = edges.length - 1;
  let start = 0;
  for (let b = 0; b < count; b++) {
    let end = start;
    while (end < x.length && (b === count - 1 || x[end]! < edges[b + 1]!)) end++;
    if (end > start) out.push(summary(side, b, edges[b]!, edges[b + 1]!, x.subarray(start, end), y.subarray(start, end), level));
    start = end;
  }
  return out;
}

function summary(
  side: "left" | "right",
  index: number,
  from: number,
  to: number,
  x: Float64Array,
  y: Float64Array,
  level: number,
): BinSummary {
  const rows = x.length;
  let running = 0;
  let outcome = 0;
  for (let i = 0; i < rows; i++) {
    running += x[i]!;
    outcome += y[i]!;
  }
  running /= rows;
  outcome /= rows;
  let squares = 0;
  for (let i = 0; i < rows; i++) squares += (y[i]! - outcome) ** 2;
  const standardError = rows > 1 ? Math.sqrt(squares / (rows - 1) / rows) : 0;
  const half = criticalValue(level, Math.max(rows - 1, 1)) * standardError;
  return {
    side,
    index,
    from,
    to,
    midpoint: (from + to) / 2,
    rows,
    running,
    outcome,
    standardError,
    confidenceInterval: [outcome - half, outcome + half],
  };
}
