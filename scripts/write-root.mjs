// Writes dist/index.*: the root is a table of contents, so its files point at the subpaths' files.
// Bundling it would make rollup-plugin-dts declare the types of `export * as rd` as values, which strict projects refuse.
import { readFileSync, writeFileSync } from "node:fs";
import { transform } from "esbuild";

const source = readFileSync("src/index.ts", "utf8");
const pointing = (extension) => source.replace(/"\.\/([\w-]+)\/index\.ts"/g, `"./$1.${extension}"`);
const declarations = (extension) => pointing(extension).replace(/^(import |registerDisplay|\/\/ ).*\n/gm, "");
const code = async (extension, format) => (await transform(pointing(extension), { loader: "ts", format, target: "es2022" })).code;

writeFileSync("dist/index.d.ts", declarations("js"));
writeFileSync("dist/index.d.cts", declarations("cjs"));
writeFileSync("dist/index.js", await code("js", "esm"));
writeFileSync("dist/index.cjs", await code("cjs", "cjs"));
