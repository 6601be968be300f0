// npm test: every check of the project, two at a time. The last line is `N passed, N failed` (tests and checks together).
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const REPORT = "coverage/vitest.json";
rmSync(`${root}${REPORT}`, { force: true });
mkdirSync(`${root}coverage`, { recursive: true });

/** Lanes run side by side, the steps of a lane in order; the build comes before everything that reads it. */
const LANES = [
  [
    ["lint and format", "biome", ["ci", "."]],
    ["types of the library", "tsc", ["-p", "tsconfig.json"]],
    ["types of tests, examples and benchmarks", "tsc", ["-p", "tsconfig.test.json"]],
    ["tests and coverage", "vitest", ["run", "--coverage", "--reporter=dot", "--reporter=json", `--outputFile=${REPORT}`]],
  ],
  [
    ["build", "node", ["scripts/build.mjs"]],
    ["package contents", "publint", ["--strict"]],
    ["types of the package in every resolution", "attw", ["--pack", "."]],
    ["public interface as reviewed", "api-extractor", ["run"]],
    ["bundle sizes", "node", ["scripts/size.mjs"]],
    ["documentation of every export", "typedoc", []],
    ["no unused files, exports or packages", "knip", []],
    ["package in use: ESM, CommonJS, strict TypeScript, Deno, Bun", "node", ["scripts/smoke.mjs"]],
  ],
];

let [passed, failed] = [0, 0];
await Promise.all(LANES.map(runLane));
const tests = readReport();
console.log(`tests: ${tests.passed} passed, ${tests.failed} failed; checks: ${passed} passed, ${failed} failed`);
console.log(`${passed + tests.passed} passed, ${failed + tests.failed} failed`);
process.exitCode = failed + tests.failed === 0 && tests.passed > 0 ? 0 : 1;

async function runLane(steps) {
  for (const [name, command, args] of steps) {
    const start = Date.now();
    const { code, output } = await run(command, args);
    const seconds = ((Date.now() - start) / 1000).toFixed(1);
    if (code === 0) passed++;
    else failed++;
    console.log(`${code === 0 ? "ok    " : "FAILED"} ${name} (${seconds} s)`);
    if (code !== 0) console.log(output);
    if (code !== 0 && name === "build") return;
  }
}

function run(command, args) {
  return new Promise((done) => {
    const child = spawn(command, args, { cwd: root, shell: process.platform === "win32", env: { ...process.env, FORCE_COLOR: "0" } });
    let output = "";
    child.stdout.on("data", (chunk) => {
      output += chunk;
    });
    child.stderr.on("data", (chunk) => {
      output += chunk;
    });
    child.on("error", (error) => done({ code: 1, output: String(error) }));
    child.on("close", (code) => done({ code: code ?? 1, output }));
  });
}

function readReport() {
  try {
    const report = JSON.parse(readFileSync(`${root}${REPORT}`, "utf8"));
    return { passed: report.numPassedTests, failed: report.numFailedTests };
  } catch {
    return { passed: 0, failed: 0 };
  }
}
