import { OptionError } from "../core/errors.ts";
import { checkChoice } from "../core/options.ts";
import { type Estimate, estimateList, type Sample, type Warning } from "../core/result.ts";
import { type Frame, numericData } from "../data/frame.ts";
import { Panel } from "../data/panel.ts";
import { binaryRole, columnsByRole } from "../data/roles.ts";
import { type AggregateType, type AttGtResult, aggregate, attGt } from "../did/index.ts";
import { estimate as estimateRd } from "../rd/index.ts";
import type { AnyRow, AnyTerm } from "../regression/design.ts";
import { factor, type OlsOptions, type OlsResult, ols } from "../regression/index.ts";
import { keptModel } from "../regression/kept-model.ts";
import { type LinModel, linModel } from "./lin-model.ts";
import type { DidSubgroupDesign, ExperimentDesign, RdSubgroupDesign, RegressionDesign, SubgroupDesign } from "./subgroup-options.ts";

/** Why a group has no effect. */
export interface NoEffect {
  readonly code: string;
  readonly reason: string;
}

/** Contributions of rows to an estimate, up to a factor: `values[i]` belongs to row `rows[i]` of the frame (row i when `rows` is absent). */
export interface RowInfluence {
  readonly rows: Int32Array | undefined;
  readonly values: Float64Array;
}

/** The effect in one group. */
export interface GroupEffect {
  readonly estimate: Estimate;
  /** Which rows were used. */
  readonly sample: Sample;
  /** Rows with treatment 1 (regression, experiment), at or above the cutoff (rd); absent for other treatments. */
  readonly treatedRows?: number;
  /** Units first treated inside the data (did). */
  readonly treatedUnits?: number;
  /** All coefficients of the group's regression. */
  readonly coefficients?: readonly Estimate[];
  /** Row contributions, where the design gives them. */
  readonly influence?: () => RowInfluence;
  readonly warnings: readonly Warning[];
}

/** Estimates the effect in one group's rows. */
export type GroupEstimator = (data: Frame<AnyRow>) => GroupEffect | NoEffect;

/** What runs for all groups alike. */
export interface RunSettings {
  readonly level: number;
  readonly seed: number;
}

/** The estimator a design describes, its own options checked. */
export function groupEstimator(caller: string, data: Frame<AnyRow>, design: SubgroupDesign<AnyRow>, run: RunSettings): GroupEstimator {
  switch (design?.type) {
    case "experiment":
      return experiment(caller, data, design, run);
    case "regression":
      return (group) => regression(group, design, run);
    case "rd":
      return rdEstimator(caller, design, run);
    case "did":
      return didEstimator(design, run);
    default:
      checkChoice(caller, "design.type", (design as { type?: unknown } | undefined)?.type, ["experiment", "regression", "rd", "did"]);
      throw new OptionError("INVALID_OPTION", `Cannot run ${caller} without a design`, {});
  }
}

function experiment(caller: string, data: Frame<AnyRow>, design: ExperimentDesign<AnyRow>, run: RunSettings): GroupEstimator {
  columnsByRole(caller, data, { treatment: binaryRole(design.treatment as string) });
  const { type: _, treatment: _treatment, covariates = [], adjustment = covariates.length > 0 ? "lin" : "none", ...rest } = design;
  checkChoice(caller, "design.adjustment", adjustment, ["none", "additive", "lin"]);
  const robust = rest.vcov === undefined && rest.cluster === undefined ? ({ vcov: { type: "hetero", variant: "HC2" } } as const) : {};
  const common = { ...rest, ...robust, level: run.level };
  return (group) => {
    const missing = missingArm(group, design.treatment as string);
    if (missing !== undefined) return missing;
    if (adjustment === "lin") {
      const model = linModel(caller, group, { ...design, covariates });
      const options = { ...common, regressors: model.regressors } as OlsOptions<AnyRow>;
      return inRowsOf(model, regressionEffect(model.data, options, design.treatment as string));
    }
    const regressors = [design.treatment, ...(adjustment === "none" ? [] : covariates.map((name) => asTerm(data, name as string)))];
    return regressionEffect(group, { ...common, regressors } as OlsOptions<AnyRow>, design.treatment as string);
  };
}

/** The effect with sample and influence in terms of the larger frame of which the regression saw `rows`. */
function inRowsOf({ rows, sample }: LinModel, effect: GroupEffect | NoEffect): GroupEffect | NoEffect {
  if (rows === undefined || !("estimate" in effect) || effect.influence === undefined) return effect;
  const inner = effect.influence;
  const influence = (): RowInfluence => {
    const { rows: used, values } = inner();
    return { rows: used === undefined ? rows : used.map((row) => rows[row]!), values };
  };
  const joined = { ...effect.sample, rows: sample.rows, dropped: [...sample.dropped, ...effect.sample.dropped] };
  return { ...effect, sample: joined, influence };
}

/** A numeric column as it is, labels as indicators. */
export const asTerm = (data: Frame<AnyRow>, name: string): AnyTerm => (data.column(name).type === "category" ? factor(name) : name);

function regression(group: Frame<AnyRow>, design: RegressionDesign<AnyRow>, run: RunSettings): GroupEffect | NoEffect {
  const { type: _, model: _model, treatment, covariates = [], ...rest } = design;
  const missing = missingArm(group, treatment as string);
  if (missing !== undefined) return missing;
  return regressionEffect(
    group,
    { ...rest, regressors: [treatment, ...covariates], level: run.level } as OlsOptions<AnyRow>,
    treatment as string,
  );
}

/** The group's treatment, if it does not vary. */
export function missingArm(group: Frame<AnyRow>, treatment: string): NoEffect | undefined {
  const { values } = numericData(group, treatment);
  let first = Number.NaN;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (Number.isNaN(value)) continue;
    if (Number.isNaN(first)) first = value;
    else if (value !== first) return undefined;
  }
  if (Number.isNaN(first)) return { code: "NO_ROWS", reason: `no row with a value of "${treatment}"` };
  if (first === 0) return { code: "NO_TREATED", reason: "no treated row" };
  if (first === 1) return { code: "NO_CONTROL", reason: "no control row" };
  return { code: "NO_VARIATION", reason: `"${treatment}" is ${first} in every row` };
}

function regressionEffect(data: Frame<AnyRow>, options: OlsOptions<AnyRow>, treatment: string): GroupEffect | NoEffect {
  const fit = ols(data, { ...options, keepModel: true });
  const estimate = fit.estimates[treatment];
  if (estimate === undefined)
    return { code: "TREATMENT_DROPPED", reason: `"${treatment}" is a combination of the other regressors or the fixed effects` };
  const model = keptModel("heterogeneity.subgroups", fit);
  const treated = treatedAmong(numericData(data, treatment).values, model.rows);
  return {
    estimate,
    sample: fit.sample,
    ...(treated === undefined ? {} : { treatedRows: treated }),
    coefficients: estimateList(fit),
    influence: () => ({ rows: model.rows, values: coefficientInfluence(fit, treatment) }),
    warnings: fit.warnings,
  };
}

/** Rows with value 1 among those used; `undefined` when there are other values than 0 and 1. */
export function treatedAmong(values: Float64Array, rows: Int32Array | undefined): number | undefined {
  let count = 0;
  const n = rows === undefined ? values.length : rows.length;
  for (let i = 0; i < n; i++) {
    const value = values[rows === undefined ? i : rows[i]!]!;
    if (value === 1) count++;
    else if (value !== 0) return undefined;
  }
  return count;
}

/** Each used row's part in a coefficient's error: the coefficient's row of the bread times the row's score. */
export function coefficientInfluence(fit: OlsResult, term: string): Float64Array {
  const { terms, equations } = keptModel("heterogeneity.subgroups", fit);
  const { scores, bread, transform } = equations;
  const k = terms.length;
  const at = terms.indexOf(term);
  const row = new Float64Array(k);
  for (let j = 0; j < k; j++) {
    if (transform === undefined) row[j] = bread[at * k + j]!;
    else for (let m = 0; m < k; m++) row[j]! += transform[at * k + m]! * bread[m * k + j]!;
  }
  const first = scores.constant ? 1 : 0;
  const out = new Float64Array(scores.multiplier.length).fill(scores.constant ? row[0]! : 0);
  scores.columns.forEach((column, j) => {
    const [weight, center] = [row[first + j]!, scores.centers[j]!];
    for (let i = 0; i < out.length; i++) out[i]! += weight * (column[i]! - center);
  });
  for (let i = 0; i < out.length; i++) out[i]! *= scores.multiplier[i]! * (scores.repeats === undefined ? 1 : scores.repeats[i]!);
  return out;
}

function rdEstimator(
  caller: string,
  { type: _, report = "robust", ...options }: RdSubgroupDesign<AnyRow>,
  run: RunSettings,
): GroupEstimator {
  checkChoice(caller, "design.report", report, ["robust", "conventional", "biasCorrected"]);
  return (group) => {
    const fit = estimateRd(group, { ...options, level: run.level });
    return {
      estimate: fit.estimates[report],
      sample: fit.sample,
      treatedRows: fit.right.rows,
      influence: () => {
        const { perRow } = estimateRd(group, { ...options, level: run.level, perRow: true });
        return { rows: undefined, values: (report === "robust" ? perRow!.robust : perRow!.conventional).influence };
      },
      warnings: fit.warnings,
    };
  };
}

function didEstimator({ type: _, aggregate: summary = "group", ...options }: DidSubgroupDesign<AnyRow>, run: RunSettings): GroupEstimator {
  return (group) => {
    const effects = attGt(group, { ...options, level: run.level, seed: run.seed });
    const { overall, warnings } = aggregate(effects, { type: summary, missing: "drop" });
    return {
      estimate: overall,
      sample: effects.sample,
      treatedUnits: effects.cohorts.reduce((sum, { group: start, units }) => (Number.isFinite(start) ? sum + units : sum), 0),
      influence: () => unitInfluence(group, attGt(group, { ...options, level: run.level, seed: run.seed, keepInfluence: true }), summary),
      warnings,
    };
  };
}

/** Each unit's part in the summary's error, at the unit's first row. */
function unitInfluence(group: Frame<AnyRow>, effects: AttGtResult, summary: AggregateType): RowInfluence {
  const { units, positions, values } = aggregate(effects, { type: summary, missing: "drop" }).influence!;
  const width = values.length / units;
  const rows = Int32Array.from(positions!, (position) => (group instanceof Panel ? group.unitOffsets[position]! : position));
  return { rows, values: Float64Array.from({ length: units }, (_, u) => values[u * width + width - 1]! / units) };
}
