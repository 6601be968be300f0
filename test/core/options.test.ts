import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OptionError } from "../../src/core/errors.ts";
import { nearestName } from "../../src/core/nearest.ts";
import { checkArgument, checkBoolean, checkChoice, checkLevel, checkNumber, checkOptions, resolveOptions } from "../../src/core/options.ts";

const RULES = { required: ["outcome"], defaults: { level: 0.95, cluster: undefined } };
const resolve = (options: object) => resolveOptions<Record<string, unknown>>("rd.estimate", options, RULES);
const code = (expected: string) => expect.objectContaining({ code: expected, name: "OptionError" });

describe("resolveOptions()", () => {
  it("fills in defaults, counts undefined as not given, and freezes", () => {
    const settings = resolve({ outcome: "y", level: undefined, cluster: "id" });
    expect(settings).toEqual({ outcome: "y", level: 0.95, cluster: "id" });
    expect(Object.isFrozen(settings)).toBe(true);
    expect("cluster" in resolve({ outcome: "y" })).toBe(false);
  });

  it("names the nearest option, or all of them", () => {
    expect(() => resolve({ outcome: "y", levle: 0.9 })).toThrow(
      'Cannot run rd.estimate as it has no option "levle": did you mean "level"?',
    );
    expect(() => resolve({ outcome: "y", zzz: 1 })).toThrow('the options are "outcome", "level", "cluster"');
    expect(() => resolve({ outcome: "y", zzz: undefined })).toThrow(code("UNKNOWN_OPTION"));
  });

  it("asks for what is required, and for an object", () => {
    expect(() => resolve({})).toThrow('option "outcome" is required');
    expect(() => resolve({ outcome: undefined })).toThrow(code("MISSING_OPTION"));
    expect(() => resolve(null as unknown as object)).toThrow(code("OPTIONS_NOT_AN_OBJECT"));
    expect(() => resolve("y" as unknown as object)).toThrow(code("OPTIONS_NOT_AN_OBJECT"));
  });
});

describe("checks of one option", () => {
  it("takes a listed choice and names the nearest to a wrong one", () => {
    expect(checkChoice("f", "kernel", "uniform", ["triangular", "uniform"])).toBe("uniform");
    expect(() => checkChoice("f", "kernel", "unifrom", ["triangular", "uniform"])).toThrow(
      '(did you mean "uniform"?): "unifrom" was given',
    );
    expect(() => checkChoice("f", "kernel", 3, ["triangular"])).toThrow('must be one of "triangular": 3 was given');
  });

  it.each([
    [{}, Number.NaN, "a number"],
    [{}, Number.POSITIVE_INFINITY, "a number"],
    [{}, "5", "a number"],
    [{ min: 0 }, -1, "a number of at least 0"],
    [{ min: 0, open: true }, 0, "a number above 0"],
    [{ max: 1 }, 2, "a number of at most 1"],
    [{ max: 1, open: true }, 1, "a number below 1"],
    [{ min: 0, max: 1 }, 1.1, "a number from 0 to 1"],
    [{ min: 0, max: 1, open: true }, 1, "a number strictly between 0 and 1"],
    [{ integer: true, min: 1 }, 1.5, "an integer of at least 1"],
  ])("with %j refuses %s: must be %s", (range, value, words) => {
    expect(() => checkNumber("f", "x", value, range)).toThrow(`option "x" must be ${words}: `);
  });

  it("takes numbers within range, levels and booleans", () => {
    expect([checkNumber("f", "x", 0, { min: 0 }), checkNumber("f", "x", -3, { integer: true }), checkLevel("f", 0.9)]).toEqual([
      0, -3, 0.9,
    ]);
    expect(() => checkLevel("f", 95)).toThrow(code("INVALID_OPTION"));
    expect(checkBoolean("f", "b", false)).toBe(false);
    expect(() => checkBoolean("f", "b", 0)).toThrow("must be true or false: 0 was given");
    expect(new OptionError("A_CODE", "text", { a: 1 })).toMatchObject({ name: "OptionError", code: "A_CODE", details: { a: 1 } });
  });
});

describe("nearestName()", () => {
  it("finds a name with one slip, whatever its case, and nothing far away", () => {
    expect(nearestName("Employd", ["income", "employed"])).toBe("employed");
    expect(nearestName("ab", ["xy"])).toBeUndefined();
    expect(nearestName("x", [])).toBeUndefined();
    expect(nearestName("a", ["b", "a"])).toBe("a");
  });

  it("finds any word again after one letter is dropped", () => {
    const word = fc.stringMatching(/^[a-z]{4,12}$/);
    fc.assert(
      fc.property(word, fc.nat(), (text, at) => {
        const k = at % text.length;
        expect(nearestName(text.slice(0, k) + text.slice(k + 1), ["0123456789", text])).toBe(text);
      }),
    );
  });
});

describe("checkOptions and checkArgument", () => {
  it.each([undefined, null, 3, "x", [1]])("refuse %j", (value) => {
    expect(() => checkOptions("area.name", value)).toThrow(expect.objectContaining({ code: "OPTIONS_NOT_AN_OBJECT" }));
    expect(() => checkArgument("area.name", value, "a result", ["kind"])).toThrow(expect.objectContaining({ code: "WRONG_ARGUMENT" }));
  });

  it("name what was given", () => {
    const needed = "a result of did.attGt";
    expect(() => checkArgument("did.aggregate", { kind: "regression.ols" }, needed, ["cells"])).toThrow(
      "Cannot run did.aggregate as it needs a result of did.attGt: a result of regression.ols was given",
    );
    expect(() => checkArgument("did.aggregate", { kind: "did.attGt", cells: [] }, needed, ["cells"])).not.toThrow();
  });
});
