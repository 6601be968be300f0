import { finishResult } from "../core/display.ts";
import { DataError, OptionError } from "../core/errors.ts";
import { checkChoice, checkNumber, resolveOptions } from "../core/options.ts";
import type { Estimate, Result, Warning } from "../core/result.ts";
import type { Frame } from "../data/frame.ts";
import type { NumericColumn } from "../data/row-types.ts";
import { normalEstimate } from "../inference/estimate.ts";
import { checkCall, checkRecord, singularCutoff } from "./check-call.ts";
import { estimate } from "./estimate.ts";
import type { RdEstimateOptions, RdEstimateResult } from "./estimate-result.ts";
import type { Pair } from "./numerics/selectors.ts";

/** Options of one fit that may differ between cutoffs. */
export type CutoffOverrides<Row> = Partial<Omit<RdEstimateOptions<Row>, "outcome" | "running" | "cutoff">>;

/**
 * Where the cutoffs are: a column with each row's own cutoff (non-cumulative); values that rows pass one after another, with the range
 * of the running variable to use for each (cumulative); or points on a boundary in two running variables, the sign of the distance
 * given by the column `treated`, with an optional column of distances for a pooled estimate.
 */
export type CutoffDesign<Row> =
  | { readonly type: "column"; readonly column: NumericColumn<Row> }
  | {
      readonly type: "cumulative";
      readonly values: readonly number[];
      readonly ranges?: readonly (Pair | undefined)[];
      readonly pooled?: NumericColumn<Row>;
    }
  | {
      readonly type: "boundary";
      readonly points: readonly Pair[];
      readonly second: NumericColumn<Row>;
      readonly treated: NumericColumn<Row>;
      readonly pooled?: NumericColumn<Row>;
      readonly ranges?: readonly (Pair | undefined)[];
    };

/** Options of {@link multiCutoff}: those of `rd.estimate`, with `cutoffs` in place of `cutoff`. */
export interface RdMultiCutoffOptions<Row> extends Omit<RdEstimateOptions<Row>, "cutoff"> {
  readonly cutoffs: CutoffDesign<Row>;
  /** Options that differ by cutoff, in their order. */
  readonly each?: readonly CutoffOverrides<Row>[];
  /** Options of the pooled fit that differ. */
  readonly pooled?: CutoffOverrides<Row>;
}

/** Result of {@link multiCutoff}. */
export interface RdMultiCutoffResult extends Result<"rd.multiCutoff", object> {
  /** Robust estimates: one per cutoff, then `"weighted"` (column design) and `"pooled"`. */
  readonly estimates: readonly Estimate[];
  /** Conventional estimates in the same order. */
  readonly conventional: readonly Estimate[];
  /** Cutoffs, or boundary points, in the order of the estimates. */
  readonly cutoffs: readonly (number | Pair)[];
  /** Shares of rows within the bandwidths: weights of the `"weighted"` estimate. */
  readonly weights?: readonly number[];
  /** The fits behind the estimates, one per cutoff. */
  readonly fits: readonly RdEstimateResult[];
  readonly pooled?: RdEstimateResult;
}

/**
 * Regression discontinuities at several cutoffs: each, their average weighted by rows near the cutoffs, and pooled on the distance to
 * the own cutoff. Equals `rdmc` (column) and `rdms` (cumulative, boundary) of R's rdmulti.
 *
 * @throws The errors of `rd.estimate`, and OptionError `INVALID_OPTION` when `each` or `ranges` has another length than the cutoffs.
 * @see Cattaneo, Keele, Titiunik & Vazquez-Bare (2016), Journal of Politics 78(4) 1229-1248
 * @example
 * rd.multiCutoff(people, { outcome: "hours", running: "score", cutoffs: { type: "column", column: "cityCutoff" } }).estimates;
 */
export function multiCutoff<Row>(data: Frame<Row>, options: RdMultiCutoffOptions<Row>): RdMultiCutoffResult {
  const caller = "rd.multiCutoff";
  checkCall(caller, data, options);
  const { cutoffs, each, pooled: pooledOptions = {}, ...shared } = options;
  if ("cutoff" in shared) throw singularCutoff(caller);
  checkDesign(caller, cutoffs);
  checkRecord(caller, "pooled", pooledOptions);
  const parts = cutoffs.type === "column" ? ownCutoffs(data, shared.running, cutoffs.column) : commonCutoffs(data, shared.running, cutoffs);
  if (each !== undefined && (!Array.isArray(each) || each.length !== parts.cutoffs.length)) {
    throw new OptionError(
      "INVALID_OPTION",
      `Cannot run rd.multiCutoff as "each" needs one entry for each of the ${parts.cutoffs.length} cutoffs: ${Array.isArray(each) ? `it has ${each.length}` : "another value was given"}`,
      { cutoffs: parts.cutoffs },
    );
  }
  const fitAt = (frame: Frame<Row>, running: string, own: CutoffOverrides<Row>): RdEstimateResult =>
    estimate(frame, { ...shared, ...own, running: running as NumericColumn<Row>, cutoff: 0 });
  const fits = parts.frames.map((frame, j) => fitAt(frame, parts.score, each?.[j] ?? {}));
  const pooled = parts.pooled === undefined ? undefined : fitAt(parts.pooled.frame, parts.pooled.column, pooledOptions);
  const rows = fits.map(({ left, right }) => left.within + right.within);
  const total = rows.reduce((sum, value) => sum + value, 0);
  const weights = cutoffs.type === "column" ? rows.map((value) => value / total) : undefined;
  const list = (kind: "robust" | "conventional"): Estimate[] => [
    ...fits.map((one, j) => ({ ...one.estimates[kind], term: String(parts.cutoffs[j]) })),
    ...(weights === undefined ? [] : [weightedEstimate(fits, weights, kind, shared.level ?? 0.95)]),
    ...(pooled === undefined ? [] : [{ ...pooled.estimates[kind], term: "pooled" }]),
  ];
  return finishResult({
    kind: "rd.multiCutoff",
    estimates: list("robust"),
    conventional: list("conventional"),
    cutoffs: parts.cutoffs,
    ...(weights === undefined ? {} : { weights }),
    fits,
    ...(pooled === undefined ? {} : { pooled }),
    sample: { ...(pooled ?? fits[0]!).sample, rows: data.rowCount },
    warnings: fits.flatMap(({ warnings }, j) => warnings.map((warning) => atCutoff(warning, parts.cutoffs[j]!))),
    options: { ...options },
    reference: "Cattaneo, Keele, Titiunik & Vazquez-Bare (2016), Journal of Politics 78(4) 1229-1248",
  });
}

/** @throws OptionError `MISSING_OPTION`, `INVALID_OPTION`. */
function checkDesign<Row>(caller: string, design: CutoffDesign<Row>): void {
  resolveOptions(caller, { cutoffs: design }, { required: ["cutoffs"], defaults: {} });
  checkRecord(caller, "cutoffs", design);
  const type = checkChoice(caller, "cutoffs.type", design.type, ["column", "cumulative", "boundary"]);
  if (type === "column") return;
  const name = type === "cumulative" ? "values" : "points";
  const values: unknown = type === "cumulative" ? (design as { values?: unknown }).values : (design as { points?: unknown }).points;
  const pairs = (list: readonly unknown[]): boolean => list.every((entry) => Array.isArray(entry) && entry.length === 2);
  const good = Array.isArray(values) && values.length > 0 && (type === "cumulative" || pairs(values));
  const { ranges } = design as { ranges?: unknown };
  const rangesGood = ranges === undefined || (Array.isArray(ranges) && pairs(ranges.filter((range) => range !== undefined)));
  if (good && rangesGood) {
    for (const value of (values as readonly unknown[]).flat()) checkNumber(caller, `cutoffs.${name}`, value);
    return;
  }
  throw new OptionError(
    "INVALID_OPTION",
    `Cannot run ${caller} as "cutoffs.${good ? "ranges" : name}" must be a list of ${good || type === "boundary" ? "pairs" : "numbers"}, at least one: another value was given`,
    { caller, option: "cutoffs" },
  );
}

function atCutoff(warning: Warning, cutoff: number | Pair): Warning {
  return { ...warning, message: `At cutoff ${cutoff}: ${warning.message}`, details: { ...warning.details, cutoff } };
}

function weightedEstimate(
  fits: readonly RdEstimateResult[],
  weights: readonly number[],
  kind: "robust" | "conventional",
  level: number,
): Estimate {
  let value = 0;
  let variance = 0;
  fits.forEach(({ estimates }, j) => {
    value += weights[j]! * estimates[kind].estimate;
    variance += (weights[j]! * estimates[kind].standardError) ** 2;
  });
  return normalEstimate("weighted", value, variance, level);
}

interface Parts<Row> {
  readonly cutoffs: readonly (number | Pair)[];
  /** One frame per cutoff, with the distance to it in the column `score`. */
  readonly frames: readonly Frame<Row>[];
  readonly score: string;
  readonly pooled?: { readonly frame: Frame<Row>; readonly column: string };
}

function withScore<Row>(data: Frame<Row>, running: string, values: Float64Array): { frame: Frame<Row>; score: string } {
  let score = `${running} minus cutoff`;
  while (data.has(score)) score += "'";
  return { frame: data.with({ [score]: values }) as unknown as Frame<Row>, score };
}

function ownCutoffs<Row>(data: Frame<Row>, running: NumericColumn<Row>, column: NumericColumn<Row>): Parts<Row> {
  const [x, c] = [data.numbers(running), data.numbers(column)];
  const cutoffs = [...new Set(c)].filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  if (cutoffs.length === 0) {
    throw new DataError("ALL_MISSING", `Cannot run rd.multiCutoff as "${column}" must hold cutoffs: it has none`, { column });
  }
  const { frame, score } = withScore(
    data,
    running,
    x.map((value, i) => value - c[i]!),
  );
  const frames = cutoffs.map((cutoff) => frame.filter(Uint8Array.from(c, (value) => (value === cutoff ? 1 : 0))));
  return { cutoffs, frames, score, pooled: { frame, column: score } };
}

function commonCutoffs<Row>(
  data: Frame<Row>,
  running: NumericColumn<Row>,
  design: Exclude<CutoffDesign<Row>, { readonly type: "column" }>,
): Parts<Row> {
  const x = data.numbers(running);
  const cutoffs = design.type === "cumulative" ? design.values : design.points;
  const { ranges } = design;
  if (ranges !== undefined && ranges.length !== cutoffs.length) {
    throw new OptionError(
      "INVALID_OPTION",
      `Cannot run rd.multiCutoff as "ranges" needs one entry for each of the ${cutoffs.length} cutoffs: it has ${ranges.length}`,
      { cutoffs },
    );
  }
  let score = "";
  const frames = cutoffs.map((cutoff, j) => {
    const values =
      design.type === "boundary" ? boundaryDistance(data, x, design, cutoff as Pair) : x.map((value) => value - (cutoff as number));
    const built = withScore(data, running, values);
    score = built.score;
    const range = ranges?.[j];
    if (range === undefined) return built.frame;
    const origin = design.type === "cumulative" ? (cutoff as number) : 0;
    const keep = Uint8Array.from(values, (value) => (value >= range[0] - origin && value <= range[1] - origin ? 1 : 0));
    return built.frame.filter(keep);
  });
  return { cutoffs, frames, score, ...(design.pooled === undefined ? {} : { pooled: { frame: data, column: design.pooled } }) };
}

/** Distance to a point of the boundary, positive where treated. */
function boundaryDistance<Row>(
  data: Frame<Row>,
  x: Float64Array,
  { second, treated }: Extract<CutoffDesign<Row>, { readonly type: "boundary" }>,
  [first, other]: Pair,
): Float64Array {
  const [z, d] = [data.numbers(second), data.numbers(treated)];
  return x.map((value, i) => (2 * d[i]! - 1) * Math.hypot(value - first, z[i]! - other));
}
