import { finishResult } from "../core/display.ts";
import { IdentificationError } from "../core/errors.ts";
import { checkArgument, checkChoice, checkOptions, resolveOptions } from "../core/options.ts";
import type { Estimate, Result, Warning } from "../core/result.ts";
import { factorize } from "../data/factorize.ts";
import type { AnyColumn, Frame, NumericColumn, WeightOption } from "../data/index.ts";
import { columnsByRole, type Groups, groupRole, numberRole, numbersRole, resolveWeights, weightRole } from "../data/roles.ts";
import { estimateFromStandardError } from "../inference/estimate.ts";
import { semiDefiniteSolver } from "./numerics/semi-definite.ts";
import { fitUntreated } from "./untreated-model.ts";

/** Options of {@link twfeWeights}. */
export interface TwfeWeightsOptions<Row> {
  /** Numeric outcome; its first difference for `regression: "firstDifferences"`. */
  readonly outcome: NumericColumn<Row>;
  /** Groups within which treatment is (nearly) the same: units, districts, cohorts. */
  readonly group: AnyColumn<Row>;
  /** Period. */
  readonly time: NumericColumn<Row>;
  /** Treatment, 0/1 or a dose; its first difference for `regression: "firstDifferences"`. */
  readonly treated: NumericColumn<Row>;
  /** Level of treatment, for `regression: "firstDifferences"` with `effects: "current"`. */
  readonly treatmentLevel?: NumericColumn<Row>;
  /** Which coefficient. @defaultValue "fixedEffects" */
  readonly regression?: "fixedEffects" | "firstDifferences";
  /** Weights on the effects of treated cells (parallel trends alone), or on those of switching cells (effects that do not change too). @defaultValue "current" */
  readonly effects?: "current" | "switchers";
  /** Numeric controls. @defaultValue [] */
  readonly controls?: readonly NumericColumn<Row>[];
  /** Weights of rows. */
  readonly weights?: WeightOption<Row>;
}

/** {@link TwfeWeightsOptions} with defaults filled in. */
export type TwfeWeightsSettings<Row = never> = TwfeWeightsOptions<Row> &
  Required<Pick<TwfeWeightsOptions<Row>, "regression" | "effects" | "controls">>;

/** A group in a period. */
export interface WeightCell {
  readonly group: string;
  readonly time: number;
  /** Weight of the cell's effect in the coefficient; weights sum to one. */
  readonly weight: number;
}

/** Weights behind a two-way fixed-effects coefficient. */
export interface TwfeWeightsResult extends Result<"did.twfeWeights", TwfeWeightsSettings> {
  /** The coefficient, without inference: `twoWayFixedEffects` has it. */
  readonly estimates: { readonly coefficient: Estimate };
  readonly cells: readonly WeightCell[];
  readonly positive: { readonly cells: number; readonly sum: number };
  readonly negative: { readonly cells: number; readonly sum: number };
  /** Smallest standard deviation of effects across cells with which the average effect could be zero. */
  readonly deviationForZero?: number;
  /** Smallest standard deviation with which every effect could have the opposite sign; present with negative weights. */
  readonly deviationForReversal?: number;
}

const CALLER = "did.twfeWeights";

/** Weights smaller than this are rounding. */
const ROUNDING = 1e-10;

/**
 * Weights of the effects of all groups and periods in a two-way fixed-effects or first-difference coefficient, and how much effects would have to
 * vary for it to mislead. Equals `twowayfeweights` of R's TwoWayFEWeights 2.0.4.
 *
 * @throws IdentificationError `NO_VARIATION`; OptionError `MISSING_OPTION`.
 * @see de Chaisemartin & D'Haultfœuille (2020), doi:10.1257/aer.20181169
 * @example
 * twfeWeights(people, { outcome: "hours", group: "person", time: "month", treated: "inProgram" }).negative;
 */
export function twfeWeights<Row>(data: Frame<Row>, options: TwfeWeightsOptions<Row>): TwfeWeightsResult {
  checkArgument(CALLER, data, "a frame", ["columnNames"]);
  checkOptions(CALLER, options);
  const settings = resolveOptions<TwfeWeightsSettings<Row>>(CALLER, options, {
    required: [
      "outcome",
      "group",
      "time",
      "treated",
      ...(options.regression === "firstDifferences" && options.effects !== "switchers" ? ["treatmentLevel"] : []),
    ],
    defaults: {
      ...(options.treatmentLevel === undefined ? { treatmentLevel: undefined } : {}),
      regression: "fixedEffects",
      effects: "current",
      controls: [],
      weights: undefined,
    },
  });
  checkChoice(CALLER, "regression", settings.regression, ["fixedEffects", "firstDifferences"]);
  checkChoice(CALLER, "effects", settings.effects, ["current", "switchers"]);
  const cells = collapse(data, settings);
  const residual = regressionResiduals(cells, settings.regression === "firstDifferences");
  const slope = (target: Float64Array): number =>
    residual.reduce((sum, e, i) => sum + (Number.isNaN(e) ? 0 : e * cells.size[i]! * target[i]!), 0);
  const own = slope(cells.treated);
  if (!(Math.abs(own) > 0)) {
    throw new IdentificationError(
      "NO_VARIATION",
      `Cannot weigh as "${settings.treated}" must vary beyond group and period effects: it does not`,
      {
        column: settings.treated,
      },
    );
  }
  const coefficient = slope(cells.outcome) / own;
  const { shares, loadings, counted } =
    settings.effects === "current" ? currentEffects(cells, residual, settings) : switcherEffects(cells, residual, settings);
  const scale = shares.reduce((sum, share, i) => sum + share * loadings[i]!, 0);
  const W = loadings.map((value) => value / scale);
  const weights = shares.map((share, i) => (Math.abs(share * W[i]!) < ROUNDING ? 0 : share * W[i]!));
  const summary = summarize(weights);
  const deviations = sensitivity(coefficient, shares, W, weights, summary.negative.cells > 0);
  const warnings: Warning[] =
    summary.negative.cells > 0
      ? [
          {
            code: "NEGATIVE_WEIGHTS",
            message: `${summary.negative.cells} of ${summary.negative.cells + summary.positive.cells} effects have negative weights, in sum ${summary.negative.sum.toFixed(3)}`,
            details: summary.negative,
          },
        ]
      : [];
  warnings.push({
    code: "NO_INFERENCE",
    message: "The coefficient is given without standard error: twoWayFixedEffects has it",
    details: {},
  });
  return finishResult({
    kind: CALLER,
    estimates: { coefficient: estimateFromStandardError("coefficient", coefficient, Number.NaN, Number.POSITIVE_INFINITY, 0.95) },
    cells: counted.map((i) => ({ group: cells.labels[i]!, time: cells.times[i]!, weight: weights[i]! })),
    ...summary,
    ...deviations,
    sample: cells.sample,
    warnings,
    options: settings as unknown as TwfeWeightsSettings,
    reference:
      "de Chaisemartin & D'Haultfœuille (2020), Two-way fixed effects estimators with heterogeneous treatment effects, American Economic Review 110(9), 2964-2996",
  });
}

/** Means by group and period, sorted by group, then period. */
interface Cells {
  readonly labels: readonly string[];
  readonly times: Float64Array;
  readonly timeCodes: Int32Array;
  readonly periods: number;
  readonly offsets: Int32Array;
  readonly size: Float64Array;
  /** NaN where the outcome or the treatment is missing. */
  readonly outcome: Float64Array;
  readonly treated: Float64Array;
  readonly level: Float64Array;
  readonly controls: readonly Float64Array[];
  /** Whether the cell takes part in the regression. */
  readonly used: Uint8Array;
  readonly sample: TwfeWeightsResult["sample"];
}

function collapse<Row>(data: Frame<Row>, settings: TwfeWeightsSettings<Row>): Cells {
  const kind = resolveWeights(CALLER, settings.weights, ["sampling", "analytic"]);
  const differences = settings.regression === "firstDifferences";
  // first differences are missing in a group's first period, whose level still counts
  const values = {
    outcome: numberRole(differences ? undefined : (settings.outcome as string)),
    treated: numberRole(differences ? undefined : (settings.treated as string)),
  };
  const { columns, rows, sample } = columnsByRole(CALLER, data, {
    ...values,
    group: groupRole(settings.group as string),
    time: numberRole(settings.time as string),
    level: numberRole(settings.treatmentLevel as string | undefined),
    weights: weightRole(kind?.column),
    controls: numbersRole(differences ? [] : (settings.controls as readonly string[])),
  });
  const n = columns.time.length;
  const raw = (name: string): Float64Array => {
    const all = data.numbers(name as never);
    return rows === undefined ? all : Float64Array.from(rows, (row) => all[row]!);
  };
  const y = columns.outcome ?? raw(settings.outcome as string);
  const d = columns.treated ?? raw(settings.treated as string);
  const controls = differences ? (settings.controls as readonly string[]).map(raw) : columns.controls;
  const group: Groups = columns.group;
  const time = factorize(columns.time);
  const T = time.values.length;
  const index = new Int32Array(group.count * T).fill(-1);
  for (let i = 0; i < n; i++) index[group.codes[i]! * T + time.codes[i]!] = 0;
  const places: number[] = [];
  for (let k = 0; k < index.length; k++) if (index[k] === 0) index[k] = places.push(k) - 1;
  const m = places.length;
  const columnsIn = [y, d, columns.level ?? d, ...controls];
  const sums = columnsIn.map(() => new Float64Array(m));
  const size = new Float64Array(m);
  for (let i = 0; i < n; i++) {
    const k = index[group.codes[i]! * T + time.codes[i]!]!;
    const w = columns.weights?.[i] ?? 1;
    size[k]! += w;
    columnsIn.forEach((column, j) => {
      sums[j]![k]! += w * column[i]!;
    });
  }
  for (const sum of sums) for (let k = 0; k < m; k++) sum[k]! /= size[k]!;
  const offsets = new Int32Array(group.count + 1);
  for (const place of places) offsets[Math.floor(place / T) + 1]!++;
  for (let g = 0; g < group.count; g++) offsets[g + 1]! += offsets[g]!;
  const used = Uint8Array.from(size, (_, k) => (sums.some((sum, j) => j !== 2 && Number.isNaN(sum[k]!)) ? 0 : 1));
  return {
    labels: places.map((place) => group.label(Math.floor(place / T))),
    times: Float64Array.from(places, (place) => time.values[place % T]!),
    timeCodes: Int32Array.from(places, (place) => place % T),
    periods: T,
    offsets,
    size,
    outcome: sums[0]!,
    treated: sums[1]!,
    level: sums[2]!,
    controls: sums.slice(3),
    used,
    sample,
  };
}

/** Treatment less what group and period effects (in first differences: period effects) and controls explain; 0 outside the regression. */
function regressionResiduals(cells: Cells, differences: boolean): Float64Array {
  const zero = (values: Float64Array): Float64Array => values.map((value, k) => (cells.used[k] === 1 ? value : 0));
  for (const values of [cells.outcome, cells.treated]) for (let k = 0; k < values.length; k++) if (cells.used[k] === 0) values[k] = 0;
  const controls = cells.controls.map(zero);
  if (differences) return residualsWithinPeriods(cells, controls);
  const { effects } = fitUntreated({
    outcome: cells.treated,
    weights: cells.size,
    covariates: controls,
    unitOffsets: cells.offsets,
    timeCodes: cells.timeCodes,
    periods: cells.periods,
    untreated: cells.used,
  });
  return zero(effects);
}

/** Deviations from period means, less what those of the controls explain. */
function residualsWithinPeriods(cells: Cells, controls: readonly Float64Array[]): Float64Array {
  const weight = cells.size.map((size, k) => size * cells.used[k]!);
  const within = (values: Float64Array): Float64Array => {
    const sums = new Float64Array(2 * cells.periods);
    for (let k = 0; k < values.length; k++) {
      sums[2 * cells.timeCodes[k]!]! += weight[k]!;
      sums[2 * cells.timeCodes[k]! + 1]! += weight[k]! * values[k]!;
    }
    return values.map((value, k) =>
      cells.used[k] === 1 ? value - sums[2 * cells.timeCodes[k]! + 1]! / sums[2 * cells.timeCodes[k]!]! : 0,
    );
  };
  const d = within(cells.treated);
  const x = controls.map(within);
  const q = x.length;
  const product = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, k) => sum + weight[k]! * value * b[k]!, 0);
  const gram = Float64Array.from({ length: q * q }, (_, k) => product(x[Math.floor(k / q)]!, x[k % q]!));
  const sizes = Float64Array.from(controls, (column) => product(column, column));
  const b = semiDefiniteSolver(gram, q, sizes).solve(Float64Array.from(x, (column) => product(column, d)));
  return d.map((value, k) => value - x.reduce((sum, column, j) => sum + b[j]! * column[k]!, 0));
}

interface Loadings {
  /** Natural weights, which sum to one. */
  readonly shares: Float64Array;
  /** What the coefficient puts on a cell's effect beside its natural weight, up to scale. */
  readonly loadings: Float64Array;
  readonly counted: readonly number[];
}

function normalized(shares: Float64Array): Float64Array {
  const total = shares.reduce((sum, share) => sum + share, 0);
  return shares.map((share) => share / total);
}

const everyCell = ({ size }: Cells): number[] => Array.from(size, (_, k) => k);

/** Effects of treated cells. */
function currentEffects<Row>(cells: Cells, residual: Float64Array, settings: TwfeWeightsSettings<Row>): Loadings {
  const shares = normalized(cells.level.map((d, k) => d * cells.size[k]!));
  if (settings.regression === "fixedEffects") return { shares, loadings: residual, counted: everyCell(cells) };
  const loadings = residual.slice();
  eachGroup(cells, (begin, end) => {
    for (let k = begin; k < end - 1; k++) loadings[k]! -= (residual[k + 1]! * cells.size[k + 1]!) / cells.size[k]!;
  });
  return { shares, loadings, counted: everyCell(cells) };
}

/** Effects of cells whose treatment changes. */
function switcherEffects<Row>(cells: Cells, residual: Float64Array, settings: TwfeWeightsSettings<Row>): Loadings {
  const change = new Float64Array(residual.length);
  const sums = new Float64Array(residual.length);
  const counted: number[] = [];
  eachGroup(cells, (begin, end) => {
    let [later, size] = [0, 0];
    for (let k = end - 1; k >= begin; k--) {
      later += residual[k]! * cells.size[k]!;
      size += cells.size[k]!;
      const differences = settings.regression === "firstDifferences";
      change[k] = differences ? cells.treated[k]! : k > begin ? cells.treated[k]! - cells.treated[k - 1]! : 0;
      sums[k] = Math.sign(change[k]!) * (differences ? residual[k]! : later / size);
    }
    for (let k = begin + 1; k < end; k++) counted.push(k);
  });
  return { shares: normalized(change.map((value, k) => Math.abs(value) * cells.size[k]!)), loadings: sums, counted };
}

function eachGroup({ offsets }: Cells, visit: (begin: number, end: number) => void): void {
  for (let g = 0; g < offsets.length - 1; g++) visit(offsets[g]!, offsets[g + 1]!);
}

function summarize(weights: Float64Array): Pick<TwfeWeightsResult, "positive" | "negative"> {
  const of = (sign: number): { cells: number; sum: number } => {
    const own = weights.filter((weight) => Math.sign(weight) === sign);
    return { cells: own.length, sum: own.reduce((sum, weight) => sum + weight, 0) };
  };
  return { positive: of(1), negative: of(-1) };
}

/** The two measures of corollary 1 of the paper. */
function sensitivity(
  coefficient: number,
  shares: Float64Array,
  W: Float64Array,
  weights: Float64Array,
  hasNegative: boolean,
): Pick<TwfeWeightsResult, "deviationForZero" | "deviationForReversal"> {
  const counted = Array.from(shares, (_, k) => k).filter((k) => shares[k] !== 0);
  const M = counted.length;
  const mean = counted.reduce((sum, k) => sum + shares[k]! * W[k]!, 0);
  const variance = (counted.reduce((sum, k) => sum + shares[k]! * (W[k]! - mean) ** 2, 0) * M) / (M - 1);
  const zero = variance > 0 ? { deviationForZero: Math.abs(coefficient) / Math.sqrt(variance) } : {};
  if (!hasNegative) return zero;
  const descending = counted.filter((k) => weights[k] !== 0).sort((a, b) => W[b]! - W[a]!);
  const m = descending.length;
  const [P, S, Q] = [new Float64Array(m + 1), new Float64Array(m + 1), new Float64Array(m + 1)];
  for (let s = m - 1; s >= 0; s--) {
    const k = descending[s]!;
    P[s] = P[s + 1]! + shares[k]!;
    S[s] = S[s + 1]! + weights[k]!;
    Q[s] = Q[s + 1]! + shares[k]! * W[k]! ** 2;
  }
  for (let s = 0; s < m; s++) {
    if (1 - P[s]! < ROUNDING || !(W[descending[s]!]! < -S[s]! / (1 - P[s]!))) continue; // at the top P is one
    return { ...zero, deviationForReversal: Math.abs(coefficient) / Math.sqrt(Q[s]! + S[s]! ** 2 / (1 - P[s]!)) };
  }
  return zero;
}
