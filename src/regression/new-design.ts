import { DataError } from "../core/errors.ts";
import type { Frame } from "../data/index.ts";
import { columnsByRole, type Groups, groupsRole, numbersRole } from "../data/roles.ts";
import { type DesignColumn, designValues } from "./design.ts";
import type { KeptModel } from "./kept-model.ts";

/** A design over rows of data. */
export interface NewDesign {
  readonly columns: readonly Float64Array[];
  /** Further columns asked for as groups. */
  readonly groups: readonly Groups[];
  /** Row numbers in the data; `undefined` when none was left out. */
  readonly rows: Int32Array | undefined;
  readonly count: number;
}

/** The design of new rows, by the recipes of a result, with columns of groups beside it. @throws DataError `NO_ROWS`. */
export function newDesign<Row>(
  caller: string,
  design: readonly DesignColumn[],
  data: Frame<Row>,
  grouped: readonly string[] = [],
): NewDesign {
  const parts = design.flatMap((column) => column.parts);
  const numeric = [...new Set(parts.filter((part) => !("level" in part)).map((part) => part.column))];
  const factors = [...new Set([...parts.filter((part) => "level" in part).map((part) => part.column), ...grouped])];
  const found = columnsByRole(caller, data, { numeric: numbersRole(numeric), factors: groupsRole(factors) });
  const source = {
    rows: found.sample.used,
    numeric: (name: string): Float64Array => found.columns.numeric[numeric.indexOf(name)]!,
    groups: (name: string): Groups => found.columns.factors[factors.indexOf(name)]!,
  };
  if (source.rows === 0) throw new DataError("NO_ROWS", `Cannot run ${caller} as at least one row is needed: the new data have none`);
  return {
    columns: design.map((column) => designValues(column, source)),
    groups: grouped.map((name) => source.groups(name)),
    rows: found.rows,
    count: source.rows,
  };
}

/** The design of the rows a model was fitted to. */
export function designOfRows(caller: string, design: readonly DesignColumn[], { data, rows }: KeptModel): readonly Float64Array[] {
  return newDesign(caller, design, rows === undefined ? data : data.take(rows)).columns;
}
