import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { type Outcome, runFolder } from "./run.ts";

// npm run conformance -- FOLDER [--json] [--record]: every case of a folder against the library.
const { values, positionals } = parseArgs({
  options: { json: { type: "boolean", default: false }, record: { type: "boolean", default: false } },
  allowPositionals: true,
});
// a reader that has seen enough (`| head`) closes the pipe
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});
const folder = resolve(positionals[0] ?? "test/reference");
const outcomes = await runFolder(folder);
const passed = outcomes.filter((outcome) => outcome.passed);
const failed = outcomes.filter((outcome) => !outcome.passed);

if (values.record) record(passed);
if (values.json) console.log(JSON.stringify({ passed: passed.length, failed: failed.length, outcomes }, null, 2));
for (const { id, message } of failed) console.log(`FAIL ${id}: ${message}`);
const withDefects = outcomes.filter(({ defects }) => defects.length > 0);
for (const { id, defects } of withDefects)
  for (const { paths, reason } of defects) console.log(`known defect: ${id}: ${paths.join(", ")}: ${reason}`);
for (const area of [...new Set(outcomes.map((outcome) => outcome.area))]) {
  const own = outcomes.filter((outcome) => outcome.area === area);
  console.log(`${area}: ${own.filter((outcome) => outcome.passed).length} of ${own.length} passed`);
}
if (withDefects.length > 0) console.log(`known defects: ${withDefects.length} cases`);
console.log(`${passed.length} passed, ${failed.length} failed`);
process.exitCode = failed.length === 0 ? 0 : 1;

/** Adds to the committed list of passing cases; the list only grows. */
function record(now: readonly Outcome[]): void {
  const file = new URL("../passing.json", import.meta.url);
  const before = JSON.parse(readFileSync(file, "utf8")) as string[];
  const merged = [...new Set([...before, ...now.map((outcome) => outcome.id)])].sort();
  writeFileSync(file, `${JSON.stringify(merged, null, 2)}\n`);
}
