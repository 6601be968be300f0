import { expect, it } from "vitest";
import { fromArquero } from "../../../src/data/index.ts";
import { arrowColumnDouble } from "./arrow-doubles.ts";

/** The part of arquero 8's `ColumnTable` that is read: columns as stored, `array()` with filter and order applied. */
function arqueroDouble(columns: Readonly<Record<string, unknown>>, rows?: readonly number[], order = false) {
  const stored = (name: string) => columns[name] as ArrayLike<unknown> & { at(i: number): unknown };
  const total = stored(Object.keys(columns)[0]!).length;
  const kept = rows ?? Array.from({ length: total }, (_, i) => i);
  return {
    numRows: () => kept.length,
    columnNames: () => Object.keys(columns),
    column: stored,
    array: (name: string) => kept.map((row) => stored(name).at(row)),
    isFiltered: () => rows !== undefined && !order,
    isOrdered: () => order,
  };
}

it("fromArquero() takes stored columns, Float64Array and Arrow ones without a copy", () => {
  const x = Float64Array.of(1, 2, Number.NaN);
  const codes = Int32Array.of(0, 1, 0);
  const data = fromArquero(
    arqueroDouble({
      x,
      name: ["a", null, "b"],
      when: [new Date(0), undefined, new Date(86_400_000)],
      n: Int16Array.of(1, 2, 3),
      c: arrowColumnDouble("flechette", { typeId: -1 }, [{ values: codes, dictionary: ["f", "m"] }]),
    }),
  );
  expect(data.numbers("x")).toBe(x);
  expect(data.categories("c").codes.buffer).toBe(codes.buffer);
  expect(data.rows()[1]).toEqual({ x: 2, name: null, when: null, n: 2, c: "m" });
  expect([...data.numbers("when")]).toEqual([0, Number.NaN, 1]);
});

it("fromArquero() follows filter and order", () => {
  const columns = {
    x: Float64Array.of(10, 20, 30),
    id: [1n, 2n, 3n],
    c: arrowColumnDouble("flechette", { typeId: -1 }, [{ values: Int32Array.of(0, 1, 0), dictionary: ["f", "m"] }]),
  };
  expect(fromArquero(arqueroDouble(columns, [2, 0])).rows()).toEqual([
    { x: 30, id: "3", c: "f" },
    { x: 10, id: "1", c: "f" },
  ]);
  const ordered = fromArquero(arqueroDouble(columns, [1, 0, 2], true), { columns: { id: "number" } });
  expect([...ordered.numbers("id")]).toEqual([2, 1, 3]);
});

it("fromArquero() refuses values of mixed kinds", () => {
  expect(() => fromArquero(arqueroDouble({ a: [1, "x"] }))).toThrow(/column "a" as number values: row 1 holds "x"/);
  expect(() => fromArquero(arqueroDouble({ a: ["x", 1] }))).toThrow(expect.objectContaining({ code: "BAD_CELL" }));
  expect(fromArquero(arqueroDouble({ a: ["x", 1, true] }), { columns: { a: "category" } }).categories("a").levels).toEqual([
    "x",
    "1",
    "true",
  ]);
});
