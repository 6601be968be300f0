import { finishResult } from "../core/display.ts";
import { IdentificationError } from "../core/errors.ts";
import { checkLevel, checkNumber, resolveOptions } from "../core/options.ts";
import type { Estimate, Result } from "../core/result.ts";
import type { Frame } from "../data/frame.ts";
import type { NumericColumn } from "../data/row-types.ts";
import { normalCdf, normalQuantile } from "../distributions/index.ts";
import { estimateFromStandardError } from "../inference/estimate.ts";
import { cholesky, inverseFromFactor } from "../linalg/index.ts";
import { checkCall } from "./check-call.ts";
import { readDesign } from "./design.ts";

/** Options of {@link honestDiscrete}. */
export interface RdHonestDiscreteOptions<Row> {
  readonly outcome: NumericColumn<Row>;
  readonly running: NumericColumn<Row>;
  /** Default 0. */
  readonly cutoff?: number;
  /** Rows up to this distance from the cutoff are used. Default all. */
  readonly bandwidth?: number;
  /** Order of the polynomial on each side. Default 0. */
  readonly order?: number;
  readonly level?: number;
}

/** Options of {@link honestDiscrete} as resolved. */
export interface RdHonestDiscreteSettings extends Required<Omit<RdHonestDiscreteOptions<Record<string, number>>, "bandwidth">> {
  readonly bandwidth?: number;
}

/** Result of {@link honestDiscrete}. */
export interface RdHonestDiscreteResult extends Result<"rd.honestDiscrete", RdHonestDiscreteSettings> {
  /** The polynomial estimate; its interval allows for misfit at the cutoff as large as at any value on each side. */
  readonly estimates: Readonly<Record<string, Estimate>> & { readonly honest: Estimate };
  /** Sum over sides of the largest misfit at a value. */
  readonly maximumBias: number;
  /** Ends of the one-sided intervals. */
  readonly oneSided: readonly [number, number];
  readonly bandwidth: number;
  readonly effectiveRows: number;
  readonly leverage: number;
}

/** A value of the running variable with its rows. */
interface Cell {
  readonly x: number;
  readonly rows: number;
  readonly mean: number;
  readonly squares: number;
}

/** A side's polynomial against its cell means. */
interface CellFit {
  readonly intercept: number;
  readonly variance: number;
  readonly weightSquares: number;
  readonly largestWeight: number;
  /** Misfit at each value, its variance, and its covariance with the intercept. */
  readonly misfit: readonly { readonly value: number; readonly variance: number; readonly covariance: number }[];
}

/**
 * Inference under bounded misspecification for a running variable with few values: a polynomial on each side is compared with the means
 * at every value, and the interval covers any misfit at the cutoff no larger than the largest of them (Kolesár & Rothe 2018, section IV.B).
 * Equals `RDHonestBME` of R, except that the p-value divides the misfit by the standard error.
 *
 * @throws IdentificationError `CUTOFF_OUTSIDE`, `TOO_FEW_ROWS`, `TOO_FEW_POINTS`; OptionError, ColumnError, DataError.
 * @see Kolesár & Rothe (2018), American Economic Review 108(8) 2277-2304
 * @example
 * rd.honestDiscrete(people, { outcome: "hours", running: "ageYears", cutoff: 60, bandwidth: 5, order: 1 }).estimates.honest;
 */
export function honestDiscrete<Row>(data: Frame<Row>, options: RdHonestDiscreteOptions<Row>): RdHonestDiscreteResult {
  const caller = "rd.honestDiscrete";
  checkCall(caller, data, options);
  const settings = resolveOptions<RdHonestDiscreteSettings>(caller, options, {
    required: ["outcome", "running"],
    defaults: { cutoff: 0, bandwidth: undefined, order: 0, level: 0.95 },
  });
  checkNumber(caller, "cutoff", settings.cutoff);
  checkNumber(caller, "order", settings.order, { min: 0, max: 8, integer: true });
  checkLevel(caller, settings.level);
  if (settings.bandwidth !== undefined) checkNumber(caller, "bandwidth", settings.bandwidth, { min: 0, open: true });
  const design = readDesign(caller, data, {
    ...settings,
    outcome: settings.outcome as string,
    running: settings.running as string,
    covariates: [],
    collinearity: "keep",
  });
  const h = settings.bandwidth ?? Number.POSITIVE_INFINITY;
  const sides = [
    cells(design.running, design.columns[0]!, settings.cutoff, -h, 0),
    cells(design.running, design.columns[0]!, settings.cutoff, 0, h),
  ] as const;
  const [left, right] = sides.map((side) => fitCells(side, settings.order));
  if (left === undefined || right === undefined) {
    throw new IdentificationError(
      "TOO_FEW_POINTS",
      `Cannot run ${caller} as a polynomial of order ${settings.order} needs more distinct values of "${settings.running}" than its order on each side of the cutoff: the left has ${sides[0].length} and the right ${sides[1].length}`,
      { left: sides[0].length, right: sides[1].length },
    );
  }
  const rows = [...sides[0], ...sides[1]].reduce((sum, cell) => sum + cell.rows, 0);
  const widest = Math.max(...sides.flatMap((side) => side.map(({ x }) => Math.abs(x))));
  return finishResult({
    kind: caller,
    ...inference(left, right, rows / (rows - 1), settings.level),
    bandwidth: Number.isFinite(h) ? h : widest,
    effectiveRows: rows,
    leverage: Math.max(left.largestWeight, right.largestWeight) / (left.weightSquares + right.weightSquares),
    sample: {
      ...design.sample,
      used: rows,
      dropped: [...design.sample.dropped, { reason: "outside the bandwidth", rows: design.rows - rows }],
    },
    warnings: [],
    options: settings,
    reference: "Kolesár & Rothe (2018), American Economic Review 108(8) 2277-2304",
  });
}

/** Cells of ascending `running` with offset from the cutoff in [from, to], the cutoff itself on the right. */
function cells(running: Float64Array, outcome: Float64Array, cutoff: number, from: number, to: number): Cell[] {
  const out: Cell[] = [];
  for (let i = 0; i < running.length; ) {
    let end = i;
    let mean = 0;
    let squares = 0;
    while (end < running.length && running[end] === running[i]) {
      const change = outcome[end]! - mean;
      mean += change / (end - i + 1);
      squares += change * (outcome[end]! - mean);
      end++;
    }
    const x = running[i]! - cutoff;
    if (x >= from && x <= to && (to === 0 ? x < 0 : true)) out.push({ x, rows: end - i, mean, squares });
    i = end;
  }
  return out;
}

function fitCells(side: readonly Cell[], order: number): CellFit | undefined {
  const k = order + 1;
  if (side.length < k) return undefined;
  const size = Math.max(...side.map(({ x }) => Math.abs(x)), Number.MIN_VALUE);
  const powers = side.map(({ x }) => Float64Array.from({ length: k }, (_, j) => (x / size) ** j));
  const gram = new Float64Array(k * k);
  side.forEach(({ rows }, g) => {
    for (let a = 0; a < k; a++) for (let b = 0; b < k; b++) gram[a * k + b]! += rows * powers[g]![a]! * powers[g]![b]!;
  });
  const factor = cholesky(gram, k);
  if (factor === undefined) return undefined;
  const inverse = inverseFromFactor(factor, k);
  /** Weight of a row of cell g in the fitted value at a point. */
  const weight = (at: Float64Array, g: number): number => {
    let sum = 0;
    for (let a = 0; a < k; a++) for (let b = 0; b < k; b++) sum += at[a]! * inverse[a * k + b]! * powers[g]![b]!;
    return sum;
  };
  const zero = Float64Array.from({ length: k }, (_, j) => (j === 0 ? 1 : 0));
  const fitted = (at: Float64Array): number => side.reduce((sum, { rows, mean }, g) => sum + rows * weight(at, g) * mean, 0);
  const misfit = side.map(({ mean }, g) => mean - fitted(powers[g]!));
  // squared residuals of the polynomial by cell
  const residual = side.map(({ squares, rows }, g) => squares + rows * misfit[g]! ** 2);
  const atZero = side.map((_, g) => weight(zero, g));
  return {
    intercept: fitted(zero),
    variance: side.reduce((sum, _, g) => sum + atZero[g]! ** 2 * residual[g]!, 0),
    weightSquares: side.reduce((sum, { rows }, g) => sum + rows * atZero[g]! ** 2, 0),
    largestWeight: Math.max(...atZero.map((value) => value ** 2)),
    misfit: side.map(({ squares, rows }, j) => {
      const own = side.map((_, g) => weight(powers[j]!, g));
      const shared = (other: readonly number[]): number => own.reduce((sum, value, g) => sum + value * other[g]! * residual[g]!, 0);
      return {
        value: misfit[j]!,
        variance: squares / rows ** 2 - (2 * own[j]! * squares) / rows + shared(own),
        covariance: (atZero[j]! * squares) / rows - shared(atZero),
      };
    }),
  };
}

function inference(
  left: CellFit,
  right: CellFit,
  factor: number,
  level: number,
): Pick<RdHonestDiscreteResult, "estimates" | "maximumBias" | "oneSided"> {
  const effect = right.intercept - left.intercept;
  const variance = factor * (left.variance + right.variance);
  const [two, one] = [normalQuantile((1 - level) / 2, "upper"), normalQuantile(1 - level, "upper")];
  let [low, high, lowOne, highOne] = [
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ];
  for (const l of left.misfit) {
    for (const r of right.misfit) {
      for (const [sl, sr] of [
        [-1, -1],
        [-1, 1],
        [1, -1],
        [1, 1],
      ] as const) {
        const value = effect + sl * l.value + sr * r.value;
        const spread = variance + factor * (l.variance + r.variance + 2 * (sr * r.covariance - sl * l.covariance));
        const error = Math.sqrt(Math.max(0, spread));
        low = Math.min(low, value - two * error);
        high = Math.max(high, value + two * error);
        lowOne = Math.min(lowOne, value - one * error);
        highOne = Math.max(highOne, value + one * error);
      }
    }
  }
  const largest = (fit: CellFit): number => Math.max(...fit.misfit.map(({ value }) => Math.abs(value)));
  const maximumBias = largest(left) + largest(right);
  const base = estimateFromStandardError("honest", effect, Math.sqrt(variance), Number.POSITIVE_INFINITY, level);
  const t = Math.abs(base.statistic);
  const ratio = maximumBias / base.standardError;
  const pValue = normalCdf(ratio - t) + normalCdf(-ratio - t);
  return { estimates: { honest: { ...base, pValue, confidenceInterval: [low, high] } }, maximumBias, oneSided: [lowOne, highOne] };
}
