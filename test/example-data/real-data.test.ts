import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { firstTreated, frame, panel } from "../../src/data/index.ts";
import { gunsCsv, gunsSource, loadGuns, loadStar, starCsv, starSource } from "../../src/example-data/index.ts";

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe("embedded text", () => {
  it.each([
    ["guns", gunsCsv],
    ["star", starCsv],
  ])("%s equals its CSV", async (name, text) => {
    const csv = await readFile(new URL(`../../src/example-data/data/${name}.csv`, import.meta.url), "utf8");
    expect(text).toBe(csv.replaceAll("\r\n", "\n"));
  });

  it.each([
    [gunsCsv, Object.keys(loadGuns())],
    [starCsv, Object.keys(loadStar())],
  ])("has a header that names the columns", (text, names) => {
    expect(text.slice(0, text.indexOf("\n")).split(",")).toEqual(names);
  });

  it.each([gunsSource, starSource])("says where it comes from: $title", (source) => {
    expect(source.licence).toContain("GPL");
    expect(source.source).toContain("AER 1.2-10");
    expect(source.references.length).toBeGreaterThan(1);
  });
});

describe("loadGuns()", () => {
  const guns = loadGuns();
  const states = panel(frame(guns), { unit: "state", time: "year" });

  it("is a balanced panel of 51 states and 23 years with the means of the original", () => {
    expect([states.rowCount, states.unitCount, states.times.length]).toEqual([1173, 51, 23]);
    // R: colMeans() of the columns of AER's Guns
    const means = [
      [guns.law, 0.242966751918159],
      [guns.violent, 503.074680306905],
      [guns.murder, 7.66513213981245],
      [guns.robbery, 161.820204603581],
      [guns.prisoners, 226.579710144928],
      [guns.population, 4.81634134697357],
      [guns.density, 0.352038175788576],
      [guns.income, 13724.7960656436],
      [guns.afam, 5.33621694100597],
      [guns.cauc, 62.9454322506394],
      [guns.male, 16.0811272634271],
    ] as const;
    for (const [column, expected] of means) expect(mean([...column]) / expected).toBeCloseTo(1, 13);
  });

  it("has staggered adoption without reversals: four states from the start, 22 never", () => {
    const cohort = firstTreated(states, "law");
    const first = Array.from({ length: 51 }, (_, u) => cohort[states.unitOffsets[u]!]!);
    expect(first.filter((year) => year === 1977)).toHaveLength(4);
    expect(first.filter((year) => year === Number.POSITIVE_INFINITY)).toHaveLength(22);
    expect(new Set(first).size).toBeGreaterThan(8);
  });
});

describe("loadStar()", () => {
  const star = loadStar();
  const code = (label: string): number => star.classType.levels.indexOf(label);

  it("has 6,325 kindergarten pupils in 79 schools, with what is missing in the original", () => {
    expect(frame(star).rowCount).toBe(6325);
    expect(new Set(star.school).size).toBe(79);
    const counts = ["regular", "small", "regular+aide"].map((label) => star.classType.codes.filter((c) => c === code(label)).length);
    expect(counts).toEqual([2194, 1900, 2231]);
    const missing = (column: Float64Array): number => column.filter(Number.isNaN).length;
    expect([missing(star.read), missing(star.math), missing(star.freeLunch), missing(star.experience), missing(star.birth)]).toEqual([
      536, 454, 24, 21, 8,
    ]);
    expect([star.ethnicity, star.degree, star.teacherEthnicity].map((c) => c.codes.filter((value) => value < 0).length)).toEqual([
      3, 21, 62,
    ]);
  });

  it("gives the class-size effects of Stock and Watson (2007), table 13.1: 918.04, 13.90, .31", () => {
    const average = (label: string): number =>
      mean(
        Array.from(star.read, (read, i) => (star.classType.codes[i] === code(label) ? read + star.math[i]! : Number.NaN)).filter(
          (total) => !Number.isNaN(total),
        ),
      );
    expect(average("regular")).toBeCloseTo(918.04289276808, 9);
    expect(average("small") - average("regular")).toBeCloseTo(13.89899445861786, 9);
    expect(average("regular+aide") - average("regular")).toBeCloseTo(0.313935425752848, 9);
  });
});
