import { DataError, OptionError } from "../core/errors.ts";
import type { Groups } from "../data/roles.ts";
import { orthogonalRecurrence, polynomialValue, type Recurrence } from "./orthogonal-polynomial.ts";
import type { FactorTerm, InteractionTerm, LogarithmTerm, PolynomialTerm, PowerTerm } from "./terms.ts";

/** A power, the natural logarithm or an orthogonal polynomial of a numeric column. */
export type NumericPart =
  | { readonly column: string; readonly power: number }
  | { readonly column: string; readonly logarithm: true }
  | { readonly column: string; readonly polynomial: Recurrence };

/** One factor of a design column: a function of a numeric column, or the indicator of a level. */
export type DesignPart = NumericPart | { readonly column: string; readonly level: string };

/** How a design column is made from the data; an empty list of parts is the intercept. */
export interface DesignColumn {
  readonly name: string;
  readonly parts: readonly DesignPart[];
}

/** Row type of data whose columns are known by name only, as inside the library. */
export type AnyRow = Record<string, number | string>;

/** Terms as they are handled inside, whatever the row type. */
export type AnyTerm = string | FactorTerm | PowerTerm | LogarithmTerm | PolynomialTerm | InteractionTerm;

/** Columns the terms read. */
export interface TermColumns {
  readonly numeric: readonly string[];
  readonly factors: readonly string[];
}

/** Name of the constant. */
export const INTERCEPT = "(Intercept)";

/** The numeric and the factor columns of the terms, each once. */
export function termColumns(terms: readonly AnyTerm[]): TermColumns {
  const numeric = new Set<string>();
  const factors = new Set<string>();
  const visit = (term: AnyTerm): void => {
    if (typeof term === "string") numeric.add(term);
    else if (term.term === "power" || term.term === "logarithm" || term.term === "polynomial") numeric.add(term.column);
    else if (term.term === "factor") factors.add(term.column);
    else for (const part of term.parts) visit(part);
  };
  for (const term of terms) visit(term);
  return { numeric: [...numeric], factors: [...factors] };
}

/** Where the parts' values come from. */
export interface DesignSource {
  readonly rows: number;
  readonly numeric: (column: string) => Float64Array;
  readonly groups: (column: string) => Groups;
}

/** The design columns of the terms, in order. @throws OptionError `UNKNOWN_LEVEL`, `REPEATED_TERM`. @throws DataError `TOO_FEW_VALUES`. */
export function expandTerms(caller: string, terms: readonly AnyTerm[], source: DesignSource): readonly DesignColumn[] {
  const columns = terms.flatMap((term) => expandTerm(caller, term, source));
  const seen = new Set<string>();
  for (const { name } of columns) {
    if (seen.has(name)) {
      throw new OptionError("REPEATED_TERM", `Cannot run ${caller} as each regressor may stand once: "${name}" is given twice`, {
        term: name,
      });
    }
    seen.add(name);
  }
  return columns;
}

function expandTerm(caller: string, term: AnyTerm, source: DesignSource): readonly DesignColumn[] {
  if (typeof term === "string") return [{ name: term, parts: [{ column: term, power: 1 }] }];
  if (term.term === "power") return [{ name: `${term.column}^${term.exponent}`, parts: [{ column: term.column, power: term.exponent }] }];
  if (term.term === "logarithm") return [{ name: `log(${term.column})`, parts: [{ column: term.column, logarithm: true }] }];
  if (term.term === "polynomial") {
    const { column, degree } = term;
    const { centers, norms } = orthogonalRecurrence(caller, column, source.numeric(column), degree);
    return centers.map((_, j) => ({
      name: `poly(${column}, ${degree})${j + 1}`,
      parts: [{ column, polynomial: { centers: centers.slice(0, j + 1), norms: norms.slice(0, j + 2) } }],
    }));
  }
  if (term.term === "factor") {
    return keptLevels(caller, term, source.groups(term.column)).map((level) => ({
      name: `${term.column}::${level}`,
      parts: [{ column: term.column, level }],
    }));
  }
  return term.parts
    .map((part) => expandTerm(caller, part, source))
    .reduce((left, right) => left.flatMap((a) => right.map((b) => ({ name: `${a.name}:${b.name}`, parts: [...a.parts, ...b.parts] }))));
}

function keptLevels(caller: string, { column, reference }: FactorTerm, groups: Groups): readonly string[] {
  const labels = sortedLabels(groups);
  if (reference === null) return labels;
  const left = reference === undefined ? labels.slice(0, 1) : [reference].flat().map(String);
  for (const level of left) {
    if (labels.includes(level)) continue;
    throw new OptionError(
      "UNKNOWN_LEVEL",
      `Cannot run ${caller} as the reference level of "${column}" must occur in the rows used: "${level}" does not; the levels are ${labels.slice(0, 10).join(", ")}`,
      { column, level },
    );
  }
  return labels.filter((label) => !left.includes(label));
}

/** Labels in numeric order where all are numbers, else alphabetical. */
function sortedLabels({ count, label }: Groups): readonly string[] {
  const labels = Array.from({ length: count }, (_, code) => label(code));
  const numeric = labels.every((text) => text.trim() !== "" && Number.isFinite(Number(text)));
  return labels.sort(numeric ? (a, b) => Number(a) - Number(b) : (a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

/** The values of a design column; a plain column is the data's own array. @throws DataError `NOT_POSITIVE`. */
export function designValues({ parts }: DesignColumn, source: DesignSource): Float64Array {
  const only = parts[0];
  if (parts.length === 1 && only !== undefined && "power" in only && only.power === 1) return source.numeric(only.column);
  const out = new Float64Array(source.rows).fill(1);
  for (const part of parts) {
    if ("level" in part) multiplyByLevel(out, part.level, source.groups(part.column));
    else if ("power" in part) multiplyByPower(out, source.numeric(part.column), part.power);
    else if ("polynomial" in part) multiplyByPolynomial(out, source.numeric(part.column), part.polynomial);
    else multiplyByLogarithm(out, source.numeric(part.column), part.column);
  }
  return out;
}

function multiplyByLevel(out: Float64Array, level: string, { codes, count, label }: Groups): void {
  let wanted = -1;
  for (let code = 0; code < count; code++) if (label(code) === level) wanted = code;
  for (let i = 0; i < out.length; i++) if (codes[i] !== wanted) out[i] = 0;
}

/** Whole powers by repeated multiplication, exact for integers; others by `**`. */
function multiplyByPower(out: Float64Array, x: Float64Array, exponent: number): void {
  const whole = Number.isInteger(exponent) && exponent > 0 && exponent <= 20;
  for (let i = 0; i < out.length; i++) {
    let value = whole ? 1 : x[i]! ** exponent;
    if (whole) for (let p = 0; p < exponent; p++) value *= x[i]!;
    out[i]! *= value;
  }
}

function multiplyByLogarithm(out: Float64Array, x: Float64Array, column: string): void {
  for (let i = 0; i < out.length; i++) out[i]! *= logarithmOf(x[i]!, column);
}

function multiplyByPolynomial(out: Float64Array, x: Float64Array, recurrence: Recurrence): void {
  for (let i = 0; i < out.length; i++) out[i]! *= polynomialValue(recurrence, x[i]!);
}

/** A numeric part's value at a column's value. @throws DataError `NOT_POSITIVE`. */
export function numericPart(part: NumericPart, x: number): number {
  if ("polynomial" in part) return polynomialValue(part.polynomial, x);
  return "power" in part ? x ** part.power : logarithmOf(x, part.column);
}

function logarithmOf(x: number, column: string): number {
  if (x > 0) return Math.log(x);
  throw new DataError(
    "NOT_POSITIVE",
    `Cannot take the logarithm of "${column}" as its values must be positive: one is ${x}; leave those rows out or transform the column first`,
    { column, value: x },
  );
}
