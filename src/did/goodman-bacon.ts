import { finishResult } from "../core/display.ts";
import { DataError, IdentificationError } from "../core/errors.ts";
import { resolveOptions } from "../core/options.ts";
import type { Estimate, Result, Warning } from "../core/result.ts";
import { firstTreated, type NumericColumn, type Panel } from "../data/index.ts";
import { columnsByRole, numberRole } from "../data/roles.ts";
import type { Term } from "../regression/index.ts";
import { decomposeWithCovariates } from "./bacon-covariates.ts";
import { checkPanel } from "./check-panel.ts";
import { covariateColumns, covariateRoles, covariateTerms } from "./covariates.ts";
import { twoWayFixedEffects } from "./two-way-fixed-effects.ts";

/** Options of {@link goodmanBacon}. */
export interface GoodmanBaconOptions<Row> {
  /** Numeric outcome. */
  readonly outcome: NumericColumn<Row>;
  /** 0/1: 1 from the unit's first treated period on. */
  readonly treated: NumericColumn<Row>;
  /** Covariates of the regression: numeric columns, and terms made by `factor`, `power`, `interaction`. @defaultValue [] */
  readonly covariates?: readonly Term<Row>[];
}

/** Kinds of comparison in a two-way fixed-effects coefficient; with covariates both directions of two treated groups are one, `"bothTreated"`. */
export type BaconType = "treatedVsUntreated" | "earlierVsLater" | "laterVsEarlier" | "laterVsAlways" | "bothTreated";

/** A comparison of two timing groups. */
export interface BaconComparison {
  /** First treatment time of the group whose treatment switches on (of the earlier group, with covariates). */
  readonly treated: number;
  /** First treatment time of its comparison group; `Infinity` = never. */
  readonly control: number;
  readonly type: BaconType;
  /** Two-by-two difference-in-differences. */
  readonly estimate: number;
  /** Share in the coefficient; weights sum to one. */
  readonly weight: number;
}

/** The decomposition. */
export interface GoodmanBaconResult extends Result<"did.goodmanBacon", GoodmanBaconOptions<never>> {
  /** The static two-way fixed-effects coefficient, clustered by unit. */
  readonly estimates: { readonly twoWayFixedEffects: Estimate };
  readonly comparisons: readonly BaconComparison[];
  /**
   * With covariates: the part of the coefficient from units of one timing group whose covariates differ. The coefficient is
   * `weight * estimate` plus `1 - weight` times the weighted mean of the comparisons.
   */
  readonly within?: { readonly weight: number; readonly estimate: number };
  /** Weight and weighted mean estimate by kind of comparison. */
  readonly types: readonly { readonly type: BaconType; readonly weight: number; readonly estimate: number }[];
}

const CALLER = "did.goodmanBacon";

/**
 * Decomposition of the static two-way fixed-effects coefficient into comparisons of timing groups. Those of later- with earlier-treated groups
 * take the latter's effects as trends: their weight says how far to trust the coefficient. With covariates each pair of groups is one comparison, and
 * a part within groups is added. Equals `bacon` of R's bacondecomp 0.1.1.
 *
 * @throws DataError `UNBALANCED_PANEL`, `TREATMENT_REVERSAL`, `NOT_BINARY`; IdentificationError `ONE_TIMING_GROUP`.
 * @see Goodman-Bacon (2021), doi:10.1016/j.jeconom.2021.03.014, theorem 1; with covariates section 5.2
 * @example
 * goodmanBacon(people, { outcome: "hours", treated: "inProgram" }).types;
 */
export function goodmanBacon<Row>(data: Panel<Row>, options: GoodmanBaconOptions<Row>): GoodmanBaconResult {
  checkPanel(CALLER, data);
  const settings = resolveOptions<Required<GoodmanBaconOptions<Row>>>(CALLER, options, {
    required: ["outcome", "treated"],
    defaults: { covariates: [] },
  });
  const terms = covariateTerms(data, settings.covariates);
  const { columns, rows, sample } = columnsByRole(CALLER, data, {
    outcome: numberRole(settings.outcome as string),
    treated: numberRole(settings.treated as string),
    ...covariateRoles(terms),
  });
  const view = rows === undefined ? data : data.take(rows);
  const T = view.times.length;
  if (view.rowCount !== view.unitCount * T) {
    throw new DataError(
      "UNBALANCED_PANEL",
      `Cannot decompose as every unit must be seen in all ${T} periods: ${view.unitCount} units have ${view.rowCount} rows; filter the panel first`,
      { units: view.unitCount, periods: T, rows: view.rowCount },
    );
  }
  const cohorts = firstTreated(view, settings.treated);
  const groups = groupMeans(columns.outcome, cohorts, view.unitCount, T);
  const times = Array.from(view.times);
  const adjusted =
    terms.length === 0
      ? undefined
      : compareAdjusted(
          columns.outcome,
          columns.treated,
          covariateColumns(CALLER, terms, columns, view.rowCount),
          cohorts,
          times,
          groups.map(({ start }) => start),
        );
  const comparisons = adjusted?.comparisons ?? compare(groups, times);
  if (comparisons.length === 0) {
    throw new IdentificationError(
      "ONE_TIMING_GROUP",
      `Cannot decompose as two timing groups are needed, one of them switching on: "${settings.treated}" gives ${groups.length} groups`,
      { groups: groups.map(({ start }) => start) },
    );
  }
  const forbidden = comparisons
    .filter(({ type }) => type === "laterVsEarlier" || type === "laterVsAlways")
    .reduce((sum, { weight }) => sum + weight, 0);
  const warnings: Warning[] =
    forbidden > 0
      ? [
          {
            code: "FORBIDDEN_COMPARISONS",
            message: `${(100 * forbidden).toFixed(1)}% of the coefficient compares with groups already treated: it is an average effect only if effects do not change over time`,
            details: { weight: forbidden },
          },
        ]
      : [];
  const { outcome, treated, covariates } = settings;
  const twfe = twoWayFixedEffects(view, { outcome, treated, covariates }).estimates[treated as string]!;
  return finishResult({
    kind: CALLER,
    estimates: { twoWayFixedEffects: { ...twfe, term: "two-way fixed effects" } },
    comparisons,
    ...(adjusted === undefined ? {} : { within: adjusted.within }),
    types: byType(comparisons),
    sample,
    warnings,
    options: settings as unknown as GoodmanBaconOptions<never>,
    reference:
      "Goodman-Bacon (2021), Difference-in-differences with variation in treatment timing, Journal of Econometrics 225(2), 254-277",
  });
}

interface TimingGroup {
  readonly start: number;
  readonly units: number;
  readonly means: Float64Array;
}

/** Outcome means by timing group and period, groups ascending, never last. */
function groupMeans(y: Float64Array, cohorts: Float64Array, units: number, T: number): TimingGroup[] {
  const found = new Map<number, { start: number; units: number; means: Float64Array }>();
  for (let u = 0; u < units; u++) {
    const start = cohorts[u * T]!;
    const group = found.get(start) ?? { start, units: 0, means: new Float64Array(T) };
    found.set(start, group);
    group.units++;
    for (let t = 0; t < T; t++) group.means[t]! += y[u * T + t]!;
  }
  for (const group of found.values()) for (let t = 0; t < T; t++) group.means[t]! /= group.units;
  return [...found.values()].sort((a, b) => a.start - b.start);
}

function compare(groups: readonly TimingGroup[], times: readonly number[]): BaconComparison[] {
  const raw: BaconComparison[] = [];
  for (const treated of groups) {
    if (treated.start <= times[0]! || treated.start === Number.POSITIVE_INFINITY) continue;
    for (const control of groups) {
      if (control === treated) continue;
      const earlier = treated.start < control.start;
      const never = control.start === Number.POSITIVE_INFINITY;
      const window = times.flatMap((t, k) => ((earlier ? t < control.start : t >= control.start) ? [k] : []));
      const post = window.filter((k) => times[k]! >= treated.start);
      const pre = window.filter((k) => times[k]! < treated.start);
      if (post.length === 0 || pre.length === 0) continue;
      const mean = (group: TimingGroup, at: readonly number[]): number => at.reduce((sum, k) => sum + group.means[k]!, 0) / at.length;
      const share = treated.units / (treated.units + control.units);
      const on = post.length / window.length;
      const size = (treated.units + control.units) * window.length;
      raw.push({
        treated: treated.start,
        control: control.start,
        type: never ? "treatedVsUntreated" : earlier ? "earlierVsLater" : control.start <= times[0]! ? "laterVsAlways" : "laterVsEarlier",
        estimate: mean(treated, post) - mean(treated, pre) - (mean(control, post) - mean(control, pre)),
        weight: size * size * share * (1 - share) * on * (1 - on),
      });
    }
  }
  const total = raw.reduce((sum, { weight }) => sum + weight, 0);
  return raw.map((comparison) => ({ ...comparison, weight: comparison.weight / total }));
}

/** Pairs of timing groups with covariates; the earlier group counts as treated. */
function compareAdjusted(
  outcome: Float64Array,
  treated: Float64Array,
  covariates: readonly Float64Array[],
  cohorts: Float64Array,
  times: readonly number[],
  starts: readonly number[],
): { readonly comparisons: BaconComparison[]; readonly within: { readonly weight: number; readonly estimate: number } } {
  const T = times.length;
  const group = Int32Array.from({ length: cohorts.length / T }, (_, u) => starts.indexOf(cohorts[u * T]!));
  const { pairs, within } = decomposeWithCovariates({ outcome, treated, covariates, periods: T, group, starts });
  const total = pairs.reduce((sum, { weight }) => sum + weight, 0);
  const comparisons = pairs.map((pair): BaconComparison => {
    const [first, second] = [starts[pair.treated]!, starts[pair.control]!];
    const type = second === Number.POSITIVE_INFINITY ? "treatedVsUntreated" : first <= times[0]! ? "laterVsAlways" : "bothTreated";
    return { treated: first, control: second, type, estimate: pair.estimate, weight: pair.weight / total };
  });
  return { comparisons, within };
}

function byType(comparisons: readonly BaconComparison[]): GoodmanBaconResult["types"] {
  return [...new Set(comparisons.map(({ type }) => type))].map((type) => {
    const own = comparisons.filter((comparison) => comparison.type === type);
    const weight = own.reduce((sum, comparison) => sum + comparison.weight, 0);
    return { type, weight, estimate: own.reduce((sum, comparison) => sum + comparison.weight * comparison.estimate, 0) / weight };
  });
}
