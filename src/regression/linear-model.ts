import { IdentificationError } from "../core/errors.ts";
import type { EstimatingEquations } from "../inference/covariance.ts";
import type { EffectCount } from "../inference/small-sample.ts";
import type { Gram, GroupCodes } from "../moments/index.ts";
import { absorbedFloors } from "./absorbed-floors.ts";
import { INTERCEPT } from "./design.ts";
import type { EffectRows } from "./fixed-effects.ts";
import { absorbEffects, type EffectAbsorber } from "./numerics/absorb-effects.ts";
import type { Absorbed } from "./numerics/absorbed.ts";
import { type LeastSquares, leastSquaresOf } from "./numerics/least-squares.ts";
import { spreadOf } from "./numerics/spread.ts";

/** What weights do: `"frequency"` repeats rows, the others weigh them. */
export interface ModelWeights {
  readonly values: Float64Array;
  readonly kind: "analytic" | "frequency" | "sampling";
}

/** A linear model over rows without missing values, zero weights or unwanted singletons. */
export interface LinearModelInput {
  readonly outcome: Float64Array;
  readonly columns: readonly Float64Array[];
  readonly names: readonly string[];
  readonly intercept: boolean;
  readonly weights: ModelWeights | undefined;
  readonly effects: readonly EffectRows[];
  /** Most iterations of removing the effects; the solver's own number when absent. */
  readonly maxIterations?: number | undefined;
  /** Moments of the columns followed by the outcome, where they are known; only with an intercept and without effects. */
  readonly gram?: Gram | undefined;
  /** Groups whose summed scores the covariance will ask for. */
  readonly groups?: GroupCodes | undefined;
}

/** A regressor left out of the model. */
export interface DroppedTerm {
  readonly term: string;
  /** `"absorbed"` by the fixed effects, `"constant"`, or a `"combination"` of other terms. */
  readonly reason: "absorbed" | "constant" | "combination";
  /** Terms it is a combination of. */
  readonly on: readonly string[];
}

/** A least-squares fit with everything that inference and prediction need, arrays over the rows used. */
export interface LinearModel {
  readonly terms: readonly string[];
  /** Position of each term among the input columns; -1 for the intercept. */
  readonly positions: readonly number[];
  readonly dropped: readonly DroppedTerm[];
  /** In the order of `terms`. */
  readonly coefficients: Float64Array;
  readonly equations: EstimatingEquations;
  readonly residuals: Float64Array;
  readonly outcome: Float64Array;
  readonly columns: readonly Float64Array[];
  readonly weights: ModelWeights | undefined;
  readonly effects: readonly EffectRows[];
  readonly absorber: EffectAbsorber | undefined;
  readonly observations: number;
  readonly weightSum: number;
  readonly sumOfSquares: number;
  /** `sum w (y - mean)^2`. */
  readonly totalSumOfSquares: number;
  /** `sum w y~^2` of the outcome without the fixed effects; equal to the total without any. */
  readonly withinSumOfSquares: number;
  readonly nearlyDependent: boolean;
}

/**
 * Weighted least squares with fixed effects removed.
 * @throws IdentificationError `ALL_COLLINEAR`, `TOO_FEW_ROWS`.
 */
export function fitLinearModel(caller: string, input: LinearModelInput): LinearModel {
  const { outcome, weights, effects, names } = input;
  const w = weights?.values;
  const absorber = effects.length === 0 ? undefined : absorbEffects(effects, w, undefined, input.maxIterations);
  const absorbed = absorber?.absorbAll([outcome, ...input.columns], true);
  const own = absorbed?.[0];
  const without = absorbed?.slice(1);
  const columns = (): readonly Float64Array[] => without?.map(({ values }) => values) ?? input.columns;
  const intercept = input.intercept && absorber === undefined;
  const floors = without === undefined ? new Float64Array(input.columns.length) : absorbedFloors(input.columns, without, effects);
  const known = absorbed === undefined ? input.gram : gramOf(absorbed, outcome.length);
  const rows = { count: outcome.length, y: () => own?.values ?? outcome, columns, width: input.columns.length, regress: own?.regress };
  const fit = leastSquaresOf(rows, w, intercept, floors, known, input.groups);
  if (fit.kept.length === 0 && !intercept && names.length > 0) throw allCollinear(caller, names, absorber !== undefined);

  const observations = weights?.kind === "frequency" ? fit.weight : outcome.length;
  const rank = absorber?.rank ?? 0;
  const coefficients = intercept ? withIntercept(fit) : fit.coefficients;
  if (observations <= coefficients.length + rank) throw tooFewRows(caller, observations, coefficients.length, rank);
  const kept = (): readonly Float64Array[] => fit.kept.map((j) => columns()[j]!);
  const total = absorber === undefined && intercept ? fit.total : (own?.spread ?? spreadOf(outcome, w));
  return {
    ...termsOf(fit.kept, names, intercept, INTERCEPT),
    dropped: dropsOf(fit, names, absorber !== undefined),
    coefficients,
    equations: equationsOf(fit, kept, intercept, input, absorber, observations),
    residuals: fit.residuals,
    outcome,
    columns: input.columns,
    weights,
    effects,
    absorber,
    observations,
    weightSum: fit.weight,
    sumOfSquares: fit.sumOfSquares,
    totalSumOfSquares: total,
    withinSumOfSquares: absorber === undefined ? total : fit.total,
    nearlyDependent: fit.nearlyDependent,
  };
}

/** Moments of all variables around zero, the first one moved to the end; without weights. */
function gramOf(absorbed: readonly Absorbed[], rows: number): Gram | undefined {
  const width = absorbed.length;
  const out = new Float64Array(width * width);
  for (let a = 0; a < width; a++) {
    const row = absorbed[(a + 1) % width]!.products;
    if (row === undefined) return undefined;
    for (let b = 0; b < width; b++) out[a * width + b] = row[(b + 1) % width]!;
  }
  return { rows, weight: rows, means: new Float64Array(width), products: out };
}

/** Coefficients with the constant first, moved from the centres to zero. */
export function withIntercept(fit: LeastSquares): Float64Array {
  let intercept = fit.level;
  for (let j = 0; j < fit.coefficients.length; j++) intercept -= fit.centers[j]! * fit.coefficients[j]!;
  return Float64Array.of(intercept, ...fit.coefficients);
}

/** What {@link equationsFrom} needs beside a weighted fit. */
export interface EquationParts {
  readonly intercept: boolean;
  readonly effects: readonly EffectRows[];
  readonly absorber: EffectAbsorber | undefined;
  readonly observations: number;
  readonly multiplier: Float64Array;
  readonly repeats: Float64Array | undefined;
  /** Weights inside the bread, frequencies apart. */
  readonly weights: Float64Array | undefined;
  readonly dispersion: number;
  readonly normal: boolean;
  /** Scores summed over one grouping on the way. */
  readonly summed?: { readonly codes: Int32Array; readonly sums: Float64Array } | undefined;
}

/** Estimating equations of a weighted fit in the centred basis; columns are read when they are first asked for. */
export function equationsFrom(
  fit: LeastSquares,
  columns: readonly Float64Array[] | (() => readonly Float64Array[]),
  parts: EquationParts,
): EstimatingEquations {
  const { intercept, effects, absorber, multiplier, repeats, weights } = parts;
  const { centers } = fit;
  const summed = parts.summed === undefined ? undefined : { ...parts.summed, multiplier, centers };
  let read: readonly Float64Array[] | undefined;
  const used = (): readonly Float64Array[] => {
    read ??= typeof columns === "function" ? columns() : columns;
    return read;
  };
  return {
    scores: {
      get columns(): readonly Float64Array[] {
        return used();
      },
      centers,
      multiplier,
      constant: intercept,
      repeats,
      summed,
    },
    bread: intercept ? borderedBread(fit) : fit.inverse,
    transform: intercept ? fromCentred(fit) : undefined,
    observations: parts.observations,
    counts: { coefficients: centers.length + (intercept ? 1 : 0), effects: effects.map(countOf), rank: absorber?.rank ?? 0 },
    dispersion: parts.dispersion,
    normal: parts.normal,
    weights,
    leverage: () => leverageOf(fit, used(), intercept, weights, repeats, absorber),
  };
}

/** Estimating equations of a linear fit. */
export function equationsOf(
  fit: LeastSquares,
  columns: () => readonly Float64Array[],
  intercept: boolean,
  { weights, effects, groups }: Pick<LinearModelInput, "weights" | "effects" | "groups">,
  absorber: EffectAbsorber | undefined,
  observations: number,
): EstimatingEquations {
  const frequency = weights?.kind === "frequency";
  const w = weights === undefined || frequency ? undefined : weights.values;
  return equationsFrom(fit, columns, {
    intercept,
    effects,
    absorber,
    observations,
    multiplier: w === undefined ? fit.residuals : fit.residuals.map((e, i) => e * w[i]!),
    repeats: frequency ? weights.values : undefined,
    weights: w,
    dispersion: fit.sumOfSquares / (observations - 1),
    normal: false,
    summed: groups === undefined || fit.groupSums === undefined ? undefined : { codes: groups.codes, sums: fit.groupSums },
  });
}

/** Names and positions of the kept terms. */
export function termsOf(
  kept: readonly number[],
  names: readonly string[],
  intercept: boolean,
  constant: string,
): Pick<LinearModel, "terms" | "positions"> {
  return {
    terms: [...(intercept ? [constant] : []), ...kept.map((j) => names[j]!)],
    positions: [...(intercept ? [-1] : []), ...kept],
  };
}

/** Terms left out, with the reason. */
export function dropsOf(fit: LeastSquares, names: readonly string[], absorbed: boolean): readonly DroppedTerm[] {
  return fit.dependent.map(({ column, on }) => ({
    term: names[column]!,
    reason: on.length > 0 ? "combination" : absorbed ? "absorbed" : "constant",
    on: on.map((j) => names[j]!),
  }));
}

const countOf = ({ count, specification }: EffectRows): EffectCount => ({
  levels: count,
  intercept: specification.intercept,
  slopes: specification.slopes.length,
  slopeColumns: specification.slopes,
});

/** Bread in the centred basis: the constant is orthogonal to the centred columns. */
function borderedBread({ inverse, weight, coefficients }: LeastSquares): Float64Array {
  const m = coefficients.length;
  const k = m + 1;
  const bread = new Float64Array(k * k);
  bread[0] = 1 / weight;
  for (let a = 0; a < m; a++) for (let b = 0; b < m; b++) bread[(a + 1) * k + b + 1] = inverse[a * m + b]!;
  return bread;
}

/** Intercept at zero from the level at the centres: `b0 = level - sum c_j b_j`. */
function fromCentred({ centers }: LeastSquares): Float64Array {
  const k = centers.length + 1;
  const T = new Float64Array(k * k);
  for (let j = 0; j < k; j++) T[j * k + j] = 1;
  for (let j = 1; j < k; j++) T[j] = -centers[j - 1]!;
  return T;
}

/** Hat values: `w x' (X'WX)^-1 x`, the effects' share included; of one observation where weights are frequencies. */
function leverageOf(
  { inverse, centers, weight, residuals }: LeastSquares,
  columns: readonly Float64Array[],
  intercept: boolean,
  weights: Float64Array | undefined,
  repeats: Float64Array | undefined,
  absorber: EffectAbsorber | undefined,
): Float64Array {
  const m = columns.length;
  const h = absorber === undefined ? new Float64Array(residuals.length) : absorber.leverage();
  const x = new Float64Array(m);
  for (let i = 0; i < h.length; i++) {
    const w = weights === undefined ? 1 : weights[i]!;
    let form = intercept ? 1 / weight : 0;
    for (let j = 0; j < m; j++) x[j] = columns[j]![i]! - centers[j]!;
    for (let a = 0; a < m; a++) {
      let sum = 0;
      for (let b = 0; b < m; b++) sum += inverse[a * m + b]! * x[b]!;
      form += x[a]! * sum;
    }
    h[i] = (repeats === undefined ? h[i]! : h[i]! / repeats[i]!) + w * form;
  }
  return h;
}

/** The error of a model in which no regressor varies. */
export function allCollinear(caller: string, names: readonly string[], absorbed: boolean): IdentificationError {
  const listed = names.map((name) => `"${name}"`).join(", ");
  const found = absorbed ? "the fixed effects absorb all of them" : "none of them varies";
  return new IdentificationError("ALL_COLLINEAR", `Cannot run ${caller} as at least one regressor must vary, of ${listed}: ${found}`, {
    terms: names,
  });
}

function tooFewRows(caller: string, observations: number, coefficients: number, rank: number): IdentificationError {
  const effects = rank > 0 ? ` and ${rank} fixed effects` : "";
  return new IdentificationError(
    "TOO_FEW_ROWS",
    `Cannot run ${caller} as more rows than parameters are needed: ${observations} observations for ${coefficients} coefficients${effects}`,
    { observations, coefficients, effects: rank },
  );
}
