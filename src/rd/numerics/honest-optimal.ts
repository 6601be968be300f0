import type { HonestFit, HonestRows } from "./honest-rows.ts";
import { lowerBound } from "./lower-bound.ts";

/** One side's part of the least favourable function: `(b + d x - C x^2)_+ - (b + d x + C x^2)_-` with x the distance to the cutoff. */
interface SideShape {
  readonly level: number;
  readonly slope: number;
  /** `sum of w g`. */
  readonly total: number;
}

/** Weights of the minimax linear estimator of a jump, and how far they reach on each side. */
export interface OptimalWeights {
  readonly a: Float64Array;
  /** Left and right: the root of `b / C`, where a level b would reach at slope zero. */
  readonly reach: readonly [number, number];
}

const STEPS = 200;

/**
 * Minimax linear weights for the jump at zero when `|f(x) - f(0) - f'(0) x| <= C x^2` on each side (Taylor class), for the point on the
 * bias-variance frontier given by half the jump `size` of the least favourable function. On each side that function is
 * `g(x) = (b + d x - C x^2)_+ - (b + d x + C x^2)_-`; d makes the weights unbiased for slopes (`sum of w x g = 0`), and `size` is split
 * into the two levels b so that both sides' `sum of w g` are equal, which makes them unbiased for a common level; w is the precision.
 *
 * @see Armstrong & Kolesár (2018), Econometrica 86(2) 655-683, section 2.2 and supplement; Cheng, Fan & Marron (1997), Annals of
 * Statistics 25(4) 1691-1708
 */
export function optimalWeights(rows: Pick<HonestRows, "x">, precision: Float64Array, C: number, size: number): OptimalWeights | undefined {
  const zero = lowerBound(rows.x, 0);
  const n = rows.x.length;
  const left = sideOf(rows.x, precision, zero - 1, -1, -1);
  const right = sideOf(rows.x, precision, zero, n, 1);
  const shapes = (b: number): [SideShape, SideShape] => [shapeAt(left, C, size - b), shapeAt(right, C, b)];
  const b = root(
    (value) => {
      const [l, r] = shapes(value);
      return r.total - l.total;
    },
    [0, size],
  );
  const [l, r] = shapes(b);
  if (!(l.total > 0 && r.total > 0)) return undefined;
  const a = new Float64Array(n);
  for (let i = 0; i < left.x.length; i++) a[zero - 1 - i] = (-left.w[i]! * valueAt(l, C, left.x[i]!)) / l.total;
  for (let i = 0; i < right.x.length; i++) a[zero + i] = (right.w[i]! * valueAt(r, C, right.x[i]!)) / r.total;
  return { a, reach: [Math.sqrt(l.level / C), Math.sqrt(r.level / C)] };
}

/** Distances and precisions of one side, outward. */
interface SideRows {
  readonly x: Float64Array;
  readonly w: Float64Array;
}

function sideOf(x: Float64Array, precision: Float64Array, from: number, to: number, step: 1 | -1): SideRows {
  const count = Math.abs(to - from);
  return {
    x: Float64Array.from({ length: count }, (_, i) => Math.abs(x[from + step * i]!)),
    w: Float64Array.from({ length: count }, (_, i) => precision[from + step * i]!),
  };
}

function valueAt({ level, slope }: Pick<SideShape, "level" | "slope">, C: number, x: number): number {
  const line = level + slope * x;
  const bend = C * x * x;
  return line > bend ? line - bend : line < -bend ? line + bend : 0;
}

/** The slope at which the side's weights have no first moment: that moment grows with the slope. */
function shapeAt(side: SideRows, C: number, level: number): SideShape {
  const sums = (slope: number): [number, number] => {
    let [total, moment] = [0, 0];
    for (let i = 0; i < side.x.length; i++) {
      const x = side.x[i]!;
      const value = side.w[i]! * valueAt({ level, slope }, C, x);
      total += value;
      moment += value * x;
    }
    return [total, moment];
  };
  // where the line stays below zero beyond its start the moment is negative; at slope zero it is positive
  let steep = -Math.sqrt(Math.max(level * C, Number.MIN_VALUE));
  while (sums(steep)[1] > 0 && steep > -1e300) steep *= 2;
  const slope = root((value) => sums(value)[1], [steep, 0]);
  return { level, slope, total: sums(slope)[0] };
}

/** Root of an increasing function by regula falsi with halving (Illinois) and bisection as its guard. */
export function root(f: (value: number) => number, [low, high]: readonly [number, number]): number {
  let [a, b] = [low, high];
  let [fa, fb] = [f(a), f(b)];
  let last = Number.NaN;
  for (let step = 0; step < STEPS; step++) {
    if (fa === 0) return a;
    if (fb === 0) return b;
    let m = step % 3 === 2 ? (a + b) / 2 : (a * fb - b * fa) / (fb - fa);
    if (!(m > a && m < b)) m = (a + b) / 2;
    if (!(m > a && m < b)) break;
    if (Math.abs(m - last) <= Number.EPSILON * Math.abs(m)) return m;
    last = m;
    const fm = f(m);
    if (fm < 0) {
      [a, fa] = [m, fm];
      fb /= step % 3 === 2 ? 1 : 2;
    } else {
      [b, fb] = [m, fm];
      fa /= step % 3 === 2 ? 1 : 2;
    }
  }
  return (a + b) / 2;
}

/** The fit that given weights make: estimates, and residuals of the caller's choice. */
export function fitOfWeights({ outcomes }: HonestRows, { a }: OptimalWeights): HonestFit {
  let from = 0;
  let to = a.length;
  while (from < to && a[from] === 0) from++;
  while (to > from && a[to - 1] === 0) to--;
  const estimates = outcomes.map((y) => {
    let sum = 0;
    for (let i = from; i < to; i++) sum += a[i]! * y[i]!;
    return sum;
  });
  return { from, to, a: a.slice(from, to), estimates, residuals: [], gamma: [] };
}
