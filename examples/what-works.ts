import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { WhatworksError } from "../src/index.ts";
import { type StudyAnswer, study } from "../src/report/index.ts";
import { loadStudy } from "./what-works/load-study.ts";
import { type ExampleTruths, exampleTruths, writeExample } from "./what-works/municipal-example.ts";
import { realData } from "./what-works/real-data.ts";
import { studyReport } from "./what-works/report.ts";
import { readStudyFile } from "./what-works/study-file.ts";
import { answerLines, groupTruths, realDataLines } from "./what-works/terminal.ts";

// npm start: what works, for whom? On the municipal example, or with `-- --data FOLDER` on a folder with your own CSV files and study.json.
const HELP = `npm start -- [--data FOLDER] [--out FOLDER] [--rows 100000] [--seed 1]

  --data FOLDER   your own CSV files with study.json, which names their columns and your questions
  --out FOLDER    where report.html goes (and, without --data, the example's files); default: output
  --rows N        person-months of the example; default 100000
  --seed N        seed of the example; default 1`;

try {
  await main();
} catch (error) {
  if (!(error instanceof WhatworksError) && !isOptionFault(error)) throw error;
  console.error((error as Error).message);
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const { values: options } = parseArgs({
    options: {
      data: { type: "string" },
      out: { type: "string", default: "output" },
      rows: { type: "string", default: "100000" },
      seed: { type: "string", default: "1" },
      help: { type: "boolean", default: false },
    },
  });
  if (options.help) {
    console.log(HELP);
    return;
  }
  const start = performance.now();
  const progress = (text: string): void => console.log(`[${((performance.now() - start) / 1000).toFixed(1).padStart(4)} s] ${text}`);
  const isExample = options.data === undefined;
  const folder = options.data ?? join(options.out, "data");
  if (isExample) {
    mkdirSync(options.out, { recursive: true });
    await writeExample(folder, { rows: Number(options.rows), seed: Number(options.seed) }, progress);
  }

  const file = readStudyFile(folder);
  const { people, audit } = await loadStudy(folder, file, progress);
  console.log(["", "What was read, linked and left out", ...audit.map((line) => `  ${line}`), ""].join("\n"));
  const { title, population, questions } = file;
  const onProgress = (done: number, total: number): void =>
    progress(done < total ? `answering question ${done + 1} of ${total}` : "all questions answered");
  const answers = study(people, { title, population, questions, onProgress });
  const truths = isExample ? exampleTruths() : undefined;
  for (const answer of answers.answers) console.log(answerLines(answer, truths).join("\n"));

  const real = isExample ? realData() : undefined;
  if (real !== undefined) console.log(realDataLines(real).join("\n"));
  progress("drawing the figures");
  const html = await studyReport({
    study: answers,
    audit,
    ...(truths === undefined ? {} : { truths }),
    ...(real === undefined ? {} : { real }),
  });
  writeWhole(options.out, "report.html", html);
  progress(`wrote ${join(options.out, "report.html")}`);
  if (truths !== undefined) checkTruths(answers.answers, truths);
}

/** Beside its place first, so that a failure leaves nothing half-written. */
function writeWhole(folder: string, name: string, text: string): void {
  mkdirSync(folder, { recursive: true });
  const draft = join(folder, `${name}.part`);
  try {
    writeFileSync(draft, text);
    renameSync(draft, join(folder, name));
  } finally {
    rmSync(draft, { force: true });
  }
}

/** On the example the truth is known: an answer further off than three standard errors is said out loud. */
function checkTruths(answers: readonly StudyAnswer[], truths: ExampleTruths): void {
  const distances = answers.flatMap(({ id, headline, result }) => [
    ...(truths.effects[id] === undefined
      ? []
      : [{ name: id, distance: Math.abs(headline.estimate - truths.effects[id]) / headline.standardError }]),
    ...groupTruths(result, truths),
  ]);
  const far = distances.filter(({ distance }) => !(distance <= 3));
  if (far.length > 0) console.log(`Further than three standard errors from the truth: ${far.map(({ name }) => name).join(", ")}.`);
  else console.log(`All ${distances.length} effects with a known truth are within three standard errors of it.`);
}

/** A misspelt command-line option. */
function isOptionFault(error: unknown): boolean {
  return error instanceof TypeError && String((error as { code?: unknown }).code).startsWith("ERR_PARSE_ARGS");
}
