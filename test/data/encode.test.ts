import { describe, expect, it } from "vitest";
import { cellText, cellValue, numericText } from "../../src/data/columns.ts";
import { encodeColumn } from "../../src/data/encode.ts";
import type { ColumnInput } from "../../src/data/index.ts";

const encode = (input: unknown) => encodeColumn("v", input as ColumnInput);
const code = (expected: string) => expect.objectContaining({ code: expected });

describe("encodeColumn()", () => {
  it.each([
    ["numbers", [1, null, undefined, Number.NaN], "number", [1, Number.NaN, Number.NaN, Number.NaN]],
    ["booleans", [true, null, false], "boolean", [1, Number.NaN, 0]],
    ["dates", [new Date(0), null, new Date(86_400_000)], "date", [0, Number.NaN, 1]],
    ["Int8Array", Int8Array.of(-1, 2), "number", [-1, 2]],
    ["Float32Array", Float32Array.of(0.5), "number", [0.5]],
    ["nothing but missing", [null, undefined], "number", [Number.NaN, Number.NaN]],
    ["nothing", [], "number", []],
  ])("encodes %s", (_name, input, type, values) => expect(encode(input)).toEqual({ type, values: Float64Array.from(values) }));

  it("makes categories of texts and big integers, in order of appearance", () => {
    expect(encode(["b", null, "a", "b"])).toEqual({ type: "category", codes: Int32Array.of(0, -1, 1, 0), levels: ["b", "a"] });
    expect(encode(BigInt64Array.of(9007199254740993n, 9007199254740992n, 9007199254740993n))).toEqual({
      type: "category",
      codes: Int32Array.of(0, 1, 0),
      levels: ["9007199254740993", "9007199254740992"],
    });
  });

  it("takes a big integer and its digits for one label", () => {
    expect(encode(["1", 1n, 2n, "2"])).toEqual({ type: "category", codes: Int32Array.of(0, 0, 1, 1), levels: ["1", "2"] });
  });

  it.each([
    ["two kinds", [1, "a"], "MIXED_COLUMN", "row 0 holds a number, row 1 a label"],
    ["numbers and booleans", [null, true, 1], "MIXED_COLUMN", "row 1 holds a boolean, row 2 a number"],
    ["objects", [{}], "UNSUPPORTED_COLUMN", "row 0 holds object"],
    ["a scalar", 5, "UNSUPPORTED_COLUMN", "number was given"],
    ["a date that is none", [new Date(0), new Date("x")], "INVALID_DATE", "row 1 holds an invalid Date"],
    ["a code beyond the levels", { type: "category", codes: Int32Array.of(0, 1), levels: ["a"] }, "CODE_OUT_OF_RANGE", "row 1 has 1"],
    ["a level twice", { type: "category", codes: Int32Array.of(0), levels: ["a", "a"] }, "DUPLICATE_LEVEL", '"a" is there twice'],
    ["codes in a plain array", { type: "category", codes: [0], levels: ["a"] }, "UNSUPPORTED_COLUMN", "Int32Array"],
    ["values in a plain array", { type: "date", values: [0] }, "UNSUPPORTED_COLUMN", "Float64Array"],
    ["an unknown type", { type: "money", values: Float64Array.of(1) }, "UNSUPPORTED_COLUMN", 'it is "money"'],
  ])("refuses %s", (_name, input, expected, words) => {
    expect(() => encode(input)).toThrow(code(expected));
    expect(() => encode(input)).toThrow(words);
  });
});

describe("cells as text", () => {
  it.each([
    ["number", 1.5, "1.5"],
    ["number", Number.NaN, "missing"],
    ["number", Number.POSITIVE_INFINITY, "never"],
    ["number", Number.NEGATIVE_INFINITY, "-Infinity"],
    ["boolean", 1, "true"],
    ["boolean", 0, "false"],
    ["date", 16160, "2014-03-31"],
    ["date", 16160.75, "2014-03-31"],
    ["date", -1, "1969-12-31"],
    ["date", 1e12, "day 1000000000000"],
    ["month", 24170, "2014-03"],
    ["month", 24179, "2014-12"],
    ["month", 6, "0000-07"],
    ["month", -3, "-3"],
  ] as const)("shows the %s %d as %s", (type, value, text) => expect(numericText(type, value)).toBe(text));

  it("reads single cells", () => {
    const names = encode(["a", null]);
    expect([cellText(names, 0), cellText(names, 1), cellValue(names, 1)]).toEqual(["a", "missing", null]);
    expect(cellValue(encode([false]), 0)).toBe(false);
    expect(cellValue(encode([new Date(5)]), 0)).toEqual(new Date(5));
  });
});
