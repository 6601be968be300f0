import { type KeptModel, keptModel } from "./kept-model.ts";

/** Estimated effects of one fixed effect's levels. */
export interface FixedEffectLevels {
  /** Name of the effect, e.g. `"person"` or `"firm^year"`. */
  readonly name: string;
  /** Levels as text, in the order of their codes. */
  readonly levels: readonly string[];
  /** Intercept of each level, in the unit of the outcome; `undefined` for effects with slopes alone. */
  readonly estimates: Float64Array | undefined;
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

/**
 * The absorbed fixed effects' own estimates. Only their sum is identified: the first level met in the data of each effect after the
 * first is set to 0 (in each connected component, where there are two effects), as fixest does.
 *
 * @throws DataError `MODEL_NOT_KEPT`.
 * @example
 * fixedEffectEstimates(ols(people, { outcome: "wage", regressors: ["age"], fixedEffects: ["worker", "firm"] })).effects[1]?.estimates;
 */
export function fixedEffectEstimates(result: object): FixedEffectEstimates {
  const model = keptModel("regression.fixedEffectEstimates", result);
  if (model.effectsOf === undefined) return { effects: [], rowSums: new Float64Array(model.residuals.length), components: 0 };
  const raw = model.effectsOf(model.effectTarget()).map((values) => values.slice());
  const component = normalize(model, raw);
  const effects = model.effects.map((effect, e): FixedEffectLevels => {
    const { specification, count } = effect;
    const width = specification.slopes.length + (specification.intercept ? 1 : 0);
    const column = (p: number): Float64Array => Float64Array.from({ length: count }, (_, level) => raw[e]![level * width + p]!);
    return {
      name: specification.name,
      levels: Array.from({ length: count }, (_, level) => effect.label(level)),
      estimates: specification.intercept ? column(0) : undefined,
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

/** Sum over effects of intercepts and slopes times their columns. */
export function sumByRow({ effects }: Pick<KeptModel, "effects">, raw: readonly Float64Array[]): Float64Array {
  const out = new Float64Array(effects[0]?.codes.length ?? 0);
  effects.forEach(({ codes, slopes, specification }, e) => {
    const width = slopes.length + (specification.intercept ? 1 : 0);
    const first = specification.intercept ? 1 : 0;
    for (let i = 0; i < out.length; i++) {
      const at = codes[i]! * width;
      if (first === 1) out[i]! += raw[e]![at]!;
      for (let s = 0; s < slopes.length; s++) out[i]! += raw[e]![at + first + s]! * slopes[s]![i]!;
    }
  });
  return out;
}
