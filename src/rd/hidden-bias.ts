import { finishResult } from "../core/display.ts";
import { IdentificationError } from "../core/errors.ts";
import { checkChoice, checkNumber, resolveOptions } from "../core/options.ts";
import type { Estimate, Result } from "../core/result.ts";
import { gatherNumbers } from "../data/columns.ts";
import type { Frame } from "../data/frame.ts";
import { columnsByRole, numberRole } from "../data/roles.ts";
import type { NumericColumn } from "../data/row-types.ts";
import { checkCall, checkPairs } from "./check-call.ts";
import { type EvaluationPoints, evaluationOffsets, nestedWindowEnds, rowsInWindow, windowWeights } from "./local-experiment.ts";
import { checkEvaluation } from "./local-options.ts";
import { adjustedOutcome } from "./local-regression.ts";
import type { LocalStatistic } from "./local-statistics.ts";
import { hiddenBiasBounds } from "./numerics/hidden-bias.ts";
import type { KernelName } from "./numerics/kernel.ts";
import { randomizationPValue } from "./numerics/permutations.ts";
import type { Pair } from "./numerics/selectors.ts";

/** Options of {@link hiddenBias}. `Row` is the row type of the data. */
export interface RdHiddenBiasOptions<Row> {
  readonly outcome: NumericColumn<Row>;
  readonly running: NumericColumn<Row>;
  /** Default 0. */
  readonly cutoff?: number;
  /** Windows, each by its ends as values of the running variable. Default those that `rd.windowSelection` tries. */
  readonly windows?: readonly Pair[];
  /** How many-fold a hidden trait may change the odds of the treated side; each at least 1. Default 1.5, 2, 2.5 and 3. */
  readonly odds?: readonly number[];
  /** Treatment received, which `nullEffect` multiplies. Default the side. */
  readonly treatment?: NumericColumn<Row>;
  /** Default `"rankSum"`. */
  readonly statistic?: LocalStatistic;
  /** Order of the polynomial in the running variable that is taken out of the outcome on each side. Default 0. */
  readonly order?: number;
  /** Where the polynomials are compared: values left and right, or `"means"` of each side's rows. Default the cutoff. */
  readonly evaluateAt?: EvaluationPoints;
  /** Weights within the window. Default `"uniform"`. */
  readonly kernel?: KernelName;
  /** Effect under the null hypothesis. Default 0. */
  readonly nullEffect?: number;
  /** Chance of the treated side without the trait. Default the window's share. */
  readonly probability?: number;
  /** Draws behind each p-value. Default 500. */
  readonly repetitions?: number;
  readonly seed?: number;
}

/** Result of {@link hiddenBias}. */
export interface RdHiddenBiasResult extends Result<"rd.hiddenBias", object> {
  readonly estimates: readonly Estimate[];
  readonly windows: readonly {
    readonly window: Pair;
    readonly rows: Pair;
    /** p-value without hidden bias, numbers on both sides fixed. */
    readonly pValue: number;
    /** Smallest and largest p-value at each of the option `odds`. */
    readonly bounds: readonly { readonly odds: number; readonly lower: number; readonly upper: number }[];
  }[];
}

/**
 * Rosenbaum bounds of a local randomization test: how strongly a trait that nobody measured would have to drive people to one side
 * before the finding could be chance. An `upper` p-value above the test's size says that a trait of these odds would be enough.
 *
 * @throws IdentificationError `TOO_FEW_ROWS` in a window; OptionError, ColumnError, DataError.
 * @see Rosenbaum (2002), Observational Studies, 2nd edition, chapter 4; Cattaneo, Titiunik & Vazquez-Bare (2016), Stata Journal 16(2) 331-367
 * @example
 * rd.hiddenBias(people, { outcome: "hours", running: "age", cutoff: 60, windows: [[58, 62]], odds: [1.2, 1.5, 2] }).windows;
 */
export function hiddenBias<Row>(data: Frame<Row>, options: RdHiddenBiasOptions<Row>): RdHiddenBiasResult {
  const caller = "rd.hiddenBias";
  checkCall(caller, data, options, ["odds"]);
  const settings = resolveHiddenBias(caller, options);
  const { columns, sample } = columnsByRole(caller, data, {
    outcome: numberRole(settings.outcome),
    running: numberRole(settings.running),
    treatment: numberRole(settings.treatment),
  });
  const ends = settings.windows ?? nestedWindowEnds(data, options.running, settings.cutoff);
  const windows = ends.map((window) => boundsIn(caller, columns, window, settings));
  return finishResult({
    kind: caller,
    estimates: [],
    windows,
    sample,
    warnings: [],
    options: settings,
    reference: "Rosenbaum (2002), Observational Studies, 2nd edition, chapter 4",
  });
}

interface HiddenBiasColumns {
  readonly outcome: Float64Array;
  readonly running: Float64Array;
  readonly treatment: Float64Array | undefined;
}

function boundsIn(
  caller: string,
  columns: HiddenBiasColumns,
  window: Pair,
  settings: HiddenBiasSettings,
): RdHiddenBiasResult["windows"][0] {
  const { cutoff, nullEffect, statistic, order, repetitions, seed } = settings;
  const inside = rowsInWindow(columns.running, window);
  const x = gatherNumbers(columns.running, inside).map((value) => value - cutoff);
  const side = Uint8Array.from(x, (value) => (value >= 0 ? 1 : 0));
  const treated = side.reduce((sum, value) => sum + value, 0);
  const rows: Pair = [side.length - treated, treated];
  if (Math.min(...rows) < 2) throw tooFew(caller, settings.running, window, rows);
  const dose = columns.treatment === undefined ? side : gatherNumbers(columns.treatment, inside);
  const moved = gatherNumbers(columns.outcome, inside).map((value, i) => value - nullEffect * dose[i]!);
  const weights = windowWeights(x, settings.kernel, cutoff, window);
  const offsets = evaluationOffsets(x, side, cutoff, settings.evaluateAt);
  const values = order === 0 ? moved : adjustedOutcome(moved, offsets, side, weights, order);
  const rule = { rows: side.length, treated, probabilities: undefined, repetitions, seed };
  const base = settings.probability ?? treated / side.length;
  return {
    window,
    rows,
    pValue: randomizationPValue({ values, side, weights }, [statistic], rule).pValues[0]!,
    bounds: settings.odds.map((odds) => ({
      odds,
      ...hiddenBiasBounds(statistic, { values, side, weights }, base, odds, repetitions, seed),
    })),
  };
}

interface HiddenBiasSettings {
  readonly outcome: string;
  readonly running: string;
  readonly cutoff: number;
  readonly windows?: readonly Pair[];
  readonly odds: readonly number[];
  readonly treatment?: string;
  readonly statistic: LocalStatistic;
  readonly order: number;
  readonly evaluateAt?: EvaluationPoints;
  readonly kernel: KernelName;
  readonly nullEffect: number;
  readonly probability?: number;
  readonly repetitions: number;
  readonly seed: number;
}

function resolveHiddenBias(caller: string, options: object): HiddenBiasSettings {
  const given = resolveOptions<HiddenBiasSettings>(caller, options, {
    required: ["outcome", "running"],
    defaults: {
      cutoff: 0,
      windows: undefined,
      odds: [1.5, 2, 2.5, 3],
      treatment: undefined,
      statistic: "rankSum",
      order: 0,
      evaluateAt: undefined,
      kernel: "uniform",
      nullEffect: 0,
      probability: undefined,
      repetitions: 500,
      seed: 1,
    },
  });
  checkNumber(caller, "cutoff", given.cutoff);
  checkNumber(caller, "nullEffect", given.nullEffect);
  checkNumber(caller, "repetitions", given.repetitions, { min: 1, integer: true });
  checkChoice(caller, "statistic", given.statistic, ["differenceInMeans", "kolmogorovSmirnov", "rankSum"]);
  checkNumber(caller, "order", given.order, { min: 0, max: 8, integer: true });
  checkEvaluation(caller, given.evaluateAt);
  checkChoice(caller, "kernel", given.kernel, ["triangular", "epanechnikov", "uniform"]);
  for (const odds of given.odds) checkNumber(caller, "odds", odds, { min: 1 });
  if (given.probability !== undefined) checkNumber(caller, "probability", given.probability, { min: 0, max: 1, open: true });
  if (given.windows === undefined) return given;
  checkPairs(caller, "windows", given.windows);
  for (const [low, high] of given.windows) {
    checkNumber(caller, "windows", low, { max: given.cutoff });
    checkNumber(caller, "windows", high, { min: given.cutoff });
  }
  return given;
}

function tooFew(caller: string, running: string, window: Pair, rows: Pair): IdentificationError {
  return new IdentificationError(
    "TOO_FEW_ROWS",
    `Cannot run ${caller} as each side of the window [${window[0]}, ${window[1]}] of "${running}" needs two rows: the left has ${rows[0]} and the right ${rows[1]}; widen the window`,
    { column: running, rows },
  );
}
