import { OptionError } from "../core/errors.ts";

const NAME = /[\p{L}_.][\p{L}\p{N}_.]*/uy;
const NUMBER = /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y;
const SPACE = /\s*/y;

/** Reads a formula's symbols from left to right; every failure names the place and what could have stood there. */
export class FormulaReader {
  private readonly source: string;
  private at = 0;

  constructor(source: string) {
    if (typeof source !== "string") {
      throw new OptionError("FORMULA_SYNTAX", `Cannot read the formula as it must be a text: ${typeof source} was given`, {
        position: 0,
        expected: "a text",
      });
    }
    this.source = source;
    this.skip();
  }

  /** Where the next symbol begins, from 0. */
  position(): number {
    return this.at;
  }

  /** Whether the next symbol is this one. */
  peek(symbol: string): boolean {
    return this.source.startsWith(symbol, this.at);
  }

  /** Reads the symbol if it is next. */
  accept(symbol: string): boolean {
    if (!this.peek(symbol)) return false;
    this.at += symbol.length;
    this.skip();
    return true;
  }

  /** Reads the symbol. @throws OptionError `FORMULA_SYNTAX`. */
  expect(symbol: string, expected: string): void {
    if (!this.accept(symbol)) throw this.error(expected);
  }

  /** Reads the word if it is the whole next name. */
  acceptWord(word: string): boolean {
    if (this.match(NAME) !== word) return false;
    return this.accept(word);
  }

  /** Whether a name in backticks follows. */
  quotedNext(): boolean {
    return this.peek("`");
  }

  /** A column's name, plain or in backticks. @throws OptionError `FORMULA_SYNTAX`. */
  name(expected: string): string {
    if (this.peek("`")) return this.quoted("`", expected);
    const found = this.match(NAME);
    if (found === undefined) throw this.error(expected);
    this.accept(found);
    return found;
  }

  /** A number without sign, if one is next. */
  number(): number | undefined {
    const found = this.match(NUMBER);
    if (found === undefined) return undefined;
    this.accept(found);
    return Number(found);
  }

  /** A text in single or double quotes, if one is next. */
  text(): string | undefined {
    for (const quote of ["'", '"']) if (this.peek(quote)) return this.quoted(quote, "a text");
    return undefined;
  }

  /** Whether a tilde stands in the part that is read next, outside quotes. */
  hasTilde(): boolean {
    let quote = "";
    for (let i = this.at; i < this.source.length; i++) {
      const symbol = this.source[i]!;
      if (quote !== "") quote = symbol === quote ? "" : quote;
      else if (symbol === "`" || symbol === "'" || symbol === '"') quote = symbol;
      else if (symbol === "|") return false;
      else if (symbol === "~") return true;
    }
    return false;
  }

  /** Nothing may follow. @throws OptionError `FORMULA_SYNTAX`. */
  end(): void {
    if (this.at < this.source.length) throw this.error('an operator ("+", ":", "*", "|") or the end');
  }

  /** The error for what stands at a place. */
  error(expected: string, position: number = this.at): OptionError {
    const found = position >= this.source.length ? "the end" : `"${this.source.slice(position, position + 12)}"`;
    return new OptionError(
      "FORMULA_SYNTAX",
      `Cannot read the formula "${this.source}" as ${expected} must stand at position ${position}: ${found} was found`,
      { formula: this.source, position, expected },
    );
  }

  private quoted(quote: string, expected: string): string {
    const end = this.source.indexOf(quote, this.at + 1);
    if (end < 0) throw this.error(`${expected} with a closing ${quote}`);
    const found = this.source.slice(this.at + 1, end);
    if (found === "") throw this.error(expected);
    this.at = end + 1;
    this.skip();
    return found;
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    return pattern.exec(this.source)?.[0];
  }

  private skip(): void {
    SPACE.lastIndex = this.at;
    SPACE.exec(this.source);
    this.at = SPACE.lastIndex;
  }
}
