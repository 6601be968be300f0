// Writes src/example-data/data/<name>.ts from the <name>.csv beside it, so that the data sets work in any runtime and bundle
// without reading files. Run `node scripts/embed-data.mjs` after changing a CSV; a test checks that both agree.
import { readFile, writeFile } from "node:fs/promises";

const folder = new URL("../src/example-data/data/", import.meta.url);

for (const name of ["guns", "star"]) {
  const csv = (await readFile(new URL(`${name}.csv`, folder), "utf8")).replaceAll("\r\n", "\n");
  const literal = csv.replaceAll("\\", "\\\\").replaceAll("`", "\\`").replaceAll("${", "\\${");
  const text = `/** Generated from ${name}.csv by scripts/embed-data.mjs: change that file, not this one. */\nexport const ${name}Csv: string = \`${literal}\`;\n`;
  await writeFile(new URL(`${name}.ts`, folder), text);
}
