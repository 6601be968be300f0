import { finishResult } from "../core/display.ts";
import { DataError, IdentificationError } from "../core/errors.ts";
import type { Estimate, Result, Warning } from "../core/result.ts";
import { gatherNumbers } from "../data/columns.ts";
import type { Frame } from "../data/frame.ts";
import { columnsByRole, numberRole } from "../data/roles.ts";
import { normalCdf, normalQuantile } from "../distributions/index.ts";
import { normalEstimate } from "../inference/estimate.ts";
import { checkCall } from "./check-call.ts";
import { evaluationOffsets, rowsInWindow, windowWeights } from "./local-experiment.ts";
import { firstStageDoubts } from "./local-first-stage.ts";
import { type RdLocalOptions, type RdLocalSettings, resolveLocal } from "./local-options.ts";
import { adjustedOutcome, interactedEffect, twoStage } from "./local-regression.ts";
import { differenceInMeans, type LocalStatistic, localStatistic, momentsOf, type StatisticValue, splitGroups } from "./local-statistics.ts";
import type { AssignmentRule } from "./numerics/assignments.ts";
import { nullQuantiles, pValuesOfEffects, randomizationPValue, type SideValuesInWindow, signedStatistic } from "./numerics/permutations.ts";
import { ranks } from "./numerics/ranks.ts";
import type { Pair } from "./numerics/selectors.ts";

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
  /** Power of the large-sample test against the option `powerEffect`. */
  readonly power: { readonly effect: number; readonly power: number };
  /** Randomization p-value of each of the option `effects`, under the first statistic. */
  readonly effects?: readonly { readonly effect: number; readonly pValue: number }[];
  /** Smallest and largest of `effects` that are not rejected; absent when all are, or none was asked for. */
  readonly accepted?: Pair;
  /** Interval for the observed difference in means less what chance alone would give, whatever the interference (Rosenbaum 2007). */
  readonly interferenceInterval?: Pair;
  /** Jump in the treatment, with `"twoStageLeastSquares"`. */
  readonly firstStage?: Estimate;
}

/**
 * A regression discontinuity as an experiment in a window: sides are compared as if drawn by lot with fixed numbers. Randomization
 * p-values come from all assignments when there are few, else from random ones (seeded); large-sample p-values equal `rdrandinf` of
 * R's rdlocrand.
 *
 * @throws IdentificationError `TOO_FEW_ROWS` in the window, `NO_FIRST_STAGE`; OptionError, ColumnError, DataError.
 * @see Cattaneo, Frandsen & Titiunik (2015), Journal of Causal Inference 3(1) 1-24; interference: Rosenbaum (2007), JASA 102(477) 191-200
 * @example
 * rd.localRandomization(people, { outcome: "hours", running: "age", cutoff: 60, window: [58, 62], seed: 1 }).tests;
 */
export function localRandomization<Row>(data: Frame<Row>, options: RdLocalOptions<Row>): RdLocalResult {
  const caller = "rd.localRandomization";
  checkCall(caller, data, options, ["effects", "window"]);
  const settings = resolveLocal(caller, options);
  const { assignment } = settings;
  const { columns, sample } = columnsByRole(caller, data, {
    outcome: numberRole(settings.outcome as string),
    running: numberRole(settings.running as string),
    treatment: numberRole(settings.treatment),
    chance: numberRole(assignment.type === "independent" ? (assignment.probability as string) : undefined),
  });
  const inside = rowsInWindow(columns.running, settings.window);
  const x = gatherNumbers(columns.running, inside).map((value) => value - settings.cutoff);
  const outcome = gatherNumbers(columns.outcome, inside);
  const side = Uint8Array.from(x, (value) => (value >= 0 ? 1 : 0));
  const treated = side.reduce((sum, value) => sum + value, 0);
  const rows = [side.length - treated, treated] as const;
  if (Math.min(...rows) < 2) throw tooFew(caller, settings, rows);
  const experiment: Experiment = {
    outcome,
    dose: columns.treatment === undefined ? Float64Array.from(side) : gatherNumbers(columns.treatment, inside),
    offsets: evaluationOffsets(x, side, settings.cutoff, settings.evaluateAt),
    side,
    weights: windowWeights(x, settings.kernel, settings.cutoff, settings.window),
    rule: {
      rows: side.length,
      treated,
      probabilities: columns.chance === undefined ? undefined : chancesOf(caller, gatherNumbers(columns.chance, inside)),
      repetitions: settings.repetitions,
      seed: settings.seed,
    },
  };
  const doubts = columns.treatment === undefined ? [] : firstStageDoubts(caller, settings.treatment as string, experiment.dose, side);
  const all = columns.running.reduce((sum, value) => sum + (value < settings.cutoff ? 1 : 0), 0);
  const shown = (which: 0 | 1): RdLocalResult["left"] => {
    const { mean, variance } = momentsOf(outcome.filter((_, i) => side[i] === which));
    return { rows: which === 0 ? all : sample.used - all, within: rows[which], mean, standardDeviation: Math.sqrt(variance) };
  };
  const left = shown(0);
  const found = settings.statistic === "twoStageLeastSquares" ? stageTest(settings, experiment) : sideTests(settings, experiment);
  const warnings: Warning[] = [...doubts, ...noVariance(found.estimates["effect"]!, settings)];
  return finishResult({
    kind: caller,
    ...found,
    power: powerOf(found.estimates["effect"]!, settings.powerEffect ?? left.standardDeviation / 2, settings.level),
    window: [settings.window[0], settings.window[1]],
    left,
    right: shown(1),
    treatedRankSum: ranks(movedBy(experiment, settings.nullEffect)).reduce((sum, rank, i) => sum + (side[i] === 1 ? rank : 0), 0),
    sample: {
      ...sample,
      used: inside.length,
      dropped: [...sample.dropped, { reason: "outside the window", rows: sample.used - inside.length }],
    },
    warnings,
    options: settings,
    reference: "Cattaneo, Frandsen & Titiunik (2015), Journal of Causal Inference 3(1) 1-24",
  });
}

/** The rows of a window. */
interface Experiment {
  readonly outcome: Float64Array;
  /** What multiplies an effect: the side, or the treatment received. */
  readonly dose: Float64Array;
  /** Running variable less the point where polynomials are compared. */
  readonly offsets: Float64Array;
  readonly side: Uint8Array;
  readonly weights: Float64Array | undefined;
  readonly rule: AssignmentRule;
}

const movedBy = ({ outcome, dose }: Experiment, effect: number): Float64Array => outcome.map((value, i) => value - effect * dose[i]!);

function chancesOf(caller: string, values: Float64Array): Float64Array {
  const at = values.findIndex((value) => !(value > 0 && value < 1));
  if (at < 0) return values;
  throw new DataError(
    "OUT_OF_RANGE",
    `Cannot run ${caller} as each row's chance of the treated side must lie strictly between 0 and 1: ${values[at]} was found`,
    { value: values[at] },
  );
}

function noVariance({ standardError }: Estimate, { outcome }: RdLocalSettings): Warning[] {
  if (standardError > 0) return [];
  const message = `No standard error: "${outcome}" does not vary on either side of the window`;
  return [{ code: "NO_VARIANCE", message, details: { column: outcome } }];
}

function powerOf({ standardError }: Estimate, effect: number, level: number): RdLocalResult["power"] {
  const z = normalQuantile((1 - level) / 2, "upper");
  const shift = effect / standardError;
  return { effect, power: normalCdf(z - shift, "upper") + normalCdf(-z - shift) };
}

function tooFew(caller: string, { running, window }: RdLocalSettings, rows: readonly [number, number]): IdentificationError {
  return new IdentificationError(
    "TOO_FEW_ROWS",
    `Cannot run ${caller} as each side of the window [${window[0]}, ${window[1]}] of "${running}" needs two rows: the left has ${rows[0]} and the right ${rows[1]}; widen "window"`,
    { column: running, rows },
  );
}

type Found = Pick<RdLocalResult, "estimates" | "tests" | "assignments" | "effects" | "accepted" | "interferenceInterval" | "firstStage">;

function stageTest({ nullEffect, level }: RdLocalSettings, { outcome, dose, side }: Experiment): Found {
  const { effect, variance } = twoStage(outcome, dose, side);
  const estimate = normalEstimate("twoStageLeastSquares", effect, variance, level);
  const { pValue } = normalEstimate("distance", effect - nullEffect, variance, level);
  const first = twoStage(dose, Float64Array.from(side), side);
  return {
    estimates: { effect: estimate },
    firstStage: normalEstimate("firstStage", first.effect, first.variance, level),
    tests: [{ statistic: "twoStageLeastSquares", observed: effect, pValue: Number.NaN, asymptoticPValue: pValue }],
    assignments: { count: 0, exact: false },
  };
}

function sideTests(settings: RdLocalSettings, experiment: Experiment): Found {
  const { offsets, side, weights, rule } = experiment;
  const { order, level } = settings;
  const outcome = movedBy(experiment, settings.nullEffect);
  const names = (typeof settings.statistic === "string" ? [settings.statistic] : settings.statistic) as readonly LocalStatistic[];
  const flat = (values: Float64Array): Float64Array => (order === 0 ? values : adjustedOutcome(values, offsets, side, weights, order));
  const adjusted = flat(outcome);
  const regression = order > 0 || weights !== undefined ? interactedEffect(outcome, offsets, side, weights, order) : undefined;
  const ties = names.length === 1; // the reference's joint call takes the variance of untied ranks
  const random = randomizationPValue({ values: adjusted, side, weights }, names, rule);
  const tests = names.map((name, s): RandomizationTest => {
    const value: StatisticValue = localStatistic(name, splitGroups(adjusted, side), ties);
    const means = name === "differenceInMeans" && regression !== undefined;
    return {
      statistic: name,
      observed: means ? regression.effect : value.statistic,
      pValue: random.pValues[s]!,
      asymptoticPValue: means ? normalEstimate(name, regression.effect, regression.variance, level).pValue : value.pValue,
    };
  });
  const groups = splitGroups(outcome, side);
  const [zero, one] = [momentsOf(groups.control), momentsOf(groups.treated)];
  const variance = zero.variance / groups.control.length + one.variance / groups.treated.length;
  const effect = regression ?? { effect: differenceInMeans(groups).statistic, variance };
  const unmoved: SideValuesInWindow = { values: flat(experiment.outcome), side, weights };
  return {
    estimates: { effect: normalEstimate("differenceInMeans", settings.nullEffect + effect.effect, effect.variance, level) },
    tests,
    assignments: { count: random.count, exact: random.exact },
    ...inversion(settings, unmoved, flat(experiment.dose), names[0]!, rule),
  };
}

/** The tests turned into intervals: effects that are not rejected, and chance alone taken from the observed difference. */
function inversion(
  { effects, interference, level }: RdLocalSettings,
  rows: SideValuesInWindow,
  dose: Float64Array,
  name: LocalStatistic,
  rule: AssignmentRule,
): Pick<Found, "effects" | "accepted" | "interferenceInterval"> {
  const pValues = effects && pValuesOfEffects(rows, dose, effects, name, rule);
  const tested = effects?.map((effect, e) => ({ effect, pValue: pValues![e]! }));
  const kept = (tested ?? []).filter(({ pValue }) => pValue >= 1 - level).map(({ effect }) => effect);
  const tail = (1 - level) / 2;
  const chance = interference ? nullQuantiles(rows, "differenceInMeans", rule, [tail, 1 - tail]) : undefined;
  const observed = signedStatistic("differenceInMeans", rows.values, rows.weights)(rows.side);
  return {
    ...(tested === undefined ? {} : { effects: tested }),
    ...(kept.length === 0 ? {} : { accepted: [Math.min(...kept), Math.max(...kept)] as const }),
    ...(chance === undefined ? {} : { interferenceInterval: [observed - chance[1], observed - chance[0]] as const }),
  };
}
