import { finishResult } from "../core/display.ts";
import { IdentificationError } from "../core/errors.ts";
import { checkChoice, checkLevel, checkNumber, resolveOptions } from "../core/options.ts";
import type { DroppedRows, Estimate, Result, Sample, Warning } from "../core/result.ts";
import type { NumericColumn, Panel } from "../data/index.ts";
import { columnsByRole, numberRole, timeRole } from "../data/roles.ts";
import { estimateFromStandardError } from "../inference/estimate.ts";
import { fromRows, multiplyVector, pseudoInverse } from "../linalg/index.ts";
import { checkPanel } from "./check-panel.ts";
import { type Contributions, fewClusterWarnings } from "./contributions.ts";
import { missingStarts } from "./design-warnings.ts";
import { type CohortPaths, cohortContrasts, type EfficientEstimand, earlierDifferences } from "./efficient-contrasts.ts";
import { type CohortUnits, unitContributions } from "./efficient-contributions.ts";
import { adjustedCovariance, contrastCovariance, type Deviation, earlierHeterogeneity } from "./efficient-covariance.ts";
import { cohortsOfRows, isNever } from "./event-time.ts";

/** Options of {@link efficient}. */
export interface EfficientOptions<Row> {
  /** Numeric outcome. */
  readonly outcome: NumericColumn<Row>;
  /** First treatment time of each unit; 0 and `Infinity` = never. */
  readonly firstTreated: NumericColumn<Row>;
  /** Which average of the effects of cohorts and periods; or effects with weights of one's own, which count as given. @defaultValue "simple" */
  readonly estimand?: EfficientEstimand;
  /** Times since treatment, for `estimand: "eventStudy"`. @defaultValue [0] */
  readonly eventTimes?: readonly number[];
  /** Coefficient on the difference before treatment: the efficient one, or a number (1: Callaway and Sant'Anna, or Sun and Abraham; 0: none). @defaultValue "efficient" */
  readonly adjustment?: "efficient" | number;
  /**
   * Differences before treatment to adjust by: the estimand's own contrasts in the period before each start (`"own"`), or those of all pairs of
   * cohorts in all periods before either starts (`"all"`), for samples large against their number; with `adjustment: "efficient"`. @defaultValue "own"
   */
  readonly differences?: "own" | "all";
  /** Who the treated are compared with: all cohorts treated later, or the last alone. @defaultValue "notYetTreated" */
  readonly controlGroup?: "notYetTreated" | "lastTreated";
  /** Confidence level. @defaultValue 0.95 */
  readonly level?: number;
}

/** {@link EfficientOptions} with defaults filled in. */
export type EfficientSettings<Row = never> = Required<EfficientOptions<Row>>;

/** An estimate under random timing. */
export interface EfficientEstimate extends Estimate {
  /** Standard error without the correction for effects that vary with the outcomes before treatment: conservative. */
  readonly neymanStandardError: number;
  /** Coefficient on the difference before treatment; NaN where `differences: "all"` has several. */
  readonly adjustment: number;
  /** For `estimand: "eventStudy"`. */
  readonly eventTime?: number;
}

/** Estimates under random timing. */
export interface EfficientResult extends Result<"did.efficient", EfficientSettings> {
  readonly estimates: readonly EfficientEstimate[];
  /** Covariance of the estimates, over event times before and after treatment. */
  readonly vcov: readonly (readonly number[])[];
  /** The same without the correction for effects that vary with the outcomes before treatment. */
  readonly neymanVcov: readonly (readonly number[])[];
  /** What each unit adds to the deviations of the estimates, where there are at most 100 units: for inference with few of them. */
  readonly contributions?: Contributions;
}

const CALLER = "did.efficient";
const ESTIMANDS = ["simple", "cohort", "calendar", "eventStudy"] as const satisfies readonly EfficientEstimand[];

/**
 * Efficient estimator when the time of treatment is (as good as) random: differences between cohorts, adjusted by the coefficient that
 * minimizes the variance for differences before treatment. Equals `staggered` of R's staggered 1.2.2. Rests on random timing, which is more than
 * parallel trends. Normal inference. Units are what treatment is assigned to: where whole cities start together, the units should be cities.
 *
 * @throws IdentificationError `NO_TREATED_UNITS`, `NO_EFFECTS`; DataError `FIRST_TREATED_VARIES`, `NEGATIVE_FIRST_TREATED`; OptionError.
 * @see Roth & Sant'Anna (2023), doi:10.1086/726581
 * @example
 * efficient(people, { outcome: "hours", firstTreated: "invitedMonth", estimand: "eventStudy", eventTimes: [0, 1, 2] }).estimates;
 */
export function efficient<Row>(data: Panel<Row>, options: EfficientOptions<Row>): EfficientResult {
  checkPanel(CALLER, data);
  const settings = resolveOptions<EfficientSettings<Row>>(CALLER, options, {
    required: ["outcome", "firstTreated"],
    defaults: {
      estimand: "simple",
      eventTimes: [0],
      adjustment: "efficient",
      differences: "own",
      controlGroup: "notYetTreated",
      level: 0.95,
    },
  });
  checkLevel(CALLER, settings.level);
  if (!Array.isArray(settings.estimand)) checkChoice(CALLER, "estimand", settings.estimand, ESTIMANDS);
  checkChoice(CALLER, "controlGroup", settings.controlGroup, ["notYetTreated", "lastTreated"]);
  if (settings.adjustment !== "efficient") checkNumber(CALLER, "adjustment", settings.adjustment);
  checkChoice(CALLER, "differences", settings.differences, settings.adjustment === "efficient" ? ["own", "all"] : ["own"]);
  const { moments, units, sample, warnings } = collectCohorts(data, settings);
  const targets = settings.estimand === "eventStudy" ? settings.eventTimes : [Number.NaN];
  const found = targets.map((eventTime) => estimateTarget(moments, settings, eventTime));
  const estimates = found.map(({ estimate }) => estimate);
  const withoutError = estimates.filter(({ statistic }) => Number.isNaN(statistic)).map(({ term }) => term);
  if (withoutError.length > 0) {
    warnings.push({
      code: "NO_VARIANCE",
      message: `Zero without sampling error, being the difference that it is adjusted by: ${withoutError.join(", ")}`,
      details: { terms: withoutError },
    });
  }
  const contributions = unitContributions(
    moments,
    units,
    found.map(({ deviation }) => deviation),
  );
  return finishResult({
    kind: CALLER,
    estimates,
    vcov: found.map((a) => found.map((b) => adjustedCovariance(moments, a.deviation, b.deviation))),
    neymanVcov: found.map((a) => found.map((b) => contrastCovariance(moments, a.deviation.weights, b.deviation.weights))),
    ...(contributions === undefined ? {} : { contributions }),
    sample,
    warnings,
    options: settings as unknown as EfficientSettings,
    reference:
      "Roth & Sant'Anna (2023), Efficient estimation for staggered rollout designs, Journal of Political Economy Microeconomics 1(4), 669-709",
  });
}

/** Units seen in every period, by cohort; cohorts of one unit and units treated by the first period are left out. */
function collectCohorts<Row>(
  data: Panel<Row>,
  settings: EfficientSettings<Row>,
): { readonly moments: CohortPaths; readonly units: CohortUnits; readonly sample: Sample; readonly warnings: Warning[] } {
  const { columns, rows, sample } = columnsByRole(CALLER, data, {
    outcome: numberRole(settings.outcome as string),
    firstTreated: timeRole(settings.firstTreated as string),
  });
  const view = rows === undefined ? data : data.take(rows);
  cohortsOfRows(CALLER, view, settings.firstTreated); // one value a unit, none negative
  const T = view.times.length;
  const byGroup = new Map<number, number[]>();
  let [incomplete, always] = [0, 0];
  for (let u = 0; u < view.unitCount; u++) {
    const [begin, end] = [view.unitOffsets[u]!, view.unitOffsets[u + 1]!];
    const g = columns.firstTreated[begin]!;
    const cohort = isNever(g) ? Number.POSITIVE_INFINITY : g;
    if (end - begin !== T) incomplete += end - begin;
    else if (cohort <= view.times[0]!) always += end - begin;
    else {
      const starts = byGroup.get(cohort) ?? [];
      byGroup.set(cohort, starts);
      starts.push(begin);
    }
  }
  const dropped: DroppedRows[] = [];
  const warnings: Warning[] = [];
  const drop = (rowCount: number, reason: string, code: string): void => {
    if (rowCount === 0) return;
    dropped.push({ reason, rows: rowCount });
    warnings.push({ code, message: `${rowCount} rows were left out: ${reason}`, details: { rows: rowCount } });
  };
  const single = [...byGroup].filter(([, starts]) => starts.length < 2);
  for (const [g] of single) byGroup.delete(g);
  drop(incomplete, "unit not seen in every period", "UNBALANCED_UNITS_DROPPED");
  drop(always, "treated by the first period", "ALWAYS_TREATED_DROPPED");
  drop(single.length * T, "only unit of its cohort", "SINGLE_UNIT_COHORTS_DROPPED");
  const groups = [...byGroup.keys()].sort((a, b) => a - b);
  if (groups.length < 2) {
    throw new IdentificationError(
      "NO_TREATED_UNITS",
      `Cannot run ${CALLER} as two cohorts of at least two complete units are needed: "${settings.firstTreated}" gives ${groups.length}`,
      { cohorts: groups },
    );
  }
  const paths = groups.map((g) => cohortPath(columns.outcome, byGroup.get(g)!, T));
  const units = groups.map((g) => byGroup.get(g)!.length);
  const total = units.reduce((sum, n) => sum + n, 0);
  return {
    units: { outcome: columns.outcome, starts: groups.map((g) => byGroup.get(g)!) },
    moments: {
      times: view.times,
      groups,
      units,
      means: paths.map(({ mean }) => mean),
      covariances: paths.map(({ covariance }) => covariance),
    },
    sample: { ...sample, used: total * T, units: total, dropped: [...sample.dropped, ...dropped] },
    warnings: [
      ...missingStarts(sample.dropped, settings.firstTreated as string),
      ...withoutNever(groups),
      ...warnings,
      ...fewClusterWarnings(total),
    ],
  };
}

/** The last cohort is compared with, its own effects are not. */
function withoutNever(groups: readonly number[]): Warning[] {
  const last = groups[groups.length - 1]!;
  if (last === Number.POSITIVE_INFINITY) return [];
  return [
    {
      code: "NO_NEVER_TREATED",
      message: `No unit is never treated: effects from period ${last} on, when the last cohort starts, are not identified`,
      details: { last },
    },
  ];
}

function cohortPath(y: Float64Array, starts: readonly number[], T: number): { mean: Float64Array; covariance: Float64Array } {
  const mean = new Float64Array(T);
  for (const at of starts) for (let t = 0; t < T; t++) mean[t]! += y[at + t]! / starts.length;
  const covariance = new Float64Array(T * T);
  const z = new Float64Array(T);
  for (const at of starts) {
    for (let t = 0; t < T; t++) z[t] = y[at + t]! - mean[t]!;
    for (let t = 0; t < T; t++) for (let s = 0; s <= t; s++) covariance[t * T + s]! += (z[t]! * z[s]!) / (starts.length - 1);
  }
  for (let t = 0; t < T; t++) for (let s = 0; s < t; s++) covariance[s * T + t] = covariance[t * T + s]!;
  return { mean, covariance };
}

/** An estimate with what covariances with others need. */
interface Target {
  readonly estimate: EfficientEstimate;
  readonly deviation: Deviation;
}

function estimateTarget<Row>(paths: CohortPaths, settings: EfficientSettings<Row>, eventTime: number): Target {
  const { effect, before } = cohortContrasts(paths, settings.estimand, eventTime, settings.controlGroup === "lastTreated");
  const apply = (weights: readonly Float64Array[]): number =>
    weights.reduce((sum, row, g) => sum + row.reduce((part, a, t) => part + a * paths.means[g]![t]!, 0), 0);
  const differences = settings.differences === "all" ? earlierDifferences(paths) : [before];
  const beta =
    settings.adjustment === "efficient"
      ? efficientCoefficients(
          differences.map((a) => differences.map((b) => contrastCovariance(paths, a, b))),
          differences.map((a) => contrastCovariance(paths, a, effect)),
        )
      : Float64Array.of(settings.adjustment);
  const weights = effect.map((row, g) =>
    row.map((a, t) => differences.reduce((rest, difference, j) => rest - beta[j]! * difference[g]![t]!, a)),
  );
  const deviation = { weights, heterogeneity: earlierHeterogeneity(paths, effect) };
  const isEvent = settings.estimand === "eventStudy";
  const term = isEvent ? `event time ${eventTime}` : typeof settings.estimand === "string" ? settings.estimand : "average";
  const standardError = Math.sqrt(adjustedCovariance(paths, deviation, deviation));
  const value = differences.reduce((rest, difference, j) => rest - beta[j]! * apply(difference), apply(effect));
  return {
    deviation,
    estimate: {
      ...estimateFromStandardError(term, value, standardError, Number.POSITIVE_INFINITY, settings.level),
      neymanStandardError: Math.sqrt(Math.max(0, contrastCovariance(paths, weights, weights))),
      adjustment: beta.length === 1 ? beta[0]! : Number.NaN,
      ...(isEvent ? { eventTime } : {}),
    },
  };
}

/** `Var(X)^+ Cov(X, effect)`. */
function efficientCoefficients(variance: readonly (readonly number[])[], covariance: readonly number[]): Float64Array {
  if (covariance.length === 1) return Float64Array.of(variance[0]![0]! > 0 ? covariance[0]! / variance[0]![0]! : 0);
  return multiplyVector(
    pseudoInverse(fromRows(variance), covariance.length),
    Float64Array.from(covariance),
    covariance.length,
    covariance.length,
  );
}
