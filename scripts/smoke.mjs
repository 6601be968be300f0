// Packs the library, installs the tarball in an empty project and uses it as users do:
// ESM and CommonJS on Node, strict TypeScript in three resolutions, Deno and Bun.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const bin = (name) => join(root, "node_modules/.bin", name);
const folder = mkdtempSync(join(tmpdir(), "whatworks-smoke-"));
const run = (command, args, cwd = folder) => execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

const USE = `
const employed = [0.2, 0.1, 0.3, 0.9, 0.2, 0.4, 0.3, 1.1, 0.1, 0.2, 0.2, 0.8];
const people = panel(
  frame({ person: [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6], month: [1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2], start: [Infinity, Infinity, 2, 2, Infinity, Infinity, 2, 2, Infinity, Infinity, 2, 2], employed }),
  { unit: "person", time: "month" },
);
const result = attGt(people, { outcome: "employed", firstTreated: "start" });
const effect = result.estimates[0].estimate;
if (Math.abs(effect - (2 / 3 - 1 / 15)) > 1e-9) throw new Error("wrong effect " + effect);
let code = "none";
try {
  attGt(people, { outcome: "employd", firstTreated: "start" });
} catch (error) {
  code = error instanceof WhatworksError ? error.code : String(error);
}
if (code !== "UNKNOWN_COLUMN") throw new Error("wrong error " + code);
`;
const names = "frame, panel, WhatworksError";
const esm = `import { ${names} } from "whatworks";\nimport { attGt } from "whatworks/did";\n${USE}`;
const files = {
  "package.json": JSON.stringify({ name: "consumer", private: true, type: "module" }),
  "esm.mjs": esm,
  "cjs.cjs": `const { ${names} } = require("whatworks");\nconst { attGt } = require("whatworks/did");\n${USE}`,
  "use.ts": `${esm.replace('"employd"', '"employd" as "employed"').replace("result.estimates[0].", "result.estimates[0]!.")}
// @ts-expect-error no such column
try { attGt(people, { outcome: "hours", firstTreated: "start" }); } catch {}
`,
};
try {
  const packed = run("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", folder], root).trim().split("\n").pop();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  run("npm", ["install", "--silent", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", join(folder, packed)]);
  const step = (name, command, args) => {
    try {
      run(command, args);
    } catch (error) {
      throw new Error(`${name} failed:\n${error.stdout}\n${error.stderr}`);
    }
    console.log(`ok ${name}`);
  };
  step("Node, ESM", "node", ["esm.mjs"]);
  step("Node, CommonJS", "node", ["cjs.cjs"]);
  for (const [module, resolution] of [
    ["nodenext", "nodenext"],
    ["esnext", "bundler"],
    ["node16", "node16"],
  ]) {
    const flags = ["--noEmit", "--strict", "--skipLibCheck", "false", "--target", "es2022", "--lib", "es2023", "--types", ""];
    step(`TypeScript, ${resolution}`, bin("tsc"), [...flags, "--module", module, "--moduleResolution", resolution, "use.ts"]);
  }
  step("Deno", bin("deno"), ["run", "--allow-read", "--allow-env", "esm.mjs"]);
  step("Deno, types", bin("deno"), ["check", "use.ts"]);
  step("Bun", bin("bun"), ["esm.mjs"]);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
