import fc from "fast-check";
import { expect, expectTypeOf, it } from "vitest";
import { noise, uniform } from "../../bench/harness/draws.ts";
import type { OptionError } from "../../src/core/errors.ts";
import { frame } from "../../src/data/index.ts";
import {
  type FormulaOptions,
  factor,
  formula,
  type IvFormulaOptions,
  interaction,
  iv,
  logarithm,
  ols,
  poisson,
  polynomial,
  power,
} from "../../src/regression/index.ts";

const NAMES = ["x", "x1", "x.2", "ref", "c", "i", "I", "factor", "größe", "two words", "TRUE", "a~b|c"];
const plain = /^[\p{L}_.][\p{L}\p{N}_.]*$/u;
const writeName = (name: string): string => (plain.test(name) ? name : `\`${name}\``);
const quoted = (level: unknown): string =>
  typeof level === "string" ? `'${level}'` : typeof level === "boolean" ? String(level).toUpperCase() : String(level);

type Piece = { readonly text: string; readonly term: unknown };
const names = fc.constantFrom(...NAMES);
const levels = fc.oneof(fc.constantFrom("a", "b c", "~|"), fc.integer({ min: -5, max: 2020 }), fc.boolean());
const column = names.map((name): Piece => ({ text: writeName(name), term: name }));
const powers = fc
  .tuple(names, fc.constantFrom(2, 3, 0.5, -1))
  .map(([name, exponent]): Piece => ({ text: `I(${writeName(name)} ^ ${exponent})`, term: power(name, exponent) }));
const factors = names.map((name): Piece => ({ text: `factor(${writeName(name)})`, term: factor(name) }));
const indicator = fc.tuple(names, fc.array(levels, { maxLength: 3 })).map(([name, left]): Piece => {
  const ref = left.length === 0 ? "" : `, ref = ${left.length === 1 ? quoted(left[0]) : `c(${left.map(quoted).join(",")})`}`;
  return {
    text: `i(${writeName(name)}${ref})`,
    term: factor(name, { reference: left.length === 0 ? null : left.length === 1 ? left[0]! : left }),
  };
});
const logs = names.map((name): Piece => ({ text: `log( ${writeName(name)})`, term: logarithm(name) }));
const atoms = fc.oneof(column, powers, logs, indicator);
// factor() takes its levels from the whole formula: here it stands alone, with a constant
const factorTerms = fc.oneof({ weight: 4, arbitrary: atoms }, { weight: 1, arbitrary: factors }).map((piece) => [piece]);
const terms = fc
  .oneof(fc.uniqueArray(atoms, { minLength: 1, maxLength: 3, selector: ({ text }) => text.replaceAll(" ", "") }), factorTerms)
  .map(
    (parts): Piece =>
      parts.length === 1
        ? parts[0]!
        : { text: parts.map(({ text }) => text).join(":"), term: interaction(...(parts.map(({ term }) => term) as string[])) },
  );
const effects = fc
  .tuple(fc.array(names, { minLength: 1, maxLength: 2 }), fc.array(names, { maxLength: 2 }), fc.boolean())
  .map(([columns, slopes, intercept]): Piece => {
    const base = columns.length === 1 ? columns[0] : columns;
    const text = columns.map(writeName).join("^");
    if (slopes.length === 0) return { text, term: base };
    const list = slopes.map(writeName).join(", ");
    return { text: intercept ? `${text}[${list}]` : `${text}[[${list}]]`, term: { fixedEffect: base, slopes, intercept } };
  });
const sum = (pieces: readonly Piece[]): string => pieces.map(({ text }) => text).join(" + ");
const termsOf = (pieces: readonly Piece[]): readonly unknown[] => pieces.map(({ term }) => term);

it("formula() reads what options write", () => {
  const list = fc.uniqueArray(terms, {
    minLength: 1,
    maxLength: 4,
    selector: ({ term }) =>
      JSON.stringify(
        [(term as { parts?: unknown[] }).parts ?? [term]]
          .flat()
          .map((part) => JSON.stringify(part))
          .sort(),
      ),
  });
  fc.assert(
    fc.property(
      names,
      list,
      fc.array(effects, { maxLength: 3 }),
      fc.option(fc.tuple(list, list)),
      fc.constantFrom("", " - 1", " + 0", " + 1"),
      (outcome, right, fixed, part, constant) => {
        fc.pre(constant === "" || constant === " + 1" || !right.some(({ text }) => text.includes("factor(")));
        const text = [
          `${writeName(outcome)} ~ ${sum(right)}${constant}`,
          ...(fixed.length === 0 ? [] : [sum(fixed)]),
          ...(part === null ? [] : [`${sum(part[0])} ~ ${sum(part[1])}`]),
        ].join(" | ");
        expect(formula(text)).toEqual({
          outcome,
          regressors: termsOf(right),
          ...(constant === "" ? {} : { intercept: constant === " + 1" }),
          ...(fixed.length === 0 ? {} : { fixedEffects: termsOf(fixed) }),
          ...(part === null ? {} : { endogenous: termsOf(part[0]), instruments: termsOf(part[1]) }),
        });
      },
    ),
    { numRuns: 300 },
  );
});

it("formula() writes products, slopes by level and empty effects out", () => {
  expect(formula("y~a*b*c").regressors).toEqual([
    "a",
    "b",
    "c",
    interaction("a", "b"),
    interaction("a", "c"),
    interaction("b", "c"),
    interaction("a", "b", "c"),
  ]);
  expect(formula("y ~ i(g, x, ref = 'a')").regressors).toEqual([interaction(factor("g", { reference: "a" }), "x")]);
  expect(formula("y ~ i(g, i.h, ref = 1, ref2 = 2)").regressors).toEqual([
    interaction(factor("g", { reference: 1 }), factor("h", { reference: 2 })),
  ]);
  expect(formula("y ~ 1 | 0 | e ~ z")).toEqual({ outcome: "y", regressors: [], intercept: true, endogenous: ["e"], instruments: ["z"] });
});

it("formulas give the estimates of their options, and the estimators' own errors", () => {
  const n = 200;
  const level = (seed: number, count: number): Float64Array =>
    Float64Array.from({ length: n }, (_, i) => Math.floor(count * uniform(seed, i)));
  const data = frame({
    y: noise(1, n),
    x: noise(2, n),
    z: noise(3, n),
    w: noise(4, n),
    g: level(5, 4),
    h: level(6, 5),
    t: level(7, 6),
    count: level(8, 9),
  });
  const text = formula("y ~ x + x:z + i(g, w, ref = 0) + factor(h) + I(z^2) | t[z] + g^h");
  expect(ols(data, { ...text, cluster: "t" }).estimates).toEqual(
    ols(data, {
      outcome: "y",
      regressors: ["x", interaction("x", "z"), interaction(factor("g", { reference: 0 }), "w"), factor("h"), power("z", 2)],
      fixedEffects: [{ fixedEffect: "t", slopes: ["z"] }, ["g", "h"]],
      cluster: "t",
    }).estimates,
  );
  expect(poisson(data, formula("count ~ x | g")).estimates).toEqual(
    poisson(data, { outcome: "count", regressors: ["x"], fixedEffects: "g" }).estimates,
  );
  expect(iv(data, formula("y ~ w | g | x ~ z")).estimates).toEqual(
    iv(data, { outcome: "y", regressors: ["w"], endogenous: "x", instruments: "z", fixedEffects: "g" }).estimates,
  );
  expect(() => ols(data, formula("y ~ nothing"))).toThrow(expect.objectContaining({ code: "UNKNOWN_COLUMN" }));
  expectTypeOf(formula("y ~ x | g")).toEqualTypeOf<FormulaOptions>();
  expectTypeOf(formula("y ~ x | e ~ z")).toEqualTypeOf<IvFormulaOptions>();
});

it.each([
  ["", 0, "the outcome's column"],
  ["log(y) ~ x", 3, '"~" after the outcome'],
  ["y ~", 3, "a column or a term"],
  ["y ~ x +", 7, "a column or a term"],
  ["y ~ x z", 6, "an operator"],
  ["y ~ x^2", 5, "a power written I(x^2)"],
  ["y ~ exp(x)", 4, "factor(), i(), I(), log() or poly()"],
  ["y ~ poly(x, 2, simple = TRUE)", 15, "raw = TRUE"],
  ["y ~ poly(x, 2, raw = 1)", 15, "raw = TRUE"],
  ["y ~ poly(x, 1.5, raw = TRUE)", 12, "a whole degree"],
  ["y ~ x - z", 8, '"1"'],
  ["y ~ (x + z", 10, '")"'],
  ["y ~ (x + z)^1.5", 12, "a whole power"],
  ["y ~ (x + 1)", 9, "a column or a term"],
  ["y ~ 2", 4, "a column, a term"],
  ["y ~ I(x)", 7, '"^" and a power'],
  ["y ~ i(g, ref = )", 15, "a level"],
  ["y ~ i(g, x, z)", 12, '"ref ="'],
  ["y ~ i(g, x, ref2 = 1)", 20, "a second factor"],
  ["y ~ x | id[z", 12, '"," or "]"'],
  ["y ~ x | id[[z]", 14, '"]]"'],
  ["y ~ x | 1", 8, "a column"],
  ["y ~ x | e ~ 1", 12, "the instruments"],
  ["y ~ x | g | h", 13, '"~" and the instruments'],
  ["y ~ x | g | e ~ z | a", 18, "an operator"],
  ["y ~ `x", 4, "closing `"],
])("%s: the error names the place and what it expects", (text, position, expected) => {
  let error: OptionError | undefined;
  try {
    formula(text);
  } catch (caught) {
    error = caught as OptionError;
  }
  expect(error?.code).toBe("FORMULA_SYNTAX");
  expect(error?.details["position"]).toBe(position);
  expect(error?.message).toContain(expected);
});

it("poly() stands for the powers, alone and in products", () => {
  const two = ["x", power("x", 2)] as const;
  expect(formula("y ~ poly(x, 2, raw = TRUE)").regressors).toEqual(two);
  expect(formula("y ~ poly(x, 2)").regressors).toEqual([polynomial("x", 2)]);
  expect(formula("y ~ poly(x, 2, raw = FALSE):w").regressors).toEqual([interaction(polynomial("x", 2), "w")]);
  expect(formula("y ~ w * poly(x, degree = 2, raw = T)").regressors).toEqual(["w", ...two, ...two.map((term) => interaction("w", term))]);
});

// colnames(model.matrix(formula)) of R 4.2 for a in 1:3, b in 1:2
const IN_R: readonly (readonly [string, string])[] = [
  ["y ~ factor(a)", "(Intercept) a::2 a::3"],
  ["y ~ 0 + factor(a)", "a::1 a::2 a::3"],
  ["y ~ 0 + factor(a) + factor(b)", "a::1 a::2 a::3 b::2"],
  ["y ~ 0 + x + factor(a)", "x a::1 a::2 a::3"],
  ["y ~ factor(a):x", "(Intercept) a::1:x a::2:x a::3:x"],
  ["y ~ x + factor(a):x", "(Intercept) x x:a::2 x:a::3"],
  ["y ~ x:factor(a)", "(Intercept) x:a::1 x:a::2 x:a::3"],
  ["y ~ factor(a) + factor(a):x", "(Intercept) a::2 a::3 a::1:x a::2:x a::3:x"],
  ["y ~ factor(a)*x", "(Intercept) a::2 a::3 x a::2:x a::3:x"],
  ["y ~ factor(a):factor(b)", "(Intercept) a::1:b::1 a::2:b::1 a::3:b::1 a::1:b::2 a::2:b::2 a::3:b::2"],
  ["y ~ factor(a) + factor(a):factor(b)", "(Intercept) a::2 a::3 a::1:b::2 a::2:b::2 a::3:b::2"],
  ["y ~ factor(b) + factor(a):factor(b)", "(Intercept) b::2 b::1:a::2 b::2:a::2 b::1:a::3 b::2:a::3"],
  ["y ~ factor(a)*factor(b)", "(Intercept) a::2 a::3 b::2 a::2:b::2 a::3:b::2"],
  ["y ~ 0 + factor(a):x", "a::1:x a::2:x a::3:x"],
  ["y ~ (x + z)^2", "(Intercept) x z x:z"],
  ["y ~ (x + z + factor(b))^2", "(Intercept) x z b::2 x:z x:b::2 z:b::2"],
  ["y ~ (x + factor(a)):z", "(Intercept) x:z a::2:z a::3:z"],
  ["y ~ x*z + x", "(Intercept) x z x:z"],
  ["y ~ x:x + z", "(Intercept) x z"],
  ["y ~ log(z) + I(x^2):factor(b)", "(Intercept) log(z) x^2:b::1 x^2:b::2"],
  ["y ~ 0 + factor(a)*factor(b)", "a::1 a::2 a::3 b::2 a::2:b::2 a::3:b::2"],
  ["y ~ (x + z + factor(b))^3", "(Intercept) x z b::2 x:z x:b::2 z:b::2 x:z:b::2"],
  ["y ~ factor(a):factor(b):x + x", "(Intercept) x a::1:b::1:x a::2:b::1:x a::3:b::1:x a::1:b::2:x a::2:b::2:x a::3:b::2:x"],
  ["y ~ factor(a):z + x:z", "(Intercept) a::1:z a::2:z a::3:z z:x"],
  ["y ~ factor(b):x + factor(a):x", "(Intercept) b::1:x b::2:x x:a::2 x:a::3"],
  ["y ~ factor(b):x + factor(a):factor(b)", "(Intercept) b::1:x b::2:x b::1:a::2 b::2:a::2 b::1:a::3 b::2:a::3"],
  ["y ~ 0 + x:z + factor(a):z", "x:z z:a::1 z:a::2 z:a::3"],
  ["y ~ poly(x, 2) + z", "(Intercept) poly(x, 2)1 poly(x, 2)2 z"],
  ["y ~ z:x + x:z", "(Intercept) z:x"],
];

it.each(IN_R)("%s has the columns that R makes", (text, columns) => {
  const rows = Array.from({ length: 24 }, (_, i) => ({
    a: (i % 3) + 1,
    b: (Math.floor(i / 3) % 2) + 1,
    x: uniform(1, i),
    z: 1 + uniform(2, i),
    y: noise(3, i + 1)[i]!,
  }));
  const { estimates, droppedTerms } = ols(frame.fromRows(rows), formula(text));
  const own = [...Object.keys(estimates), ...droppedTerms.map(({ term }) => term)];
  const sorted = (names: readonly string[]): readonly string[] => names.map((name) => name.split(":").sort().join(":")).sort();
  expect(sorted(own)).toEqual(sorted(columns.split(/(?<!,) /)));
});
