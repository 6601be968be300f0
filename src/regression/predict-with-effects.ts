import { DataError, IdentificationError } from "../core/errors.ts";
import type { Frame } from "../data/index.ts";
import type { Groups } from "../data/roles.ts";
import type { DesignColumn } from "./design.ts";
import { effectVariance } from "./effect-variance.ts";
import type { EffectRows } from "./fixed-effects.ts";
import { type KeptModel, keptModel } from "./kept-model.ts";
import { LevelGraph, type SignedRows } from "./level-graph.ts";
import { newDesign } from "./new-design.ts";
import type { RegressionResult } from "./regression-result.ts";

/** Expected outcomes of new rows and the variances of their estimates. */
export interface ExpectedOutcomes {
  readonly rows: Int32Array | undefined;
  /** Linear predictors, without an offset. */
  readonly fitted: Float64Array;
  readonly variances: Float64Array;
  /** Further columns asked for, over the same rows. */
  readonly beside: readonly Float64Array[];
}

/** Predictions with absorbed effects. @throws as listed at `predict`. */
export function predictWithEffects<Row>(
  caller: string,
  result: RegressionResult,
  newData: Frame<Row>,
  beside: readonly DesignColumn[],
): ExpectedOutcomes {
  const model = keptModel(caller, result);
  const grouped = [...new Set(model.effects.flatMap(({ specification }) => specification.columns))];
  const { columns: all, groups, rows, count } = newDesign(caller, [...result.design, ...beside], newData, grouped);
  const columns = all.slice(0, result.design.length);
  const used = newDesign(caller, [], model.rows === undefined ? model.data : model.data.take(model.rows), grouped).groups;
  const variance = effectVariance(caller, result, model, count);
  const levels = model.effects.map((effect) => levelsOf(caller, effect, pick(effect, grouped, used), pick(effect, grouped, groups), count));
  const order = Int32Array.from({ length: count }, (_, i) => i).sort((a, b) => compare(levels, a, b));
  const combine = combinations(caller, model);
  const out = { rows, fitted: new Float64Array(count), variances: new Float64Array(count), beside: all.slice(columns.length) };
  let combination: SignedRows = new Map();
  order.forEach((i, position) => {
    if (position === 0 || compare(levels, order[position - 1]!, i) !== 0) combination = combine(levels.map((codes) => codes[i]!));
    const x = Float64Array.from(columns, (column) => column[i]!);
    out.fitted[i] = variance.estimate(x, combination);
    out.variances[i] = variance.variance(x, combination);
  });
  return out;
}

const pick = ({ specification }: EffectRows, names: readonly string[], groups: readonly Groups[]): readonly Groups[] =>
  specification.columns.map((name) => groups[names.indexOf(name)]!);

/** Text of a row's values in the effect's columns, in which different values never look alike. */
const keyOf = (groups: readonly Groups[], row: number): string => JSON.stringify(groups.map(({ codes, label }) => label(codes[row]!)));

/** The model's level of each new row. */
function levelsOf(caller: string, effect: EffectRows, used: readonly Groups[], fresh: readonly Groups[], count: number): Int32Array {
  const known = new Map<string, number>();
  const seen = new Uint8Array(effect.count);
  for (let row = 0; row < effect.codes.length; row++) {
    const code = effect.codes[row]!;
    if (seen[code] === 0) known.set(keyOf(used, row), code);
    seen[code] = 1;
  }
  return Int32Array.from({ length: count }, (_, row) => {
    const code = known.get(keyOf(fresh, row));
    if (code !== undefined) return code;
    const level = fresh.map(({ codes, label }) => label(codes[row]!)).join("_");
    throw new DataError(
      "UNKNOWN_LEVEL",
      `Cannot run ${caller} as every level of "${effect.specification.name}" must be among the rows the model used: "${level}" is not`,
      { effect: effect.specification.name, level },
    );
  });
}

function compare(levels: readonly Int32Array[], a: number, b: number): number {
  for (const codes of levels) if (codes[a] !== codes[b]) return codes[a]! - codes[b]!;
  return 0;
}

/** Rows of the model whose signed sum has the dummies of a combination of levels. */
function combinations(caller: string, { effects }: KeptModel): (codes: readonly number[]) => SignedRows {
  const [first, second] = effects as readonly [EffectRows, EffectRows?];
  const failure = (codes: readonly number[], requirement: string): IdentificationError => {
    const named = effects.map(({ specification, label }, e) => `${specification.name} ${label(codes[e]!)}`);
    return new IdentificationError("LEVELS_NOT_LINKED", `Cannot run ${caller} as ${requirement}: ${named.join(", ")}`, { levels: named });
  };
  if (second !== undefined && effects.length === 2) {
    const graph = new LevelGraph(first, second);
    return (codes) => {
      const rows = graph.sum(codes[0]!, codes[1]!);
      if (rows === undefined) throw failure(codes, "a chain of the model's rows must link the levels, or their sum has no estimate");
      return rows;
    };
  }
  const example = new Map<string, number>();
  for (let row = 0; row < first.codes.length; row++) example.set(effects.map(({ codes }) => codes[row]).join(","), row);
  return (codes) => {
    const row = example.get(codes.join(","));
    if (row !== undefined) return new Map([[row, 1]]);
    throw failure(codes, "with three or more fixed effects the model's rows must hold the combination of levels");
  };
}
