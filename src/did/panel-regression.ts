import type { Estimate, Sample, Warning } from "../core/result.ts";
import type { AnyColumn, NumericColumn, Panel, WeightOption } from "../data/index.ts";
import type { SmallSampleOptions } from "../inference/small-sample.ts";
import type { ClusterBy, VcovOption } from "../inference/vcov-option.ts";
import { type OlsOptions, type OlsResult, ols, type Term } from "../regression/index.ts";
import { type Contributions, fewClustersColumn, fewClusterWarnings, regressionContributions } from "./contributions.ts";

/** What all regressions on a panel share. */
export interface PanelRegressionOptions<Row> {
  /** Numeric outcome. */
  readonly outcome: NumericColumn<Row>;
  /** Covariates: numeric columns, and terms made by `factor`, `power`, `interaction`. @defaultValue [] */
  readonly covariates?: readonly Term<Row>[];
  /** Weights, as in `ols`. */
  readonly weights?: WeightOption<Row>;
  /** Columns to cluster by. @defaultValue the panel's unit */
  readonly cluster?: ClusterBy<Row>;
  /** Covariance, in place of `cluster`. */
  readonly vcov?: VcovOption<Row>;
  /** Small-sample corrections; defaults as in fixest. */
  readonly smallSample?: SmallSampleOptions;
  /** Confidence level. @defaultValue 0.95 */
  readonly level?: number;
}

/** Defaults of {@link PanelRegressionOptions} for `resolveOptions`. */
export const PANEL_REGRESSION_DEFAULTS = {
  covariates: [],
  weights: undefined,
  cluster: undefined,
  vcov: undefined,
  smallSample: undefined,
  level: 0.95,
} as const;

/** {@link PanelRegressionOptions} with defaults filled in. */
export type PanelRegressionSettings<Row> = PanelRegressionOptions<Row> &
  Required<Pick<PanelRegressionOptions<Row>, "covariates" | "level">>;

/** How well the regression fits. */
export type PanelFit = OlsResult["fit"];

/** Least squares with unit and period effects absorbed, clustered by unit unless told otherwise; warns of few clusters. */
export function regressOnPanel<Row>(
  data: Panel<Row>,
  settings: PanelRegressionSettings<Row>,
  regressors: readonly unknown[],
  fixedEffects: readonly unknown[] = [data.unit, data.time],
  clusterBy: AnyColumn<Row> = data.unit,
): OlsResult & { readonly contributions?: Contributions } {
  const few = fewClustersColumn(data, settings, clusterBy as string);
  const { outcome, weights, cluster, vcov, smallSample, level } = settings;
  const options = {
    outcome,
    regressors,
    fixedEffects,
    ...(weights === undefined ? {} : { weights }),
    ...(vcov === undefined ? { cluster: cluster ?? clusterBy } : { vcov }),
    ...(smallSample === undefined ? {} : { smallSample }),
    level,
    keepModel: few !== undefined,
  };
  const fit = ols(data, options as unknown as OlsOptions<Row>);
  const result = { ...fit, warnings: [...fit.warnings, ...fewClusterWarnings(fit.sample.clusters)] };
  return few === undefined ? result : { ...result, contributions: regressionContributions("did", fit, few) };
}

/** The part of a regression that every result on a panel repeats. */
export function regressionPart(result: Pick<OlsResult, "sample" | "warnings" | "fit">): {
  readonly sample: Sample;
  readonly warnings: readonly Warning[];
  readonly fit: PanelFit;
} {
  return { sample: result.sample, warnings: result.warnings, fit: result.fit };
}

/** Estimates and covariance of the terms a predicate picks, in the regression's order. */
export function pickTerms(
  result: Pick<OlsResult, "estimates" | "vcov"> & { readonly contributions?: Contributions },
  picked: (term: string) => boolean,
): {
  readonly terms: readonly string[];
  readonly estimates: readonly Estimate[];
  readonly vcov: readonly (readonly number[])[];
  readonly kept: { readonly contributions?: Contributions };
} {
  const all = Object.keys(result.estimates);
  const index = all.flatMap((term, j) => (picked(term) ? [j] : []));
  return {
    terms: index.map((j) => all[j]!),
    estimates: index.map((j) => result.estimates[all[j]!]!),
    vcov: index.map((j) => index.map((k) => result.vcov[j]![k]!)),
    kept: result.contributions === undefined ? {} : { contributions: result.contributions.map((own) => index.map((j) => own[j]!)) },
  };
}

/** A column name that the data do not hold yet. */
export function freeName<Row>(data: Panel<Row>, wanted: string): AnyColumn<Row> {
  let name = wanted;
  while (data.has(name)) name += "_";
  return name as AnyColumn<Row>;
}
