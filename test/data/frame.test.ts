import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { columnLength } from "../../src/data/columns.ts";
import { type Frame, frame } from "../../src/data/index.ts";

type Cells = { x: number | null; label: string | null; flag: boolean | null };
const cells: fc.Arbitrary<Cells> = fc.record({
  x: fc.option(fc.double({ noNaN: true })),
  label: fc.option(fc.string({ maxLength: 3 })),
  flag: fc.option(fc.boolean()),
});
/** Rows of which at least one has every value, so that each column has its type. */
const table = fc
  .tuple(fc.array(cells, { maxLength: 25 }), fc.nat())
  .map(([rows, at]) => rows.toSpliced(at % (rows.length + 1), 0, { x: 0.5, label: "a", flag: true }));
const make = (rows: readonly Cells[]) => frame({ x: rows.map((r) => r.x), label: rows.map((r) => r.label), flag: rows.map((r) => r.flag) });
const code = (expected: string) => expect.objectContaining({ code: expected });

describe("a frame against the rows it was made of", () => {
  it("gives the rows back, from columns and from objects", () => {
    fc.assert(
      fc.property(table, (rows) => {
        expect(make(rows).rows()).toEqual(rows);
        expect(frame.fromRows(rows).rows()).toEqual(rows);
      }),
    );
  });

  it("filters by mask and by predicate as an array does", () => {
    fc.assert(
      fc.property(table, fc.infiniteStream(fc.boolean()), (rows, coins) => {
        const mask = rows.map(() => coins.next().value as boolean);
        expect(make(rows).filter(mask).rows()).toEqual(rows.filter((_, i) => mask[i]));
        expect(make(rows).filter(Uint8Array.from(mask, Number)).rows()).toEqual(rows.filter((_, i) => mask[i]));
        const keep = ({ x, label }: Cells, i: number) => (x ?? -1) > 0 || label === null || i % 3 === 0;
        expect(make(rows).filter(keep).rows()).toEqual(rows.filter(keep));
      }),
    );
  });

  it("takes, selects and adds as arrays do", () => {
    fc.assert(
      fc.property(table, fc.array(fc.nat(), { maxLength: 40 }), (rows, picks) => {
        const index = picks.map((pick) => pick % rows.length);
        const data = make(rows);
        expect(data.take(Int32Array.from(index)).rows()).toEqual(index.map((i) => rows[i]));
        expect(data.select("flag", "x").rows()).toEqual(rows.map(({ flag, x }) => ({ flag, x })));
        const added = data.with({ twice: rows.map(({ x }) => (x === null ? null : 2 * x)), label: rows.map((_, i) => i) });
        expect(added.rows()).toEqual(rows.map((row, i) => ({ ...row, label: i, twice: row.x === null ? null : 2 * row.x })));
        expect(data.rows()).toEqual(rows);
      }),
    );
  });
});

describe("frame()", () => {
  it("uses Float64Array and column objects without a copy, and keeps them through select and with", () => {
    const x = Float64Array.of(1, 2);
    const codes = Int32Array.of(0, -1);
    const data = frame({ x, c: { type: "category", codes, levels: ["a"] } });
    expect(data.numbers("x")).toBe(x);
    expect(data.categories("c").codes).toBe(codes);
    expect(
      data
        .select("x")
        .with({ y: [1, 2] })
        .numbers("x"),
    ).toBe(x);
  });

  it("computes a gathered column once", () => {
    const data = frame({ x: [1, 2, 3] }).filter([true, false, true]);
    expect(data.numbers("x")).toBe(data.numbers("x"));
  });

  it("works with no rows and with no columns", () => {
    const none = frame({ x: new Float64Array(0), c: { type: "category", codes: new Int32Array(0), levels: [] } });
    expect([none.rowCount, none.rows(), none.filter(() => true).rowCount]).toEqual([0, [], 0]);
    expect(frame({}).rowCount).toBe(0);
    expect(() => (frame.fromRows([]) as unknown as Frame<Record<string, number>>).column("x")).toThrow(
      "the data have no such column: there are none",
    );
  });

  it("takes a row object for missing where it lacks a key", () => {
    const rows: { a?: number; b?: string }[] = [{ a: 1 }, { b: "x" }];
    expect(frame.fromRows(rows).rows()).toEqual([
      { a: 1, b: null },
      { a: null, b: "x" },
    ]);
  });

  it("names the nearest column, and the columns that would do", () => {
    const data = frame({ employed: [1, 0], sex: ["f", "m"] }) as unknown as Frame<Record<string, string>>;
    expect(() => data.column("emplyed")).toThrow('Cannot find column "emplyed" as the data have no such column: did you mean "employed"?');
    expect(() => data.column("income")).toThrow('the columns are "employed", "sex"');
    expect(() => data.numbers("sex")).toThrow('it holds labels such as "f"; numeric columns are "employed"');
    expect(() => data.categories("employed")).toThrow(code("NOT_CATEGORICAL"));
    expect(() => data.select("sex").column("employed" as "sex")).toThrow(code("UNKNOWN_COLUMN"));
    expect(() => data.select("sex").numbers("sex" as never)).toThrow("no column is numeric");
  });

  it("refuses what does not fit", () => {
    expect(() => frame({ a: [1], b: [1, 2] })).toThrow('"a" has 1 rows, "b" has 2');
    expect(() => frame({ a: [1] }).with({ b: [1, 2] })).toThrow('the frame has 1 rows, "b" has 2');
    expect(() => frame({ a: [1] }).filter([true, false])).toThrow(code("MASK_LENGTH"));
    expect(() => frame({ a: [1] }).take(Int32Array.of(0, 1))).toThrow("row numbers must lie in 0 to 0: entry 1 is 1");
    expect(() => frame({ a: [1] }).take(Int32Array.of(-1))).toThrow(code("ROW_OUT_OF_RANGE"));
  });

  it("keeps notes through every change", () => {
    const data = frame({ a: [1, 2] }, ["1 cell read as missing"]);
    expect([data.select("a"), data.filter([true, false]), data.with({ b: [1, 2] })].map(({ notes }) => notes)).toEqual(
      Array.from({ length: 3 }, () => ["1 cell read as missing"]),
    );
  });

  it("keeps one long column at the size of its numbers", () => {
    const x = new Float64Array(1_000_000).map((_, i) => i);
    const half = frame({ x }).filter(Uint8Array.from({ length: x.length }, (_, i) => i & 1));
    expect(columnLength(half.column("x"))).toBe(500_000);
    expect(half.numbers("x")[499_999]).toBe(999_999);
    expect(half.numbers("x").buffer.byteLength).toBe(8 * 500_000);
  });
});
