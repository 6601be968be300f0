import type { Frame } from "../../../../src/data/index.ts";
import { factor, interaction, power } from "../../../../src/regression/index.ts";
import { Unsupported } from "../../harness/case.ts";

/** A row of a case's data. */
export type Row = Record<string, number | string>;

type Part = string | ReturnType<typeof factor<string>> | ReturnType<typeof power<string>>;

/** A term of our interface. */
export type CovariateTerm = Part | ReturnType<typeof interaction<string>>;

/** One name, power or factor of an R formula. */
function formulaPart(text: string): Part {
  const powered = /^I\((\w+)\^(\d+)\)$/.exec(text);
  if (powered !== null) return power(powered[1]!, Number(powered[2]));
  const indicator = /^(?:factor|as\.factor)\((\w+)\)$/.exec(text);
  if (indicator !== null) return factor(indicator[1]!);
  if (/^[\w.]+$/.test(text)) return text;
  throw new Unsupported(`unsupported argument formula term ${text}`);
}

/** Splits at a sign outside parentheses. */
export function splitOutside(text: string, sign: string): string[] {
  const parts: string[] = [];
  let [depth, start] = [0, 0];
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "(") depth++;
    else if (text[i] === ")") depth--;
    else if (text[i] === sign && depth === 0) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  return [...parts, text.slice(start)].map((part) => part.trim()).filter((part) => part !== "");
}

/** The terms of a one-sided R formula without its constant. */
export function formulaTerms(formula: string | undefined): CovariateTerm[] {
  return termsOf(splitOutside((formula ?? "~ 1").replace(/\s/g, "").replace(/^~/, ""), "+"));
}

/** Terms from their texts; `a * b` gives the parts and their product. */
export function termsOf(texts: readonly string[]): CovariateTerm[] {
  const terms = new Map<string, CovariateTerm>();
  const add = (parts: readonly string[]): void => {
    const key = [...parts].sort().join(":");
    if (!terms.has(key)) terms.set(key, parts.length === 1 ? formulaPart(parts[0]!) : interaction(...parts.map(formulaPart)));
  };
  for (const text of texts) {
    if (text === "1" || text === "0") continue;
    if (text.startsWith("i(")) {
      terms.set(text, indicators(text));
      continue;
    }
    if (!text.includes("*")) add(text.split(":"));
    else {
      const factors = text.split("*");
      for (let mask = 1; mask < 2 ** factors.length; mask++) add(factors.filter((_, j) => (mask >> j) % 2 === 1));
    }
  }
  return [...terms.values()];
}

/** fixest's `i(f, ref = r)` and `i(f, x, ref = r)`. */
function indicators(text: string): CovariateTerm {
  const { unnamed, named } = callArguments(text);
  if (unnamed.length > 2 || Object.keys(named).some((name) => name !== "ref")) throw new Unsupported(`unsupported argument ${text}`);
  const levels = factor(unnamed[0]!, { reference: named["ref"] === undefined ? null : numbersOf(named["ref"]) });
  return unnamed[1] === undefined ? levels : interaction(levels, unnamed[1]);
}

/** A fixed effect as fixest writes it: `id`, `cl^time`, `id[x]`, `id[[x]]`. */
export function effectOf(
  text: string,
): string | readonly string[] | { fixedEffect: string | string[]; slopes: string[]; intercept: boolean } {
  const slopes = /^([^[]+)\[(\[?)([^\]]+)\]+$/.exec(text);
  const columns = (names: string): string | string[] => (names.includes("^") ? names.split("^") : names);
  if (slopes === null) return columns(text);
  return { fixedEffect: columns(slopes[1]!), slopes: slopes[3]!.split(","), intercept: slopes[2] === "" };
}

/** A two-sided formula with fixed effects after a bar. */
export function splitFormula(formula: string): { readonly outcome: string; readonly terms: string[]; readonly effects: string[] } {
  const [left, right = ""] = splitOutside(formula.replace(/\s+/g, " "), "~");
  const [terms = "", effects = ""] = splitOutside(right, "|");
  return { outcome: left!, terms: splitOutside(terms.replace(/ /g, ""), "+"), effects: splitOutside(effects.replace(/ /g, ""), "+") };
}

/** Columns of `"~a + b"`. */
export const clusterColumns = (vcov: string): string[] => splitOutside(vcov.replace(/^~/, ""), "+");

/** A fixest vcov as an option of ours. */
export function vcovOption(vcov: string): { type: "iid" } | { type: "hetero" } | { type: "cluster"; by: string[] } {
  if (vcov === "iid" || vcov === "hetero") return { type: vcov };
  if (vcov.startsWith("~")) return { type: "cluster", by: clusterColumns(vcov) };
  throw new Unsupported(`unsupported argument vcov = ${vcov}`);
}

/** R's `a:b` or `c(a, b)` or one number. */
export function numbersOf(text: string): number[] {
  const range = /^(-?\d+):(-?\d+)$/.exec(text.trim());
  if (range !== null) {
    const [from, to] = [Number(range[1]), Number(range[2])];
    return Array.from({ length: to - from + 1 }, (_, i) => from + i);
  }
  const list = /^c\((.*)\)$/.exec(text.trim());
  if (list !== null && list[1]!.includes(":")) return splitOutside(list[1]!, ",").flatMap(numbersOf);
  const numbers = (list === null ? text : list[1]!)
    .split(",")
    .map((value) => (/^(?:TRUE|FALSE)$/.test(value.trim()) ? Number(value.trim() === "TRUE") : Number(value)));
  if (numbers.some(Number.isNaN)) throw new Unsupported(`unsupported argument ${text}`);
  return numbers;
}

/** The arguments of a call like `i(rel, x2, ref = -1)`: unnamed in order, then by name. */
export function callArguments(text: string): { readonly unnamed: string[]; readonly named: Readonly<Record<string, string>> } {
  const inside = text.slice(text.indexOf("(") + 1, text.lastIndexOf(")"));
  const unnamed: string[] = [];
  const named: Record<string, string> = {};
  for (const part of splitOutside(inside, ",")) {
    const match = /^([A-Za-z.]\w*(?:\.\w+)*)\s*=\s*(.+)$/.exec(part);
    if (match === null) unnamed.push(part);
    else named[match[1]!] = match[2]!;
  }
  return { unnamed, named };
}

/** `list('4' = 4:5, ...)` as bins. */
export function binsOf(text: string | undefined): { from: number; to: number; as: number }[] {
  if (text === undefined) return [];
  return splitOutside(text.replace(/^list\(/, "").replace(/\)$/, ""), ",").flatMap((part) => {
    const match = /^['"`]?(-?[\d.]+)['"`]?\s*=\s*(.+)$/.exec(part);
    if (match === null) throw new Unsupported(`unsupported argument bin ${part}`);
    return numbersOf(match[2]!).map((value) => ({ from: value, to: value, as: Number(match[1]) }));
  });
}

/** The value that a bin gives a number. */
export const binned = (value: number, bins: ReturnType<typeof binsOf>): number =>
  bins.find(({ from, to }) => value >= from && value <= to)?.as ?? value;

/** Columns of merged values in place of `bin`, and references in place of `keep`, inside `i()`; `rename` gives terms their names back. */
export function plainIndicators<Data extends Frame<Row>>(
  given: Data,
  texts: readonly string[],
): { readonly data: Data; readonly texts: readonly string[]; readonly rename: (term: string) => string } {
  let data = given;
  const names = new Map<string, string>();
  const plain = texts.map((text) => {
    if (!text.startsWith("i(")) return text;
    const { unnamed, named } = callArguments(text);
    const { bin, keep, ...others } = named;
    if (bin === undefined && keep === undefined) return text;
    const bins = binsOf(bin);
    const values = given.numbers(unnamed[0]! as never).map((value) => binned(value, bins));
    const column = `binned${names.size}__`;
    names.set(column, unnamed[0]!);
    data = data.with({ [column]: values }) as unknown as Data;
    const kept = keep === undefined ? undefined : numbersOf(keep);
    const left = kept === undefined ? [] : [...new Set(values)].filter((value) => !kept.includes(value));
    const references = [...(others["ref"] === undefined ? [] : numbersOf(others["ref"])), ...left];
    const rest = [column, ...unnamed.slice(1), ...(references.length === 0 ? [] : [`ref=c(${references.join(",")})`])];
    return `i(${rest.join(",")})`;
  });
  return { data, texts: plain, rename: (term) => [...names].reduce((name, [column, own]) => name.replaceAll(column, own), term) };
}
