import { binomialCdf, binomialDensity } from "../distributions/index.ts";
import { rowDistance } from "./density-bandwidth.ts";
import type { Pair } from "./numerics/selectors.ts";
import { type Side, windowRows } from "./numerics/side.ts";

/** Relative slack when outcomes are compared with the observed one. */
const SLACK = 1 + 1e-7;

/** Windows of the binomial test. */
export interface BinomialOptions {
  /** Rows per side of the smallest window. Default 20. */
  readonly rows?: number;
  /** Half-width of the smallest window, or [left, right]; overrides `rows`. */
  readonly width?: number | Pair;
  /** Rows added per window. */
  readonly rowStep?: number;
  /** Width added per window; overrides `rowStep`. */
  readonly widthStep?: number | Pair;
  /** Number of windows. Default 10. */
  readonly windows?: number;
  /** Probability of the left side under the hypothesis. Default 0.5. */
  readonly probability?: number;
}

/** One window of the binomial test. */
export interface BinomialWindow {
  readonly width: Pair;
  readonly rows: Pair;
  readonly pValue: number;
}

/** Exact binomial tests in windows around the cutoff; `h` bounds the default ones. */
export function binomialWindows(sides: readonly [Side, Side], options: BinomialOptions, h: Pair): BinomialWindow[] {
  const { rows = 20, windows = 10, probability = 0.5 } = options;
  const nearest = Math.max(rowDistance(sides[0], rows), rowDistance(sides[1], rows));
  const first = asPair(options.width ?? nearest);
  const widths: Pair[] = [first];
  if (options.widthStep !== undefined) {
    const step = asPair(options.widthStep);
    for (let i = 1; i < windows; i++) widths.push([first[0] + i * step[0], first[1] + i * step[1]]);
  } else if (options.rowStep !== undefined) {
    for (let i = 1; i < windows; i++) widths.push(nextByRows(sides, widths[i - 1]!, options.rowStep));
  } else if (first[0] <= h[0] && first[1] <= h[1]) {
    const step = [0, 1].map((s) => (first[s]! * windows > h[s]! ? (h[s]! - first[s]!) / (windows - 1) : first[s]!));
    for (let i = 1; i < windows; i++) widths.push([first[0] + i * step[0]!, first[1] + i * step[1]!]);
  }
  return widths.map((width) => {
    const count: Pair = [windowRows(sides[0], width[0], true), windowRows(sides[1], width[1], true)];
    return { width, rows: count, pValue: binomialTest(count[0], count[0] + count[1], probability) };
  });
}

const asPair = (value: number | Pair): Pair => (typeof value === "number" ? [value, value] : value);

function nextByRows(sides: readonly [Side, Side], width: Pair, rows: number): Pair {
  const added = [0, 1].map((s) => rowDistance(sides[s]!, windowRows(sides[s]!, width[s]!, true) + rows) - width[s]!);
  const step = Math.max(...added);
  return [width[0] + step, width[1] + step];
}

/** Two-sided exact p-value: the probability of all outcomes no likelier than `successes`. */
export function binomialTest(successes: number, trials: number, probability: number): number {
  const limit = binomialDensity(successes, trials, probability) * SLACK;
  const mean = trials * probability;
  if (successes === mean) return 1;
  if (successes < mean) {
    const far = boundary(Math.ceil(mean), trials + 1, (k) => binomialDensity(k, trials, probability) <= limit);
    return Math.min(
      1,
      binomialCdf(successes, [trials, probability]) + (far > trials ? 0 : binomialCdf(far - 1, [trials, probability], "upper")),
    );
  }
  const near = boundary(0, Math.floor(mean) + 1, (k) => binomialDensity(k, trials, probability) > limit);
  return Math.min(
    1,
    (near > 0 ? binomialCdf(near - 1, [trials, probability]) : 0) + binomialCdf(successes - 1, [trials, probability], "upper"),
  );
}

/** First k in [low, high) where a monotone condition holds, else high. */
function boundary(low: number, high: number, holds: (k: number) => boolean): number {
  let a = low;
  let b = high;
  while (a < b) {
    const middle = Math.floor((a + b) / 2);
    if (holds(middle)) b = middle;
    else a = middle + 1;
  }
  return a;
}
