import type { DroppedRows } from "../core/result.ts";
import type { Panel } from "../data/index.ts";
import { columnsByRole } from "../data/roles.ts";
import { type AnyTerm, type DesignSource, designValues, expandTerms, termColumns } from "../regression/design.ts";
import { covariateRoles, covariateTerms } from "./covariates.ts";

/** Data in which every covariate is a numeric column of its own. */
export interface CovariateData<Row> {
  readonly data: Panel<Row>;
  /** Names of the covariates' columns. */
  readonly names: readonly string[];
  /** Rows left out for a missing value in a column that a term reads. */
  readonly dropped: readonly DroppedRows[];
}

/** Writes terms (factors, powers, products) into columns named as in `ols`; plain numeric columns stay as they are. */
export function withCovariateColumns<Row>(caller: string, data: Panel<Row>, covariates: readonly unknown[]): CovariateData<Row> {
  const terms: readonly AnyTerm[] = covariateTerms(data, covariates);
  if (terms.every((term) => typeof term === "string")) return { data, names: terms as readonly string[], dropped: [] };
  const { columns, rows, sample } = columnsByRole(caller, data, covariateRoles(terms));
  const view = rows === undefined ? data : data.take(rows);
  const names = termColumns(terms);
  const source: DesignSource = {
    rows: view.rowCount,
    numeric: (name) => columns.numeric[names.numeric.indexOf(name)]!,
    groups: (name) => columns.factors[names.factors.indexOf(name)]!,
  };
  const design = expandTerms(caller, terms, source);
  const made = design.filter(({ name }) => !data.has(name)).map((column) => [column.name, designValues(column, source)] as const);
  return {
    data: view.with(Object.fromEntries(made)) as unknown as Panel<Row>,
    names: design.map(({ name }) => name),
    dropped: sample.dropped,
  };
}
