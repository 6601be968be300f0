import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const SOURCE = fileURLToPath(new URL("../src", import.meta.url));

/** A folder imports, types too, only from folders of a lower level; folders of one level never import each other. */
const LEVELS: readonly (readonly string[])[] = [
  ["core"],
  ["random", "linalg", "distributions"],
  ["parallel", "data", "moments"],
  ["linkage", "example-data", "inference"],
  ["regression"],
  ["rd", "did", "quality"],
  ["heterogeneity", "power"],
  ["disclosure", "plot", "sql"],
  ["report"],
];
const levelOf = new Map(LEVELS.flatMap((folders, level) => folders.map((folder) => [folder, level] as const)));

function sources(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return sources(path);
    return name.endsWith(".ts") ? [path] : [];
  });
}

/** Relative imports and re-exports of a file, static and dynamic, as paths from `src`. */
function importsOf(file: string): string[] {
  const text = readFileSync(file, "utf8").replace(/^\s*(\/\/|\*|\/\*).*$/gm, "");
  const specifiers = [...text.matchAll(/(?:from|import)\s*\(?\s*["'](\.{1,2}\/[^"']+)["']/g)].map((match) => match[1]!);
  return specifiers.map((specifier) => relative(SOURCE, resolve(dirname(file), specifier)));
}

const files = sources(SOURCE);
const area = (path: string): string => (path.includes("/") ? path.slice(0, path.indexOf("/")) : "");

describe("architecture", () => {
  it("sees the sources", () => {
    expect(files.length).toBeGreaterThan(20);
    expect(importsOf(join(SOURCE, "data/frame.ts"))).toContain("core/errors.ts");
  });

  it("has only folders with a level", () => {
    const folders = readdirSync(SOURCE).filter((name) => statSync(join(SOURCE, name)).isDirectory());
    expect(folders.filter((folder) => !levelOf.has(folder))).toEqual([]);
  });

  it("imports only from lower levels", () => {
    const wrong: string[] = [];
    for (const file of files) {
      const from = relative(SOURCE, file);
      if (area(from) === "") continue; // src/index.ts is the table of contents
      for (const to of importsOf(file)) {
        if (area(to) === area(from)) continue;
        const [low, high] = [levelOf.get(area(to)), levelOf.get(area(from))];
        if (low === undefined || high === undefined || low >= high) wrong.push(`${from} imports ${to}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it("has no cycle of files", () => {
    const graph = new Map(files.map((file) => [relative(SOURCE, file), importsOf(file)]));
    const [done, open, cycles] = [new Set<string>(), new Set<string>(), [] as string[]];
    const visit = (node: string, trail: readonly string[]): void => {
      if (open.has(node)) cycles.push([...trail.slice(trail.indexOf(node)), node].join(" > "));
      if (done.has(node) || open.has(node)) return;
      open.add(node);
      for (const next of graph.get(node) ?? []) visit(next, [...trail, node]);
      open.delete(node);
      done.add(node);
    };
    for (const node of graph.keys()) visit(node, []);
    expect(cycles).toEqual([]);
  });

  it("keeps numerics free of data, options and errors", () => {
    const forbidden = /^(data|core\/(errors|options|display))/;
    const wrong = files
      .map((file) => relative(SOURCE, file))
      .filter((file) => file.includes("/numerics/"))
      .flatMap((file) =>
        importsOf(join(SOURCE, file))
          .filter((to) => forbidden.test(to))
          .map((to) => `${file} imports ${to}`),
      );
    expect(wrong).toEqual([]);
  });

  it("keeps index files to exports", () => {
    const wrong = files.filter((file) => {
      if (!file.endsWith("/index.ts") || file === join(SOURCE, "index.ts")) return false;
      const code = readFileSync(file, "utf8")
        .replace(/\/\*[\s\S]*?\*\//g, "")
        .replace(/^\s*\/\/.*$/gm, "");
      return code.split(";").some((statement) => statement.trim() !== "" && !/^(export|import)\b/.test(statement.trim()));
    });
    expect(wrong.map((file) => relative(SOURCE, file))).toEqual([]);
  });

  it("holds files to 400 lines, generated tables apart", () => {
    const long = files
      .filter((file) => !file.includes("/data/data") && !/example-data\/data\//.test(file))
      .map((file) => [relative(SOURCE, file), readFileSync(file, "utf8").split("\n").length - 1] as const);
    expect(long.filter(([, lines]) => lines > 400)).toEqual([]);
  });

  it("makes p-values and intervals in inference alone", () => {
    const wrong = files
      .map((file) => relative(SOURCE, file))
      .filter(
        (file) =>
          !/^(inference|distributions)\//.test(file) && /\b(studentT|normal)TwoSided\b/.test(readFileSync(join(SOURCE, file), "utf8")),
      );
    expect(wrong).toEqual([]);
  });
});
