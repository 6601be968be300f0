import { type Estimate, estimateList } from "../core/result.ts";
import { type Frame, frame } from "../data/frame.ts";
import { normalEstimate, oneSidedPValue } from "../inference/estimate.ts";
import type { SmallSampleOptions } from "../inference/small-sample.ts";
import type { VcovOption } from "../inference/vcov-option.ts";
import type { AnyRow } from "../regression/design.ts";
import { factor, type OlsOptions, type OlsResult, ols } from "../regression/index.ts";
import { quantileType7 } from "./quantile.ts";

/** A target of one split, normal inference, with both one-sided p-values. */
export interface SplitTarget extends Estimate {
  /** p-value against values below zero. */
  readonly pBelow: number;
  /** p-value against values above zero. */
  readonly pAbove: number;
}

/** What one split gives. */
export interface SplitTargets {
  /** Average effect and heterogeneity loading. */
  readonly blp: readonly SplitTarget[];
  /** All coefficients of the best linear predictor. */
  readonly blpCoefficients: readonly Estimate[];
  /** Effect by group of predicted effect, then differences. */
  readonly gates: readonly SplitTarget[];
  /** Means of covariates by group, then differences. */
  readonly clan: Readonly<Record<string, readonly SplitTarget[]>>;
  /** beta_2^2 Var(S): the larger, the better the proxy. */
  readonly lambda: number;
  /** sum_k gamma_k^2 share_k. */
  readonly lambdaBar: number;
  readonly groupRows: readonly number[];
}

/** Columns of the main half of a split. */
export interface MainSample {
  readonly outcome: Float64Array;
  readonly treatment: Float64Array;
  readonly propensity: Float64Array;
  /** Predicted outcome without treatment, B(z). */
  readonly baseline: Float64Array;
  /** Predicted effect, S(z). */
  readonly effect: Float64Array;
  readonly clan: Readonly<Record<string, Float64Array>>;
  /** Further columns for fixed effects and clusters. */
  readonly more: Frame<AnyRow>;
}

/** How targets are estimated. */
export interface TargetSettings {
  readonly cutoffs: readonly number[];
  readonly controls: readonly ("baseline" | "effect" | "propensity")[];
  readonly fixedEffects?: string;
  readonly vcov: VcovOption<AnyRow>;
  readonly smallSample?: SmallSampleOptions;
  readonly difference: { readonly from: "most" | "least"; readonly subtract: readonly number[] };
  readonly equalVariances: boolean;
  readonly form: "weighted" | "horvitzThompson";
  readonly level: number;
}

/** BLP, GATES and CLAN on a main sample. */
export function splitTargets(main: MainSample, settings: TargetSettings): SplitTargets {
  const groups = groupsOf(main.effect, settings.cutoffs);
  const K = settings.cutoffs.length + 1;
  const rows = Array.from({ length: K }, (_, k) => groups.reduce((count, own) => (own === k ? count + 1 : count), 0));
  const S = main.effect;
  const meanS = S.reduce((sum, v) => sum + v, 0) / S.length;
  const centred = S.map((v) => v - meanS);
  const linear = regress(main, settings, { "beta.1": undefined, "beta.2": centred });
  const constant = settings.form === "horvitzThompson" ? "(Intercept)" : "beta.1";
  const blp = [constant, "beta.2"].map((term, k) => target(`beta.${k + 1}`, linear, term, settings.level));
  const indicators = Object.fromEntries(rows.map((_, k) => [`gamma.${k + 1}`, Float64Array.from(groups, (own) => (own === k ? 1 : 0))]));
  const grouped = regress(main, settings, indicators);
  const gates = rows.map((_, k) => target(`gamma.${k + 1}`, grouped, `gamma.${k + 1}`, settings.level));
  const differences = pairs(settings, K).map(([a, b]) =>
    difference(`gamma.${a + 1}-gamma.${b + 1}`, grouped, `gamma.${a + 1}`, `gamma.${b + 1}`, settings.level),
  );
  const varS = centred.reduce((sum, v) => sum + v * v, 0) / (S.length - 1);
  return {
    blp,
    blpCoefficients: estimateList(linear).map(({ term, estimate, standardError }) =>
      normalEstimate(term, estimate, standardError ** 2, settings.level),
    ),
    gates: [...gates, ...differences],
    clan: Object.fromEntries(Object.entries(main.clan).map(([name, values]) => [name, clan(values, groups, rows, settings)])),
    lambda: blp[1]!.estimate ** 2 * varS,
    lambdaBar: gates.reduce((sum, { estimate }, k) => sum + (estimate ** 2 * rows[k]!) / S.length, 0),
    groupRows: rows,
  };
}

/** What targets are read from. */
type TargetFit = Pick<OlsResult, "estimates" | "vcov">;

/** Groups [q_k, q_{k+1}) of the predicted effect. */
function groupsOf(effect: Float64Array, cutoffs: readonly number[]): Int32Array {
  const sorted = effect.slice().sort();
  const cuts = cutoffs.map((p) => quantileType7(sorted, p));
  return Int32Array.from(effect, (value) => cuts.filter((cut) => value >= cut).length);
}

/** Positions of the groups compared. */
const pairs = ({ difference: { from, subtract } }: TargetSettings, K: number): (readonly [number, number])[] =>
  subtract.map((k) => [from === "most" ? K - 1 : 0, k - 1] as const);

/**
 * Weighted form: Y on 1, controls, (D - p) times the target columns, weights 1/(p(1-p)). Horvitz-Thompson form: Y H on controls times H and the
 * target columns, H = (D - p)/(p(1-p)). A target column of `undefined` is the constant.
 */
function regress(main: MainSample, settings: TargetSettings, targets: Readonly<Record<string, Float64Array | undefined>>): TargetFit {
  const { outcome, treatment: d, propensity: p } = main;
  const inverse = settings.form === "horvitzThompson";
  const h = d.map((value, i) => (inverse ? (value - p[i]!) / (p[i]! * (1 - p[i]!)) : value - p[i]!));
  const sources = { baseline: main.baseline, effect: main.effect, propensity: p };
  const controls = Object.fromEntries(
    settings.controls.map((name) => [name, inverse ? sources[name].map((v, i) => v * h[i]!) : sources[name]]),
  );
  const scaled = Object.entries(targets).flatMap(([name, column]) => {
    if (inverse) return column === undefined ? [] : [[name, column] as const];
    return [[name, column === undefined ? h : column.map((v, i) => v * h[i]!)] as const];
  });
  const columns = { ...controls, ...Object.fromEntries(scaled) };
  const extra = Object.fromEntries(main.more.columnNames.map((name) => [name, main.more.column(name)]));
  const data = frame({
    ...extra,
    ...columns,
    " outcome": inverse ? outcome.map((y, i) => y * h[i]!) : outcome,
    " weight": p.map((e) => 1 / (e * (1 - e))),
  }) as unknown as Frame<AnyRow>;
  const effects = settings.fixedEffects;
  const explicit = effects !== undefined && levelCount(data, effects) <= MOST_INDICATORS;
  const options: OlsOptions<AnyRow> = {
    outcome: " outcome",
    regressors: [...Object.keys(controls), ...(explicit ? [factor(effects)] : []), ...scaled.map(([name]) => name)],
    ...(inverse ? { intercept: Object.values(targets).includes(undefined) } : { weights: " weight" }),
    ...(effects === undefined || explicit ? {} : { fixedEffects: [effects], singletons: "keep" }),
    vcov: settings.vcov,
    ...(settings.smallSample === undefined ? {} : { smallSample: settings.smallSample }),
    level: settings.level,
  };
  return ols(data, options);
}

/** Up to this many fixed effects enter as indicators, with coefficients of their own; more are absorbed. */
const MOST_INDICATORS = 100;

function levelCount(data: Frame<AnyRow>, name: string): number {
  const column = data.column(name);
  return column.type === "category" ? column.levels.length : new Set(column.values).size;
}

function oneSided(estimate: Estimate): SplitTarget {
  const infinite = Number.POSITIVE_INFINITY;
  return { ...estimate, pBelow: oneSidedPValue(-estimate.statistic, infinite), pAbove: oneSidedPValue(estimate.statistic, infinite) };
}

function target(name: string, { estimates }: TargetFit, term: string, level: number): SplitTarget {
  const found = estimates[term];
  return oneSided(normalEstimate(name, found?.estimate ?? Number.NaN, (found?.standardError ?? Number.NaN) ** 2, level));
}

function difference(name: string, result: TargetFit, first: string, second: string, level: number): SplitTarget {
  const terms = Object.keys(result.estimates);
  const [a, b] = [terms.indexOf(first), terms.indexOf(second)];
  if (a < 0 || b < 0) return oneSided(normalEstimate(name, Number.NaN, Number.NaN, level));
  const variance = result.vcov[a]![a]! + result.vcov[b]![b]! - 2 * result.vcov[a]![b]!;
  return oneSided(normalEstimate(name, result.estimates[first]!.estimate - result.estimates[second]!.estimate, variance, level));
}

/** Means by group, normal intervals from sd / sqrt(n); differences by Welch (or pooled variances). */
function clan(values: Float64Array, groups: Int32Array, rows: readonly number[], settings: TargetSettings): SplitTarget[] {
  const means = rows.map((count, k) => values.reduce((sum, v, i) => (groups[i] === k ? sum + v : sum), 0) / count);
  const variances = rows.map(
    (count, k) => values.reduce((sum, v, i) => (groups[i] === k ? sum + (v - means[k]!) ** 2 : sum), 0) / (count - 1),
  );
  const own = rows.map((count, k) => oneSided(normalEstimate(`delta.${k + 1}`, means[k]!, variances[k]! / count, settings.level)));
  const differences = pairs(settings, rows.length).map(([a, b]) => {
    const [na, nb] = [rows[a]!, rows[b]!];
    const pooled = ((na - 1) * variances[a]! + (nb - 1) * variances[b]!) / (na + nb - 2);
    const variance = settings.equalVariances ? pooled * (1 / na + 1 / nb) : variances[a]! / na + variances[b]! / nb;
    return oneSided(normalEstimate(`delta.${a + 1}-delta.${b + 1}`, means[a]! - means[b]!, variance, settings.level));
  });
  return [...own, ...differences];
}
