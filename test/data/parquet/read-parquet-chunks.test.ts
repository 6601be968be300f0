import { parquetWriteBuffer } from "hyparquet-writer";
import { describe, expect, it } from "vitest";
import { type ReadParquetChunksOptions, readParquet, readParquetChunks } from "../../../src/data/parquet/index.ts";
import { collectOls, finishOls, glmFromChunks, mergeOls, ols, poisson } from "../../../src/regression/index.ts";

const N = 6000;
const range = <T>(make: (i: number) => T): T[] => Array.from({ length: N }, (_, i) => make(i));
const wave = (i: number, by: number): number => Math.sin(i * by) + ((i * 7919) % 97) / 97;
const bytes = parquetWriteBuffer({
  columnData: [
    // sorted by town: parts do not share all levels
    { name: "town", data: range((i) => (i % 1000 === 7 ? null : `t${Math.floor(i / 250)}`)), type: "STRING", nullable: true },
    { name: "hours", data: range((i) => (i % 10 === 3 ? null : wave(i, 0.7) + 2 * wave(i, 0.31))), type: "DOUBLE", nullable: true },
    { name: "age", data: range((i) => wave(i, 0.31)), type: "DOUBLE" },
    { name: "visits", data: range((i) => (i * 31) % 5), type: "INT32" },
    { name: "text", data: range((i) => `a text that nobody reads, ${i}`), type: "STRING" },
  ],
  rowGroupSize: 500,
}) as ArrayBuffer;
const columns = { town: "category", hours: "number", age: "number", visits: "number" } as const;

/** The file behind reads of ranges, which are counted. */
function counted(): { file: { byteLength: number; slice(start: number, end?: number): Promise<ArrayBuffer> }; read: () => number } {
  let total = 0;
  return {
    file: {
      byteLength: bytes.byteLength,
      slice: async (start, end) => {
        const part = bytes.slice(start, end);
        total += part.byteLength;
        return part;
      },
    },
    read: () => total,
  };
}

async function rowsOf(options: Partial<ReadParquetChunksOptions<typeof columns>> = {}): Promise<number[]> {
  const rows: number[] = [];
  for await (const part of readParquetChunks(bytes, { columns, ...options })) rows.push(part.rowCount);
  return rows;
}

describe("readParquetChunks()", () => {
  it("cuts a file at its row groups", async () => {
    expect(await rowsOf({ chunkRows: 1 })).toEqual(Array.from({ length: 12 }, () => 500));
    expect(await rowsOf({ chunkRows: 1001 })).toEqual([1500, 1500, 1500, 1500]);
    expect(await rowsOf({ chunkRows: 2500 })).toEqual([2500, 2500, 1000]);
    expect(await rowsOf()).toEqual([N]);
  });

  it("gives the rows of the whole, each part with its own levels", async () => {
    const whole = await readParquet(bytes, { columns });
    const rows: unknown[] = [];
    for await (const part of readParquetChunks(bytes, { columns, chunkRows: 700 })) {
      expect(part.categories("town").levels.length).toBe(4);
      rows.push(...part.rows());
    }
    expect(rows).toEqual(whole.rows());
  });

  it("fetches the wanted columns of one part at a time", async () => {
    const { file, read } = counted();
    const parts = readParquetChunks(file, { columns: { hours: "number" }, chunkRows: 500 });
    const seen: number[] = [];
    for await (const part of parts) {
      expect(part.rowCount).toBe(500);
      seen.push(read());
    }
    const steps = seen.slice(1).map((value, i) => value - seen[i]!);
    for (const step of steps) expect(step).toBeLessThan(500 * 8 * 1.3);
    // beside the footer: one of five columns, once
    expect(seen.at(-1)! - seen[0]!).toBeLessThan(0.35 * bytes.byteLength);
  });

  it("makes the regression of the whole, with few rows in memory", async () => {
    const whole = await readParquet(bytes, { columns });
    const options = { outcome: "hours", regressors: ["age"], fixedEffects: "town", cluster: "town" } as const;
    let moments: ReturnType<typeof collectOls> | undefined;
    for await (const part of readParquetChunks(bytes, { columns, chunkRows: 1000 })) {
      const own = collectOls(part, options);
      moments = moments === undefined ? own : mergeOls(moments, own);
    }
    const [streamed, direct] = [finishOls(moments!), ols(whole, options)];
    expect(streamed.estimates["age"]!.estimate).toBeCloseTo(direct.estimates["age"]!.estimate, 10);
    expect(streamed.estimates["age"]!.standardError).toBeCloseTo(direct.estimates["age"]!.standardError, 10);

    const counts = { outcome: "visits", regressors: ["age"] } as const;
    const parts = () => readParquetChunks(bytes, { columns, chunkRows: 1500 });
    const glm = await glmFromChunks(parts, { ...counts, family: "poisson" });
    expect(glm.estimates["age"]!.estimate).toBeCloseTo(poisson(whole, counts).estimates["age"]!.estimate, 9);
  });

  it("numbers the rows of messages by the file, and refuses what readParquet refuses", async () => {
    const read = async (options: object, source: ArrayBuffer = bytes): Promise<void> => {
      for await (const _ of readParquetChunks(source, { columns, chunkRows: 500, ...options } as never));
    };
    await expect(read({ columns: { text: "number" } })).rejects.toThrow(/row 0 holds/);
    const late = parquetWriteBuffer({
      columnData: [{ name: "text", data: Array.from({ length: 30 }, (_, i) => (i < 25 ? null : "x")), type: "STRING", nullable: true }],
      rowGroupSize: 10,
    }) as ArrayBuffer;
    await expect(read({ columns: { text: "number" }, chunkRows: 10 }, late)).rejects.toMatchObject({
      code: "BAD_CELL",
      details: { row: 25 },
    });
    await expect(read({ columns: { texts: "category" } })).rejects.toThrow('did you mean "text"?');
    await expect(read({ chunkRows: 0 })).rejects.toMatchObject({ code: "INVALID_OPTION" });
    await expect(read({}, new ArrayBuffer(64))).rejects.toMatchObject({ code: "NOT_PARQUET" });
    await expect(read({ signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
  });

  it("gives one empty part of a file without rows", async () => {
    const empty = parquetWriteBuffer({ columnData: [{ name: "town", data: [], type: "STRING" }] }) as ArrayBuffer;
    const parts: number[] = [];
    for await (const part of readParquetChunks(empty, { columns: { town: "category" } })) parts.push(part.rowCount);
    expect(parts).toEqual([0]);
  });
});
