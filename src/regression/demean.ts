import { resolveOptions } from "../core/options.ts";
import type { Sample } from "../core/result.ts";
import type { Frame, NumericColumn } from "../data/index.ts";
import { resolveWeights, type WeightOption } from "../data/roles.ts";
import { type AbsorptionOptions, resolveAbsorption } from "./absorption.ts";
import type { AnyRow } from "./design.ts";
import { effectSpecifications, type FixedEffectsOption } from "./fixed-effects.ts";
import { modelData } from "./model-data.ts";
import { absorbEffects } from "./numerics/absorb-effects.ts";
import { requireAbsorbed } from "./warnings.ts";

/** Options of {@link demean}. */
export interface DemeanOptions<Row> {
  /** Numeric columns to take the effects from. */
  readonly columns: readonly NumericColumn<Row>[];
  readonly fixedEffects: FixedEffectsOption<Row>;
  readonly weights?: WeightOption<Row>;
  /** Default `"keep"`: rows that alone make up a level become 0. */
  readonly singletons?: "drop" | "keep";
  /** Limits of the iteration, where one is made. */
  readonly absorption?: AbsorptionOptions;
}

/** Columns without the fixed effects. */
export interface DemeanResult {
  /** By column name, one value a row used. */
  readonly columns: Readonly<Record<string, Float64Array>>;
  /** `sum w x^2` of each column without the effects. */
  readonly sumsOfSquares: Readonly<Record<string, number>>;
  /** Row numbers in the data; `undefined` when all are used. */
  readonly rows: Int32Array | undefined;
  readonly sample: Sample;
  /** Rank of the effects' dummies. */
  readonly rank: number;
  /** Groups of levels without a link between them. */
  readonly components: number;
  /** Iterations of the solver; 0 when it is exact. */
  readonly iterations: number;
  /** Largest sum that a level keeps, beside its variation. */
  readonly residual: number;
}

/**
 * Removes fixed effects from columns: residuals of a (weighted) regression on the effects' dummies.
 * @throws ConvergenceError `NOT_CONVERGED`.
 * @example
 * demean(people, { columns: ["wage"], fixedEffects: ["person", "year"] }).columns.wage;
 */
export function demean<Row>(data: Frame<Row>, options: DemeanOptions<Row>): DemeanResult {
  const caller = "regression.demean";
  const settings = resolveOptions<DemeanOptions<AnyRow> & { readonly singletons: "drop" | "keep" }>(caller, options, {
    required: ["columns", "fixedEffects"],
    defaults: { weights: undefined, singletons: "keep", absorption: undefined },
  });
  const absorption = resolveAbsorption(caller, settings.absorption ?? {});
  const input = modelData(caller, data, {
    outcome: settings.columns[0]!,
    terms: settings.columns,
    weights: resolveWeights<AnyRow>(caller, settings.weights, ["analytic", "frequency", "sampling"]),
    effects: effectSpecifications(caller, settings.fixedEffects),
    singletons: settings.singletons,
    vcov: { groups: [], numbers: [] },
  });
  const w = input.weights?.values;
  const absorber = absorbEffects(input.effects, w, undefined, absorption.maxIterations);
  const columns: Record<string, Float64Array> = {};
  const sumsOfSquares: Record<string, number> = {};
  settings.columns.forEach((name, j) => {
    const values = absorber.absorb(input.columns[j]!).values;
    let sum = 0;
    for (let i = 0; i < values.length; i++) sum += (w === undefined ? 1 : w[i]!) * values[i]! * values[i]!;
    columns[name] = values;
    sumsOfSquares[name] = sum;
  });
  requireAbsorbed(caller, absorber, absorption.tolerance);
  const { iterations, residual } = absorber.report();
  return {
    columns,
    sumsOfSquares,
    rows: input.rows,
    sample: input.sample,
    rank: absorber.rank,
    components: absorber.components,
    iterations,
    residual,
  };
}
