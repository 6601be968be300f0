import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import * as whatworks from "../../src/index.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const pages = ["README.md", ...readdirSync(join(root, "docs")).flatMap((name) => (name.endsWith(".md") ? [`docs/${name}`] : []))].filter(
  (page) => existsSync(join(root, page)),
);
const textOf = (page: string): string => readFileSync(join(root, page), "utf8");

/** The TypeScript of a page as one module, each line where it stands on the page, so that faults name the page's own lines. */
function moduleOf(page: string): string {
  let inside = false;
  return textOf(page)
    .split("\n")
    .map((line) => {
      const fence = /^```(\w*)/.exec(line);
      if (fence !== null) inside = !inside && fence[1] === "ts";
      return inside && fence === null ? line : "";
    })
    .concat("export {};")
    .join("\n");
}

/** Faults that the compiler finds in the pages, against the sources. */
function faults(): string[] {
  const modules = new Map(pages.map((page) => [join(root, `${page}.ts`), moduleOf(page)]));
  const config = ts.readConfigFile(join(root, "tsconfig.test.json"), ts.sys.readFile).config as { compilerOptions: object };
  const base = ts.parseJsonConfigFileContent({ extends: "./tsconfig.test.json", files: [], include: [] }, ts.sys, root).options;
  const paths = { whatworks: [join(root, "src/index.ts")], "whatworks/*": [join(root, "src/*/index.ts")] };
  const options: ts.CompilerOptions = {
    ...base,
    ...(config.compilerOptions as ts.CompilerOptions),
    paths,
    types: ["node"],
    noEmit: true,
    module: ts.ModuleKind.NodeNext,
  };
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (name) => modules.has(name) || fileExists(name);
  host.readFile = (name) => modules.get(name) ?? readFile(name);
  host.getSourceFile = (name, ...rest) => {
    const text = modules.get(name);
    return text === undefined ? getSourceFile(name, ...rest) : ts.createSourceFile(name, text, ...(rest.slice(0, 1) as [ts.ScriptTarget]));
  };
  const program = ts.createProgram([...modules.keys()], options, host);
  return [...modules.keys()].flatMap((name) => {
    const source = program.getSourceFile(name)!;
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map((fault) => {
      const { line } = source.getLineAndCharacterOfPosition(fault.start ?? 0);
      return `${name.slice(root.length, -3)}:${line + 1} ${ts.flattenDiagnosticMessageText(fault.messageText, "\n")}`;
    });
  });
}

describe("README and docs", () => {
  it("have TypeScript that compiles against the sources", () => {
    expect(pages.length).toBeGreaterThanOrEqual(4);
    for (const page of pages) expect(moduleOf(page), page).toContain('from "whatworks"');
    expect(faults()).toEqual([]);
  });

  it("have TypeScript that runs from top to bottom", async () => {
    const folder = mkdtempSync(join(tmpdir(), "docs-"));
    const source = (area: string): string => `"${pathToFileURL(join(root, "src", area, "index.ts")).href}"`;
    const files = pages.map((page, k) => {
      // Fewer people than a reader takes: it is to run, not to find.
      const small = moduleOf(page).replace(/persons: \d+/g, "persons: 400");
      const text = small.replace(/from "whatworks(?:\/([\w-]+))?"/g, (_all, area?: string) => `from ${source(area ?? "")}`);
      writeFileSync(join(folder, `page${k}.mts`), text);
      return `./page${k}.mts`;
    });
    writeFileSync(join(folder, "all.mts"), files.map((file) => `await import("${file}");`).join("\n"));
    try {
      const errors = await new Promise<string>((done) => {
        execFile(process.execPath, ["--import", "tsx", join(folder, "all.mts")], { cwd: root, maxBuffer: 1e8 }, (error, _output, text) =>
          done(error === null ? "" : text),
        );
      });
      expect(errors).toBe("");
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }, 180_000);

  it.each(pages)("%s names only functions that exist", (page) => {
    const areas = whatworks as unknown as Readonly<Record<string, Readonly<Record<string, unknown>>>>;
    const named = [...textOf(page).matchAll(/\b(rd|did|heterogeneity|regression|inference|linkage|power)\.([a-z]\w*)/g)];
    const missing = named.filter(([, area, name]) => !(name! in areas[area!]!) && !/^(ts|md)$/.test(name!)).map(([text]) => text);
    expect(missing).toEqual([]);
  });

  it.each(pages)("%s links only to files that exist", (page) => {
    const targets = [...textOf(page).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map((match) => match[1]!);
    const named = [...textOf(page).matchAll(/`((?:examples|src)\/[\w/.-]+)`/g)].map((match) => match[1]!);
    const from = page.startsWith("docs/") ? join(root, "docs") : root;
    const missing = [
      ...targets.filter((target) => !existsSync(join(from, target))),
      ...named.filter((file) => !existsSync(join(root, file))),
    ];
    expect(missing).toEqual([]);
  });
});
