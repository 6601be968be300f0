import type { Frame } from "../data/index.ts";
import { type Groups, groupsRole, numbersRole } from "../data/roles.ts";
import { type AnyTerm, type DesignSource, designValues, expandTerms, termColumns } from "../regression/design.ts";

/** Roles of the columns that covariate terms read, for `columnsByRole`. */
export function covariateRoles(terms: readonly AnyTerm[]): {
  readonly numeric: ReturnType<typeof numbersRole>;
  readonly factors: ReturnType<typeof groupsRole>;
} {
  const { numeric, factors } = termColumns(terms);
  return { numeric: numbersRole(numeric), factors: groupsRole(factors) };
}

/** Design columns of covariate terms by row, without the constant; plain columns are the data's own arrays. */
export function covariateColumns(
  caller: string,
  terms: readonly AnyTerm[],
  found: { readonly numeric: readonly Float64Array[]; readonly factors: readonly Groups[] },
  rows: number,
): readonly Float64Array[] {
  const names = termColumns(terms);
  const source: DesignSource = {
    rows,
    numeric: (name) => found.numeric[names.numeric.indexOf(name)]!,
    groups: (name) => found.factors[names.factors.indexOf(name)]!,
  };
  return expandTerms(caller, terms, source).map((column) => designValues(column, source));
}

/** A category column named by itself stands for indicators of its levels. */
export function covariateTerms<Row>(data: Frame<Row>, terms: readonly unknown[]): readonly AnyTerm[] {
  return (terms as readonly AnyTerm[]).map((term) =>
    typeof term === "string" && data.has(term) && data.column(term as never).type === "category"
      ? { term: "factor", column: term, reference: undefined }
      : term,
  );
}

/** Number of columns the covariate terms read: what small groups are measured against. */
export function covariateCount(terms: readonly AnyTerm[]): number {
  const { numeric, factors } = termColumns(terms);
  return numeric.length + factors.length;
}

/** Rows of a design with a leading constant: n by p, row-major. */
export function gatherDesign(columns: readonly Float64Array[], rows: Int32Array): Float64Array {
  const p = columns.length + 1;
  const X = new Float64Array(rows.length * p);
  for (let i = 0; i < rows.length; i++) X[i * p] = 1;
  columns.forEach((column, j) => {
    for (let i = 0; i < rows.length; i++) X[i * p + j + 1] = column[rows[i]!]!;
  });
  return X;
}
