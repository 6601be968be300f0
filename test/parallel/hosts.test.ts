import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inlineWorker } from "../../scripts/inline-worker.ts";
import { runBlocks, shareArray, workBlocks } from "../../src/parallel/index.ts";
import { createStream } from "../../src/random/index.ts";
import { resampleMeans } from "./tasks.ts";

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "whatworks-hosts-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A program as a user would have it: the library bundled for publication, the worker inside as a string. */
const PROGRAM = `
import { runBlocks, shareArray, workBlocks } from "${path("../../src/parallel/index.ts")}";
import { createStream } from "${path("../../src/random/index.ts")}";
import { resampleMeans, troubled } from "${path("./tasks.ts")}";
const values = createStream(11).fillNormal(new Float64Array(200));
const task = { ...resampleMeans, run: () => { throw new Error("ran on the calling thread"); } };
const options = { shared: { values: shareArray(values), seed: 7 }, blocks: workBlocks(60, 8) };
const onWorkers = (task, workers) => runBlocks({ task, ...options, workers });
const failed = runBlocks({ task: troubled, shared: { trouble: "data", at: 1 }, blocks: [0, 1, 2], workers: 2 }).catch((error) => error.code);
Promise.all([onWorkers(task, 2), failed]).then(([parts, code]) => {
  console.log(JSON.stringify({ means: parts.flatMap((part) => Array.from(part)), code }));
});
`;

let expected: { means: number[]; code: string };
beforeAll(async () => {
  for (const [format, name] of [
    ["esm", "program.mjs"],
    ["cjs", "program.cjs"],
  ] as const) {
    await build({
      stdin: { contents: PROGRAM, resolveDir: folder, loader: "ts" },
      bundle: true,
      format,
      target: "es2022",
      platform: "neutral",
      outfile: join(folder, name),
      plugins: [inlineWorker(path("./worker-entry.ts"))],
    });
  }
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  const values = createStream(11).fillNormal(new Float64Array(200));
  const blocks = workBlocks(60, 8);
  const parts = await runBlocks({ task: resampleMeans, shared: { values: shareArray(values), seed: 7 }, blocks, workers: 1 });
  expected = { means: parts.flatMap((part) => Array.from(part)), code: "BAD_ROWS" };
});

describe("a published bundle computes on real workers and ends by itself", () => {
  const bin = (name: string): string => path(`../../node_modules/.bin/${name}`);
  it.each([
    ["Node, ESM", process.execPath, ["program.mjs"]],
    ["Node, CommonJS", process.execPath, ["program.cjs"]],
    ["Deno", bin("deno"), ["run", "--no-lock", "program.mjs"]],
    ["Bun", bin("bun"), ["program.mjs"]],
  ])(
    "%s",
    async (_, command, args) => {
      const { stdout } = await promisify(execFile)(command, args, { cwd: folder, timeout: 30000 });
      expect(JSON.parse(stdout)).toEqual(expected);
    },
    40000,
  );
});
