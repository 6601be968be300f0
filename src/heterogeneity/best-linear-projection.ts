import { finishResult } from "../core/display.ts";
import { checkLevel, resolveOptions } from "../core/options.ts";
import type { Estimate, Result } from "../core/result.ts";
import { gatherNumbers } from "../data/columns.ts";
import { type Frame, frame } from "../data/frame.ts";
import { binaryRole, columnsByRole, groupRole, numberRole, numbersRole, weightRole } from "../data/roles.ts";
import type { NumericColumn } from "../data/row-types.ts";
import type { VcovOption } from "../inference/vcov-option.ts";
import type { AnyRow } from "../regression/design.ts";
import { type OlsOptions, ols } from "../regression/index.ts";
import { OBSERVATION_DEFAULTS, type ObservationOptions, type ObservationSettings, observations } from "./observation-weights.ts";

/**
 * Correction of a covariance robust to heteroskedasticity (or to clusters, where a cluster column is given). With weights that vary inside
 * clusters `"HC2"` and `"HC3"` correct the residuals (`"HC3"` is the cluster jackknife); R's sandwich corrects the weighted residuals: `"sandwichHC2"`, `"sandwichHC3"`.
 */
export type ProjectionVariance = "HC0" | "HC1" | "HC2" | "HC3" | "sandwichHC2" | "sandwichHC3";

/** Options of {@link bestLinearProjection}. */
export interface BestLinearProjectionOptions<Row> extends ObservationOptions<Row> {
  /** Doubly robust scores, from `effectScores`. */
  readonly scores: NumericColumn<Row>;
  /** Columns the effect is projected on; none gives the average effect. */
  readonly covariates: readonly NumericColumn<Row>[];
  /** Propensity e: project under weights e (1 - e), the overlap population. */
  readonly overlap?: NumericColumn<Row>;
  /** `"HC0"` carries G/(G-1), `"HC1"` G/(G-1) (n-1)/(n-k), `"HC2"` and `"HC3"` no factor; each row is a cluster without `cluster`. @defaultValue "HC3" */
  readonly variance?: ProjectionVariance;
  /** Confidence level. @defaultValue 0.95 */
  readonly level?: number;
}

/** Resolved options of {@link bestLinearProjection}. */
export interface BestLinearProjectionSettings extends ObservationSettings {
  readonly scores: string;
  readonly covariates: readonly string[];
  readonly overlap?: string;
  readonly variance: ProjectionVariance;
  readonly level: number;
}

/** Result of {@link bestLinearProjection}. */
export interface BestLinearProjectionResult extends Result<"heterogeneity.bestLinearProjection", BestLinearProjectionSettings> {
  readonly estimates: Readonly<Record<string, Estimate>>;
  readonly vcov: readonly (readonly number[])[];
}

const CALLER = "heterogeneity.bestLinearProjection";

/**
 * Best linear projection of the conditional effect on covariates: regression of doubly robust scores on them. A coefficient says how the effect differs
 * by the covariate, the others in the projection held fixed. t inference with n - k degrees of freedom. Equals `best_linear_projection` of R's grf 2.6.1.
 *
 * @see Semenova and Chernozhukov (2021), Econometrics Journal 24; Cui et al. (2023), JRSSB 85.
 * @example
 * bestLinearProjection(scored, { scores: "score", covariates: ["age", "debts"], cluster: "municipality" }).estimates;
 */
export function bestLinearProjection<Row>(data: Frame<Row>, options: BestLinearProjectionOptions<Row>): BestLinearProjectionResult {
  const settings = resolveOptions<BestLinearProjectionSettings>(CALLER, options, {
    required: ["scores", "covariates"],
    defaults: { ...OBSERVATION_DEFAULTS, overlap: undefined, variance: "HC3", level: 0.95 },
  });
  checkLevel(CALLER, settings.level);
  const { columns, sample } = columnsByRole(CALLER, data, {
    scores: numberRole(settings.scores),
    covariates: numbersRole(settings.covariates),
    overlap: numberRole(settings.overlap),
    weights: weightRole(settings.weights),
    cluster: groupRole(settings.cluster),
    subset: binaryRole(settings.subset),
  });
  const { index, weights, clusters, clusterCount } = observations(CALLER, sample.used, settings, columns);
  const take = (column: Float64Array): Float64Array => gatherNumbers(column, index);
  const overlap = columns.overlap === undefined ? undefined : take(columns.overlap);
  const model = frame({
    ...Object.fromEntries(settings.covariates.map((name, j) => [name, take(columns.covariates[j]!)])),
    " score": take(columns.scores),
    " weight": overlap === undefined ? weights : weights.map((w, i) => w * overlap[i]! * (1 - overlap[i]!)),
    " cluster": Float64Array.from(clusters),
  }) as unknown as Frame<AnyRow>;
  const weighted = settings.weights !== undefined || settings.equalizeClusters || overlap !== undefined;
  const fit = ols(model, {
    outcome: " score",
    regressors: settings.covariates,
    ...(weighted ? { weights: " weight" } : {}),
    ...projectionCovariance(settings.variance, settings.cluster !== undefined, " cluster"),
    level: settings.level,
    keepModel: false,
  });
  return finishResult({
    kind: CALLER,
    estimates: fit.estimates,
    vcov: fit.vcov,
    sample: settings.cluster === undefined ? sample : { ...sample, clusters: clusterCount },
    warnings: fit.warnings,
    options: settings,
    reference: "Semenova & Chernozhukov (2021), Econometrics Journal 24(2)",
  });
}

/** @internal sandwich's `vcovCL(type)` with n - k degrees of freedom; each row is a cluster unless clustered. */
export function projectionCovariance(
  variance: ProjectionVariance,
  clustered: boolean,
  by: string,
): Pick<OlsOptions<AnyRow>, "vcov" | "smallSample"> {
  const conventional = { degreesOfFreedom: "conventional" } as const;
  const cluster = (variant: "CR1" | "CR2" | "CR3"): VcovOption<AnyRow> => ({ type: "cluster", by, variant });
  if (variance === "HC0") return { vcov: cluster("CR1"), smallSample: { ...conventional, adjustParameters: false } };
  const plain = variance.replace("sandwich", "") as "HC1" | "HC2" | "HC3";
  if (!clustered) return { vcov: { type: "hetero", variant: plain }, smallSample: conventional };
  if (plain === "HC1") return { vcov: cluster("CR1"), smallSample: conventional };
  const vcov = cluster(plain === "HC2" ? "CR2" : "CR3");
  return { vcov: variance === plain ? vcov : ({ ...vcov, weightedResiduals: true } as VcovOption<AnyRow>), smallSample: conventional };
}
