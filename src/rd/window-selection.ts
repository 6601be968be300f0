import { finishResult } from "../core/display.ts";
import { IdentificationError } from "../core/errors.ts";
import { checkChoice, checkLevel, checkNumber, resolveOptions } from "../core/options.ts";
import type { Estimate, Result, Warning } from "../core/result.ts";
import type { Frame } from "../data/frame.ts";
import { columnsByRole, numberRole, numbersRole } from "../data/roles.ts";
import type { NumericColumn } from "../data/row-types.ts";
import { normalEstimate } from "../inference/estimate.ts";
import { binomialTest } from "./binomial-windows.ts";
import { checkCall } from "./check-call.ts";
import { adjustedOutcome, interactedEffect } from "./local-regression.ts";
import { hotelling, type LocalStatistic, localStatistic, splitGroups } from "./local-statistics.ts";
import { nestedWindows, rowsWithin, type WindowRules } from "./local-window.ts";
import { visitAssignments } from "./numerics/assignments.ts";
import { KERNELS, type KernelName, kernelAt } from "./numerics/kernel.ts";
import { randomizationPValue } from "./numerics/permutations.ts";
import type { Pair } from "./numerics/selectors.ts";
import { sortWithRows } from "./numerics/sort.ts";

/** Options of {@link windowSelection}. */
export interface RdWindowOptions<Row> extends WindowRules {
  readonly running: NumericColumn<Row>;
  /** Default 0. */
  readonly cutoff?: number;
  /** Columns fixed before the rule applies. */
  readonly covariates: readonly NumericColumn<Row>[];
  /** Default `"differenceInMeans"`. */
  readonly statistic?: LocalStatistic | "hotelling";
  /** Leave out rows where any covariate is missing; otherwise each covariate uses the rows that have it. Default false. */
  readonly completeCovariates?: boolean;
  /** Smallest p-value of a balanced window. Default 0.15. */
  readonly balanceLevel?: number;
  /** Large-sample p-values (default), or from all assignments of the same numbers to the sides (random ones when those are many). */
  readonly inference?: "largeSample" | "randomization";
  /** Random assignments. Default 1000. */
  readonly repetitions?: number;
  readonly seed?: number;
  /** Order of the polynomial that is taken out of each covariate on each side. Default 0. */
  readonly order?: number;
  /** Where the polynomials are compared: the cutoff (default), or each side's mean of the running variable in the window. */
  readonly evaluateAt?: "cutoff" | "means";
  /** Weights within the window. Default `"uniform"`. */
  readonly kernel?: KernelName;
}

/** One window. */
export interface RdWindow {
  /** Half-widths. */
  readonly width: Pair;
  readonly rows: Pair;
  /** Smallest p-value over the covariates; NaN when a side has too few rows. */
  readonly pValue: number;
  /** The covariate it belongs to; absent for Hotelling's statistic. */
  readonly covariate?: string;
  /** Exact test of equal chances of either side. */
  readonly binomialPValue: number;
}

/** Result of {@link windowSelection}. */
export interface RdWindowResult extends Result<"rd.windowSelection", object> {
  readonly estimates: readonly Estimate[];
  readonly windows: readonly RdWindow[];
  /** Half-widths of the largest window before the first unbalanced one; absent when already the first is unbalanced. */
  readonly recommended?: Pair;
  /** Rows in all, and within the nearest 1, 5, 10 and 20 per cent of each side. */
  readonly nearest: readonly Pair[];
}

/**
 * Windows around the cutoff in which covariates look as if the side had been drawn by lot, from the narrowest outward. Equals
 * `rdwinselect(approx = TRUE)` of R's rdlocrand; a window without control rows is never recommended here.
 *
 * @throws IdentificationError `CUTOFF_OUTSIDE`; OptionError, ColumnError, DataError.
 * @see Cattaneo, Frandsen & Titiunik (2015), Journal of Causal Inference 3(1) 1-24
 * @example
 * rd.windowSelection(people, { running: "age", cutoff: 60, covariates: ["education", "children"] }).recommended;
 */
export function windowSelection<Row>(data: Frame<Row>, options: RdWindowOptions<Row>): RdWindowResult {
  const caller = "rd.windowSelection";
  checkCall(caller, data, options, ["covariates"]);
  const settings = resolveWindow(caller, options);
  const needed = settings.completeCovariates ? (settings.covariates as readonly string[]) : [];
  const {
    columns,
    rows: kept,
    sample,
  } = columnsByRole(caller, data, {
    running: numberRole(settings.running as string),
    complete: numbersRole(needed),
  });
  const covariates = settings.covariates.map((name) => data.numbers(name as NumericColumn<Row>));
  const { values, order } = sortWithRows(columns.running);
  const split = rowsWithin(values, settings.cutoff) - equalTo(values, settings.cutoff);
  if (split === 0 || split === values.length) {
    throw new IdentificationError(
      "CUTOFF_OUTSIDE",
      `Cannot run ${caller} as both sides of the cutoff ${settings.cutoff} need rows: one has none`,
      {
        cutoff: settings.cutoff,
      },
    );
  }
  const left = values
    .slice(0, split)
    .reverse()
    .map((x) => settings.cutoff - x);
  const right = values.slice(split).map((x) => x - settings.cutoff);
  const windows = nestedWindows(left, right, settings).map((width): RdWindow => {
    const rows: Pair = [rowsWithin(left, width[0]), rowsWithin(right, width[1])];
    const inside = order.subarray(split - rows[0], split + rows[1]);
    const picked = covariates.map((column) => Float64Array.from(inside, (i) => column[kept === undefined ? i : kept[i]!]!));
    const x = values.slice(split - rows[0], split + rows[1]).map((value) => value - settings.cutoff);
    return {
      width,
      rows,
      ...balanceOf(picked, { rows, width, x }, settings),
      binomialPValue: rows[0] === 0 || rows[1] === 0 ? Number.NaN : binomialTest(rows[1], rows[0] + rows[1], 0.5),
    };
  });
  const recommended = recommend(windows, settings.balanceLevel);
  const warnings: Warning[] =
    recommended === undefined
      ? [
          {
            code: "NO_BALANCED_WINDOW",
            message: "No window is recommended: covariates differ already in the narrowest one; give a smaller first window",
          },
        ]
      : [];
  return finishResult({
    kind: caller,
    estimates: [],
    windows,
    ...(recommended === undefined ? {} : { recommended }),
    nearest: [
      [left.length, right.length],
      ...[0.01, 0.05, 0.1, 0.2].map((share): Pair => [nearestRows(left, share), nearestRows(right, share)]),
    ],
    sample,
    warnings,
    options: settings,
    reference: "Cattaneo, Frandsen & Titiunik (2015), Journal of Causal Inference 3(1) 1-24",
  });
}

type WindowSettings = Required<
  Pick<
    RdWindowOptions<Record<string, number>>,
    | "running"
    | "cutoff"
    | "covariates"
    | "statistic"
    | "balanceLevel"
    | "completeCovariates"
    | "inference"
    | "repetitions"
    | "seed"
    | "order"
    | "evaluateAt"
    | "kernel"
  >
> &
  WindowRules;

function resolveWindow(caller: string, options: object): WindowSettings {
  const given = resolveOptions<WindowSettings>(caller, options, {
    required: ["running", "covariates"],
    defaults: {
      cutoff: 0,
      statistic: "differenceInMeans",
      balanceLevel: 0.15,
      completeCovariates: false,
      inference: "largeSample",
      repetitions: 1000,
      seed: 1,
      order: 0,
      evaluateAt: "cutoff",
      kernel: "uniform",
      firstRows: 10,
      firstWidth: undefined,
      rowStep: 5,
      widthStep: undefined,
      byValue: false,
      asymmetric: false,
      windows: 10,
    },
  });
  checkNumber(caller, "cutoff", given.cutoff);
  checkLevel(caller, given.balanceLevel);
  checkChoice(caller, "statistic", given.statistic, ["differenceInMeans", "kolmogorovSmirnov", "rankSum", "hotelling"]);
  checkChoice(caller, "inference", given.inference, ["largeSample", "randomization"]);
  checkChoice(caller, "evaluateAt", given.evaluateAt, ["cutoff", "means"]);
  checkChoice(caller, "kernel", given.kernel, ["triangular", "epanechnikov", "uniform"]);
  checkNumber(caller, "repetitions", given.repetitions, { min: 1, integer: true });
  checkNumber(caller, "order", given.order, { min: 0, max: 8, integer: true });
  checkNumber(caller, "windows", given.windows, { min: 1, integer: true });
  checkNumber(caller, "firstRows", given.firstRows, { min: 2, integer: true });
  checkNumber(caller, "rowStep", given.rowStep, { min: 1, integer: true });
  return given;
}

function equalTo(sorted: Float64Array, value: number): number {
  let count = 0;
  for (let i = rowsWithin(sorted, value) - 1; i >= 0 && sorted[i] === value; i--) count++;
  return count;
}

interface WindowRows {
  readonly rows: Pair;
  readonly width: Pair;
  /** Running variable less the cutoff. */
  readonly x: Float64Array;
}

function balanceOf(columns: readonly Float64Array[], window: WindowRows, settings: WindowSettings): Pick<RdWindow, "pValue" | "covariate"> {
  const { rows } = window;
  const { statistic, covariates } = settings;
  const treated = Uint8Array.from({ length: rows[0] + rows[1] }, (_, i) => (i < rows[0] ? 0 : 1));
  if (rows[0] < 2 || rows[1] < 2) return { pValue: Number.NaN };
  if (statistic === "hotelling") {
    const complete = treated.map((_, i) => (columns.every((column) => !Number.isNaN(column[i]!)) ? 1 : 0));
    const use = <T extends Float64Array | Uint8Array>(values: T): T => values.filter((_, i) => complete[i] === 1) as T;
    return { pValue: hotellingPValue(columns.map(use), use(treated), settings) };
  }
  let [pValue, covariate] = [Number.NaN, ""];
  columns.forEach((column, j) => {
    const value = covariatePValue(column, treated, window, settings, statistic);
    if (value < pValue || (Number.isNaN(pValue) && !Number.isNaN(value))) [pValue, covariate] = [value, covariates[j] as string];
  });
  return covariate === "" ? { pValue } : { pValue, covariate };
}

/** p-value of one covariate among the rows that have it. */
function covariatePValue(
  column: Float64Array,
  treated: Uint8Array,
  { x, width }: WindowRows,
  { kernel, order, evaluateAt, inference, repetitions, seed }: WindowSettings,
  statistic: LocalStatistic,
): number {
  const there = column.map((value) => (Number.isNaN(value) ? 0 : 1));
  const [values, side, at] = [column, treated, x].map((list) => list.filter((_, i) => there[i] === 1)) as [
    Float64Array,
    Uint8Array,
    Float64Array,
  ];
  const weights =
    kernel === "uniform" ? undefined : at.map((value, i) => kernelAt(KERNELS[kernel], Math.abs(value) / width[side[i] as 0 | 1]));
  const offsets = evaluateAt === "cutoff" ? at : lessSideMeans(at, side);
  const adjusted = order === 0 ? values : adjustedOutcome(values, offsets, side, weights, order);
  if (inference === "randomization") {
    const ones = side.reduce((sum, value) => sum + value, 0);
    const rule = { rows: side.length, treated: ones, probabilities: undefined, repetitions, seed };
    return randomizationPValue({ values: adjusted, side, weights }, [statistic], rule).pValues[0]!;
  }
  if (statistic !== "differenceInMeans" || (order === 0 && weights === undefined)) {
    return localStatistic(statistic, splitGroups(adjusted, side)).pValue;
  }
  const { effect, variance } = interactedEffect(values, offsets, side, weights, order);
  return normalEstimate(statistic, effect, variance, 0.95).pValue;
}

function lessSideMeans(x: Float64Array, side: Uint8Array): Float64Array {
  const sums = [0, 0];
  const counts = [0, 0];
  x.forEach((value, i) => {
    sums[side[i]!]! += value;
    counts[side[i]!]!++;
  });
  return x.map((value, i) => value - sums[side[i]!]! / counts[side[i]!]!);
}

function hotellingPValue(columns: readonly Float64Array[], treated: Uint8Array, { inference, repetitions, seed }: WindowSettings): number {
  const observed = hotelling(columns, treated);
  if (observed === undefined || inference === "largeSample") return observed?.pValue ?? Number.NaN;
  const ones = treated.reduce((sum, value) => sum + value, 0);
  let pValue = 0;
  visitAssignments({ rows: treated.length, treated: ones, probabilities: undefined, repetitions, seed }, (assignment, weight) => {
    if ((hotelling(columns, assignment)?.statistic ?? Number.POSITIVE_INFINITY) >= observed.statistic - 1e-12) pValue += weight;
  });
  return pValue;
}

/** The largest window before the first one below the level; windows without a p-value do not count. */
function recommend(windows: readonly RdWindow[], level: number): Pair | undefined {
  let best: Pair | undefined;
  for (const { width, pValue } of windows) {
    if (Number.isNaN(pValue)) continue;
    if (pValue < level) break;
    best = width;
  }
  return best;
}

/** Rows no farther than the side's quantile of distance, rounded to five digits as the reference does. */
function nearestRows(distances: Float64Array, share: number): number {
  const position = Math.ceil(distances.length * share - 1e-9);
  const limit = Math.round(distances[Math.max(position, 1) - 1]! * 1e5) / 1e5;
  return rowsWithin(distances, limit);
}
