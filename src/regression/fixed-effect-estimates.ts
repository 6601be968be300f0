import { OptionError } from "../core/errors.ts";
import { checkBoolean, resolveOptions } from "../core/options.ts";
import { sumByRow } from "./effect-sums.ts";
import { type EffectVariance, effectVariance } from "./effect-variance.ts";
import { type KeptModel, keptModel } from "./kept-model.ts";
import { LevelGraph, type SignedRows } from "./level-graph.ts";
import type { RegressionResult } from "./regression-result.ts";

/** Estimated effects of one fixed effect's levels. */
export interface FixedEffectLevels {
  /** Name of the effect, e.g. `"person"` or `"firm^year"`. */
  readonly name: string;
  /** Levels as text, in the order of their codes. */
  readonly levels: readonly string[];
  /** Intercept of each level, in the unit of the outcome; `undefined` for effects with slopes alone. */
  readonly estimates: Float64Array | undefined;
  /** Standard errors of `estimates` where they were asked for; 0 for a level that is 0 by definition. */
  readonly standardErrors?: Float64Array;
  /** Slopes of each level, one list a slope column. */
  readonly slopes: readonly { readonly column: string; readonly estimates: Float64Array }[];
}

/** Result of {@link fixedEffectEstimates}. */
export interface FixedEffectEstimates {
  readonly effects: readonly FixedEffectLevels[];
  /** Sum of all effects for each row used. */
  readonly rowSums: Float64Array;
  /** Groups of levels without a link between them; levels compare within one only. */
  readonly components: number;
}

/** Options of {@link fixedEffectEstimates}. */
export interface FixedEffectEstimatesOptions {
  /** Whether to compute standard errors under the result's covariance: for one or two effects without slopes. Default false. */
  readonly standardErrors?: boolean;
}

/**
 * The absorbed fixed effects' own estimates. Only their sum is identified: the first level met in the data of each effect after the
 * first is set to 0 (in each connected component, where there are two effects), as fixest does.
 *
 * Standard errors are those of the same contrasts of dummies (likelihood models: by the delta method, on the scale of the predictor).
 *
 * @throws DataError `MODEL_NOT_KEPT`. @throws OptionError `VCOV_UNSUPPORTED`, `FIXED_EFFECTS_UNSUPPORTED`, `TOO_MANY_ROWS`: no
 * standard errors for this covariance, for slopes or more than two effects, or for so many levels.
 * @example
 * fixedEffectEstimates(ols(people, { outcome: "wage", regressors: ["age"], fixedEffects: ["worker", "firm"] })).effects[1]?.estimates;
 */
export function fixedEffectEstimates(result: object, options: FixedEffectEstimatesOptions = {}): FixedEffectEstimates {
  const caller = "regression.fixedEffectEstimates";
  const wanted = resolveOptions<Required<FixedEffectEstimatesOptions>>(caller, options, {
    required: [],
    defaults: { standardErrors: false },
  });
  const model = keptModel(caller, result);
  if (model.effectsOf === undefined) return { effects: [], rowSums: new Float64Array(model.residuals.length), components: 0 };
  const raw = model.effectsOf(model.effectTarget()).map((values) => values.slice());
  const component = normalize(model, raw);
  const errors = checkBoolean(caller, "standardErrors", wanted.standardErrors)
    ? levelErrors(caller, result as RegressionResult, model)
    : [];
  const effects = model.effects.map((effect, e): FixedEffectLevels => {
    const { specification, count } = effect;
    const width = specification.slopes.length + (specification.intercept ? 1 : 0);
    const column = (p: number): Float64Array => Float64Array.from({ length: count }, (_, level) => raw[e]![level * width + p]!);
    return {
      name: specification.name,
      levels: Array.from({ length: count }, (_, level) => effect.label(level)),
      estimates: specification.intercept ? column(0) : undefined,
      ...(errors[e] === undefined ? {} : { standardErrors: errors[e] }),
      slopes: specification.slopes.map((name, s) => ({ column: name, estimates: column(s + (specification.intercept ? 1 : 0)) })),
    };
  });
  return { effects, rowSums: sumByRow(model, raw), components: component };
}

/** Shifts intercepts between effects so that the first level met of each later effect is 0; returns the number of components. */
function normalize({ effects }: KeptModel, raw: readonly Float64Array[]): number {
  const widths = effects.map(({ specification }) => specification.slopes.length + (specification.intercept ? 1 : 0));
  const withIntercept = effects.map((_, e) => e).filter((e) => effects[e]!.specification.intercept);
  const first = withIntercept[0];
  if (first === undefined || withIntercept.length < 2) return 1;
  const rows = effects[0]!.codes.length;
  if (withIntercept.length > 2) {
    for (const e of withIntercept.slice(1)) {
      const shift = raw[e]![effects[e]!.codes[0]! * widths[e]!]!;
      for (let level = 0; level < effects[e]!.count; level++) raw[e]![level * widths[e]!]! -= shift;
      for (let level = 0; level < effects[first]!.count; level++) raw[first]![level * widths[first]!]! += shift;
    }
    return 1;
  }
  const second = withIntercept[1]!;
  const [a, b] = [effects[first]!, effects[second]!];
  const parent = Int32Array.from({ length: a.count + b.count }, (_, node) => node);
  const root = (node: number): number => {
    let at = node;
    while (parent[at] !== at) {
      parent[at] = parent[parent[at]!]!;
      at = parent[at]!;
    }
    return at;
  };
  for (let i = 0; i < rows; i++) parent[root(a.codes[i]!)] = root(a.count + b.codes[i]!);
  const shifts = new Map<number, number>();
  for (let i = 0; i < rows; i++) {
    const group = root(a.codes[i]!);
    if (!shifts.has(group)) shifts.set(group, raw[second]![b.codes[i]! * widths[second]!]!);
  }
  for (let level = 0; level < a.count; level++) raw[first]![level * widths[first]!]! += shifts.get(root(level))!;
  for (let level = 0; level < b.count; level++) raw[second]![level * widths[second]!]! -= shifts.get(root(a.count + level))!;
  return shifts.size;
}

/** Standard errors of each effect's levels as {@link normalize} sets them. */
function levelErrors(caller: string, result: RegressionResult, model: KeptModel): readonly Float64Array[] {
  const [first, second, ...more] = model.effects;
  if (first === undefined) return [];
  const quantities = model.effects.reduce((sum, { count }) => sum + count, 0);
  const variances = effectVariance(caller, result, model, quantities);
  const zero = new Float64Array(model.coefficients.length);
  if (more.length > 0) throw tooManyEffects(caller, model);
  if (second === undefined) {
    const example = new Int32Array(first.count);
    first.codes.forEach((code, row) => {
      example[code] = row;
    });
    return [errorsOf(first.count, (level) => new Map([[example[level]!, 1]]), variances, zero)];
  }
  const graph = new LevelGraph(first, second);
  return [
    errorsOf(first.count, (level) => graph.firstWithRoot(level), variances, zero),
    errorsOf(second.count, (level) => graph.secondAgainstRoot(level), variances, zero),
  ];
}

function errorsOf(count: number, rowsOf: (level: number) => SignedRows, variances: EffectVariance, zero: Float64Array): Float64Array {
  return Float64Array.from({ length: count }, (_, level) => {
    const rows = rowsOf(level);
    return rows.size === 0 ? 0 : Math.sqrt(variances.variance(zero, rows));
  });
}

function tooManyEffects(caller: string, { effects }: KeptModel): OptionError {
  const names = effects.map(({ specification }) => specification.name);
  return new OptionError(
    "FIXED_EFFECTS_UNSUPPORTED",
    `Cannot run ${caller} with standard errors as at most two fixed effects can be told apart: ${names.length} were absorbed, ${names.join(", ")}`,
    { effects: names, limit: 2 },
  );
}
