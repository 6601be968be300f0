import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "examples-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Run {
  readonly output: string;
  /** Lines of the tables: name, estimate, standard error, truth. */
  readonly compared: readonly {
    readonly name: string;
    readonly estimate: number;
    readonly standardError: number;
    readonly truth: number;
  }[];
  readonly figures: readonly string[];
}

async function run(example: string, persons: number): Promise<Run> {
  const out = join(folder, example);
  const output = await new Promise<string>((done, fail) => {
    const args = ["--import", "tsx", `examples/${example}.ts`, "--persons", String(persons), "--out", out];
    execFile(process.execPath, args, { cwd: root }, (error, text, errors) => (error === null ? done(text) : fail(new Error(errors))));
  });
  const compared = output.split("\n").flatMap((line) => {
    const [name = "", ...numbers] = line.split("|").map((cell) => cell.trim());
    const [estimate = Number.NaN, standardError = Number.NaN, truth = Number.NaN] = numbers.map(Number);
    return Number.isNaN(truth) ? [] : [{ name, estimate, standardError, truth }];
  });
  const figures = readdirSync(out).map((name) => readFileSync(join(out, name), "utf8"));
  return { output, compared, figures };
}

/** Every estimate is within four standard errors of the truth, those that the example calls a trap apart. */
function expectTruth({ compared }: Run): void {
  for (const { name, estimate, standardError, truth } of compared) {
    if (name.startsWith("TRAP")) continue;
    // Four decimals are printed: half a unit of the last one may be rounding.
    expect(Math.abs(estimate - truth), name).toBeLessThan(4 * standardError + 1e-4);
  }
}

describe("the examples find what the generator put in", () => {
  it("fifth-birthday: jumps, compliers, whole months, checks", async () => {
    const fifth = await run("fifth-birthday", 1500);
    expect(fifth.compared.map(({ name }) => name)).toContain("effect on those it obliges");
    expect(fifth.compared).toHaveLength(6 + 4);
    expectTruth(fifth);
    expect(fifth.output.match(/passed {2}/g)).toHaveLength(5);
    expect(fifth.output).not.toContain("FAILED");
    expect(Number(/density test says: p = (\S+)/.exec(fifth.output)![1])).toBeLessThan(1e-6);
    expect(fifth.figures).toHaveLength(6);
  });

  it("job-help-rollout: effects by group and quarter, averages, estimators, and the trap", async () => {
    const rollOut = await run("job-help-rollout", 1500);
    expect(rollOut.compared).toHaveLength(12 + 8 + 12);
    expectTruth(rollOut);
    const exact = rollOut.compared.slice(-6);
    const trap = exact.at(-1)!;
    expect(trap.name).toBe("TRAP: twoWayFixedEffects");
    expect(trap.truth - trap.estimate).toBeGreaterThan(4 * trap.standardError);
    const estimates = Object.fromEntries(exact.map(({ name, estimate }) => [name, estimate]));
    expect(estimates["twoStage"]).toBe(estimates["imputation"]);
    expect(estimates["extendedTwfe"]).toBe(estimates["imputation"]);
    expect(rollOut.figures).toHaveLength(6);
  });

  it("for-whom: groups, combined programmes, targeting, and a rule worth what it says", async () => {
    const whom = await run("for-whom", 30_000);
    expect(whom.compared).toHaveLength(5 + 6 + 4 + 4);
    expectTruth(whom);
    const rule = whom.compared.find(({ name }) => name === "gain over nothing, other half")!;
    // No rule gains more than the best one, and one learnt from 15,000 people is not far from it.
    expect(rule.truth).toBeLessThanOrEqual(0.0468);
    expect(rule.truth).toBeGreaterThan(0.03);
    expect(whom.figures.every((svg) => svg.startsWith("<svg") && !/NaN|undefined|Infinity/.test(svg))).toBe(true);
  });
});
