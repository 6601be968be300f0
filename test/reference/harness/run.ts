import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join, relative, resolve } from "node:path";
import { WhatworksError } from "../../../src/core/index.ts";
import { adapters } from "../adapters/index.ts";
import { contextOf, functionName, type ReferenceCase, Unsupported } from "./case.ts";
import { type Difference, differences, toleranceOf } from "./compare.ts";
import { type KnownDefect, knownDefects } from "./known-defects.ts";

/** What became of one case. */
export interface Outcome {
  /** `<area>/<case>`, the area being the folder the case stands in. */
  readonly id: string;
  readonly area: string;
  readonly passed: boolean;
  /** Why it failed, with the worst number. */
  readonly message?: string;
  /** Defects of the reference whose numbers were left out. */
  readonly defects: readonly KnownDefect[];
}

/** All case files below a folder, in order of path. */
export function caseFiles(folder: string): string[] {
  const found: string[] = [];
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) found.push(...caseFiles(path));
    else if (name.endsWith(".json") && isCase(path)) found.push(path);
  }
  return found;
}

function isCase(path: string): boolean {
  const text = readFileSync(path, "utf8");
  return text.includes('"expected"') && text.includes('"source"');
}

/** Runs one case against the library. */
export async function runCase(path: string): Promise<Outcome> {
  const folder = resolve(path, "..");
  const reference = JSON.parse(readFileSync(path, "utf8")) as ReferenceCase;
  const area = basename(folder);
  const name = functionName(reference);
  const defects = knownDefects(name, reference.args);
  const outcome = { id: `${area}/${reference.case ?? basename(path, ".json")}`, area, defects };
  const failed = (message: string): Outcome => ({ ...outcome, passed: false, message });

  const adapter = adapters[name];
  if (adapter === undefined) return failed(`unsupported function ${name}`);
  const context = contextOf(folder, reference);
  const mustFail =
    typeof reference.expected === "object" && reference.expected !== null && (reference.expected as { error?: unknown }).error === true;
  let ours: unknown;
  try {
    ours = await adapter(context);
  } catch (error) {
    if (error instanceof Unsupported) return failed(error.message);
    if (mustFail && error instanceof WhatworksError) return { ...outcome, passed: true };
    const text = error instanceof Error ? `${error.name}: ${error.message.split("\n")[0]}` : String(error);
    return failed(`error ${text}`);
  }
  const unread = context.args.unread();
  if (unread.length > 0) return failed(unread.map((argument) => `unsupported argument ${argument}`).join(", "));
  if (mustFail) return failed("the reference stops with an error, ours gives a result");
  const skip = (at: string): boolean => defects.some((defect) => defect.paths.some((pattern) => matches(pattern, at)));
  const found = differences(reference.expected, ours, toleranceOf(reference.tolerance), skip);
  return found.length === 0 ? { ...outcome, passed: true } : failed(describe(found));
}

/** Whether a path is the pattern or lies below it; `*` stands for one name or index. */
function matches(pattern: string, path: string): boolean {
  const split = (text: string): string[] => text.split(/[.[\]]+/).filter((part) => part !== "");
  const [want, have] = [split(pattern), split(path)];
  return want.length <= have.length && want.every((part, i) => part === "*" || part === have[i]);
}

function describe(found: readonly Difference[]): string {
  const worst = found.reduce((a, b) => (b.relativeError > a.relativeError ? b : a));
  const error = Number.isFinite(worst.relativeError) ? worst.relativeError.toExponential(2) : "missing or of another kind";
  return `${found.length} off; worst ${worst.path}: ours ${shown(worst.ours)}, theirs ${shown(worst.theirs)}, relative error ${error}`;
}

const shown = (value: unknown): string =>
  typeof value === "object" && value !== null ? JSON.stringify(value).slice(0, 60) : String(value);

/** Runs every case below a folder, in order. */
export async function runFolder(folder: string): Promise<Outcome[]> {
  if (!existsSync(folder)) throw new Error(`Cannot run cases as the folder must exist: ${relative(process.cwd(), folder)} does not`);
  const outcomes: Outcome[] = [];
  for (const path of caseFiles(folder)) outcomes.push(await runCase(path));
  return outcomes;
}
