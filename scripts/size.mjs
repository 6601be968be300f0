// Bundle-size budgets: each import bundled as an application would (minified, tree-shaken), gzip bytes against its budget.
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const BUDGETS = [
  // grows with every estimator; what an application pays is in the lines below it
  { name: "everything", code: 'export * from "whatworks"', max: 370_000 },
  { name: "frame and panel", code: 'export { frame, panel } from "whatworks/data"', max: 9_000 },
  { name: "rd.estimate", code: 'export { estimate } from "whatworks/rd"', max: 45_000 },
  { name: "did.attGt", code: 'export { attGt } from "whatworks/did"', max: 50_000 },
  { name: "regression.ols", code: 'export { ols } from "whatworks/regression"', max: 55_000 },
];
let over = 0;
for (const { name, code, max } of BUDGETS) {
  const result = await build({
    stdin: { contents: code, resolveDir: process.cwd(), loader: "js" },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "neutral",
    external: ["node:*", "papaparse", "vega", "vega-lite", "hyparquet", "hyparquet-compressors", "tslab"],
    mainFields: ["module", "main"],
    write: false,
    logLevel: "error",
  });
  const size = gzipSync(result.outputFiles[0].contents).length;
  if (size > max) over++;
  console.log(`${size > max ? "OVER" : "ok  "} ${name}: ${size} B gzip (budget ${max})`);
}
process.exitCode = over > 0 ? 1 : 0;
