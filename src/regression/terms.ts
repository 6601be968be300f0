import { checkNumber, checkOptions } from "../core/options.ts";
import type { AnyColumn, NumericColumn } from "../data/index.ts";

/** A level of a factor as the data hold it. */
export type LevelValue = string | number | boolean;

/** One indicator for each level of a column but the reference. Made by {@link factor}. */
export interface FactorTerm<Name extends string = string> {
  readonly term: "factor";
  readonly column: Name;
  /** The level left out; `null` keeps all; `undefined` leaves out the first. */
  readonly reference: LevelValue | readonly LevelValue[] | null | undefined;
}

/** A column to a power. Made by {@link power}. */
export interface PowerTerm<Name extends string = string> {
  readonly term: "power";
  readonly column: Name;
  readonly exponent: number;
}

/** The natural logarithm of a column. Made by {@link logarithm}. */
export interface LogarithmTerm<Name extends string = string> {
  readonly term: "logarithm";
  readonly column: Name;
}

/** Orthogonal polynomials of a column up to a degree. Made by {@link polynomial}. */
export interface PolynomialTerm<Name extends string = string> {
  readonly term: "polynomial";
  readonly column: Name;
  readonly degree: number;
}

/** A part of an interaction. */
export type TermPart<Name extends string = string> = Name | FactorTerm<Name> | PowerTerm<Name> | LogarithmTerm<Name> | PolynomialTerm<Name>;

/** Products of the parts' columns. Made by {@link interaction}. */
export interface InteractionTerm<Name extends string = string> {
  readonly term: "interaction";
  readonly parts: readonly TermPart<Name>[];
}

/** A regressor: a numeric column, or a term built from columns. */
export type Term<Row> =
  | NumericColumn<Row>
  | FactorTerm<AnyColumn<Row>>
  | PowerTerm<NumericColumn<Row>>
  | LogarithmTerm<NumericColumn<Row>>
  | PolynomialTerm<NumericColumn<Row>>
  | InteractionTerm<AnyColumn<Row>>;

/** Options of {@link factor}. */
export interface FactorOptions {
  /** Level (or levels) without an indicator; default the first in numeric or alphabetical order; `null` keeps all levels. */
  readonly reference?: LevelValue | readonly LevelValue[] | null;
}

/**
 * Indicators for the levels of a column, named `column::level`.
 * @example
 * ols(people, { outcome: "hours", regressors: ["age", factor("education", { reference: "secondary" })] });
 */
export function factor<const Name extends string>(column: Name, options: FactorOptions = {}): FactorTerm<Name> {
  checkOptions("regression.factor", options);
  return { term: "factor", column, reference: options.reference };
}

/** A numeric column to a power, named `column^exponent`. */
export function power<const Name extends string>(column: Name, exponent: number): PowerTerm<Name> {
  return { term: "power", column, exponent };
}

/** The natural logarithm of a numeric column, named `log(column)`; estimators throw DataError `NOT_POSITIVE` where a value has none. */
export function logarithm<const Name extends string>(column: Name): LogarithmTerm<Name> {
  return { term: "logarithm", column };
}

/**
 * Polynomials of a numeric column up to a degree, orthogonal and of unit length over the rows used (weights do not count), as R's `poly`; named `poly(column, degree)1` and so on.
 * Estimators throw DataError `TOO_FEW_VALUES` unless the column has more distinct values than the degree.
 * @throws OptionError `INVALID_OPTION`: no whole degree of at least 1.
 * @example
 * ols(people, { outcome: "hours", regressors: [polynomial("age", 3)] });
 */
export function polynomial<const Name extends string>(column: Name, degree: number): PolynomialTerm<Name> {
  return { term: "polynomial", column, degree: checkNumber("regression.polynomial", "degree", degree, { min: 1, integer: true }) };
}

/**
 * Products of columns, powers, logarithms, polynomials and factors, named by their parts with a colon between.
 * A factor part leaves its reference level out, as {@link factor} does.
 */
export function interaction<const Name extends string>(...parts: readonly TermPart<Name>[]): InteractionTerm<Name> {
  return { term: "interaction", parts };
}
