// Writes the `exports` and `typesVersions` of package.json from one list of subpaths.
import { readFileSync, writeFileSync } from "node:fs";

const SUBPATHS = ["data", "regression", "rd", "did", "heterogeneity", "inference", "plot", "report", "parquet", "example-data"];

const target = (name) => ({
  import: { types: `./dist/${name}.d.ts`, default: `./dist/${name}.js` },
  require: { types: `./dist/${name}.d.cts`, default: `./dist/${name}.cjs` },
});
const path = new URL("../package.json", import.meta.url);
const manifest = JSON.parse(readFileSync(path, "utf8"));
manifest.main = "./dist/index.cjs";
manifest.module = "./dist/index.js";
manifest.types = "./dist/index.d.ts";
manifest.exports = {
  ".": target("index"),
  ...Object.fromEntries(SUBPATHS.map((name) => [`./${name}`, target(name)])),
  "./package.json": "./package.json",
};
// node10 resolution (tslab's) reads no `exports`.
manifest.typesVersions = { "*": Object.fromEntries(SUBPATHS.map((name) => [name, [`./dist/${name}.d.cts`]])) };
writeFileSync(path, `${JSON.stringify(manifest, null, 2)}\n`);
