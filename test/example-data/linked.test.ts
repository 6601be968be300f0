import { createHmac } from "node:crypto";
import { describe, expect, it, vi } from "vitest";
import { frame } from "../../src/data/index.ts";
import { municipalFile, register, table, truth } from "../../src/example-data/index.ts";
import { pseudonyms } from "../../src/example-data/pseudonyms.ts";

const N = 6000;
const options = { persons: N, seed: 21 };
const [municipal, national] = await Promise.all([municipalFile(options), register(options)]);

/** First row of each person. */
function firstRows(person: Float64Array): number[] {
  return Array.from(person, (_, i) => i).filter((i) => i === 0 || person[i] !== person[i - 1]);
}

const keyOf = (file: { key: { codes: Int32Array; levels: readonly string[] } }, row: number): string =>
  file.key.levels[file.key.codes[row]!]!;
const municipalPersons = firstRows(municipal.person);
const registerPerson = new Map(firstRows(national.person).map((row) => [keyOf(national, row), national.person[row]!]));
const statusOf = (row: number): string => municipal.linkStatus.levels[municipal.linkStatus.codes[row]!]!;
const city = new Map(municipalPersons.map((row) => [municipal.person[row]!, municipal.city.codes[row]!]));
const near = (count: number, n: number, expected: number): void => {
  expect(Math.abs(count / n - expected)).toBeLessThan(4 * Math.sqrt((expected * (1 - expected)) / n));
};

describe("municipalFile() and register()", () => {
  it("link at the stated rates, less well for those who speak another language", () => {
    const linked = (row: number): boolean => registerPerson.has(keyOf(municipal, row));
    near(municipalPersons.filter(linked).length, municipalPersons.length, truth().quality.linked);
    for (const [code, rate] of [
      [0, 0.98],
      [1, 0.93],
    ] as const) {
      const group = municipalPersons.filter((row) => municipal.language.codes[row] === code);
      near(group.filter(linked).length, group.length, rate);
    }
  });

  it("link to the person the status says", () => {
    const found = municipalPersons.map((row) => ({
      status: statusOf(row),
      person: municipal.person[row]!,
      other: registerPerson.get(keyOf(municipal, row)),
    }));
    expect(found.filter(({ status, person, other }) => (status === "linked") !== (other === person))).toEqual([]);
    expect(found.filter(({ status, other }) => (status === "missing") !== (other === undefined))).toEqual([]);
    const [strangers, shared] = [found.filter((f) => f.status === "false"), found.filter((f) => f.status === "shared")];
    near(strangers.length, N, 0.002);
    near(shared.length, N, 0.003);
    expect(strangers.every(({ other }) => other! >= 3e9)).toBe(true);
    expect(shared.filter(({ person, other }) => city.get(person) !== city.get(other!))).toEqual([]);
    const keys = municipalPersons.map((row) => keyOf(municipal, row));
    expect(keys.length - new Set(keys).size).toBe(shared.length);
  });

  it("hold the recorded columns of table()", () => {
    const whole = table({ ...options, errors: true });
    const rowOf = new Map(Array.from(whole.person, (person, i) => [person * 100 + whole.month[i]!, i]));
    const own = Array.from(municipal.person, (_, i) => i);
    const at = (i: number): number => rowOf.get(municipal.person[i]! * 100 + municipal.month[i]!)!;
    for (const name of ["benefit", "jobHelp", "obliged", "firstProgramMonth", "debts"] as const) {
      expect(own.filter((i) => !Object.is(municipal[name][i], whole[name][at(i)]))).toEqual([]);
    }
    expect(new Set(own.map((i) => municipal.person[i]! * 100 + municipal.month[i]!)).size).toBe(own.length);
    expect(national.person.length).toBeGreaterThan(whole.person.length);
    expect(frame(municipal).rowCount).toBe(own.length);
    expect(frame(national).rowCount).toBe(national.person.length);
  });

  it("link without error when errors are off", async () => {
    const [left, right] = await Promise.all([municipalFile({ persons: 200, errors: false }), register({ persons: 200, errors: false })]);
    expect(left.key).toEqual(right.key);
    expect(left.person).toEqual(right.person);
    expect(left.month).toEqual(right.month);
    expect(left.linkStatus.codes.every((code) => code === 0)).toBe(true);
  });

  it("are prefixes of larger files, childless adults included", async () => {
    const [small, large] = await Promise.all([
      municipalFile({ persons: 100, childless: true }),
      municipalFile({ persons: 150, childless: true }),
    ]);
    const keys = Array.from(small.key.codes, (_, i) => keyOf(small, i));
    expect(keys).toEqual(Array.from(keys, (_, i) => keyOf(large, i)));
    expect(large.linkStatus.codes.slice(0, keys.length)).toEqual(small.linkStatus.codes);
  });

  it("have other keys under another project key", async () => {
    const [one, two] = await Promise.all([municipalFile({ persons: 5 }), municipalFile({ persons: 5, projectKey: "another" })]);
    expect(one.key.levels.some((key) => two.key.levels.includes(key))).toBe(false);
    await expect(municipalFile({ projectKey: "" })).rejects.toThrow('"projectKey" must be a text that is not empty');
  });
});

describe("pseudonyms()", () => {
  it("are HMAC-SHA-256 in hexadecimal", async () => {
    const texts = ["123456789", "987654321"];
    expect(await pseudonyms(texts, "secret")).toEqual(texts.map((text) => createHmac("sha256", "secret").update(text).digest("hex")));
  });

  it("say so when the platform has no Web Crypto", async () => {
    vi.stubGlobal("crypto", undefined);
    await expect(pseudonyms(["1"], "secret")).rejects.toThrow("serve the page over https");
    vi.unstubAllGlobals();
  });
});
