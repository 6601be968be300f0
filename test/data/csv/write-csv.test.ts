import fc from "fast-check";
import { expect, it } from "vitest";
import { csvChunks, frame, readCsv, writeCsv } from "../../../src/data/index.ts";

const TYPES = { n: "number", b: "boolean", d: "date", m: "month", c: "category" } as const;
const label = fc.oneof(
  fc.string({ unit: fc.constantFrom("a", "é", '"', ",", ";", "\n", "\r", " ", "€", "\uFEFF"), minLength: 1, maxLength: 6 }),
  fc.string({ minLength: 1 }),
);
const row = fc.record({
  n: fc.option(fc.double({ noNaN: true })),
  b: fc.option(fc.boolean()),
  d: fc.option(fc.integer({ min: -100_000, max: 100_000 })),
  m: fc.option(fc.integer({ min: 12_000, max: 60_000 })),
  c: fc.option(label),
});

it.each([{ delimiter: "," }, { delimiter: ";" }, { delimiter: "\t", decimal: "," }] as const)(
  "readCsv() gives back what writeCsv() wrote, with %j",
  async (dialect) => {
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 30 }), async (rows) => {
        const numbers = (key: "n" | "d" | "m") => Float64Array.from(rows, (r) => r[key] ?? Number.NaN);
        const data = frame({
          n: numbers("n"),
          b: { type: "boolean", values: Float64Array.from(rows, (r) => (r.b === null ? Number.NaN : Number(r.b))) },
          d: { type: "date", values: numbers("d") },
          m: { type: "month", values: numbers("m") },
          c: rows.map((r) => r.c),
        });
        const text = writeCsv(data, { ...dialect, missing: "(none)" });
        const back = await readCsv({ text }, { columns: TYPES, missing: ["(none)"], ...dialect });
        expect(back.rows()).toEqual(data.rows());
      }),
      { numRuns: 150 },
    );
  },
);

it("writeCsv() writes each type as text, missing as nothing", () => {
  const data = frame({
    hours: [1.5, null, Number.POSITIVE_INFINITY],
    month: { type: "month", values: Float64Array.of(24170, 24171, Number.NaN) },
    born: [new Date("1990-05-17"), null, new Date("2000-01-01")],
    obliged: [true, false, null],
    name: ['x "y"', null, "a,b"],
  });
  expect(writeCsv(data)).toBe(
    'hours,month,born,obliged,name\n1.5,2014-03,1990-05-17,true,"x ""y"""\n,2014-04,,false,\nInfinity,,2000-01-01,,"a,b"\n',
  );
  expect(writeCsv(data.select("hours"), { delimiter: ";" })).toBe("hours\n1,5\nNA\nInfinity\n");
});

it("csvChunks() gives the same text in pieces", () => {
  const data = frame({ x: Float64Array.from({ length: 25 }, (_, i) => i), y: Array.from({ length: 25 }, (_, i) => `l${i}`) });
  const chunks = [...csvChunks(data, { chunkRows: 10 })];
  expect(chunks.length).toBe(4);
  expect(chunks.join("")).toBe(writeCsv(data));
});

it("writeCsv() refuses what would be read back as something else", () => {
  expect(() => writeCsv(frame({ a: ["", "x"], b: [1, 2] }))).toThrow(expect.objectContaining({ code: "AMBIGUOUS_LABEL" }));
  expect(() => writeCsv(frame({ a: [1] }), { delimiter: ",", decimal: "," })).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
});
