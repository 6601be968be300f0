import { IdentificationError } from "../core/errors.ts";
import { absorbedFloors } from "./absorbed-floors.ts";
import type { AbsorptionOptions } from "./absorption.ts";
import { type DesignColumn, INTERCEPT } from "./design.ts";
import type { EffectRows } from "./fixed-effects.ts";
import { type DroppedTerm, dropsOf } from "./linear-model.ts";
import type { ModelData } from "./model-data.ts";
import { absorbEffects, type EffectAbsorber } from "./numerics/absorb-effects.ts";
import type { Absorbed } from "./numerics/absorbed.ts";
import { addScaled, endogenousBlock, type IvMoments, ivMoments, relativeEigen } from "./numerics/iv-moments.ts";
import { type LeastSquares, leastSquares } from "./numerics/least-squares.ts";
import { spreadOf } from "./numerics/spread.ts";

/** Columns of one role that are kept, over the rows used. */
export interface IvColumns {
  readonly names: readonly string[];
  readonly design: readonly DesignColumn[];
  /** As in the data. */
  readonly raw: readonly Float64Array[];
  /** Without the fixed effects. */
  readonly values: readonly Float64Array[];
}

/** Everything of an instrumental-variables model that no choice of estimator or covariance changes. */
export interface IvModel {
  readonly input: ModelData;
  readonly intercept: boolean;
  readonly absorber: EffectAbsorber | undefined;
  readonly absorption: AbsorptionOptions;
  readonly observations: number;
  readonly totalSumOfSquares: number;
  readonly exogenous: IvColumns;
  readonly endogenous: IvColumns;
  readonly instruments: IvColumns;
  readonly droppedTerms: readonly DroppedTerm[];
  readonly droppedInstruments: readonly DroppedTerm[];
  /** Fits on the exogenous regressors, then the instruments. */
  readonly reducedForm: LeastSquares;
  readonly firstStages: readonly LeastSquares[];
  /** Endogenous regressors as the first stages predict them. */
  readonly projected: readonly Float64Array[];
  /** Two-stage least squares: the outcome on the projected endogenous, then the exogenous regressors. */
  readonly secondStage: LeastSquares;
  readonly outcome: Float64Array;
  readonly moments: IvMoments;
}

/** Smallest squared canonical correlation of instruments and endogenous regressors that is more than rounding. */
const UNRELATED = 1e-20;

/**
 * Fits both stages.
 * @throws IdentificationError `TOO_FEW_INSTRUMENTS`, `ENDOGENOUS_COLLINEAR`, `TOO_FEW_ROWS`, `INSTRUMENTS_UNRELATED`.
 */
export function fitIvModel(caller: string, input: ModelData, wantsIntercept: boolean, absorption: AbsorptionOptions = {}): IvModel {
  const w = input.weights?.values;
  const absorber = input.effects.length === 0 ? undefined : absorbEffects(input.effects, w, undefined, absorption.maxIterations);
  const intercept = wantsIntercept && absorber === undefined;
  const [endogenousColumns, instrumentColumns] = [input.more[0]!.columns, input.more[1]!.columns];
  const absorbed = absorber?.absorbAll([input.outcome, ...input.columns, ...endogenousColumns, ...instrumentColumns]); // in one go
  const own = absorbed?.[0];
  const y = own?.values ?? input.outcome;
  let next = 1;
  const without = (design: readonly DesignColumn[], raw: readonly Float64Array[]): PreparedColumns => {
    const first = next;
    next += raw.length;
    return prepare(design, raw, absorbed?.slice(first, next), input.effects);
  };
  const exogenous = without(input.design, input.columns);
  const endogenous = without(input.more[0]!.design, endogenousColumns);
  const instruments = without(input.more[1]!.design, instrumentColumns);
  const regress = (target: Float64Array, parts: readonly PreparedColumns[]): LeastSquares =>
    leastSquares(
      target,
      parts.flatMap(({ values }) => values),
      w,
      intercept,
      floorsOf(parts),
    );

  const structural = regress(y, [exogenous, endogenous]);
  const kept = split(structural.kept, exogenous.names.length);
  const [X1, X] = [take(exogenous, kept[0]), take(endogenous, kept[1])];
  const droppedTerms = dropsOf(structural, [...exogenous.names, ...endogenous.names], absorber !== undefined);
  if (X.names.length === 0) throw endogenousCollinear(caller, endogenous.names, droppedTerms);

  const trial = regress(X.values[0]!, [X1, instruments]);
  const Z = take(instruments, split(trial.kept, X1.names.length)[1]);
  const droppedInstruments = dropsOf(trial, [...X1.names, ...instruments.names], absorber !== undefined);
  if (Z.names.length < X.names.length) throw tooFewInstruments(caller, X.names, instruments.names, droppedInstruments);
  const observations = input.weights?.kind === "frequency" ? structural.weight : y.length;
  const parameters = X1.names.length + Z.names.length + (intercept ? 1 : 0);
  if (observations <= parameters + (absorber?.rank ?? 0)) throw tooFewRows(caller, observations, parameters, absorber?.rank ?? 0);

  const firstStages = X.values.map((x, j) => (j === 0 ? trial : regress(x, [X1, Z])));
  const reducedForm = regress(y, [X1, Z]);
  const moments = ivMoments([reducedForm, ...firstStages], Z.names.length, w);
  if (moments === undefined || unrelated(moments)) throw instrumentsUnrelated(caller, X.names, Z.names);
  const projected = X.values.map((x, j) => difference(x, firstStages[j]!.residuals));
  const secondStage = leastSquares(y, [...projected, ...X1.values], w, intercept, new Float64Array(X.names.length + X1.names.length));
  if (secondStage.dependent.length > 0) throw instrumentsUnrelated(caller, X.names, Z.names);
  return {
    input,
    intercept,
    absorber,
    absorption,
    observations,
    totalSumOfSquares: intercept ? secondStage.total : (own?.spread ?? spreadOf(y, w)),
    exogenous: X1,
    endogenous: X,
    instruments: Z,
    droppedTerms,
    droppedInstruments,
    reducedForm,
    firstStages,
    projected,
    secondStage,
    outcome: y,
    moments,
  };
}

/** Terms of the regression on exogenous regressors and instruments. */
export function stageTerms({ intercept, exogenous, instruments }: IvModel): readonly string[] {
  return [...(intercept ? [INTERCEPT] : []), ...exogenous.names, ...instruments.names];
}

interface PreparedColumns extends IvColumns {
  /** Norm below which a column counts as absorbed. */
  readonly floors: readonly number[];
}

function prepare(
  design: readonly DesignColumn[],
  raw: readonly Float64Array[],
  absorbed: readonly Absorbed[] | undefined,
  effects: readonly EffectRows[],
): PreparedColumns {
  const names = design.map(({ name }) => name);
  if (absorbed === undefined) return { names, design, raw, values: raw, floors: raw.map(() => 0) };
  return {
    names,
    design,
    raw,
    values: absorbed.map(({ values }) => values),
    floors: [...absorbedFloors(raw, absorbed, effects)],
  };
}

const floorsOf = (parts: readonly PreparedColumns[]): Float64Array => Float64Array.from(parts.flatMap(({ floors }) => floors));

function take({ names, design, raw, values, floors }: PreparedColumns, kept: readonly number[]): PreparedColumns {
  const pick = <T>(list: readonly T[]): readonly T[] => kept.map((j) => list[j]!);
  return { names: pick(names), design: pick(design), raw: pick(raw), values: pick(values), floors: pick(floors) };
}

/** Positions before and from `at` on, the latter counted from there. */
function split(kept: readonly number[], at: number): readonly [readonly number[], readonly number[]] {
  return [kept.filter((j) => j < at), kept.filter((j) => j >= at).map((j) => j - at)];
}

function difference(x: Float64Array, residuals: Float64Array): Float64Array {
  const out = new Float64Array(x.length);
  for (let i = 0; i < out.length; i++) out[i] = x[i]! - residuals[i]!;
  return out;
}

/** Whether some combination of the endogenous regressors has nothing in common with the instruments. */
function unrelated({ explained, unexplained, endogenous: m }: IvMoments): boolean {
  const P = endogenousBlock(explained, m);
  const eigen = relativeEigen(P, addScaled(P, 1, endogenousBlock(unexplained, m)), m);
  return eigen === undefined || !(eigen.values[0]! > UNRELATED);
}

const quoted = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(", ");

function reasonOf({ term, reason, on }: DroppedTerm): string {
  const cause =
    reason === "absorbed"
      ? "the fixed effects determine it"
      : reason === "constant"
        ? "it does not vary"
        : `it is a combination of ${quoted(on)}`;
  return `"${term}" is left out as ${cause}`;
}

function endogenousCollinear(caller: string, names: readonly string[], dropped: readonly DroppedTerm[]): IdentificationError {
  const own = dropped.filter(({ term }) => names.includes(term));
  return new IdentificationError(
    "ENDOGENOUS_COLLINEAR",
    `Cannot run ${caller} as an endogenous regressor must vary beyond the exogenous ones: ${own.map(reasonOf).join("; ")}`,
    { endogenous: names, dropped: own },
  );
}

function tooFewInstruments(
  caller: string,
  endogenous: readonly string[],
  instruments: readonly string[],
  dropped: readonly DroppedTerm[],
): IdentificationError {
  const left = instruments.length - dropped.length;
  const why = dropped.length === 0 ? "" : ` (${dropped.map(reasonOf).join("; ")})`;
  return new IdentificationError(
    "TOO_FEW_INSTRUMENTS",
    `Cannot run ${caller} as at least as many instruments as endogenous regressors are needed, for ${quoted(endogenous)}: ${left} for ${endogenous.length}${why}`,
    { endogenous, instruments, dropped },
  );
}

function instrumentsUnrelated(caller: string, endogenous: readonly string[], instruments: readonly string[]): IdentificationError {
  return new IdentificationError(
    "INSTRUMENTS_UNRELATED",
    `Cannot run ${caller} as the instruments must move each of ${quoted(endogenous)} in its own way: ${quoted(instruments)} leave a combination of them unmoved`,
    { endogenous, instruments },
  );
}

function tooFewRows(caller: string, observations: number, coefficients: number, rank: number): IdentificationError {
  const effects = rank > 0 ? ` and ${rank} fixed effects` : "";
  return new IdentificationError(
    "TOO_FEW_ROWS",
    `Cannot run ${caller} as more rows than first-stage parameters are needed: ${observations} observations for ${coefficients} coefficients${effects}`,
    { observations, coefficients, effects: rank },
  );
}
