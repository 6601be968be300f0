import fc from "fast-check";
import { expect, it } from "vitest";
import { readCsv } from "../../../src/data/index.ts";

const COLUMNS = { n: "number", c: "category", m: "month" } as const;
const cell = fc.record({
  n: fc.oneof(fc.double({ noNaN: true }).map(String), fc.constantFrom("", "NA", "NaN", " 7 ", "x", "1,5", "-Inf")),
  c: fc.string({ unit: fc.constantFrom("a", "é", "€", " ", ".", "N", "A"), maxLength: 4 }),
  m: fc.constantFrom("2014-03", "201403", "2014-13", "", "NA"),
});
const lineEnd = fc.constantFrom("\n", "\r\n");

it("readCsv() reads the same whether fields are quoted or not, bad cells and line ends included", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(cell, lineEnd), { maxLength: 30 }), async (lines) => {
      const read = async (quote: string) => {
        const bad: unknown[] = [];
        const text = lines.map(([{ n, c, m }, end]) => [n, c, m].map((field) => `${quote}${field}${quote}`).join(";") + end).join("");
        const data = await readCsv(
          { text: `n;c;m\n${text}` },
          { columns: COLUMNS, decimal: ".", onBadCell: (each) => void bad.push(each) },
        );
        return { rows: data.rows(), notes: data.notes, bad };
      };
      expect(await read('"')).toEqual(await read(""));
    }),
    { numRuns: 300 },
  );
});
