import { OptionError } from "../core/errors.ts";
import { checkBoolean, checkChoice, checkLevel, checkNumber, resolveOptions } from "../core/options.ts";
import type { NumericColumn } from "../data/row-types.ts";
import { checkList, checkPairs, checkRecord } from "./check-call.ts";
import type { EvaluationPoints } from "./local-experiment.ts";
import type { LocalStatistic } from "./local-statistics.ts";
import type { KernelName } from "./numerics/kernel.ts";

/** Options of `rd.localRandomization`. `Row` is the row type of the data. */
export interface RdLocalOptions<Row> {
  readonly outcome: NumericColumn<Row>;
  readonly running: NumericColumn<Row>;
  /** Default 0. */
  readonly cutoff?: number;
  /** Ends of the window, as values of the running variable; see `rd.windowSelection`. */
  readonly window: readonly [number, number];
  /** Treatment received; with `"twoStageLeastSquares"` the side is its instrument, otherwise it only receives `nullEffect`. */
  readonly treatment?: NumericColumn<Row>;
  /** Default `"differenceInMeans"`; several give one test each. */
  readonly statistic?: LocalStatistic | "twoStageLeastSquares" | readonly LocalStatistic[];
  /** Order of the polynomial in the running variable that is taken out of the outcome on each side. Default 0. */
  readonly order?: number;
  /**
   * Values of the running variable, left and right, at which the polynomials are compared, or `"means"`: each side's mean in the window.
   * Default the cutoff.
   */
  readonly evaluateAt?: EvaluationPoints;
  /** Weights within the window. Default `"uniform"`. */
  readonly kernel?: KernelName;
  /** Effect under the null hypothesis. Default 0. */
  readonly nullEffect?: number;
  /** Random assignments; when all possible ones are no more, all are used. Default 1000. */
  readonly repetitions?: number;
  readonly seed?: number;
  /**
   * How sides came about: fixed numbers on both (default), or independent draws, with a column of each row's chance of the treated side.
   */
  readonly assignment?: { readonly type: "fixedNumbers" } | { readonly type: "independent"; readonly probability: NumericColumn<Row> };
  /** Effects to test: those not rejected at `1 - level` form the interval `accepted`. */
  readonly effects?: readonly number[];
  /** Interval for the effect of the side that allows for any interference between rows. Default false. */
  readonly interference?: boolean;
  /** Effect for which the power of the large-sample test is given. Default half the outcome's standard deviation on the left. */
  readonly powerEffect?: number;
  readonly level?: number;
}

/** Options of `rd.localRandomization` as resolved. */
export interface RdLocalSettings
  extends Required<Omit<RdLocalOptions<Record<string, number>>, "treatment" | "evaluateAt" | "effects" | "powerEffect">> {
  readonly evaluateAt?: EvaluationPoints;
  readonly treatment?: string;
  readonly effects?: readonly number[];
  readonly powerEffect?: number;
}

/** Resolves and checks the options of `rd.localRandomization`. */
export function resolveLocal(caller: string, options: object): RdLocalSettings {
  const given = resolveOptions<RdLocalSettings>(caller, options, {
    required: ["outcome", "running", "window"],
    defaults: {
      cutoff: 0,
      treatment: undefined,
      statistic: "differenceInMeans",
      order: 0,
      evaluateAt: undefined,
      kernel: "uniform",
      nullEffect: 0,
      repetitions: 1000,
      seed: 1,
      assignment: { type: "fixedNumbers" },
      effects: undefined,
      interference: false,
      powerEffect: undefined,
      level: 0.95,
    },
  });
  checkNumber(caller, "cutoff", given.cutoff);
  checkNumber(caller, "window", given.window[0], { max: given.cutoff });
  checkNumber(caller, "window", given.window[1], { min: given.cutoff });
  checkNumber(caller, "order", given.order, { min: 0, max: 8, integer: true });
  checkEvaluation(caller, given.evaluateAt);
  checkNumber(caller, "nullEffect", given.nullEffect);
  checkNumber(caller, "repetitions", given.repetitions, { min: 1, integer: true });
  checkLevel(caller, given.level);
  checkBoolean(caller, "interference", given.interference);
  checkRecord(caller, "assignment", given.assignment);
  checkChoice(caller, "assignment.type", given.assignment.type, ["fixedNumbers", "independent"]);
  for (const effect of given.effects ?? []) checkNumber(caller, "effects", effect);
  if (given.powerEffect !== undefined) checkNumber(caller, "powerEffect", given.powerEffect);
  checkChoice(caller, "kernel", given.kernel, ["triangular", "epanechnikov", "uniform"]);
  const names = typeof given.statistic === "string" ? [given.statistic] : given.statistic;
  checkList(caller, "statistic", names);
  for (const name of names)
    checkChoice(caller, "statistic", name, ["differenceInMeans", "kolmogorovSmirnov", "rankSum", "twoStageLeastSquares"]);
  if (given.statistic === "twoStageLeastSquares" && given.treatment === undefined) {
    throw new OptionError(
      "MISSING_OPTION",
      `Cannot run ${caller} by two-stage least squares as option "treatment" is required: it was not given`,
      {
        option: "treatment",
      },
    );
  }
  return given;
}

/** Checks the option `evaluateAt`. @throws OptionError `INVALID_OPTION`. */
export function checkEvaluation(caller: string, value: unknown): void {
  if (value === undefined || value === "means") return;
  checkPairs(caller, "evaluateAt", [value]);
  for (const end of value as readonly unknown[]) checkNumber(caller, "evaluateAt", end);
}
