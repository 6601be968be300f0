import { describe, expect, it } from "vitest";
import { WhatworksError } from "../../src/core/index.ts";
import { CASES, numbers, type Row, rows, table } from "./cases.ts";

const base = rows();
const data = table(base);

function expectClose(ours: readonly number[], theirs: readonly number[], tolerance = 1e-9): void {
  expect(ours.length).toBe(theirs.length);
  ours.forEach((value, i) => {
    if (Number.isNaN(theirs[i]!)) expect(value).toBeNaN();
    else expect(Math.abs(value - theirs[i]!)).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(theirs[i]!)));
  });
}

/** A fixed permutation: 7 is prime to the number of rows. */
const shuffled = (list: readonly Row[]): Row[] => list.map((_, i) => list[(i * 7 + 3) % list.length]!);

const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    return error instanceof WhatworksError ? error.code : `not ours: ${String(error)}`;
  }
  return "no error";
};

describe.each(CASES)("$name", ({ name, run, dropsZeroWeights }) => {
  const result = run(data);

  it("carries its kind, sample, options and source", () => {
    expect(result.kind).toBe(name);
    expect(result.sample).toMatchObject({ rows: base.length, used: base.length, dropped: [] });
    const { design = {} } = result.options as { readonly design?: object };
    expect({ ...design, ...(result.options as object) }).toMatchObject({ outcome: "y", level: 0.95 });
    expect(result.reference).toMatch(/\(\d{4}\)/);
    expect(numbers(result).every(Number.isFinite)).toBe(true);
  });

  it("gives the same bits when run again and leaves the data as they were", () => {
    expect(numbers(run(data))).toEqual(numbers(result));
    expect(data.rows()).toEqual(table(base).rows());
  });

  it("is frozen, clonable data that survives JSON", () => {
    expect(Object.isFrozen(result) && Object.isFrozen(result.estimates) && Object.isFrozen(result.sample)).toBe(true);
    expect(structuredClone({ ...result })).toEqual({ ...result });
    expect(numbers(JSON.parse(JSON.stringify(result)))).toEqual(numbers(result));
    expect(Object.values(result).some((value) => typeof value === "function")).toBe(false);
  });

  it("does not depend on the order of the rows", () => {
    expectClose(numbers(run(table(shuffled(base)))), numbers(result));
  });

  it("takes weights of one as no weights, whatever their scale", () => {
    expectClose(numbers(run(data, { weights: "one" })), numbers(result));
    const doubled = base.map((row) => ({ ...row, weight: 2 * row.weight }));
    expectClose(numbers(run(table(doubled), { weights: "weight" })), numbers(run(data, { weights: "weight" })));
  });

  it.runIf(dropsZeroWeights)("takes a weight of zero as no row", () => {
    const some = base.map((row, i) => ({ ...row, weight: i % 10 === 0 ? 0 : row.weight }));
    const without = some.filter(({ weight }) => weight > 0);
    expectClose(numbers(run(table(some), { weights: "weight" })), numbers(run(table(without), { weights: "weight" })));
  });

  it("follows the unit of the outcome", () => {
    const moved = run(table(base.map((row) => ({ ...row, y: 7 - 3 * row.y }))));
    const own = numbers(result);
    expectClose(
      numbers(moved),
      own.map((value, i) => (i % 2 === 0 ? -3 * value : 3 * value)),
      1e-8,
    );
  });

  it("leaves out rows with a missing outcome and counts them", () => {
    const holes = base.map((row) => (row.unit === 7 ? { ...row, y: Number.NaN } : row));
    const { sample, estimates } = run(table(holes));
    expect(sample.used).toBe(base.length - 4);
    expect(sample.dropped[0]).toEqual({ reason: 'missing "y"', rows: 4 });
    expectClose(numbers({ estimates } as typeof result), numbers(run(table(base.filter(({ unit }) => unit !== 7)))));
  });

  it("answers bad input with a typed error", () => {
    expect(codeOf(() => run(data, { outcome: "employd" }))).toBe("UNKNOWN_COLUMN");
    expect(codeOf(() => run(data, { outcome: "group" }))).toBe("NOT_NUMERIC");
    expect(codeOf(() => run(data, { options: { outcom: "y" } }))).toBe("UNKNOWN_OPTION");
    expect(codeOf(() => run(data, { options: { level: 95 } }))).toBe("INVALID_OPTION");
    expect(codeOf(() => run(table(base.map((row) => ({ ...row, y: Number.NaN })))))).toBe("ALL_MISSING");
    expect(codeOf(() => run(table(base.map((row, i) => (i === 3 ? { ...row, y: Number.POSITIVE_INFINITY } : row)))))).toBe(
      "INFINITE_VALUE",
    );
    expect(codeOf(() => run(table(base.map((row, i) => ({ ...row, weight: i === 3 ? -1 : 1 }))), { weights: "weight" }))).toBe(
      "NEGATIVE_WEIGHT",
    );
    expect(codeOf(() => run(data.filter(() => false)))).toBe("NO_ROWS");
  });
});
