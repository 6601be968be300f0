import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { cpus, platform, totalmem } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { measure } from "./measure.ts";
import type { BenchTask, Measurement } from "./task.ts";
import { writeTask } from "./write-data.ts";
import { yardstick } from "./yardstick.ts";

// npm run bench -- [--task a,b] [--rows 1e4,1e6] [--repeats 5] [--workers N] [--json FILE] [--write-data FOLDER] [--full]
const { values: options } = parseArgs({
  options: {
    task: { type: "string" },
    rows: { type: "string" },
    repeats: { type: "string", default: "5" },
    workers: { type: "string", default: "1" },
    json: { type: "string" },
    "write-data": { type: "string" },
    full: { type: "boolean", default: false },
    child: { type: "boolean", default: false },
  },
});
const root = fileURLToPath(new URL("..", import.meta.url));
const wanted = options.task?.split(",");
const repeats = Number(options.repeats);
const workers = Number(options.workers);

const tasks: BenchTask[] = [];
for (const file of benchFiles(root)) {
  const { default: task } = (await import(file)) as { default: BenchTask };
  if (wanted === undefined || wanted.includes(task.name)) tasks.push(task);
}
if (tasks.length === 0) throw new Error(`Cannot run benchmarks as no task is named ${options.task}`);

if (options.child) {
  console.log(JSON.stringify(await measure(tasks[0]!, Number(options.rows), repeats, workers)));
} else if (options["write-data"] !== undefined) {
  mkdirSync(options["write-data"], { recursive: true });
  for (const task of tasks) for (const rows of sizes(task)) await writeTask(options["write-data"], task, rows);
} else {
  const measured = tasks.flatMap(measureTask);
  const host = { ...environment(), yardstick: await yardstick() };
  console.log(
    `this machine: 1e7 doubles sum in ${fixed(host.yardstick.sum)} s, over 1,000 groups in ${fixed(host.yardstick.groupSums)} s, cross-products 1e6 x 5 in ${fixed(host.yardstick.crossProducts)} s`,
  );
  if (options.json !== undefined)
    writeFileSync(options.json, `${JSON.stringify({ ...host, results: measured, growth: growth(measured) }, null, 2)}\n`);
}

function benchFiles(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return benchFiles(path);
    return name.endsWith(".bench.ts") ? [path] : [];
  });
}

function sizes(task: BenchTask): readonly number[] {
  if (options.rows !== undefined) return options.rows.split(",").map(Number);
  return options.full ? [...task.rows, ...(task.fullRows ?? [])] : task.rows;
}

/** Each size in a process of its own, so that peak memory belongs to it. */
function measureTask(task: BenchTask): Measurement[] {
  const own: Measurement[] = [];
  for (const rows of sizes(task)) {
    const args = ["--import", "tsx", fileURLToPath(import.meta.url), "--child", "--task", task.name, "--rows", String(rows)];
    const text = execFileSync(process.execPath, [...args, "--repeats", String(repeats), "--workers", String(workers)], {
      encoding: "utf8",
    });
    const result = JSON.parse(text) as Measurement;
    own.push(result);
    console.log(
      `${task.name.padEnd(22)} ${rows.toExponential(0).padStart(6)} rows ${workers} w  min ${fixed(result.secondsMin)} s  median ${fixed(result.secondsMedian)} s  peak ${result.peakMemoryMiB.toFixed(0)} MiB of ${result.columnsMiB.toFixed(1)} MiB columns  floor ${fixed(result.floorSeconds)} s  x${result.ratioToFloor.toFixed(1)}  ${JSON.stringify(result.keyNumbers)}`,
    );
  }
  const slope = growth(own)[task.name];
  if (slope !== undefined) console.log(`${task.name.padEnd(22)} growth exponent ${slope.toFixed(2)}`);
  return own;
}

function fixed(seconds: number): string {
  return seconds < 0.01 ? seconds.toFixed(6) : seconds.toFixed(4);
}

/** Slope of log time on log rows by task, over sizes of 1e4 and more, where start-up no longer counts. */
function growth(results: readonly Measurement[]): Record<string, number> {
  const slopes: Record<string, number> = {};
  for (const name of new Set(results.map((result) => result.task))) {
    const points = results
      .filter((result) => result.task === name && result.rows >= 1e4)
      .map((result) => [Math.log(result.rows), Math.log(result.secondsMin)] as const);
    if (points.length < 2) continue;
    const [mx, my] = [0, 1].map((k) => points.reduce((sum, point) => sum + point[k]!, 0) / points.length) as [number, number];
    slopes[name] = points.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0) / points.reduce((sum, [x]) => sum + (x - mx) ** 2, 0);
  }
  return slopes;
}

function environment(): Readonly<Record<string, unknown>> {
  const { version } = JSON.parse(readFileSync(join(root, "../package.json"), "utf8")) as { version: string };
  const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
  const machine = `${cpus().length} x ${cpus()[0]?.model ?? "unknown"}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${platform()}`;
  return { machine, node: process.version, whatworks: version, commit, date: new Date().toISOString().slice(0, 10) };
}
