import { expect, it } from "vitest";
import { fromPolars } from "../../../src/data/index.ts";

/** The part of nodejs-polars' `DataFrame` and `Series` that is read; `toTypedArray()` fails on nulls, as there. */
function polarsDouble(columns: Readonly<Record<string, { values: ArrayLike<unknown>; numeric?: boolean }>>) {
  const [first] = Object.values(columns);
  return {
    columns: Object.keys(columns),
    height: first?.values.length ?? 0,
    getColumn: (name: string) => {
      const { values, numeric = false } = columns[name]!;
      const cells = Array.from(values);
      const nulls = cells.filter((cell) => cell === null).length;
      return {
        length: cells.length,
        nullCount: () => nulls,
        isNumeric: () => numeric,
        toArray: () => cells,
        toTypedArray: () => {
          if (nulls > 0) throw new Error("data contains nulls, unable to convert to TypedArray");
          return values;
        },
      };
    },
  };
}

const data = polarsDouble({
  x: { values: Float64Array.of(1, 2, 3), numeric: true },
  y: { values: [1, null, 3], numeric: true },
  id: { values: BigInt64Array.of(9007199254740993n, 2n, 3n), numeric: true },
  name: { values: ["a", null, "a"] },
  flag: { values: [true, false, null] },
  day: { values: [new Date(0), null, new Date(86_400_000)] },
});

it("fromPolars() reads each series by its own type", () => {
  const frame = fromPolars(data);
  expect(frame.rows()).toEqual([
    { x: 1, y: 1, id: "9007199254740993", name: "a", flag: true, day: new Date(0) },
    { x: 2, y: null, id: "2", name: null, flag: false, day: null },
    { x: 3, y: 3, id: "3", name: "a", flag: null, day: new Date(86_400_000) },
  ]);
});

it("fromPolars() types the columns it is told of", () => {
  const frame = fromPolars(data, { columns: { day: "month", flag: "number", x: "category" } });
  expect(frame.rows()).toEqual([
    { day: 12 * 1970, flag: 1, x: "1" },
    { day: null, flag: 0, x: "2" },
    { day: 12 * 1970, flag: null, x: "3" },
  ]);
  expect(() => fromPolars(data, { columns: { name: "boolean" } })).toThrow(/row 0 holds "a"; declare its type in columns, or convert it/);
});
