import type { AnyTerm } from "./design.ts";
import { FormulaReader } from "./formula-reader.ts";
import { type Atom, coded, crossed, distinct, joined, type Products, raised } from "./formula-terms.ts";
import { type FactorTerm, factor, type LevelValue, logarithm, type PowerTerm, polynomial, power } from "./terms.ts";

/**
 * Options that a formula stands for, to be spread into those of an estimator. Columns are typed `never`, which fits every data type:
 * their names are checked when the estimator reads the data, not by the compiler.
 */
export interface FormulaOptions {
  readonly outcome: never;
  readonly regressors: readonly never[];
  readonly intercept?: boolean;
  readonly fixedEffects?: readonly never[];
}

/** {@link FormulaOptions} of a formula with an instrumental part, for `iv`. */
export interface IvFormulaOptions extends FormulaOptions {
  readonly endogenous: readonly never[];
  readonly instruments: readonly never[];
}

/** What the parser finds, columns by name. */
interface Parsed {
  readonly outcome: string;
  readonly regressors: readonly AnyTerm[];
  readonly intercept?: boolean;
  readonly fixedEffects?: readonly unknown[];
  readonly endogenous?: readonly AnyTerm[];
  readonly instruments?: readonly AnyTerm[];
}

interface TermList {
  readonly terms: readonly AnyTerm[];
  readonly intercept: boolean | undefined;
}

/**
 * The options a formula in the manner of R and fixest stands for:
 *
 * - `y ~ x1 + x2`: outcome and regressors; `0` or `-1` among them leaves the constant out, `1` asks for it.
 * - `x1:x2` the product, `x1*x2` both columns and their product, `(a + b + c)^2` all columns and products of two, `I(x^2)` a power, `log(x)` the natural
 *   logarithm; `poly(x, 3)` orthogonal polynomials up to the third, `poly(x, 3, raw = TRUE)` the powers. A term given twice counts once.
 * - `factor(h)` indicators without the first level, or of all levels where R has them: in `factor(h):x` without `x`, and in the first factor where there is no constant;
 *   `i(h)` of all levels (a redundant one is left out in estimation, with a warning);
 *   `i(h, ref = "a")` and `i(h, ref = c(1, 2))` without those; `i(h, x)` the slope of `x` in each level; `i(h, i.g, ref2 = "b")` of both.
 * - `| id + year` absorbed effects; `a^b` their combination, `id[x, z]` with slopes for each level, `id[[x]]` slopes alone; `0` none.
 * - `| x ~ z1 + z2` endogenous regressors and instruments, for `iv`.
 *
 * Names that are not plain words stand in backticks. The outcome and other transformations (lags, splines) are made in the data first.
 *
 * @throws OptionError `FORMULA_SYNTAX` with `details.position` (from 0) and `details.expected`.
 * @example
 * ols(people, { ...formula("hours ~ program + i(education, ref = 'none') + I(age^2) | person + month"), cluster: "person" });
 * iv(people, formula("wage ~ age | city | training ~ offer + distance"));
 */
export function formula<const Text extends string>(
  text: Text,
): Text extends `${string}|${string}~${string}` ? IvFormulaOptions : FormulaOptions {
  return parse(new FormulaReader(text)) as unknown as Text extends `${string}|${string}~${string}` ? IvFormulaOptions : FormulaOptions;
}

function parse(reader: FormulaReader): Parsed {
  const outcome = reader.name("the outcome's column");
  reader.expect("~", '"~" after the outcome (transform the outcome in the data first)');
  const { terms, intercept } = termList(reader);
  let effects: readonly unknown[] = [];
  let parts: Pick<Parsed, "endogenous" | "instruments"> = {};
  if (reader.accept("|")) {
    if (reader.hasTilde()) parts = instrumental(reader);
    else {
      effects = effectList(reader);
      if (reader.accept("|")) parts = instrumental(reader);
    }
  }
  reader.end();
  return {
    outcome,
    regressors: terms,
    ...(intercept === undefined ? {} : { intercept }),
    ...(effects.length === 0 ? {} : { fixedEffects: effects }),
    ...parts,
  };
}

function instrumental(reader: FormulaReader): Pick<Parsed, "endogenous" | "instruments"> {
  const endogenous = plainTerms(reader, "the endogenous regressors");
  reader.expect("~", '"~" and the instruments');
  return { endogenous, instruments: plainTerms(reader, "the instruments") };
}

function plainTerms(reader: FormulaReader, what: string): readonly AnyTerm[] {
  const start = reader.position();
  const { terms, intercept } = termList(reader);
  if (intercept !== undefined || terms.length === 0) throw reader.error(`${what}, without a constant`, start);
  return terms;
}

/** Terms joined by plus; 0, 1 and -1 speak of the constant. */
function termList(reader: FormulaReader): TermList {
  const products: Products[] = [];
  let intercept: boolean | undefined;
  let minus = reader.accept("-");
  do {
    const start = reader.position();
    const constant = reader.number();
    if (constant === undefined) {
      if (minus) throw reader.error('"1", as only the constant can be taken away', start);
      products.push(product(reader));
    } else if (constant === 1) intercept = !minus;
    else if (constant === 0 && !minus) intercept = false;
    else throw reader.error('a column, a term, "0" or "1"', start);
    minus = reader.accept("-");
  } while (minus || reader.accept("+"));
  return { terms: coded(distinct(products.flat()), intercept !== false), intercept };
}

/** `a*b`, which stands for `a + b + a:b`. */
function product(reader: FormulaReader): Products {
  let terms = cross(reader);
  while (reader.accept("*")) terms = joined(terms, cross(reader));
  return terms;
}

/** `a:b:c`. */
function cross(reader: FormulaReader): Products {
  let products = raisedPiece(reader);
  while (reader.accept(":")) products = crossed(products, raisedPiece(reader));
  return products;
}

/** `(a + b)^2`, or a piece that has no power. */
function raisedPiece(reader: FormulaReader): Products {
  if (!reader.accept("(")) return atom(reader);
  const pieces: Products[] = [];
  do pieces.push(product(reader));
  while (reader.accept("+"));
  reader.expect(")", '"+", ":", "*" or ")"');
  const whole = distinct(pieces.flat());
  if (!reader.accept("^")) return whole;
  const start = reader.position();
  const times = reader.number();
  if (times === undefined || !Number.isInteger(times) || times < 1) throw reader.error("a whole power of at least 1", start);
  return raised(whole, times);
}

/** One piece of a product; `i(g, x)` is a product of two parts itself. */
function atom(reader: FormulaReader): Products {
  const start = reader.position();
  const quoted = reader.quotedNext();
  const name = reader.name("a column or a term");
  if (quoted || !reader.accept("(")) {
    if (reader.peek("^")) throw reader.error(`a power written I(${name}^2)`);
    return [[name]];
  }
  if (name === "poly") return polynomials(reader);
  if (name === "log") {
    const column = reader.name("the column of the logarithm");
    reader.expect(")", '")"');
    return [[logarithm(column)]];
  }
  if (name === "factor") {
    const column = reader.name("the column of the factor");
    reader.expect(")", '")"');
    return [[factor(column)]];
  }
  if (name === "I") return [[powerOf(reader)]];
  if (name === "i") return [indicators(reader)];
  throw reader.error(
    `factor(), i(), I(), log() or poly(), as ${name}() is not part of the language: make the column in the data first`,
    start,
  );
}

/** `poly(x, degree)`, or `poly(x, degree, raw = TRUE)`; the opening parenthesis is read. */
function polynomials(reader: FormulaReader): Products {
  const column = reader.name("the column of the polynomial");
  reader.expect(",", '"," and the degree');
  reader.acceptWord("degree") && reader.expect("=", '"="');
  const start = reader.position();
  const degree = reader.number();
  if (degree === undefined || !Number.isInteger(degree) || degree < 1) throw reader.error("a whole degree of at least 1", start);
  let raw = false;
  if (reader.accept(",")) {
    const rest = reader.position();
    const named = reader.acceptWord("raw") && reader.accept("=");
    raw = named && (reader.acceptWord("TRUE") || reader.acceptWord("T"));
    if (!named || !(raw || reader.acceptWord("FALSE") || reader.acceptWord("F"))) throw reader.error('"raw = TRUE" or "raw = FALSE"', rest);
  }
  reader.expect(")", '")"');
  if (!raw) return [[polynomial(column, degree)]];
  return Array.from({ length: degree }, (_, p) => [p === 0 ? column : power(column, p + 1)]);
}

function powerOf(reader: FormulaReader): PowerTerm {
  const column = reader.name("a column");
  reader.expect("^", '"^" and a power');
  const negative = reader.accept("-");
  const exponent = reader.number();
  if (exponent === undefined) throw reader.error("a number");
  reader.expect(")", '")"');
  return power(column, negative ? -exponent : exponent);
}

/** `i(g)`, `i(g, x)`, `i(g, i.h, ref = ..., ref2 = ...)`; the opening parenthesis is read. */
function indicators(reader: FormulaReader): readonly Atom[] {
  const column = reader.name("the column of the levels");
  const references = new Map<string, readonly LevelValue[]>();
  let second: string | undefined;
  let secondIsFactor = false;
  while (reader.accept(",")) {
    const start = reader.position();
    const quoted = reader.quotedNext();
    const name = reader.name('a column, "ref =" or "ref2 ="');
    if (!quoted && reader.accept("=")) {
      if ((name !== "ref" && name !== "ref2") || references.has(name)) throw reader.error('"ref" or "ref2", each once', start);
      references.set(name, levelValues(reader));
    } else if (second === undefined && references.size === 0) {
      secondIsFactor = !quoted && name.startsWith("i.");
      second = secondIsFactor ? name.slice(2) : name;
    } else throw reader.error('"ref =" or ")"', start);
  }
  if (references.has("ref2") && !secondIsFactor) throw reader.error('a second factor "i.column" for "ref2"');
  reader.expect(")", '"," or ")"');
  const made = (name: string, option: string): FactorTerm => {
    const levels = references.get(option) ?? [];
    return factor(name, { reference: levels.length === 0 ? null : levels.length === 1 ? levels[0]! : levels });
  };
  if (second === undefined) return [made(column, "ref")];
  return [made(column, "ref"), secondIsFactor ? made(second, "ref2") : second];
}

/** A level, or several in `c()`. */
function levelValues(reader: FormulaReader): readonly LevelValue[] {
  const start = reader.position();
  if (reader.acceptWord("c")) {
    reader.expect("(", '"("');
    const values: LevelValue[] = [];
    do values.push(levelValue(reader));
    while (reader.accept(","));
    reader.expect(")", '"," or ")"');
    if (values.length === 0) throw reader.error("at least one level", start);
    return values;
  }
  return [levelValue(reader)];
}

function levelValue(reader: FormulaReader): LevelValue {
  const text = reader.text();
  if (text !== undefined) return text;
  const negative = reader.accept("-");
  const value = reader.number();
  if (value !== undefined) return negative ? -value : value;
  if (!negative && reader.acceptWord("TRUE")) return true;
  if (!negative && reader.acceptWord("FALSE")) return false;
  throw reader.error("a level: a number, a quoted text, TRUE or FALSE");
}

function effectList(reader: FormulaReader): readonly unknown[] {
  const effects: unknown[] = [];
  do {
    const start = reader.position();
    const constant = reader.number();
    if (constant === undefined) effects.push(effect(reader));
    else if (constant !== 0 || effects.length > 0) throw reader.error('a column, or "0" for no fixed effects', start);
  } while (reader.accept("+"));
  return effects;
}

function effect(reader: FormulaReader): unknown {
  const columns = [reader.name("the column of a fixed effect")];
  while (reader.accept("^")) columns.push(reader.name("a column to combine"));
  const base = columns.length === 1 ? columns[0]! : columns;
  if (!reader.accept("[")) return base;
  const intercept = !reader.accept("[");
  const slopes = [reader.name("the column of a slope")];
  while (reader.accept(",")) slopes.push(reader.name("the column of a slope"));
  reader.expect("]", '"," or "]"');
  if (!intercept) reader.expect("]", '"]]"');
  return { fixedEffect: base, slopes, intercept };
}
