import { readFileSync } from "node:fs";
import { join } from "node:path";
import Papa from "papaparse";
import { type ColumnInput, type Frame, frame } from "../../../src/data/index.ts";

/** One call of a reference package and the numbers it gave. */
export interface ReferenceCase {
  readonly case: string;
  readonly function?: string;
  readonly source: { readonly package: string; readonly version: string; readonly call: string };
  readonly data: string | null;
  readonly args: Readonly<Record<string, unknown>>;
  readonly expected: unknown;
  readonly tolerance?: Readonly<Record<string, unknown>>;
  /** Name of a CSV of bootstrap multipliers, where a case has one. */
  readonly multipliers?: string;
}

/** A value an adapter may meet in a case's arguments. */
export type Argument = string | number | boolean | null | readonly Argument[] | { readonly [name: string]: Argument };

/** Raised when a case uses what the library or the adapter does not have; the message is printed as it is. */
export class Unsupported extends Error {}

/**
 * The arguments of a case, with every look-up remembered: one that an adapter never asked for fails the case
 * (`unsupported argument NAME`), so that none is ignored.
 */
export class Arguments {
  private readonly values: Readonly<Record<string, unknown>>;
  private readonly seen: Set<string> = new Set();

  constructor(values: Readonly<Record<string, unknown>>) {
    this.values = values;
  }

  has(name: string): boolean {
    return name in this.values && this.values[name] !== undefined;
  }

  /** The argument's value, or the fallback when absent. `null` is a value. */
  get<T = Argument>(name: string, fallback?: T): T {
    this.seen.add(name);
    return (this.has(name) ? this.values[name] : fallback) as T;
  }

  /** The argument's value or `undefined`; a JSON null counts as absent. */
  optional<T = Argument>(name: string): T | undefined {
    const value = this.get<T | null | undefined>(name);
    return value === null ? undefined : value;
  }

  /** Marks arguments as understood without effect on the numbers (print settings, cores). */
  accept(...names: readonly string[]): void {
    for (const name of names) this.seen.add(name);
  }

  unread(): readonly string[] {
    return Object.keys(this.values).filter((name) => !this.seen.has(name));
  }
}

/** What an adapter works with. */
export interface CaseContext {
  readonly case: ReferenceCase;
  readonly args: Arguments;
  /** The case's data (or another CSV of its folder) as a frame; empty cells are missing, labels become categories. */
  table(file?: string): Frame<Record<string, number | string>>;
}

/** Turns a case into a call of the public API and its result into the shape of `expected`. Translates, never computes. */
export type Adapter = (context: CaseContext) => unknown | Promise<unknown>;

/** Adapters by the case's function name. */
export type Adapters = Readonly<Record<string, Adapter>>;

/** The function a case is about: its `function`, else the name before the first `(` of the call. */
export function functionName(reference: ReferenceCase): string {
  return reference.function ?? reference.source.call.split("(")[0]!.trim();
}

/** The context of a case whose files stand in `folder`. */
export function contextOf(folder: string, reference: ReferenceCase): CaseContext {
  return {
    case: reference,
    args: new Arguments(Array.isArray(reference.args) ? {} : reference.args),
    table: (file = reference.data ?? undefined) => {
      if (file === undefined) throw new Unsupported("the case has no data");
      return readTable(join(folder, file));
    },
  };
}

const MISSING = new Set(["", "NA", "NaN"]);

function readTable(path: string): Frame<Record<string, number | string>> {
  const { data } = Papa.parse<string[]>(readFileSync(path, "utf8").replace(/\r?\n$/, ""), { delimiter: "," });
  const [header, ...rows] = data as [string[], ...string[][]];
  const columns: Record<string, ColumnInput> = {};
  header.forEach((name, j) => {
    const cells = rows.map((row) => row[j] ?? "");
    columns[name] = cells.every(isNumeric)
      ? Float64Array.from(cells, toNumber)
      : cells.map((cell) => (cell === "" || cell === "NA" ? null : cell));
  });
  return frame(columns) as unknown as Frame<Record<string, number | string>>;
}

const toNumber = (cell: string): number =>
  MISSING.has(cell)
    ? Number.NaN
    : cell === "Inf"
      ? Number.POSITIVE_INFINITY
      : cell === "-Inf"
        ? Number.NEGATIVE_INFINITY
        : cell === "TRUE"
          ? 1
          : cell === "FALSE"
            ? 0
            : Number(cell);

const isNumeric = (cell: string): boolean => MISSING.has(cell) || !Number.isNaN(toNumber(cell));
