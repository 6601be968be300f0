import fc from "fast-check";
import { expect, it } from "vitest";
import { DataError, OptionError } from "../../../src/core/index.ts";
import { readCsv, readCsvChunks } from "../../../src/data/index.ts";

const columns = { id: "category", x: "number", on: "boolean", day: "date" } as const;

/** The text in slices of some bytes, as a network or a disk gives it. */
async function* sliced(text: string, bytes: number): AsyncGenerator<Uint8Array> {
  const all = new TextEncoder().encode(text);
  for (let at = 0; at < all.length; at += bytes) yield all.slice(at, at + bytes);
}

const record = fc.record({
  id: fc.constantFrom("a", "bé", '"c, ""d"""', '"two\nlines"', "", "NA"),
  x: fc.constantFrom("1", "-2.5e3", "", "NA", "0.1"),
  on: fc.constantFrom("0", "1", "yes", ""),
  day: fc.constantFrom("2014-03-31", "20200101", ""),
});

it("the parts, one after the other, are the file", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(record, { maxLength: 40 }),
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 1, max: 9 }),
      async (records, bytes, chunkRows) => {
        const text = `id,x,on,day\n${records.map(({ id, x, on, day }) => `${id},${x},${on},${day}\n`).join("")}`;
        const whole = await readCsv({ text }, { columns });
        const rows: unknown[] = [];
        const sizes: number[] = [];
        for await (const part of readCsvChunks(sliced(text, bytes), { columns, chunkRows })) {
          rows.push(...part.rows());
          sizes.push(part.rowCount);
        }
        expect(rows).toEqual([...whole.rows()]);
        expect(sizes.slice(0, -1).every((size) => size >= chunkRows)).toBe(true);
        expect(sizes.length).toBeGreaterThan(0);
      },
    ),
    { numRuns: 40 },
  );
});

it("each part has the levels and the bad cells of its own rows", async () => {
  const text = "id,x\na,1\na,?\nb,2\nb,3\n";
  const parts = [];
  const options = { columns: { id: "category", x: "number" }, chunkRows: 2, onBadCell: "missing" } as const;
  for await (const part of readCsvChunks(sliced(text, 4), options)) parts.push(part);
  expect(parts.map((part) => part.rowCount)).toEqual([2, 2]);
  expect(parts.map((part) => [...part.rows()].map(({ id }) => id))).toEqual([
    ["a", "a"],
    ["b", "b"],
  ]);
  expect(parts.map((part) => part.notes.length)).toEqual([1, 0]);
});

it("a bad line is reported with its line in the file, when its part is read", async () => {
  const text = "id,x\na,1\nb,2\nc,three\n";
  const seen: number[] = [];
  const run = async () => {
    for await (const part of readCsvChunks(sliced(text, 5), { columns: { id: "category", x: "number" }, chunkRows: 1 }))
      seen.push(part.rowCount);
  };
  await expect(run()).rejects.toThrow("line 4");
  expect(seen).toEqual([1, 1]);
});

it("an empty file needs its header, and a header alone is one empty part", async () => {
  const parts = [];
  for await (const part of readCsvChunks({ text: "id,x\n" }, { columns: { x: "number" } })) parts.push(part.rowCount);
  expect(parts).toEqual([0]);
  await expect(readCsvChunks({ text: "" }, { columns: { x: "number" } }).next()).rejects.toBeInstanceOf(DataError);
});

it("options are checked", async () => {
  await expect(readCsvChunks({ text: "x\n1\n" }, { columns: { x: "number" }, chunkRows: 0 }).next()).rejects.toBeInstanceOf(OptionError);
  await expect(readCsvChunks({ text: "x\n1\n" }, { columns: { x: "number" }, chunkRow: 5 } as never).next()).rejects.toMatchObject({
    code: "UNKNOWN_OPTION",
  });
});
