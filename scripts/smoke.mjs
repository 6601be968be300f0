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
const person = Float64Array.from({ length: 24 }, (_, row) => row >> 1);
const month = person.map((_, row) => 1 + (row % 2));
const start = person.map((id) => (id % 2 === 0 ? Infinity : 2));
const employed = person.map((id, row) => 0.1 * ((7 * id + 3 * row) % 5) + (start[row] === month[row] ? 0.5 : 0));
const people = panel(frame({ person, month, start, employed }), { unit: "person", time: "month" });
const change = (treated) => employed.reduce((sum, y, row) => sum + (Number.isFinite(start[row]) === treated ? (row % 2 === 1 ? y : -y) : 0), 0) / 6;
const result = attGt(people, { outcome: "employed", firstTreated: "start" });
const effect = result.estimates[0].estimate;
if (Math.abs(effect - (change(true) - change(false))) > 1e-9) throw new Error("wrong effect " + effect);
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
  "use.ts": `${esm.replace('"employd"', '"employd" as "employed"').replace("(treated)", "(treated: boolean)").replace("result.estimates[0].", "result.estimates[0]!.")}
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
    const flags = ["--noEmit", "--strict", "--skipLibCheck", "false", "--target", "es2022", "--lib", "es2023"];
    step(`TypeScript, ${resolution}`, bin("tsc"), [...flags, "--module", module, "--moduleResolution", resolution, "use.ts"]);
  }
  step("Deno", bin("deno"), ["run", "--allow-read", "--allow-env", "esm.mjs"]);
  step("Deno, types", bin("deno"), ["check", "use.ts"]);
  step("Bun", bin("bun"), ["esm.mjs"]);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
