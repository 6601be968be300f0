import { finishResult } from "../core/display.ts";
import { IdentificationError, OptionError } from "../core/errors.ts";
import { checkChoice, checkLevel, checkNumber, resolveOptions } from "../core/options.ts";
import type { Estimate, Result } from "../core/result.ts";
import { gatherNumbers } from "../data/columns.ts";
import type { Frame } from "../data/frame.ts";
import { columnsByRole, numberRole } from "../data/roles.ts";
import type { NumericColumn } from "../data/row-types.ts";
import { normalEstimate } from "../inference/estimate.ts";
import { adjustedOutcome, interactedEffect, twoStage } from "./local-regression.ts";
import { differenceInMeans, type LocalStatistic, localStatistic, momentsOf, type StatisticValue, splitGroups } from "./local-statistics.ts";
import { KERNELS, type KernelName, kernelAt } from "./numerics/kernel.ts";
import { randomizationPValue } from "./numerics/permutations.ts";
import { ranks } from "./numerics/ranks.ts";
import type { Pair } from "./numerics/selectors.ts";

/** Options of {@link localRandomization}. */
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
  /** Values of the running variable, left and right, at which the polynomials are compared. Default the cutoff. */
  readonly evaluateAt?: readonly [number, number];
  /** Weights within the window. Default `"uniform"`. */
  readonly kernel?: KernelName;
  /** Effect under the null hypothesis. Default 0. */
  readonly nullEffect?: number;
  /** Random assignments; when all possible ones are no more, all are used. Default 1000. */
  readonly repetitions?: number;
  readonly seed?: number;
  readonly level?: number;
}

/** Options of {@link localRandomization} as resolved. */
export interface RdLocalSettings extends Required<Omit<RdLocalOptions<Record<string, number>>, "treatment" | "evaluateAt">> {
  readonly evaluateAt?: readonly [number, number];
  readonly treatment?: string;
}

/** One randomization test. */
export interface RandomizationTest {
  readonly statistic: string;
  /** Observed value: treated less control mean, largest distance, or standardised rank sum of the control rows. */
  readonly observed: number;
  /** Share of assignments with a statistic at least as extreme. */
  readonly pValue: number;
  /** Large-sample p-value. */
  readonly asymptoticPValue: number;
}

/** Result of {@link localRandomization}. */
export interface RdLocalResult extends Result<"rd.localRandomization", RdLocalSettings> {
  /** Difference in means (or two-stage least squares) with large-sample inference. */
  readonly estimates: Readonly<Record<string, Estimate>>;
  readonly tests: readonly RandomizationTest[];
  /** Assignments used, and whether they are all possible ones. */
  readonly assignments: { readonly count: number; readonly exact: boolean };
  readonly window: Pair;
  /** Rows of each side in all and within the window; means and standard deviations of the outcome within. */
  readonly left: { readonly rows: number; readonly within: number; readonly mean: number; readonly standardDeviation: number };
  readonly right: { readonly rows: number; readonly within: number; readonly mean: number; readonly standardDeviation: number };
  /** Sum of the ranks of the treated rows within the window. */
  readonly treatedRankSum: number;
}

/**
 * A regression discontinuity as an experiment in a window: sides are compared as if drawn by lot with fixed numbers. Randomization
 * p-values come from all assignments when there are few, else from random ones (seeded); large-sample p-values equal `rdrandinf` of
 * R's rdlocrand.
 *
 * @throws IdentificationError `TOO_FEW_ROWS` in the window; OptionError, ColumnError, DataError.
 * @see Cattaneo, Frandsen & Titiunik (2015), Journal of Causal Inference 3(1) 1-24
 * @example
 * rd.localRandomization(people, { outcome: "hours", running: "age", cutoff: 60, window: [58, 62], seed: 1 }).tests;
 */
export function localRandomization<Row>(data: Frame<Row>, options: RdLocalOptions<Row>): RdLocalResult {
  const caller = "rd.localRandomization";
  const settings = resolveLocal(caller, options);
  const { columns, sample } = columnsByRole(caller, data, {
    outcome: numberRole(settings.outcome as string),
    running: numberRole(settings.running as string),
    treatment: numberRole(settings.treatment),
  });
  const inside = windowRows(columns.running, settings.window);
  const x = gatherNumbers(columns.running, inside).map((value) => value - settings.cutoff);
  const outcome = gatherNumbers(columns.outcome, inside);
  const side = Uint8Array.from(x, (value) => (value >= 0 ? 1 : 0));
  const treatment = columns.treatment === undefined ? undefined : gatherNumbers(columns.treatment, inside);
  const rows = [side.length - side.reduce((sum, value) => sum + value, 0), side.reduce((sum, value) => sum + value, 0)] as const;
  if (Math.min(...rows) < 2) throw tooFew(caller, settings, rows);
  const moved = outcome.map((value, i) => value - settings.nullEffect * (treatment === undefined ? side[i]! : treatment[i]!));
  const weights = kernelWeights(x, settings);
  const all = columns.running.reduce((sum, value) => sum + (value < settings.cutoff ? 1 : 0), 0);
  const shown = (which: 0 | 1): RdLocalResult["left"] => {
    const { mean, variance } = momentsOf(outcome.filter((_, i) => side[i] === which));
    return { rows: which === 0 ? all : sample.used - all, within: rows[which], mean, standardDeviation: Math.sqrt(variance) };
  };
  const at = settings.evaluateAt ?? [settings.cutoff, settings.cutoff];
  const offsets = x.map((value, i) => value + settings.cutoff - at[side[i]! as 0 | 1]);
  const found =
    settings.statistic === "twoStageLeastSquares"
      ? stageTest(settings, outcome, side, treatment!)
      : sideTests(settings, moved, offsets, side, weights);
  return finishResult({
    kind: caller,
    ...found,
    window: [settings.window[0], settings.window[1]],
    left: shown(0),
    right: shown(1),
    treatedRankSum: ranks(moved).reduce((sum, rank, i) => sum + (side[i] === 1 ? rank : 0), 0),
    sample: {
      ...sample,
      used: inside.length,
      dropped: [...sample.dropped, { reason: "outside the window", rows: sample.used - inside.length }],
    },
    warnings: [],
    options: settings,
    reference: "Cattaneo, Frandsen & Titiunik (2015), Journal of Causal Inference 3(1) 1-24",
  });
}

function resolveLocal(caller: string, options: object): RdLocalSettings {
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
      level: 0.95,
    },
  });
  checkNumber(caller, "cutoff", given.cutoff);
  checkNumber(caller, "window", given.window[0], { max: given.cutoff });
  checkNumber(caller, "window", given.window[1], { min: given.cutoff });
  checkNumber(caller, "order", given.order, { min: 0, max: 8, integer: true });
  checkNumber(caller, "nullEffect", given.nullEffect);
  checkNumber(caller, "repetitions", given.repetitions, { min: 1, integer: true });
  checkLevel(caller, given.level);
  checkChoice(caller, "kernel", given.kernel, ["triangular", "epanechnikov", "uniform"]);
  const names = typeof given.statistic === "string" ? [given.statistic] : given.statistic;
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

/** Rows whose running variable, rounded to eight digits, lies in the window. */
function windowRows(running: Float64Array, [from, to]: readonly [number, number]): Int32Array {
  const rows: number[] = [];
  running.forEach((value, i) => {
    const rounded = Math.round(value * 1e8) / 1e8;
    if (rounded >= from && rounded <= to) rows.push(i);
  });
  return Int32Array.from(rows);
}

function tooFew(caller: string, { running, window }: RdLocalSettings, rows: readonly [number, number]): IdentificationError {
  return new IdentificationError(
    "TOO_FEW_ROWS",
    `Cannot run ${caller} as each side of the window [${window[0]}, ${window[1]}] of "${running}" needs two rows: the left has ${rows[0]} and the right ${rows[1]}; widen "window"`,
    { column: running, rows },
  );
}

/** Kernel weights by distance over the window's half-width; none for the uniform kernel. */
function kernelWeights(x: Float64Array, { kernel, window, cutoff }: RdLocalSettings): Float64Array | undefined {
  if (kernel === "uniform") return undefined;
  return x.map((value) => kernelAt(KERNELS[kernel], Math.abs(value) / (value < 0 ? cutoff - window[0] : window[1] - cutoff)));
}

type Found = Pick<RdLocalResult, "estimates" | "tests" | "assignments">;

function stageTest({ nullEffect, level }: RdLocalSettings, outcome: Float64Array, side: Uint8Array, treatment: Float64Array): Found {
  const { effect, variance } = twoStage(outcome, treatment, side);
  const estimate = normalEstimate("twoStageLeastSquares", effect, variance, level);
  const { pValue } = normalEstimate("distance", effect - nullEffect, variance, level);
  return {
    estimates: { effect: estimate },
    tests: [{ statistic: "twoStageLeastSquares", observed: effect, pValue: Number.NaN, asymptoticPValue: pValue }],
    assignments: { count: 0, exact: false },
  };
}

function sideTests(
  settings: RdLocalSettings,
  outcome: Float64Array,
  x: Float64Array,
  side: Uint8Array,
  weights: Float64Array | undefined,
): Found {
  const names = (typeof settings.statistic === "string" ? [settings.statistic] : settings.statistic) as readonly LocalStatistic[];
  const adjusted = settings.order === 0 ? outcome : adjustedOutcome(outcome, x, side, weights, settings.order);
  const regression = settings.order > 0 || weights !== undefined ? interactedEffect(outcome, x, side, weights, settings.order) : undefined;
  const ties = names.length === 1; // the reference's joint call takes the variance of untied ranks
  const random = randomizationPValue(adjusted, side, names, weights, settings.repetitions, settings.seed);
  const tests = names.map((name, s): RandomizationTest => {
    const value: StatisticValue = localStatistic(name, splitGroups(adjusted, side), ties);
    const means = name === "differenceInMeans" && regression !== undefined;
    return {
      statistic: name,
      observed: means ? regression.effect : value.statistic,
      pValue: random.pValues[s]!,
      asymptoticPValue: means ? normalEstimate(name, regression.effect, regression.variance, settings.level).pValue : value.pValue,
    };
  });
  const plain = differenceInMeans(splitGroups(outcome, side));
  const zero = momentsOf(outcome.filter((_, i) => side[i] === 0));
  const one = momentsOf(outcome.filter((_, i) => side[i] === 1));
  const count1 = side.reduce((sum, value) => sum + value, 0);
  const variance = zero.variance / (side.length - count1) + one.variance / count1;
  const effect = regression ?? { effect: plain.statistic, variance };
  return {
    estimates: { effect: normalEstimate("differenceInMeans", settings.nullEffect + effect.effect, effect.variance, settings.level) },
    tests,
    assignments: { count: random.count, exact: random.exact },
  };
}
