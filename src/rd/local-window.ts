import type { Pair } from "./numerics/selectors.ts";

/** How windows grow around the cutoff. */
export interface WindowRules {
  /** Rows per side of the first window. Default 10. */
  readonly firstRows?: number;
  /** Half-width of the first window instead. */
  readonly firstWidth?: number | Pair;
  /** Rows that each next window adds per side at least. Default 5. */
  readonly rowStep?: number;
  /** Width that each next window adds instead. */
  readonly widthStep?: number;
  /** Windows of one more distinct value on each side. Default false. */
  readonly byValue?: boolean;
  /** Sides of different width. Default false. */
  readonly asymmetric?: boolean;
  /** Number of windows. Default 10. */
  readonly windows?: number;
}

/** Half-widths of nested windows; `left` and `right` are ascending distances of the rows of each side to the cutoff. */
export function nestedWindows(left: Float64Array, right: Float64Array, rules: WindowRules): Pair[] {
  const { firstRows = 10, rowStep = 5, windows = 10, asymmetric = false } = rules;
  if (rules.byValue === true) return windowsByValue(left, right, windows);
  const even = ([l, r]: Pair): Pair => (asymmetric ? [l, r] : [Math.max(l, r), Math.max(l, r)]);
  // the first treated row counts for both sides, which is how the reference comes to one control row fewer
  const first: Pair =
    rules.firstWidth === undefined
      ? even([nthDistance(left, firstRows - 1), nthDistance(right, firstRows)])
      : typeof rules.firstWidth === "number"
        ? [rules.firstWidth, rules.firstWidth]
        : rules.firstWidth;
  const out: Pair[] = [first];
  const widest = [left[left.length - 1] ?? 0, right[right.length - 1] ?? 0] as const;
  while (out.length < windows) {
    const [l, r] = out[out.length - 1]!;
    if (l >= widest[0] && r >= widest[1]) break;
    out.push(
      rules.widthStep === undefined
        ? even([nthDistance(left, rowsWithin(left, l) + rowStep), nthDistance(right, rowsWithin(right, r) + rowStep)])
        : [l + rules.widthStep, r + rules.widthStep],
    );
  }
  return out;
}

function windowsByValue(left: Float64Array, right: Float64Array, windows: number): Pair[] {
  const [a, b] = [[...new Set(left)], [...new Set(right)]];
  const out: Pair[] = [];
  const start = b[0] === 0 ? 0 : 1;
  for (let w = 0; w < windows; w++) {
    const [l, r] = [a[w - 1 + start] ?? a[a.length - 1] ?? 0, b[w] ?? b[b.length - 1] ?? 0];
    if (w > 0 && w - 1 + start >= a.length && w >= b.length) break;
    out.push(w === 0 && start === 0 ? [0, r] : [l, r]);
  }
  return out;
}

const nthDistance = (distances: Float64Array, m: number): number => distances[Math.min(Math.max(m, 1), distances.length) - 1] ?? 0;

/** Rows at most `width` away. */
export function rowsWithin(distances: Float64Array, width: number): number {
  let low = 0;
  let high = distances.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (distances[middle]! <= width) low = middle + 1;
    else high = middle;
  }
  return low;
}
