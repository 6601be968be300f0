import { finishResult } from "../core/display.ts";
import { IdentificationError } from "../core/errors.ts";
import { checkChoice, checkLevel, checkNumber, resolveOptions } from "../core/options.ts";
import type { Estimate, Result } from "../core/result.ts";
import type { Frame } from "../data/frame.ts";
import type { NumericColumn } from "../data/row-types.ts";
import { normalCdf } from "../distributions/index.ts";
import { checkCall } from "./check-call.ts";
import { readDesign } from "./design.ts";
import { preliminaryVariance } from "./honest-bandwidth.ts";
import type { HonestRows } from "./numerics/honest-rows.ts";
import { lowerBound } from "./numerics/lower-bound.ts";
import { distinctStarts } from "./numerics/side.ts";

/** Options of {@link smoothnessBound}. `Row` is the row type of the data. */
export interface RdSmoothnessOptions<Row> {
  readonly outcome: NumericColumn<Row>;
  readonly running: NumericColumn<Row>;
  /** Default 0. */
  readonly cutoff?: number;
  /** Distinct values of the running variable that each average covers. Default 25. */
  readonly values?: number;
  /** Curvature from the three averages nearest to the cutoff (`"nearest"`), or from all disjoint threes (`"all"`, default). */
  readonly triplets?: "nearest" | "all";
  /** Default `"hoelder"`. */
  readonly smoothnessClass?: "hoelder" | "taylor";
  /** Level of the lower confidence limit. Default 0.95. */
  readonly level?: number;
}

/** What the data say about the bound at least. */
export interface SmoothnessLimit {
  /** Median-unbiased estimate. */
  readonly estimate: number;
  /** Lower confidence limit. */
  readonly low: number;
  /** Threes of averages behind it. */
  readonly triplets: number;
}

/** Result of {@link smoothnessBound}. */
export interface RdSmoothnessResult extends Result<"rd.smoothnessBound", object> {
  readonly estimates: readonly Estimate[];
  readonly left: SmoothnessLimit;
  readonly right: SmoothnessLimit;
  /** Both sides share one bound. */
  readonly pooled: SmoothnessLimit;
}

interface SmoothnessSettings {
  readonly outcome: string;
  readonly running: string;
  readonly cutoff: number;
  readonly values: number;
  readonly triplets: "nearest" | "all";
  readonly smoothnessClass: "hoelder" | "taylor";
  readonly level: number;
}

/**
 * Lower limits on the smoothness bound of `rd.honest` that the data can give: how curved the regression is between averages. A bound
 * below `low` contradicts the data; no data can say that a bound is large enough.
 *
 * With three neighbouring averages the second difference `D = (1 - l) y1 + l y3 - y2`, l chosen so that a line has none, is at most
 * `M/2 ((1 - l) x1^2 + l x3^2 - x2^2)` in absolute size (bars over squares: averages; Taylor class: plus in place of the last minus).
 * The statistic is the largest |D| in standard errors; disjoint threes are independent, so its distribution under M is a product.
 *
 * @throws IdentificationError `CUTOFF_OUTSIDE`, `TOO_FEW_POINTS` when a side has fewer than three averages; OptionError, ColumnError, DataError.
 * @see Kolesár & Rothe (2018), AER 108(8) 2277-2304, supplement; Armstrong & Kolesár (2018), Econometrica 86(2) 655-683, supplement
 * @example
 * rd.smoothnessBound(people, { outcome: "hours", running: "age", cutoff: 60, values: 30 }).pooled.low;
 */
export function smoothnessBound<Row>(data: Frame<Row>, options: RdSmoothnessOptions<Row>): RdSmoothnessResult {
  const caller = "rd.smoothnessBound";
  checkCall(caller, data, options);
  const settings = resolveSmoothness(caller, options);
  const design = readDesign(caller, data, { ...settings, covariates: [], collinearity: "keep" });
  const rows: HonestRows = {
    x: design.running.map((value) => value - settings.cutoff),
    outcomes: design.columns,
    covariates: [],
    weights: new Float64Array(design.rows).fill(1),
    clusters: undefined,
    clusterCount: 0,
    jump: true,
  };
  const preliminary = preliminaryVariance(rows);
  const zero = lowerBound(rows.x, 0);
  const y = rows.outcomes[0]!;
  const left = threesOf(rows.x.slice(0, zero).reverse(), y.slice(0, zero).reverse(), preliminary?.left[0] ?? Number.NaN, settings);
  const right = threesOf(rows.x.slice(zero), y.slice(zero), preliminary?.right[0] ?? Number.NaN, settings);
  if (left.length === 0 || right.length === 0 || preliminary === undefined) throw tooFew(caller, settings, [left.length, right.length]);
  return finishResult({
    kind: caller,
    estimates: [],
    left: limitOf(left, settings),
    right: limitOf(right, settings),
    pooled: limitOf([...left, ...right], settings),
    sample: design.sample,
    warnings: design.warnings,
    options: settings,
    reference: "Kolesár & Rothe (2018), AER 108(8) 2277-2304, supplement",
  });
}

function resolveSmoothness(caller: string, options: object): SmoothnessSettings {
  const given = resolveOptions<SmoothnessSettings>(caller, options, {
    required: ["outcome", "running"],
    defaults: { cutoff: 0, values: 25, triplets: "all", smoothnessClass: "hoelder", level: 0.95 },
  });
  checkNumber(caller, "cutoff", given.cutoff);
  checkNumber(caller, "values", given.values, { min: 1, integer: true });
  checkChoice(caller, "triplets", given.triplets, ["nearest", "all"]);
  checkChoice(caller, "smoothnessClass", given.smoothnessClass, ["hoelder", "taylor"]);
  checkLevel(caller, given.level);
  return given;
}

/** A second difference and what a bound of one allows it to be, both in standard errors. */
interface Three {
  readonly size: number;
  readonly perUnit: number;
}

function threesOf(x: Float64Array, y: Float64Array, variance: number, settings: SmoothnessSettings): Three[] {
  const starts = distinctStarts(x);
  const blocks = Math.floor((starts.length - 1) / settings.values);
  const averages = Array.from({ length: blocks }, (_, b) =>
    averageOf(x, y, starts[b * settings.values]!, starts[(b + 1) * settings.values]!),
  );
  const count = settings.triplets === "nearest" ? Math.min(1, Math.floor(blocks / 3)) : Math.floor(blocks / 3);
  return Array.from({ length: count }, (_, t) => {
    const [a, b, c] = [averages[3 * t]!, averages[3 * t + 1]!, averages[3 * t + 2]!];
    const share = (b.x - a.x) / (c.x - a.x);
    const outer = (1 - share) * a.squares + share * c.squares;
    const reach = settings.smoothnessClass === "hoelder" ? Math.abs(outer - b.squares) : outer + b.squares;
    const error = Math.sqrt(variance * ((1 - share) ** 2 / a.rows + share ** 2 / c.rows + 1 / b.rows));
    return { size: Math.abs((1 - share) * a.y + share * c.y - b.y) / error, perUnit: reach / 2 / error };
  });
}

interface Average {
  readonly x: number;
  readonly y: number;
  readonly squares: number;
  readonly rows: number;
}

function averageOf(x: Float64Array, y: Float64Array, from: number, to: number): Average {
  let [sx, sy, sxx] = [0, 0, 0];
  for (let i = from; i < to; i++) {
    sx += x[i]!;
    sy += y[i]!;
    sxx += x[i]! * x[i]!;
  }
  const rows = to - from;
  return { x: sx / rows, y: sy / rows, squares: sxx / rows, rows };
}

/** Bounds under which the largest second difference is as large as the observed one with chance one half, and `1 - level`. */
function limitOf(threes: readonly Three[], { level }: SmoothnessSettings): SmoothnessLimit {
  const largest = Math.max(...threes.map(({ size }) => size));
  const below = (bound: number): number =>
    threes.reduce((chance, { perUnit }) => chance * (normalCdf(largest - bound * perUnit) - normalCdf(-largest - bound * perUnit)), 1);
  const solve = (chance: number): number => {
    if (below(0) <= chance) return 0;
    let [low, high] = [0, largest / Math.max(...threes.map(({ perUnit }) => perUnit))];
    while (below(high) > chance) high *= 2;
    for (let i = 0; i < 200; i++) {
      const middle = (low + high) / 2;
      if (middle <= low || middle >= high) break;
      if (below(middle) > chance) low = middle;
      else high = middle;
    }
    return (low + high) / 2;
  };
  return { estimate: solve(0.5), low: solve(level), triplets: threes.length };
}

function tooFew(caller: string, { running, values }: SmoothnessSettings, found: readonly number[]): IdentificationError {
  return new IdentificationError(
    "TOO_FEW_POINTS",
    `Cannot run ${caller} as each side needs three averages of ${values} distinct values of "${running}": ` +
      `${found[0] === 0 ? "the left" : "the right"} has fewer; lower "values"`,
    { column: running, values },
  );
}
