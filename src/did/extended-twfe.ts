import { finishResult } from "../core/display.ts";
import { IdentificationError } from "../core/errors.ts";
import { checkChoice, checkLevel, resolveOptions } from "../core/options.ts";
import type { DroppedRows, Estimate, Result, Warning } from "../core/result.ts";
import type { Panel } from "../data/index.ts";
import { checkPanel } from "./check-panel.ts";
import type { Contributions } from "./contributions.ts";
import { designWarnings, missingStarts } from "./design-warnings.ts";
import { cohortsOfRows } from "./event-time.ts";
import { withCovariateColumns } from "./extended-covariates.ts";
import { buildExtendedDesign, type ExtendedDesign, type InteractionColumn } from "./extended-design.ts";
import { type EffectCell, effectCells } from "./extended-effects.ts";
import { fitExtended } from "./extended-fit.ts";
import type { ExtendedTwfeOptions, ExtendedTwfeSettings } from "./extended-options.ts";
import { PANEL_REGRESSION_DEFAULTS, type PanelRegressionSettings } from "./panel-regression.ts";

/** A coefficient of a cohort in a period, or of its change with a covariate. */
export interface ExtendedEstimate extends Estimate {
  readonly group: number;
  readonly time: number;
  /** The covariate or moderator that the effect changes with; absent for the effect itself. */
  readonly with?: string;
}

/** Coefficients by cohort and period, and what {@link marginalEffects} needs. */
export interface ExtendedTwfeResult extends Result<"did.extendedTwfe", ExtendedTwfeSettings> {
  readonly estimates: readonly ExtendedEstimate[];
  readonly vcov: readonly (readonly number[])[];
  /** Covariance of all coefficients that marginal effects depend on. */
  readonly parameterVcov: readonly (readonly number[])[];
  /** Sums of effects and of their derivatives over rows, by cohort and period (and value of the moderator). */
  readonly cells: readonly EffectCell[];
  /** What each cluster adds to the deviations of the estimates, where there are at most 100: for inference with few clusters. */
  readonly contributions?: Contributions;
  /** The same of all coefficients. */
  readonly parameterContributions?: Contributions;
  readonly degreesOfFreedom: number;
  readonly observations: number;
}

const CALLER = "did.extendedTwfe";

/**
 * Extended two-way fixed effects: one regression with an effect for each cohort and period, covariates interacted, so that it is as free of
 * wrong comparisons as the imputation estimator; the exponential, logistic or probit family puts parallel trends on the index, for counts and
 * shares. Equals `etwfe` of R's etwfe 0.6.2. Summaries: {@link marginalEffects}.
 *
 * @throws IdentificationError `NO_TREATED_UNITS`, `NO_CONTROL_UNITS`; DataError `FIRST_TREATED_VARIES`; what `ols` and `poisson` throw.
 * @see Wooldridge (2021), doi:10.2139/ssrn.3906345; nonlinear: Wooldridge (2023), doi:10.1093/ectj/utad016
 * @example
 * marginalEffects(extendedTwfe(people, { outcome: "spells", firstTreated: "firstProgramMonth", family: "poisson" }), { type: "event" }).estimates;
 */
export function extendedTwfe<Row>(data: Panel<Row>, options: ExtendedTwfeOptions<Row>): ExtendedTwfeResult {
  checkPanel(CALLER, data);
  const settings = resolveOptions<ExtendedTwfeSettings<Row>>(CALLER, options, {
    required: ["outcome", "firstTreated"],
    defaults: {
      ...PANEL_REGRESSION_DEFAULTS,
      moderator: undefined,
      controlGroup: "notYetTreated",
      referenceCohort: undefined,
      referenceTime: undefined,
      levels: "cohort",
      tolerance: undefined,
      family: "linear",
    },
  });
  checkLevel(CALLER, settings.level);
  checkChoice(CALLER, "controlGroup", settings.controlGroup, ["notYetTreated", "neverTreated"]);
  checkChoice(CALLER, "levels", settings.levels, ["cohort", "unit"]);
  checkChoice(CALLER, "family", settings.family, ["linear", "poisson", "logit", "probit"]);
  const covariates = withCovariateColumns(CALLER, data, settings.covariates);
  const cohorts = cohortsOfRows(CALLER, covariates.data, settings.firstTreated);
  const missing = cohorts.filter(Number.isNaN).length;
  const known = missing === 0 ? covariates.data : covariates.data.filter(cohorts.map((g) => (Number.isNaN(g) ? 0 : 1)) as never);
  const { sample, reference } = referenceSample(known, settings);
  const left = known.rowCount - sample.rowCount;
  const doubts = designWarnings(covariates.data, cohorts, {
    withoutNever: () =>
      `the last cohort (${reference}) serves as comparison${left === 0 ? "" : `, and ${left} rows from its start on were left out`}`,
    alwaysTreated: "their effects are changes since the first period",
    singleUnit: "their effects have no variance of their own",
  });
  const dropped: DroppedRows[] = [
    ...covariates.dropped,
    ...(missing === 0 ? [] : [{ reason: `missing "${settings.firstTreated}"`, rows: missing }]),
    ...(left === 0 ? [] : [{ reason: "period in which the comparison cohort is treated", rows: left }]),
  ];
  const design = buildExtendedDesign(CALLER, sample, { ...settings, covariateColumns: covariates.names }, reference);
  const regression = { ...settings, covariates: [] } as unknown as PanelRegressionSettings<Row>;
  const fit = fitExtended(sample, design, regression, { ...settings, covariateColumns: covariates.names });
  const estimates = design.interactions.flatMap(({ column, group, time, covariate }): ExtendedEstimate[] => {
    const estimate = fit.estimates[column];
    if (estimate === undefined) return [];
    return [
      { ...estimate, term: effectName({ group, time, covariate }), group, time, ...(covariate === undefined ? {} : { with: covariate }) },
    ];
  });
  const positions = design.interactions.flatMap(({ column }) => (fit.parameters.includes(column) ? [fit.parameters.indexOf(column)] : []));
  return finishResult({
    kind: CALLER,
    estimates,
    vcov: positions.map((i) => positions.map((j) => fit.vcov[i]![j]!)),
    parameterVcov: fit.vcov,
    ...(fit.contributions === undefined
      ? {}
      : { contributions: fit.contributions.map((own) => positions.map((i) => own[i]!)), parameterContributions: fit.contributions }),
    cells: effectCells(design, fit, settings.family),
    degreesOfFreedom: estimates[0]?.degreesOfFreedom ?? Number.POSITIVE_INFINITY,
    observations: fit.observations,
    sample: { ...fit.sample, rows: data.rowCount, dropped: [...dropped, ...fit.sample.dropped] },
    warnings: [
      ...fit.warnings.map((warning) => inWords(warning, design)),
      ...missingStarts(dropped, settings.firstTreated as string),
      ...doubts,
    ],
    options: settings as unknown as ExtendedTwfeSettings,
    reference:
      "Wooldridge (2021), Two-way fixed effects, the two-way Mundlak regression, and difference-in-differences estimators, SSRN 3906345",
  });
}

const effectName = ({ group, time, covariate }: Pick<InteractionColumn, "group" | "time" | "covariate">): string =>
  `ATT(${group},${time})${covariate === undefined ? "" : ` by ${covariate}`}`;

/** A regression's warning with its columns named as in the result. */
function inWords(warning: Warning, { interactions, controls }: ExtendedDesign): Warning {
  const names = new Map<unknown, string>([
    ...interactions.map((one) => [one.column, effectName(one)] as const),
    ...controls.map(({ name, title }) => [name, title] as const),
  ]);
  const renamed = (value: unknown): unknown => (Array.isArray(value) ? value.map(renamed) : (names.get(value) ?? value));
  const details = Object.fromEntries(Object.entries(warning.details ?? {}).map(([key, value]) => [key, renamed(value)]));
  return { ...warning, message: warning.message.replace(/(?:effect|control)\d+__/g, (name) => names.get(name) ?? name), details };
}

/** Chooses the comparison cohort and leaves out its treated periods where it is treated at all. */
function referenceSample<Row>(
  data: Panel<Row>,
  settings: ExtendedTwfeSettings<Row>,
): { readonly sample: Panel<Row>; readonly reference: number } {
  const cohorts = cohortsOfRows(CALLER, data, settings.firstTreated);
  const distinct = [...new Set(cohorts)].filter((g) => !Number.isNaN(g)).sort((a, b) => a - b);
  const last = data.times[data.times.length - 1]!;
  const asked = settings.referenceCohort;
  const reference = asked === undefined ? distinct[distinct.length - 1]! : asked === 0 || asked > last ? Number.POSITIVE_INFINITY : asked;
  if (distinct.length < 2 || !distinct.includes(reference)) {
    throw new IdentificationError(
      "NO_CONTROL_UNITS",
      `Cannot run ${CALLER} as a comparison cohort and a treated one are needed: "${settings.firstTreated}" has ${distinct.join(", ")}`,
      { cohorts: distinct },
    );
  }
  if (reference === Number.POSITIVE_INFINITY || settings.controlGroup === "neverTreated") return { sample: data, reference };
  return { sample: data.filter((_, i) => data.times[data.timeCodes[i]!]! < reference), reference };
}
