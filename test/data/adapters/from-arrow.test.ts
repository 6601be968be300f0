import { describe, expect, it } from "vitest";
import { fromArrow, monthNumber } from "../../../src/data/index.ts";
import { arrowColumnDouble, arrowTableDouble, type Layout } from "./arrow-doubles.ts";

const [INT, FLOAT, UTF8, BOOL, DECIMAL, DATE, TIMESTAMP, LIST, NULL, DICTIONARY] = [2, 3, 5, 6, 7, 8, 10, 12, 1, -1];
const DAY = 86_400_000;

describe.each(["apache", "flechette"] as const)("fromArrow() of the layout of %s", (layout: Layout) => {
  const column = (...args: Parameters<typeof arrowColumnDouble> extends [Layout, ...infer Rest] ? Rest : never) =>
    arrowColumnDouble(layout, ...args);

  it("takes doubles and 32-bit dictionary codes without a copy", () => {
    const doubles = Float64Array.of(1, Number.NaN, 3);
    const codes = Int32Array.of(1, 0, 1);
    const data = fromArrow(
      arrowTableDouble({
        x: column({ typeId: FLOAT }, [{ values: doubles }]),
        c: column({ typeId: DICTIONARY }, [{ values: codes, dictionary: ["a", "b"] }]),
      }),
    );
    expect(data.numbers("x").buffer).toBe(doubles.buffer);
    expect(data.categories("c").codes.buffer).toBe(codes.buffer);
    expect(data.rows()).toEqual([
      { x: 1, c: "b" },
      { x: null, c: "a" },
      { x: 3, c: "b" },
    ]);
  });

  it("marks nulls missing whatever lies under them", () => {
    const valid = [true, false, true, true, false, true, true, true, true, false];
    const ten = Array.from({ length: 10 }, (_, i) => i);
    const data = fromArrow(
      arrowTableDouble({
        double: column({ typeId: FLOAT }, [{ values: Float64Array.from(ten), valid }]),
        single: column({ typeId: FLOAT }, [{ values: Float32Array.from(ten), valid }]),
        int: column({ typeId: INT }, [{ values: Int32Array.from(ten), valid }]),
        code: column({ typeId: DICTIONARY }, [{ values: Int32Array.from(ten), valid, dictionary: ten.map(String) }]),
      }),
    );
    for (const row of data.rows().entries()) {
      const [i, cells] = row;
      const value = valid[i] ? i : null;
      expect(cells).toEqual({ double: value, single: value, int: value, code: value === null ? null : String(value) });
    }
  });

  it("joins batches, and merges their dictionaries", () => {
    const data = fromArrow(
      arrowTableDouble({
        x: column({ typeId: INT }, [{ values: Uint8Array.of(1, 2) }, { values: Uint8Array.of(3), valid: [true] }]),
        c: column({ typeId: DICTIONARY }, [
          { values: Int8Array.of(0, 1), dictionary: ["a", "b"] },
          { values: Int8Array.of(0), dictionary: ["b", "c", "b"] },
        ]),
      }),
    );
    expect(data.rows()).toEqual([
      { x: 1, c: "a" },
      { x: 2, c: "b" },
      { x: 3, c: "b" },
    ]);
    expect(data.categories("c").levels).toEqual(["a", "b", "c"]);
  });

  it("keeps 64-bit identifiers exact, and makes numbers of them when told", () => {
    const big = BigInt64Array.of(9007199254740993n, 9007199254740992n, 5n);
    const show = (value: unknown) => (layout === "flechette" ? Number(value) : value);
    const table = arrowTableDouble({
      id: column({ typeId: INT }, [{ values: big, valid: [true, true, false] }], show),
      n: column({ typeId: INT }, [{ values: BigInt64Array.of(1n, 2n, 3n) }], show),
    });
    const data = fromArrow(table);
    expect(data.categories("id").levels).toEqual(["9007199254740993", "9007199254740992"]);
    expect(data.rows()[2]).toEqual({ id: null, n: "3" });
    expect([...fromArrow(table, { columns: { n: "number" } }).numbers("n")]).toEqual([1, 2, 3]);
    expect(() => fromArrow(table, { columns: { id: "number" } })).toThrow(
      /beyond 2\^53 numbers lose digits: declare the column "category"/,
    );
  });

  it("reads texts, booleans, dates, timestamps and empty columns", () => {
    const day = 16160;
    const data = fromArrow(
      arrowTableDouble({
        text: column({ typeId: UTF8 }, [{ values: ["x", "y"], valid: [true, false] }]),
        flag: column({ typeId: BOOL }, [{ values: [true, false] }]),
        day32: column({ typeId: DATE, unit: 0 }, [{ values: Int32Array.of(day, 0), valid: [true, false] }], (v) => Number(v) * DAY),
        day64: column({ typeId: DATE, unit: 1 }, [{ values: BigInt64Array.of(BigInt(day * DAY), 0n) }], (v) => new Date(Number(v))),
        time: column({ typeId: TIMESTAMP, unit: 1 }, [{ values: BigInt64Array.of(BigInt(day * DAY + DAY / 2), 0n) }], Number),
        nothing: column({ typeId: NULL }, [{ values: [null, null] }]),
      }),
    );
    expect(data.column("day32").type).toBe("date");
    expect([...data.numbers("time")]).toEqual([day + 0.5, 0]);
    expect([...data.numbers("nothing")]).toEqual([Number.NaN, Number.NaN]);
    const [first, second] = data.rows();
    expect(first).toMatchObject({ text: "x", flag: true, day32: new Date(day * DAY), day64: new Date(day * DAY) });
    expect(second).toMatchObject({ text: null, flag: false, day32: null });
  });

  it("makes months of dates and numbers of dictionaries when told", () => {
    const table = arrowTableDouble({
      day: column({ typeId: DATE, unit: 0 }, [{ values: Int32Array.of(16160, 0), valid: [true, false] }], (v) => Number(v) * DAY),
      dose: column({ typeId: DICTIONARY }, [{ values: Int32Array.of(0, 1), dictionary: [10, 20] }]),
    });
    const data = fromArrow(table, { columns: { day: "month", dose: "number" } });
    expect([...data.numbers("day")]).toEqual([monthNumber("2014-03"), Number.NaN]);
    expect([...data.numbers("dose")]).toEqual([10, 20]);
    expect([...fromArrow(table, { columns: ["dose"] }).numbers("dose")]).toEqual([10, 20]);
  });

  it("refuses lists, half-known decimals, and columns that are not there", () => {
    const table = arrowTableDouble({
      list: column({ typeId: LIST }, [{ values: [[1], [2]] }]),
      decimal: column({ typeId: DECIMAL }, [{ values: [Uint32Array.of(1), Uint32Array.of(2)] }]),
      hours: column({ typeId: FLOAT }, [{ values: Float64Array.of(1, 2) }]),
    });
    expect(() => fromArrow(table)).toThrow(expect.objectContaining({ code: "UNSUPPORTED_COLUMN" }));
    expect(() => fromArrow(table, { columns: ["decimal"] })).toThrow(expect.objectContaining({ code: "UNSUPPORTED_COLUMN" }));
    expect(() => fromArrow(table, { columns: ["houts"] })).toThrow('did you mean "hours"?');
    expect(() => fromArrow(table, { columns: { hours: "numeric" as "number" } })).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION" }),
    );
    expect(fromArrow(table, { columns: ["hours"] }).columnNames).toEqual(["hours"]);
  });
});

it("fromArrow() expands half floats by the library's own reading", () => {
  const table = arrowTableDouble({
    half: arrowColumnDouble("apache", { typeId: FLOAT }, [{ values: Uint16Array.of(0x3c00, 0x4000) }], (v) => (v === 0x3c00 ? 1 : 2)),
  });
  expect([...fromArrow(table).numbers("half")]).toEqual([1, 2]);
});
