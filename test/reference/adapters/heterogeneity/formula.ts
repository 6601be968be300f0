import { factor, interaction, logarithm, power, type Term, type TermPart } from "../../../../src/regression/index.ts";
import type { Arguments } from "../../harness/case.ts";
import type { Data } from "./scores.ts";

type AnyRow = Record<string, number | string>;
type Part = TermPart<string>;

/** A design column: its name in R, and the term that makes it here. */
export interface NamedTerm {
  readonly r: string;
  readonly term: Term<AnyRow>;
  /** The term's name in our results. */
  readonly ours: string;
}

interface Piece {
  readonly r: string;
  readonly part: Part;
  readonly ours: string;
}

/** Levels of a label column in the case's order. */
export function levelsOf(data: Data, args: Arguments, column: string): readonly string[] {
  const given = args.get<Record<string, string[]>>("factor_levels", {})[column];
  if (given !== undefined) return given;
  const data_ = data.column(column);
  return data_.type === "category" ? [...data_.levels].sort() : [...new Set(data_.values)].sort((a, b) => a - b).map(String);
}

/** Columns of one variable of a formula: itself, a power, or a factor's levels but the first. */
function pieces(data: Data, args: Arguments, variable: string): Piece[] {
  const squared = /^I\((\w+)\^(\d)\)$/.exec(variable);
  if (squared !== null) {
    const ours = `${squared[1]}^${squared[2]}`;
    return [{ r: variable, part: power(squared[1]!, Number(squared[2])), ours }];
  }
  const logged = /^log\((\w+)\)$/.exec(variable);
  if (logged !== null) return [{ r: variable, part: logarithm(logged[1]!), ours: variable }];
  const raw = /^poly\((\w+), *(?:degree *= *)?(\d), *raw *= *T(?:RUE)?\)$/.exec(variable);
  if (raw !== null) {
    const powers = Array.from({ length: Number(raw[2]) }, (_, p) => p + 1);
    return powers.map((exponent): Piece => {
      const ours = exponent === 1 ? raw[1]! : `${raw[1]}^${exponent}`;
      return { r: `${variable}${exponent}`, part: exponent === 1 ? raw[1]! : power(raw[1]!, exponent), ours };
    });
  }
  const wrapped = /^factor\((\w+)\)$/.exec(variable);
  const column = wrapped?.[1] ?? variable;
  if (wrapped === null && data.column(column).type !== "category") return [{ r: variable, part: column, ours: column }];
  const levels = levelsOf(data, args, column);
  return levels.slice(1).map((level) => ({
    r: `${variable}${level}`,
    part: factor(column, { reference: levels.filter((other) => other !== level) }),
    ours: `${column}::${level}`,
  }));
}

/** The terms of `a * b + c + d:e` in R's order: main effects as they appear, then products by their order. */
function expand(right: string): string[][] {
  const terms: string[][] = [];
  for (const text of right.split("+").map((one) => one.trim())) {
    const factors = text.split("*").map((one) => one.split(":").map((variable) => variable.trim()));
    for (let size = 1; size <= factors.length; size++) {
      const pick = (start: number, chosen: string[], left: number): void => {
        if (left === 0) {
          const term = [...new Set(chosen)];
          if (!terms.some((other) => sameVariables(other, term))) terms.push(term);
          return;
        }
        for (let i = start; i < factors.length; i++) pick(i + 1, [...chosen, ...factors[i]!], left - 1);
      };
      pick(0, [], size);
    }
  }
  const rank = terms.flatMap((term) => (term.length === 1 ? term : []));
  const place = (variable: string): number => rank.indexOf(variable);
  return terms
    .sort((a, b) => a.length - b.length)
    .map((term) => (term.every((one) => place(one) >= 0) ? term.sort((a, b) => place(a) - place(b)) : term));
}

const sameVariables = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((one) => b.includes(one));

/** An R formula as outcome and regressors in the order of R's coefficients (the intercept comes first in both). */
export function parseFormula(
  formula: string,
  data: Data,
  args: Arguments,
): { readonly outcome: string; readonly terms: readonly NamedTerm[] } {
  const [outcome, right] = formula.split("~").map((part) => part.trim()) as [string, string];
  const terms = expand(right).flatMap((variables) => {
    // R lets the first variable vary fastest.
    const combined = variables
      .map((variable) => pieces(data, args, variable))
      .reduce<Piece[][]>((left, next) => next.flatMap((piece) => (left.length === 0 ? [[piece]] : left.map((one) => [...one, piece]))), []);
    return combined.map((list): NamedTerm => {
      const term = list.length === 1 ? list[0]!.part : interaction(...list.map(({ part }) => part));
      return { r: list.map(({ r }) => r).join(":"), term: term as Term<AnyRow>, ours: list.map(({ ours }) => ours).join(":") };
    });
  });
  return { outcome, terms };
}

/** Covariates of a case as terms, labels as single indicators in the case's order of levels. */
export const covariateTerms = (data: Data, args: Arguments): Term<AnyRow>[] =>
  args.get<string[]>("covariates", []).flatMap((name) => pieces(data, args, name).map(({ part }) => part as Term<AnyRow>));
