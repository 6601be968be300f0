import { finishResult } from "../core/display.ts";
import { checkLevel, resolveOptions } from "../core/options.ts";
import type { Estimate, Result } from "../core/result.ts";
import { type Frame, numericData } from "../data/frame.ts";
import { columnsByRole, type Groups, groupRole } from "../data/roles.ts";
import type { AnyColumn, NumericColumn } from "../data/row-types.ts";
import { normalEstimate } from "../inference/estimate.ts";
import type { SmallSampleOptions } from "../inference/small-sample.ts";
import type { ClusterBy, VcovOption } from "../inference/vcov-option.ts";
import { type AnyRow, type DesignColumn, numericPart } from "../regression/design.ts";
import { type GlmOptions, type GlmResult, logit, type Term } from "../regression/index.ts";
import { keptModel } from "../regression/kept-model.ts";
import { type EqualityTest, equalityTest } from "./group-contrasts.ts";
import { squareRows } from "./linear-combination.ts";

/** Options of {@link probabilityEffects}. */
export interface ProbabilityEffectsOptions<Row> {
  /** 0/1 outcome. */
  readonly outcome: NumericColumn<Row>;
  /** 0/1 treatment; its coefficient and those of its products are read from `regressors`. */
  readonly treatment: NumericColumn<Row>;
  /** All regressors of the logit, the treatment and its products among them. */
  readonly regressors: readonly Term<Row>[];
  /** Column whose values form the groups. */
  readonly by: AnyColumn<Row>;
  /** Groups in this order; rows of others count in the overall effect only. @defaultValue the column's own order */
  readonly levels?: readonly (string | number)[];
  /** Columns to cluster by: short for `vcov: { type: "cluster", by }`. */
  readonly cluster?: ClusterBy<Row>;
  /** Covariance of the coefficients. @defaultValue the inverse information */
  readonly vcov?: VcovOption<Row>;
  /** Small-sample corrections. @defaultValue none for the number of parameters */
  readonly smallSample?: SmallSampleOptions;
  /** Confidence level. @defaultValue 0.95 */
  readonly level?: number;
}

/** Resolved options of {@link probabilityEffects}. */
export type ProbabilityEffectsSettings = Omit<ProbabilityEffectsOptions<AnyRow>, "level"> & { readonly level: number };

/** Result of {@link probabilityEffects}. */
export interface ProbabilityEffectsResult extends Result<"heterogeneity.probabilityEffects", ProbabilityEffectsSettings> {
  /** Effect by group, in percentage points over 100. */
  readonly estimates: readonly Estimate[];
  readonly vcov: readonly (readonly number[])[];
  /** Effect over all rows used. */
  readonly overall: Estimate;
  /** Each later group minus the first. */
  readonly differences: readonly Estimate[];
  readonly equality?: EqualityTest;
  readonly model: GlmResult;
}

const CALLER = "heterogeneity.probabilityEffects";
/** The covariance is that of the last round's weights: at this change of the deviance they are those of the estimate to eight digits. */
const TOLERANCE = 1e-14;

/**
 * Effects on a probability by group from a logit with interactions: the mean over the group's rows of p(treated) - p(not treated), every product with the treatment recomputed, with delta-method
 * standard errors from the whole gradient. The coefficient of a product in a logit is not the difference between groups on the probability scale.
 *
 * @throws what `regression.logit` throws.
 * @see Ai and Norton (2003), Economics Letters 80.
 * @example
 * probabilityEffects(people, { outcome: "work", treatment: "job", regressors: ["job", "female", interaction("job", "female")], by: "female" }).differences;
 */
export function probabilityEffects<Row>(data: Frame<Row>, options: ProbabilityEffectsOptions<Row>): ProbabilityEffectsResult {
  const settings = resolveOptions<ProbabilityEffectsSettings>(CALLER, options, {
    required: ["outcome", "treatment", "regressors", "by"],
    defaults: { levels: undefined, cluster: undefined, vcov: undefined, smallSample: { adjustParameters: false }, level: 0.95 },
  });
  checkLevel(CALLER, settings.level);
  const { treatment, by: _by, levels: _levels, ...rest } = settings;
  const frame = data as unknown as Frame<AnyRow>;
  const complete = completeRows(frame, settings.by as string);
  const model = logit(complete, { ...rest, tolerance: TOLERANCE, keepModel: true } as GlmOptions<AnyRow>);
  const { rows, coefficients } = keptModel(CALLER, model);
  const used = rows === undefined ? complete : complete.take(rows);
  const { columns } = columnsByRole(CALLER, used, { by: groupRole(settings.by as string) });
  const groups = chosenGroups(columns.by, settings.levels);
  const parts = counterfactuals(used, model.design, treatment as string, coefficients);
  const V = model.vcov;
  const { effects, gradients } = byGroup(parts, groups.codes, groups.labels.length, coefficients.length);
  const overall = byGroup(parts, new Int32Array(used.rowCount), 1, coefficients.length);
  const product = (a: Float64Array, b: Float64Array): number =>
    a.reduce((sum, v, i) => sum + v * b.reduce((s, u, j) => s + u * V[i]![j]!, 0), 0);
  const G = groups.labels.length;
  const covariance = Float64Array.from({ length: G * G }, (_, p) => product(gradients[Math.floor(p / G)]!, gradients[p % G]!));
  const estimates = groups.labels.map((label, g) =>
    normalEstimate(`${settings.by as string}: ${label}`, effects[g]!, covariance[g * (G + 1)]!, settings.level),
  );
  const differences = groups.labels.slice(1).map((label, k) => {
    const g = k + 1;
    const variance = covariance[g * (G + 1)]! + covariance[0]! - 2 * covariance[g]!;
    return normalEstimate(`${settings.by as string}: ${label} - ${groups.labels[0]}`, effects[g]! - effects[0]!, variance, settings.level);
  });
  const joint = { labels: groups.labels, estimates, covariance, degreesOfFreedom: Number.POSITIVE_INFINITY };
  const { test, warnings } = equalityTest(settings.by as string, joint);
  return finishResult<ProbabilityEffectsResult>({
    kind: CALLER,
    estimates,
    vcov: squareRows(covariance),
    overall: normalEstimate("overall", overall.effects[0]!, product(overall.gradients[0]!, overall.gradients[0]!), settings.level),
    differences,
    ...(test === undefined ? {} : { equality: test }),
    model,
    sample: {
      ...model.sample,
      rows: data.rowCount,
      dropped: [...missing(data.rowCount - complete.rowCount, settings.by as string), ...model.sample.dropped],
    },
    warnings: [...model.warnings, ...warnings],
    options: settings,
    reference: "Ai & Norton (2003), Economics Letters 80(1)",
  });
}

const missing = (rows: number, by: string): { readonly reason: string; readonly rows: number }[] =>
  rows === 0 ? [] : [{ reason: `missing "${by}"`, rows }];

function completeRows(data: Frame<AnyRow>, by: string): Frame<AnyRow> {
  const { rows } = columnsByRole(CALLER, data, { by: groupRole(by) });
  return rows === undefined ? data : data.take(rows);
}

function chosenGroups(
  { codes, count, label }: Groups,
  levels: readonly (string | number)[] | undefined,
): { readonly codes: Int32Array; readonly labels: readonly string[] } {
  const own = Array.from({ length: count }, (_, code) => label(code));
  if (levels === undefined) return { codes, labels: own };
  const labels = levels.map(String);
  return { codes: codes.map((code) => labels.indexOf(own[code]!)), labels };
}

/** Each row's design with the treatment set to 1 and to 0, times p (1 - p), and the difference of probabilities. */
interface Counterfactuals {
  readonly difference: Float64Array;
  /** Rows by coefficients: x1 p1 (1 - p1) - x0 p0 (1 - p0). */
  readonly gradient: Float64Array;
}

function counterfactuals(
  data: Frame<AnyRow>,
  design: readonly DesignColumn[],
  treatment: string,
  coefficients: Float64Array,
): Counterfactuals {
  const n = data.rowCount;
  const k = design.length;
  const columns = design.map((column) => [0, 1].map((w) => columnAt(data, column, treatment, w)));
  const difference = new Float64Array(n);
  const gradient = new Float64Array(n * k);
  for (let i = 0; i < n; i++) {
    for (let w = 0; w < 2; w++) {
      const sign = w === 1 ? 1 : -1;
      let eta = 0;
      for (let j = 0; j < k; j++) eta += coefficients[j]! * columns[j]![w]![i]!;
      const p = 1 / (1 + Math.exp(-eta));
      difference[i]! += sign * p;
      for (let j = 0; j < k; j++) gradient[i * k + j]! += sign * p * (1 - p) * columns[j]![w]![i]!;
    }
  }
  return { difference, gradient };
}

/** A design column with the treatment at `w`. */
function columnAt(data: Frame<AnyRow>, { parts }: DesignColumn, treatment: string, w: number): Float64Array {
  const out = new Float64Array(data.rowCount).fill(1);
  for (const part of parts) {
    const column = data.column(part.column);
    if (!("level" in part)) {
      const values = numericData(data, part.column).values;
      for (let i = 0; i < out.length; i++) out[i]! *= numericPart(part, part.column === treatment ? w : values[i]!);
    } else if (part.column === treatment) {
      if (String(w) !== part.level) out.fill(0);
    } else {
      const wanted = column.type === "category" ? column.levels.indexOf(part.level) : Number(part.level);
      for (let i = 0; i < out.length; i++) if ((column.type === "category" ? column.codes[i]! : column.values[i]!) !== wanted) out[i] = 0;
    }
  }
  return out;
}

function byGroup(
  { difference, gradient }: Counterfactuals,
  codes: Int32Array,
  groups: number,
  k: number,
): { readonly effects: Float64Array; readonly gradients: readonly Float64Array[] } {
  const effects = new Float64Array(groups);
  const rows = new Float64Array(groups);
  const gradients = Array.from({ length: groups }, () => new Float64Array(k));
  for (let i = 0; i < codes.length; i++) {
    const g = codes[i]!;
    if (g < 0) continue;
    rows[g]! += 1;
    effects[g]! += difference[i]!;
    for (let j = 0; j < k; j++) gradients[g]![j]! += gradient[i * k + j]!;
  }
  for (let g = 0; g < groups; g++) {
    effects[g]! /= rows[g]!;
    for (let j = 0; j < k; j++) gradients[g]![j]! /= rows[g]!;
  }
  return { effects, gradients };
}
