import { finishResult } from "../core/display.ts";
import { IdentificationError } from "../core/errors.ts";
import { checkChoice, checkNumber, resolveOptions } from "../core/options.ts";
import type { Estimate, Result } from "../core/result.ts";
import type { Frame } from "../data/frame.ts";
import { columnsByRole, numberRole } from "../data/roles.ts";
import type { NumericColumn } from "../data/row-types.ts";
import { checkCall, checkPairs } from "./check-call.ts";
import type { LocalStatistic } from "./local-statistics.ts";
import { hiddenBiasBounds } from "./numerics/hidden-bias.ts";
import { randomizationPValue } from "./numerics/permutations.ts";
import type { Pair } from "./numerics/selectors.ts";

/** Options of {@link hiddenBias}. `Row` is the row type of the data. */
export interface RdHiddenBiasOptions<Row> {
  readonly outcome: NumericColumn<Row>;
  readonly running: NumericColumn<Row>;
  /** Default 0. */
  readonly cutoff?: number;
  /** Windows, each by its ends as values of the running variable. */
  readonly windows: readonly Pair[];
  /** How many-fold a hidden trait may change the odds of the treated side; each at least 1. */
  readonly odds: readonly number[];
  /** Default `"rankSum"`. */
  readonly statistic?: LocalStatistic;
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
  const { columns, sample } = columnsByRole(caller, data, { outcome: numberRole(settings.outcome), running: numberRole(settings.running) });
  const { cutoff, nullEffect, statistic, repetitions, seed } = settings;
  const windows = settings.windows.map((window) => {
    const inside = [...columns.running.keys()].filter((i) => columns.running[i]! >= window[0] && columns.running[i]! <= window[1]);
    const side = Uint8Array.from(inside, (i) => (columns.running[i]! >= cutoff ? 1 : 0));
    const values = Float64Array.from(inside, (i, at) => columns.outcome[i]! - nullEffect * side[at]!);
    const treated = side.reduce((sum, value) => sum + value, 0);
    const rows: Pair = [side.length - treated, treated];
    if (Math.min(...rows) < 2) throw tooFew(caller, settings.running, window, rows);
    const rule = { rows: side.length, treated, probabilities: undefined, repetitions, seed };
    const base = settings.probability ?? treated / side.length;
    return {
      window,
      rows,
      pValue: randomizationPValue({ values, side, weights: undefined }, [statistic], rule).pValues[0]!,
      bounds: settings.odds.map((odds) => ({ odds, ...hiddenBiasBounds(statistic, values, side, base, odds, repetitions, seed) })),
    };
  });
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

interface HiddenBiasSettings {
  readonly outcome: string;
  readonly running: string;
  readonly cutoff: number;
  readonly windows: readonly Pair[];
  readonly odds: readonly number[];
  readonly statistic: LocalStatistic;
  readonly nullEffect: number;
  readonly probability?: number;
  readonly repetitions: number;
  readonly seed: number;
}

function resolveHiddenBias(caller: string, options: object): HiddenBiasSettings {
  const given = resolveOptions<HiddenBiasSettings>(caller, options, {
    required: ["outcome", "running", "windows", "odds"],
    defaults: { cutoff: 0, statistic: "rankSum", nullEffect: 0, probability: undefined, repetitions: 500, seed: 1 },
  });
  checkNumber(caller, "cutoff", given.cutoff);
  checkNumber(caller, "nullEffect", given.nullEffect);
  checkNumber(caller, "repetitions", given.repetitions, { min: 1, integer: true });
  checkChoice(caller, "statistic", given.statistic, ["differenceInMeans", "kolmogorovSmirnov", "rankSum"]);
  for (const odds of given.odds) checkNumber(caller, "odds", odds, { min: 1 });
  if (given.probability !== undefined) checkNumber(caller, "probability", given.probability, { min: 0, max: 1, open: true });
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
