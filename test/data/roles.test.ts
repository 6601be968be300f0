import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { frame, panel } from "../../src/data/index.ts";
import {
  binaryRole,
  columnList,
  columnsByRole,
  groupRole,
  groupsRole,
  numberRole,
  numbersRole,
  requireColumn,
  requireDistinct,
  resolveWeights,
  timeRole,
  weightRole,
} from "../../src/data/roles.ts";

const code = (expected: string) => expect.objectContaining({ code: expected });

describe("columnsByRole()", () => {
  it("hands on the frame's own arrays when no row is left out", () => {
    const y = Float64Array.of(1, 2);
    const { columns, rows, sample } = columnsByRole("f", frame({ y }), { outcome: numberRole("y"), weights: weightRole(undefined) });
    expect(columns.outcome).toBe(y);
    expect(columns.weights).toBeUndefined();
    expect([rows, sample]).toEqual([undefined, { rows: 2, used: 2, dropped: [] }]);
  });

  it("counts a row with several missing values once, under its first reason", () => {
    const data = frame({
      y: [1, null, 3, null, 5, 6],
      x: [1, 2, null, null, 5, 6],
      g: ["a", "b", "a", "b", null, "c"],
      z: [null, null, null, null, null, null],
    });
    const { columns, rows, sample } = columnsByRole("f", data, { y: numberRole("y"), x: numbersRole(["x", "y"]), g: groupRole("g") });
    expect([...columns.y]).toEqual([1, 6]);
    expect(columns.x.map((values) => [...values])).toEqual([
      [1, 6],
      [1, 6],
    ]);
    expect([columns.g.count, [...columns.g.codes], columns.g.label(1)]).toEqual([2, [0, 1], "c"]);
    expect([...rows!]).toEqual([0, 5]);
    expect(sample.dropped).toEqual([
      { reason: 'missing "y"', rows: 2 },
      { reason: 'missing "x"', rows: 1 },
      { reason: 'missing "g"', rows: 1 },
    ]);
  });

  it("keeps exactly the rows with all values, whatever the pattern", () => {
    const cell = fc.option(fc.integer({ min: 0, max: 3 }), { nil: null, freq: 2 });
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 40 }), (table) => {
        const complete = table.flatMap((row, i) => (row.includes(null) ? [] : [i]));
        fc.pre(complete.length > 0);
        const numbers = (j: number) => Float64Array.from(table, (row) => row[j] ?? Number.NaN);
        const data = frame({ y: numbers(0), x: numbers(1), g: table.map((row) => (row[2] === null ? null : `g${row[2]}`)) });
        const { columns, sample } = columnsByRole("f", data, { y: numberRole("y"), x: numberRole("x"), g: groupRole("g") });
        expect([...columns.y]).toEqual(complete.map((i) => table[i]![0]));
        expect([...columns.x]).toEqual(complete.map((i) => table[i]![1]));
        expect([...columns.g.codes].map(columns.g.label)).toEqual(complete.map((i) => `g${table[i]![2]}`));
        expect(new Set(columns.g.codes).size).toBe(columns.g.count);
        expect(sample.used + sample.dropped.reduce((sum, { rows }) => sum + rows, 0)).toBe(table.length);
        expect(sample.used).toBe(complete.length);
      }),
    );
  });

  it("groups numbers in order of value, months by their text", () => {
    const data = frame({ n: [30, 10, 30], m: { type: "month", values: Float64Array.of(24171, 24170, 24171) } });
    const { columns } = columnsByRole("f", data, { by: groupsRole(["n", "m"]) });
    expect(columns.by.map(({ column, codes, count }) => [column, [...codes], count])).toEqual([
      ["n", [1, 0, 1], 2],
      ["m", [1, 0, 1], 2],
    ]);
    expect([columns.by[0]!.label(0), columns.by[1]!.label(0)]).toEqual(["10", "2014-03"]);
  });

  it("counts the units of a panel that are used", () => {
    const data = panel(frame({ id: [1, 1, 2, 3, 3], t: [1, 2, 1, 1, 2], y: [1, null, null, 4, 5] }), { unit: "id", time: "t" });
    expect(columnsByRole("f", data, { y: numberRole("y") }).sample).toMatchObject({ rows: 5, used: 3, units: 2 });
    expect(columnsByRole("f", data, { t: numberRole("t") }).sample.units).toBe(3);
  });

  it.each([
    ["an infinite outcome", { y: numberRole("inf") }, "INFINITE_VALUE", '"inf" must be finite: row 1 has Infinity'],
    ["a negative infinity as a time", { y: timeRole("negative") }, "INFINITE_VALUE", "row 0 has -Infinity"],
    ["a dose as a treatment", { y: binaryRole("dose") }, "NOT_BINARY", '"dose" must be 0 or 1: row 2 has 0.5'],
    ["a negative weight", { y: weightRole("debt") }, "NEGATIVE_WEIGHT", '"debt" must be zero or above: row 1 has -1'],
    ["an infinite weight", { y: weightRole("inf") }, "INFINITE_VALUE", '"inf" must be finite'],
    ["labels as numbers", { y: numberRole("name") }, "NOT_NUMERIC", 'labels such as "a"'],
    ["a column that is not there", { y: groupRole("nane") }, "UNKNOWN_COLUMN", 'did you mean "name"?'],
    [
      "columns that are never there together",
      { y: numberRole("early"), x: numberRole("late") },
      "ALL_MISSING",
      'missing "early" in 1, missing "late" in 2',
    ],
  ])("refuses %s", (_name, roles, expected, words) => {
    const data = frame({
      inf: [0, Number.POSITIVE_INFINITY, 0],
      negative: [Number.NEGATIVE_INFINITY, 0, 0],
      dose: [0, 1, 0.5],
      debt: [0, -1, 0],
      name: ["a", "b", "c"],
      early: [1, 2, null],
      late: [null, null, 3],
    });
    expect(() => columnsByRole("f", data, roles as { y: ReturnType<typeof numberRole<string>> })).toThrow(code(expected));
    expect(() => columnsByRole("f", data, roles as { y: ReturnType<typeof numberRole<string>> })).toThrow(words);
  });

  it("names the row of the data, not of the sample, and takes never for a time", () => {
    const data = frame({ y: [null, 1, Number.POSITIVE_INFINITY] });
    expect(() => columnsByRole("f", data, { y: numberRole("y") })).toThrow("row 2 has Infinity");
    expect([...columnsByRole("f", data, { y: timeRole("y") }).columns.y]).toEqual([1, Number.POSITIVE_INFINITY]);
  });

  it("refuses several columns that are not a list", () => {
    for (const names of ["ab", 3, null]) {
      expect(() => numbersRole(names as never)).toThrow(code("COLUMNS_NOT_A_LIST"));
      expect(() => groupsRole(names as never)).toThrow(code("COLUMNS_NOT_A_LIST"));
    }
  });

  it("refuses data without rows", () => {
    expect(() => columnsByRole("f", frame({ y: new Float64Array(0) }), { y: numberRole("y") })).toThrow(code("NO_ROWS"));
  });
});

describe("options about columns", () => {
  it("resolves weights and refuses kinds that are not worked out", () => {
    expect(resolveWeights("f", undefined, ["analytic"])).toBeUndefined();
    expect(resolveWeights("f", "w", ["sampling", "analytic"])).toEqual({ column: "w", kind: "sampling" });
    expect(resolveWeights("f", { column: "w", kind: "analytic" }, ["sampling", "analytic"])).toEqual({ column: "w", kind: "analytic" });
    expect(() => resolveWeights("f", { column: "w", kind: "frequency" }, ["sampling", "analytic"])).toThrow(
      "with frequency weights as only sampling and analytic weights are worked out",
    );
  });

  it("lists columns, finds them, and keeps roles apart", () => {
    expect([columnList(undefined), columnList("a"), columnList(["a", "b"])]).toEqual([[], ["a"], ["a", "b"]]);
    expect(() => requireColumn(frame({ a: [1] }), "b")).toThrow(code("UNKNOWN_COLUMN"));
    expect(() => requireDistinct("f", { outcome: "a", running: "b", treatment: undefined })).not.toThrow();
    expect(() => requireDistinct("f", { outcome: "a", running: "b", treatment: "a" })).toThrow(
      'outcome and treatment need two columns: both are "a"',
    );
  });
});
