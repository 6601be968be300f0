import { DataError } from "../core/errors.ts";
import type { DroppedRows, Sample } from "../core/result.ts";
import type { Frame } from "../data/index.ts";
import { columnsByRole, type Groups, groupsRole, numberRole, numbersRole, weightRole } from "../data/roles.ts";
import { subsetGroups } from "../moments/index.ts";
import type { RowColumns, VcovColumns } from "./covariance.ts";
import { type AnyTerm, type DesignColumn, type DesignSource, designValues, expandTerms, termColumns } from "./design.ts";
import { combineGroups, type EffectRows, type EffectSpecification, pruneLevels, rowsKept, subsetEffect } from "./fixed-effects.ts";
import type { ModelWeights } from "./linear-model.ts";

/** What a regression asks of the data. */
export interface ModelRequest {
  readonly outcome: string;
  readonly terms: readonly AnyTerm[];
  /** Further lists of terms (endogenous variables, instruments). */
  readonly moreTerms?: readonly (readonly AnyTerm[])[];
  /** Columns added to the linear predictor, outside the design. */
  readonly offset?: string | undefined;
  readonly weights: { readonly column: string; readonly kind: ModelWeights["kind"] } | undefined;
  readonly effects: readonly EffectSpecification[];
  readonly singletons: "drop" | "keep";
  /** Levels whose effect would be infinite are left out: those with outcomes all 0, or all 0 or all 1. */
  readonly infinite?: "zeros" | "zerosOrOnes";
  /** Further rows to leave out, by position among the rows without missing values. */
  readonly exclude?: { readonly reason: string; readonly rows: ReadonlySet<number> };
  readonly vcov: VcovColumns;
  /** Whether numbers are taken to be finite: the caller finds those that are not, and asks again. */
  readonly finite?: boolean;
}

/** Reason of rows left out as their level's effect would be infinite. */
export const WITHOUT_VARIATION = "level of a fixed effect without variation in the outcome";

/** The rows a regression uses. */
export interface ModelData {
  readonly outcome: Float64Array;
  readonly offset: Float64Array | undefined;
  readonly design: readonly DesignColumn[];
  readonly columns: readonly Float64Array[];
  /** Designs of `moreTerms`. */
  readonly more: readonly { readonly design: readonly DesignColumn[]; readonly columns: readonly Float64Array[] }[];
  readonly weights: ModelWeights | undefined;
  readonly effects: readonly EffectRows[];
  readonly covariance: RowColumns;
  /** Row numbers in the data; `undefined` when all are used. */
  readonly rows: Int32Array | undefined;
  readonly sample: Sample;
  readonly singletons: number;
}

/**
 * Columns of a regression over the rows it uses: rows with missing values, zero weights and (unless kept) singletons left out.
 * @throws DataError `CONSTANT_OUTCOME`, `NO_ROWS_LEFT`, and what reading columns throws.
 */
export function modelData<Row>(caller: string, data: Frame<Row>, request: ModelRequest): ModelData {
  const { effects, vcov } = request;
  const lists = [request.terms, ...(request.moreTerms ?? [])];
  const needs = termColumns(lists.flat());
  const numeric = [...new Set([...needs.numeric, ...effects.flatMap(({ slopes }) => slopes), ...vcov.numbers])];
  const grouped = [...new Set([...needs.factors, ...effects.flatMap(({ columns }) => columns), ...vcov.groups])];
  const roles = {
    outcome: numberRole(request.outcome),
    offset: numberRole(request.offset),
    numeric: numbersRole(numeric),
    groups: groupsRole(grouped),
    weights: weightRole(request.weights?.column),
  };
  const found = columnsByRole(caller, data, roles, request.finite);
  const values = found.columns;
  const all: EffectRows[] = effects.map((specification) => ({
    specification,
    ...combineGroups(specification.columns.map((name) => values.groups[grouped.indexOf(name)]!)),
    slopes: specification.slopes.map((name) => values.numeric[numeric.indexOf(name)]!),
  }));

  const { index, dropped, singletons } = usedRows(values.outcome, values.weights, request, all);
  if (index?.length === 0) {
    const reasons = dropped.map(({ reason, rows }) => `${reason} (${rows})`).join(", ");
    throw new DataError("NO_ROWS_LEFT", `Cannot run ${caller} as at least one row is needed: all were left out, ${reasons}`, { dropped });
  }
  const numbersOf = (x: Float64Array): Float64Array => (index === undefined ? x : Float64Array.from(index, (row) => x[row]!));
  const outcome = numbersOf(values.outcome);
  const kept = numeric.map((_, j) => numbersOf(values.numeric[j]!));
  const groups = grouped.map((_, j) => (index === undefined ? values.groups[j]! : subsetOf(values.groups[j]!, index)));
  const source: DesignSource = {
    rows: outcome.length,
    numeric: (name) => kept[numeric.indexOf(name)]!,
    groups: (name) => groups[grouped.indexOf(name)]!,
  };
  const designs = lists.map((terms) => {
    const design = expandTerms(caller, terms, source);
    return { design, columns: design.map((column) => designValues(column, source)) };
  });
  return {
    outcome,
    offset: values.offset === undefined ? undefined : numbersOf(values.offset),
    ...designs[0]!,
    more: designs.slice(1),
    weights: values.weights === undefined ? undefined : { values: numbersOf(values.weights), kind: request.weights!.kind },
    effects: index === undefined ? all : all.map((effect) => subsetEffect(effect, index)),
    covariance: { groups: source.groups, numbers: source.numeric },
    rows: index === undefined ? found.rows : found.rows === undefined ? index : index.map((row) => found.rows![row]!),
    sample: { ...found.sample, used: outcome.length, dropped: [...found.sample.dropped, ...dropped] },
    singletons,
  };
}

function subsetOf(groups: Groups, index: Int32Array): Groups {
  const { codes, count, kept } = subsetGroups(groups, index);
  return { column: groups.column, codes, count, label: (code) => groups.label(kept[code]!) };
}

/** Rows left once zero weights, excluded rows, singletons and levels with infinite effects are out. */
function usedRows(
  outcome: Float64Array,
  weights: Float64Array | undefined,
  request: ModelRequest,
  effects: readonly EffectRows[],
): { readonly index: Int32Array | undefined; readonly dropped: readonly DroppedRows[]; readonly singletons: number } {
  const { weights: choice, singletons, infinite, exclude } = request;
  const rows = outcome.length;
  const keep = weights === undefined && exclude === undefined ? new Uint8Array(0) : new Uint8Array(rows).fill(1);
  const dropped: DroppedRows[] = [];
  let left = rows;
  const drop = (reason: string, out: (row: number) => boolean): void => {
    const before = left;
    for (let i = 0; i < rows; i++) {
      if (keep[i] === 0 || !out(i)) continue;
      keep[i] = 0;
      left--;
    }
    if (left < before) dropped.push({ reason, rows: before - left });
  };
  if (weights !== undefined) drop(`zero weight "${choice!.column}"`, (i) => !(weights[i]! > 0));
  if (exclude !== undefined) drop(exclude.reason, (i) => exclude.rows.has(i));
  const start = left === rows ? undefined : rowsKept(keep, left);
  if (effects.length === 0 || left === 0) return { index: start, dropped, singletons: 0 };
  const groups = start === undefined ? effects : effects.map((effect) => subsetEffect(effect, start));
  const over = (x: Float64Array): Float64Array => (start === undefined ? x : Float64Array.from(start, (row) => x[row]!));
  const pruned = pruneLevels(groups, {
    singletons: singletons === "drop",
    repeats: choice?.kind === "frequency" && weights !== undefined ? over(weights) : undefined,
    outcome: infinite === undefined ? undefined : over(outcome),
    ones: infinite === "zerosOrOnes",
  });
  if (pruned.rows === undefined) return { index: start, dropped, singletons: 0 };
  if (pruned.singletons > 0) dropped.push({ reason: "only row of a fixed effect's level", rows: pruned.singletons });
  if (pruned.infinite > 0) dropped.push({ reason: WITHOUT_VARIATION, rows: pruned.infinite });
  return { index: start === undefined ? pruned.rows : pruned.rows.map((row) => start[row]!), dropped, singletons: pruned.singletons };
}
