import { IdentificationError } from "../core/errors.ts";
import type { Groups } from "../data/roles.ts";
import type { RdGroup, RdHeterogeneitySettings } from "./heterogeneity-result.ts";
import { type RegressionFit, type RegressionRows, type ScoreKind, weightedRegression } from "./numerics/interacted-fit.ts";
import { KERNELS, kernelAt } from "./numerics/kernel.ts";
import type { Pair } from "./numerics/selectors.ts";
import type { RdDesignSettings } from "./options.ts";

/** Columns of the used rows. */
export interface GroupInput {
  readonly outcome: Float64Array;
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
  return { fit, rows: sides, within, columns, order };
}

function tooFew(
  caller: string,
  { running, by }: RdHeterogeneitySettings,
  label: string,
  within: Pair,
  columns: number,
): IdentificationError {
  const where = by === undefined ? "" : ` for "${by}" = "${label}"`;
  return new IdentificationError(
    "TOO_FEW_POINTS",
    `Cannot run ${caller}${where} as ${columns} coefficients need that many independent rows within the bandwidth of "${running}": ` +
      `${within[0]} left and ${within[1]} right do not give them; widen the bandwidth or merge groups`,
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
