import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { municipalFile, register, truth } from "../../src/example-data/index.ts";
import { csvChunks, type Frame, frame } from "../../src/index.ts";
import type { StudyFile } from "./study-file.ts";

/** About 41.7 months are seen of each person. */
const MONTHS_A_PERSON = 41.7;

/** What the generator is asked for. */
export interface ExampleOptions {
  readonly rows: number;
  readonly seed: number;
}

const WORDS = { outcome: "share in work", unit: "%", scale: 100 } as const;
const RD_WORDS = { ...WORDS, treatment: "the obligation", running: "age of the youngest child (months)" } as const;

const STUDY: StudyFile = {
  title: "What works, for whom? Single parents on benefit in four cities",
  population: "single parents",
  files: [
    {
      file: "register.csv",
      columns: {
        key: "category",
        month: "number",
        sex: "category",
        children: "category",
        childBirthDate: "date",
        childAgeMonths: "number",
        employed: "number",
        hours: "number",
      },
      key: ["key", "month"],
      contradictions: "leaveOut",
      labels: { children: { 1: "one child", 2: "two children", 3: "three or more children" } },
    },
    {
      file: "municipal.csv",
      columns: {
        key: "category",
        month: "number",
        city: "category",
        district: "category",
        firstProgramMonth: "number",
        obliged: "number",
        education: "category",
        badHealth: "category",
        debts: "category",
        language: "category",
      },
      key: ["key", "month"],
      contradictions: "leaveOut",
      labels: {
        badHealth: { 0: "good health", 1: "bad health" },
        education: { low: "low education", middle: "middle education", high: "high education" },
      },
    },
  ],
  unit: "key",
  time: "month",
  leaveOut: [
    { column: "district", changesWithinUnit: true, because: "one key stands for people in two districts" },
    { column: "childBirthDate", dayOfYear: "01-01", because: "the child's birthday is recorded as 1 January, which stands for 'unknown'" },
  ],
  questions: [
    {
      id: "obligation",
      question: "Does the obligation to look for work, which starts when the youngest child turns five, bring parents into work?",
      measure: { type: "share", state: "in work" },
      figure: RD_WORDS,
      rd: { outcome: "employed", running: "childAgeMonths", cutoff: 60, cluster: "key" },
    },
    {
      id: "obligation-compliers",
      question: "And those whose obligation really changes at the fifth birthday?",
      measure: { type: "share", state: "in work" },
      figure: RD_WORDS,
      rd: { outcome: "employed", running: "childAgeMonths", cutoff: 60, treatment: "obliged", cluster: "key" },
    },
    {
      id: "job-help",
      question: "Does job help, which districts started at different times, bring parents into work?",
      measure: { type: "share", state: "in work" },
      figure: { ...WORDS, timeUnit: "months", treatment: "job help" },
      did: {
        outcome: "employed",
        firstTreated: "firstProgramMonth",
        controlGroup: "notYetTreated",
        unbalanced: "keep",
        cluster: "district",
      },
    },
    {
      id: "for-whom",
      question: "For whom does the obligation work?",
      measure: { type: "share", state: "in work" },
      figure: { ...WORDS, treatment: "the obligation" },
      subgroups: {
        design: { type: "rd", outcome: "employed", running: "childAgeMonths", cutoff: 60, cluster: "key" },
        by: ["education", "badHealth", "children"],
      },
    },
  ],
};

/**
 * Writes the municipal file and the register, with the errors of real deliveries, and the roles of their columns.
 * Everything is written beside the folder first and moved at the end, so that a failure leaves nothing half-written.
 */
export async function writeExample(folder: string, { rows, seed }: ExampleOptions, onProgress: (text: string) => void): Promise<void> {
  const persons = Math.max(1, Math.round(rows / MONTHS_A_PERSON));
  const draft = `${folder}.part`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  const options = { persons, seed, errors: true };
  onProgress(`making ${persons} persons`);
  const tables = { "register.csv": frame(await register(options)), "municipal.csv": frame(await municipalFile(options)) };
  for (const { file, columns } of STUDY.files) {
    onProgress(`writing ${file}`);
    const data = tables[file as keyof typeof tables] as unknown as Frame<Record<string, number>>;
    writeFileSync(join(draft, file), [...csvChunks(data.select(...Object.keys(columns)))].join(""));
  }
  writeFileSync(join(draft, "study.json"), `${JSON.stringify(STUDY, null, 2)}\n`);
  rmSync(folder, { recursive: true, force: true });
  renameSync(draft, folder);
}

/** True effects of the example. */
export interface ExampleTruths {
  /** By the question's id. */
  readonly effects: Readonly<Record<string, number>>;
  /** Jump in employment at the fifth birthday by group, keyed `partition: label`. */
  readonly groups: Readonly<Record<string, number>>;
}

/** What the generator put in. */
export function exampleTruths(): ExampleTruths {
  const { obligation, jobHelp } = truth();
  const jump = (name: string): number => obligation.groups.find(({ group }) => group === name)!.intentionToTreat;
  const compliers = obligation.groups.find(({ group }) => group === "all")!.localEffect;
  return {
    effects: { obligation: jump("all"), "obligation-compliers": compliers, "job-help": jobHelp.simple },
    groups: {
      "education: low education": jump("low education"),
      "education: middle education": jump("middle or high education"),
      "education: high education": jump("middle or high education"),
      "badHealth: good health": jump("good health"),
      "badHealth: bad health": jump("bad health"),
      "children: one child": jump("one or two children"),
      "children: two children": jump("one or two children"),
      "children: three or more children": jump("three or more children"),
    },
  };
}
