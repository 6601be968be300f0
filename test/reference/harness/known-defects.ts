import { readFileSync } from "node:fs";

/** Numbers of a reference package that its notes call a defect; ours is right there, so they are left out of the comparison. */
export interface KnownDefect {
  /** Function as a case names it. */
  readonly function: string;
  /** Argument values under which the defect shows; an absent argument equals null; a list means any of its values. */
  readonly when: Readonly<Record<string, unknown>>;
  /** Paths of `expected` that carry it; `*` stands for one name or index. */
  readonly paths: readonly string[];
  /** Section of the notes that calls it a defect. */
  readonly notes: string;
  /** Why ours is right. */
  readonly reason: string;
}

const all = JSON.parse(readFileSync(new URL("../known-defects.json", import.meta.url), "utf8")) as readonly KnownDefect[];

/** The defects that concern a call. */
export function knownDefects(name: string, args: Readonly<Record<string, unknown>>): readonly KnownDefect[] {
  return all.filter(
    (defect) => defect.function === name && Object.entries(defect.when).every(([argument, value]) => holds(value, args[argument])),
  );
}

/** `"*"` asks only that the argument is given. */
function holds(wanted: unknown, given: unknown): boolean {
  if (wanted === "*") return given !== undefined && given !== null;
  if (Array.isArray(wanted)) return wanted.some((value) => holds(value, given));
  return JSON.stringify(wanted) === JSON.stringify(given ?? null);
}
