import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = new URL("../..", import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), "what-works-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Run {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

function start(...options: readonly string[]): Promise<Run> {
  return new Promise((done) => {
    execFile(
      process.execPath,
      ["--import", "tsx", "examples/what-works.ts", ...options],
      { cwd: root, maxBuffer: 1e8 },
      (error, output, errors) => done({ code: error === null ? 0 : Number(error.code), output, errors }),
    );
  });
}

const STUDY = {
  title: "A study",
  population: "parents",
  files: [
    {
      file: "months.csv",
      columns: { person: "category", month: "number", start: "number", age: "number", work: "number" },
      key: ["person", "month"],
    },
  ],
  unit: "person",
  time: "month",
  questions: [] as unknown[],
};
const ROLL_OUT = {
  id: "help",
  question: "Does help work?",
  measure: { type: "share", state: "in work" },
  did: { outcome: "work", firstTreated: "start" },
};
const CUTOFF = {
  id: "age",
  question: "Does the rule work?",
  measure: { type: "share", state: "in work" },
  rd: { outcome: "work", running: "age", cutoff: 60 },
};

/** 40 people for 4 months; those with an odd number get help from month 3. */
const rows = Array.from({ length: 160 }, (_, i) => {
  const [person, month] = [i >> 2, 1 + (i & 3)];
  const start = person % 2 === 1 ? 3 : "Inf";
  return [`p${person}`, month, start, 40 + ((7 * i) % 41), ((13 * i) % 7) / 7 + (month >= Number(start) ? 0.4 : 0)];
});
const csv = (list: readonly (readonly (string | number)[])[] = rows): string =>
  `person,month,start,age,work\n${list.map((row) => row.join(",")).join("\n")}\n`;

/** A study folder of its own. */
function studyFolder(name: string, text: string, study: object = { ...STUDY, questions: [ROLL_OUT] }): string {
  const path = join(folder, name);
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, "study.json"), JSON.stringify(study));
  if (text !== "") writeFileSync(join(path, "months.csv"), text);
  return path;
}

const replaced = (column: number, value: string | number, at: (row: number) => boolean): string =>
  csv(rows.map((row, i) => row.map((cell, j) => (j === column && at(i) ? value : cell))));

describe("npm start", () => {
  let example: Run;
  let own: Run;
  beforeAll(async () => {
    [example, own] = await Promise.all([
      start("--out", join(folder, "example"), "--rows", "30000"),
      start("--data", studyFolder("own", csv(), { ...STUDY, questions: [ROLL_OUT, CUTOFF] }), "--out", join(folder, "own-out")),
    ]);
  }, 120_000);

  it("answers on the example within three standard errors of the truth and writes a page that stands alone", () => {
    expect(example.errors).toBe("");
    expect(example.code).toBe(0);
    expect(example.output).toMatch(/All \d+ effects with a known truth are within three standard errors of it\./);
    const html = readFileSync(join(folder, "example/report.html"), "utf8");
    expect(html.match(/<svg/g)!.length).toBeGreaterThanOrEqual(6);
    expect(html).not.toMatch(/<script|<link|src="http/);
    expect(readdirSync(join(folder, "example")).sort()).toEqual(["data", "report.html"]);
  });

  it("answers on one's own files", () => {
    expect(own.errors).toBe("");
    expect(own.code).toBe(0);
    expect(own.output).toContain("Does help work?");
    expect(readFileSync(join(folder, "own-out/report.html"), "utf8")).toContain("A study");
  });
});

describe("bad input: one line that says what to do, exit status 1, nothing written", () => {
  const cases: readonly (readonly [string, () => string, RegExp])[] = [
    ["no folder", () => join(folder, "nowhere"), /study\.json, which names files/],
    ["a missing file", () => studyFolder("missing", ""), /months\.csv/],
    ["a wrong header", () => studyFolder("header", csv().replace("start", "begin")), /"start"/],
    [
      "text in a numeric column",
      () =>
        studyFolder(
          "text",
          replaced(4, "often", (i) => i === 9),
        ),
      /"work".*line 11 has "often"/,
    ],
    ["a repeated person-month", () => studyFolder("repeat", csv([...rows, ["p0", 1, "Inf", 40, 0.9]])), /p0 \/ 1 do not/],
    [
      "no treated units",
      () =>
        studyFolder(
          "untreated",
          replaced(2, "Inf", () => true),
        ),
      /treated/,
    ],
    [
      "a cutoff outside the data",
      () => studyFolder("cutoff", csv(), { ...STUDY, questions: [{ ...CUTOFF, rd: { ...CUTOFF.rd, cutoff: 900 } }] }),
      /cutoff/,
    ],
    [
      "all outcomes missing",
      () =>
        studyFolder(
          "empty",
          replaced(4, "", () => true),
        ),
      /missing "work" in 160/,
    ],
    [
      "one cluster",
      () =>
        studyFolder(
          "cluster",
          `${csv()
            .replace("work\n", "work,one\n")
            .replace(/(\d)\n(?=p|$)/g, "$1,1\n")}`,
          {
            ...STUDY,
            files: [{ ...STUDY.files[0], columns: { ...STUDY.files[0]!.columns, one: "number" } }],
            questions: [{ ...ROLL_OUT, did: { ...ROLL_OUT.did, cluster: "one" } }],
          },
        ),
      /"one"/,
    ],
    [
      "infinite values",
      () =>
        studyFolder(
          "infinite",
          replaced(4, "Inf", (i) => i === 5),
        ),
      /"work" must be finite/,
    ],
    [
      "a misspelt option",
      () =>
        studyFolder("option", csv(), { ...STUDY, questions: [{ ...ROLL_OUT, did: { ...ROLL_OUT.did, controlgroup: "neverTreated" } }] }),
      /did you mean "controlGroup"/,
    ],
  ];

  it("holds for each", async () => {
    for (let k = 0; k < cases.length; k += 3) {
      await Promise.all(
        cases.slice(k, k + 3).map(async ([name, make, message], j) => {
          const out = join(folder, `out-${k + j}`);
          const { code, errors } = await start("--data", make(), "--out", out);
          expect(errors, name).toMatch(message);
          expect(errors.trim().split("\n").length, name).toBe(1);
          expect(code, name).toBe(1);
          expect(existsSync(out), name).toBe(false);
        }),
      );
    }
  }, 120_000);
});
