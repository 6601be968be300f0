import type { Estimate, Sample, Warning } from "../core/result.ts";
import type { Panel } from "../data/index.ts";
import { factor, type GlmOptions, type GlmResult, logit, poisson, probit } from "../regression/index.ts";
import { type Contributions, fewClustersColumn, fewClusterWarnings, regressionContributions } from "./contributions.ts";
import type { ExtendedDesign } from "./extended-design.ts";
import type { ExtendedModelSettings } from "./extended-options.ts";
import { type PanelRegressionSettings, regressOnPanel } from "./panel-regression.ts";

/** The fitted regression, as far as effects depend on it. */
export interface ExtendedFit {
  readonly estimates: Readonly<Record<string, Estimate>>;
  /** Names of the coefficients, in the order of the covariance. */
  readonly parameters: readonly string[];
  readonly vcov: readonly (readonly number[])[];
  readonly observations: number;
  readonly sample: Sample;
  readonly warnings: readonly Warning[];
  /** What clusters add to the deviations of the coefficients, where they are few. */
  readonly contributions?: Contributions;
}

/** Least squares with absorbed cohort (or unit) and period effects, or maximum likelihood with indicators. */
export function fitExtended<Row>(
  data: Panel<Row>,
  design: ExtendedDesign,
  regression: PanelRegressionSettings<Row>,
  settings: ExtendedModelSettings<Row>,
): ExtendedFit {
  const extended = data.with(design.columns as Record<string, Float64Array>) as unknown as Panel<Row>;
  const effects = design.interactions.map(({ column }) => column);
  const result =
    settings.family === "linear"
      ? regressOnPanel(
          extended,
          regression,
          [...effects, ...design.controls.map(({ name }) => name)],
          absorbedEffects(data, design, settings),
        )
      : likelihood(extended, design, settings, effects);
  const parameters = Object.keys(result.estimates);
  return {
    estimates: result.estimates,
    parameters,
    vcov: result.vcov,
    observations: result.fit.observations,
    sample: result.sample,
    warnings: result.warnings,
    ...(result.contributions === undefined ? {} : { contributions: result.contributions }),
  };
}

function absorbedEffects<Row>(
  data: Panel<Row>,
  { cohort, period }: ExtendedDesign,
  settings: ExtendedModelSettings<Row>,
): readonly unknown[] {
  const slopes = settings.covariateColumns;
  const withSlopes = (fixedEffect: string, intercept: boolean): readonly unknown[] =>
    slopes.length === 0 ? (intercept ? [fixedEffect] : []) : [{ fixedEffect, slopes, intercept }];
  return settings.levels === "unit"
    ? [data.unit, ...withSlopes(cohort, false), ...withSlopes(period, true)]
    : [...withSlopes(cohort, true), ...withSlopes(period, true)];
}

function likelihood<Row>(
  data: Panel<Row>,
  design: ExtendedDesign,
  settings: ExtendedModelSettings<Row>,
  effects: readonly string[],
): GlmResult & { readonly contributions?: Contributions } {
  const few = fewClustersColumn(data, settings, data.unit as string);
  const { outcome, weights, cluster, vcov, smallSample, level } = settings;
  const base = settings.levels === "unit" ? design.unit : design.cohort;
  const options = {
    outcome,
    regressors: [...effects, ...design.controls.map(({ name }) => name), factor(base), factor(design.period)],
    ...(weights === undefined ? {} : { weights }),
    ...(vcov === undefined ? { cluster: cluster ?? data.unit } : { vcov }),
    ...(smallSample === undefined ? {} : { smallSample }),
    separation: false,
    ...(settings.tolerance === undefined ? {} : { tolerance: settings.tolerance }),
    level,
    keepModel: few !== undefined,
  } as unknown as GlmOptions<Row>;
  const estimate = settings.family === "poisson" ? poisson : settings.family === "probit" ? probit : logit;
  const fit = estimate(data, options);
  const result = { ...fit, warnings: [...fit.warnings, ...fewClusterWarnings(fit.sample.clusters)] };
  return few === undefined ? result : { ...result, contributions: regressionContributions("did", fit, few) };
}
