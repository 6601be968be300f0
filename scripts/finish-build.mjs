// What tsup leaves to do in dist/.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { transform } from "esbuild";

// 1. The root is a table of contents, so its files point at the subpaths' files. Bundling it would make rollup-plugin-dts
//    declare the types of `export * as rd` as values, which strict projects refuse.
const source = readFileSync("src/index.ts", "utf8");
const pointing = (extension) => source.replace(/"\.\/([\w-]+)\/index\.ts"/g, `"./$1.${extension}"`);
const declarations = (extension) => pointing(extension).replace(/^(import |registerDisplay|\/\/ ).*\n/gm, "");
const code = async (extension, format) => (await transform(pointing(extension), { loader: "ts", format, target: "es2022" })).code;

writeFileSync("dist/index.d.ts", declarations("js"));
writeFileSync("dist/index.d.cts", declarations("cjs"));
writeFileSync("dist/index.js", await code("js", "esm"));
writeFileSync("dist/index.cjs", await code("cjs", "cjs"));

// 2. CommonJS keeps import(): tsup's splitting turns it into require(), and the optional peers are ES modules.
const REQUIRED = /Promise\.resolve\(\)\.then\(\(\) => _interopRequireWildcard\(require\(([^()]*)\)\)\)/g;
for (const name of readdirSync("dist").filter((file) => file.endsWith(".cjs"))) {
  const before = readFileSync(`dist/${name}`, "utf8");
  const after = before.replace(REQUIRED, "import($1)");
  if (after.includes("Promise.resolve().then(() => _interop"))
    throw new Error(`Cannot finish the build as dist/${name} still requires an optional package`);
  if (after !== before) writeFileSync(`dist/${name}`, after);
}
