import { IdentificationError } from "../core/errors.ts";
import type { Estimate, Sample, Warning } from "../core/result.ts";
import { type Frame, numericData } from "../data/frame.ts";
import { binaryRole, columnsByRole } from "../data/roles.ts";
import { type AdjustmentMethod, adjustPValues } from "../inference/adjust-p-values.ts";
import type { AnyRow } from "../regression/design.ts";
import { interaction, type OlsResult } from "../regression/index.ts";
import { fitInteraction, type InteractionsSettings, interactionRows } from "./interaction-model.ts";
import type { FactorialForm } from "./interaction-options.ts";
import { combinations, squareRows } from "./linear-combination.ts";

/** A cell of the two treatments. */
export interface FactorialCell {
  readonly treatment: number;
  readonly other: number;
  readonly rows: number;
  /** Mean and variance (n - 1) of the outcome, unweighted. */
  readonly mean: number;
  readonly variance: number;
}

/** The contrasts of a factorial form, in order. */
export type FactorialContrast =
  | "treatmentWithoutOther"
  | "treatmentWithOther"
  | "otherWithoutTreatment"
  | "otherWithTreatment"
  | "bothAgainstNone"
  | "treatmentEqualWeights"
  | "otherEqualWeights"
  | "treatmentObservedShares"
  | "otherObservedShares"
  | "interaction"
  | "treatmentAgainstOther";

/** What a factorial form gives. */
export interface FactorialPart {
  readonly form: "factorial";
  /** Simple effects, main effects under equal and observed weights of the other treatment, the interaction, and each alone against the other. */
  readonly estimates: Readonly<Record<FactorialContrast, Estimate>>;
  readonly vcov: readonly (readonly number[])[];
  /** p-values adjusted over all contrasts by Bonferroni's rule and Holm's. */
  readonly adjustedPValues: Readonly<Record<"bonferroni" | "holm", Readonly<Record<FactorialContrast, number>>>>;
  readonly cells: readonly FactorialCell[];
  readonly model: OlsResult;
}

/** Two treatments alone and combined: contrasts of `outcome ~ treatment * other + covariates`. */
export function factorialEffect(
  caller: string,
  whole: Frame<AnyRow>,
  settings: InteractionsSettings,
  form: FactorialForm<AnyRow>,
): FactorialPart & { readonly sample: Sample; readonly warnings: readonly Warning[] } {
  const [a, b] = [settings.treatment as string, form.other as string];
  const { data, covariates, sample } = interactionRows(caller, whole, settings, [b]);
  columnsByRole(caller, data, { treatment: binaryRole(a), other: binaryRole(b) });
  const [A, B, y] = [a, b, settings.outcome as string].map((name) => numericData(data, name).values) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const cells = cellsOf(A, B, y);
  const empty = cells.find(({ rows }) => rows === 0);
  if (empty !== undefined) {
    throw new IdentificationError(
      "EMPTY_CELL",
      `Cannot run ${caller} as each combination of "${a}" and "${b}" needs rows: none has ${a} = ${empty.treatment}, ${b} = ${empty.other}`,
      { treatment: empty.treatment, other: empty.other },
    );
  }
  const fit = fitInteraction(data, settings, [a, b, ...covariates, interaction(a, b)]);
  const ab = `${a}:${b}`;
  const share = (values: Float64Array): number => values.reduce((sum, v) => sum + v, 0) / values.length;
  const contrasts: Readonly<Record<FactorialContrast, Readonly<Record<string, number>>>> = {
    treatmentWithoutOther: { [a]: 1 },
    treatmentWithOther: { [a]: 1, [ab]: 1 },
    otherWithoutTreatment: { [b]: 1 },
    otherWithTreatment: { [b]: 1, [ab]: 1 },
    bothAgainstNone: { [a]: 1, [b]: 1, [ab]: 1 },
    treatmentEqualWeights: { [a]: 1, [ab]: 0.5 },
    otherEqualWeights: { [b]: 1, [ab]: 0.5 },
    treatmentObservedShares: { [a]: 1, [ab]: share(B) },
    otherObservedShares: { [b]: 1, [ab]: share(A) },
    interaction: { [ab]: 1 },
    treatmentAgainstOther: { [a]: 1, [b]: -1 },
  };
  const names = Object.keys(contrasts) as FactorialContrast[];
  const { estimates, covariance } = combinations(
    caller,
    fit,
    names.map((term) => ({ term, weights: contrasts[term] })),
    settings.level,
  );
  const byName = <T>(values: readonly T[]): Readonly<Record<FactorialContrast, T>> =>
    Object.fromEntries(names.map((name, k) => [name, values[k]!])) as Record<FactorialContrast, T>;
  const adjusted = (method: AdjustmentMethod): Readonly<Record<FactorialContrast, number>> =>
    byName(
      adjustPValues(
        estimates.map(({ pValue }) => pValue),
        { method },
      ),
    );
  return {
    form: "factorial",
    estimates: byName(estimates),
    vcov: squareRows(covariance),
    adjustedPValues: { bonferroni: adjusted("bonferroni"), holm: adjusted("holm") },
    cells,
    model: fit,
    sample,
    warnings: fit.warnings,
  };
}

function cellsOf(A: Float64Array, B: Float64Array, y: Float64Array): FactorialCell[] {
  return [0, 1].flatMap((other) =>
    [0, 1].map((treatment) => {
      const values = y.filter((_, i) => A[i] === treatment && B[i] === other);
      const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
      const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (values.length - 1);
      return { treatment, other, rows: values.length, mean, variance };
    }),
  );
}
