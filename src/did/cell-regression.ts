import type { Panel } from "../data/index.ts";
import { columnsByRole, numberRole, resolveWeights, timeRole, weightRole } from "../data/roles.ts";
import type { Covariance, EstimatingEquations } from "../inference/covariance.ts";
import { countParameters, resolveSmallSample, type SmallSample } from "../inference/small-sample.ts";
import { iidCovariance, residualDegreesOfFreedom } from "../inference/vcov-iid.ts";
import { inferencePart } from "../regression/estimates.ts";
import { fitStatistics } from "../regression/fit-statistics.ts";
import type { OlsResult } from "../regression/index.ts";
import { termWarnings } from "../regression/warnings.ts";
import { type CellFit, fitCellRegression } from "./numerics/cell-regression.ts";
import type { PanelRegressionSettings } from "./panel-regression.ts";

/** Regressors that are indicators of cells of (cohort, period). */
export interface CellDesign {
  /** First treatment time of each cohort, `Infinity` for never. */
  readonly cohorts: readonly number[];
  /** Cohort number of each unit of the panel; -1 where it is missing. */
  readonly cohortOfUnit: Int32Array;
  /** Regressor of each cell, cohorts by periods, row-major; -1 for none. */
  readonly columns: Int32Array;
  /** Names of the regressors. */
  readonly names: readonly string[];
}

/** What a regression on cells gives, named as in `ols`. */
export type CellRegression = Pick<OlsResult, "estimates" | "vcov" | "sample" | "warnings" | "fit">;

/**
 * The regression of {@link regressOnPanel} on indicators of (cohort, period), without forming them; `undefined` where the settings or the
 * rows ask for more than cells hold (covariates, other covariances, frequency weights, singletons), and `ols` must do it.
 */
export function regressOnCells<Row>(
  caller: string,
  data: Panel<Row>,
  settings: PanelRegressionSettings<Row> & { readonly firstTreated: string },
  design: CellDesign,
): CellRegression | undefined {
  const kind = covarianceKind(data, settings);
  const weights = resolveWeights(caller, settings.weights, ["analytic", "frequency", "sampling"]);
  const smallSample = resolveSmallSample(caller, settings.smallSample);
  if (kind === undefined || settings.covariates.length > 0 || weights?.kind === "frequency") return undefined;
  if (smallSample.degreesOfFreedom === "satterthwaite") return undefined;
  const { columns, rows, sample } = columnsByRole(caller, data, {
    outcome: numberRole(settings.outcome as string),
    firstTreated: timeRole(settings.firstTreated),
    weights: weightRole(weights?.column),
  });
  const view = rows === undefined ? data : data.take(rows);
  if (!holdsInCells(view, columns.outcome, columns.weights)) return undefined;
  const periods = rows === undefined ? undefined : Array.from(view.times, (time) => data.times.indexOf(time));
  const fit = fitCellRegression({
    outcome: columns.outcome,
    weights: columns.weights,
    unitOffsets: view.unitOffsets,
    timeCodes: view.timeCodes,
    periods: view.times.length,
    cohorts: rows === undefined ? design.cohortOfUnit : keptCohorts(data, design.cohortOfUnit, rows, view.unitCount),
    cohortCount: design.cohorts.length,
    columns: periods === undefined ? design.columns : keptColumns(design, data.times.length, periods),
    columnCount: design.names.length,
  });
  const n = columns.outcome.length;
  if (fit.kept.length === 0 || n <= fit.kept.length + fit.rank) return undefined;
  const equations = equationsOf(fit, view, n);
  const covariance =
    kind.type === "iid"
      ? iidCovariance(equations, smallSample)
      : unitCovariance(equations, fit, view.unitCount, kind.adjusted, smallSample);
  const terms = fit.kept.map((j) => design.names[j]!);
  const inference = inferencePart(terms, fit.coefficients, covariance, settings.level);
  const dropped = fit.dependent.map(({ column, on }) => ({
    term: design.names[column]!,
    reason: on.length > 0 ? ("combination" as const) : ("absorbed" as const),
    on: on.map((j) => design.names[j]!),
  }));
  return {
    estimates: inference.estimates,
    vcov: inference.vcov,
    sample: { ...sample, ...(covariance.clusters === undefined ? {} : { clusters: covariance.clusters[0]! }) },
    warnings: [...termWarnings(dropped), ...inference.warnings],
    fit: fitStatistics({
      ...fit,
      terms,
      equations,
      observations: n,
      weights: columns.weights === undefined ? undefined : { values: columns.weights, kind: "analytic" },
    }),
  };
}

type CovarianceKind = { readonly type: "iid" } | { readonly type: "unit"; readonly adjusted: boolean };

/** Covariances that cells are enough for: equal variances, or units as clusters. */
function covarianceKind<Row>(data: Panel<Row>, { vcov, cluster }: PanelRegressionSettings<Row>): CovarianceKind | undefined {
  const isUnit = (by: unknown): boolean => by === data.unit || (Array.isArray(by) && by.length === 1 && by[0] === data.unit);
  if (vcov === undefined) return cluster === undefined || isUnit(cluster) ? { type: "unit", adjusted: true } : undefined;
  if (vcov.type === "iid") return { type: "iid" };
  if (vcov.type !== "cluster" || !isUnit(vcov.by) || vcov.jackknifeFactor === true) return undefined;
  const variant = vcov.variant ?? "CR1";
  return variant === "CR0" || variant === "CR1" ? { type: "unit", adjusted: variant === "CR1" } : undefined;
}

/** Whether no row has to be left out, and the outcome varies: at least two rows in every unit and period, weights all positive. */
function holdsInCells<Row>(view: Panel<Row>, outcome: Float64Array, weights: Float64Array | undefined): boolean {
  const { unitOffsets, timeCodes } = view;
  for (let u = 0; u < view.unitCount; u++) if (unitOffsets[u + 1]! - unitOffsets[u]! < 2) return false;
  const counts = new Float64Array(view.times.length);
  for (let i = 0; i < timeCodes.length; i++) counts[timeCodes[i]!]!++;
  if (view.unitCount < 2 || counts.some((count) => count < 2)) return false;
  if (weights?.some((w) => !(w > 0))) return false;
  return outcome.some((y) => y !== outcome[0]);
}

/** Cohort numbers of the units that still have rows. */
function keptCohorts<Row>(data: Panel<Row>, cohortOfUnit: Int32Array, rows: Int32Array, units: number): Int32Array {
  const out = new Int32Array(units);
  let [unit, last, next] = [0, -1, 0];
  for (let i = 0; i < rows.length; i++) {
    while (rows[i]! >= data.unitOffsets[unit + 1]!) unit++;
    if (unit === last) continue;
    out[next++] = cohortOfUnit[unit]!;
    last = unit;
  }
  return out;
}

/** The cells of the periods that still have rows. */
function keptColumns({ cohorts, columns }: CellDesign, allPeriods: number, periods: readonly number[]): Int32Array {
  const out = new Int32Array(cohorts.length * periods.length);
  for (let c = 0; c < cohorts.length; c++)
    periods.forEach((t, p) => {
      out[c * periods.length + p] = columns[c * allPeriods + t]!;
    });
  return out;
}

function equationsOf<Row>(fit: CellFit, view: Panel<Row>, observations: number): EstimatingEquations {
  const effect = (levels: number) => ({ levels, intercept: true, slopes: 0 });
  return {
    scores: { columns: [], centers: new Float64Array(0), multiplier: new Float64Array(0), constant: false, repeats: undefined },
    bread: fit.inverse,
    transform: undefined,
    observations,
    counts: { coefficients: fit.kept.length, effects: [effect(view.unitCount), effect(view.times.length)], rank: fit.rank },
    dispersion: fit.sumOfSquares / (observations - 1),
    normal: false,
    leverage: undefined,
    weights: undefined,
  };
}

/** Covariance clustered by unit from the products of units' contributions, with the factors of `clusterCovariance`. */
function unitCovariance(equations: EstimatingEquations, fit: CellFit, units: number, adjusted: boolean, settings: SmallSample): Covariance {
  const parameters = countParameters(equations.counts, settings, [true, false]);
  const { adjustClusters, adjustParameters } = settings;
  const n = equations.observations;
  const clusterFactor = !adjusted || adjustClusters === false ? 1 : units / (units - (adjustClusters === "parameters" ? parameters : 1));
  const factor = clusterFactor * (adjusted && adjustParameters ? (n - 1) / (n - parameters) : 1);
  const degreesOfFreedom = residualDegreesOfFreedom(equations, settings, parameters, units - 1);
  return {
    matrix: fit.unitProducts.map((value) => value * factor),
    degreesOfFreedom,
    jointDegreesOfFreedom: degreesOfFreedom,
    parameters,
    clusters: [units],
    warnings: [],
  };
}
