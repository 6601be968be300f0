import { choleskySolve } from "../../linalg/index.ts";

/** Intervals of the real line, ascending; ends may be infinite. */
export type Intervals = readonly (readonly [number, number])[];

/** All b with `a b^2 + b1 b + c <= 0`. */
export function quadraticIntervals(a: number, b1: number, c: number): Intervals {
  const [low, high] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  if (a === 0) {
    if (b1 === 0) return c <= 0 ? [[low, high]] : [];
    return b1 > 0 ? [[low, -c / b1]] : [[-c / b1, high]];
  }
  const discriminant = b1 * b1 - 4 * a * c;
  if (!(discriminant > 0)) return a > 0 ? [] : [[low, high]];
  const q = -(b1 + (b1 < 0 ? -1 : 1) * Math.sqrt(discriminant)) / 2; // the root without cancellation, then the other from the product
  const roots = [q / a, c / q].sort((x, y) => x - y) as [number, number];
  return a > 0
    ? [roots]
    : [
        [low, roots[0]],
        [roots[1], high],
      ];
}

/** A Wald statistic whose vector and covariance depend on b: `g = gY - b gX`, `V = VY - b VYX + b^2 VX`. */
export interface WaldPath {
  readonly restrictions: number;
  readonly gY: Float64Array;
  readonly gX: Float64Array;
  readonly VY: Float64Array;
  /** Sum of the cross covariance and its transpose. */
  readonly VYX: Float64Array;
  readonly VX: Float64Array;
}

/** Points on the circle where the statistic is looked at first, for each restriction: it is a ratio of polynomials of degree 2L. */
const POINTS = 180;
const BISECTIONS = 60;
const SECTIONS = 48;
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/**
 * All b whose statistic is at most `critical`. The line is wound on a circle, `b = center + scale tan(angle)`, so that sets which run
 * through infinity are like any other; crossings are bracketed on a grid with every local extremum refined, then bisected.
 * `undefined` when the covariance is singular somewhere.
 */
export function waldIntervals(path: WaldPath, critical: number, center: number, scale: number): Intervals | undefined {
  const excess = (angle: number): number => statisticAt(path, angle, center, scale) - critical;
  const points = POINTS * (1 + path.restrictions);
  const step = Math.PI / points;
  const values = new Float64Array(points);
  for (let i = 0; i < points; i++) {
    values[i] = excess(-Math.PI / 2 + i * step);
    if (Number.isNaN(values[i])) return undefined;
  }
  const at = (i: number): number => values[(i + points) % points]!;
  const angles: number[] = [];
  for (let i = 0; i < points; i++) {
    const angle = -Math.PI / 2 + i * step;
    const sign = at(i) > 0 ? 1 : -1;
    if (at(i + 1) > 0 !== at(i) > 0) angles.push(bisect(excess, angle, angle + step));
    // a dip (or peak) between grid points that does not reach the other side there
    const turning = sign * at(i) <= sign * at(i - 1) && sign * at(i) < sign * at(i + 1);
    if (turning && at(i - 1) > 0 === at(i) > 0 && at(i + 1) > 0 === at(i) > 0) {
      const inner = extremum((x) => sign * excess(x), angle - step, angle + step);
      if (excess(inner) > 0 !== at(i) > 0) angles.push(bisect(excess, angle - step, inner), bisect(excess, inner, angle + step));
    }
  }
  if (angles.length === 0) return values[0]! <= 0 ? [[Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]] : [];
  const ends = angles.map((angle) => center + scale * Math.tan(angle)).sort((x, y) => x - y);
  const bounds = [Number.NEGATIVE_INFINITY, ...ends, Number.POSITIVE_INFINITY];
  const intervals: [number, number][] = [];
  const outside = values[0]! <= 0; // at infinity
  for (let i = outside ? 0 : 1; i + 1 < bounds.length; i += 2) intervals.push([bounds[i]!, bounds[i + 1]!]);
  return intervals;
}

function statisticAt({ restrictions: q, gY, gX, VY, VYX, VX }: WaldPath, angle: number, center: number, scale: number): number {
  const c = Math.cos(angle);
  const s = center * c + scale * Math.sin(angle);
  const g = new Float64Array(q);
  for (let l = 0; l < q; l++) g[l] = c * gY[l]! - s * gX[l]!;
  const V = new Float64Array(q * q);
  for (let p = 0; p < V.length; p++) V[p] = c * c * VY[p]! - c * s * VYX[p]! + s * s * VX[p]!;
  const solved = choleskySolve(V, g);
  if (solved === undefined) return Number.NaN;
  let sum = 0;
  for (let l = 0; l < q; l++) sum += g[l]! * solved[l]!;
  return sum;
}

function bisect(f: (x: number) => number, from: number, to: number): number {
  const positive = f(from) > 0;
  let [low, high] = [from, to];
  for (let i = 0; i < BISECTIONS; i++) {
    const middle = (low + high) / 2;
    if (f(middle) > 0 === positive) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Smallest point of f by golden sections. */
function extremum(f: (x: number) => number, from: number, to: number): number {
  let [a, b] = [from, to];
  let [x1, x2] = [b - GOLDEN * (b - a), a + GOLDEN * (b - a)];
  let [f1, f2] = [f(x1), f(x2)];
  for (let i = 0; i < SECTIONS; i++) {
    if (f1 < f2) {
      [b, x2, f2] = [x2, x1, f1];
      x1 = b - GOLDEN * (b - a);
      f1 = f(x1);
    } else {
      [a, x1, f1] = [x1, x2, f2];
      x2 = a + GOLDEN * (b - a);
      f2 = f(x2);
    }
  }
  return (a + b) / 2;
}
