import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { dayNumber } from "../../../src/data/index.ts";
import { type ParquetSource, readParquet } from "../../../src/data/parquet/index.ts";

const N = 5000;
const range = <T>(make: (i: number) => T): T[] => Array.from({ length: N }, (_, i) => make(i));
const bytes = parquetWriteBuffer({
  columnData: [
    { name: "person", data: range((i) => `p${i >> 3}`), type: "STRING" },
    { name: "hours", data: range((i) => (i % 10 === 3 ? null : i / 8)), type: "DOUBLE", nullable: true },
    { name: "month", data: range((i) => 201401 + (i % 8)), type: "INT32" },
    { name: "id", data: range((i) => 9007199254740993n + BigInt(i)), type: "INT64" },
    { name: "count", data: range((i) => BigInt(i)), type: "INT64" },
    { name: "flag", data: range((i) => i % 2 === 0), type: "BOOLEAN" },
    { name: "at", data: range((i) => new Date(Date.UTC(2014, 0, 1 + i))), type: "TIMESTAMP" },
  ],
  rowGroupSize: [1000, 4000],
}) as ArrayBuffer;

describe("readParquet()", () => {
  let folder = "";
  let path = "";
  let address = "";
  const server = createServer((request, response) => {
    response.statusCode = request.url === "/data.parquet" ? 200 : 404;
    response.end(request.url === "/data.parquet" ? new Uint8Array(bytes) : undefined);
  });
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "read-parquet-"));
    path = join(folder, "data.parquet");
    await writeFile(path, new Uint8Array(bytes));
    await new Promise<void>((done) => void server.listen(0, "127.0.0.1", done));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
    server.close();
  });
  afterEach(() => vi.doUnmock("hyparquet"));

  it("reads each column by its own type, over row groups", async () => {
    const data = await readParquet(bytes);
    expect(data.rowCount).toBe(N);
    expect(data.columnNames).toEqual(["person", "hours", "month", "id", "count", "flag", "at"]);
    expect(data.rows()[1003]).toEqual({
      person: "p125",
      hours: null,
      month: 201404,
      id: "9007199254741996",
      count: "1003",
      flag: false,
      at: new Date(Date.UTC(2014, 0, 1004)),
    });
  });

  it("types the columns it is told of", async () => {
    const data = await readParquet(bytes, { columns: { month: "month", count: "number", flag: "number", at: "date", person: "category" } });
    expect(data.numbers("count")[4999]).toBe(4999);
    expect(data.numbers("month")[2]).toBe(12 * 2014 + 2);
    expect(data.numbers("at")[31]).toBe(dayNumber("2014-02-01"));
    expect(data.categories("person").levels.length).toBe(N / 8);
    await expect(readParquet(bytes, { columns: { id: "number" } })).rejects.toThrow(/declare the column "category"/);
  });

  const sources: readonly (readonly [string, () => ParquetSource])[] = [
    ["a path", () => path],
    ["a file URL", () => pathToFileURL(path)],
    ["an address", () => `${address}/data.parquet`],
    ["a Blob", () => new Blob([bytes])],
    ["bytes", () => new Uint8Array(bytes)],
    ["an async buffer", () => ({ byteLength: bytes.byteLength, slice: async (start: number, end?: number) => bytes.slice(start, end) })],
  ];
  it.each(sources)("reads %s", async (_name, source) => {
    const data = await readParquet(source(), { columns: ["hours"] });
    expect(data.numbers("hours")[4998]).toBe(4998 / 8);
  });

  it("says what is wrong with the file or the request", async () => {
    await expect(readParquet(join(folder, "absent.parquet"))).rejects.toMatchObject({ code: "FILE_NOT_FOUND" });
    await expect(readParquet(`${address}/absent.parquet`)).rejects.toMatchObject({ code: "FILE_NOT_FOUND" });
    await expect(readParquet(new Uint8Array(100))).rejects.toMatchObject({ code: "NOT_PARQUET" });
    await expect(readParquet(bytes, { columns: ["ours"] })).rejects.toThrow('did you mean "hours"?');
    await expect(readParquet(bytes, { colums: [] } as object)).rejects.toMatchObject({ code: "UNKNOWN_OPTION" });
  });

  it("stops when aborted and tells of its progress", async () => {
    const seen: number[] = [];
    await readParquet(bytes, { columns: ["hours", "flag"], onProgress: (done, total) => void seen.push(done / total) });
    expect(seen.at(-1)).toBe(1);
    await expect(readParquet(bytes, { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
  });

  it("names the package that is missing", async () => {
    vi.doMock("hyparquet", () => {
      throw new Error("Cannot find package 'hyparquet'");
    });
    vi.resetModules();
    const fresh = await import("../../../src/data/parquet/index.ts");
    await expect(fresh.readParquet(bytes)).rejects.toThrow(/"hyparquet" must be installed: it was not found; run: npm install hyparquet/);
  });
});
