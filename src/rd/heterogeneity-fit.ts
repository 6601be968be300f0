import { IdentificationError } from "../core/errors.ts";
import type { Groups } from "../data/roles.ts";
import type { RdGroup, RdHeterogeneitySettings } from "./heterogeneity-result.ts";
import { type RegressionFit, type RegressionRows, type ScoreKind, weightedRegression } from "./numerics/interacted-fit.ts";
import { KERNELS, kernelAt } from "./numerics/kernel.ts";
import type { Pair } from "./numerics/selectors.ts";
import type { RdDesignSettings } from "./options.ts";

/** Jumps below it, absolutely and against the largest, are rounding. */
const NO_PIVOT = 1e-10;

/** Columns of the used rows. */
export interface GroupInput {
  readonly outcome: Float64Array;
  readonly treatment: Float64Array | undefined;
  readonly running: Float64Array;
  readonly covariates: readonly Float64Array[];
  readonly along: readonly Float64Array[];
  readonly weights: Float64Array | undefined;
  readonly cluster: Groups | undefined;
}

/** One group at one order. */
export interface GroupFit {
  readonly fit: RegressionFit;
  readonly rows: Pair;
  readonly within: Pair;
  readonly columns: number;
  readonly order: number;
  /** Effects: the jump and its slopes along the moderators. */
  readonly effects: readonly number[];
  /** Influence of each unit on each effect, effects by units. */
  readonly influence: Float64Array;
  /** Jumps in the treatment along the moderators with the influence on them, in a fuzzy design. */
  readonly firstStage?: { readonly jumps: readonly number[]; readonly influence: Float64Array };
}

/** Columns: (powers, treated times powers) for 1 and each column of `along`, then covariates for 1 and each column of `along`. */
export function fitGroup(
  caller: string,
  input: GroupInput,
  rows: Int32Array,
  h: Pair,
  settings: RdHeterogeneitySettings,
  order: number,
  label: string,
): GroupFit {
  const kernel = KERNELS[settings.kernel];
  const inside = rows.filter((row) => {
    const distance = input.running[row]! - settings.cutoff;
    return Math.abs(distance) <= h[distance < 0 ? 0 : 1];
  });
  const moderators = input.along.length + 1;
  const block = 2 * (order + 1);
  const columns = moderators * (block + input.covariates.length);
  const X = new Float64Array(inside.length * columns);
  const y = new Float64Array(inside.length);
  const weights = new Float64Array(inside.length);
  const clusters = input.cluster === undefined ? undefined : new Int32Array(inside.length);
  const within: [number, number] = [0, 0];
  inside.forEach((row, i) => {
    const offset = input.running[row]! - settings.cutoff;
    const side = offset < 0 ? 0 : 1;
    within[side]++;
    y[i] = input.outcome[row]!;
    weights[i] = kernelAt(kernel, Math.abs(offset) / h[side]) * (input.weights === undefined ? 1 : input.weights[row]!);
    if (clusters !== undefined) clusters[i] = input.cluster!.codes[row]!;
    for (let m = 0; m < moderators; m++) {
      let value = m === 0 ? 1 : input.along[m - 1]![row]!;
      const covariateAt = i * columns + moderators * block + m * input.covariates.length;
      input.covariates.forEach((covariate, z) => {
        X[covariateAt + z] = value * covariate[row]!;
      });
      for (let j = 0; j <= order; j++) {
        X[i * columns + m * block + j] = value;
        X[i * columns + m * block + order + 1 + j] = side * value;
        value *= offset;
      }
    }
  });
  const sides: [number, number] = [0, 0];
  for (const row of rows) sides[input.running[row]! < settings.cutoff ? 0 : 1]++;
  const data: RegressionRows = { X, columns, y, weights, clusters };
  const targets = Array.from({ length: moderators }, (_, m) => m * block + order + 1);
  const fit = weightedRegression(data, targets, scoreKind(settings), input.cluster?.count ?? 0);
  if (fit === undefined) throw tooFew(caller, settings, label, within, columns);
  const shared = { fit, rows: sides, within, columns, order };
  if (input.treatment === undefined) return { ...shared, effects: targets.map((at) => fit.coefficients[at]!), influence: fit.influence };
  const received = receivedBy(input, inside);
  const fuzzy = instrumented(data, fit, received, targets, scoreKind(settings), input.cluster?.count ?? 0);
  if (fuzzy === undefined) throw noFirstStage(caller, settings, label);
  return { ...shared, ...fuzzy };
}

/** Treatment times 1 and times each moderator, within the bandwidth. */
function receivedBy({ treatment, along }: GroupInput, inside: Int32Array): Float64Array[] {
  const d = Float64Array.from(inside, (row) => treatment![row]!);
  return [d, ...along.map((column) => d.map((value, i) => value * column[inside[i]!]!))];
}

/**
 * Instruments: the treated side times 1 and the moderators; endogenous: the treatment times the same. With r the jumps of the outcome and
 * P those of the endogenous columns (jump a of column m), the effects solve `P beta = r`, and their influence is `P^-1` times that of
 * the jumps of `y - sum of beta_m d_m` (two-stage least squares, just identified).
 */
function instrumented(
  data: RegressionRows,
  reduced: RegressionFit,
  received: readonly Float64Array[],
  targets: readonly number[],
  kind: ScoreKind,
  clusterCount: number,
): Pick<GroupFit, "effects" | "influence" | "firstStage"> | undefined {
  const m = targets.length;
  const stages = received.map((y) => weightedRegression({ ...data, y }, targets, kind, clusterCount)!);
  const P = new Float64Array(m * m);
  const r = Float64Array.from(targets, (at) => reduced.coefficients[at]!);
  for (let a = 0; a < m; a++) for (let b = 0; b < m; b++) P[a * m + b] = stages[b]!.coefficients[targets[a]!]!;
  const inverse = inverted(P, m);
  if (inverse === undefined) return undefined;
  const times = (values: Float64Array, stride: number): Float64Array => {
    const out = new Float64Array(values.length);
    for (let i = 0; i < stride; i++)
      for (let a = 0; a < m; a++) for (let b = 0; b < m; b++) out[a * stride + i]! += inverse[a * m + b]! * values[b * stride + i]!;
    return out;
  };
  const effects = times(r, 1);
  const left = data.y.map((value, i) => received.reduce((rest, d, b) => rest - effects[b]! * d[i]!, value));
  const residual = weightedRegression({ ...data, y: left }, targets, kind, clusterCount)!;
  return {
    effects: Array.from(effects),
    influence: times(residual.influence, residual.units),
    firstStage: { jumps: targets.map((at) => stages[0]!.coefficients[at]!), influence: stages[0]!.influence },
  };
}

/** Inverse by Gauss-Jordan with row exchange; `undefined` when a pivot is rounding. */
function inverted(P: Float64Array, m: number): Float64Array | undefined {
  const width = 2 * m;
  const A = new Float64Array(m * width);
  const scale = P.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < m; j++) A[i * width + j] = P[i * m + j]!;
    A[i * width + m + i] = 1;
  }
  for (let j = 0; j < m; j++) {
    let pivot = j;
    for (let i = j + 1; i < m; i++) if (Math.abs(A[i * width + j]!) > Math.abs(A[pivot * width + j]!)) pivot = i;
    const value = A[pivot * width + j]!;
    if (!(Math.abs(value) > NO_PIVOT * scale) || !(Math.abs(value) > NO_PIVOT)) return undefined;
    for (let q = 0; q < width; q++) {
      const moved = A[pivot * width + q]! / value;
      A[pivot * width + q] = A[j * width + q]!;
      A[j * width + q] = moved;
    }
    for (let i = 0; i < m; i++) {
      const factor = A[i * width + j]!;
      if (i !== j && factor !== 0) for (let q = 0; q < width; q++) A[i * width + q]! -= factor * A[j * width + q]!;
    }
  }
  return Float64Array.from({ length: m * m }, (_, at) => A[Math.floor(at / m) * width + m + (at % m)]!);
}

function noFirstStage(caller: string, { treatment, by }: RdHeterogeneitySettings, label: string): IdentificationError {
  const where = by === undefined ? "" : ` for "${by}" = "${label}"`;
  return new IdentificationError(
    "NO_FIRST_STAGE",
    `Cannot run ${caller}${where} as the treatment "${treatment}" must change at the cutoff: it does not within the bandwidth`,
    { column: treatment, group: label },
  );
}

function tooFew(
  caller: string,
  { running, by, covariates }: RdHeterogeneitySettings,
  label: string,
  within: Pair,
  columns: number,
): IdentificationError {
  const where = by === undefined ? "" : ` for "${by}" = "${label}"`;
  const others = covariates.length === 0 ? "" : `, or leave out covariates that are constant there or follow from "${running}"`;
  return new IdentificationError(
    "TOO_FEW_POINTS",
    `Cannot run ${caller}${where} as ${columns} coefficients need that many independent rows within the bandwidth of "${running}": ` +
      `${within[0]} left and ${within[1]} right do not give them; widen the bandwidth or merge groups${others}`,
    { group: label, within, columns },
  );
}

function scoreKind({ vcov }: RdHeterogeneitySettings): ScoreKind {
  const name = varianceName(vcov);
  return name.endsWith("2") ? "HC2" : name.endsWith("3") ? "HC3" : "plain";
}

/** HC or CR name of a variance. */
export const varianceName = (vcov: RdDesignSettings["vcov"]): string =>
  vcov.type === "clusteredResiduals" ? vcov.residuals! : vcov.type === "nearestNeighbour" ? "HC1" : vcov.variant!;

/** Coefficients by their kind. */
export function coefficientsOf({ fit, order, columns }: GroupFit, moderators: number): RdGroup["coefficients"] {
  const block = 2 * (order + 1);
  const b = Array.from(fit.coefficients);
  const part = (m: number) => ({
    intercept: b[m * block]!,
    powers: b.slice(m * block + 1, m * block + order + 1),
    treated: b[m * block + order + 1]!,
    treatedPowers: b.slice(m * block + order + 2, (m + 1) * block),
  });
  const width = columns / moderators - block;
  const covariates = (m: number): number[] => b.slice(moderators * block + m * width, moderators * block + (m + 1) * width);
  const others = Array.from({ length: moderators - 1 }, (_, m) => m + 1);
  return { ...part(0), along: others.map(part), covariates: covariates(0), covariatesAlong: others.map(covariates) };
}
