import { IdentificationError } from "../core/errors.ts";
import type { DroppedRows, Sample, Warning } from "../core/result.ts";
import type { AnyColumn, NumericColumn, Panel, WeightOption } from "../data/index.ts";
import {
  binaryRole,
  columnsByRole,
  type Groups,
  groupRole,
  groupsRole,
  numberRole,
  numbersRole,
  resolveWeights,
  timeRole,
  weightRole,
} from "../data/roles.ts";
import { requireTwoClusters } from "../inference/vcov-cluster.ts";
import { type AnyTerm, designValues, expandTerms, termColumns } from "../regression/design.ts";
import { combineGroups, type EffectRows, type EffectSpecification, effectSpecifications } from "../regression/fixed-effects.ts";
import type { FixedEffectsOption, Term } from "../regression/index.ts";
import { covariateColumns, covariateRoles, covariateTerms } from "./covariates.ts";
import { missingStarts } from "./design-warnings.ts";
import { isNever } from "./event-time.ts";
import { addProducts } from "./numerics/pair-covariance.ts";
import { unitScoreProducts } from "./numerics/unit-score-products.ts";
import { fitUntreatedEffects } from "./untreated-effects.ts";
import { type ClusterCodes, fitUntreated, type UntreatedModel } from "./untreated-model.ts";

/** What imputation and two-stage estimators share. */
export interface UntreatedOptions<Row> {
  /** Numeric outcome. */
  readonly outcome: NumericColumn<Row>;
  /** Effects of untreated outcomes: columns, lists of columns to combine, columns with varying slopes. @defaultValue the panel's unit and time */
  readonly fixedEffects?: FixedEffectsOption<Row>;
  /** Covariates of untreated outcomes, beside these effects. @defaultValue [] */
  readonly covariates?: readonly (AnyColumn<Row> | Term<Row>)[];
  /** Sampling weights. */
  readonly weights?: WeightOption<Row>;
  /** One column whose groups are independent of each other. @defaultValue the panel's unit */
  readonly cluster?: AnyColumn<Row>;
  /** Confidence level. @defaultValue 0.95 */
  readonly level?: number;
}

/** Columns beside those of {@link UntreatedOptions}. */
export interface UntreatedRequest {
  readonly firstTreated?: string | undefined;
  readonly treated?: string | undefined;
  readonly numbers: readonly string[];
  readonly terms: readonly AnyTerm[];
}

/** Rows with everything the second step needs. */
export interface ImputedRows {
  readonly model: UntreatedModel;
  readonly treated: Uint8Array;
  /** Number of each row among the panel's; absent where all rows are used. */
  readonly rowNumbers: Int32Array | undefined;
  /** First treatment time and period by row. */
  readonly firstTreated: Float64Array | undefined;
  readonly times: Float64Array;
  readonly timeCodes: Int32Array;
  readonly outcome: Float64Array;
  readonly weights: Float64Array;
  readonly numbers: readonly Float64Array[];
  readonly design: readonly { readonly name: string; readonly values: Float64Array }[];
  readonly clusters: ClusterCodes;
  /** Whether each unit is a cluster of its own. */
  readonly clusterIsUnit: boolean;
  readonly sample: Sample;
  readonly warnings: readonly Warning[];
}

/** Reads the panel, fits the model of untreated outcomes, and imputes all rows. */
export function imputeRows<Row>(caller: string, data: Panel<Row>, settings: UntreatedOptions<Row>, request: UntreatedRequest): ImputedRows {
  const covariates = covariateTerms(data, settings.covariates ?? []);
  const weights = resolveWeights(caller, settings.weights, ["sampling", "analytic"]);
  const own = settings.cluster === undefined || settings.cluster === data.unit;
  const names = termColumns(request.terms);
  const effects = ownEffects(caller, data, settings.fixedEffects);
  const { columns, rows, sample } = columnsByRole(caller, data, {
    outcome: numberRole(settings.outcome as string),
    firstTreated: timeRole(request.firstTreated),
    treated: binaryRole(request.treated),
    weights: weightRole(weights?.column),
    cluster: groupRole(own ? undefined : (settings.cluster as string)),
    numbers: numbersRole(request.numbers),
    ...covariateRoles(covariates),
    termNumbers: covariateRoles(request.terms).numeric,
    termFactors: covariateRoles(request.terms).factors,
    effectGroups: groupsRole(effects.flatMap((effect) => effect.columns)),
    effectSlopes: numbersRole(effects.flatMap((effect) => effect.slopes)),
  });
  const view = rows === undefined ? data : data.take(rows);
  const n = columns.outcome.length;
  const times = timesOfRows(view.timeCodes, view.times);
  const treated = treatedRows(columns.treated, columns.firstTreated, times);
  requireBoth(caller, treated);
  const clusters = columns.cluster === undefined ? unitCodes(view) : { codes: columns.cluster.codes, count: columns.cluster.count };
  requireTwoClusters([{ name: own ? data.unit : (settings.cluster as string), count: clusters.count }]);
  const shared = {
    outcome: columns.outcome,
    weights: columns.weights,
    covariates: covariateColumns(caller, covariates, columns, n),
    untreated: untreatedRows(treated),
  };
  const { unitOffsets, timeCodes } = view;
  const model =
    effects.length === 0
      ? fitUntreated({ ...shared, unitOffsets, timeCodes, periods: view.times.length })
      : fitUntreatedEffects({ ...shared, caller, effects: effectRows(effects, columns.effectGroups, columns.effectSlopes) });
  const source = {
    rows: n,
    numeric: (name: string): Float64Array => columns.termNumbers[names.numeric.indexOf(name)]!,
    groups: (name: string): Groups => columns.termFactors[names.factors.indexOf(name)]!,
  };
  const dropped: DroppedRows[] =
    model.unpredicted > 0
      ? [{ reason: `${effects.length === 0 ? "unit or period" : "fixed effect"} without an untreated row`, rows: model.unpredicted }]
      : [];
  return {
    model,
    treated,
    rowNumbers: rows,
    firstTreated: columns.firstTreated,
    times,
    timeCodes: view.timeCodes,
    outcome: columns.outcome,
    weights: columns.weights ?? new Float64Array(n).fill(1),
    numbers: columns.numbers,
    design: expandTerms(caller, request.terms, source).map((column) => ({ name: column.name, values: designValues(column, source) })),
    clusterIsUnit: own,
    clusters,
    sample: { ...sample, used: sample.used - model.unpredicted, dropped: [...sample.dropped, ...dropped] },
    warnings: [
      ...(request.firstTreated === undefined ? [] : missingStarts(sample.dropped, request.firstTreated)),
      ...modelWarnings(model, effects.length === 0),
    ],
  };
}

/** 1 where the unit is treated: as told, or from its first treatment time on. */
function treatedRows(told: Float64Array | undefined, firstTreated: Float64Array | undefined, times: Float64Array): Uint8Array {
  if (told !== undefined) return new Uint8Array(told);
  const treated = new Uint8Array(times.length);
  if (firstTreated === undefined) return treated;
  let [last, start] = [Number.NaN, Number.NaN];
  for (let i = 0; i < treated.length; i++) {
    const g = firstTreated[i]!;
    if (g !== last) {
      last = g;
      start = isNever(g) ? Number.POSITIVE_INFINITY : g;
    }
    treated[i] = Number(times[i]! >= start);
  }
  return treated;
}

function timesOfRows(codes: Int32Array, labels: ArrayLike<number>): Float64Array {
  const own = Float64Array.from(labels);
  const out = new Float64Array(codes.length);
  for (let i = 0; i < out.length; i++) out[i] = own[codes[i]!]!;
  return out;
}

function untreatedRows(treated: Uint8Array): Uint8Array {
  const out = new Uint8Array(treated.length);
  for (let i = 0; i < out.length; i++) out[i] = 1 - treated[i]!;
  return out;
}

/** Effects asked for; none where they are the panel's unit and time, which have a faster way of their own. */
function ownEffects<Row>(caller: string, data: Panel<Row>, option: FixedEffectsOption<Row> | undefined): readonly EffectSpecification[] {
  const effects = effectSpecifications(caller, option);
  const names = effects.map(({ name }) => name).sort();
  const isTwoWay = names.length === 2 && [data.unit, data.time].every((name) => names.includes(name as string));
  if (option !== undefined && effects.length === 0) return [{ name: "all", columns: [], slopes: [], intercept: true }];
  return isTwoWay ? [] : effects;
}

/** Effects over the rows used, from their columns in order. */
function effectRows(
  effects: readonly EffectSpecification[],
  groups: readonly Groups[],
  slopes: readonly Float64Array[],
): readonly EffectRows[] {
  let [g, s] = [0, 0];
  return effects
    .filter(({ columns }) => columns.length > 0)
    .map((specification) => {
      const joined = combineGroups(groups.slice(g, g + specification.columns.length));
      const own = slopes.slice(s, s + specification.slopes.length);
      g += specification.columns.length;
      s += specification.slopes.length;
      return { specification, ...joined, slopes: own };
    });
}

function requireBoth(caller: string, treated: Uint8Array): void {
  for (const [value, code, word] of [
    [1, "NO_TREATED_UNITS", "treated"],
    [0, "NO_CONTROL_UNITS", "untreated"],
  ] as const) {
    if (!treated.includes(value)) throw new IdentificationError(code, `Cannot run ${caller} as ${word} rows are needed: there are none`);
  }
}

function unitCodes<Row>({ unitOffsets }: Panel<Row>): ClusterCodes {
  const count = unitOffsets.length - 1;
  const codes = new Int32Array(unitOffsets[count]!);
  for (let u = 0; u < count; u++) codes.fill(u, unitOffsets[u]!, unitOffsets[u + 1]!);
  return { codes, count };
}

function modelWarnings(model: UntreatedModel, isTwoWay: boolean): Warning[] {
  const warnings: Warning[] = [];
  if (model.unpredicted > 0) {
    warnings.push({
      code: "NO_PREDICTION",
      message: `${model.unpredicted} rows were left out: ${isTwoWay ? "their unit or their period has" : "a level of their fixed effects has"} no untreated row, so that their untreated outcome cannot be imputed`,
      details: { rows: model.unpredicted },
    });
  }
  if (model.dependentCovariates.length > 0) {
    warnings.push({
      code: "COLLINEAR_COVARIATES",
      message: `${model.dependentCovariates.length} covariate columns count for nothing: others, or the fixed effects, determine them`,
      details: { columns: model.dependentCovariates },
    });
  }
  return warnings;
}

/** Sums by cluster. */
export function sumByCluster(values: Float64Array, { codes, count }: ImputedRows["clusters"]): Float64Array {
  const sums = new Float64Array(count);
  for (let i = 0; i < values.length; i++) sums[codes[i]!]! += values[i]!;
  return sums;
}

/** Cross-products of cluster sums: the covariance of estimates without a small-sample factor. */
export function clusterCovariance(sums: readonly Float64Array[]): number[][] {
  const [K, clusters] = [sums.length, sums[0]?.length ?? 0];
  const block = new Float64Array((K + 4) * CLUSTERS);
  const active = Int32Array.from({ length: K }, (_, a) => a);
  const products = new Float64Array(K * K);
  for (let from = 0; from < clusters; from += CLUSTERS) {
    const to = Math.min(from + CLUSTERS, clusters);
    if (to - from < CLUSTERS) block.fill(0);
    sums.forEach((own, a) => {
      block.set(own.subarray(from, to), a * CLUSTERS);
    });
    addProducts(block, CLUSTERS, active, K, K, products);
  }
  return sums.map((_, a) => Array.from({ length: K }, (__, b) => products[Math.max(a, b) * K + Math.min(a, b)]!));
}

/** Clusters in one block of {@link clusterCovariance}. */
const CLUSTERS = 128;

/** Averages of imputed effects over sets of rows that do not overlap. */
export interface DisjointAverages {
  /** Weight of each set; 0 for a set without rows. */
  readonly totals: Float64Array;
  readonly values: Float64Array;
  /** Contributions of clusters to each average, where they were asked for. */
  readonly sums: readonly Float64Array[] | undefined;
  readonly covariance: readonly (readonly number[])[];
}

/** Sets of rows: each row's (-1 for none), and what its effect is compared with in its score, the set's average unless given. */
export interface RowSets {
  readonly codes: Int32Array;
  readonly count: number;
  readonly center?: { readonly codes: Int32Array; readonly values: Float64Array };
  readonly keepSums: boolean;
}

/** Weighted averages of effects over sets of rows, all in one pass. The variance counts the first stage. */
export function averageDisjoint(rows: ImputedRows, { codes, count, center, keepSums }: RowSets): DisjointAverages {
  const { model, weights, clusters } = rows;
  const { effects, byUnit } = model;
  const totals = new Float64Array(count);
  const values = new Float64Array(count);
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i]!;
    if (code < 0) continue;
    totals[code]! += weights[i]!;
    values[code]! += weights[i]! * effects[i]!;
  }
  for (let a = 0; a < count; a++) values[a]! /= totals[a]!;
  const compared = center ?? { codes, values };
  if (!keepSums && byUnit !== undefined && rows.clusterIsUnit) {
    const scored = { ...byUnit, weights, effects, codes, totals, centerCodes: compared.codes, centers: compared.values };
    const products = unitScoreProducts({ ...scored, table: byUnit.table(weights, codes, count) });
    return { totals, values, sums: undefined, covariance: square(products, count) };
  }
  const first = model.scoreSums(weights, codes, count, clusters);
  const sums = Array.from({ length: count }, () => new Float64Array(clusters.count));
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i]!;
    if (code >= 0) sums[code]![clusters.codes[i]!]! += weights[i]! * (effects[i]! - compared.values[compared.codes[i]!]!);
  }
  sums.forEach((own, a) => {
    for (let c = 0; c < own.length; c++) own[c] = totals[a]! > 0 ? (own[c]! - first[c * count + a]!) / totals[a]! : 0;
  });
  return { totals, values, sums, covariance: clusterCovariance(sums) };
}

const square = (values: Float64Array, n: number): number[][] =>
  Array.from({ length: n }, (_, a) => Array.from(values.subarray(a * n, (a + 1) * n)));
